#![doc = include_str!("container_not_recreated.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::intake::error_text::Message;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::ports::{Connection, Target};
use crate::topology::unfilled::is_unfilled;

/// The error speaks of another URI than the files.
pub const RULE: Rule = Rule {
    name: "container-not-recreated",
    severity: Severity::Warning,
    summary: "the error names another URI than the files: the container is older than they are",
    docs: include_str!("container_not_recreated.md"),
    covers: &["C11", "D14"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for (connection, at, old) in mismatches(setup) {
        if !res.iter().any(|other| other.span == at) {
            res.extend(finding(setup, connection, at, &old));
        }
    }
    if res.is_empty() {
        res.extend(restarted(setup));
    }
    res
}

/// A connection that the error shows in another state: the place in the text, and a clause.
fn mismatches(setup: &Setup) -> Vec<(&Connection, Span, String)> {
    let mut res = Vec::new();
    let all = &setup.connections;
    let of_host = |host: &str| {
        let mut same = all.iter().filter(move |c| {
            c.uri.host.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(host))
        });
        same.next().map(|first| (first, std::iter::once(first).chain(same).collect::<Vec<_>>()))
    };
    let in_shell = |port: u16| {
        let text = format!(":{port}/");
        setup.terminal.exports.iter().any(|export| export.value.contains(&text))
    };
    let endpoints = setup.errors.endpoints.iter();
    // A URI in prose may be one of old; beside a failure that names no port it is the failing one.
    let is_failing = setup.errors.endpoints.is_empty() && !setup.errors.messages.is_empty();
    let uris =
        setup.errors.uris.iter().filter(|_| is_failing).filter_map(|(uri, span)| {
            Some((&uri.host.as_ref()?.value, uri.effective_port()?, span))
        });
    for (host, port, span) in endpoints.map(|(host, port, span)| (host, *port, span)).chain(uris) {
        let Some((first, same)) = of_host(host) else { continue };
        let is_known = same.iter().any(|c| c.uri.effective_port() == Some(port));
        let is_told = res.iter().any(|(_, _, told)| *told == format!("names port {port}"));
        if !is_known && !in_shell(port) && !is_told {
            res.push((first, *span, format!("names port {port}")));
        }
    }
    let remote = all.iter().all(|c| c.target != Target::Socket);
    // ssh's helper in the VM says the same words of the VM's own socket.
    let is_in_vm = setup.errors.reports(Message::RemoteDaemonDown).next().is_some();
    if let (Some(first), true, false) = (all.first(), remote, is_in_vm) {
        let missing = setup.errors.reports(Message::LibvirtSocketMissing);
        res.extend(missing.map(|known| (first, known.span, "speaks of a local socket".to_owned())));
    }
    for known in setup.errors.reports(Message::PublicKeyDenied) {
        let Some((user, host)) = known.value.rsplit_once('@') else { continue };
        let Some((first, same)) = of_host(host) else { continue };
        let is_other = |c: &&Connection| {
            c.uri.user.as_ref().is_some_and(|name| name != user && !is_unfilled(name))
        };
        if same.iter().all(is_other) {
            res.push((first, known.span, format!("logs in as `{user}`")));
        }
    }
    for known in setup.errors.reports(Message::HostUnresolved) {
        let Some((first, _)) = of_host(&known.value) else { continue };
        let service = setup.compose.services.get(first.service);
        let is_given = service.is_some_and(|service| {
            service.extra_hosts.iter().any(|extra| extra.host.eq_ignore_ascii_case(&known.value))
        });
        if is_given {
            res.push((first, known.span, format!("finds no address of `{}`", known.value)));
        }
    }
    res
}

fn finding(setup: &Setup, connection: &Connection, at: Span, old: &str) -> Option<Diagnostic> {
    let part = UriPart::host(setup, connection)?;
    let service = part.service.name.clone();
    let host = &connection.uri.host.as_ref()?.value;
    let (port, name) = (connection.uri.effective_port()?, setup.sources.short_name(part.span.file));
    let now = match old.split(' ').next() {
        Some("names") => format!("names port {port}"),
        Some("logs") => {
            format!("logs in as `{}`", connection.uri.user.as_deref().unwrap_or_default())
        }
        Some("finds") => format!("names `{host}`, and `extra_hosts` has its address"),
        _ => format!("names `{host}`"),
    };
    let mut evidence = vec![Evidence::new(at, format!("your error {old}"))];
    evidence.extend(part.evidence(format!("`{}` {now}", part.variable.name)));
    evidence.extend(restart_evidence(setup));
    Some(Diagnostic {
        detail: "A container keeps the environment that it was made with. If it is new, another \
                 file or the shell sets its URI: `docker compose config` shows which one Compose \
                 takes."
            .to_owned(),
        evidence,
        fixes: vec![recreate(&service)],
        ..RULE.finding(
            at,
            format!("likely: `{service}` is older than the files: the error {old}, `{name}` {now}"),
        )
    })
}

