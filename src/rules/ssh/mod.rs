//! The VM's SSH port, against the port that the URIs name.

pub mod ssh_port_not_pinned;
pub mod ssh_port_stale;
pub mod ssh_port_unconfirmed;
pub mod ssh_user_wrong;
pub mod vm_not_running;

use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Evidence, Fix, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::intake::limactl::ToldBy;
use crate::intake::{PortStrategy, VmState};
use crate::syntax::yaml::{Segment, Value};
use crate::text::{Edit, Span, ValueFrom};
use crate::topology::Setup;
use crate::topology::ports::{Connection, SshPort, Target, is_host_name, is_loopback};
use crate::topology::reach::LIBVIRT_TCP;

/// The connections through the host to the VM's SSH server. One that names the container itself
/// means the host, and needs the right port as well once it does.
fn ssh_connections(setup: &Setup) -> impl Iterator<Item = &Connection> {
    let through_host = |c: &&Connection| matches!(c.target, Target::Host | Target::Container);
    setup.connections.iter().filter(|c| c.uri.is_ssh()).filter(through_host)
}

/// The ports of the host that an error says ssh could not reach.
fn endpoints_of_host(setup: &Setup) -> Vec<(&str, u16, Span)> {
    let is_ours = |host: &str| {
        let of_host = |c: &Connection| {
            c.uri.host.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(host))
        };
        is_host_name(host) || is_loopback(host) || ssh_connections(setup).any(of_host)
    };
    let endpoints = setup.errors.endpoints.iter();
    endpoints
        .filter(|(host, port, _)| *port != LIBVIRT_TCP && is_ours(host))
        .map(|(host, port, span)| (host.as_str(), *port, *span))
        .collect()
}

/// The users of whom sshd took no key, empty where it is not told, and where an error says so.
fn denied(setup: &Setup) -> impl Iterator<Item = (&str, &KnownMessage)> {
    setup.errors.reports(Message::PublicKeyDenied).map(|known| {
        let user = known.value.rsplit_once('@').map_or("", |(user, _)| user);
        (user, known)
    })
}

/// Where the port of a URI is written, or where it would be; `None` where no pasted file holds it
/// as it is.
fn port_place(setup: &Setup, connection: &Connection) -> Option<Span> {
    let (_, _, value) = setup.connection(connection)?;
    if let Some(port) = &connection.uri.port {
        return value.written_at(port.range.clone());
    }
    let end = connection.uri.authority_end;
    let before = value.written_at(end.checked_sub(1)?..end)?;
    Some(Span::at(before.file, before.end))
}

/// The edit that lets the URI of a connection name `port`; no edit where it does already.
fn set_uri_port(setup: &Setup, connection: &Connection, port: u16) -> Option<Vec<Edit>> {
    if connection.uri.port.as_ref().is_some_and(|written| written.value == port) {
        return Some(Vec::new());
    }
    let place = port_place(setup, connection)?;
    let colon = if connection.uri.port.is_none() { ":" } else { "" };
    Some(vec![Edit::replace(place, format!("{colon}{port}"))])
}

/// The edits that pin the VM's SSH port in `lima.yaml`.
fn pin_port(setup: &Setup, port: u16) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    let path = [Segment::Key("ssh".to_owned()), Segment::Key("localPort".to_owned())];
    document.set(text, &path, &Value::Int(i64::from(port))).ok()
}

