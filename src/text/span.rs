use std::ops::Range;

use super::FileId;

/// A half-open range of bytes in one pasted file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last; never less than `start`.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end` of `file`. An `end` before `start` gives an empty span at `start`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start, end: end.max(start) }
    }

    /// The empty span at `offset`: the place of something absent.
    pub fn at(file: FileId, offset: usize) -> Self {
        Self::new(file, offset, offset)
    }

    /// The span of a range of bytes in `file`.
    pub fn of(file: FileId, range: Range<usize>) -> Self {
        Self::new(file, range.start, range.end)
    }

    /// The bytes as a range, for slicing the file's text.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span marks a place between two bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly within this span, in the same file.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}
