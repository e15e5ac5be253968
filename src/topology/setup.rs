use std::borrow::Cow;

use super::assumptions::{Inferred, infer};
use super::condition::{self, Condition};
use super::machine::{self, InForce};
use super::mounts::{EffectiveMount, effective_mounts};
use super::ports::Connection;
use super::route::Route;
use super::shared::SharedDir;
use super::terminal::Terminal;
use super::unfilled::{Unfilled, drop_gaps, is_about_unfilled, keep_certain};
use crate::Input;
use crate::config::compose::{Compose, Pasted};
use crate::config::env::Environment;
use crate::config::lima::keys::{UnknownKey, unknown_keys};
use crate::config::lima::validate::{Refusal, refusals};
use crate::config::lima::{Lima, merge};
use crate::intake::error_text::{self, ErrorFacts};
use crate::intake::limactl::{self, HostBlock, Instance};
use crate::intake::{Answers, Host, LimaVersion, PortStrategy, Runtime, VmState};
use crate::syntax::dotenv::EnvFile;
use crate::syntax::yaml::{Document, Yaml};
use crate::text::{FileId, FileKind, SourceFile, Sources, Span, legible};

/// The set-up as understood: what rules ask.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The pasted files.
    pub sources: Sources,
    /// In what condition they came.
    pub condition: Condition,
    /// What the person said.
    pub answers: Answers,
    /// The YAML of each pasted `lima.yaml` and Compose file.
    pub yaml: Vec<(FileId, Yaml)>,
    /// The project's own `.env`, where it is pasted.
    pub env_file: Option<(FileId, EnvFile)>,
    /// What `lima.yaml` says.
    pub lima: Option<Lima>,
    /// The settings of `lima.yaml` that Lima refuses.
    pub refusals: Vec<Refusal>,
    /// The keys of `lima.yaml` that Lima passes over.
    pub unknown_keys: Vec<UnknownKey>,
    /// The variables that Compose follows references with.
    pub environment: Environment,
    /// What the Compose files say.
    pub compose: Compose,
    /// The VMs that Lima printed.
    pub instances: Vec<Instance>,
    /// What ssh configurations for other hosts than Lima's VMs say.
    pub ssh_blocks: Vec<HostBlock>,
    /// What the error texts name.
    pub errors: ErrorFacts,
    /// What a pasted terminal shows of the shell.
    pub terminal: Terminal,
    /// The system that runs Lima and the container engine.
    pub host: Host,
    /// Whether something pasted or said tells the host; otherwise it is the usual one.
    pub host_is_known: bool,
    /// What runs the containers.
    pub runtime: Runtime,
    /// The version of Lima.
    pub lima_version: LimaVersion,
    /// Whether the version was said or printed, rather than taken for the newest.
    pub lima_version_is_known: bool,
    /// Whether the VM exists.
    pub vm: VmState,
    /// The VM's name, where it is known.
    pub instance: Option<String>,
    /// The home directory on the host, where a text shows it.
    pub home: Option<String>,
    /// What kind of VM Lima makes; `None` without a `lima.yaml`.
    pub vm_type: Option<InForce>,
    /// How Lima shares directories with it, where that is known.
    pub mount_type: Option<InForce>,
    /// The mounts in force.
    pub mounts: Vec<EffectiveMount>,
    /// The directories that a container and libvirt must share.
    pub shared: Vec<SharedDir>,
    /// The connections to libvirt.
    pub connections: Vec<Connection>,
    /// The values that matter and that the texts do not show.
    pub unfilled: Vec<Unfilled>,
    /// How each path and connection goes.
    pub routes: Vec<Route>,
    /// What was inferred, and why.
    pub assumptions: Vec<Assumption>,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
}

/// Something that the pasted texts do not say outright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The answer it stands for: `host`, `runtime`, `lima-version`, `instance`, `vm`,
    /// `project-directory`.
    pub name: &'static str,
    /// The value, as the command line takes it.
    pub value: String,
    /// A clause that says why; "you said so" for an answer.
    pub because: String,
}

/// Something that could not be checked for lack of input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// What: "whether `LIBVIRT_URI` names the VM's current SSH port".
    pub what: String,
    /// What to paste: "the output of `limactl list`".
    pub needs: String,
}

