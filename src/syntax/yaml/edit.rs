use super::check::nodes;
use super::place::Place;
use super::write::comments;
use super::{Data, Datum, Document, Entry, Node, Yaml};
use crate::text::{Edit, EditSet, FileId, Span};

/// Longer files are not changed.
const LENGTH_LIMIT: usize = 128 * 1024;

/// One step of a path into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value of a key.
    Key(String),
    /// An item of a sequence, from 0.
    Index(usize),
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true`, `false`
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// Text, always written in double quotes.
    Text(String),
    /// A script: several lines, written as a literal block where that is read as meant.
    Script(String),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping; the keys are written in this order.
    Map(Vec<(String, Value)>),
}

/// Why an edit cannot be written without touching something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlEditError {
    /// The node, or one above it, is shared through an anchor.
    #[error("the value is shared through the anchor `{0}`")]
    Shared(String),
    /// There is nothing at the path, or something of another kind.
    #[error("there is no place for the value")]
    NoPlace(Span),
    /// The style of writing there leaves no safe way.
    #[error("the way it is written leaves no safe place for a change")]
    Style(Span),
    /// The file is longer than 128 KiB: no configuration by hand, and every change is read back.
    #[error("the file is too long to be changed")]
    TooLong,
    /// The text that would result does not read back as meant.
    #[error("the change would not read back as meant")]
    NotAsMeant(Span),
}

impl Document {
    /// The edits that give the value at `path` the new value, adding the last key (and missing
    /// mappings on the way) where it is not there. `text` is the whole file. No edits where the
    /// value is there already.
    ///
    /// Every comment stays, and every other value; a change that cannot be written so is refused.
    pub fn set(
        &self,
        text: &str,
        path: &[Segment],
        value: &Value,
    ) -> Result<Vec<Edit>, YamlEditError> {
        let change = match self.locate(path)? {
            Located::Node(target) if target.node.datum() == value.datum() => return Ok(Vec::new()),
            Located::Node(target) => {
                // What is replaced may hold values that others stand for.
                let mut inside: Vec<&Node> = target.node.children().collect();
                while let Some(node) = inside.pop() {
                    if node.anchor.is_some() {
                        self.refuse_shared(node)?;
                    }
                    inside.extend(node.children());
                }
                Change::Replace(target, value.clone())
            }
            Located::Missing(target, rest) => self.fill(target, rest, value)?,
        };
        self.written(text, change)
    }

    /// The edits that append an item to the sequence at `path`; a missing, null or empty value
    /// there becomes a sequence. Otherwise as [`Document::set`].
    pub fn append(
        &self,
        text: &str,
        path: &[Segment],
        value: &Value,
    ) -> Result<Vec<Edit>, YamlEditError> {
        let list = || Value::List(vec![value.clone()]);
        let change = match self.locate(path)? {
            Located::Missing(target, rest) => self.fill(target, rest, &list())?,
            Located::Node(target) => match &target.node.data {
                Data::Sequence(_) => Change::AddItem(target, value.clone()),
                Data::Mapping(mapping) if !mapping.entries.is_empty() => {
                    return Err(YamlEditError::NoPlace(target.node.span));
                }
                Data::Mapping(_) => Change::Replace(target, list()),
                _ if target.node.is_null() => Change::Replace(target, list()),
                _ => return Err(YamlEditError::NoPlace(target.node.span)),
            },
        };
        self.written(text, change)
    }

    /// The edits that put a new top-level entry directly behind the entry `key`, or at the end
    /// where there is no such entry. Refused where `new_key` is there already.
    pub fn insert_after(
        &self,
        text: &str,
        key: &str,
        new_key: &str,
        value: &Value,
    ) -> Result<Vec<Edit>, YamlEditError> {
        let path = [Segment::Key(new_key.to_owned())];
        let mut change = match self.locate(&path)? {
            Located::Missing(target, rest) => self.fill(target, rest, value)?,
            Located::Node(target) => return Err(YamlEditError::NoPlace(target.node.span)),
        };
        if let Change::AddKey { target, at, .. } = &mut change
            && let Data::Mapping(mapping) = &target.node.data
            && let Some(i) = mapping.entries.iter().position(|e| e.key_text() == Some(key))
            && !mapping.flow
        {
            *at = i + 1;
        }
        self.written(text, change)
    }

    /// Follows a path as far as it goes.
    pub(super) fn locate<'a, 'p>(
        &'a self,
        path: &'p [Segment],
    ) -> Result<Located<'a, 'p>, YamlEditError> {
        let Some(root) = &self.root else {
            return Ok(Located::Missing(None, path));
        };
        let mut target = Target { node: root, steps: Vec::new(), entry: None, flow: false };
        for (i, segment) in path.iter().enumerate() {
            self.refuse_shared(target.node)?;
            let node = target.node;
            let nothing = node.is_null();
            target.flow |= match (&node.data, segment) {
                (Data::Mapping(mapping), Segment::Key(key)) => {
                    let mut own = mapping
                        .entries
                        .iter()
                        .enumerate()
                        .filter(|(_, entry)| entry.key_text() == Some(key));
                    let (Some((index, entry)), None) = (own.next(), own.next()) else {
                        if mapping.entries.iter().any(|e| e.key_text() == Some(key)) {
                            return Err(YamlEditError::Style(node.span));
                        }
                        return Ok(Located::Missing(Some(target), path.get(i..).unwrap_or(&[])));
                    };
                    target.steps.push(index);
                    target.node = &entry.value;
                    target.entry = Some(entry);
                    mapping.flow
                }
                (Data::Sequence(sequence), Segment::Index(index)) => {
                    let Some(item) = sequence.items.get(*index) else {
                        return Err(YamlEditError::NoPlace(node.span));
                    };
                    target.steps.push(*index);
                    target.node = &item.node;
                    target.entry = None;
                    sequence.flow
                }
                (Data::Scalar(_), Segment::Key(_)) if nothing => {
                    return Ok(Located::Missing(Some(target), path.get(i..).unwrap_or(&[])));
                }
                _ => return Err(YamlEditError::NoPlace(node.span)),
            };
        }
        if !matches!(target.node.data, Data::Alias(_)) {
            self.refuse_shared(target.node)?;
        }
        Ok(Located::Node(target))
    }

    /// Refuses a node whose anchor is used, and one that is an alias.
    fn refuse_shared(&self, node: &Node) -> Result<(), YamlEditError> {
        if let Data::Alias(name) = &node.data {
            return Err(YamlEditError::Shared(name.clone()));
        }
        let Some(anchor) = &node.anchor else { return Ok(()) };
        let used = nodes(self).any(|other| {
            matches!(&other.data, Data::Alias(name) if *name == anchor.name)
                && self
                    .anchored(&anchor.name, other.span.start)
                    .is_some_and(|found| found.anchor.as_ref() == Some(anchor))
        });
        if used { Err(YamlEditError::Shared(anchor.name.clone())) } else { Ok(()) }
    }

    /// The change that adds what is missing of a path, with the value at its end.
    fn fill<'a>(
        &'a self,
        target: Option<Target<'a>>,
        rest: &[Segment],
        value: &Value,
    ) -> Result<Change<'a>, YamlEditError> {
        let nowhere = |target: Option<&Target<'_>>| {
            let span = target.map_or(Span::at(self.file, self.start), |target| target.node.span);
            YamlEditError::NoPlace(span)
        };
        let keys: Option<Vec<&String>> = rest
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => Some(key),
                Segment::Index(_) => None,
            })
            .collect();
        let Some(mut keys) = keys else { return Err(nowhere(target.as_ref())) };
        keys.reverse();
        let first = keys.pop();
        let value = keys
            .into_iter()
            .fold(value.clone(), |value, key| Value::Map(vec![(key.clone(), value)]));
        let whole = |key: &String| Value::Map(vec![(key.clone(), value.clone())]);
        match (target, first) {
            (None, None) => Ok(Change::Begin(value)),
            (None, Some(key)) => Ok(Change::Begin(whole(key))),
            (Some(target), None) => Err(nowhere(Some(&target))),
            (Some(target), Some(key)) => match &target.node.data {
                Data::Mapping(mapping) if !mapping.entries.is_empty() => {
                    // An own key hides a merged one as a whole, so only a plain value may.
                    let merged = self.get(target.node, key).is_some();
                    if merged && (rest.len() > 1 || super::write::is_nested(&value)) {
                        return Err(YamlEditError::Style(target.node.span));
                    }
                    let at = mapping.entries.len();
                    Ok(Change::AddKey { target, at, key: key.clone(), value })
                }
                _ => Ok(Change::Replace(target, whole(key))),
            },
        }
    }

    /// Writes a change, and keeps it only if the new text reads back as meant.
    pub(super) fn written(
        &self,
        text: &str,
        change: Change<'_>,
    ) -> Result<Vec<Edit>, YamlEditError> {
        if text.len() > LENGTH_LIMIT {
            return Err(YamlEditError::TooLong);
        }
        let place = Place { document: self, text };
        let edits = match &change {
            Change::Begin(value) => place.begin(value)?,
            Change::Replace(target, value) => place.replace(target, value)?,
            Change::AddKey { target, at, key, value } => place.add_key(target, *at, key, value)?,
            Change::AddItem(target, value) => place.add_item(target, value)?,
            Change::Remove(target) => place.remove(target)?,
        };
        let span = edits.first().map_or(Span::at(self.file, self.start), |edit| edit.span);
        if self.touches_broken(text, &edits, &change) {
            return Err(YamlEditError::Style(span));
        }
        if self.reads_as_meant(text, &edits, &change).is_some() {
            Ok(edits)
        } else {
            Err(YamlEditError::NotAsMeant(span))
        }
    }

    /// Whether an edit lies within, or right before, what could not be read, or adds a key that
    /// stands there already.
    fn touches_broken(&self, text: &str, edits: &[Edit], change: &Change<'_>) -> bool {
        let key = match change {
            Change::AddKey { key, .. } => Some(key.as_str()),
            _ => None,
        };
        self.broken.iter().any(|broken| {
            let unread = text.get(broken.range()).unwrap_or_default().trim_start();
            let same_key = key.is_some_and(|key| {
                let rest = unread.trim_start_matches(['"', '\'']).strip_prefix(key);
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            });
            same_key
                || edits.iter().any(|edit| {
                    let rest = text.get(edit.span.end..).unwrap_or_default();
                    let next = text.len() - rest.trim_start().len();
                    let begin = broken.start;
                    edit.span.start <= broken.end && begin <= next.max(edit.span.end)
                })
        })
    }

    /// The law of every edit: the data of the new text is the old data plus the change, and the
    /// old text's comments are all there in order.
    fn reads_as_meant(&self, text: &str, edits: &[Edit], change: &Change<'_>) -> Option<()> {
        let mut set = EditSet::default();
        set.insert_all(edits).ok()?;
        let new_text = set.apply(self.file, text).ok()?;
        let old = Yaml::parse(self.file, text);
        let new = Yaml::parse(self.file, &new_text);
        let index = old.documents.iter().position(|document| document == self);
        let mut expected: Vec<Datum> = old.documents.iter().map(Document::datum).collect();
        match index {
            Some(index) => change.apply(expected.get_mut(index)?)?,
            None if expected.is_empty() && self.root.is_none() => {
                let mut datum = Datum::Null;
                change.apply(&mut datum)?;
                expected.push(datum);
            }
            None => return None,
        }
        let found: Vec<Datum> = new.documents.iter().map(Document::datum).collect();
        let same_comments = comments(text, &old.documents) == comments(&new_text, &new.documents);
        let same_errors = old.errors.len() == new.errors.len();
        (found == expected && same_comments && same_errors).then_some(())
    }

    /// The file that the document was read from.
    pub fn file(&self) -> FileId {
        self.file
    }
}

/// A node and the way to it.
pub(super) struct Target<'a> {
    pub(super) node: &'a Node,
    /// The index of the entry or item on every level.
    pub(super) steps: Vec<usize>,
    /// The entry whose value the node is.
    pub(super) entry: Option<&'a Entry>,
    /// Whether it stands within brackets.
    pub(super) flow: bool,
}

pub(super) enum Located<'a, 'p> {
    Node(Target<'a>),
    /// The last node on the path, none in an empty document, and what of the path is not there.
    Missing(Option<Target<'a>>, &'p [Segment]),
}

pub(super) enum Change<'a> {
    /// The document's first content.
    Begin(Value),
    Replace(Target<'a>, Value),
    /// A new entry, to become the one with the index `at`.
    AddKey {
        target: Target<'a>,
        at: usize,
        key: String,
        value: Value,
    },
    AddItem(Target<'a>, Value),
    /// The entry or the item whose value the node is.
    Remove(Target<'a>),
}

impl Change<'_> {
    /// Makes the change to the data.
    fn apply(&self, datum: &mut Datum) -> Option<()> {
        match self {
            Change::Begin(value) => *datum = value.datum(),
            Change::Replace(target, value) => *at_path(datum, &target.steps)? = value.datum(),
            Change::AddKey { target, at, key, value } => {
                let Datum::Map(entries) = untagged(at_path(datum, &target.steps)?) else {
                    return None;
                };
                if *at > entries.len() {
                    return None;
                }
                entries.insert(*at, (Datum::Text(key.clone()), value.datum()));
            }
            Change::AddItem(target, value) => {
                let Datum::List(items) = untagged(at_path(datum, &target.steps)?) else {
                    return None;
                };
                items.push(value.datum());
            }
            Change::Remove(target) => {
                let (last, above) = target.steps.split_last()?;
                match untagged(at_path(datum, above)?) {
                    Datum::List(items) if *last < items.len() => drop(items.remove(*last)),
                    Datum::Map(entries) if *last < entries.len() => drop(entries.remove(*last)),
                    _ => return None,
                }
            }
        }
        Some(())
    }
}

fn at_path<'d>(datum: &'d mut Datum, steps: &[usize]) -> Option<&'d mut Datum> {
    let mut current = datum;
    for step in steps {
        current = match untagged(current) {
            Datum::List(items) => items.get_mut(*step)?,
            Datum::Map(entries) => &mut entries.get_mut(*step)?.1,
            _ => return None,
        };
    }
    Some(current)
}

fn untagged(datum: &mut Datum) -> &mut Datum {
    match datum {
        Datum::Tagged(_, inner) => inner,
        other => other,
    }
}
