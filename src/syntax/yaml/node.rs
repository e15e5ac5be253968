use std::collections::HashSet;

use crate::syntax::SyntaxError;
use crate::text::{FileId, Span, Traced};

/// A YAML text as read: its documents, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Yaml {
    /// The documents in order; none for an empty or comment-only file.
    pub documents: Vec<Document>,
    /// What the real readers (Lima's and Compose's) would refuse, in order of place.
    pub errors: Vec<SyntaxError>,
}

/// One document of a YAML text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The document's content; `None` when there is nothing but markers and comments.
    pub root: Option<Node>,
    /// Whether a part of it could not be read: what is missing may yet be there, and places in
    /// lists may be others than they seem. See [`Document::broken`].
    pub incomplete: bool,
    pub(super) file: FileId,
    /// Where the document begins: behind its `---`, or where the one before it ends.
    pub(super) start: usize,
    pub(super) broken: Vec<Span>,
    /// The anchors by name and place.
    pub(super) anchors: Vec<Anchor>,
}

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// From the first to the last byte of the content, without `&anchor` and `!tag`. A block
    /// scalar starts at its `|` or `>`; a block collection at its first dash or key; an empty
    /// value is an empty span behind its colon, dash or properties.
    pub span: Span,
    /// Like `span`, with the node's own anchor and tag.
    pub outer: Span,
    /// The offset behind which a following line may be put.
    pub after: usize,
    /// The node's own anchor.
    pub anchor: Option<Anchor>,
    /// The node's own tag as written, `!reset` or `!!str`.
    pub tag: Option<String>,
    /// What the node holds.
    pub data: Data,
}

/// `&name`, and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// The name without `&`.
    pub name: String,
    /// The span of `&name`.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A scalar, or an empty value (style `Plain`, empty text, empty span).
    Scalar(Scalar),
    /// A mapping, block or flow.
    Mapping(Mapping),
    /// A sequence, block or flow.
    Sequence(Sequence),
    /// `*name`; never expanded, see [`Document::resolve`].
    Alias(String),
}

/// A scalar: its text after YAML's own unquoting and folding, with the places it was written at.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text; its pieces are verbatim wherever the source holds these very bytes.
    pub text: Traced,
    /// How it is written.
    pub style: ScalarStyle,
    /// The column of a block scalar's content, where it has any.
    pub(super) column: Option<usize>,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes; the only style that can be a number, a boolean or null.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A mapping's entries in order of writing; duplicates are all there.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether it is written in braces.
    pub flow: bool,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's node.
    pub key: Node,
    /// The offset of the colon, where one is written.
    pub colon: Option<usize>,
    /// The value's node; empty when nothing is written.
    pub value: Node,
}

/// A sequence's items in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The items.
    pub items: Vec<Item>,
    /// Whether it is written in brackets.
    pub flow: bool,
}

/// One item of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The offset of the dash, in a block sequence.
    pub dash: Option<usize>,
    /// The item's node; empty when nothing is written.
    pub node: Node,
}

impl Document {
    /// A document without content, for a text that has none: changes to it go to the text's end.
    pub fn empty(file: FileId) -> Document {
        Document::new(file, 0, None)
    }

    pub(super) fn new(file: FileId, start: usize, root: Option<Node>) -> Document {
        let mut anchors = Vec::new();
        let mut todo: Vec<&Node> = root.iter().collect();
        while let Some(node) = todo.pop() {
            anchors.extend(node.anchor.clone());
            todo.extend(node.children());
        }
        anchors.sort_by(|a, b| (&a.name, a.span.start).cmp(&(&b.name, b.span.start)));
        Document { root, incomplete: false, file, start, broken: Vec::new(), anchors }
    }

    /// The stretches that could not be read, in order; no edit is offered within them.
    pub fn broken(&self) -> &[Span] {
        &self.broken
    }

    /// The node that an alias stands for; the node itself where it is no alias. An alias without
    /// an anchor, or one that leads back to itself, stays what it is.
    pub fn resolve<'a>(&'a self, node: &'a Node) -> &'a Node {
        let mut current = node;
        // Every step leads to an earlier anchor; a longer chain is nobody's.
        for _ in 0..16 {
            let Data::Alias(name) = &current.data else { return current };
            let Some(target) = self.anchored(name, current.span.start) else { return node };
            current = target;
        }
        node
    }

