//! What Lima prints of its VMs: `limactl list` as a table, as JSON or as YAML, `ssh.config`,
//! `limactl show-ssh`, a start log. Each layout has its reader; all of them may stand in one
//! paste, between prompts and prose.

mod fields;
mod json;
mod ssh_config;
mod start_log;
mod table;

use std::ops::Range;

use super::mapped::Mapped;
use crate::text::{FileId, Span};

/// A VM as Lima printed it. Whatever the text does not show is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The VM's name. From an `ssh.config` it is the host alias without `lima-`, in which Lima
    /// writes `-` for `.` and `_`.
    pub name: Option<String>,
    /// What it was doing; a start log and an `ssh.config` do not tell.
    pub status: Option<Status>,
    /// The SSH port on the host's loopback address, with the place of its digits; never 0.
    pub port: Option<(u16, Span)>,
    /// What told the port.
    pub told_by: ToldBy,
    /// The SSH user, which only `ssh.config` and JSON show.
    pub user: Option<(String, Span)>,
    /// `qemu`, `vz`, where shown.
    pub vm_type: Option<String>,
    /// `x86_64`, `aarch64`, where shown.
    pub arch: Option<String>,
    /// The version of Lima that made or runs the VM, where shown.
    pub lima_version: Option<String>,
    /// `/Users/…`, where shown.
    pub dir: Option<String>,
    /// The row, object or block.
    pub span: Span,
}

/// A block of an ssh configuration that is not Lima's: what a container may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostBlock {
    /// The names and patterns behind `Host`.
    pub hosts: Vec<String>,
    /// `Port`.
    pub port: Option<(u16, Span)>,
    /// `User`.
    pub user: Option<(String, Span)>,
}

/// The kinds of text that show a VM's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// `limactl list`, as a table, as JSON or as YAML.
    List,
    /// `~/.lima/NAME/ssh.config`, rewritten at each start, or `limactl show-ssh`, made from it.
    SshConfig,
    /// `SSH Local Port: N` in the output of `limactl start`, or the host agent's JSON events.
    StartLog,
}

/// The states that `limactl list` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The port is the one in use.
    Running,
    /// The port is 0, the pinned one or the last one.
    Stopped,
    /// The VM runs without its host agent, or the reverse.
    Broken,
    /// Only on Windows.
    Uninitialized,
    /// Only on Windows.
    Installing,
    /// No status: the instance's `lima.yaml` does not load.
    Invalid,
}

impl Status {
    /// The status that Lima prints as `word`; the empty word is [`Status::Invalid`].
    fn from_word(word: &str) -> Option<Status> {
        match word {
            "Running" => Some(Self::Running),
            "Stopped" => Some(Self::Stopped),
            "Broken" => Some(Self::Broken),
            "Uninitialized" => Some(Self::Uninitialized),
            "Installing" => Some(Self::Installing),
            "" => Some(Self::Invalid),
            _ => None,
        }
    }
}

/// Finds every VM that a text shows, in the order of the text. Text of another kind shows none.
pub fn instances(file: FileId, text: &str) -> Vec<Instance> {
    let mapped = Mapped::without_terminal_escapes(text);
    let paste = Paste { file, mapped: &mapped };
    let mut res = json::read(&paste);
    let objects: Vec<Range<usize>> = res.iter().map(|found| found.range.clone()).collect();
    let lines: Vec<Line> = lines(mapped.as_str())
        .filter(|line| {
            // The objects are in order and disjoint.
            let next = objects.partition_point(|object| object.end <= line.start);
            objects.get(next).is_none_or(|object| line.start + line.text.len() <= object.start)
        })
        .collect();
    res.extend(table::read(&paste, &lines));
    res.extend(ssh_config::read(&paste, &lines));
    res.extend(start_log::read(&paste, &lines));
    res.extend(fields::read(&paste, &lines));
    res.sort_by_key(|found| found.range.start);
    res.into_iter().map(|found| found.instance).collect()
}

/// Finds every block of an ssh configuration that is for other hosts than Lima's VMs.
pub fn host_blocks(file: FileId, text: &str) -> Vec<HostBlock> {
    let mapped = Mapped::without_terminal_escapes(text);
    let lines: Vec<Line> = lines(mapped.as_str()).collect();
    ssh_config::host_blocks(&Paste { file, mapped: &mapped }, &lines)
}

/// The paste that is read, with the way back to its bytes.
struct Paste<'a> {
    file: FileId,
    mapped: &'a Mapped,
}

impl Paste<'_> {
    fn text(&self) -> &str {
        self.mapped.as_str()
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::of(self.file, self.mapped.origin(range))
    }

    /// The port that the digits under `range` write; 0 and what is no port give `None`.
    fn port(&self, range: Range<usize>) -> Option<(u16, Span)> {
        let port: u16 = self.text().get(range.clone())?.parse().ok()?;
        (port > 0).then(|| (port, self.span(range)))
    }

    /// An instance of which only the place is known.
    fn found(&self, told_by: ToldBy, range: Range<usize>) -> Found {
        let instance = Instance {
            name: None,
            status: None,
            port: None,
            told_by,
            user: None,
            vm_type: None,
            arch: None,
            lima_version: None,
            dir: None,
            span: self.span(range.clone()),
        };
        Found { range, instance }
    }
}

/// An instance and its range in the text without terminal escapes.
struct Found {
    range: Range<usize>,
    instance: Instance,
}

/// A line without its end, and where it starts.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// The words between blanks, each with its offset in the whole text.
    fn words(self) -> impl Iterator<Item = (usize, &'a str)> {
        self.text.split_whitespace().map(move |word| (self.offset_of(word), word))
    }

    /// The offset in the whole text of a part of this line.
    fn offset_of(self, part: &str) -> usize {
        self.start + (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    /// The bytes of the line without blanks at its ends.
    fn trimmed(self) -> Range<usize> {
        let trimmed = self.text.trim();
        let start = self.offset_of(trimmed);
        start..start + trimmed.len()
    }
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive(['\n', '\r']).map(move |whole| {
        let line = Line { start, text: whole.trim_end_matches(['\n', '\r']) };
        start += whole.len();
        line
    })
}

#[cfg(test)]
mod tests;