fn recreate(service: &str) -> crate::diagnostic::Fix {
    by_hand(
        format!("Recreate the container: `docker compose up -d {service}`, not `restart`"),
        vec![Step::RecreateService(service.to_owned())],
    )
}

fn restart_evidence(setup: &Setup) -> Vec<Evidence> {
    let restarts =
        setup.terminal.compose.iter().filter(|command| command.name() == Some("restart"));
    restarts
        .map(|command| Evidence::new(command.span, "`restart` keeps the old container"))
        .collect()
}

/// A `restart` beside an error is better known.
fn restarted(setup: &Setup) -> Option<Diagnostic> {
    let errors = &setup.errors;
    let has_failed = !(errors.paths.is_empty() && errors.endpoints.is_empty());
    let evidence = restart_evidence(setup);
    let at = evidence.first().filter(|_| has_failed)?.span;
    let service = setup.connections.first().and_then(|c| setup.compose.services.get(c.service));
    Some(Diagnostic {
        severity: Severity::Hint,
        detail: "It starts the same container again, with its old environment and mounts."
            .to_owned(),
        evidence,
        fixes: vec![recreate(service.map_or("SERVICE", |service| &service.name))],
        ..RULE.finding(at, "`docker compose restart` takes up no change of the files".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FILES: &str = r#"#- lima.yaml
ssh: {localPort: 20022}
#- .env
LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system
#- docker-compose.yml
services:
  api: {environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}}
"#;

    #[test]
    fn the_error_names_a_port_that_no_file_has() {
        check(
            &format!(
                "{FILES}#- error\n$ docker compose restart api\nCannot recv data: ssh: connect to \
                 host host.docker.internal port 52136: Connection refused: Connection reset by \
                 peer\n"
            ),
            &expect![[r#"
                warning[container-not-recreated] error:2:66: likely: `api` is older than the files: the error names port 52136, `.env` names port 20022
                  error:2:66: your error names port 52136
                  docker-compose.yml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:28: `LIBVIRT_URI` names port 20022
                  error:1:3: `restart` keeps the old container
                  fix by-hand: Recreate the container: `docker compose up -d api`, not `restart`
            "#]],
        );
    }

    #[test]
    fn the_error_names_a_uri_that_no_file_has() {
        check(
            &format!(
                "{FILES}#- error\nvirsh -c qemu+ssh://dev@host.docker.internal:52136/system list\n\
                 error: Cannot recv data: Host key verification failed.: Connection reset by peer\n"
            ),
            &expect![[r#"
                error[ssh-host-key] .env:1:13: `api` does not know the VM's host key
                  docker-compose.yml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:13: lets ssh check the host key
                  error:2:26: what ssh says
                  fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
                  fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
                warning[container-not-recreated] error:1:10: likely: `api` is older than the files: the error names port 52136, `.env` names port 20022
                  error:1:10: your error names port 52136
                  docker-compose.yml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:28: `LIBVIRT_URI` names port 20022
                  fix by-hand: Recreate the container: `docker compose up -d api`, not `restart`
            "#]],
        );
    }

    #[test]
    fn the_error_speaks_of_a_socket() {
        check(
            &format!(
                "{FILES}#- error\nFailed to connect socket to '/var/run/libvirt/libvirt-sock': No \
                 such file or directory\n"
            ),
            &expect![[r#"
                warning[container-not-recreated] error:1:30: likely: `api` is older than the files: the error speaks of a local socket, `.env` names `host.docker.internal`
                  error:1:30: your error speaks of a local socket
                  docker-compose.yml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:28: `LIBVIRT_URI` names `host.docker.internal`
                  fix by-hand: Recreate the container: `docker compose up -d api`, not `restart`
            "#]],
        );
    }

    #[test]
    fn a_restart_beside_another_error_is_a_hint() {
        check(
            &format!(
                "{FILES}#- error\n$ docker compose restart api\nCannot access storage file \
                 '/srv/a.iso': No such file or directory\n"
            ),
            &expect![[r#"
                hint[container-not-recreated] error:1:3: `docker compose restart` takes up no change of the files
                  error:1:3: `restart` keeps the old container
                  fix by-hand: Recreate the container: `docker compose up -d api`, not `restart`
            "#]],
        );
    }

    #[test]
    fn an_error_that_fits_the_files_is_left_alone() {
        for error in [
            "ssh: connect to host host.docker.internal port 20022: Connection refused",
            // Another client, on the host.
            "ssh: connect to host 127.0.0.1 port 52136: Connection refused",
            "virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock': Failed to connect \
             socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
            "$ docker compose restart api\nall is well",
            "We had qemu+ssh://dev@host.docker.internal:52136/system before.",
        ] {
            let fixture = format!("{FILES}#- error\n{error}\n");
            let report = crate::diagnose(&crate::rules::testing::input(&fixture)).report;
            assert!(!report.findings.iter().any(|f| f.rule == RULE.name), "{report:#?}");
        }
        check_clean(&RULE, FILES);
    }
}
