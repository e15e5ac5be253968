//! In what condition the texts came: which is something else than it was given as, and what in them
//! is not their file's.

use std::borrow::Cow;
use std::ops::Range;

use crate::intake::{Debris, Wrapped, blanked, broken_off, certain_kind, cuts, debris, wrapped};
use crate::text::{FileId, FileKind, Sources, Span};

/// What is known of the texts before they are read as what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The texts that are something else than they were given as.
    pub misplaced: Vec<Misplaced>,
    /// What is not the file's, for each settings file that has some.
    pub debris: Vec<(FileId, Vec<Debris>)>,
    /// The lines of settings files that stand for a part that was left out. They are read over.
    pub cuts: Vec<Span>,
    /// The last lines of settings files that break off within quotes or brackets.
    pub broken_off: Vec<Span>,
    /// The values that go on in the next line.
    pub wrapped: Vec<(FileId, Wrapped)>,
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
    for (id, file) in sources.iter().filter(|(_, file)| is_settings(file.kind)) {
        res.cuts.extend(cuts(file.kind, &file.text).into_iter().map(|range| Span::of(id, range)));
        res.broken_off.extend(broken_off(file.kind, &file.text).map(|range| Span::of(id, range)));
    }
    for (id, file) in
        sources.iter().filter(|(id, file)| is_settings(file.kind) && !sources.is_aside(*id))
    {
        let found = wrapped(file.kind, &res.readable(id, &file.text));
        res.wrapped.extend(found.into_iter().map(|one| (id, one)));
    }
    (sources, res)
}

impl Condition {
    /// Whether a part of the file is left out.
    pub fn is_cut(&self, file: FileId) -> bool {
        self.cuts.iter().any(|cut| cut.file == file)
    }

    /// The text of a file as it is to be read: debris, and what stands for a part that was left
    /// out, is blank.
    pub(super) fn readable<'a>(&self, file: FileId, text: &'a str) -> Cow<'a, str> {
        let found = self.debris.iter().filter(|(id, _)| *id == file).flat_map(|(_, found)| found);
        let cuts = self.cuts.iter().filter(|cut| cut.file == file).map(|cut| cut.range());
        let mut ranges: Vec<Range<usize>> =
            found.flat_map(|debris| debris.ranges.iter().cloned()).chain(cuts).collect();
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        ranges.sort_by_key(|range| range.start);
        Cow::Owned(blanked(text, &ranges))
    }

    /// Whether a place is in a value that goes on in the next line.
    pub fn is_wrapped(&self, place: Span) -> bool {
        self.wrapped.iter().any(|(file, one)| {
            *file == place.file && one.range.start <= place.start && place.start < one.range.end
        })
    }

    /// Whether a place is in a last line that breaks off.
    pub fn is_broken_off(&self, place: Span) -> bool {
        self.broken_off
            .iter()
            .any(|line| line.file == place.file && (line.start..=line.end).contains(&place.start))
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
