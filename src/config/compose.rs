//! A Compose project: services, their environment and their binds, references followed.

use super::env::Environment;
use crate::syntax::SyntaxError;
use crate::syntax::yaml::Yaml;
use crate::text::{FileId, Reference, Span, Traced};

/// What the pasted Compose files say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compose {
    /// The services in order of writing.
    pub services: Vec<Service>,
    /// References without a value: Compose warns of each.
    pub unset: Vec<Reference>,
    /// What Compose would refuse beyond the YAML itself.
    pub errors: Vec<SyntaxError>,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its key under `services`.
    pub name: String,
    /// Where the key is written.
    pub name_span: Span,
    /// `environment`, in order, the live one of each name.
    pub environment: Vec<Variable>,
    /// `volumes` that are not plain named volumes, in order.
    pub binds: Vec<Bind>,
    /// Targets of named and anonymous volumes.
    pub volumes: Vec<Volume>,
    /// `extra_hosts`: name and address.
    pub extra_hosts: Vec<ExtraHost>,
    /// `network_mode`, if written.
    pub network_mode: Option<Traced>,
    /// The span of the `volumes` key's value, if written.
    pub volumes_span: Option<Span>,
    /// Host ports that the service publishes, single ones only.
    pub published_ports: Vec<(u16, Span)>,
}

/// A variable of a service's environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The entry, `NAME=value` or `NAME: value`.
    pub span: Span,
    /// The value; `None` when it is inherited and nothing supplies it.
    pub value: Option<Traced>,
}

/// A directory of the host (as the engine sees it) in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Bind {
    /// The path on the host: absolute, or starting with `~`, or relative to the project directory.
    pub source: Traced,
    /// The path in the container, cleaned.
    pub target: Traced,
    /// Whether the container may not write.
    pub read_only: bool,
    /// The whole entry.
    pub span: Span,
}

/// A named or anonymous volume in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// The volume's name; `None` for an anonymous one.
    pub name: Option<String>,
    /// The path in the container, cleaned.
    pub target: String,
    /// The whole entry.
    pub span: Span,
}

/// A name that the container resolves to a given address.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtraHost {
    /// The host name.
    pub host: String,
    /// The address, or `host-gateway`.
    pub address: String,
    /// The whole entry.
    pub span: Span,
}

impl Compose {
    /// Reads the pasted Compose files, later ones over earlier ones.
    pub fn resolve(files: &[(FileId, &Yaml)], environment: &Environment) -> Compose {
        let _ = (files, environment);
        Compose::default()
    }
}
