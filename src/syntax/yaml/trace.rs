//! Where each stretch of a scalar's text is written.
//!
//! A scalar is decoded a second time here, stretch by stretch. The parser's value stays the
//! judge: where the two differ, the whole text becomes one opaque piece.

use std::ops::Range;

use super::node::ScalarStyle;
use crate::text::{Span, Traced};

/// Traces a plain or quoted scalar; `source` is what stands under `span`, quotes included.
pub(super) fn flow_scalar(source: &str, span: Span, value: &str, style: ScalarStyle) -> Traced {
    let quoted = style != ScalarStyle::Plain;
    let inner = if quoted { 1..source.len().max(2) - 1 } else { 0..source.len() };
    let mut pieces = Pieces { source, start: span.start, span, run: None, out: Traced::default() };
    if inner.is_empty() {
        let span = pieces.span(&inner);
        pieces.out = Traced::verbatim("", span);
    }
    let decoded = decode_flow(&mut pieces, inner, style).is_some();
    pieces.judged(decoded, value)
}

/// Where a block scalar stands. Offsets without a note are into `src`.
pub(super) struct BlockPlace<'t> {
    /// The text that was read.
    pub(super) src: &'t str,
    /// The end of the header's signs.
    pub(super) header_end: usize,
    /// The parser's range of the content.
    pub(super) content: Range<usize>,
    /// The end of the last line that is not blank.
    pub(super) content_end: usize,
    /// The content's column.
    pub(super) indent: usize,
    /// The whole scalar, in the file.
    pub(super) span: Span,
    /// Where `src` begins in the file.
    pub(super) base: usize,
}

/// Traces a literal or folded scalar.
pub(super) fn block_scalar(place: &BlockPlace<'_>, value: &str, style: ScalarStyle) -> Traced {
    let BlockPlace { src, span, base, .. } = *place;
    let mut pieces = Pieces { source: src, start: base, span, run: None, out: Traced::default() };
    let lines = content_lines(place);
    let filled = lines.iter().rposition(|line| !line.body.is_empty()).map_or(0, |at| at + 1);
    let (content, blank) = lines.split_at(filled);
    match style {
        ScalarStyle::Folded => fold_lines(&mut pieces, content),
        _ => {
            for (i, line) in content.iter().enumerate() {
                pieces.keep(line.body.clone());
                if i + 1 < content.len() {
                    pieces.line_feed(line.line_break.clone());
                }
            }
        }
    }
    let signs = src.get(span.start - base..place.header_end).unwrap_or_default();
    if !signs.contains('-') {
        if let Some(last) = content.last() {
            pieces.line_feed(last.line_break.clone());
        }
        if signs.contains('+') {
            for line in blank {
                pieces.line_feed(line.line_break.clone());
            }
        }
    }
    pieces.judged(true, value)
}

/// The length of a block scalar's content without the blank lines behind it and without its last
/// line break. `text` starts at the first content character, `indent` columns into its line.
pub(super) fn content_len(text: &str, indent: usize) -> usize {
    let mut end = text.len();
    loop {
        let head = text.get(..end).unwrap_or_default();
        let line_start = head.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line = head.get(line_start..).unwrap_or_default();
        // A line of blanks that reaches beyond the content's column is content.
        let blank = line.chars().all(|c| c == ' ') && line.len() <= indent;
        if line_start == 0 || !blank {
            return end;
        }
        end = strip_break(head.get(..line_start).unwrap_or_default()).len();
    }
}

fn strip_break(text: &str) -> &str {
    let text_cut = text.strip_suffix('\n').unwrap_or(text);
    text_cut.strip_suffix('\r').unwrap_or(text_cut)
}

struct Line {
    /// The line behind its indentation.
    body: Range<usize>,
    line_break: Range<usize>,
}

fn content_lines(place: &BlockPlace<'_>) -> Vec<Line> {
    let src = place.src;
    let header = src.get(place.header_end..).unwrap_or_default();
    let Some(header_len) = header.find(['\n', '\r']) else { return Vec::new() };
    let mut at = place.header_end + header_len + break_len(src, place.header_end + header_len);
    let end = place.content.end.max(place.content_end);
    let mut res = Vec::new();
    while at < end {
        let rest = src.get(at..end).unwrap_or_default();
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = rest.get(..len).unwrap_or_default();
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let body = at + spaces.min(place.indent)..at + len;
        let line_break = body.end..(body.end + break_len(src, body.end)).min(end);
        at = line_break.end.max(at + len);
        if line_break.is_empty() && body.is_empty() {
            break;
        }
        res.push(Line { body, line_break });
    }
    res
}

fn break_len(src: &str, at: usize) -> usize {
    match src.as_bytes().get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\r' | b'\n', ..]) => 1,
        _ => 0,
    }
}

