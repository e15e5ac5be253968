//! Lines of the pasted files with marks under them.
//!
//! Nothing of a file reaches the terminal as it is: characters that act on one are replaced first,
//! and columns are counted in the cells that the replaced text takes.

use std::fmt::Write;

use anstyle::Style;
use lima_doctor::text::{FileId, Sources, Span, printable};
use unicode_width::UnicodeWidthChar;

use crate::markup::GUTTER;

/// A place to be underlined.
pub(crate) struct Mark<'a> {
    /// The place; only its first line is underlined.
    pub(crate) span: Span,
    /// Stands behind the underline.
    pub(crate) note: &'a str,
    /// `^` rather than `-`.
    pub(crate) is_primary: bool,
}

/// The most cells of a line that are shown.
const WIDEST: usize = 140;
/// How many of them stand before a mark in a line that is cut.
const LEAD: usize = 50;
/// Cells of a tab, which has no width of its own behind a gutter.
const TAB: &str = "    ";

/// The cells that the line numbers of these marks take.
pub(crate) fn gutter(sources: &Sources, marks: &[Mark]) -> usize {
    let lines = marks.iter().map(|mark| sources.position(mark.span).line);
    lines.max().unwrap_or(1).to_string().len()
}

/// Renders the marks file by file, the first mark's file first, each file's lines in order.
/// `style` is the primary mark's.
pub(crate) fn render(sources: &Sources, marks: &[Mark], style: Style) -> String {
    let line_of = |mark: &Mark| sources.position(mark.span).line;
    let gutter = gutter(sources, marks);
    let mut files: Vec<FileId> = Vec::new();
    for mark in marks {
        if !files.contains(&mark.span.file) {
            files.push(mark.span.file);
        }
    }
    let mut out = Out { text: String::new(), gutter, style };
    for (i, file) in files.into_iter().enumerate() {
        let mut of_file: Vec<&Mark> = marks.iter().filter(|mark| mark.span.file == file).collect();
        let Some(first) = of_file.first() else { continue };
        out.heading(sources, first.span, i == 0);
        of_file.sort_by_key(|mark| (mark.span.start, mark.span.end));
        let mut last = None;
        for same_line in of_file.chunk_by(|a, b| line_of(a) == line_of(b)) {
            let Some(line) = same_line.first().map(|mark| line_of(mark)) else { continue };
            if last.is_some_and(|last| line > last + 1) {
                out.bar("...");
            }
            let follows = last == Some(line - 1);
            last = Some(line);
            out.line(sources, file, line, same_line, follows);
        }
    }
    out.bar("|");
    out.text
}

struct Out {
    text: String,
    gutter: usize,
    style: Style,
}

impl Out {
    fn heading(&mut self, sources: &Sources, span: Span, is_first: bool) {
        let arrow = if is_first { "-->" } else { ":::" };
        let position = sources.position(span);
        let name = printable(sources.name(span.file));
        if !is_first {
            self.bar("|");
        }
        let blank = " ".repeat(self.gutter);
        let (line, column) = (position.line, position.column);
        let _ = writeln!(self.text, "{blank}{GUTTER}{arrow}{GUTTER:#} {name}:{line}:{column}");
        self.bar("|");
    }

    /// A line of the gutter alone.
    fn bar(&mut self, sign: &str) {
        let blank = if sign == "|" { " ".repeat(self.gutter + 1) } else { String::new() };
        let _ = writeln!(self.text, "{blank}{GUTTER}{sign}{GUTTER:#}");
    }

