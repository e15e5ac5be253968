//! Tabs where the parser lets them pass and Lima's or Compose's own reader does not: before the
//! first character of a line, in blank lines, and between a dash and its item.

use std::ops::Range;

use super::check::nodes;
use super::lines::{indented, is_bare, line_before, line_range, lines};
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
    let shelters = shelters(documents);
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

/// Quoted texts, flow collections, block scalars' contents, and what could not be read; in order
/// and without overlaps.
fn shelters(documents: &[Document]) -> Vec<Shelter> {
    let mut res = Vec::new();
    for document in documents {
        res.extend(document.broken().iter().map(|span| Shelter { range: span.range(), column: 0 }));
        let mut todo: Vec<_> = document.root.iter().collect();
        while let Some(node) = todo.pop() {
            let column = match &node.data {
                Data::Mapping(mapping) if mapping.flow => Some(0),
                Data::Sequence(sequence) if sequence.flow => Some(0),
                Data::Scalar(scalar) => match scalar.style {
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Some(0),
                    ScalarStyle::Literal | ScalarStyle::Folded => scalar.column,
                    ScalarStyle::Plain => None,
                },
                _ => None,
            };
            match column {
                Some(column) => res.push(Shelter { range: node.span.start..node.after, column }),
                None => todo.extend(node.children()),
            }
        }
    }
    res.sort_by_key(|shelter| shelter.range.start);
    res
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