fn fold_lines(pieces: &mut Pieces<'_>, lines: &[Line]) {
    // The line before, with the number of empty lines since, and whether it starts with a blank.
    let mut before: Option<(&Line, bool)> = None;
    let mut empty = 0;
    for line in lines {
        if line.body.is_empty() {
            match before {
                None => pieces.line_feed(line.line_break.clone()),
                Some(_) => empty += 1,
            }
            continue;
        }
        let body = pieces.source.get(line.body.clone()).unwrap_or_default();
        let spaced = body.starts_with([' ', '\t']);
        if let Some((last, last_spaced)) = before {
            let joint = match (spaced || last_spaced, empty) {
                (true, _) => "\n".repeat(empty + 1),
                (false, 0) => " ".to_owned(),
                (false, _) => "\n".repeat(empty),
            };
            pieces.stand_for(&joint, last.line_break.start..line.body.start);
        }
        pieces.keep(line.body.clone());
        before = Some((line, spaced));
        empty = 0;
    }
}

/// The pieces found so far.
struct Pieces<'t> {
    source: &'t str,
    /// Where `source` begins in the file.
    start: usize,
    /// The whole scalar.
    span: Span,
    /// Source bytes that are the text's next piece, or its beginning.
    run: Option<Range<usize>>,
    out: Traced,
}

impl Pieces<'_> {
    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.span.file, self.start + range.start, self.start + range.end)
    }

    /// The source's own bytes.
    fn keep(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        match &mut self.run {
            Some(run) if run.end == range.start => run.end = range.end,
            _ => {
                self.end_run();
                self.run = Some(range);
            }
        }
    }

    fn end_run(&mut self) {
        if let Some(range) = self.run.take() {
            let text = self.source.get(range.clone()).unwrap_or_default();
            let span = self.span(&range);
            self.out.push(&Traced::verbatim(text, span));
        }
    }

    /// A text that the bytes under `range` stand for.
    fn stand_for(&mut self, text: &str, range: Range<usize>) {
        if !text.is_empty() {
            self.end_run();
            let span = self.span(&range);
            self.out.push(&Traced::opaque(text, Some(span)));
        }
    }

    /// A line break, which is a line feed in the text however it is written.
    fn line_feed(&mut self, range: Range<usize>) {
        match self.source.get(range.clone()) {
            Some("\n") => self.keep(range),
            Some("\r" | "\r\n") => self.stand_for("\n", range),
            _ => {}
        }
    }

    fn judged(mut self, decoded: bool, value: &str) -> Traced {
        self.end_run();
        if decoded && self.out.as_str() == value && !self.out.pieces().is_empty() {
            self.out
        } else {
            Traced::opaque(value, Some(self.span))
        }
    }
}

/// Decodes a plain or quoted text; `None` for an escape that stands for nothing.
fn decode_flow(pieces: &mut Pieces<'_>, inner: Range<usize>, style: ScalarStyle) -> Option<()> {
    let source = pieces.source.get(..inner.end)?;
    let mut at = inner.start;
    let mut run = at;
    while at < inner.end {
        let rest = source.get(at..)?;
        let c = rest.chars().next()?;
        match c {
            ' ' | '\t' | '\n' | '\r' => {
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                if !rest.get(blanks..)?.starts_with(['\n', '\r']) {
                    at += blanks;
                    continue;
                }
                let (end, breaks) = skip_breaks(source, at);
                let text = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
                pieces.keep(run..at);
                pieces.stand_for(&text, at..end);
                (at, run) = (end, end);
            }
            '\'' if style == ScalarStyle::SingleQuoted => {
                pieces.keep(run..at);
                pieces.stand_for("'", at..at + 2);
                at += 2;
                run = at;
            }
            '\\' if style == ScalarStyle::DoubleQuoted => {
                pieces.keep(run..at);
                let (text, end) = decode_escape(source, at)?;
                pieces.stand_for(&text, at..end);
                (at, run) = (end, end);
            }
            _ => at += c.len_utf8(),
        }
    }
    pieces.keep(run..inner.end);
    Some(())
}

/// The end of a stretch of blanks and line breaks, and how many breaks there are.
fn skip_breaks(source: &str, from: usize) -> (usize, usize) {
    let mut at = from;
    let mut breaks = 0;
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let after_blanks = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match break_len(source, after_blanks) {
            0 => return (after_blanks, breaks),
            len => at = after_blanks + len,
        }
        breaks += 1;
    }
}

/// The text that the escape at an offset stands for, and its end.
fn decode_escape(source: &str, at: usize) -> Option<(String, usize)> {
    let sign = source.get(at + 1..)?.chars().next()?;
    let end = at + 1 + sign.len_utf8();
    let simple = match sign {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '/' | '\\' => sign,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return hex(source, end, 2).and_then(one_char),
        'U' => return hex(source, end, 8).and_then(one_char),
        'u' => return decode_utf16(source, end),
        '\n' | '\r' => {
            // The break is taken out; empty lines behind it stay.
            let (end, breaks) = skip_breaks(source, at + 1);
            return Some(("\n".repeat(breaks.saturating_sub(1)), end));
        }
        _ => return None,
    };
    Some((simple.to_string(), end))
}

