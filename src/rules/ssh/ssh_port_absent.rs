#![doc = include_str!("ssh_port_absent.md")]

use super::ssh_port_stale::{evidence, fixes};
use super::{is_unseen_default, leads_to_vm, pin_fix, port_place, ssh_connections, vm_exists};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;
use crate::topology::ports::{Connection, SshPort};

/// A URI names no port, and SSH's own is not the VM's.
pub const RULE: Rule = Rule {
    name: "ssh-port-absent",
    severity: Severity::Error,
    summary: "a libvirt URI names no port, and SSH's own port 22 is never the VM's",
    docs: include_str!("ssh_port_absent.md"),
    covers: &["C18"],
    check,
};

/// The port of SSH itself.
const OWN: u16 = 22;

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in ssh_connections(setup).filter(|c| c.uri.port.is_none()) {
        let Some(finding) = finding(setup, connection) else { continue };
        if !res.iter().any(|other| other.span == finding.span) {
            res.push(finding);
        }
    }
    res
}

fn finding(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let (service, variable, value) = setup.connection(connection)?;
    let port = setup.ssh_port();
    let listening = match port {
        SshPort::Pinned(port, _) => Some(port),
        SshPort::InUse(port, ..) if vm_exists(setup) => Some(port),
        _ => None,
    };
    // An ssh configuration may name the port.
    let is_configured =
        service.brings_ssh_config() || setup.ssh_blocks(connection).any(|b| b.port.is_some());
    let refused = setup.refused_at(connection).is_some();
    if !(refused || leads_to_vm(setup, connection)) || (is_configured && listening.is_none()) {
        return None;
    }
    let told = setup.ssh_blocks(connection).filter_map(|block| block.port).map(|(port, _)| port);
    if listening == Some(OWN) || (listening.is_some() && told.into_iter().next() == listening) {
        return None;
    }
    let span = port_place(setup, connection).or(value.outermost()).unwrap_or(variable.span);
    let name = setup.sources.short_name(span.file);
    let written =
        connection.uri.no_port.as_ref().and_then(|range| value.as_str().get(range.clone()));
    let (severity, message, fixes) = match listening {
        Some(listening) => {
            let has = match port {
                SshPort::Pinned(..) => format!("the VM is pinned to {listening}"),
                _ => format!("the VM listens on {listening}"),
            };
            let unsure = (is_unseen_default(setup, connection) || is_configured) && !refused;
            let severity = if unsure { Severity::Warning } else { Severity::Error };
            let message = match written {
                Some(written) => format!("`{name}` names `{written}`, which is no port; {has}"),
                None => format!("`{name}` names no port, which means {OWN}; {has}"),
            };
            (severity, message, fixes(setup, connection, &port, listening))
        }
        None => {
            let write = "Write the port that `limactl list` shows behind the host";
            let pin = setup.lima.as_ref().filter(|lima| !lima.incomplete && lima.bases_are_known());
            let pin = pin.and_then(|_| pin_fix(setup, connection));
            let message = match written {
                Some(written) => format!("`{name}` names `{written}`, which is no port"),
                None => format!("likely: `{name}` names no port, and {OWN} is not the VM's"),
            };
            (Severity::Warning, message, vec![pin.unwrap_or_else(|| by_hand(write, Vec::new()))])
        }
    };
    Some(Diagnostic {
        severity,
        detail: format!(
            "Without a port, ssh takes {OWN}: that of the host's own SSH server. Lima gives no VM \
             that port."
        ),
        evidence: evidence(setup, connection, OWN, &port),
        fixes,
        ..RULE.finding(span, message)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const COMPOSE: &str = r#"#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
"#;

    #[test]
    fn what_is_no_port_is_replaced() {
        let compose = COMPOSE.replace("internal/", "internal:2202x/");
        check(
            &format!("#- lima.yaml\nssh:\n  localPort: 2222\n{compose}"),
            &expect![[r#"
                error[ssh-port-absent] compose.yaml:4:56: `compose.yaml` names `2202x`, which is no port; the VM is pinned to 2222
                  compose.yaml:4:56: names what is no port
                  lima.yaml:2:14: `lima.yaml` pins 2222
                  fix use-pinned: Name the pinned port 2222
                next[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:4:20: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:2202x/system
                +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:2222/system
            "#]],
        );
    }

    #[test]
    fn the_vms_port_is_known() {
        check(
            &format!("#- lima.yaml\nssh:\n  localPort: 2222\n{COMPOSE}"),
            &expect![[r#"
            error[ssh-port-absent] compose.yaml:4:55: `compose.yaml` names no port, which means 22; the VM is pinned to 2222
              compose.yaml:4:55: names no port, so SSH's own counts: 22
              lima.yaml:2:14: `lima.yaml` pins 2222
              fix use-pinned: Name the pinned port 2222
            next[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key for the VM, unless its image brings one
              compose.yaml:4:20: names no key, and none is bound
              fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
            --- compose.yaml
            -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
            +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:2222/system
        "#]],
        );
        check(
            &format!(
                "{COMPOSE}#- limactl list\nNAME    STATUS     SSH                CPUS    MEMORY    \
                 DISK\ndev     Running    127.0.0.1:58411    4       8GiB      50GiB\n"
            ),
            &expect![[r#"
                error[ssh-port-absent] compose.yaml:4:55: `compose.yaml` names no port, which means 22; the VM listens on 58411
                  compose.yaml:4:55: names no port, so SSH's own counts: 22
                  limactl list:2:30: `dev` listens on 127.0.0.1:58411
                  fix follow: Name the port 58411 that is in use now
                next[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:4:20: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
                +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:58411/system
            "#]],
        );
    }

    #[test]
    fn the_vms_port_is_not_known() {
        check(
            &format!("#- lima.yaml\ncpus: 2\n{COMPOSE}"),
            &expect![[r#"
            warning[ssh-port-absent] compose.yaml:4:55: likely: `compose.yaml` names no port, and 22 is not the VM's
              compose.yaml:4:55: names no port, so SSH's own counts: 22
              lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
              fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
            hint[ssh-port-not-pinned] lima.yaml:1:8: the VM's SSH port is not pinned: it changes at the next start
              lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
              compose.yaml:4:55: names no port
              fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
            unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            --- lima.yaml
            +ssh:
            +  localPort: 20022
            --- compose.yaml
            -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
            +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
        "#]],
        );
    }

    #[test]
    fn an_ssh_configuration_may_name_the_port() {
        let bound = format!("{COMPOSE}    volumes: [\"./ssh_config:/root/.ssh/config:ro\"]\n");
        check_clean(&RULE, &format!("#- lima.yaml\ncpus: 2\n{bound}"));
        check(
            &format!("#- lima.yaml\nssh: {{localPort: 2222}}\n{bound}"),
            &expect![[r#"
                warning[ssh-port-absent] compose.yaml:4:55: `compose.yaml` names no port, which means 22; the VM is pinned to 2222
                  compose.yaml:4:55: names no port, so SSH's own counts: 22
                  lima.yaml:1:18: `lima.yaml` pins 2222
                  fix use-pinned: Name the pinned port 2222
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal/system
                +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:2222/system
            "#]],
        );
        check_clean(
            &RULE,
            &format!(
                "#- lima.yaml\nssh: {{localPort: 2222}}\n{COMPOSE}#- ssh.config\nHost \
                 host.docker.internal\n  Port 2222\n"
            ),
        );
    }

    #[test]
    fn other_machines_have_the_usual_port() {
        check_clean(&RULE, COMPOSE);
        check_clean(
            &RULE,
            &format!(
                "#- lima.yaml\nssh: {{localPort: 2222}}\n{}",
                COMPOSE.replace("host.docker.internal", "kvm.example.com")
            ),
        );
    }
}
