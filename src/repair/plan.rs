//! Which fixes are made, which are skipped, and why.

use std::collections::BTreeMap;

use crate::Report;
use crate::diagnostic::Step;
use crate::text::FileId;

/// The reader's choices: a finding's key, or a rule's name for all of its findings, to the name of
/// the fix to take. The name [`Choices::SKIP`] leaves the finding as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub BTreeMap<String, String>);

impl Choices {
    /// The choice that makes no fix.
    pub const SKIP: &str = "none";
}

/// The corrected files and what they are good for.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The files that change, in the order given.
    pub corrected: Vec<CorrectedFile>,
    /// For each finding of the report, the fix that was taken, or why none was.
    pub outcomes: Vec<Outcome>,
    /// What has to happen beyond the files, each once.
    pub steps: Vec<Step>,
    /// The diagnosis of the corrected files.
    pub recheck: Report,
    /// Indices of the findings that the fixes removed.
    pub cleared: Vec<usize>,
}

/// A file with its edits made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectedFile {
    /// Which of the pasted files.
    pub file: FileId,
    /// Its whole new text.
    pub text: String,
    /// How many lines changed.
    pub count: LineCount,
}

/// The size of a change in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCount {
    /// Lines that only the new text has.
    pub added: usize,
    /// Lines that only the old text has.
    pub removed: usize,
    /// Lines that both have.
    pub untouched: usize,
}

/// What became of a finding's fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The fix with this name was made.
    Fixed(&'static str),
    /// The finding offers no fix with edits, or it is left to the reader to choose one.
    NotFixed,
    /// The reader chose to leave it.
    Skipped,
    /// The fix would change what an earlier fix changes.
    Overlaps(&'static str),
}
