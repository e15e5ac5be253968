//! The way into the VM over SSH: its port against the one that the URIs name, the user, the key,
//! and the VM's own key.

pub mod ssh_host_key;
pub mod ssh_key_is_directory;
pub mod ssh_key_missing;
pub mod ssh_port_absent;
pub mod ssh_port_forwarded;
pub mod ssh_port_not_pinned;
pub mod ssh_port_repeated;
pub mod ssh_port_stale;
pub mod ssh_port_taken;
pub mod ssh_port_unconfirmed;
pub mod ssh_user_wrong;
pub mod uri_unescaped;
pub mod vm_not_running;

use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Evidence, Fix, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::intake::limactl::ToldBy;
use crate::intake::{PortStrategy, VmState};
use crate::rules::mounts::write_in_turn;
use crate::syntax::dotenv::Quote;
use crate::syntax::yaml::{Segment, Value};
use crate::text::{Edit, FileId, Span, ValueFrom};
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
    if let Some(range) = &connection.uri.no_port {
        return value.written_at(range.clone());
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
    let has_place = connection.uri.port.is_some() || connection.uri.no_port.is_some();
    let colon = if has_place { "" } else { ":" };
    let mut res = vec![Edit::replace(place, format!("{colon}{port}"))];
    // A default that was in step stays so.
    let copies = setup.default_ports(connection);
    let in_step =
        copies.into_iter().filter(|copy| Some(copy.port) == connection.uri.effective_port());
    res.extend(in_step.map(|copy| Edit::replace(copy.span, port.to_string())));
    Some(res)
}

/// The edits that add a parameter to the URI of a connection; `None` where it has one of the name,
/// or no pasted file holds the URI's end as it is.
fn add_parameter(
    setup: &Setup,
    connection: &Connection,
    name: &str,
    value: &str,
) -> Option<Vec<Edit>> {
    let (_, _, uri) = setup.connection(connection)?;
    if connection.uri.parameter(name).is_some() {
        return None;
    }
    let sign = match uri.as_str().split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let last = uri.as_str().char_indices().next_back()?.0;
    let end = uri.written_at(last..uri.as_str().len())?;
    let added = format!("{sign}{name}={value}");
    // A shell that reads the file would end the value at `&`.
    if let Some((entry, file)) = env_value_at(setup, end).filter(|_| sign == "&") {
        let raw = setup.sources.slice(entry);
        let (before, behind) = raw.split_at_checked(end.end - entry.start)?;
        let text = quoted(&format!("{before}{added}{behind}"))?;
        return Some(vec![Edit::replace(Span::new(file, entry.start, entry.end), text)]);
    }
    Some(vec![Edit::insert(end.file, end.end, added)])
}

/// The unquoted value of `.env` that holds a place.
fn env_value_at(setup: &Setup, place: Span) -> Option<(Span, FileId)> {
    let (file, env) = setup.env_file.as_ref()?;
    let values = env.entries.iter().filter_map(|entry| entry.value.as_ref());
    let mut plain = values.filter(|value| value.quote == Quote::None);
    plain.find(|value| value.span.contains(place)).map(|value| (value.span, *file))
}

/// An unquoted value of `.env` between double quotes, where Compose reads it as before.
fn quoted(raw: &str) -> Option<String> {
    (!raw.contains(['"', '\\', '`'])).then(|| format!("\"{raw}\""))
}

/// Whether a URI leads to the VM, as far as the files tell: there is one, and SSH's own port, which
/// no VM of Lima's has, is not named by the URI.
fn leads_to_vm(setup: &Setup, connection: &Connection) -> bool {
    let is_own = connection.uri.port.as_ref().is_some_and(|port| port.value == 22);
    (setup.lima.is_some() || !setup.instances.is_empty()) && !is_own
}

/// The reports that the VM took no key, which may be those of a connection.
fn denials<'a>(setup: &'a Setup, connection: &Connection) -> Vec<&'a KnownMessage> {
    let host = connection.uri.host.as_ref().map(|host| host.value.clone()).unwrap_or_default();
    let user = connection.uri.user.clone();
    let is_meant = move |known: &&KnownMessage| match known.value.rsplit_once('@') {
        Some((name, at)) => {
            at.eq_ignore_ascii_case(&host) && user.as_ref().is_none_or(|user| user == name)
        }
        None => true,
    };
    setup.errors.reports(Message::PublicKeyDenied).filter(is_meant).collect()
}

