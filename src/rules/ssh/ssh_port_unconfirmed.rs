#![doc = include_str!("ssh_port_unconfirmed.md")]

use super::{endpoints_of_host, pin_fix, port_place, ssh_connections, uri_evidence, vm_exists};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::limactl::Status;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::ports::{Connection, SshPort, is_loopback};

/// A port was refused, or is likely wrong, and nothing shows the one that the VM has.
pub const RULE: Rule = Rule {
    name: "ssh-port-unconfirmed",
    severity: Severity::Warning,
    summary: "the SSH port that a URI or an error names is likely not the VM's any more",
    docs: include_str!("ssh_port_unconfirmed.md"),
    covers: &["C1", "F1"],
    check,
};

/// The port that only a VM called `default` has by itself (Lima, pkg/hostagent).
const PORT_OF_DEFAULT: u16 = 60022;

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let does_run = |status: Status| status == Status::Running;
    let status = setup.chosen_instance().and_then(|instance| instance.status);
    let is_told = !matches!(setup.ssh_port(), SshPort::Unknown(_));
    // Where the VM does not run, another rule says so.
    if is_told || !vm_exists(setup) || !status.is_none_or(does_run) {
        return Vec::new();
    }
    let reported = endpoints_of_host(setup);
    if reported.is_empty() {
        return of_default(setup).into_iter().collect();
    }
    let connections: Vec<&Connection> = ssh_connections(setup).collect();
    let mut res = Vec::new();
    for (host, port, at) in reported {
        let of_port = |c: &&&Connection| c.uri.effective_port() == Some(port);
        match connections.iter().find(of_port) {
            // A URI without a port is another rule's.
            Some(connection) if connection.uri.port.is_none() => {}
            Some(connection) if setup.obstacles(connection).is_empty() => {
                res.push(refused(setup, Some(connection), (host, port), at));
            }
            // A URI that has changed since is another rule's finding.
            None if connections.is_empty() => res.push(refused(setup, None, (host, port), at)),
            _ => {}
        }
    }
    res
}

fn refused(
    setup: &Setup,
    connection: Option<&Connection>,
    (host, port): (&str, u16),
    at: Span,
) -> Diagnostic {
    let mut evidence = vec![Evidence::new(at, "the port in your error")];
    if let Some(connection) = connection {
        evidence.extend(uri_evidence(setup, connection, &format!("names {port}")));
    }
    evidence.extend(super::unpinned_evidence(setup));
    let message = match port {
        22 => "the VM's SSH port is never 22 on the host: the URI needs the VM's own".to_owned(),
        _ => format!("likely: the VM does not listen on port {port}, or does not run"),
    };
    let mut res = Diagnostic { evidence, fixes: fixes(setup, connection), ..common(at, message) };
    if connection.is_none() && is_loopback(host) {
        let of_container = format!(" In a container, `{host}` is the container itself.");
        res.detail.push_str(&of_container);
    }
    res
}

/// A URI with the port of another VM.
fn of_default(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let instance = setup.instance.as_deref().filter(|name| *name != "default")?;
    if lima.incomplete || !lima.bases_are_known() {
        return None;
    }
    let named = |c: &&Connection| c.uri.effective_port() == Some(PORT_OF_DEFAULT);
    let connection = ssh_connections(setup).find(named)?;
    let place = port_place(setup, connection)?;
    let mut evidence = uri_evidence(setup, connection, &format!("names {PORT_OF_DEFAULT}"));
    evidence.extend(super::unpinned_evidence(setup));
    let message = format!(
        "likely: `{instance}` does not listen on {PORT_OF_DEFAULT}: only a VM called `default` \
         has that port by itself"
    );
    Some(Diagnostic { evidence, fixes: fixes(setup, Some(connection)), ..common(place, message) })
}

fn common(span: Span, message: String) -> Diagnostic {
    Diagnostic {
        detail: "Lima draws a new SSH port at each start unless one is pinned. `limactl list` \
                 shows the one in use: paste it, and it is compared."
            .to_owned(),
        ..RULE.finding(span, message)
    }
}

fn fixes(setup: &Setup, connection: Option<&Connection>) -> Vec<crate::diagnostic::Fix> {
    let may_pin = setup.lima.as_ref().is_some_and(|lima| !lima.incomplete);
    let pin = connection.filter(|_| may_pin).and_then(|connection| pin_fix(setup, connection));
    let name = setup.instance.as_deref().unwrap_or("NAME");
    let by_hand = by_hand(
        format!("See that the VM runs, and name the port that `limactl list {name}` shows"),
        Vec::new(),
    );
    pin.into_iter().chain([by_hand]).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn an_error_alone_leads_to_what_to_compare() {
        check(
            "#- error\nCannot recv data: ssh: connect to host host.docker.internal port 58411: \
             Network is unreachable: Connection reset by peer\n",
            &expect![[r#"
                warning[ssh-port-unconfirmed] error:1:66: likely: the VM does not listen on port 58411, or does not run
                  error:1:66: the port in your error
                  fix by-hand: See that the VM runs, and name the port that `limactl list NAME` shows
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
        check(
            "#- error\nssh: connect to host host.docker.internal port 22: Connection refused\n",
            &expect![[r#"
                warning[ssh-port-unconfirmed] error:1:48: the VM's SSH port is never 22 on the host: the URI needs the VM's own
                  error:1:48: the port in your error
                  fix by-hand: See that the VM runs, and name the port that `limactl list NAME` shows
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn another_vm_does_not_have_the_port_of_the_default_one() {
        check(
            r#"
#- answers
--instance dev
#- lima.yaml
cpus: 4
#- .env
LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:60022/system
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}}
"#,
            &expect![[r#"
                warning[ssh-port-unconfirmed] .env:1:49: likely: `dev` does not listen on 60022: only a VM called `default` has that port by itself
                  compose.yaml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:49: names 60022
                  lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                  fix by-hand: See that the VM runs, and name the port that `limactl list dev` shows
                hint[ssh-port-not-pinned] lima.yaml:1:8: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
                  compose.yaml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:49: names port 60022
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- lima.yaml
                +ssh:
                +  localPort: 20022
                --- .env
                -LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:60022/system
                +LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system
            "#]],
        );
    }

    #[test]
    fn where_the_port_is_told_or_the_error_is_of_another_machine_it_is_silent() {
        let compose = "#- compose.yaml\nservices:\n  api: {environment: {LIBVIRT_URI: \
                       \"qemu+ssh://dev@host.docker.internal:60022/system\"}}\n";
        for rest in [
            "#- lima.yaml\ncpus: 2\n",
            "#- answers\n--instance default\n#- lima.yaml\ncpus: 2\n",
            "#- answers\n--instance dev --vm new\n#- lima.yaml\ncpus: 2\n",
            "#- lima.yaml\nssh: {localPort: 60022}\n#- error\nssh: connect to host \
             host.docker.internal port 60022: Connection refused\n",
            "#- error\nssh: connect to host kvm.example.com port 60022: Connection refused\n",
        ] {
            check_clean(&RULE, &format!("{compose}{rest}"));
        }
    }
}
