//! What provision scripts do in the VM: which packages they install, whose files they change, and
//! whether they stop where a command fails.
//!
//! The scripts are read, not run, as in [`super::provision`]. A path of which a part is a hole is
//! no path here: what only running the script would tell is not guessed.

mod edit;

pub use edit::append_to_each;

use std::ops::Range;

use super::path::below;
use super::provision::{filled, without_prefix};
use super::shell::{Command, commands};
use crate::config::lima::merge::MOST;
use crate::config::lima::template::has_holes;
use crate::config::lima::{Lima, Provision};
use crate::syntax::go::clean_path;
use crate::text::Span;

/// A command of a provision script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptCommand {
    /// The entry of `provision` that it belongs to, from 0.
    pub entry: usize,
    /// The program's name without its directory, and its words; none where it only assigns.
    pub words: Vec<String>,
    /// What stands before the program: assignments, `sudo` and keywords.
    pub before: Vec<String>,
    /// The files that it is redirected to or from.
    pub files: Vec<String>,
    /// The bodies of its here-documents.
    pub documents: Vec<String>,
    /// Whether the script ends when the command fails: `set -e` is in force, and nothing takes the
    /// failure up.
    pub is_fatal: bool,
    /// Where it is written.
    pub span: Span,
    /// Its bytes in the script.
    range: Range<usize>,
}

/// A change of a file's owner or mode, or a directory that is made: what a mount may refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    /// `chmod`, `chown`, `chgrp` or `mkdir`.
    pub program: String,
    /// The file or directory, cleaned.
    pub path: String,
    /// The command.
    pub command: ScriptCommand,
}

/// Programs that install packages, each with the words that say so.
const INSTALLERS: [(&str, &[&str]); 8] = [
    ("apt-get", &["install"]),
    ("apt", &["install"]),
    ("aptitude", &["install"]),
    ("dnf", &["install"]),
    ("yum", &["install"]),
    ("zypper", &["install", "in"]),
    ("apk", &["add"]),
    ("pacman", &["-S", "-Sy", "-Syu"]),
];

/// Programs that write the files they name.
const WRITERS: [&str; 18] = [
    "aria2c",
    "cloud-localds",
    "cp",
    "curl",
    "dd",
    "genisoimage",
    "install",
    "mkisofs",
    "mv",
    "qemu-img",
    "rsync",
    "tee",
    "truncate",
    "virt-builder",
    "virt-customize",
    "virt-install",
    "wget",
    "xorriso",
];

/// Every command of the provision scripts, in order.
pub fn script_commands(lima: &Lima) -> Vec<ScriptCommand> {
    let scripts = lima.provision.iter().enumerate();
    let scripts = scripts.filter(|(_, p)| p.mode != "data" && p.mode != "yq");
    scripts.flat_map(|(entry, provision)| of_script(lima, entry, provision)).collect()
}

