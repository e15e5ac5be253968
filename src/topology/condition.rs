//! In what condition the texts came: which is something else than it was given as, and what in them
//! is not their file's.

use std::borrow::Cow;

use crate::intake::{Debris, blanked, certain_kind, debris};
use crate::text::{FileId, FileKind, Sources};

/// What is known of the texts before they are read as what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The texts that are something else than they were given as.
    pub misplaced: Vec<Misplaced>,
    /// What is not the file's, for each settings file that has some.
    pub debris: Vec<(FileId, Vec<Debris>)>,
}

/// A text that is something else than it was given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The text.
    pub file: FileId,
    /// What it was given as.
    pub given: FileKind,
    /// What it is.
    pub found: FileKind,
    /// Whether it is read as that; otherwise it is left unread beside another one.
    pub is_read: bool,
}

/// The sources with each text taken for what it is, and the condition in which they came.
pub(super) fn of(mut sources: Sources) -> (Sources, Condition) {
    let mut res = Condition { misplaced: misplaced(&sources), ..Condition::default() };
    for one in &res.misplaced {
        match one.is_read {
            true => sources.take_as(one.file, one.found),
            false => sources.set_aside(one.file),
        }
    }
    let is_settings = |kind| matches!(kind, FileKind::Lima | FileKind::Env | FileKind::Compose);
    res.debris = sources
        .iter()
        .filter(|(_, file)| is_settings(file.kind))
        .map(|(id, file)| (id, debris(&file.text)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    for (id, found) in &res.debris {
        if found.iter().any(|one| one.kind.is_column()) {
            sources.set_aside(*id);
        }
    }
    (sources, res)
}

impl Condition {
    /// The text of a file as it is to be read: debris is blank.
    pub(super) fn readable<'a>(&self, file: FileId, text: &'a str) -> Cow<'a, str> {
        match self.debris.iter().find(|(id, _)| *id == file) {
            Some((_, found)) => Cow::Owned(blanked(text, found)),
            None => Cow::Borrowed(text),
        }
    }
}

fn misplaced(sources: &Sources) -> Vec<Misplaced> {
    let kinds: Vec<(FileId, FileKind, FileKind)> = sources
        .iter()
        .filter(|(_, file)| !file.text.trim().is_empty())
        .map(|(id, file)| (id, file.kind, certain_kind(&file.text).unwrap_or(file.kind)))
        .collect();
    let mut res: Vec<Misplaced> = Vec::new();
    for &(file, given, found) in &kinds {
        if given == found {
            continue;
        }
        let is_there = kinds.iter().any(|(_, given, other)| given == other && *other == found)
            || res.iter().any(|other| other.found == found);
        let is_text = |kind| matches!(kind, FileKind::Limactl | FileKind::Error);
        // Whatever a terminal shows may be pasted beside an error.
        if is_text(given) && (is_text(found) || found == FileKind::Env || is_there) {
            continue;
        }
        let is_read = !is_there || is_text(found);
        res.push(Misplaced { file, given, found, is_read });
    }
    res
}
