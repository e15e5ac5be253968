//! The original against the corrected text, line by line.

/// A stretch of lines with the changes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The lines, context included, in order.
    pub lines: Vec<DiffLine>,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Which of the texts has it.
    pub kind: DiffKind,
    /// Its number in the original, from 1.
    pub old: Option<usize>,
    /// Its number in the corrected text, from 1.
    pub new: Option<usize>,
    /// Its text without the line break.
    pub text: String,
}

/// Which of the two texts has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// Both.
    Same,
    /// Only the original.
    Removed,
    /// Only the corrected text.
    Added,
}

/// The changes between two texts, with up to `context` equal lines around each.
pub fn hunks(original: &str, corrected: &str, context: usize) -> Vec<Hunk> {
    let _ = (original, corrected, context);
    Vec::new()
}

/// A unified diff that `patch -p1` takes; empty where nothing changes.
pub fn unified(name: &str, original: &str, corrected: &str) -> String {
    let _ = (name, original, corrected);
    String::new()
}
