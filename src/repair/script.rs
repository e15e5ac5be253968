//! The shell script; the only code that quotes for a shell.

use crate::diagnostic::Step;
use crate::text::Span;

/// All that the script is made from.
#[derive(Clone, Debug, Default)]
pub struct ScriptInput<'a> {
    /// The VM's name, where it is known.
    pub instance: Option<&'a str>,
    /// The files that change.
    pub files: Vec<ScriptFile<'a>>,
    /// What has to happen beyond the files.
    pub steps: &'a [Step],
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
    pub kind: crate::text::FileKind,
    /// Its name as pasted.
    pub name: &'a str,
    /// The text that was analysed: the script stops when the file on disk is another.
    pub original: &'a str,
    /// The text that it becomes.
    pub corrected: &'a str,
    /// The place in `original` of a port that is only known after the start, if there is one.
    pub followed_port: Option<Span>,
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

/// The script and what it does, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// `apply.sh`, ASCII, with LF line ends.
    pub text: String,
    /// Its steps in order.
    pub steps: Vec<ScriptStep>,
}

/// One step of the script, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptStep {
    /// What it does, an imperative clause.
    pub title: String,
    /// Why, or how it is checked; may be empty.
    pub detail: String,
}

/// Why no script is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing changes.
    #[error("there is nothing to apply")]
    NothingToDo,
    /// The VM's name is not known.
    #[error("the name of the Lima instance is not known")]
    NoInstance,
    /// Lima itself would refuse the VM's name.
    #[error("`{0}` is no name for a Lima instance")]
    InstanceName(String),
    /// A value holds a character that must not get near a shell.
    #[error("{what} holds {character}")]
    Character {
        /// Which value: "the path of a mount".
        what: String,
        /// The character, as `U+202E RIGHT-TO-LEFT OVERRIDE` or so.
        character: String,
    },
}

/// Makes the script, or says why there is none.
pub fn render(input: &ScriptInput) -> Result<Script, Refusal> {
    let _ = input;
    Err(Refusal::NothingToDo)
}
