//! serde_yaml_ng as the second reader: an independent parser that must see the same data.

// Every test program uses a part of this.
#![allow(dead_code)]

pub(crate) mod awkward;
pub(crate) mod changes;
pub(crate) mod oracles;
pub(crate) mod random;

use lima_doctor::syntax::yaml::{Data, Datum, Document, Mapping, Node, ScalarStyle, Yaml};
use lima_doctor::text::FileId;
use serde::Deserialize;
use serde_yaml_ng::Value;

/// Every document of a text as the second reader has it. It takes a byte order mark for text.
pub(crate) fn second_reading(text: &str) -> Result<Vec<Value>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_yaml_ng::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).map_err(|error| error.to_string()))
        .collect()
}

/// Reads a text with both readers and says where they differ.
pub(crate) fn readers_agree(text: &str) -> Result<Yaml, String> {
    let yaml = Yaml::parse(FileId(0), text);
    if let Some(error) = yaml.errors.first() {
        return Err(format!("refused: {} at {:?}", error.message, error.span));
    }
    let mut values = second_reading(text)?;
    if yaml.documents.is_empty() && values == [Value::Null] {
        values.clear();
    }
    if yaml.documents.len() != values.len() {
        return Err(format!("{} documents against {}", yaml.documents.len(), values.len()));
    }
    for (document, value) in yaml.documents.iter().zip(&values) {
        match &document.root {
            Some(root) => same(document, root, value, 0)?,
            None if value.is_null() => {}
            None => return Err(format!("nothing against {value:?}")),
        }
    }
    Ok(yaml)
}

fn same(document: &Document, node: &Node, value: &Value, depth: usize) -> Result<(), String> {
    let node = document.resolve(node);
    let differ = || Err(format!("{:?} against {value:?}", node.datum()));
    if depth > 80 {
        return Err("too deep".to_owned());
    }
    let value = match (value, &node.tag) {
        (Value::Tagged(tagged), Some(tag)) if tagged.tag == *tag => &tagged.value,
        (Value::Tagged(_), _) => return differ(),
        (value, _) => value,
    };
    match (&node.data, value) {
        (Data::Sequence(sequence), Value::Sequence(values)) => {
            if sequence.items.len() != values.len() {
                return differ();
            }
            for (item, value) in sequence.items.iter().zip(values) {
                same(document, &item.node, value, depth + 1)?;
            }
            Ok(())
        }
        (Data::Mapping(mapping), Value::Mapping(values)) => {
            same_entries(document, mapping, values, depth)
        }
        (Data::Scalar(scalar), _) => {
            let text = scalar.text.as_str();
            let plain = scalar.style == ScalarStyle::Plain;
            let core_tag = node.tag.as_deref().is_some_and(|tag| tag.starts_with("!!"));
            let datum = match node.datum() {
                Datum::Tagged(_, datum) => *datum,
                datum => datum,
            };
            let agrees = match (value, datum) {
                (Value::String(other), _) if !plain || core_tag => other == text,
                (Value::String(other), Datum::Text(_)) => other == text,
                (Value::Null, Datum::Null) => true,
                (Value::Bool(a), Datum::Bool(b)) => *a == b,
                (Value::Number(a), Datum::Int(b)) => a.as_i64() == Some(b),
                (Value::Number(a), Datum::Number(b)) => {
                    let written = b.trim_start_matches(['+', '-', '.']).to_lowercase();
                    match b.parse::<f64>() {
                        Ok(b) => a.as_f64() == Some(b),
                        Err(_) => a.is_infinite() || (a.is_nan() && written == "nan"),
                    }
                }
                // libyaml's core schema leaves these numbers as text.
                (Value::String(other), Datum::Int(_) | Datum::Number(_)) => {
                    let digits = text.trim_start_matches(['+', '-']);
                    other == text && (digits.starts_with('0') || digits.contains('_'))
                }
                _ => false,
            };
            if agrees { Ok(()) } else { differ() }
        }
        _ => differ(),
    }
}

