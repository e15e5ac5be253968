//! The shell script; the only code that quotes for a shell.
//!
//! One plan (`steps`) is rendered as `apply.sh`, as a form to paste (`paste`), and as steps for a
//! person. [`render`] joins three things: texts in POSIX `sh` that never change (`sh/*.sh`), the files as
//! lines to keep and lines to write (`lines`), and the steps in order (`steps`). Every value that
//! comes from the person's files passes the gate and the quoting of `quote` and nothing else.
//!
//! The script knows each file by the checksum of POSIX `cksum`: as analysed, as corrected, or
//! corrected with another port where the port is followed. From these states alone it sees what is
//! left to do, so that it can be run again at any time.

mod blocks;
mod cksum;
mod job;
mod lines;
mod names;
mod paste;
mod quote;
mod steps;
mod template;

use crate::diagnostic::Step;
use crate::text::{FileKind, Span};

use self::cksum::cksum;
use self::lines::{PortPlace, port_place, rebuild};
use self::names::{Names, check_instance, check_service};

/// All that the script is made from.
#[derive(Clone, Debug, Default)]
pub struct ScriptInput<'a> {
    /// The VM's name, where it is known.
    pub instance: Option<&'a str>,
    /// The files that change.
    pub files: Vec<ScriptFile<'a>>,
    /// The names of all the Compose files as pasted, changed or not, in the order given. Names that
    /// Compose does not find by itself are given to it with `-f`.
    pub compose_files: Vec<&'a str>,
    /// The name of the `.env` file as pasted, changed or not. Another name than `.env` is given to
    /// Compose with `--env-file`.
    pub env_file: Option<&'a str>,
    /// What has to happen beyond the files. A port to follow must also be in the
    /// [`ScriptFile::followed_ports`] of its file.
    pub steps: &'a [Step],
    /// Where the VM is yet to be created: the name of the file to create it from. Nothing is stopped
    /// then, and Lima's own directory is left alone.
    pub new_vm: Option<&'a str>,
    /// The mounts that the VM does not have yet.
    pub new_mounts: Vec<NewMount<'a>>,
    /// The SSH port that the VM must listen on after its start, where it is pinned.
    pub pinned_port: Option<u16>,
    /// Paths that a container and the VM must share, to be verified.
    pub shared_paths: Vec<SharedPath<'a>>,
    /// The service and the variable that hold the libvirt URI, to be verified.
    pub connection: Option<(&'a str, &'a str)>,
}

/// A file that the script changes.
#[derive(Clone, Copy, Debug)]
pub struct ScriptFile<'a> {
    /// Which option and default path it has.
    pub kind: FileKind,
    /// Its name as pasted.
    pub name: &'a str,
    /// The text that was analysed: the script stops when the file on disk is another.
    pub original: &'a str,
    /// The text that it becomes.
    pub corrected: &'a str,
    /// The places in `corrected` of the port that is only known after the start, in order: the
    /// digits and nothing else, the same in each. The script writes the port there once the VM
    /// runs, also where `corrected` is the same as `original`.
    pub followed_ports: &'a [Span],
}

impl ScriptFile<'_> {
    /// Whether the script writes it.
    pub(super) fn changes(&self) -> bool {
        self.original != self.corrected || !self.followed_ports.is_empty()
    }
}

/// A directory that a service's container and the VM must share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedPath<'a> {
    /// The service.
    pub service: &'a str,
    /// The path, the same in the container and in the VM.
    pub path: &'a str,
    /// Whether the container may write there.
    pub writable: bool,
}

/// A mount that a VM is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMount<'a> {
    /// The directory of the host.
    pub host: &'a str,
    /// The mount point.
    pub guest: &'a str,
    /// Whether the VM may write there.
    pub writable: bool,
}

/// The script and what it does, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// `apply.sh`, ASCII, with LF line ends.
    pub text: String,
    /// The same as one command to paste into a terminal, which does what `apply.sh --apply` does:
    /// ASCII, without comments, tabs and `!`. `None` where it would be too long for a command.
    pub paste: Option<String>,
    /// Its steps in order.
    pub steps: Vec<ScriptStep>,
}

/// One step of the script, for a person. All but the first may be empty: there is nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptStep {
    /// What it does, an imperative clause.
    pub what: String,
    /// Why it is done.
    pub why: String,
    /// What it changes.
    pub changes: String,
    /// How it is checked.
    pub checked: String,
    /// How it is undone.
    pub undone: String,
}

impl ScriptStep {
    /// What there is to say beside what it does, each with its label.
    pub fn details(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("Why", &self.why),
            ("Changes", &self.changes),
            ("Checked", &self.checked),
            ("Undone", &self.undone),
        ];
        all.into_iter()
            .map(|(label, text)| (label, text.as_str()))
            .filter(|(_, text)| !text.is_empty())
    }
}

