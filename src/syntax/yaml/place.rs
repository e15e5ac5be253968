//! Where a change is written, and what text goes there.
//!
//! New lines go behind the last line of the value before them, its comment included, so that
//! comments and blank lines below stay with what follows them.

use super::edit::Target;
use super::lines::{line_end, line_range, line_start};
use super::write::{Layout, column, flow, is_nested, key as key_text, last_leaf};
use super::{Data, Document, Entry, Mapping, Node, Scalar, ScalarStyle, Value, YamlEditError};
use crate::text::{Edit, Span};

type Edits = Result<Vec<Edit>, YamlEditError>;

/// A document in its text.
pub(super) struct Place<'a> {
    pub(super) document: &'a Document,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// Content for a document that has none: behind its marker's line, or at the text's end.
    pub(super) fn begin(&self, value: &Value) -> Edits {
        let start = self.document.start;
        let marked = start.checked_sub(3).and_then(|at| self.text.get(at..start)) == Some("---");
        if marked {
            let at = line_end(self.text, start);
            let layout = Layout::of(self.document, self.text, at);
            return Ok(vec![
                self.insert(at, layout.line_break.to_owned() + &layout.block(value, 0)),
            ]);
        }
        let layout = Layout::of(self.document, self.text, self.text.len());
        let mut new = layout.block(value, 0) + layout.line_break;
        let bare = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        if !bare.is_empty() && !bare.ends_with(['\n', '\r']) {
            new.insert_str(0, layout.line_break);
        }
        Ok(vec![self.insert(self.text.len(), new)])
    }

    /// Another value in place of a node's.
    pub(super) fn replace(&self, target: &Target<'_>, value: &Value) -> Edits {
        let node = target.node;
        if node.tag.is_some() {
            return Err(YamlEditError::Style(node.outer));
        }
        match &node.data {
            Data::Scalar(scalar) if node.span.is_empty() && is_plain(scalar) => {
                self.fill_empty(target, value)
            }
            Data::Mapping(_) | Data::Sequence(_) if self.holds_comment(node) => {
                Err(YamlEditError::Style(node.span))
            }
            _ if target.flow => Ok(vec![self.in_place(node, flow(value, false))]),
            Data::Scalar(Scalar { style: ScalarStyle::Literal | ScalarStyle::Folded, .. }) => {
                self.replace_block_scalar(node, value)
            }
            Data::Mapping(mapping) if !mapping.flow => Err(YamlEditError::Style(node.span)),
            Data::Sequence(sequence) if !sequence.flow => Err(YamlEditError::Style(node.span)),
            _ if is_nested(value) => self.replace_by_block(target, value),
            _ => Ok(vec![self.in_place(node, flow(value, false))]),
        }
    }

    /// A value where nothing is written.
    fn fill_empty(&self, target: &Target<'_>, value: &Value) -> Edits {
        let node = target.node;
        let at = node.span.start;
        if let Some(Entry { key, colon: None, .. }) = target.entry {
            let key_text = self.text.get(key.span.range()).unwrap_or_default();
            let explicit =
                self.text.get(..key.outer.start).is_some_and(|t| t.trim_end().ends_with('?'));
            if !target.flow || explicit || key_text.contains(['\n', '\r']) {
                return Err(YamlEditError::Style(key.span));
            }
            return Ok(vec![self.insert(at, format!(": {}", flow(value, false)))]);
        }
        if target.flow {
            let gap = self.gap_before_mark(at);
            return Ok(vec![Edit::replace(gap, format!(" {}", flow(value, false)))]);
        }
        if !is_nested(value) {
            return Ok(vec![self.in_place(node, format!(" {}", flow(value, false)))]);
        }
        let (layout, column) = self.nested_column(target, value)?;
        Ok(vec![self.insert(line_end(self.text, at), self.line(&layout, column, value))])
    }

    /// Lines of their own instead of a value in its key's line, whose comment stays there.
    fn replace_by_block(&self, target: &Target<'_>, value: &Value) -> Edits {
        let node = target.node;
        let span = node.span;
        let line = line_range(self.text, span.start);
        let before = self.text.get(line.start..span.start).unwrap_or_default();
        let after = self.text.get(span.end..line_end(self.text, span.end)).unwrap_or_default();
        if before.trim().is_empty() {
            // The value stands alone in its line; only without a comment is it clear what stays.
            let Some(column) = column(self.text, span.start).filter(|_| after.trim().is_empty())
            else {
                return Err(YamlEditError::Style(span));
            };
            let layout = self.layout(span.start);
            return Ok(vec![Edit::replace(span, layout.block(value, column))]);
        }
        if span.end > line.end {
            return Err(YamlEditError::Style(span));
        }
        let (layout, column) = self.nested_column(target, value)?;
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        let removed = Span::new(span.file, span.start - blanks, span.end);
        let lines = self.line(&layout, column, value);
        if removed.end == line.end {
            return Ok(vec![Edit::replace(removed, lines)]);
        }
        Ok(vec![Edit::replace(removed, ""), self.insert(line.end, lines)])
    }

    /// The header's signs become the new value; the lines below go, the header's comment stays.
    fn replace_block_scalar(&self, node: &Node, value: &Value) -> Edits {
        if is_nested(value) {
            return Err(YamlEditError::Style(node.span));
        }
        let start = node.span.start;
        let header = self.header(node);
        let line = line_end(self.text, start);
        let mut edits = vec![Edit::replace(header, flow(value, false))];
        if node.span.end > line {
            edits.push(Edit::replace(Span::new(node.span.file, line, node.span.end), ""));
        }
        Ok(edits)
    }

    /// The signs of a block scalar's header.
    fn header(&self, node: &Node) -> Span {
        let rest = self.text.get(node.span.range()).unwrap_or_default();
        let len = rest.find(|c: char| !"|>+-0123456789".contains(c)).unwrap_or(rest.len());
        Span::new(node.span.file, node.span.start, node.span.start + len)
    }

    /// A new entry of a mapping, to become the one with the index `at`.
    pub(super) fn add_key(
        &self,
        target: &Target<'_>,
        at: usize,
        key: &str,
        value: &Value,
    ) -> Edits {
        let node = target.node;
        let Data::Mapping(mapping) = &node.data else {
            return Err(YamlEditError::NoPlace(node.span));
        };
        if mapping.flow {
            self.refuse_unusual_keys(node, mapping)?;
            let quote = mapping.entries.iter().all(|entry| {
                entry.key.scalar().is_some_and(|scalar| scalar.style != ScalarStyle::Plain)
            });
            let new = format!("{}: {}", key_text(key, quote), flow(value, quote));
            let last = mapping.entries.last().map(|entry| &entry.value);
            return self.add_to_flow(node, last, &new);
        }
        let before = at.checked_sub(1).and_then(|i| mapping.entries.get(i));
        let Some(before) = before.filter(|entry| entry.colon.is_some()) else {
            return Err(YamlEditError::Style(node.span));
        };
        let Some(column) = column(self.text, node.span.start) else {
            return Err(YamlEditError::Style(node.span));
        };
        let layout = self.layout(before.value.after);
        self.add_line(&before.value, &layout, column, &layout.entry(key, value, column))
    }

    /// A new item at the end of a sequence.
    pub(super) fn add_item(&self, target: &Target<'_>, value: &Value) -> Edits {
        let node = target.node;
        let Data::Sequence(sequence) = &node.data else {
            return Err(YamlEditError::NoPlace(node.span));
        };
        let last = sequence.items.last();
        if sequence.flow {
            if last.is_none() && is_nested(value) && !target.flow && self.is_one_line(node.span) {
                return self.replace(target, &Value::List(vec![value.clone()]));
            }
            return self.add_to_flow(node, last.map(|item| &item.node), &flow(value, false));
        }
        let first_dash = sequence.items.first().and_then(|item| item.dash);
        let (Some(last), Some(dash)) = (last, first_dash) else {
            return Err(YamlEditError::Style(node.span));
        };
        let Some(column) = column(self.text, dash) else {
            return Err(YamlEditError::Style(node.span));
        };
        let mut layout = self.layout(last.node.after);
        layout.dash_gap = self.dash_gap(dash, sequence.items.first().map(|item| &item.node));
        self.add_line(&last.node, &layout, column, &layout.item(value, column))
    }

    /// The spaces between a dash and its item, as far as they are spaces in one line.
    fn dash_gap(&self, dash: usize, item: Option<&Node>) -> usize {
        let gap = item.and_then(|item| self.text.get(dash + 1..item.outer.start));
        gap.filter(|gap| !gap.is_empty() && gap.chars().all(|c| c == ' ')).map_or(1, str::len)
    }

    /// A new line behind the value of the entry or item before.
    fn add_line(&self, before: &Node, layout: &Layout<'_>, column: usize, new: &str) -> Edits {
        let indent = " ".repeat(column);
        let after = before.after;
        if after > 0 && line_start(self.text, after) == after {
            // The blank lines above belong to a block text that keeps them.
            return Ok(vec![self.insert(after, format!("{indent}{new}{}", layout.line_break))]);
        }
        let at = line_end(self.text, after);
        let mut edits = Vec::new();
        let leaf = last_leaf(before);
        if at == self.text.len()
            && let Data::Scalar(scalar) = &leaf.data
            && scalar.column.is_some()
        {
            // A line below would give the text a line break that it does not have.
            let header = self.header(leaf);
            let signs = self.text.get(header.range()).unwrap_or_default();
            if !signs.contains('-') {
                let new_signs = signs.replace('+', "") + "-";
                edits.push(Edit::replace(header, new_signs));
            }
        }
        edits.push(self.insert(at, format!("{}{indent}{new}", layout.line_break)));
        Ok(edits)
    }

    /// Explicit keys and single pairs without braces leave no room.
    fn refuse_unusual_keys(&self, node: &Node, mapping: &Mapping) -> Result<(), YamlEditError> {
        let braced = self.text.get(node.span.start..).is_some_and(|text| text.starts_with('{'));
        let explicit = mapping.entries.iter().any(|entry| {
            self.text.get(..entry.key.outer.start).is_some_and(|t| t.trim_end().ends_with('?'))
        });
        if braced && !explicit { Ok(()) } else { Err(YamlEditError::Style(node.span)) }
    }

    /// A new entry or item within brackets.
    fn add_to_flow(&self, node: &Node, last: Option<&Node>, new: &str) -> Edits {
        let open = node.span.start;
        let close = node.span.end.saturating_sub(1);
        let Some(last) = last else {
            if self.is_one_line(node.span) {
                return Ok(vec![self.insert(open + 1, new)]);
            }
            let at = line_end(self.text, open);
            let layout = self.layout(open);
            let indent = self.indentation(open) + &" ".repeat(layout.step);
            return Ok(vec![self.insert(at, format!("{}{indent}{new}", layout.line_break))]);
        };
        let end = last.span.end;
        let comma = self.comma(end, close);
        let place = comma.map_or(end, |comma| comma + 1);
        let trailing = if comma.is_some() { "," } else { "" };
        // libyaml takes `e:,` for a text.
        let gap = if last.outer.is_empty() { " " } else { "" };
        let first_line_end = line_end(self.text, place);
        if first_line_end > close || line_start(self.text, open) == line_start(self.text, end) {
            let new = match comma {
                Some(_) => format!(" {new},"),
                None => format!("{gap}, {new}"),
            };
            let place = if last.outer.is_empty() && comma.is_none() {
                self.gap_before_mark(place)
            } else {
                Span::at(self.document.file, place)
            };
            return Ok(vec![Edit::replace(place, new)]);
        }
        let layout = self.layout(place);
        let line = format!("{}{}{new}{trailing}", layout.line_break, self.indentation(end));
        let separator = format!("{gap},");
        Ok(match comma {
            Some(_) => vec![self.insert(first_line_end, line)],
            None if first_line_end == end => vec![self.insert(end, separator + &line)],
            None => vec![self.insert(end, separator), self.insert(first_line_end, line)],
        })
    }

    /// The blanks from an offset on, where a comma or a closing bracket follows them.
    fn gap_before_mark(&self, at: usize) -> Span {
        let rest = self.text.get(at..).unwrap_or_default();
        let marked = rest.trim_start_matches(' ');
        let len = if marked.starts_with([',', ']', '}']) { rest.len() - marked.len() } else { 0 };
        Span::new(self.document.file, at, at + len)
    }

    /// The comma behind the last entry, past comments.
    fn comma(&self, from: usize, close: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = self.text.get(at..close)?;
            let skipped = rest.trim_start();
            at += rest.len() - skipped.len();
            if skipped.starts_with(',') {
                return Some(at);
            }
            if !skipped.starts_with('#') {
                return None;
            }
            at = line_end(self.text, at);
        }
    }

    /// The layout and column for lines below the target's key or dash.
    fn nested_column(
        &self,
        target: &Target<'_>,
        value: &Value,
    ) -> Result<(Layout<'_>, usize), YamlEditError> {
        let node = target.node;
        let layout = self.layout(node.span.start);
        let refused = YamlEditError::Style(node.span);
        if let Some(entry) = target.entry {
            let key_start = entry.key.outer.start;
            let Some(mut column) = column(self.text, key_start) else { return Err(refused) };
            let explicit = self.text.get(..key_start).is_some_and(|t| t.trim_end().ends_with('?'));
            if explicit {
                let Some(at) = entry.colon.and_then(|colon| self::column(self.text, colon)) else {
                    return Err(refused);
                };
                column = at + 2;
            }
            let inner = layout.column_below(value, column);
            return Ok((layout, inner));
        }
        // An item: its dash is the last one before it.
        let line = line_start(self.text, node.outer.start);
        let before = self.text.get(line..node.outer.start).unwrap_or_default();
        match (before.rfind('-'), column(self.text, line + before.trim_end().len())) {
            (Some(dash), Some(_)) => Ok((layout, dash + 2)),
            _ => Err(refused),
        }
    }

    fn layout(&self, offset: usize) -> Layout<'_> {
        Layout::of(self.document, self.text, offset)
    }

    /// A line break and a nested value at its column.
    fn line(&self, layout: &Layout<'_>, column: usize, value: &Value) -> String {
        format!("{}{}{}", layout.line_break, " ".repeat(column), layout.block(value, column))
    }

    /// The new text where the node is, set apart from what follows it.
    fn in_place(&self, node: &Node, mut new: String) -> Edit {
        let next = self.text.get(node.span.end..).and_then(|rest| rest.chars().next());
        if next.is_some_and(|c| !matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | ']' | '}')) {
            new.push(' ');
        }
        Edit::replace(node.span, new)
    }

    fn insert(&self, offset: usize, new: impl Into<String>) -> Edit {
        Edit::insert(self.document.file, offset, new)
    }

    fn is_one_line(&self, span: Span) -> bool {
        !self.text.get(span.range()).unwrap_or_default().contains(['\n', '\r'])
    }

    /// Whether a collection in brackets may hold a comment, which would go with it.
    fn holds_comment(&self, node: &Node) -> bool {
        let source = self.text.get(node.span.range()).unwrap_or_default();
        source.contains('#') && source.contains(['\n', '\r'])
    }

    /// The blanks at the start of the line that holds an offset.
    fn indentation(&self, offset: usize) -> String {
        let line = self.text.get(line_range(self.text, offset)).unwrap_or_default();
        let content = line.trim_start_matches([' ', '\t']);
        line.get(..line.len() - content.len()).unwrap_or_default().to_owned()
    }
}

fn is_plain(scalar: &Scalar) -> bool {
    scalar.style == ScalarStyle::Plain
}