fn same_entries(
    document: &Document,
    mapping: &Mapping,
    values: &serde_yaml_ng::Mapping,
    depth: usize,
) -> Result<(), String> {
    if mapping.entries.len() != values.len() {
        return Err(format!("{} entries against {}", mapping.entries.len(), values.len()));
    }
    for (entry, (key, value)) in mapping.entries.iter().zip(values) {
        same(document, &entry.key, key, depth + 1)?;
        same(document, &entry.value, value, depth + 1)?;
    }
    Ok(())
}

/// Checks what every span promises: it fits the text, lies within its parent's, and marks what it
/// says.
pub(crate) fn check_spans(text: &str, yaml: &Yaml) -> Result<(), String> {
    for document in &yaml.documents {
        let mut end = 0;
        if let Some(root) = &document.root {
            check_node(text, root, &mut end)?;
        }
    }
    Ok(())
}

fn check_node(text: &str, node: &Node, before: &mut usize) -> Result<(), String> {
    let slice =
        text.get(node.span.range()).ok_or_else(|| format!("{:?} does not fit", node.span))?;
    let claim = |holds: bool, what: &str| {
        if holds { Ok(()) } else { Err(format!("{what}: {:?} is {slice:?}", node.span)) }
    };
    claim(node.outer.start >= *before, "starts before its neighbour ends")?;
    claim(node.outer.contains(node.span), "lies outside its properties")?;
    claim(text.is_char_boundary(node.after) && node.after >= node.span.end, "ends before its end")?;
    if let Some(anchor) = &node.anchor {
        claim(text.get(anchor.span.range()) == Some(&format!("&{}", anchor.name)), "anchor")?;
    }
    match &node.data {
        Data::Alias(name) => claim(slice == format!("*{name}"), "alias")?,
        Data::Scalar(scalar) => {
            let starts = match scalar.style {
                ScalarStyle::Plain => slice.trim() == slice,
                ScalarStyle::SingleQuoted => slice.starts_with('\'') && slice.ends_with('\''),
                ScalarStyle::DoubleQuoted => slice.starts_with('"') && slice.ends_with('"'),
                ScalarStyle::Literal => slice.starts_with('|'),
                ScalarStyle::Folded => slice.starts_with('>'),
            };
            claim(starts, "style")?;
            let mut covered = 0;
            for piece in scalar.text.pieces() {
                claim(piece.range.start == covered, "gap in the text")?;
                covered = piece.range.end;
                if let Some(span) = piece.span.filter(|_| piece.verbatim) {
                    let here = text.get(span.range());
                    let said = scalar.text.as_str().get(piece.range.clone());
                    claim(here.is_some() && here == said, "verbatim piece")?;
                }
            }
            claim(covered == scalar.text.as_str().len(), "text without origin")?;
        }
        Data::Sequence(sequence) => {
            claim(!sequence.flow || (slice.starts_with('[') && slice.ends_with(']')), "brackets")?;
            *before = node.span.start;
            for item in &sequence.items {
                if let Some(dash) = item.dash {
                    claim(text.get(dash..).is_some_and(|t| t.starts_with('-')), "dash")?;
                }
                check_node(text, &item.node, before)?;
            }
        }
        Data::Mapping(mapping) => {
            *before = node.span.start;
            for entry in &mapping.entries {
                check_node(text, &entry.key, before)?;
                if let Some(colon) = entry.colon {
                    claim(text.get(colon..).is_some_and(|t| t.starts_with(':')), "colon")?;
                    claim(*before <= colon, "colon before its key")?;
                    *before = colon + 1;
                }
                check_node(text, &entry.value, before)?;
            }
        }
    }
    *before = (*before).max(node.span.end);
    claim(*before <= node.span.end.max(node.outer.end), "child outside its parent")
}
