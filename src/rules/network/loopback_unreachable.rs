#![doc = include_str!("loopback_unreachable.md")]

use super::{endpoint_evidence, host_network};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::ports::Connection;
use crate::topology::reach::Obstacle;

/// The bridge's address is not the host's loopback address, on which Lima listens.
pub const RULE: Rule = Rule {
    name: "loopback-unreachable",
    severity: Severity::Warning,
    summary: "a container on Docker's bridge asks for a port that Lima opens on 127.0.0.1 only",
    docs: include_str!("loopback_unreachable.md"),
    covers: &["C4"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in &setup.connections {
        let obstacles = setup.obstacles(connection);
        let found = obstacles.iter().find_map(|obstacle| match obstacle {
            Obstacle::LoopbackOnly(entry) => Some(*entry),
            _ => None,
        });
        let Some(entry) = found else { continue };
        let is_next = obstacles.contains(&Obstacle::NameUnknown);
        if let Some(finding) = finding(setup, connection, entry, is_next)
            && !res.iter().any(|other| other.message == finding.message)
        {
            res.push(finding);
        }
    }
    res
}

fn finding(
    setup: &Setup,
    connection: &Connection,
    entry: Option<Span>,
    is_next: bool,
) -> Option<Diagnostic> {
    let part = UriPart::host(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    let port = connection.uri.effective_port()?;
    let mut evidence = part.evidence(format!("`{}` names `{host}`", part.variable.name));
    evidence.extend(entry.map(|entry| Evidence::new(entry, "leads it to the bridge's address")));
    let in_error = endpoint_evidence(setup, connection);
    if !is_next {
        evidence.extend(in_error);
    }
    let by_hand = by_hand(
        format!(
            "Pass the bridge's port {port} on to 127.0.0.1:{port} on the host, as `socat` or \
             `ssh -L` do, or give `{}` the host's network",
            part.service.name
        ),
        Vec::new(),
    );
    Some(Diagnostic {
        severity: if is_next { Severity::Hint } else { Severity::Warning },
        detail: "Docker Desktop takes connections to that name to the Mac's loopback address; \
                 Docker Engine on Linux does not. Lima's SSH port cannot be opened on another \
                 address by `portForwards`."
            .to_owned(),
        evidence,
        is_next,
        fixes: host_network(setup, connection).into_iter().chain([by_hand]).collect(),
        ..RULE.finding(
            entry.unwrap_or(part.span),
            format!(
                "likely: for `{}`, `{host}` is Docker's bridge, and Lima opens port {port} on \
                 127.0.0.1 only",
                part.service.name
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_bridge_by_its_address() {
        let files = r#"
#- answers
--host linux --runtime engine
#- lima.yaml
ssh: {localPort: 20022}
#- docker-compose.yml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://dev@172.17.0.1:20022/system?keyfile=/k&no_verify=1"}
    volumes: ["~/.lima/_config/user:/k:ro"]
"#;
        // Something may pass the port on.
        check_clean(&RULE, files);
        let error = "ssh: connect to host 172.17.0.1 port 20022: Connection refused";
        check(
            &format!("{files}#- error\n{error}\n"),
            &expect![[r#"
                warning[loopback-unreachable] docker-compose.yml:3:48: likely: for `api`, `172.17.0.1` is Docker's bridge, and Lima opens port 20022 on 127.0.0.1 only
                  docker-compose.yml:3:48: `LIBVIRT_URI` names `172.17.0.1`
                  error:1:38: the port in your error
                  fix host-network: Give `api` the host's network (`network_mode: host`), and name `127.0.0.1`
                  fix by-hand: Pass the bridge's port 20022 on to 127.0.0.1:20022 on the host, as `socat` or `ssh -L` do, or give `api` the host's network
                hint[libvirt-access-open] docker-compose.yml:3:33: the host key of `172.17.0.1` is not checked
                  docker-compose.yml:3:33: `no_verify=1` takes any key
                --- docker-compose.yml
                -    environment: {LIBVIRT_URI: "qemu+ssh://dev@172.17.0.1:20022/system?keyfile=/k&no_verify=1"}
                +    environment: {LIBVIRT_URI: "qemu+ssh://dev@127.0.0.1:20022/system?keyfile=/k&no_verify=1"}
                +    network_mode: "host"
            "#]],
        );
    }

    #[test]
    fn a_service_with_ports_is_left_to_the_reader() {
        check(
            r#"
#- answers
--host linux --runtime engine
#- lima.yaml
ssh: {localPort: 20022}
#- docker-compose.yml
services:
  api:
    ports: ["8080:8080"]
    extra_hosts: ["host.docker.internal:host-gateway"]
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
#- error
Cannot recv data: ssh: connect to host host.docker.internal port 20022: Connection refused: Connection reset by peer
"#,
            &expect![[r#"
                warning[loopback-unreachable] docker-compose.yml:4:19: likely: for `api`, `host.docker.internal` is Docker's bridge, and Lima opens port 20022 on 127.0.0.1 only
                  docker-compose.yml:5:48: `LIBVIRT_URI` names `host.docker.internal`
                  docker-compose.yml:4:19: leads it to the bridge's address
                  error:1:66: the port in your error
                  fix by-hand: Pass the bridge's port 20022 on to 127.0.0.1:20022 on the host, as `socat` or `ssh -L` do, or give `api` the host's network
                next[ssh-key-missing] docker-compose.yml:5:33: likely: `api` has no key for the VM, unless its image brings one
                  docker-compose.yml:5:33: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
            "#]],
        );
    }

    #[test]
    fn what_the_bridge_reaches_is_left_alone() {
        for (answers, lima, service) in [
            // Docker Desktop leads the name to the loopback address.
            (
                "--host macos --runtime docker-desktop",
                "ssh: {localPort: 2222}",
                "{extra_hosts: [\"host.docker.internal:host-gateway\"], environment: {LIBVIRT_URI: \
                 \"qemu+ssh://dev@host.docker.internal:2222/system\"}}",
            ),
            (
                "--host linux --runtime engine",
                "ssh: {localPort: 2222}",
                "{network_mode: host, environment: {LIBVIRT_URI: \
                 \"qemu+ssh://dev@127.0.0.1:2222/system\"}}",
            ),
            // The name is led to where a tunnel listens.
            (
                "--host linux --runtime engine",
                "ssh: {localPort: 2222}",
                "{extra_hosts: [\"host.docker.internal:10.1.2.3\"], environment: {LIBVIRT_URI: \
                 \"qemu+ssh://dev@host.docker.internal:2222/system\"}}",
            ),
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n{answers}\n#- lima.yaml\n{lima}\n#- compose.yaml\nservices:\n  \
                     api: {service}\n"
                ),
            );
        }
    }
}