    /// The last node with this anchor before an offset.
    pub(super) fn anchored(&self, name: &str, before: usize) -> Option<&Node> {
        let end =
            self.anchors.partition_point(|a| (a.name.as_str(), a.span.start) < (name, before));
        let anchor = self.anchors.get(end.checked_sub(1)?).filter(|a| a.name == name)?;
        let mut node = self.root.as_ref()?;
        while node.anchor.as_ref() != Some(anchor) {
            node = node.child_at(anchor.span.start)?;
        }
        Some(node)
    }

    /// The entries of a mapping (or of what an alias to one stands for) as its readers see them:
    /// its own, then those merged in by `<<` whose keys it does not have itself. Of a key given
    /// twice, the first. Nothing for a node that is no mapping. Maps merged through more than
    /// eight others, and entries beyond a thousand merged ones, are left out.
    pub fn entries<'a>(&'a self, node: &'a Node) -> Vec<&'a Entry> {
        let mut found = Found { entries: Vec::new(), keys: HashSet::new(), steps: 0 };
        self.collect_entries(node, 0, &mut found);
        found.entries
    }

    fn collect_entries<'a>(&'a self, node: &'a Node, depth: usize, found: &mut Found<'a>) {
        // Maps that merge each other without end stop here.
        if depth > 8 || found.steps > 1_000 {
            return;
        }
        let Data::Mapping(mapping) = &self.resolve(node).data else { return };
        for entry in mapping.entries.iter().filter(|entry| !entry.is_merge()) {
            found.steps += usize::from(depth > 0);
            if entry.key_text().is_none_or(|key| found.keys.insert(key)) {
                found.entries.push(entry);
            }
        }
        for merge in mapping.entries.iter().filter(|entry| entry.is_merge()) {
            found.steps += 1;
            let value = self.resolve(&merge.value);
            match &value.data {
                Data::Sequence(list) => {
                    for item in &list.items {
                        found.steps += 1;
                        self.collect_entries(&item.node, depth + 1, found);
                    }
                }
                _ => self.collect_entries(value, depth + 1, found),
            }
        }
    }

    /// The entry of a mapping with this key, merged ones included: what [`Document::entries`]
    /// has under it, or a written `<<`.
    pub fn get<'a>(&'a self, node: &'a Node, key: &str) -> Option<&'a Entry> {
        let Data::Mapping(mapping) = &self.resolve(node).data else { return None };
        let own = mapping.entries.iter().find(|entry| entry.key_text() == Some(key));
        if own.is_some() || !mapping.entries.iter().any(Entry::is_merge) {
            return own;
        }
        self.entries(node).into_iter().find(|entry| entry.key_text() == Some(key))
    }

    /// The items of a sequence, aliases resolved at the top; nothing for another node.
    pub fn items<'a>(&'a self, node: &'a Node) -> Vec<&'a Node> {
        match &self.resolve(node).data {
            Data::Sequence(sequence) => {
                sequence.items.iter().map(|item| self.resolve(&item.node)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What [`Document::entries`] has gathered so far.
struct Found<'a> {
    entries: Vec<&'a Entry>,
    keys: HashSet<&'a str>,
    steps: usize,
}

impl Entry {
    /// The key's text, where the key is a scalar.
    pub fn key_text(&self) -> Option<&str> {
        match &self.key.data {
            Data::Scalar(scalar) => Some(scalar.text.as_str()),
            _ => None,
        }
    }

    /// Whether this is a plain `<<`.
    pub fn is_merge(&self) -> bool {
        matches!(&self.key.data, Data::Scalar(s) if s.style == ScalarStyle::Plain && s.text.as_str() == "<<")
    }
}

impl Node {
    /// The keys and values, or the items, in order of writing.
    pub(super) fn children(&self) -> Box<dyn DoubleEndedIterator<Item = &Node> + '_> {
        match &self.data {
            Data::Mapping(mapping) => {
                Box::new(mapping.entries.iter().flat_map(|entry| [&entry.key, &entry.value]))
            }
            Data::Sequence(sequence) => Box::new(sequence.items.iter().map(|item| &item.node)),
            Data::Scalar(_) | Data::Alias(_) => Box::new(std::iter::empty()),
        }
    }

    /// The last child that starts at or before an offset.
    fn child_at(&self, offset: usize) -> Option<&Node> {
        match &self.data {
            Data::Mapping(mapping) => {
                let after = mapping.entries.partition_point(|e| e.key.outer.start <= offset);
                let entry = mapping.entries.get(after.checked_sub(1)?)?;
                let in_value = entry.value.outer.start <= offset && entry.key.outer.end <= offset;
                Some(if in_value { &entry.value } else { &entry.key })
            }
            Data::Sequence(sequence) => {
                let after = sequence.items.partition_point(|i| i.node.outer.start <= offset);
                sequence.items.get(after.checked_sub(1)?).map(|item| &item.node)
            }
            Data::Scalar(_) | Data::Alias(_) => None,
        }
    }

    /// The scalar, where the node is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether the node is null: nothing, `~`, or `null` in its three spellings, unquoted.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| {
            scalar.style == ScalarStyle::Plain
                && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
        })
    }

    /// A boolean as Lima and Compose read one: `true` or `false` in three spellings, unquoted.
    pub fn as_bool(&self) -> Option<bool> {
        let scalar = self.scalar().filter(|scalar| scalar.style == ScalarStyle::Plain)?;
        match scalar.text.as_str() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        let mut yaml = Yaml::parse(FileId(0), text);
        assert_eq!(yaml.errors, [], "{text}");
        yaml.documents.remove(0)
    }

    fn value<'a>(document: &'a Document, key: &str) -> &'a Node {
        &document.get(document.root.as_ref().unwrap(), key).unwrap().value
    }

    #[test]
    fn an_alias_stands_for_the_last_anchor_above_it() {
        let document = document("a: &x 1\nb: *x\nc: &x {d: &y 2}\ne: *x\nf: *y\n");
        for (key, text) in [("b", "1"), ("f", "2"), ("a", "1")] {
            let node = document.resolve(value(&document, key));
            assert_eq!(node.scalar().unwrap().text.as_str(), text, "{key}");
        }
        assert_eq!(document.resolve(value(&document, "e")), value(&document, "c"));
    }

    #[test]
    fn merged_entries_come_behind_own_ones_and_give_way_to_them() {
        let document = document(
            "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2, <<: *a}\nc:\n  <<: [*b, *a]\n  z: 3\n  w: 3\n",
        );
        let entries = document.entries(value(&document, "c"));
        let found: Vec<_> = entries
            .iter()
            .map(|e| format!("{}{}", e.key_text().unwrap(), e.value.as_int().unwrap()))
            .collect();
        assert_eq!(found, ["z3", "w3", "y2", "x1"]);
        let x = document.get(value(&document, "c"), "x").unwrap();
        assert_eq!(x.value.as_int(), Some(1));
        assert!(document.get(value(&document, "c"), "<<").is_some());
        assert!(document.get(value(&document, "c"), "v").is_none());
    }

    #[test]
    fn items_are_resolved_at_the_top() {
        let document = document("a: &a [1, 2]\nb: [*a, 3]\nc: 4\n");
        assert_eq!(document.items(value(&document, "b"))[0], value(&document, "a"));
        assert_eq!(document.items(value(&document, "c")).len(), 0);
    }

    #[test]
    fn null_and_booleans_are_those_of_yaml_1_2() {
        for (text, null, boolean) in [
            ("", true, None),
            ("~", true, None),
            ("NULL", true, None),
            ("'null'", false, None),
            ("true", false, Some(true)),
            ("FALSE", false, Some(false)),
            ("\"true\"", false, None),
            ("yes", false, None),
        ] {
            let document = document(&format!("k: {text}\n"));
            let node = value(&document, "k");
            assert_eq!((node.is_null(), node.as_bool()), (null, boolean), "{text}");
        }
    }
}