/// Ports that a new pin starts from: outside the ranges from which macOS (49152 to 65535) and
/// Linux (32768 to 60999) draw ports for outgoing connections.
const FIRST_PIN: u16 = 20022;

/// More binds, URIs or mounts than anyone has in one set-up; those beyond are not looked at, and
/// the report says so.
pub(super) const MOST: usize = merge::MOST;

impl Setup {
    /// Reads the files and puts the model together.
    pub fn new(input: &Input) -> Setup {
        let (sources, condition) = condition::of(Sources::new(input.files.clone()));
        let mut instances = Vec::new();
        let mut ssh_blocks = Vec::new();
        let mut errors = ErrorFacts::default();
        let mut terminal = Terminal::default();
        let mut yaml = Vec::new();
        for (id, file) in sources.iter().filter(|(id, _)| !sources.is_aside(*id)) {
            match file.kind {
                // A ticket without fences is one text that may hold a list and an error.
                FileKind::Limactl | FileKind::Error => {
                    instances.extend(limactl::instances(id, &file.text));
                    ssh_blocks.extend(limactl::host_blocks(id, &file.text));
                    errors.extend(error_text::facts(id, &file.text));
                    terminal.read(id, &file.text);
                }
                FileKind::Lima | FileKind::Compose => {
                    let text = condition.readable(id, &file.text);
                    let legible = legible(&text);
                    yaml.push((id, Yaml::parse(id, legible.as_deref().unwrap_or(&text))));
                }
                FileKind::Env => {}
            }
        }
        let inferred = infer(&input.answers, &sources, &instances);

        let env: Vec<(FileId, &str, Cow<str>)> = sources
            .of_kind(FileKind::Env)
            .map(|(id, file)| (id, file.name.as_str(), condition.readable(id, &file.text)))
            .collect();
        let pasted = Pasted {
            compose: yaml
                .iter()
                .filter_map(|(id, yaml)| Some((*id, sources.get(*id)?, yaml)))
                .filter(|(_, file, _)| file.kind == FileKind::Compose)
                .map(|(id, file, yaml)| (id, file.name.as_str(), yaml))
                .collect(),
            env: env.iter().map(|(id, name, text)| (*id, *name, text.as_ref())).collect(),
        };
        let project_env = pasted.project_env(&input.answers.shell);
        let env_file = pasted
            .env
            .iter()
            .find(|(id, ..)| Some(*id) == project_env)
            .map(|(id, _, text)| (*id, EnvFile::parse(*id, text)));
        let home = inferred.home.clone();
        // `$HOME` is set in every shell; where its value is unknown it compares equal to `~`.
        let mut shell = input.answers.shell.clone();
        shell
            .entry("HOME".to_owned())
            .or_insert_with(|| home.clone().unwrap_or_else(|| "~".to_owned()));
        let environment =
            Environment::resolve(env_file.as_ref().map(|(id, file)| (*id, file)), &shell);

        let kind = |id: &FileId| sources.get(*id).map(|file| file.kind);
        let mut compose = Compose::resolve(&pasted, &environment);
        keep_certain(&mut compose.errors, &sources);
        if env_file.is_none() {
            drop_gaps(&mut compose.errors, &sources);
        }
        keep_certain(&mut compose.env_errors, &sources);
        let mut lima = yaml
            .iter()
            .find(|(id, _)| kind(id) == Some(FileKind::Lima))
            .map(|(id, yaml)| Lima::resolve(*id, yaml));
        if let Some(lima) = &mut lima {
            keep_certain(&mut lima.errors, &sources);
            // A mount may stand in what is left out.
            lima.incomplete |= condition.is_cut(lima.file);
        }
        let circumstances = inferred.circumstances(lima.as_ref(), &sources);
        let mounts =
            lima.as_ref().map(|lima| effective_mounts(lima, &circumstances)).unwrap_or_default();
        let mut refusals = lima
            .as_ref()
            .and_then(|lima| {
                Some(refusals(lima, whole_document(&yaml, lima.file)?, &circumstances))
            })
            .unwrap_or_default();
        refusals.retain(|refusal| !is_about_unfilled(&refusal.error, &sources));
        let unknown_keys = lima
            .as_ref()
            .and_then(|lima| Some(unknown_keys(whole_document(&yaml, lima.file)?, &circumstances)))
            .unwrap_or_default();
        let lima_version_is_known = inferred.version_is_known;
        let Inferred {
            host, host_is_known, runtime, lima_version, vm, instance, assumptions, ..
        } = inferred;

        let mut setup = Setup {
            sources,
            condition,
            answers: input.answers.clone(),
            yaml,
            env_file,
            lima,
            refusals,
            unknown_keys,
            environment,
            compose,
            instances,
            ssh_blocks,
            errors,
            terminal,
            host,
            host_is_known,
            runtime,
            lima_version,
            lima_version_is_known,
            vm,
            instance,
            home,
            vm_type: None,
            mount_type: None,
            mounts,
            shared: Vec::new(),
            connections: Vec::new(),
            unfilled: Vec::new(),
            routes: Vec::new(),
            assumptions,
            unchecked: Vec::new(),
        };
        if let Some(lima) = &setup.lima {
            let vm_type = machine::vm_type(lima, &circumstances, setup.chosen_instance());
            setup.mount_type = machine::mount_type(lima, &circumstances, &vm_type);
            setup.vm_type = Some(vm_type);
        }
        setup.unfilled = setup.find_unfilled();
        setup.shared = setup.find_shared_dirs();
        if let Some(directory) = setup.answers.shell.get("PWD")
            && setup.project_directory_matters()
        {
            setup.assumptions.push(Assumption {
                name: "project-directory",
                value: directory.clone(),
                because: "you said so".to_owned(),
            });
        }
        setup.connections = setup.find_connections();
        setup.drop_foreign_errors();
        setup.routes = setup.find_routes();
        setup.unchecked = setup.find_unchecked();
        setup
    }

