//! Reading on after an error.
//!
//! Within a document the parser gives up at its first error. Its top-level entries are then read
//! one by one, each for itself, and of one that fails its nested entries likewise, so that what
//! remains unread is small. Errors are told for what is unread only.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::ErrorKind;

use super::errors::{describe, runs_away};
use super::lines::{indented, is_bare, is_item, line_end, line_start, lines, next_line};
use super::mend::TAB_MESSAGE;
use super::node::{Data, Document, Entry, Item, Mapping, Node, Sequence, Yaml};
use super::read::ERROR_LIMIT;
use super::tabs::mended;
use super::walk::{Failure, Partial, Walked, walk};
use crate::syntax::SyntaxError;
use crate::text::{Edit, FileId, Span};

/// How many levels below the top are read entry by entry.
const LEVELS: usize = 8;

/// How many entries are tried as one, where quotes or brackets reach over lines.
const JOINED: usize = 4;

/// How many of the parser's own refusals, which the real readers do not share, are passed over.
const PASSED_OVER: usize = 16;

/// Reads all documents and words the errors.
pub(super) fn read(file: FileId, text: &str) -> Yaml {
    let mut yaml = Yaml::default();
    let mut src = Cow::Borrowed(text);
    let mut from = 0;
    let mut passed_over = 0;
    loop {
        let rest = src.get(from..).unwrap_or_default();
        let Walked { documents, failure } = walk(file, from, rest);
        let Some((failure, partial)) = failure else {
            yaml.documents.extend(documents);
            return yaml;
        };
        if passed_over < PASSED_OVER
            && let Some(masked) = mask(&src, from, &failure)
        {
            passed_over += 1;
            src = Cow::Owned(masked);
            continue;
        }
        yaml.documents.extend(documents);
        let end = document_end(&src, from, from + failure.offset);
        let recovery = Recovery { file };
        let (document, errors) = recovery.document(&src, from, end, &failure, partial);
        yaml.errors.extend(errors);
        let continued = matches!(failure.kind, Some(ErrorKind::ExpectedDocumentStart));
        match yaml.documents.pop() {
            Some(last) if continued => yaml.documents.push(continue_with(file, last, document)),
            last => yaml.documents.extend(last.into_iter().chain([document])),
        }
        if end >= src.len() || yaml.errors.len() > ERROR_LIMIT {
            return yaml;
        }
        from = end;
    }
}

/// The text without what Lima and Compose read and the parser does not: a comment right behind a
/// quote, bracket or comma, and a tab at the start of a line within brackets.
fn mask(src: &str, from: usize, failure: &Failure) -> Option<String> {
    let at = from + failure.offset;
    let range = match failure.kind {
        // Behind the sign of a block text, both sides refuse it.
        Some(ErrorKind::CommentNotSeparated)
            if src.get(at..)?.starts_with('#')
                && src.get(..at)?.ends_with(['"', '\'', ']', '}', ',']) =>
        {
            at..line_end(src, at)
        }
        Some(ErrorKind::TabInBlockIndentation) if !failure.brackets.is_empty() => {
            let start = line_start(src, at);
            let line = src.get(start..line_end(src, at))?;
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            if blanks == 0 {
                return None;
            }
            start..start + blanks
        }
        _ => return None,
    };
    let mut res = src.to_owned();
    res.replace_range(range.clone(), &" ".repeat(range.len()));
    Some(res)
}

/// Where the next document begins: the first `---` or `...` line at or behind an error.
fn document_end(src: &str, from: usize, error: usize) -> usize {
    lines(src, line_start(src, error)..src.len())
        .filter(|line| line.start > from && line.start >= error)
        .find(|line| {
            let text = src.get(line.clone()).unwrap_or_default();
            ["---", "..."].iter().any(|mark| {
                text.strip_prefix(mark)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
            })
        })
        .map_or(src.len(), |line| line.start)
}

/// What a stretch of text gave.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    items: Vec<Item>,
    /// What could not be read, with the error in it.
    broken: Vec<(Span, SyntaxError)>,
}

impl Found {
    /// The collection that was read; `broken` stays.
    fn take_data(&mut self) -> Option<Data> {
        let items = std::mem::take(&mut self.items);
        let entries = std::mem::take(&mut self.entries);
        if entries.is_empty() && !items.is_empty() {
            return Some(Data::Sequence(Sequence { items, flow: false }));
        }
        (!entries.is_empty()).then_some(Data::Mapping(Mapping { entries, flow: false }))
    }
}

struct Recovery {
    file: FileId,
}

