#![doc = include_str!("host_network_in_vm.md")]

use super::endpoint_evidence;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::Runtime;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::ports::Connection;
use crate::topology::reach::Obstacle;
use crate::words;

/// `network_mode: host` is the network of the engine's VM.
pub const RULE: Rule = Rule {
    name: "host-network-in-vm",
    severity: Severity::Warning,
    summary: "`network_mode: host` may be the network of the container engine's own VM",
    docs: include_str!("host_network_in_vm.md"),
    covers: &["E2"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in &setup.connections {
        for obstacle in setup.obstacles(connection) {
            if let Obstacle::HostNetworkInVm(mode) = obstacle
                && !res.iter().any(|other| other.span == mode)
            {
                res.extend(finding(setup, connection, mode));
            }
        }
    }
    res
}

fn finding(setup: &Setup, connection: &Connection, mode: Span) -> Option<Diagnostic> {
    let part = UriPart::host(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    let engine = words::runtime(setup.runtime);
    let in_error = endpoint_evidence(setup, connection);
    let may_be_allowed = setup.runtime == Runtime::DockerDesktop;
    let severity = match in_error.is_empty() && (may_be_allowed || !setup.runtime_is_said()) {
        true => Severity::Hint,
        false => Severity::Warning,
    };
    let mut evidence = vec![Evidence::new(mode, "asks for the host's network")];
    evidence.extend(part.evidence(format!("`{}` names `{host}`", part.variable.name)));
    evidence.extend(in_error);
    let (message, title, detail) = match may_be_allowed {
        true => (
            format!("`{host}` is the host only if {engine} allows host networking"),
            "Turn on host networking in Docker Desktop (Settings, Resources, Network)".to_owned(),
            "It is off by default, and there since Docker Desktop 4.34. Without it, \
             `network_mode: host` is the network of Docker's own VM.",
        ),
        false => (
            format!(
                "likely: with {engine}, `{host}` in `{}` is the engine's VM",
                part.service.name
            ),
            format!(
                "Take `{}` off the host's network, and name `host.docker.internal` instead of `{host}`",
                part.service.name
            ),
            "The engine runs in a VM of its own, and `network_mode: host` is that VM's network.",
        ),
    };
    let by_hand = by_hand(title, Vec::new());
    Some(Diagnostic {
        severity,
        detail: detail.to_owned(),
        evidence,
        fixes: vec![by_hand],
        ..RULE.finding(mode, message)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn docker_desktop_has_to_allow_it() {
        check(
            r#"
#- docker-compose.yml
services:
  api:
    network_mode: host
    environment: {LIBVIRT_URI: "qemu+ssh://dev@127.0.0.1:20022/system"}
"#,
            &expect![[r#"
                hint[host-network-in-vm] docker-compose.yml:3:19: `127.0.0.1` is the host only if Docker Desktop allows host networking
                  docker-compose.yml:3:19: asks for the host's network
                  docker-compose.yml:4:48: `LIBVIRT_URI` names `127.0.0.1`
                  fix by-hand: Turn on host networking in Docker Desktop (Settings, Resources, Network)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            "#]],
        );
    }

    #[test]
    fn the_error_makes_it_a_warning() {
        check(
            r#"
#- answers
--runtime colima
#- docker-compose.yml
services:
  api:
    network_mode: host
    environment: {LIBVIRT_URI: "qemu+ssh://dev@127.0.0.1:20022/system"}
#- error
Cannot recv data: ssh: connect to host 127.0.0.1 port 20022: Connection refused: Connection reset by peer
"#,
            &expect![[r#"
                warning[host-network-in-vm] docker-compose.yml:3:19: likely: with Colima, `127.0.0.1` in `api` is the engine's VM
                  docker-compose.yml:3:19: asks for the host's network
                  docker-compose.yml:4:48: `LIBVIRT_URI` names `127.0.0.1`
                  error:1:55: the port in your error
                  fix by-hand: Take `api` off the host's network, and name `host.docker.internal` instead of `127.0.0.1`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            "#]],
        );
    }

    #[test]
    fn the_hosts_own_network_is_left_alone() {
        for answers in ["--host linux --runtime engine", "--runtime orbstack"] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n{answers}\n#- compose.yaml\nservices:\n  api: {{network_mode: \
                     host, environment: {{LIBVIRT_URI: \
                     \"qemu+ssh://dev@127.0.0.1:20022/system\"}}}}\n"
                ),
            );
        }
    }
}