    /// The first document of a YAML file and the file's text, for edits.
    pub fn document(&self, file: FileId) -> Option<(&Document, &str)> {
        Some((whole_document(&self.yaml, file)?, self.sources.text(file)))
    }

    /// Whether all is known that `.env` sets: it is pasted, and whole.
    pub fn env_is_whole(&self) -> bool {
        self.env_file.as_ref().is_some_and(|(id, _)| !self.condition.is_cut(*id))
    }

    /// The name of the pasted `.env`, or what it is called when there is none.
    pub fn env_name(&self) -> &str {
        self.env_file
            .as_ref()
            .map_or(FileKind::Env.default_name(), |(id, _)| self.sources.short_name(*id))
    }

    /// The name of the pasted `lima.yaml`, or what it is called when there is none.
    pub fn lima_name(&self) -> &str {
        self.lima
            .as_ref()
            .map_or(FileKind::Lima.default_name(), |lima| self.sources.short_name(lima.file))
    }

    /// The files that are not read since another one, named first, is read in their place: the
    /// first `lima.yaml`, or the first file of their name. A copy that says the same is none.
    pub fn doubles(&self) -> Vec<(FileId, FileId)> {
        let text = |file| self.sources.text(file).trim();
        let mut res = Vec::new();
        let mut add = |read: Option<FileId>, other: FileId| {
            let read = read.filter(|read| *read != other && text(*read) != text(other));
            res.extend(read.filter(|_| !text(other).is_empty()).map(|read| (read, other)));
        };
        for (id, _) in self.sources.of_kind(FileKind::Lima) {
            add(self.lima.as_ref().map(|lima| lima.file), id);
        }
        for id in self.compose.unread.iter().take(MOST) {
            add(self.first_of_its_name(*id), *id);
        }
        res
    }

    /// The first file of the same kind and name.
    pub(super) fn first_of_its_name(&self, file: FileId) -> Option<FileId> {
        let SourceFile { kind, name, .. } = self.sources.get(file)?;
        self.sources.of_kind(*kind).find(|(_, other)| other.name == *name).map(|(id, _)| id)
    }

    /// Whether anything that can be diagnosed was pasted.
    pub fn is_empty(&self) -> bool {
        self.sources.iter().all(|(_, file)| file.text.trim().is_empty())
    }