    /// A line with its marks; `follows` the line before it when that was just shown.
    fn line(
        &mut self,
        sources: &Sources,
        file: FileId,
        line: usize,
        marks: &[&Mark],
        follows: bool,
    ) {
        let Some(range) = line_range(sources, file, line) else { return };
        let shown = Shown::new(sources.text(file).get(range.clone()).unwrap_or_default());
        if range.is_empty()
            && !follows
            && line > 1
            && let Some(before) = line_range(sources, file, line - 1)
        {
            // What is absent would stand here; the line before says where that is.
            let before = Shown::new(sources.text(file).get(before).unwrap_or_default());
            self.numbered(line - 1, &before.window(0).0);
        }
        let (text, _) = shown.window(0);
        let fits = shown.width() <= WIDEST;
        if fits {
            self.numbered(line, &text);
        }
        for mark in marks {
            let start = shown.cell(mark.span.start.saturating_sub(range.start));
            let end = shown.cell(mark.span.end.min(range.end).saturating_sub(range.start));
            let (text, cut) = shown.window(start);
            if !fits {
                self.numbered(line, &text);
            }
            let indent = " ".repeat(start.saturating_sub(cut));
            let room = WIDEST.saturating_sub(start.saturating_sub(cut)).max(1);
            let length = end.saturating_sub(start).clamp(1, room);
            let (sign, style) = if mark.is_primary { ("^", self.style) } else { ("-", GUTTER) };
            let note = printable(mark.note);
            let gap = if note.is_empty() { "" } else { " " };
            let under = sign.repeat(length);
            let blank = " ".repeat(self.gutter + 1);
            let _ = writeln!(
                self.text,
                "{blank}{GUTTER}|{GUTTER:#} {indent}{style}{under}{gap}{note}{style:#}"
            );
        }
    }

    fn numbered(&mut self, line: usize, text: &str) {
        let width = self.gutter;
        let gap = if text.is_empty() { "" } else { " " };
        let _ = writeln!(self.text, "{GUTTER}{line:>width$} |{GUTTER:#}{gap}{text}");
    }
}

fn line_range(sources: &Sources, file: FileId, line: usize) -> Option<std::ops::Range<usize>> {
    sources.line_index(file)?.line_range(sources.text(file), line)
}

/// A line as it is shown: for each of its characters the byte and the cell where it starts.
struct Shown {
    chars: Vec<(usize, usize, String)>,
    width: usize,
}

impl Shown {
    fn new(line: &str) -> Self {
        let mut chars = Vec::new();
        let mut width = 0;
        for (byte, char) in line.char_indices() {
            let text = match char {
                '\t' => TAB.to_owned(),
                // At the start of a file it is a mark of the encoding, not text.
                '\u{feff}' if byte == 0 => String::new(),
                char => printable(char.encode_utf8(&mut [0; 4])).into_owned(),
            };
            let cells = text.chars().map(|char| char.width().unwrap_or(0)).sum::<usize>();
            chars.push((byte, width, text));
            width += cells;
        }
        Self { chars, width }
    }

    fn width(&self) -> usize {
        self.width
    }

    /// The cell at which the character at a byte starts; behind the line for bytes behind it.
    fn cell(&self, byte: usize) -> usize {
        let index = self.chars.partition_point(|(start, _, _)| *start < byte);
        self.chars.get(index).map_or(self.width, |(_, cell, _)| *cell)
    }

