//! The way from a container to the host.

pub mod host_gateway_unsupported;
pub mod host_name_unresolved;
pub mod host_network_in_vm;
pub mod loopback_unreachable;

use crate::config::compose::Service;
use crate::diagnostic::{Applicability, Evidence, Fix, Step};
use crate::rules::uri::UriPart;
use crate::syntax::yaml::{Segment, Value};
use crate::text::{Edit, Span};
use crate::topology::Setup;
use crate::topology::ports::{Connection, is_loopback};

/// A setting of a service in the Compose file that has it.
fn path(service: &Service, key: &str) -> Vec<Segment> {
    ["services", &service.name, key].map(|key| Segment::Key(key.to_owned())).to_vec()
}

/// The fix that gives a service the host's network, where `127.0.0.1` is the host. None where other
/// settings forbid it, or where other services may be asked for by their names.
fn host_network(setup: &Setup, connection: &Connection) -> Option<Fix> {
    let part = UriPart::host(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    let is_alone = setup.compose.services.len() == 1 && setup.compose.external.is_empty();
    let mut edits = Vec::new();
    if part.service.network_mode.is_none() {
        if part.service.has_own_network || !is_alone {
            return None;
        }
        let (document, text) = setup.document(part.service.name_span.file)?;
        let mode = Value::Text("host".to_owned());
        edits.extend(document.set(text, &path(part.service, "network_mode"), &mode).ok()?);
    } else if part.service.network_mode.as_ref().is_some_and(|mode| mode.as_str() != "host") {
        return None;
    }
    if !is_loopback(host) {
        edits.push(Edit::replace(part.written?, "127.0.0.1"));
    }
    Some(Fix {
        name: "host-network",
        title: format!(
            "Give `{}` the host's network (`network_mode: host`), and name `127.0.0.1`",
            part.service.name
        ),
        suits: "lets the container reach every port of the host",
        applicability: Applicability::Review,
        edits,
        steps: vec![Step::RecreateService(part.service.name.clone())],
    })
}

/// The fix that takes a name out of a service's `extra_hosts`.
pub(super) fn unname(setup: &Setup, service: &str, host: &str, entry: Span) -> Option<Fix> {
    let (document, text) = setup.document(entry.file)?;
    let edits = document.path_to(entry).and_then(|path| document.remove(text, &path).ok());
    let applicability = if edits.is_some() { Applicability::Review } else { Applicability::Manual };
    Some(Fix {
        name: "remove",
        title: format!("Remove `{host}` from `extra_hosts`"),
        suits: "",
        applicability,
        edits: edits.unwrap_or_default(),
        steps: vec![Step::RecreateService(service.to_owned())],
    })
}

/// The places where an error text names the host of a connection.
fn endpoint_evidence(setup: &Setup, connection: &Connection) -> Vec<Evidence> {
    let Some(host) = &connection.uri.host else { return Vec::new() };
    let port = connection.uri.effective_port();
    let endpoints = setup.errors.endpoints.iter();
    endpoints
        .filter(|(name, named, _)| *name == host.value && Some(*named) == port)
        .map(|(.., span)| Evidence::new(*span, "the port in your error"))
        .collect()
}