/// Why no script is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing changes.
    #[error("there is nothing to apply")]
    NothingToDo,
    /// The VM's name is not known.
    #[error(
        "the name of the Lima instance is not known; give it as the instance (`--instance NAME`)"
    )]
    NoInstance,
    /// Lima itself would refuse the VM's name.
    #[error("`{0}` is no name for a Lima instance")]
    InstanceName(String),
    /// Compose itself would refuse the service's name, or take it for an option.
    #[error("`{0}` is no name for a service")]
    ServiceName(String),
    /// The port to follow is not a number in its file, or its places there are not known.
    #[error("the place of the port to follow in `{file}` is not known")]
    FollowedPort {
        /// The file's name.
        file: String,
    },
    /// What is refused, and where it stands in the pasted files.
    #[error("`{place}`: {refusal}")]
    At {
        /// File, line and column.
        place: String,
        /// What is refused there.
        refusal: Box<Refusal>,
    },
    /// A value holds a character that must not get near a shell.
    #[error("{what} holds {character}")]
    Character {
        /// Which value: "the path of a mount".
        what: String,
        /// The character, as `U+202E RIGHT-TO-LEFT OVERRIDE` or so.
        character: String,
        /// The value.
        value: String,
    },
}

/// Makes the script, or says why there is none.
///
/// Files that do not change are left out. Of the VM's file, only the first is taken.
pub fn render(input: &ScriptInput) -> Result<Script, Refusal> {
    let names = Names::new(input)?;
    let files = targets(input, &names)?;
    if files.is_empty() && input.steps.is_empty() {
        return Err(Refusal::NothingToDo);
    }
    let lima = files.iter().any(|file| file.kind == FileKind::Lima);
    let is_new = input.new_vm.is_some();
    let restart = !is_new && (lima || input.steps.contains(&Step::RestartInstance));
    let follow = files.iter().any(|file| file.port.is_some());
    if !follow && input.steps.contains(&Step::FollowPort) {
        return Err(Refusal::FollowedPort { file: names.env.unwrap_or(".env").to_owned() });
    }
    match input.instance {
        Some(name) => check_instance(name)?,
        None if restart || follow || is_new => return Err(Refusal::NoInstance),
        None => {}
    }
    for step in input.steps {
        if let Step::RecreateService(service) = step {
            check_service(service)?;
        }
    }
    for service in input.shared_paths.iter().map(|shared| shared.service) {
        check_service(service)?;
    }
    for shared in &input.shared_paths {
        quote::check("a path to verify", shared.path)?;
    }
    for mount in &input.new_mounts {
        quote::check("a mount point", mount.guest)?;
        quote::check("the location of a mount", mount.host)?;
    }
    if let Some((service, variable)) = input.connection {
        check_service(service)?;
        quote::check("the variable that holds the libvirt URI", variable)?;
    }
    let checks = !input.shared_paths.is_empty() || input.pinned_port.is_some();
    let job = job::Job {
        input,
        names: &names,
        files: &files,
        lima,
        restart,
        follow,
        vm: input.instance.filter(|_| restart || follow || is_new || checks),
    };
    job.render()
}

/// A file that the script changes, with all that the script says of it.
#[derive(Debug)]
struct Target<'a> {
    kind: FileKind,
    /// Part of names in the script: `lima`, `env`, `compose_1`.
    key: String,
    /// As pasted.
    name: &'a str,
    /// What a person calls it: its name without folders where no other file has the same.
    short: &'a str,
    original: String,
    corrected: String,
    rebuild: String,
    port: Option<PortPlace>,
}

impl Target<'_> {
    /// The variable of the script that holds its path.
    fn variable(&self) -> String {
        match self.kind {
            FileKind::Compose => self.key.clone(),
            _ => format!("{}_file", self.key),
        }
    }
}

impl Target<'_> {
    /// A file may also change in its port alone, which is written later.
    fn changes(&self) -> bool {
        self.original != self.corrected
    }
}

fn targets<'a>(input: &ScriptInput<'a>, names: &Names<'a>) -> Result<Vec<Target<'a>>, Refusal> {
    let mut res: Vec<Target> = Vec::new();
    for file in &input.files {
        if !file.changes() {
            continue;
        }
        let Some(key) = names.key(file.kind, file.name) else { continue };
        if res.iter().any(|target| target.key == key) {
            continue;
        }
        let port = match file.followed_ports {
            [] => None,
            // The VM's own file is read before there is a port.
            _ if file.kind == FileKind::Lima => {
                return Err(Refusal::FollowedPort { file: file.name.to_owned() });
            }
            places => Some(port_place(file.name, file.corrected, places)?),
        };
        res.push(Target {
            kind: file.kind,
            key,
            name: file.name,
            short: names.short(file.kind, file.name),
            original: cksum(file.original.as_bytes()),
            corrected: cksum(file.corrected.as_bytes()),
            rebuild: rebuild(file.name, file.original, file.corrected)?,
            port,
        });
    }
    Ok(res)
}
