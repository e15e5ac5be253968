//! What a browser's text area does to a text: it counts in UTF-16 and knows no line end but LF.

use std::ops::Range;

use super::LineIndex;

/// The selection that covers a range of bytes, in the units of a text area that shows `text`:
/// UTF-16, with every CR LF shown as LF.
pub fn to_text_area(text: &str, range: Range<usize>) -> Range<usize> {
    let offset = |byte: usize| {
        let byte = byte.min(text.len());
        let crs = text.get(..byte).map_or(0, |before| before.matches("\r\n").count());
        LineIndex::utf16_offset(text, byte) - crs
    };
    offset(range.start)..offset(range.end)
}

/// The text after an edit in a text area: `value` with the line ends that `before` had, as long
/// as they were all CR LF. A text area gives back LF only, and an edit must not change each line.
pub fn from_text_area(before: &str, value: String) -> String {
    let crlf = before.matches("\r\n").count();
    let every = before.matches(['\r', '\n']).count();
    if crlf > 0 && every == 2 * crlf && !value.contains('\r') {
        return value.replace('\n', "\r\n");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_counts_utf16_units_and_one_per_line_end() {
        let text = "ü: 1\r\n😀: 2\r\nlast";
        for (bytes, expected) in [(0..2, 0..1), (7..11, 5..7), (16..20, 11..15), (99..99, 15..15)] {
            let found = to_text_area(text, bytes.clone());
            let shown: Vec<u16> = text.replace("\r\n", "\n").encode_utf16().collect();
            assert_eq!(found, expected, "{bytes:?}");
            let selected = String::from_utf16(&shown[found]).unwrap();
            assert_eq!(selected, text.get(bytes).unwrap_or(""));
        }
    }

    #[test]
    fn an_edit_keeps_the_line_ends_of_the_file() {
        for (before, value, expected) in [
            ("a\r\nb\r\n", "a\nbc\n", "a\r\nbc\r\n"),
            ("a\nb\n", "a\nbc\n", "a\nbc\n"),
            ("a\r\nb\n", "a\nbc\n", "a\nbc\n"),
            ("", "a\n", "a\n"),
        ] {
            assert_eq!(from_text_area(before, value.to_owned()), expected, "{before:?}");
        }
    }
}
