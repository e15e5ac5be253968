//! Values as YAML text.

use super::check::nodes;
use super::lines::{line_break, line_end, line_start};
use super::{Data, Datum, Document, Node, Value};

/// How a file is laid out, as far as new text must fit in.
pub(super) struct Layout<'t> {
    /// The line break.
    pub(super) line_break: &'t str,
    /// How much deeper than its key a nested mapping stands.
    pub(super) step: usize,
    /// How much deeper than its key a list stands.
    pub(super) list_offset: usize,
    /// How many spaces follow a dash.
    pub(super) dash_gap: usize,
}

impl<'t> Layout<'t> {
    /// What is most frequent in the document, and the line break of the line at `offset`.
    pub(super) fn of(document: &Document, text: &'t str, offset: usize) -> Self {
        let mut steps = Vec::new();
        let mut offsets = Vec::new();
        for node in nodes(document) {
            let Data::Mapping(mapping) = &node.data else { continue };
            let Some(column) = column(text, node.span.start).filter(|_| !mapping.flow) else {
                continue;
            };
            for entry in &mapping.entries {
                let deeper = self::column(text, entry.value.span.start)
                    .and_then(|inner| inner.checked_sub(column));
                let Some(deeper) = deeper else { continue };
                match &entry.value.data {
                    Data::Mapping(inner) if !inner.flow => steps.push(deeper),
                    Data::Sequence(inner) if !inner.flow => offsets.push(deeper),
                    _ => {}
                }
            }
        }
        let here = line_break(text, line_end(text, offset));
        let first = line_break(text, line_end(text, 0));
        let line_break = [here, first].into_iter().find(|b| !b.is_empty()).unwrap_or("\n");
        Layout {
            line_break,
            step: most_frequent(steps).filter(|step| *step > 0).unwrap_or(2),
            list_offset: most_frequent(offsets).unwrap_or(0),
            dash_gap: 1,
        }
    }

    fn next_line(&self, column: usize) -> String {
        format!("{}{}", self.line_break, " ".repeat(column))
    }

    /// A value in block style. The first line goes where `column` is, without indentation.
    pub(super) fn block(&self, value: &Value, column: usize) -> String {
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| self.entry(key, value, column)).collect();
                entries.join(&self.next_line(column))
            }
            Value::List(items) if !items.is_empty() => {
                let items: Vec<_> = items.iter().map(|item| self.item(item, column)).collect();
                items.join(&self.next_line(column))
            }
            _ => flow(value, false),
        }
    }

    /// A key and its value, the key at `column`.
    pub(super) fn entry(&self, key: &str, value: &Value, column: usize) -> String {
        let key = self::key(key, false);
        if let Value::Script(text) = value
            && is_literal(text)
        {
            // Without its last line break it reads the same at the end of a file that has none.
            let inner = self.next_line(column + self.step);
            let lines: Vec<&str> = text.lines().collect();
            return format!("{key}: |-{inner}{}", lines.join(&inner));
        }
        if !is_nested(value) {
            return format!("{key}: {}", flow(value, false));
        }
        let inner = self.column_below(value, column);
        format!("{key}:{}{}", self.next_line(inner), self.block(value, inner))
    }

    /// A list item, its dash at `column`.
    pub(super) fn item(&self, value: &Value, column: usize) -> String {
        let gap = if is_nested(value) { self.dash_gap } else { self.dash_gap.max(1) };
        format!("-{}{}", " ".repeat(gap), self.block(value, column + 1 + gap))
    }

    /// The column of a nested value whose key stands at `column`.
    pub(super) fn column_below(&self, value: &Value, column: usize) -> usize {
        column + if matches!(value, Value::List(_)) { self.list_offset } else { self.step }
    }
}

/// Whether a text can stand as a literal block: printable lines, none of them blank.
fn is_literal(text: &str) -> bool {
    let is_plain = |line: &str| {
        line.starts_with(|c: char| c.is_ascii_graphic())
            && line.chars().all(|c| c == ' ' || c.is_ascii_graphic())
    };
    !text.is_empty() && text.split('\n').all(is_plain)
}

