#![doc = include_str!("ssh_port_not_pinned.md")]

use super::{pin_fix, port_place, ssh_connections, uri_evidence};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::LimaVersion;
use crate::rules::Rule;
use crate::topology::Setup;

/// A URI names the VM's SSH port, and nothing keeps that port.
pub const RULE: Rule = Rule {
    name: "ssh-port-not-pinned",
    severity: Severity::Hint,
    summary: "the VM's SSH port changes at each start, and a libvirt URI names it",
    docs: include_str!("ssh_port_not_pinned.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    // Before 2.0, the instance named `default` always had port 60022 (Lima, pkg/hostagent).
    let kept = setup.instance.as_deref() == Some("default")
        && setup.lima_version < LimaVersion::new(2, 0, 0);
    if lima.ssh_local_port.is_some() || lima.incomplete || !lima.bases_are_known() || kept {
        return Vec::new();
    }
    let Some(connection) = ssh_connections(setup).next() else { return Vec::new() };
    let Some(span) = setup.ssh_place() else { return Vec::new() };
    let says = match &connection.uri.port {
        Some(port) => format!("names port {}", port.value),
        None => "names no port".to_owned(),
    };
    let mut evidence =
        vec![Evidence::new(span, "no `ssh.localPort`, so each start draws another port")];
    if port_place(setup, connection).is_some() {
        evidence.extend(uri_evidence(setup, connection, &says));
    }
    vec![Diagnostic {
        detail: "Pinned, the port outlasts restarts of the VM and of the host.".to_owned(),
        evidence,
        fixes: pin_fix(setup, connection).into_iter().collect(),
        ..RULE.finding(
            span,
            "the VM's SSH port is not pinned: it changes at the next start".to_owned(),
        )
    }]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_hint_is_left_to_the_reader() {
        check(
            r#"
#- lima.yaml
vmType: qemu
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:58411/system"}}
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
            &expect![[r#"
                hint[ssh-port-not-pinned] lima.yaml:1:13: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:1:13: no `ssh.localPort`, so each start draws another port
                  compose.yaml:2:73: names port 58411
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
            "#]],
        );
    }

    #[test]
    fn a_pinned_port_and_other_transports_need_no_hint() {
        for fixture in [
            r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:2222/system"}}
"#,
            r#"
#- lima.yaml
vmType: qemu
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal:16509/system"}}
"#,
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
