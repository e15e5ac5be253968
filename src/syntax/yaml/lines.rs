//! Lines of a text, by offset. They end with LF, CR LF or a lone CR, as YAML has it.

use std::ops::Range;

/// The start of the line that holds an offset.
pub(super) fn line_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    before.rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

/// The end of the line that holds an offset, its line break left out.
pub(super) fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    rest.find(['\n', '\r']).map_or(text.len(), |at| offset + at)
}

/// The start of the next line, or the text's end.
pub(super) fn next_line(text: &str, offset: usize) -> usize {
    let end = line_end(text, offset);
    end + line_break(text, end).len()
}

/// The line break at an offset; empty where there is none.
pub(super) fn line_break(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let len = match rest.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    rest.get(..len).unwrap_or_default()
}

/// The line that holds an offset, its line break left out.
pub(super) fn line_range(text: &str, offset: usize) -> Range<usize> {
    line_start(text, offset)..line_end(text, offset)
}

/// The line before the one that holds an offset.
pub(super) fn line_before(text: &str, offset: usize) -> Option<Range<usize>> {
    let start = line_start(text, offset);
    let cut = if text.get(..start)?.ends_with("\r\n") { 2 } else { 1 };
    let end = start.checked_sub(cut)?;
    Some(line_start(text, end)..end)
}

/// Every line from one offset to another, line breaks left out.
pub(super) fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = range.start;
    let mut done = range.start >= range.end;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let line = at..line_end(text, at).min(range.end);
        at = next_line(text, at);
        done = at >= range.end;
        Some(line)
    })
}

/// How many spaces stand before a line's content, and the content without blanks behind it.
pub(super) fn indented(line: &str) -> (usize, &str) {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let content = line.trim_start_matches(' ');
    (line.len() - content.len(), content.trim_end_matches([' ', '\t']))
}

/// Whether nothing but blanks or a comment stands in a line.
pub(super) fn is_bare(line: &str) -> bool {
    let content = line.trim_matches([' ', '\t', '\u{feff}']);
    content.is_empty() || content.starts_with('#')
}

/// Whether a line's content is a list item.
pub(super) fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ") || content.starts_with("-\t")
}
