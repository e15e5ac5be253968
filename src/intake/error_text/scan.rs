//! Matching phrases in a text in which a line may end anywhere.

/// A text and the width at which it seems to be wrapped.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    width: usize,
}

/// Below this, the longest line is no sign of a terminal that wraps.
const NARROWEST_TERMINAL: usize = 40;

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let width = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        Self { text, width }
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The end of `phrase` when it stands at `at`. A blank in it stands for any blanks and line
    /// ends; a line end, with the quote marks of a mail behind it, may also stand within a word.
    pub(super) fn phrase(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut at = at;
        let mut first = true;
        for wanted in phrase.bytes() {
            if wanted == b' ' {
                let end = self.blanks(at);
                if end == at {
                    return None;
                }
                at = end;
            } else {
                if !first && self.byte(at) != Some(wanted) {
                    at = self.line_end(at).unwrap_or(at);
                }
                if self.byte(at)? != wanted {
                    return None;
                }
                at += 1;
            }
            first = false;
        }
        Some(at)
    }

    /// The end of the blanks and line ends at `at`.
    pub(super) fn blanks(&self, at: usize) -> usize {
        let mut at = at;
        loop {
            match self.byte(at) {
                Some(b' ' | b'\t') => at += 1,
                Some(b'\n' | b'\r') => at = self.line_end(at).unwrap_or(at + 1),
                _ => return at,
            }
        }
    }

    /// The end of the line break at `at`, indentation and the quote marks of a mail included.
    pub(super) fn line_end(&self, at: usize) -> Option<usize> {
        let breaks = match (self.byte(at), self.byte(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\n' | b'\r'), _) => 1,
            _ => return None,
        };
        let mut end = at + breaks;
        while let Some(b' ' | b'\t' | b'>') = self.byte(end) {
            end += 1;
        }
        Some(end)
    }

    /// The end of the line break at `at` when a terminal seems to have made it: the line is as
    /// long as the longest, and nothing is indented behind it.
    pub(super) fn wrap(&self, at: usize) -> Option<usize> {
        let end = self.line_end(at)?;
        let line = self.text.get(..at)?;
        let line = line.get(line.rfind('\n').map_or(0, |i| i + 1)..)?;
        let indented = end - at > 1 + usize::from(self.byte(at) == Some(b'\r'));
        let is_full = self.width >= NARROWEST_TERMINAL && line.chars().count() == self.width;
        (is_full && !indented).then_some(end)
    }
}