fn hex(source: &str, at: usize, len: usize) -> Option<(u32, usize)> {
    let digits = source.get(at..at + len)?;
    Some((u32::from_str_radix(digits, 16).ok()?, at + len))
}

fn one_char((code, end): (u32, usize)) -> Option<(String, usize)> {
    Some((char::from_u32(code)?.to_string(), end))
}

/// `\uXXXX`, or two of them that make one character as JSON writes it.
fn decode_utf16(source: &str, at: usize) -> Option<(String, usize)> {
    let (first, end) = hex(source, at, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c.to_string(), end));
    }
    let low = end + source.get(end..)?.strip_prefix("\\u").map(|_| 2)?;
    let (second, end) = hex(source, low, 4)?;
    let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((c.to_string(), end))
}

#[cfg(test)]
mod tests {
    use crate::syntax::yaml::{Data, Yaml};
    use crate::text::FileId;

    /// The pieces of the first value of a mapping: what stands just so in bars, and what stands
    /// for something else as `source=text`.
    fn pieces(text: &str) -> String {
        let yaml = Yaml::parse(FileId(0), text);
        assert_eq!(yaml.errors, [], "{text:?}");
        let root = yaml.documents[0].root.as_ref().unwrap();
        let Data::Mapping(mapping) = &root.data else { panic!("{text:?}") };
        let scalar = mapping.entries[0].value.scalar().unwrap();
        let mut res = Vec::new();
        for piece in scalar.text.pieces() {
            let said = &scalar.text.as_str()[piece.range.clone()];
            let source = &text[piece.span.unwrap().range()];
            if piece.verbatim {
                assert_eq!(said, source, "{text:?}");
                res.push(format!("|{said}|"));
            } else {
                res.push(format!("{source}={said}"));
            }
        }
        res.join(" ").replace('\n', "⏎").replace('\r', "␍").replace('\t', "⇥")
    }

    #[test]
    fn a_text_knows_which_of_its_parts_stand_just_so() {
        for (text, expected) in [
            ("k: /a/b # c\n", "|/a/b|"),
            ("k:\n", "="),
            ("k: ''\n", "||"),
            ("k: 'a b'\n", "|a b|"),
            ("k: 'it''s'\n", "|it| ''=' |s|"),
            ("k: \"a\\tb\"\n", "|a| \\t=⇥ |b|"),
            ("k: \"\\\"x\\u00e9\\U0001F600\\/\"\n", "\\\"=\" |x| \\u00e9=é \\U0001F600=😀 \\/=/"),
            ("k: \"\\uD83D\\uDE00\"\n", "\\uD83D\\uDE00=😀"),
            ("k: a  b\n   c\n", "|a  b| ⏎   =  |c|"),
            ("k: a \n\n   c\n", "|a|  ⏎⏎   =⏎ |c|"),
            ("k: \"a\r\n  b\"\r\n", "|a| ␍⏎  =  |b|"),
            ("k: \"a \\\n  b\"\n", "|a | |b|"),
            ("k: |\n  a\n  b\n", "|a⏎| |b⏎|"),
            ("k: |\r\n  a\r\n  b\r\n", "|a| ␍⏎=⏎ |b| ␍⏎=⏎"),
            ("k: |-\n  a\n\n   b\n\n", "|a⏎⏎| | b|"),
            ("k: |+\n  a\n\n", "|a⏎⏎|"),
            ("k: |2\n   a\n", "| a⏎|"),
            ("k: |\n  a", "|a|"),
            ("k: >\n  a\n  b\n", "|a| ⏎  =  |b⏎|"),
            ("k: >-\n  a\n\n  b\n    c\n  d\n", "|a| ⏎⏎  =⏎ |b| ⏎  =⏎ |  c| ⏎  =⏎ |d|"),
            ("k: |\n", "|="),
            ("k: |+ # c\n\n", "|⏎|"),
        ] {
            assert_eq!(pieces(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_part_that_goes_over_an_escape_has_no_one_place() {
        let text = "k: \"/srv/a\\tb\"\n";
        let yaml = Yaml::parse(FileId(0), text);
        let document = &yaml.documents[0];
        let value = &document.get(document.root.as_ref().unwrap(), "k").unwrap().value;
        let traced = &value.scalar().unwrap().text;
        assert_eq!(traced.as_str(), "/srv/a\tb");
        let srv = traced.written_at(1..4).unwrap();
        assert_eq!(&text[srv.range()], "srv");
        assert_eq!(traced.written_at(5..8), None);
    }
}
