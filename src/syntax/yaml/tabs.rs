//! Tabs where the parser lets them pass and Lima's or Compose's own reader does not: before the
//! first character of a line, in blank lines, and between a dash and its item.

use std::ops::Range;

use super::check::nodes;
use super::lines::{indented, is_bare, line_before, line_range, line_start, lines};
use super::mend::TAB_MESSAGE;
use super::read::ERROR_LIMIT;
use super::{Data, Document, ScalarStyle};
use crate::syntax::SyntaxError;
use crate::text::{Edit, FileId, Span};

/// Finds the tabs that only the parser accepts. What could not be read is left out.
pub(super) fn check(
    file: FileId,
    text: &str,
    documents: &[Document],
    errors: &mut Vec<SyntaxError>,
) {
    if !text.contains('\t') {
        return;
    }
    let shelters = shelters(text, documents);
    let mut next = 0;
    for line in lines(text, 0..text.len()) {
        let content = text.get(line.clone()).unwrap_or_default();
        let lead = content.len() - content.trim_start_matches([' ', '\t', '\u{feff}']).len();
        let Some(tab) = content.get(..lead).and_then(|lead| lead.find('\t')) else { continue };
        while shelters.get(next).is_some_and(|shelter| shelter.range.end < line.start) {
            next += 1;
        }
        let sheltered =
            shelters.get(next).is_some_and(|s| s.range.start <= line.start && tab >= s.column);
        if sheltered || errors.len() > ERROR_LIMIT {
            continue;
        }
        let lead_span = Span::new(file, line.start + tab, line.start + lead);
        errors.push(if lead == content.len() {
            let all = Span::new(file, line.start, line.end);
            error(lead_span, "empty the line", Some(Edit::replace(all, "")))
        } else {
            // The parser counts a tab as one column, so one space keeps what it read.
            let spaces = " ".repeat(lead - tab);
            error(lead_span, "indent with spaces", Some(Edit::replace(lead_span, spaces)))
        });
    }
    for node in documents.iter().flat_map(nodes) {
        let Data::Sequence(sequence) = &node.data else { continue };
        for item in &sequence.items {
            let Some(dash) = item.dash else { continue };
            let gap = Span::new(file, dash + 1, item.node.outer.start);
            let blanks = text.get(gap.range()).unwrap_or_default();
            let beside = !blanks.is_empty() && blanks.chars().all(|c| c == ' ' || c == '\t');
            if beside && blanks.contains('\t') && errors.len() <= ERROR_LIMIT {
                let spaces = " ".repeat(blanks.len());
                errors.push(error(gap, "put a space", Some(Edit::replace(gap, spaces))));
            }
        }
    }
}

fn error(span: Span, help: &str, fix: Option<Edit>) -> SyntaxError {
    SyntaxError { span, message: TAB_MESSAGE.to_owned(), help: help.to_owned(), fix }
}

/// A stretch within which tabs at the start of a line do no harm from a column on.
struct Shelter {
    range: Range<usize>,
    column: usize,
}

/// Texts, flow collections, and what could not be read; in order and without overlaps.
///
/// Within a text over several lines a tab must stand right of the block that the text is in, as
/// the readers' scanners have it; behind a plain one, blank lines still count as its own.
fn shelters(text: &str, documents: &[Document]) -> Vec<Shelter> {
    let mut res = Vec::new();
    for document in documents {
        res.extend(document.broken().iter().map(|span| Shelter { range: span.range(), column: 0 }));
        let mut todo: Vec<_> = document.root.iter().map(|root| (root, 0)).collect();
        while let Some((node, block)) = todo.pop() {
            let whole = node.span.start..node.after;
            match &node.data {
                Data::Mapping(mapping) if mapping.flow => {
                    res.push(Shelter { range: whole, column: 0 });
                }
                Data::Sequence(sequence) if sequence.flow => {
                    res.push(Shelter { range: whole, column: 0 });
                }
                Data::Scalar(scalar) => match scalar.style {
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        res.extend(scalar.column.map(|column| Shelter { range: whole, column }));
                    }
                    ScalarStyle::Plain if node.span.is_empty() => {}
                    ScalarStyle::Plain => {
                        let range = whole.start..blank_lines_behind(text, whole.end);
                        res.push(Shelter { range, column: block });
                    }
                    _ => res.push(Shelter { range: whole, column: block }),
                },
                Data::Alias(_) => {}
                Data::Mapping(_) | Data::Sequence(_) => {
                    let column = node.span.start - line_start(text, node.span.start);
                    todo.extend(node.children().map(|child| (child, column + 1)));
                }
            }
        }
    }
    res.sort_by_key(|shelter| shelter.range.start);
    res
}

/// The end of the last of the blank lines behind an offset at a line's end; otherwise the offset.
fn blank_lines_behind(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let end = offset + blanks;
    let start = if end == text.len() { end } else { line_start(text, end) };
    start.saturating_sub(1).max(offset)
}

/// The change for a tab that the parser refuses: a blank line is emptied; a run of lines that
/// start with tabs is indented with spaces as the line before it, or a step deeper below a key.
pub(super) fn mended(file: FileId, text: &str, at: usize) -> Option<Edit> {
    let first = line_range(text, at);
    if text.get(first.clone())?.trim().is_empty() {
        return Some(Edit::replace(Span::of(file, first), ""));
    }
    let starts_with_tab =
        |line: &Range<usize>| text.get(line.clone()).is_some_and(|line| line.starts_with('\t'));
    if !starts_with_tab(&first) {
        return None;
    }
    let mut before = line_before(text, first.start)?;
    while is_bare(text.get(before.clone())?) {
        before = line_before(text, before.start)?;
    }
    let (column, content) = indented(text.get(before)?);
    let base = if content.ends_with(':') { column + 2 } else { column };
    let tabs_of = |line: &str| line.len() - line.trim_start_matches('\t').len();
    let first_tabs = tabs_of(text.get(first.clone())?);
    let mut out = String::new();
    let mut end = first.start;
    for line in lines(text, first.start..text.len()).take_while(starts_with_tab) {
        let tabs = tabs_of(text.get(line.clone())?);
        let steps = tabs.checked_sub(first_tabs)?;
        out.push_str(text.get(end..line.start)?);
        out.push_str(&" ".repeat(base + 2 * steps));
        out.push_str(text.get(line.start + tabs..line.end)?);
        end = line.end;
    }
    Some(Edit::replace(Span::new(file, first.start, end), out))
}
