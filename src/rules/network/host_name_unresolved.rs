#![doc = include_str!("host_name_unresolved.md")]

use super::{host_network, path};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::Runtime;
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::syntax::yaml::{Segment, Value};
use crate::topology::Setup;
use crate::topology::ports::{Connection, is_host_name};
use crate::topology::reach::Obstacle;

/// The container engine does not know the name in a URI.
pub const RULE: Rule = Rule {
    name: "host-name-unresolved",
    severity: Severity::Error,
    summary: "a libvirt URI names the host by a name that the container does not know",
    docs: include_str!("host_name_unresolved.md"),
    covers: &["C3"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    let mut told: Vec<(usize, &str)> = Vec::new();
    for connection in &setup.connections {
        let Some(host) = connection.uri.host.as_ref().map(|host| host.value.as_str()) else {
            continue;
        };
        let is_unknown = setup.obstacles(connection).contains(&Obstacle::NameUnknown);
        if is_unknown && !told.contains(&(connection.service, host)) {
            told.push((connection.service, host));
            res.extend(foreseen(setup, connection));
        }
    }
    for reported in setup.errors.reports(Message::HostUnresolved) {
        let is_evidence = |finding: &Diagnostic| {
            finding.evidence.iter().any(|evidence| evidence.span == reported.span)
        };
        if !res.iter().any(is_evidence) {
            res.extend(from_text(setup, reported));
        }
    }
    res
}

fn named<'a>(setup: &'a Setup, connection: &Connection) -> Vec<&'a KnownMessage> {
    let host = connection.uri.host.as_ref().map_or("", |host| host.value.as_str());
    setup
        .errors
        .reports(Message::HostUnresolved)
        .filter(|known| known.value.eq_ignore_ascii_case(host))
        .collect()
}

fn foreseen(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let part = UriPart::host(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    let reported = named(setup, connection);
    let certain = !reported.is_empty() || setup.runtime_is_said();
    let likely = if certain { "" } else { "likely: " };
    let mut evidence = part.evidence(format!("`{}` names `{host}`", part.variable.name));
    let entry = "has no `extra_hosts` entry for it";
    evidence.push(Evidence::new(part.service.name_span, entry));
    evidence
        .extend(reported.iter().map(|known| Evidence::new(known.span, "the name in your error")));
    let is_loopback = setup
        .obstacles(connection)
        .iter()
        .any(|obstacle| matches!(obstacle, Obstacle::LoopbackOnly(_)));
    let moved = host_network(setup, connection).filter(|_| is_loopback);
    Some(Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Warning },
        detail: "Docker Desktop and the other engines with a VM of their own offer the name in \
                 every container; Docker Engine on Linux leaves it to `extra_hosts`."
            .to_owned(),
        evidence,
        fixes: moved.into_iter().chain(name_it(setup, connection)).collect(),
        ..RULE.finding(
            part.span,
            format!("{likely}Docker Engine gives `{}` no name `{host}`", part.service.name),
        )
    })
}

/// The fix that adds the name to the service.
fn name_it(setup: &Setup, connection: &Connection) -> Option<Fix> {
    let (service, ..) = setup.connection(connection)?;
    let host = connection.uri.host.as_ref().map(|host| host.value.as_str())?;
    let (document, text) = setup.document(service.name_span.file)?;
    let mut at = path(service, "extra_hosts");
    let edits = match document.append(text, &at, &Value::Text(format!("{host}:host-gateway"))) {
        Ok(edits) => edits,
        // A mapping has the name as a key.
        Err(_) => {
            at.push(Segment::Key(host.to_owned()));
            document.set(text, &at, &Value::Text("host-gateway".to_owned())).ok()?
        }
    };
    Some(Fix {
        name: "extra-hosts",
        title: format!("Let `{}` know `{host}` by `extra_hosts`", service.name),
        suits: "leads to the bridge's address",
        applicability: Applicability::Review,
        edits,
        steps: vec![Step::RecreateService(service.name.clone())],
    })
}