    /// The line, or the part of it around a cell where it is too wide, and the number of cells that
    /// were cut off before it.
    fn window(&self, around: usize) -> (String, usize) {
        let whole = |from: usize, to: usize| -> String {
            let inside = |cell: usize| from <= cell && cell < to;
            self.chars
                .iter()
                .filter(|(_, cell, _)| inside(*cell))
                .map(|(_, _, text)| text.as_str())
                .collect()
        };
        if self.width <= WIDEST {
            return (whole(0, usize::MAX).trim_end().to_owned(), 0);
        }
        let wanted = if around + LEAD < WIDEST { 0 } else { around - LEAD };
        // A wide character may start before the wanted cell and end behind it.
        let index = self.chars.partition_point(|(_, cell, _)| *cell < wanted);
        let from = self.chars.get(index).map_or(self.width, |(_, cell, _)| *cell);
        let to = from + WIDEST;
        let after = if to < self.width { "…" } else { "" };
        let before = if from > 0 { "…" } else { "" };
        (format!("{before}{}{after}", whole(from, to)), from.saturating_sub(before.chars().count()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use lima_doctor::text::{FileKind, SourceFile};

    use super::*;

    /// Marks every part of the texts that stands between `‹` and `›`; the first is the primary.
    fn check(texts: &[(&str, &str)], expected: Expect) {
        let mut files = Vec::new();
        let mut spans = Vec::new();
        for (i, (name, marked)) in texts.iter().enumerate() {
            let mut text = String::new();
            let mut start = 0;
            for part in marked.split_inclusive(['‹', '›']) {
                text += part.trim_end_matches(['‹', '›']);
                match part.chars().last() {
                    Some('‹') => start = text.len(),
                    Some('›') => spans.push(Span::new(FileId(i), start, text.len())),
                    _ => {}
                }
            }
            files.push(SourceFile::new(*name, FileKind::Error, text));
        }
        let marks: Vec<Mark> = spans
            .into_iter()
            .enumerate()
            .map(|(i, span)| Mark {
                span,
                note: if i == 0 { "" } else { "here" },
                is_primary: i == 0,
            })
            .collect();
        let shown = render(&Sources::new(files), &marks, Style::new());
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert!(!plain.contains(|char: char| char.is_control() && char != '\n'), "{plain:?}");
        expected.assert_eq(&plain);
    }

    #[test]
    fn marks_in_several_files() {
        check(
            &[
                (".env", "A=1\nURI=qemu+ssh://h:‹52136›/system\n"),
                ("limactl list", "NAME STATUS SSH\ndev Running 127.0.0.1:‹58411›\n"),
            ],
            expect![[r#"
                 --> .env:2:18
                  |
                2 | URI=qemu+ssh://h:52136/system
                  |                  ^^^^^
                  |
                 ::: limactl list:2:23
                  |
                2 | dev Running 127.0.0.1:58411
                  |                       ----- here
                  |
            "#]],
        );
    }

    #[test]
    fn marks_in_one_file_in_order_with_gaps() {
        check(
            &[("x", "a ‹b› ‹c›\n‹d›\n\n\ne: ‹f\n  g›\n\n\n\n\n‹h›")],
            expect![[r#"
              --> x:1:3
               |
             1 | a b c
               |   ^
               |     - here
             2 | d
               | - here
            ...
             5 | e: f
               |    - here
            ...
            11 | h
               | - here
               |
        "#]],
        );
    }

    #[test]
    fn a_place_of_something_absent() {
        check(
            &[("x", "a: 1\n‹›")],
            expect![[r#"
             --> x:2:1
              |
            1 | a: 1
            2 |
              | ^
              |
        "#]],
        );
        check(
            &[("x", "a:‹› 1\n")],
            expect![[r#"
             --> x:1:3
              |
            1 | a: 1
              |   ^
              |
        "#]],
        );
        check(
            &[("empty", "‹›")],
            expect![[r#"
             --> empty:1:1
              |
            1 |
              | ^
              |
        "#]],
        );
    }

    #[test]
    fn columns_fit_under_tabs_wide_and_control_characters() {
        check(
            &[("x", "\tä漢字\u{1b}[31m\u{202e} ‹漢x›\u{301}\r\n漢漢 ‹\u{7}›\n")],
            expect![[r#"
             --> x:1:12
              |
            1 |     ä漢字␛[31m� 漢x́
              |                 ^^^
            2 | 漢漢 ␇
              |      - here
              |
        "#]],
        );
        check(
            &[("bom", "\u{feff}a: ‹b›")],
            expect![[r#"
             --> bom:1:5
              |
            1 | a: b
              |    ^
              |
        "#]],
        );
    }

    #[test]
    fn a_line_that_is_too_wide_is_cut_around_each_mark() {
        let line = format!("‹{}›‹{}›{}", "a".repeat(100), "b".repeat(200), "漢".repeat(300));
        check(
            &[("x", &line)],
            expect![[r#"
             --> x:1:1
              |
            1 | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            1 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
              |                                                    ----------------------------------------------------------------------------------------- here
              |
        "#]],
        );
    }

    proptest::proptest! {
        #[test]
        fn any_place_in_any_text_is_shown(
            text in "([ -~]|\t|\r|\n|\u{1b}|\u{9b}|ü|漢|\u{202e}|\u{301})*",
            places in proptest::collection::vec((0_usize..80, 0_usize..80), 1..5),
        ) {
            let sources = Sources::new(vec![SourceFile::new("x", FileKind::Error, text)]);
            let marks: Vec<Mark> = places
                .iter()
                .map(|(a, b)| Mark {
                    span: Span::new(FileId(0), *a, *b),
                    note: "\u{1b}[1mhere",
                    is_primary: a < b,
                })
                .collect();
            let shown = render(&sources, &marks, Style::new());
            let plain = anstream::adapter::strip_str(&shown).to_string();
            proptest::prop_assert!(!plain.contains(|c: char| c.is_control() && c != '\n'));
            proptest::prop_assert_eq!(plain.matches("[1mhere").count(), marks.len(), "{}", plain);
        }
    }
}