fn most_frequent(mut numbers: Vec<usize>) -> Option<usize> {
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first().copied())
}

/// The column of an offset, if nothing but indentation, dashes and `?` stands before it, so that
/// a line below can be put at the same column.
pub(super) fn column(text: &str, offset: usize) -> Option<usize> {
    let before = text.get(line_start(text, offset)..offset)?;
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    before.chars().all(|c| matches!(c, ' ' | '-' | '?')).then_some(before.len())
}

/// Whether a value takes lines of its own in block style.
pub(super) fn is_nested(value: &Value) -> bool {
    match value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Script(_) => false,
    }
}

/// A value on one line.
pub(super) fn flow(value: &Value, quote_keys: bool) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Text(text) | Value::Script(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, quote_keys)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| {
                    format!("{}: {}", self::key(key, quote_keys), flow(value, quote_keys))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A key, quoted where it must be or shall be.
pub(super) fn key(key: &str, quote: bool) -> String {
    let mut chars = key.chars();
    let is_word = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let means_else = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(key));
    if is_word && !means_else && !quote { key.to_owned() } else { quoted(key) }
}

/// Text in double quotes. A JSON string is YAML but for characters that JSON lets stand bare and
/// YAML does not.
fn quoted(text: &str) -> String {
    let mut res = String::with_capacity(text.len() + 2);
    // A string always serializes; the empty text could only stand for a bug in serde_json.
    for c in serde_json::to_string(text).unwrap_or_default().chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => res.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => res.push(c),
        }
    }
    res
}

impl Value {
    /// What the value reads back as.
    pub(super) fn datum(&self) -> Datum {
        match self {
            Value::Bool(value) => Datum::Bool(*value),
            Value::Int(value) => Datum::Int(*value),
            Value::Text(text) | Value::Script(text) => Datum::Text(text.clone()),
            Value::List(items) => Datum::List(items.iter().map(Value::datum).collect()),
            Value::Map(entries) => Datum::Map(
                entries
                    .iter()
                    .map(|(key, value)| (Datum::Text(key.clone()), value.datum()))
                    .collect(),
            ),
        }
    }
}

/// The comments of a text, `#` included, in order.
pub(super) fn comments<'t>(text: &'t str, documents: &[Document]) -> Vec<&'t str> {
    let mut res = Vec::new();
    let mut at = 0;
    for node in documents.iter().flat_map(nodes) {
        let (start, end) = match &node.data {
            Data::Scalar(scalar) if scalar.column.is_some() => {
                (line_end(text, node.span.start), node.span.end)
            }
            Data::Scalar(_) | Data::Alias(_) => (node.span.start, node.span.end),
            Data::Mapping(_) | Data::Sequence(_) => continue,
        };
        gap_comments(text, at, start, &mut res);
        at = at.max(end);
    }
    gap_comments(text, at, text.len(), &mut res);
    res
}

fn gap_comments<'t>(text: &'t str, from: usize, to: usize, res: &mut Vec<&'t str>) {
    let mut at = from;
    while let Some(found) = text.get(at..to).and_then(|gap| gap.find('#')) {
        let start = at + found;
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        if before.is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{feff}')) {
            at = line_end(text, start);
            res.push(text.get(start..at).unwrap_or_default());
        } else {
            at = start + 1;
        }
    }
}

/// The innermost node at the end of a block collection.
pub(super) fn last_leaf(node: &Node) -> &Node {
    let mut current = node;
    loop {
        let last = match &current.data {
            Data::Mapping(mapping) if !mapping.flow => mapping.entries.last().map(|e| &e.value),
            Data::Sequence(list) if !list.flow => list.items.last().map(|item| &item.node),
            _ => None,
        };
        match last {
            Some(inner) => current = inner,
            None => return current,
        }
    }
}
