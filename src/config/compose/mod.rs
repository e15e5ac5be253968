//! A Compose project: services, their environment and their binds, references followed.
//!
//! Of the pasted files, some are what Compose starts with, and others are named by them
//! (`pasted`, `catalog`). Every document becomes a tree in which aliases, `<<` and references are
//! followed (`tree`); `include` and `extends` are followed, and later documents are laid over
//! earlier ones (`load`, `merge`); the settings are read from what comes out. Values keep their origins all the way, so that a
//! part of one can be changed where it is written, be that a default in the Compose file or an
//! entry of `.env`. (Compose specification; compose-go, loader and override.)

mod catalog;
mod env_file;
mod environment;
mod extends;
mod include;
mod load;
mod mentions;
mod merge;
mod named_volume;
mod network;
mod pasted;
mod paths;
mod rebase;
mod scalar;
mod service;
mod tree;
mod volume_spec;
mod volumes;

pub use pasted::Pasted;
pub use paths::{clean, resolve_source};
pub use volume_spec::{VolumeSpec, VolumeSpecError};

use std::collections::HashSet;

use super::env::Environment;
use crate::syntax::SyntaxError;
use crate::text::{FileId, Reference, Span, Traced};
use load::{Loader, Scope};
use pasted::Roots;
use tree::Builder;

/// What the pasted Compose files say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compose {
    /// The files that it starts with, in the order in which they are merged.
    pub files: Vec<FileId>,
    /// The services that run, in order of writing.
    pub services: Vec<Service>,
    /// The services that their profiles leave out.
    pub left_out: Vec<LeftOut>,
    /// References without a value: Compose warns of each. One that several aliases lead to is
    /// told once.
    pub unset: Vec<Reference>,
    /// What Compose would refuse beyond the YAML itself, in order of place.
    pub errors: Vec<SyntaxError>,
    /// What Compose would refuse in environment files other than the project's `.env`.
    pub env_errors: Vec<SyntaxError>,
    /// The files that `include`, `extends` and `COMPOSE_FILE` name, which are not among the pasted
    /// ones: the project has more in it than is known.
    pub external: Vec<(String, Span)>,
    /// The environment files that `include` names and that are not among the pasted ones.
    pub external_env: Vec<(String, Span)>,
    /// The included files whose variables a file may set that is not among the pasted ones.
    pub partly_set: Vec<FileId>,
    /// The volumes that a later one of the same list replaces, since it has the same target.
    pub replaced: Vec<ReplacedVolume>,
    /// The pasted Compose and environment files that Compose does not read.
    pub unread: Vec<FileId>,
}

/// A service that does not run, since none of its profiles is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its key under `services`.
    pub name: String,
    /// Where the key is written.
    pub name_span: Span,
    /// Its profiles, any of which would let it run.
    pub profiles: Vec<String>,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its key under `services`.
    pub name: String,
    /// Where the key is written; the last place, where several files have it.
    pub name_span: Span,
    /// `environment`, in order, the live one of each name; then the entries of the pasted files
    /// that `env_file` lists.
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
    /// Those of them where the host itself may have its own: over TCP, on every address or on the
    /// loopback's.
    pub loopback_ports: Vec<(u16, Span)>,
    /// Whether its image is pulled from a registry and not built here, so that it can hold nothing
    /// of this machine's.
    pub is_pulled: bool,
    /// Whether it has `secrets` or `configs`, which bring files.
    pub has_secrets: bool,
    /// The profiles without one of which the service is left out; none for one that always runs.
    pub profiles: Vec<String>,
}

/// A variable of a service's environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The entry, `NAME=value` or `NAME: value`, or that of the environment file.
    pub span: Span,
    /// The value; `None` when it is inherited and nothing supplies it.
    pub value: Option<Traced>,
}

/// A file under `env_file`.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvFileReference {
    /// Its path as written, references followed.
    pub path: Traced,
    /// The path as seen from the project directory.
    pub located: String,
    /// Whether Compose refuses to go on without it.
    pub required: bool,
    /// How it is read, if not as a `.env` file is: `raw`.
    pub format: Option<String>,
    /// The pasted file that it is, if it is one.
    pub file: Option<FileId>,
    /// The whole entry.
    pub span: Span,
}

