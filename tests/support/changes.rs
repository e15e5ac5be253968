//! Changes made with the library, and the same on the second reader's data.

use lima_doctor::syntax::yaml::{Data, Document, Node, Segment, Value, Yaml, YamlEditError};
use lima_doctor::text::{EditSet, FileId};

use super::second_reading;

const FILE: FileId = FileId(0);

/// Every node of a document with the path to it; what an alias or a merge brings in is left out.
pub(crate) fn paths(document: &Document) -> Vec<(Vec<Segment>, &Node)> {
    let mut todo: Vec<_> = document.root.iter().map(|root| (Vec::new(), root)).collect();
    let mut res = Vec::new();
    while let Some((path, node)) = todo.pop() {
        let child = |segment: Segment| {
            let mut path: Vec<Segment> = path.clone();
            path.push(segment);
            path
        };
        match &node.data {
            Data::Mapping(mapping) => {
                for entry in &mapping.entries {
                    if let Some(key) = entry.key_text() {
                        todo.push((child(Segment::Key(key.to_owned())), &entry.value));
                    }
                }
            }
            Data::Sequence(sequence) => {
                for (i, item) in sequence.items.iter().enumerate() {
                    todo.push((child(Segment::Index(i)), &item.node));
                }
            }
            Data::Scalar(_) | Data::Alias(_) => {}
        }
        res.push((path, node));
    }
    res.reverse();
    res
}

/// Values of every kind, some of them awkward.
pub(crate) fn values() -> Vec<Value> {
    let map = |entries: &[(&str, Value)]| {
        Value::Map(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
    };
    let text = |text: &str| Value::Text(text.to_owned());
    vec![
        Value::Int(60022),
        text("~/a b: #c\n\u{85}"),
        map(&[("location", text("/x")), ("writable", Value::Bool(true))]),
        Value::List(vec![text("a"), map(&[("b", Value::List(vec![Value::Int(1)]))])]),
        Value::List(vec![]),
        map(&[("script", Value::Script("#!/bin/sh\nset -eu\n: \"#x\"".to_owned()))]),
    ]
}

fn as_second(value: &Value) -> serde_yaml_ng::Value {
    use serde_yaml_ng::Value as V;
    match value {
        Value::Bool(value) => V::Bool(*value),
        Value::Int(value) => V::Number((*value).into()),
        Value::Text(text) | Value::Script(text) => V::String(text.clone()),
        Value::List(items) => V::Sequence(items.iter().map(as_second).collect()),
        Value::Map(entries) => {
            V::Mapping(entries.iter().map(|(k, v)| (k.as_str().into(), as_second(v))).collect())
        }
    }
}

/// What to do at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// Give it a value.
    Set,
    /// Append an item.
    Append,
    /// Add the key `added`.
    AddKey,
}

/// Makes one change with the library and, on the data alone, with the second reader's values.
/// `None` where the change is refused.
pub(crate) fn change(
    text: &str,
    path: &[Segment],
    action: Action,
    value: &Value,
) -> Result<Option<String>, String> {
    let yaml = Yaml::parse(FILE, text);
    let Some(document) = yaml.documents.first() else { return Ok(None) };
    let mut path = path.to_vec();
    let result = match action {
        Action::Append => document.append(text, &path, value),
        Action::Set => document.set(text, &path, value),
        Action::AddKey => {
            path.push(Segment::Key("added".to_owned()));
            document.set(text, &path, value)
        }
    };
    let edits = match result {
        Ok(edits) => edits,
        Err(YamlEditError::NotAsMeant(span)) => return Err(format!("not as meant at {span:?}")),
        Err(_) => return Ok(None),
    };
    let mut set = EditSet::default();
    set.insert_all(&edits).map_err(|error| error.to_string())?;
    let new_text = set.apply(FILE, text).map_err(|error| error.to_string())?;

    let mut expected = second_reading(text)?;
    let first = expected.first_mut().ok_or("no document")?;
    expect(first, &path, action, as_second(value)).ok_or("the path leads elsewhere")?;
    let found = second_reading(&new_text)?;
    if found == expected {
        Ok(Some(new_text))
    } else {
        Err(format!("{found:?}\ninstead of {expected:?}\n{new_text}"))
    }
}

fn expect(
    value: &mut serde_yaml_ng::Value,
    path: &[Segment],
    action: Action,
    new: serde_yaml_ng::Value,
) -> Option<()> {
    use serde_yaml_ng::Value as V;
    let value = match value {
        V::Tagged(tagged) => &mut tagged.value,
        other => other,
    };
    let Some((segment, rest)) = path.split_first() else {
        match (action, &mut *value) {
            (Action::Append, V::Sequence(items)) => items.push(new),
            (Action::Append, _) => *value = V::Sequence(vec![new]),
            _ => *value = new,
        }
        return Some(());
    };
    match segment {
        Segment::Index(i) => expect(value.get_mut(*i)?, rest, action, new),
        Segment::Key(key) => {
            if value.is_null() {
                *value = V::Mapping(serde_yaml_ng::Mapping::new());
            }
            let mapping = value.as_mapping_mut()?;
            let found = mapping.keys().find(|k| as_text(k).as_deref() == Some(key)).cloned();
            let found = found.unwrap_or_else(|| key.as_str().into());
            expect(mapping.entry(found).or_insert(V::Null), rest, action, new)
        }
    }
}

fn as_text(value: &serde_yaml_ng::Value) -> Option<String> {
    match value {
        serde_yaml_ng::Value::String(text) => Some(text.clone()),
        serde_yaml_ng::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
