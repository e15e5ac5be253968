//! What Lima and Compose refuse though the text is well-formed.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::read::ERROR_LIMIT;
use super::{Data, Document, Node, ScalarStyle};
use crate::syntax::SyntaxError;
use crate::text::LineIndex;

/// Keys given twice in one mapping; both readers stop at the second.
pub(super) fn duplicate_keys(text: &str, documents: &[Document], errors: &mut Vec<SyntaxError>) {
    let mut index = None;
    for node in documents.iter().flat_map(nodes) {
        let Data::Mapping(mapping) = &node.data else { continue };
        if mapping.entries.len() < 2 || errors.len() > ERROR_LIMIT {
            continue;
        }
        let mut seen = HashMap::new();
        for entry in &mapping.entries {
            let Some(key) = entry.key.scalar() else { continue };
            // `1` and `"1"` are two keys to Compose, `a` and `"a"` are one.
            let is_text = key.style != ScalarStyle::Plain
                || matches!(entry.key.datum(), super::Datum::Text(_));
            match seen.entry((key.text.as_str(), is_text)) {
                Slot::Vacant(slot) => {
                    slot.insert(entry.key.span.start);
                }
                Slot::Occupied(first) => {
                    let index = index.get_or_insert_with(|| LineIndex::new(text));
                    let line = index.line(*first.get());
                    let key = key.text.as_str();
                    errors.push(SyntaxError {
                        span: entry.key.span,
                        message: format!("`{key}` is given twice, first in line {line}"),
                        help: "keep one of the two".to_owned(),
                        fix: None,
                    });
                }
            }
        }
    }
}

/// Aliases without an anchor above them, and those within their own anchor's value.
pub(super) fn aliases(documents: &[Document], errors: &mut Vec<SyntaxError>) {
    for document in documents {
        for node in nodes(document) {
            let Data::Alias(name) = &node.data else { continue };
            let problem = match document.anchored(name, node.span.start) {
                Some(target) if target.span.contains(node.span) => {
                    format!("`*{name}` stands within the value that it refers to")
                }
                Some(_) => continue,
                // The anchor may be in what could not be read.
                None if document.incomplete => continue,
                None => format!("`*{name}` refers to an anchor that is not set above it"),
            };
            errors.push(SyntaxError {
                span: node.span,
                message: problem,
                help: format!("quote the text if it is meant to start with `*`, or set `&{name}`"),
                fix: None,
            });
            if errors.len() > ERROR_LIMIT {
                return;
            }
        }
    }
}

/// Every node of a document, in order of writing.
pub(super) fn nodes(document: &Document) -> impl Iterator<Item = &Node> {
    let mut todo: Vec<&Node> = document.root.iter().collect();
    std::iter::from_fn(move || {
        let node = todo.pop()?;
        todo.extend(node.children().rev());
        Some(node)
    })
}