/// The finding where nothing but the error tells of it.
fn from_text(setup: &Setup, reported: &KnownMessage) -> Option<Diagnostic> {
    let host = reported.value.as_str();
    let connection = setup
        .connections
        .iter()
        .find(|c| c.uri.host.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(host)));
    let part = connection.and_then(|connection| UriPart::host(setup, connection));
    let is_offered = is_host_name(host);
    // The files know the name by now.
    if part.as_ref().is_some_and(|part| part.service.extra_hosts.iter().any(|e| e.host == host)) {
        return None;
    }
    let fix = connection.filter(|_| {
        let own = part.as_ref().is_some_and(|part| part.service.network_mode.is_none());
        own && is_offered && setup.runtime != Runtime::Rancher
    });
    let title = match is_offered {
        true => format!(
            "Add `{host}:host-gateway` to the service's `extra_hosts`, or name the host as its \
             container engine does"
        ),
        false => format!("Write a host in the URI that resolves in the container, not `{host}`"),
    };
    let manual = by_hand(title, Vec::new());
    let named = part.map(|part| part.evidence(format!("`{}` names it", part.variable.name)));
    Some(Diagnostic {
        detail: match is_offered {
            true => "Docker Engine on Linux gives containers no such name unless `extra_hosts` \
                     does; the other engines offer it in containers, and nowhere else."
                .to_owned(),
            false => String::new(),
        },
        evidence: named.unwrap_or_default(),
        fixes: vec![fix.and_then(|c| name_it(setup, c)).unwrap_or(manual)],
        ..RULE.finding(reported.span, format!("`{host}` is not known where the client runs"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_hosts_network_spares_the_name() {
        check(
            r#"
#- answers
--host linux --runtime engine
#- lima.yaml
ssh: {localPort: 20022}
#- docker-compose.yml
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system # by name
"#,
            &expect![[r#"
                error[host-name-unresolved] docker-compose.yml:5:35: Docker Engine gives `api` no name `host.docker.internal`
                  docker-compose.yml:5:35: `LIBVIRT_URI` names `host.docker.internal`
                  docker-compose.yml:2:3: has no `extra_hosts` entry for it
                  fix host-network: Give `api` the host's network (`network_mode: host`), and name `127.0.0.1`
                  fix extra-hosts: Let `api` know `host.docker.internal` by `extra_hosts`
                next[loopback-unreachable] docker-compose.yml:5:35: likely: for `api`, `host.docker.internal` is Docker's bridge, and Lima opens port 20022 on 127.0.0.1 only
                  docker-compose.yml:5:35: `LIBVIRT_URI` names `host.docker.internal`
                  fix host-network: Give `api` the host's network (`network_mode: host`), and name `127.0.0.1`
                  fix by-hand: Pass the bridge's port 20022 on to 127.0.0.1:20022 on the host, as `socat` or `ssh -L` do, or give `api` the host's network
                next[ssh-key-missing] docker-compose.yml:5:20: likely: `api` has no key for the VM, unless its image brings one
                  docker-compose.yml:5:20: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- docker-compose.yml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system # by name
                +      LIBVIRT_URI: qemu+ssh://dev@127.0.0.1:20022/system # by name
                +    network_mode: "host"
            "#]],
        );
    }

    #[test]
    fn a_service_beside_others_is_given_the_name() {
        check(
            r#"
#- answers
--host linux
#- docker-compose.yml
services:
  db: {image: postgres}
  api:
    extra_hosts: {other: 10.0.0.1}
    environment: {LIBVIRT_URI: "qemu+ssh://root@host.docker.internal/system"}
#- error
error: Cannot recv data: ssh: Could not resolve hostname host.docker.internal: Name or service not known: Connection reset by peer
"#,
            &expect![[r#"
                error[host-name-unresolved] docker-compose.yml:5:49: Docker Engine gives `api` no name `host.docker.internal`
                  docker-compose.yml:5:49: `LIBVIRT_URI` names `host.docker.internal`
                  docker-compose.yml:3:3: has no `extra_hosts` entry for it
                  error:1:58: the name in your error
                  fix extra-hosts: Let `api` know `host.docker.internal` by `extra_hosts`
                hint[ssh-user-wrong] docker-compose.yml:5:44: likely: the URI logs in as `root`, who is not the VM's user
                  docker-compose.yml:5:44: logs in as `root`
                  fix by-hand: Name the user that `limactl shell --workdir / NAME id -un` prints
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- docker-compose.yml
                -    extra_hosts: {other: 10.0.0.1}
                +    extra_hosts: {other: 10.0.0.1, "host.docker.internal": "host-gateway"}
            "#]],
        );
    }

    #[test]
    fn an_error_alone_is_enough() {
        check(
            "#- error\nssh: Could not resolve hostname host.docker.internal: nodename nor servname \
             provided\n",
            &expect![[r#"
                error[host-name-unresolved] error:1:33: `host.docker.internal` is not known where the client runs
                  fix by-hand: Add `host.docker.internal:host-gateway` to the service's `extra_hosts`, or name the host as its container engine does
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
        check(
            "#- error\nssh: Could not resolve hostname kvm01: Name or service not known\n",
            &expect![[r#"
                error[host-name-unresolved] error:1:33: `kvm01` is not known where the client runs
                  fix by-hand: Write a host in the URI that resolves in the container, not `kvm01`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_name_that_is_known_is_left_alone() {
        for (answers, settings) in [
            ("--host linux --runtime engine", "extra_hosts: [\"host.docker.internal=10.0.0.2\"]"),
            ("--host linux --runtime docker-desktop", ""),
            ("--host macos", ""),
            ("--runtime colima", ""),
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n{answers}\n#- compose.yaml\nservices:\n  api:\n    {settings}\n    \
                     environment: {{LIBVIRT_URI: \
                     \"qemu+ssh://dev@host.docker.internal:20022/system\"}}\n"
                ),
            );
        }
    }
}