/// The directory of Lima's that holds the key for every VM, as the host names it.
fn lima_key(setup: &Setup) -> String {
    let dir = setup.chosen_instance().and_then(|instance| instance.dir.as_deref());
    let home = dir.and_then(|dir| dir.trim_end_matches('/').rsplit_once('/'));
    let home = home.map(|(home, _)| home).filter(|home| !home.ends_with("/.lima"));
    format!("{}/_config/user", home.unwrap_or("~/.lima"))
}

/// Where a container is given the key.
const KEY_IN_CONTAINER: &str = "/root/.ssh/id_lima";

/// The fix that gives a container Lima's key, and lets the URI name it.
fn bind_key(setup: &Setup, connection: &Connection) -> Option<Fix> {
    let (service, variable, value) = setup.connection(connection)?;
    let named = setup.key_path(connection);
    let is_of_container = |path: &&String| path.starts_with('/') && !setup.is_host_path(path);
    let target = named.as_ref().filter(is_of_container).map_or(KEY_IN_CONTAINER, String::as_str);
    let edits = match &named {
        Some(path) if path == target => Vec::new(),
        Some(_) => {
            let written = connection.uri.parameter("keyfile")?;
            let start = value.as_str().find("keyfile=")? + "keyfile=".len();
            let place = value.written_at(start..start + written.len())?;
            vec![Edit::replace(place, target)]
        }
        None => add_parameter(setup, connection, "keyfile", target)?,
    };
    if target.contains([':', '$']) {
        return None;
    }
    let source = lima_key(setup);
    let file = service.volumes_span.map_or(service.name_span.file, |span| span.file);
    let path = ["services", &service.name, "volumes"].map(|key| Segment::Key(key.to_owned()));
    let volume = Value::Text(format!("{source}:{target}:ro"));
    // The URI may end where the new key goes.
    let (here, elsewhere): (Vec<Edit>, Vec<Edit>) =
        edits.into_iter().partition(|edit| edit.span.file == file);
    let text = setup.document(file)?.1;
    let changes = [Some(here).filter(|here| !here.is_empty()), None];
    let changes = changes.get(usize::from(changes[0].is_none())..).unwrap_or_default();
    let mut edits = write_in_turn(file, text, changes, |document, text, change| match change {
        Some(edits) => Some(edits.clone()),
        None => document.append(text, &path, &volume).ok(),
    })?;
    edits.extend(elsewhere);
    Some(Fix {
        name: "bind-key",
        title: format!(
            "Bind Lima's key `{source}` into `{}`, and let `{}` name it",
            service.name, variable.name
        ),
        suits: "",
        applicability: Applicability::Review,
        edits,
        steps: vec![Step::RecreateService(service.name.clone())],
    })
}

/// The fix that lets ssh connect whatever key the VM shows.
fn no_verify(setup: &Setup, connection: &Connection) -> Option<Fix> {
    let (service, ..) = setup.connection(connection)?;
    Some(Fix {
        name: "no-verify",
        title: "Add `no_verify=1`: ssh then trusts whoever answers on that port".to_owned(),
        suits: "a VM on this machine, for development",
        applicability: Applicability::Review,
        edits: add_parameter(setup, connection, "no_verify", "1")?,
        steps: vec![Step::RecreateService(service.name.clone())],
    })
}

/// The fix that pins another port than the one that is pinned, also without a URI.
fn repin_fix(setup: &Setup) -> Option<Fix> {
    let pinned = setup.lima.as_ref()?.ssh_local_port?.0;
    let port = setup.port_to_pin();
    if port == pinned {
        return None;
    }
    if let Some(connection) = ssh_connections(setup).next() {
        return pin_fix(setup, connection);
    }
    Some(Fix {
        name: "pin",
        title: format!("Pin the port to {port} in `{}`", setup.lima_name()),
        suits: "",
        applicability: Applicability::Review,
        edits: pin_port(setup, port)?,
        steps: vec![Step::RestartInstance],
    })
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