fn of_script(lima: &Lima, entry: usize, provision: &Provision) -> Vec<ScriptCommand> {
    let script = provision.script.as_str();
    let mut state = State::of(script);
    let mut res = Vec::new();
    for command in commands(script) {
        let is_fatal = state.meets(&command);
        let words: Vec<String> = command.words.iter().map(|word| filled(lima, word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let own = without_prefix(&words);
        let before = words.get(..words.len() - own.len()).unwrap_or_default();
        let mut own: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        if let Some(program) = own.first_mut() {
            *program = program.rsplit('/').next().unwrap_or_default().to_owned();
        }
        let written = provision.script.slice(command.range.clone());
        let span = written.written_at(0..written.as_str().len()).or_else(|| written.outermost());
        res.push(ScriptCommand {
            entry,
            words: own,
            before: before.iter().map(|word| (*word).to_owned()).collect(),
            files: command.files.iter().map(|file| filled(lima, file)).collect(),
            documents: command.documents,
            is_fatal,
            span: span.unwrap_or(provision.span),
            range: command.range,
        });
    }
    res
}

/// What decides, while a script is read, whether a failure ends it.
struct State {
    stops: bool,
    braces: usize,
    in_condition: bool,
}

impl State {
    /// At the start of a script, whose first line may hand options to the shell.
    fn of(script: &str) -> Self {
        let first = script.lines().next().filter(|line| line.starts_with("#!")).unwrap_or_default();
        let stops = first.split_whitespace().skip(1).any(is_errexit);
        State { stops, braces: 0, in_condition: false }
    }

    /// Takes a command in, and tells whether its failure ends the script.
    fn meets(&mut self, command: &Command) -> bool {
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        match words.first() {
            Some(&"{") => self.braces += 1,
            Some(&"}") => self.braces = self.braces.saturating_sub(1),
            Some(&("if" | "elif" | "while" | "until")) => self.in_condition = true,
            Some(&("then" | "do" | "else" | "fi" | "done")) => self.in_condition = false,
            Some(&"set") => {
                let options = words.iter().enumerate();
                for (i, word) in options.skip(1) {
                    let name = words.get(i + 1) == Some(&"errexit");
                    match *word {
                        "-o" if name => self.stops = true,
                        "+o" if name => self.stops = false,
                        word if word.starts_with('+') && word.contains('e') => self.stops = false,
                        word => self.stops |= is_errexit(word),
                    }
                }
            }
            _ => {}
        }
        let is_negated = words.contains(&"!");
        self.stops && command.is_last && self.braces == 0 && !self.in_condition && !is_negated
    }
}

/// `-e`, `-eux`.
fn is_errexit(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or_default();
    letters.contains('e') && letters.chars().all(|c| c.is_ascii_alphabetic())
}

impl ScriptCommand {
    /// The program's name.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// The packages that it installs; none where it installs nothing.
    pub fn packages(&self) -> Vec<&str> {
        let mut rest = self.words.iter().skip(1).map(String::as_str);
        let installs = INSTALLERS.iter().find(|(name, _)| *name == self.program());
        let Some((_, words)) = installs else { return Vec::new() };
        if !rest.by_ref().any(|word| words.contains(&word)) {
            return Vec::new();
        }
        let names = rest.filter(|word| !word.starts_with('-'));
        // A version or a release may stand behind the name.
        names.map(|word| word.split(['=', '/', ':']).next().unwrap_or(word)).collect()
    }

    /// The paths whose owner or mode it changes, and those that it makes.
    fn access_changes(&self) -> Vec<AccessChange> {
        let program = self.program();
        if !["chmod", "chown", "chgrp", "mkdir"].contains(&program) {
            return Vec::new();
        }
        let operands: Vec<&String> =
            self.words.iter().skip(1).filter(|word| !word.starts_with("--")).collect();
        let has_model = self.words.iter().any(|word| word.starts_with("--reference"));
        // A mode may start with `-`, as in `chmod -w`: then it is no option, and comes first.
        let options = "RfvcHLPh";
        let is_option = |word: &&&String| {
            let letters = word.strip_prefix('-').unwrap_or_default();
            !letters.is_empty() && letters.chars().all(|c| options.contains(c))
        };
        let operands: Vec<&&String> = operands.iter().filter(|word| !is_option(word)).collect();
        let is_first_else = !has_model && program != "mkdir";
        let paths = operands.iter().skip(usize::from(is_first_else));
        paths
            .filter_map(whole_path)
            .map(|path| AccessChange { program: program.to_owned(), path, command: self.clone() })
            .collect()
    }

    /// The paths in and below `directory` that it writes files to.
    pub fn writes_below(&self, directory: &str) -> Vec<String> {
        let is_writer = WRITERS.contains(&self.program());
        let named = self.words.iter().skip(1).filter(|_| is_writer).flat_map(|word| {
            // `of=/x`, `path=/x,size=1`, `--output=/x`, `-o/x`.
            word.split([',', '=']).map(|part| part.trim_start_matches(['-', 'o', 'O']))
        });
        let files = self.files.iter().map(String::as_str);
        let paths = named.chain(files).filter_map(whole_path);
        paths.filter(|path| below(directory, path).is_some()).collect()
    }

    /// Whether it is run by `sudo`.
    pub fn has_sudo(&self) -> bool {
        self.before.iter().any(|word| word.rsplit('/').next() == Some("sudo"))
    }

    /// Every word and file of the command.
    pub fn all_words(&self) -> impl Iterator<Item = &str> {
        self.before.iter().chain(&self.words).chain(&self.files).map(String::as_str)
    }
}

/// Every change of an owner or a mode in the provision scripts, and every directory they make, up
/// to [`MOST`].
pub fn access_changes(lima: &Lima) -> Vec<AccessChange> {
    script_commands(lima).iter().flat_map(ScriptCommand::access_changes).take(MOST).collect()
}

/// Whether provisioning may write a file of this name, or what it does cannot be read wholly.
pub fn may_write(lima: &Lima, name: &str, directory: &str) -> bool {
    let elsewhere = lima.provision.iter().any(|provision| {
        let path = provision.path.as_deref().unwrap_or_default();
        provision.is_elsewhere || path.contains(name) || has_holes(path)
    });
    let may = |word: &str| word.contains(name) || word.trim_end_matches('/') == directory;
    elsewhere
        || !lima.bases_are_known()
        || script_commands(lima).iter().any(|command| command.all_words().any(may))
}

/// An absolute path without holes, cleaned.
fn whole_path(word: impl AsRef<str>) -> Option<String> {
    let word = word.as_ref();
    (word.starts_with('/') && !has_holes(word)).then(|| clean_path(word))
}

#[cfg(test)]
mod tests;
