#![doc = include_str!("ssh_port_stale.md")]

use super::{
    is_unseen_default, listening_evidence, pin_fix, port_place, prefers_following, set_uri_port,
    ssh_connections, unpinned_evidence, uri_evidence, vm_exists,
};
use crate::config::libvirt_uri::LibvirtUri;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::limactl::Status;
use crate::rules::Rule;
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::ports::{Connection, SshPort, is_host_name, is_loopback};

/// A URI names another SSH port than the VM has.
pub const RULE: Rule = Rule {
    name: "ssh-port-stale",
    severity: Severity::Error,
    summary: "a libvirt URI names an SSH port that the VM does not listen on",
    docs: include_str!("ssh_port_stale.md"),
    covers: &["C1", "F1"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let ssh_port = setup.ssh_port();
    let listening = match ssh_port {
        SshPort::Pinned(port, _) => port,
        SshPort::InUse(port, ..) if vm_exists(setup) => port,
        _ => return Vec::new(),
    };
    let mut res: Vec<Diagnostic> = Vec::new();
    // A URI without a port is another rule's.
    for connection in ssh_connections(setup).filter(|c| c.uri.port.is_some()) {
        let Some(named) = connection.uri.effective_port().filter(|named| *named != listening)
        else {
            continue;
        };
        let Some((_, variable, value)) = setup.connection(connection) else { continue };
        let span = port_place(setup, connection).or(value.outermost()).unwrap_or(variable.span);
        // Two services that take the URI from one place have one problem.
        if let Some(same) = res.iter_mut().find(|finding| finding.span == span) {
            for evidence in evidence(setup, connection, named, &ssh_port) {
                if !same.evidence.contains(&evidence) {
                    same.evidence.insert(0, evidence);
                }
            }
            continue;
        }
        let unseen = is_unseen_default(setup, connection);
        let name = setup.sources.short_name(span.file);
        let works_now = setup.port_until_restart().is_some_and(|(now, _)| now == named);
        let has = match ssh_port {
            SshPort::Pinned(..) => format!("the VM is pinned to {listening}"),
            _ => format!("the VM listens on {listening}"),
        };
        let message = match unseen {
            false => format!("`{name}` names port {named}; {has}"),
            true => format!("the default in `{name}` names port {named}; {has}"),
        };
        res.push(Diagnostic {
            severity: if unseen || works_now { Severity::Warning } else { Severity::Error },
            detail: detail(setup, &ssh_port, named),
            evidence: evidence(setup, connection, named, &ssh_port),
            fixes: fixes(setup, connection, &ssh_port, listening),
            ..RULE.finding(span, message)
        });
    }
    if setup.compose.services.is_empty() {
        res.extend(in_env(setup, &ssh_port, listening));
    }
    res
}

/// Without a Compose file, a URI in `.env` still names a port of the host.
fn in_env(setup: &Setup, ssh_port: &SshPort, listening: u16) -> Vec<Diagnostic> {
    let Some((_, env)) = &setup.env_file else { return Vec::new() };
    let stale = env.entries.iter().filter_map(|entry| {
        let value = &entry.value.as_ref()?.text;
        let uri = LibvirtUri::parse(value.as_str()).filter(LibvirtUri::is_ssh)?;
        let host = &uri.host.as_ref()?.value;
        let port = uri.port.as_ref().filter(|port| port.value != listening)?;
        let leads_to_host = is_host_name(host) || is_loopback(host);
        Some((entry, value.written_at(port.range.clone())?, port.value)).filter(|_| leads_to_host)
    });
    stale
        .map(|(entry, place, named)| {
            let name = setup.sources.short_name(place.file);
            let (has, fix, title) = match ssh_port {
                SshPort::Pinned(..) => ("is pinned to", "use-pinned", "Name the pinned port"),
                _ => ("listens on", "follow", "Name the port that is in use now,"),
            };
            let mut evidence = vec![Evidence::new(place, format!("says {named}"))];
            evidence.extend(listening_evidence(setup, ssh_port));
            evidence.extend(unpinned_evidence(setup));
            Diagnostic {
                severity: Severity::Error,
                detail: detail(setup, ssh_port, named),
                evidence,
                fixes: vec![Fix {
                    name: fix,
                    title: format!("{title} {listening}"),
                    suits: "",
                    applicability: Applicability::Review,
                    edits: vec![Edit::replace(place, listening.to_string())],
                    steps: Vec::new(),
                }],
                ..RULE.finding(
                    place,
                    format!(
                        "`{}` in `{name}` names port {named}; the VM {has} {listening}",
                        entry.key
                    ),
                )
            }
        })
        .collect()
}

fn detail(setup: &Setup, port: &SshPort, named: u16) -> String {
    let now = setup.port_until_restart().map(|(now, _)| now);
    let meant = setup.chosen_instance().and_then(|one| one.name.as_deref());
    let other = setup.instances.iter().find(|one| {
        one.status == Some(Status::Running)
            && one.port.is_some_and(|(used, _)| used == named)
            && one.name.as_deref() != meant
    });
    if let Some(name) = other.and_then(|one| one.name.as_deref()) {
        return format!("Another VM, `{name}`, listens on the port that the URI names.");
    }
    match port {
        SshPort::Pinned(..) if now == Some(named) => {
            "The connection works until the VM starts again: then it listens on the pinned port."
        }
        SshPort::Pinned(..) => "On the host, nobody listens on the port that the URI names.",
        _ => {
            "On the host, nobody listens on the port that the URI names: \
             Lima draws a new SSH port at each start unless one is pinned."
        }
    }
    .to_owned()
}

pub(super) fn evidence(
    setup: &Setup,
    connection: &Connection,
    named: u16,
    port: &SshPort,
) -> Vec<Evidence> {
    let says = match (&connection.uri.port, &connection.uri.no_port) {
        (Some(_), _) => format!("says {named}"),
        (None, Some(_)) => "names what is no port".to_owned(),
        (None, None) => format!("names no port, so SSH's own counts: {named}"),
    };
    let mut res = uri_evidence(setup, connection, &says);
    res.extend(listening_evidence(setup, port));
    res.extend(unpinned_evidence(setup));
    let endpoints = setup.errors.endpoints.iter();
    let uris = setup.errors.uris.iter();
    let named_port = endpoints
        .filter(|(_, port, _)| *port == named)
        .map(|(.., span)| Evidence::new(*span, "the port in your error"));
    let named_uri = uris
        .filter(|(uri, _)| uri.port.as_ref().is_some_and(|port| port.value == named))
        .map(|(_, span)| Evidence::new(*span, "the URI in your error"));
    res.extend(named_port.chain(named_uri).take(1));
    res
}

pub(super) fn fixes(
    setup: &Setup,
    connection: &Connection,
    port: &SshPort,
    listening: u16,
) -> Vec<Fix> {
    let recreate = setup
        .connection(connection)
        .map(|(service, ..)| Step::RecreateService(service.name.clone()))
        .into_iter();
    let to_listening = set_uri_port(setup, connection, listening);
    if let SshPort::Pinned(..) = port {
        let restart = setup.port_until_restart().map(|_| Step::RestartInstance);
        let fix = to_listening.map(|edits| Fix {
            name: "use-pinned",
            title: format!("Name the pinned port {listening}"),
            suits: "",
            applicability: Applicability::Safe,
            edits,
            steps: restart.into_iter().chain(recreate).collect(),
        });
        return fix.into_iter().collect();
    }
    let follow = to_listening.map(|edits| Fix {
        name: "follow",
        title: format!("Name the port {listening} that is in use now"),
        suits: "until the next start of the VM",
        applicability: Applicability::Review,
        edits,
        steps: std::iter::once(Step::FollowPort).chain(recreate).collect(),
    });
    let mut res: Vec<Fix> = pin_fix(setup, connection).into_iter().chain(follow).collect();
    if prefers_following(setup) {
        res.reverse();
    }
    res
}

#[cfg(test)]
mod tests;
