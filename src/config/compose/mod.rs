//! A Compose project: services, their environment and their binds, references followed.
//!
//! Every document becomes a tree in which aliases, `<<` and references are followed (`tree`);
//! `extends` is followed within it, and later documents are laid over earlier ones (`merge`);
//! the settings are read from what comes out. Values keep their origins all the way, so that a
//! part of one can be changed where it is written, be that a default in the Compose file or an
//! entry of `.env`. (Compose specification; compose-go, loader and override.)

mod environment;
mod merge;
mod named_volume;
mod network;
mod paths;
mod scalar;
mod service;
mod tree;
mod volume_spec;
mod volumes;

pub use paths::{clean, resolve_source};
pub use volume_spec::{VolumeSpec, VolumeSpecError};

use std::collections::HashSet;

use super::env::Environment;
use crate::syntax::SyntaxError;
use crate::syntax::yaml::Yaml;
use crate::text::{FileId, Reference, Span, Traced};
use tree::{Builder, Data, Tree};

/// What the pasted Compose files say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compose {
    /// The services in order of writing.
    pub services: Vec<Service>,
    /// References without a value: Compose warns of each. One that several aliases lead to is
    /// told once.
    pub unset: Vec<Reference>,
    /// What Compose would refuse beyond the YAML itself, in order of place.
    pub errors: Vec<SyntaxError>,
    /// The files that `include` and `extends` name, which are not among the pasted ones: the
    /// project has more in it than is known.
    pub external: Vec<(String, Span)>,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its key under `services`.
    pub name: String,
    /// Where the key is written; the last place, where several files have it.
    pub name_span: Span,
    /// `environment`, in order, the live one of each name; then the entries of the pasted `.env`
    /// where `env_file` lists it.
    pub environment: Vec<Variable>,
    /// The files under `env_file`, in order; later ones win.
    pub env_files: Vec<EnvFileReference>,
    /// `volumes` that are directories of the host, in order; of one target the last.
    pub binds: Vec<Bind>,
    /// Targets of named and anonymous volumes.
    pub volumes: Vec<Volume>,
    /// `extra_hosts`: name and address.
    pub extra_hosts: Vec<ExtraHost>,
    /// `network_mode`, if written.
    pub network_mode: Option<Traced>,
    /// Whether `networks` or `ports` is written: neither goes together with the host's network.
    pub has_own_network: bool,
    /// The span of the `volumes` key's value, if written; the last place, where several files
    /// have it.
    pub volumes_span: Option<Span>,
    /// Host ports that the service publishes, of either protocol, each once; a range of up to 1024 counts as its ports.
    pub published_ports: Vec<(u16, Span)>,
    /// The profiles without one of which the service is left out; none for one that always runs.
    pub profiles: Vec<String>,
}

/// A variable of a service's environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The entry, `NAME=value` or `NAME: value`, or that of `.env`.
    pub span: Span,
    /// The value; `None` when it is inherited and nothing supplies it.
    pub value: Option<Traced>,
}

/// A file under `env_file`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvFileReference {
    /// Its path as written, references followed.
    pub path: Traced,
    /// Whether Compose refuses to go on without it.
    pub required: bool,
    /// Whether it is the pasted `.env`.
    pub pasted: bool,
    /// The whole entry.
    pub span: Span,
}

/// A directory of the host (as the engine sees it) in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Bind {
    /// The path on the host as written, references followed: absolute, or starting with `~`, or
    /// relative to the project directory.
    pub source: Traced,
    /// The path that Compose hands to the engine, as far as it is known: see [`resolve_source`].
    pub resolved_source: String,
    /// The path in the container, cleaned.
    pub target: Traced,
    /// Whether the container may not write.
    pub read_only: bool,
    /// Whether the engine creates the directory where it is missing, owned by root.
    pub create_host_path: bool,
    /// The named volume through which it is bound, if it is not bound directly.
    pub volume: Option<String>,
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
        let mut builder = Builder::new(environment);
        let mut external = Vec::new();
        let mut project: Option<Tree> = None;
        // What is refused in a document although a later one replaces it.
        let mut early: Vec<SyntaxError> = Vec::new();
        for (_, yaml) in files {
            for document in &yaml.documents {
                let Some(mut root) = builder.document(document) else { continue };
                if !matches!(root.data, Data::Map(_)) {
                    if !root.is_null() {
                        let help = "start the file with `services:`";
                        builder.error(root.span, "top-level object must be a mapping", help);
                    }
                    continue;
                }
                included(&root, &mut external);
                early.extend(builder.aside(|builder| volumes::refuse_entries(&root, builder)));
                merge::extend(&mut root, &mut builder, &mut external);
                project = match project {
                    Some(base) => merge::merge(base, root, &mut Vec::new(), &mut builder),
                    None => merge::settle(root),
                };
                if let Some(project) = &mut project {
                    volumes::settle_targets(project);
                }
            }
        }
        let is_empty = project.as_ref().is_none_or(|project| project.fields().is_empty());
        let is_read = files.iter().all(|(_, yaml)| yaml.errors.is_empty());
        if let Some((file, _)) = files.first().filter(|_| is_empty && is_read)
            && builder.errors.is_empty()
        {
            builder.error(Span::at(*file, 0), "empty compose file", "add `services`");
        }
        let incomplete =
            files.iter().flat_map(|(_, yaml)| &yaml.documents).any(|document| document.incomplete);
        let open = incomplete || !external.is_empty();
        let services = match &project {
            Some(project) => service::read_all(project, open, environment, &mut builder),
            None => Vec::new(),
        };
        let Builder { unset, mut errors, .. } = builder;
        let told: HashSet<Span> = errors.iter().map(|error| error.span).collect();
        early.retain(|error| !told.contains(&error.span));
        errors.extend(early);
        errors.sort_by_key(|error| error.span);
        Compose { services, unset, errors, external }
    }
}

/// The files that `include` names.
fn included(root: &Tree, external: &mut Vec<(String, Span)>) {
    let Some(field) = root.get("include") else { return };
    for item in field.value.items() {
        let path = item.get("path").map_or(item, |field| &field.value);
        for path in path.items().iter().chain([path]) {
            if let Some(text) = path.text() {
                external.push((text.as_str().to_owned(), item.span));
            }
        }
    }
}

#[cfg(test)]
mod tests;