/// The fix that pins the port and lets every URI name it; at least that of `connection`, since
/// another's may be put together from several places.
fn pin_fix(setup: &Setup, connection: &Connection) -> Option<Fix> {
    let port = setup.port_to_pin();
    let mut edits = pin_port(setup, port)?;
    set_uri_port(setup, connection, port)?;
    let mut services = Vec::new();
    for connection in ssh_connections(setup) {
        for edit in set_uri_port(setup, connection, port).unwrap_or_default() {
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        services.extend(setup.connection(connection).map(|(service, ..)| service.name.clone()));
    }
    services.dedup();
    let mut steps = vec![Step::RestartInstance];
    steps.extend(services.into_iter().map(Step::RecreateService));
    let names = uri_names(setup);
    Some(Fix {
        name: "pin",
        title: format!(
            "Pin the port to {port} in `{}`, and let {names} name it",
            setup.lima_name()
        ),
        suits: "lasting",
        applicability: Applicability::Review,
        edits,
        steps,
    })
}

/// The variables that hold the URIs, for a title.
fn uri_names(setup: &Setup) -> String {
    let mut names: Vec<String> = ssh_connections(setup)
        .filter_map(|c| setup.connection(c))
        .map(|(_, variable, _)| format!("`{}`", variable.name))
        .collect();
    names.dedup();
    if names.is_empty() { "the URI".to_owned() } else { names.join(" and ") }
}

/// What tells the port that the VM listens on.
fn listening_evidence(setup: &Setup, port: &SshPort) -> Vec<Evidence> {
    let name = setup.instance.as_deref().map_or("the VM".to_owned(), |name| format!("`{name}`"));
    match port {
        SshPort::Pinned(port, span) => {
            let mut res =
                vec![Evidence::new(*span, format!("`{}` pins {port}", setup.lima_name()))];
            res.extend(setup.port_until_restart().map(|(now, span)| {
                Evidence::new(span, format!("{name} listens on {now} until its next start"))
            }));
            res
        }
        SshPort::InUse(port, span, told_by) => {
            let note = match told_by {
                ToldBy::List => format!("{name} listens on 127.0.0.1:{port}"),
                ToldBy::SshConfig => format!("Lima wrote port {port} at the last start of {name}"),
                ToldBy::StartLog => format!("{name} started with port {port}"),
            };
            vec![Evidence::new(*span, note)]
        }
        SshPort::Unknown(_) => Vec::new(),
    }
}

/// Why the port changes: nothing pins it.
fn unpinned_evidence(setup: &Setup) -> Option<Evidence> {
    let is_unpinned = |lima: &Lima| lima.ssh_local_port.is_none() && !lima.incomplete;
    let place = setup.ssh_place().filter(|_| setup.lima.as_ref().is_some_and(is_unpinned))?;
    Some(Evidence::new(place, "no `ssh.localPort`, so each start draws another port"))
}

/// Where a URI comes from: the service's variable, and the files' entries behind it.
fn uri_evidence(setup: &Setup, connection: &Connection, says: &str) -> Vec<Evidence> {
    let Some((service, variable, value)) = setup.connection(connection) else { return Vec::new() };
    let mut res = Vec::new();
    let place = port_place(setup, connection);
    let from_here = place.is_some_and(|place| variable.span.contains(place));
    if !from_here {
        let at = value.outermost().unwrap_or(variable.span);
        res.push(Evidence::new(
            at,
            format!("`{}` takes its `{}` from here", service.name, variable.name),
        ));
    }
    if let Some(place) = place {
        res.push(Evidence::new(place, says.to_owned()));
    }
    if let Some(reference) = value.references().into_iter().find(|r| r.from == ValueFrom::Shell) {
        let at = reference.at.unwrap_or(variable.span);
        res.push(Evidence::new(
            at,
            format!("the shell's `{}` wins over the files", reference.name),
        ));
    }
    res
}

/// Whether a connection's port is only a default that an unseen `.env` may replace.
fn is_unseen_default(setup: &Setup, connection: &Connection) -> bool {
    setup.environment.file.is_none()
        && setup.connection(connection).is_some_and(|(_, _, value)| {
            value.references().iter().any(|reference| reference.from == ValueFrom::Default)
        })
}

/// Whether the fix that follows the port is to come first.
fn prefers_following(setup: &Setup) -> bool {
    setup.answers.port == Some(PortStrategy::Follow)
}

/// Whether a port can be in use at all.
fn vm_exists(setup: &Setup) -> bool {
    setup.vm == VmState::Existing
}