impl Recovery {
    fn document(
        &self,
        src: &str,
        from: usize,
        end: usize,
        failure: &Failure,
        partial: Partial,
    ) -> (Document, Vec<SyntaxError>) {
        let rest = src.get(from..).unwrap_or_default();
        let error = self.describe(from, rest, failure);
        let start = from + partial.start;
        let (mut found, resume) = complete_part(src, partial, start);
        let mut pieces = Found::default();
        self.region(src.get(resume..end).unwrap_or_default(), resume, 0, &mut pieces);
        if pieces.broken.is_empty() {
            let stretch = Span::new(self.file, resume, end);
            pieces.broken.push((stretch, error));
        } else {
            prefer(failure, error, &mut pieces.broken);
        }
        found.entries.append(&mut pieces.entries);
        found.items.append(&mut pieces.items);
        let root = found.take_data().map(|data| block(self.file, data));
        let mut document = Document::new(self.file, start, root);
        document.incomplete = true;
        document.broken = pieces.broken.iter().map(|(span, _)| *span).collect();
        (document, pieces.broken.into_iter().map(|(_, error)| error).collect())
    }

    /// Reads a stretch entry by entry. `src` stands in the file from `base` on.
    fn region(&self, src: &str, base: usize, level: usize, found: &mut Found) {
        let pieces = cut(src);
        let mut next = 0;
        while let Some(piece) = pieces.get(next) {
            next += 1;
            if found.broken.len() > ERROR_LIMIT {
                return;
            }
            let failure = match self.whole(src, base, piece.clone(), found) {
                Ok(()) => continue,
                Err(failure) => failure,
            };
            let joined = (1..JOINED).find(|more| {
                let last =
                    pieces.get(next + more - 1).filter(|_| level == 0 && runs_away(&failure));
                last.is_some_and(|last| self.whole(src, base, piece.start..last.end, found).is_ok())
            });
            match joined {
                Some(more) => next += more,
                None => self.broken(src, base, piece.clone(), &failure, level, found),
            }
        }
    }

    /// Takes a piece's entries, if it can be read by itself.
    fn whole(
        &self,
        src: &str,
        base: usize,
        piece: Range<usize>,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let text = src.get(piece.clone()).unwrap_or_default();
        let Walked { mut documents, failure } = walk(self.file, base + piece.start, text);
        if let Some((failure, _)) = failure {
            return Err(failure);
        }
        let root = documents.pop().and_then(|document| document.root);
        match root.map(|root| root.data) {
            None => Ok(()),
            Some(Data::Mapping(mapping)) if !mapping.flow && documents.is_empty() => {
                found.entries.extend(mapping.entries);
                Ok(())
            }
            Some(Data::Sequence(sequence)) if !sequence.flow && documents.is_empty() => {
                found.items.extend(sequence.items);
                Ok(())
            }
            Some(_) => {
                let start = lines(text, 0..text.len())
                    .find(|line| !is_bare(text.get(line.clone()).unwrap_or_default()))
                    .map_or(0, |line| line.start);
                let kind = Some(ErrorKind::SimpleKeyExpected);
                Err(Failure { kind, offset: start, brackets: Vec::new() })
            }
        }
    }

    /// Takes what can be read of a piece that fails as a whole.
    fn broken(
        &self,
        src: &str,
        base: usize,
        piece: Range<usize>,
        failure: &Failure,
        level: usize,
        found: &mut Found,
    ) {
        let text = src.get(piece.clone()).unwrap_or_default();
        let base = base + piece.start;
        let mut inner = Found::default();
        if level < LEVELS {
            self.nested(text, base, level, found, &mut inner);
        }
        let error = self.describe(base, text, failure);
        if inner.broken.is_empty() {
            let start = base + text.len() - text.trim_start_matches(['\n', '\r']).len();
            let stretch = Span::new(self.file, start, base + text.trim_end().len());
            inner.broken.push((stretch, error));
        } else {
            prefer(failure, error, &mut inner.broken);
        }
        found.broken.append(&mut inner.broken);
    }

    /// Reads the body of `key:`, or what stands behind a dash, by itself.
    fn nested(&self, text: &str, base: usize, level: usize, found: &mut Found, inner: &mut Found) {
        let content = |line: &Range<usize>| !is_bare(text.get(line.clone()).unwrap_or_default());
        let Some(head) = lines(text, 0..text.len()).find(content) else { return };
        let line = text.get(head.clone()).unwrap_or_default();
        if is_item(indented(line).1) {
            let dash = head.start + line.find('-').unwrap_or(0);
            let mut masked = text.to_owned();
            masked.replace_range(dash..dash + 1, " ");
            self.region(&masked, base, level + 1, inner);
            if let Some(data) = inner.take_data() {
                let node = block(self.file, data);
                found.items.push(Item { dash: Some(base + dash), node });
            }
            return;
        }
        let mut header = Found::default();
        let body = next_line(text, head.end);
        let is_header = self.whole(text, base, 0..body, &mut header).is_ok();
        let Some(mut entry) = header
            .entries
            .pop()
            .filter(|entry| is_header && header.entries.is_empty() && entry.value.span.is_empty())
        else {
            return;
        };
        self.region(text.get(body..).unwrap_or_default(), base + body, level + 1, inner);
        if let Some(data) = inner.take_data() {
            let node = block(self.file, data);
            entry.value = Node {
                outer: Span::new(self.file, entry.value.outer.start, node.span.end),
                anchor: entry.value.anchor,
                tag: entry.value.tag,
                ..node
            };
            if entry.value.anchor.is_none() && entry.value.tag.is_none() {
                entry.value.outer = entry.value.span;
            }
        }
        found.entries.push(entry);
    }