/// A directory of the host (as the engine sees it) in a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Bind {
    /// The path on the host as written, references followed: absolute, or starting with `~`, or
    /// relative to the directory of the file that says it, which is most often the project's.
    pub source: Traced,
    /// The path that Compose hands to the engine, as far as it is known: see [`resolve_source`].
    pub resolved_source: String,
    /// The path in the container, cleaned.
    pub target: Traced,
    /// Whether the container may not write.
    pub read_only: bool,
    /// Whether the engine creates the directory where it is missing, owned by root.
    pub create_host_path: bool,
    /// Whether the engine gets the source as it is written, so that neither `~` nor a relative path
    /// leads anywhere: the device of a named volume that Compose leaves alone.
    pub is_as_written: bool,
    /// The options that Compose passes over without a word: `readonly`.
    pub ignored_options: Vec<Traced>,
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

/// A volume that never takes effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacedVolume {
    /// The service's name.
    pub service: String,
    /// The target that both have, cleaned.
    pub target: String,
    /// The entry that is replaced.
    pub span: Span,
    /// The entry that takes its place.
    pub by: Span,
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
    /// Reads the Compose files that a project starts with, later ones over earlier ones, and
    /// those among the pasted files that they include or extend, and the services' environment
    /// files. `environment` is that of [`Pasted::project_env`].
    pub fn resolve(pasted: &Pasted, environment: &Environment) -> Compose {
        let Roots { files, mut unread, missing } = pasted.roots(environment);
        let mut loader = Loader::new(Builder::new(environment.clone().into()), pasted, &files);
        let at = Span::at(files.first().copied().unwrap_or_default(), 0);
        loader.external.extend(missing.into_iter().map(|path| (path, at)));
        let project = loader.model(&files, &Scope::default());
        let is_empty = project.as_ref().is_none_or(|project| project.fields().is_empty());
        let is_unread = unread.clone();
        let read = || pasted.compose.iter().filter(|(id, ..)| !is_unread.contains(id));
        let yamls = || read().map(|(_, _, yaml)| *yaml);
        if let Some(file) = files.first().filter(|_| is_empty)
            && yamls().all(|yaml| yaml.errors.is_empty())
            && loader.builder.errors.is_empty()
        {
            let builder = &mut loader.builder;
            builder.error(Span::at(*file, 0), "empty compose file", "add `services`");
        }
        let incomplete = yamls().flat_map(|yaml| &yaml.documents).any(|d| d.incomplete);
        let open = incomplete || !loader.external.is_empty();
        let (services, left_out) = match &project {
            Some(project) => service::read_all(project, open, &mut loader),
            None => Default::default(),
        };
        if !files.is_empty() {
            let used =
                |file: &FileId| environment.file == Some(*file) || loader.is_env_found(*file);
            unread.extend(pasted.env.iter().map(|(id, ..)| *id).filter(|file| !used(file)));
        }
        let Loader { builder, mut early, external, external_env, partly_set, env_errors, .. } =
            loader;
        let Builder { unset, mut errors, mut replaced, .. } = builder;
        // A file may be read more than once.
        let mut seen = HashSet::new();
        let runs = |service: &str| left_out.iter().all(|other| other.name != service);
        replaced.retain(|volume| seen.insert(volume.span) && runs(&volume.service));
        let told: HashSet<Span> = errors.iter().map(|error| error.span).collect();
        early.retain(|error| !told.contains(&error.span));
        errors.extend(early);
        errors.sort_by_key(|error| error.span);
        Compose {
            files,
            services,
            left_out,
            unset,
            errors,
            env_errors,
            external,
            external_env,
            partly_set,
            replaced,
            unread,
        }
    }

    /// Whether a file that was not pasted may set the variables that are referred to at `span`:
    /// one that is named for what is included, or the `.env` that may be beside it.
    pub fn may_be_set(&self, span: Span) -> bool {
        self.partly_set.contains(&span.file)
    }
}

#[cfg(test)]
mod tests;
