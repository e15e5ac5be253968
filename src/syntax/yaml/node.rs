use crate::syntax::SyntaxError;
use crate::text::{Span, Traced};

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
    /// Whether reading stopped before the document's end, so that what follows is unknown.
    pub incomplete: bool,
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
    /// The node that an alias stands for; the node itself where it is no alias. An alias without
    /// an anchor, or one that leads back to itself, stays what it is.
    pub fn resolve<'a>(&'a self, node: &'a Node) -> &'a Node {
        let mut current = node;
        // A chain of aliases longer than this leads in a circle.
        for _ in 0..16 {
            let Data::Alias(name) = &current.data else { return current };
            let Some(target) = self.anchored(name, current.span.start) else { return node };
            current = target;
        }
        node
    }

    /// The last node with this anchor before an offset.
    fn anchored(&self, name: &str, before: usize) -> Option<&Node> {
        let mut res = None;
        let mut todo: Vec<&Node> = self.root.iter().collect();
        let mut best = None;
        while let Some(node) = todo.pop() {
            if let Some(anchor) = &node.anchor
                && anchor.name == name
                && anchor.span.start < before
                && best.is_none_or(|at| at < anchor.span.start)
            {
                best = Some(anchor.span.start);
                res = Some(node);
            }
            match &node.data {
                Data::Mapping(mapping) => {
                    todo.extend(
                        mapping.entries.iter().flat_map(|entry| [&entry.key, &entry.value]),
                    );
                }
                Data::Sequence(sequence) => {
                    todo.extend(sequence.items.iter().map(|item| &item.node))
                }
                Data::Scalar(_) | Data::Alias(_) => {}
            }
        }
        res
    }

    /// The entries of a mapping (or of what an alias to one stands for) as its readers see them:
    /// its own, then those merged in by `<<` whose keys it does not have itself. Of a key given
    /// twice, the first. Nothing for a node that is no mapping.
    pub fn entries<'a>(&'a self, node: &'a Node) -> Vec<&'a Entry> {
        let mut res = Vec::new();
        self.collect_entries(node, 0, &mut res);
        res
    }

    fn collect_entries<'a>(&'a self, node: &'a Node, depth: usize, res: &mut Vec<&'a Entry>) {
        // Merged maps that merge each other without end stop here.
        if depth > 8 || res.len() > 10_000 {
            return;
        }
        let Data::Mapping(mapping) = &self.resolve(node).data else { return };
        let (merges, own): (Vec<_>, Vec<_>) =
            mapping.entries.iter().partition(|entry| entry.is_merge());
        for entry in own {
            let taken =
                entry.key_text().is_some_and(|key| res.iter().any(|e| e.key_text() == Some(key)));
            if !taken {
                res.push(entry);
            }
        }
        for merge in merges {
            let value = self.resolve(&merge.value);
            match &value.data {
                Data::Sequence(list) => {
                    for item in &list.items {
                        self.collect_entries(&item.node, depth + 1, res);
                    }
                }
                _ => self.collect_entries(value, depth + 1, res),
            }
        }
    }

    /// The entry of a mapping with this key, `<<` included.
    pub fn get<'a>(&'a self, node: &'a Node, key: &str) -> Option<&'a Entry> {
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