    fn describe(&self, base: usize, src: &str, failure: &Failure) -> SyntaxError {
        let mut error = describe(self.file, base, src, failure);
        if error.message == TAB_MESSAGE {
            error.fix = self.tab_fix(base, src, error.span);
        }
        error
    }

    /// Spaces for the tab at `span`, if the text reads to its end with them.
    fn tab_fix(&self, base: usize, src: &str, span: Span) -> Option<Edit> {
        let Edit { span, text } = mended(self.file, src, span.start.checked_sub(base)?)?;
        let mut whole = src.to_owned();
        whole.replace_range(span.range(), &text);
        let placed = Span::new(self.file, base + span.start, base + span.end);
        walk(self.file, 0, &whole).failure.is_none().then(|| Edit::replace(placed, text))
    }
}

/// What ended before the error, but for the last entry, which may have swallowed more than it
/// should; and where to read on.
fn complete_part(src: &str, partial: Partial, start: usize) -> (Found, usize) {
    let Partial { mut entries, mut items, .. } = partial;
    let last_entry = entries.pop().map(|entry| entry.key.outer.start);
    let last_item = items.pop().and_then(|item| item.dash);
    let resume = last_entry.or(last_item).map(|at| line_start(src, at));
    match resume.filter(|resume| *resume >= start) {
        Some(resume) => (Found { entries, items, broken: Vec::new() }, resume),
        None => (Found::default(), start),
    }
}

/// Of an error and those found by reading smaller parts, keeps those that say most: the error
/// itself for its own part unless it was noticed far from its cause, and theirs for the others.
fn prefer(failure: &Failure, error: SyntaxError, parts: &mut [(Span, SyntaxError)]) {
    if runs_away(failure) {
        return;
    }
    let own = parts
        .iter_mut()
        .find(|(span, _)| span.start <= error.span.start && error.span.start <= span.end);
    if let Some((_, told)) = own {
        let fix = told.fix.take();
        *told = error;
        told.fix = told.fix.take().or(fix);
    }
}

/// A document and what follows it without a marker, where only one could be: its entries stood
/// further left, for instance.
fn continue_with(file: FileId, mut first: Document, rest: Document) -> Document {
    let root = match (first.root.take(), rest.root.map(|root| root.data)) {
        (Some(Node { data: Data::Mapping(mut mapping), .. }), Some(Data::Mapping(more)))
            if !mapping.flow =>
        {
            mapping.entries.extend(more.entries);
            Some(block(file, Data::Mapping(mapping)))
        }
        (root, _) => root,
    };
    let mut document = Document::new(file, first.start, root);
    document.incomplete = true;
    document.broken = rest.broken;
    document
}

/// A block collection put together from parts.
fn block(file: FileId, data: Data) -> Node {
    let (start, last) = match &data {
        Data::Mapping(mapping) => (
            mapping.entries.first().map(|entry| entry.key.outer.start),
            mapping.entries.last().map(|entry| &entry.value),
        ),
        Data::Sequence(sequence) => (
            sequence.items.first().and_then(|item| item.dash),
            sequence.items.last().map(|item| &item.node),
        ),
        Data::Scalar(_) | Data::Alias(_) => (None, None),
    };
    let start = start.unwrap_or(0);
    let span = Span::new(file, start, last.map_or(start, |node| node.span.end));
    let after = last.map_or(start, |node| node.after);
    Node { span, outer: span, after, anchor: None, tag: None, data }
}

/// Cuts a text before every line that starts an entry at the level of its first.
///
/// Brackets are not cut: their lines do not show where an entry starts.
fn cut(src: &str) -> Vec<Range<usize>> {
    let mut first: Option<(usize, bool)> = None;
    let mut res: Vec<Range<usize>> = Vec::new();
    for line in lines(src, 0..src.len()) {
        let text = src.get(line.clone()).unwrap_or_default();
        let (column, content) = indented(text);
        let starts = match first {
            None if is_bare(text) => false,
            None if content.starts_with(['{', '[']) => return Vec::new(),
            None => {
                first = Some((column, is_item(content)));
                true
            }
            Some((level, in_list)) => {
                column == level
                    && if in_list {
                        is_item(content)
                    } else {
                        !is_item(content)
                            && !content.is_empty()
                            && !content.starts_with(['#', '-', ']', '}', '\t'])
                    }
            }
        };
        if starts {
            if let Some(last) = res.last_mut() {
                last.end = line.start;
            }
            res.push(line.start..src.len());
        }
    }
    res
}
