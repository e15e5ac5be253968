use std::ops::Range;

/// A place as a person counts it: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters (Unicode scalar values), from 1.
    pub column: usize,
}

/// Where the lines of a text start. Lines end with LF, CR LF or a lone CR, as in YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Finds the line starts of `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                starts.push(i + 1);
            }
        }
        Self { starts }
    }

    /// The number of lines. A text that ends with a line break has an empty last line.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).max(1)
    }

    /// The bytes of a line, from 1, without its line break; `None` past the last line.
    pub fn line_range(&self, text: &str, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(text.len());
        let content = text.get(start..end)?.trim_end_matches(['\n', '\r']);
        Some(start..start + content.len())
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.line(offset);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Position { line, column }
    }

    /// The number of UTF-16 units before a byte offset: what a browser's text area calls an index.
    pub fn utf16_offset(text: &str, offset: usize) -> usize {
        text.get(..offset.min(text.len())).map_or(0, |before| before.encode_utf16().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one_in_characters() {
        let text = "a: 1\r\nü😀: 2\rlast";
        let index = LineIndex::new(text);
        for (offset, line, column) in
            [(0, 1, 1), (3, 1, 4), (6, 2, 1), (8, 2, 2), (12, 2, 3), (16, 3, 1), (99, 3, 5)]
        {
            assert_eq!(index.position(text, offset), Position { line, column }, "offset {offset}");
        }
    }

    #[test]
    fn a_line_is_its_bytes_without_the_break() {
        let text = "one\r\ntwo\n\nfour";
        let index = LineIndex::new(text);
        let lines: Vec<_> = (1..=5).map(|n| index.line_range(text, n).map(|r| &text[r])).collect();
        assert_eq!(lines, [Some("one"), Some("two"), Some(""), Some("four"), None]);
    }

    #[test]
    fn the_browser_counts_utf16_units() {
        for (offset, units) in [(0, 0), (1, 1), (3, 2), (7, 4)] {
            assert_eq!(LineIndex::utf16_offset("aü😀", offset), units, "offset {offset}");
        }
    }
}
