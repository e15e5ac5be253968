//! A text made from another one (terminal escapes dropped, `\n` turned into a line break) in
//! which every byte range leads back to the bytes that it was made from.

use std::ops::Range;

/// The made text and where its bytes came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapped {
    text: String,
    runs: Vec<Run>,
}

/// A stretch of the made text that came from one stretch of the original.
#[derive(Clone, Debug)]
struct Run {
    at: usize,
    origin: Range<usize>,
    kept: bool,
}

impl Mapped {
    /// `text` without the escape sequences that colour a terminal or move its cursor.
    pub(super) fn without_terminal_escapes(text: &str) -> Mapped {
        let mut res = Mapped::default();
        let mut done = 0;
        for (start, _) in text.match_indices('\u{1b}') {
            if start >= done {
                res.keep(text, done..start);
                done = start + escape_length(text.get(start..).unwrap_or_default());
            }
        }
        res.keep(text, done..text.len());
        res
    }

    /// Appends the bytes of the original as they are.
    pub(super) fn keep(&mut self, original: &str, origin: Range<usize>) {
        let Some(kept) = original.get(origin.clone()).filter(|kept| !kept.is_empty()) else {
            return;
        };
        match self.runs.last_mut() {
            Some(run) if run.kept && run.origin.end == origin.start => run.origin.end = origin.end,
            _ => self.runs.push(Run { at: self.text.len(), origin, kept: true }),
        }
        self.text.push_str(kept);
    }

    /// Appends a character that stands for other bytes of the original.
    pub(super) fn replace(&mut self, origin: Range<usize>, with: char) {
        self.runs.push(Run { at: self.text.len(), origin, kept: false });
        self.text.push(with);
    }

    /// The made text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of the original under a range of the made text, from the first to the last.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() {
            let at = self.origin_of_byte(range.start).start;
            return at..at;
        }
        self.origin_of_byte(range.start).start..self.origin_of_byte(range.end - 1).end
    }

    /// How many bytes from `offset` on stand side by side in the original, too; 0 past the end.
    pub(super) fn kept_from(&self, offset: usize) -> usize {
        let index = self.runs.partition_point(|run| run.at <= offset);
        let end = self.runs.get(index).map_or(self.text.len(), |next| next.at);
        end.saturating_sub(offset)
    }

    fn origin_of_byte(&self, offset: usize) -> Range<usize> {
        let index = self.runs.partition_point(|run| run.at <= offset);
        let Some(run) = index.checked_sub(1).and_then(|i| self.runs.get(i)) else { return 0..0 };
        if !run.kept {
            return run.origin.clone();
        }
        let start = (run.origin.start + offset - run.at).min(run.origin.end);
        start..(start + 1).min(run.origin.end)
    }
}

/// The bytes of the escape sequence at the start of `text` (ECMA-48: CSI, OSC, or two bytes).
fn escape_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let body =
        |end: fn(&u8) -> bool| bytes.iter().skip(2).take(64).position(end).map_or(2, |i| i + 3);
    match bytes.get(1) {
        Some(b'[') => body(|byte| (0x40..=0x7e).contains(byte)),
        Some(b']') => body(|byte| *byte == 0x07),
        Some(byte) if byte.is_ascii_graphic() => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_dropped_and_places_lead_back() {
        for (text, plain) in [
            ("plain", "plain"),
            ("\u{1b}[1;32mport\u{1b}[0m: 1", "port: 1"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("a\u{1b}", "a"),
            ("a\u{1b}[", "a"),
            ("a\u{1b}ü", "aü"),
        ] {
            assert_eq!(Mapped::without_terminal_escapes(text).as_str(), plain, "{text:?}");
        }
        let text = "\u{1b}[1mport\u{1b}[0m: \u{1b}[36m58411\u{1b}[0m";
        let mapped = Mapped::without_terminal_escapes(text);
        assert_eq!(&text[mapped.origin(6..11)], "58411");
        assert_eq!(&text[mapped.origin(0..4)], "port");
    }

    #[test]
    fn a_replaced_stretch_is_covered_whole() {
        let text = r"ab\ncd";
        let mut mapped = Mapped::default();
        mapped.keep(text, 0..2);
        mapped.replace(2..4, '\n');
        mapped.keep(text, 4..6);
        assert_eq!(mapped.as_str(), "ab\ncd");
        assert_eq!(&text[mapped.origin(1..4)], r"b\nc");
        assert_eq!(&text[mapped.origin(2..3)], r"\n");
    }

    proptest::proptest! {
        #[test]
        fn every_kept_byte_leads_to_itself(text in "(\u{1b}\\[[0-9;]{0,3}m|[a-zü\u{1b}\\[])*") {
            let mapped = Mapped::without_terminal_escapes(&text);
            for (at, char) in mapped.as_str().char_indices() {
                let origin = mapped.origin(at..at + char.len_utf8());
                proptest::prop_assert_eq!(&text[origin], char.to_string());
            }
        }
    }
}
