#![doc = include_str!("libvirt_uri_local.md")]

use super::{concerns_socket, may_run_on_host, missing_sockets, uri_to_vm};
use crate::config::compose::Service;
use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::ValueFrom;
use crate::topology::Setup;
use crate::topology::path::{below, clean};
use crate::topology::ports::{Connection, Target};

/// A URI without a host in a container.
pub const RULE: Rule = Rule {
    name: "libvirt-uri-local",
    severity: Severity::Error,
    summary: "a libvirt URI names no host, so the container looks for libvirt in itself",
    docs: include_str!("libvirt_uri_local.md"),
    covers: &["C12", "F7"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    let local = setup.connections.iter().filter(|c| c.target == Target::Socket);
    for connection in local.filter(|c| c.uri.driver == "qemu") {
        if let Some(finding) = finding(setup, connection)
            && !res.iter().any(|other| other.span == finding.span)
        {
            res.push(finding);
        }
    }
    let is_remote = setup.connections.iter().all(|c| c.target != Target::Socket);
    if res.is_empty() && (setup.connections.is_empty() || !is_remote) {
        res.extend(from_text(setup));
    }
    res
}

/// Whether a libvirt socket of the host, or of another container, is in the container.
fn has_socket(setup: &Setup, service: &Service, connection: &Connection) -> bool {
    let named = connection.uri.parameter("socket").map(clean);
    let holds = |target: &str| {
        concerns_socket(target)
            || named.as_ref().is_some_and(|socket| below(target, socket).is_some())
    };
    // macOS has no libvirt at that place to bind.
    let by_bind = may_run_on_host(setup)
        && service.binds.iter().any(|bind| holds(&clean(bind.target.as_str())));
    by_bind || service.volumes.iter().any(|volume| holds(&volume.target))
}

fn finding(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let part = UriPart::whole(setup, connection)?;
    if has_socket(setup, part.service, connection) {
        return None;
    }
    let reported = missing_sockets(setup);
    let uri = part.value.as_str();
    let service = &part.service.name;
    let references = part.value.references();
    let default = references.iter().find(|reference| reference.from == ValueFrom::Default);
    let name = default.map_or(part.variable.name.as_str(), |reference| reference.name.as_str());
    let unseen = part.is_unseen_default(setup) && reported.is_empty();
    let likely = if reported.is_empty() { "likely: " } else { "" };
    let env = setup.env_name();
    let message = match default {
        Some(_) if unseen => {
            format!(
                "unless `.env` sets `{name}`, `{service}` looks for libvirt in its own container"
            )
        }
        Some(_) => format!("{likely}`{service}` falls back to `{uri}`: `{env}` sets no `{name}`"),
        None => format!(
            "{likely}`{uri}` names no host: `{service}` looks for libvirt in its own container"
        ),
    };
    let mut evidence = part.evidence(format!("`{}` names no host", part.variable.name));
    evidence
        .extend(reported.iter().map(|known| Evidence::new(known.span, "the socket in your error")));
    let place = if default.is_some() { format!(" in `{env}`") } else { String::new() };
    Some(Diagnostic {
        severity: match (unseen, reported.is_empty()) {
            (true, _) => Severity::Hint,
            (false, true) => Severity::Warning,
            (false, false) => Severity::Error,
        },
        detail: "Without a host, libvirt is asked for over a socket in the same place as the \
                 client, and the container has none."
            .to_owned(),
        evidence,
        fixes: vec![by_hand(
            format!("Set `{name}`{place} to the VM's libvirt: `{}`", uri_to_vm(setup)),
            vec![Step::RecreateService(service.clone())],
        )],
        ..RULE.finding(part.span, message)
    })
}

/// The finding where no pasted file has the URI, or the socket that is bound is not there.
fn from_text(setup: &Setup) -> Option<Diagnostic> {
    let reported = missing_sockets(setup);
    let first = reported.first()?;
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "A URI such as `qemu:///system` is looked for where the client runs: in a \
                 container that has no libvirt, or in a VM where libvirtd is not running."
            .to_owned(),
        evidence: reported.iter().skip(1).map(|k| Evidence::new(k.span, "here, too")).collect(),
        fixes: vec![by_hand(
            format!("In the container, name the VM in the URI: `{}`", uri_to_vm(setup)),
            Vec::new(),
        )],
        ..RULE.finding(first.span, format!("there is no `{}` where the client runs", first.value))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, input};

    const DEFAULT: &str = "#- docker-compose.yml\nservices:\n  api: {environment: {LIBVIRT_URI: \
                           \"${LIBVIRT_URI:-qemu:///session}\"}}\n";

    #[test]
    fn a_default_counts_where_the_variable_is_not_set() {
        check(
            &format!("#- .env\nOTHER=1\n{DEFAULT}"),
            &expect![[r#"
            warning[libvirt-uri-local] docker-compose.yml:2:52: likely: `api` falls back to `qemu:///session`: `.env` sets no `LIBVIRT_URI`
              docker-compose.yml:2:52: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` in `.env` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
        check(
            DEFAULT,
            &expect![[r#"
            hint[libvirt-uri-local] docker-compose.yml:2:52: unless `.env` sets `LIBVIRT_URI`, `api` looks for libvirt in its own container
              docker-compose.yml:2:52: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` in `.env` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            unchecked: what `.env` sets for the variables in the Compose file (paste `.env`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn the_error_makes_it_certain() {
        check(
            r#"
#- lima.yaml
user: {name: dev}
ssh: {localPort: 20022}
#- docker-compose.yml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/run/libvirt:/var/run/libvirt"]
#- error
error: failed to connect to the hypervisor
error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory
"#,
            &expect![[r#"
                error[libvirt-uri-local] docker-compose.yml:3:33: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  docker-compose.yml:3:33: `LIBVIRT_URI` names no host
                  error:2:37: the socket in your error
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://dev@host.docker.internal:20022/system`
                warning[libvirt-socket-bound] docker-compose.yml:4:15: likely: the host has no `/var/run/libvirt` that `api` could bind
                  docker-compose.yml:4:15: `api` binds it
                  fix remove: Remove the volume `/var/run/libvirt` from `api`
                --- docker-compose.yml
                -    volumes: ["/var/run/libvirt:/var/run/libvirt"]
            "#]],
        );
    }

    #[test]
    fn an_error_alone_is_enough() {
        check(
            "#- error\nFailed to connect socket to '/var/run/libvirt/virtqemud-sock': No such file \
             or directory\n",
            &expect![[r#"
                warning[libvirt-uri-local] error:1:30: there is no `/var/run/libvirt/virtqemud-sock` where the client runs
                  fix by-hand: In the container, name the VM in the URI: `qemu+ssh://USER@host.docker.internal:PORT/system`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_socket_in_the_container_is_left_alone() {
        for (host, uri, settings) in [
            ("linux", "qemu:///system", "volumes: [\"/var/run/libvirt:/var/run/libvirt\"]"),
            (
                "linux",
                "qemu:///system",
                "volumes: [\"/run/libvirt/libvirt-sock:/var/run/libvirt/libvirt-sock\"]",
            ),
            ("linux", "qemu:///system?socket=/s/sock", "volumes: [\"/srv/s:/s\"]"),
            // Another container's socket.
            ("macos", "qemu:///system", "volumes: [\"libvirt:/run/libvirt\"]"),
            ("macos", "qemu+ssh://dev@host.docker.internal:20022/system", ""),
            ("macos", "test:///default", ""),
        ] {
            let fixture = format!(
                "#- answers\n--host {host}\n#- compose.yaml\nservices:\n  api:\n    {settings}\n    \
                 environment: {{LIBVIRT_URI: \"{uri}\"}}\nvolumes: {{libvirt: {{}}}}\n"
            );
            let report = crate::diagnose(&input(&fixture)).report;
            let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
            assert_eq!(found, None, "{fixture}");
        }
    }
}