    /// The port to pin: the one the person named, or the first that nothing pasted uses.
    pub fn port_to_pin(&self) -> u16 {
        if let Some(PortStrategy::Pin(Some(port))) = self.answers.port {
            return port;
        }
        let published =
            self.compose.services.iter().flat_map(|s| s.published_ports.iter().map(|(p, _)| *p));
        let forwarded = self.lima.iter().flat_map(|l| l.port_forwards.iter().map(|f| f.host_port));
        let listed = self.instances.iter().filter_map(|i| i.port.map(|(port, _)| port));
        let reported = self.errors.ports_in_use().map(|(port, _)| port);
        let used: Vec<u16> = published.chain(forwarded).chain(listed).chain(reported).collect();
        (FIRST_PIN..FIRST_PIN + 1000).find(|port| !used.contains(port)).unwrap_or(FIRST_PIN)
    }

    /// The key `mounts` in `lima.yaml`, or the place where it would be written.
    pub fn mounts_place(&self) -> Option<Span> {
        let lima = self.lima.as_ref()?;
        let behind = lima.hardware_end.map(|end| Span::at(lima.file, end));
        lima.mounts_key.or(behind).or_else(|| self.end_of(lima))
    }

    /// The key `ssh` in `lima.yaml`, or the place where it would be written.
    pub fn ssh_place(&self) -> Option<Span> {
        let lima = self.lima.as_ref()?;
        lima.ssh_key.or_else(|| self.end_of(lima))
    }

    /// The end of what is written in `lima.yaml`.
    fn end_of(&self, lima: &Lima) -> Option<Span> {
        let end = self.sources.text(lima.file).trim_end().len();
        Some(Span::at(lima.file, end))
    }

    /// The files that the Compose files name and that are not read, each once, and what they do.
    pub(super) fn files_not_read(&self) -> Vec<(&str, &'static str)> {
        let mut res: Vec<(&str, &'static str)> = Vec::new();
        for (path, _) in self.compose.external.iter().take(MOST) {
            res.push((path, "adds to the Compose project"));
        }
        for (path, _) in self.compose.external_env.iter().take(MOST) {
            res.push((path, "sets for the variables in what is included"));
        }
        // What a database is told is of no matter here, unless a URI is still to be found.
        let clients: Vec<usize> = self.clients().map(|(index, _)| index).collect();
        let matters = |index| self.connections.is_empty() || clients.contains(&index);
        let services = self.compose.services.iter().enumerate().take(MOST);
        for (_, service) in services.filter(|(index, _)| matters(*index)) {
            let missing = service.env_files.iter().filter(|file| file.file.is_none());
            res.extend(missing.map(|file| (file.located.as_str(), "sets in the containers")));
        }
        res.sort_unstable();
        res.dedup();
        res
    }

    /// The services that their profiles leave out, as a clause, and the profiles that would let
    /// them run.
    pub(super) fn left_out(&self) -> Option<(String, String)> {
        let list = |names: Vec<&str>| format!("`{}`", names.join("`, `"));
        let services = self.compose.left_out.iter().take(MOST);
        let names: Vec<&str> = services.clone().map(|service| service.name.as_str()).collect();
        let mut profiles: Vec<&str> = Vec::new();
        for service in services {
            let first = service.profiles.first().map(String::as_str);
            profiles.extend(first.filter(|profile| !profiles.contains(profile)));
        }
        let noun = |names: &[_], one: &'static str, many| if names.len() == 1 { one } else { many };
        let services = noun(&names, "the service", "the services");
        let run = noun(&names, "which runs", "which run");
        let with = noun(&profiles, "the profile", "the profiles");
        let switched = profiles.join(",");
        (!names.is_empty()).then(|| {
            let (names, profiles) = (list(names), list(profiles));
            (format!("{services} {names}, {run} only with {with} {profiles}"), switched)
        })
    }

    /// Whether a directory that the VM must share is relative to the project directory.
    pub fn project_directory_matters(&self) -> bool {
        self.shared
            .iter()
            .filter_map(|dir| self.bind(dir))
            .any(|(_, bind)| !super::path::is_anchored(&bind.resolved_source))
    }
}

/// The first document of a file that is YAML throughout.
fn whole_document(yaml: &[(FileId, Yaml)], file: FileId) -> Option<&Document> {
    let (_, yaml) = yaml.iter().find(|(id, _)| *id == file)?;
    yaml.documents.first().filter(|_| yaml.errors.is_empty())
}

#[cfg(test)]
mod tests;
