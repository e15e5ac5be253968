//! A Compose file as a plain tree: aliases and `<<` followed, references followed, unquoted
//! scalars as Go prints them. Every scalar still knows where it was written.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::paths::is_anchored;
use super::scalar::{self, Kind};
use crate::config::env::Environment;
use crate::syntax::SyntaxError;
use crate::syntax::interpolation::{InterpolationError, interpolate};
use crate::syntax::yaml::{self, Document, Node, ScalarStyle};
use crate::text::{Reference, Span, Traced, ValueFrom};

/// How many nodes a project may unfold to, aliases and `extends` followed.
const MAX_NODES: usize = 200_000;
/// How many bytes its texts may come to by following references.
const MAX_GROWTH: usize = 16 * 1024 * 1024;
/// How deep a file may nest.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) span: Span,
    pub(super) tag: Tag,
    pub(super) data: Data,
}

/// A tag that says how a value is merged over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    /// `!reset`
    Reset,
    /// `!override`
    Override,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Null,
    Scalar(Scalar),
    Map(Vec<Field>),
    List(Vec<Tree>),
    /// Values of several files in either form, each over the ones before.
    Layers(Vec<Tree>),
}

#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: Traced,
    pub(super) kind: Kind,
    /// The directory that it is relative to, if it is a path and stands in a file of another
    /// directory; itself relative to the project directory.
    pub(super) directory: Option<Rc<str>>,
    /// Whether it is the short form of a volume or port that has become the long one, as all do
    /// after their document.
    pub(super) is_settled: bool,
}

impl Scalar {
    /// A path as seen from the project directory; an absolute one and one in the home directory
    /// stay.
    pub(super) fn located(&self, path: &str) -> String {
        match &self.directory {
            Some(directory) if !is_anchored(path) => format!("{directory}/{path}"),
            _ => path.to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) key_span: Span,
    /// From the key to the end of the value.
    pub(super) span: Span,
    pub(super) value: Tree,
}

impl Field {
    /// A field without a value, as if it were written at `span`.
    pub(super) fn without_value(key: &str, span: Span) -> Field {
        Field { key: key.to_owned(), key_span: span, span, value: Tree::null(span) }
    }
}

impl Tree {
    /// No value.
    pub(super) fn null(span: Span) -> Tree {
        Tree { span, tag: Tag::None, data: Data::Null }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.key == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Tree> {
        self.fields_mut().iter_mut().find(|field| field.key == key).map(|field| &mut field.value)
    }

    pub(super) fn fields_mut(&mut self) -> &mut [Field] {
        match &mut self.data {
            Data::Map(fields) => fields,
            _ => &mut [],
        }
    }

    /// The texts of a list of texts, or of one that stands alone.
    pub(super) fn texts(&self) -> Vec<(&Traced, Span)> {
        let all = self.items().iter().chain([self]);
        all.filter_map(|tree| Some((tree.text()?, tree.span))).collect()
    }

    pub(super) fn fields(&self) -> &[Field] {
        match &self.data {
            Data::Map(fields) => fields,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Tree] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The values that this one was put together from; itself, where it was not.
    pub(super) fn layers(&self) -> &[Tree] {
        match &self.data {
            Data::Layers(layers) => layers,
            _ => std::slice::from_ref(self),
        }
    }

    /// The values that it holds, wherever they are written: equal for equal ones only.
    pub(super) fn values(&self) -> String {
        let mut res = String::new();
        self.write_values(&mut res);
        res
    }

    fn write_values(&self, out: &mut String) {
        match &self.data {
            Data::Null => out.push('~'),
            Data::Scalar(scalar) => {
                let text = scalar.text.as_str();
                let directory = scalar.directory.as_deref().unwrap_or_default();
                let form = if scalar.is_settled { "long" } else { "" };
                *out += &format!("{:?}{form} {directory} {} {text}", scalar.kind, text.len());
            }
            Data::Map(fields) => {
                let mut fields: Vec<&Field> = fields.iter().collect();
                fields.sort_by_key(|field| field.key.as_str());
                out.push('{');
                for field in fields {
                    *out += &format!("{} {}", field.key.len(), field.key);
                    field.value.write_values(out);
                }
                out.push('}');
            }
            Data::List(items) | Data::Layers(items) => {
                out.push('[');
                items.iter().for_each(|item| item.write_values(out));
                out.push(']');
            }
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Notes that a short form has become the long one.
    pub(super) fn settle_form(&mut self) {
        if let Data::Scalar(scalar) = &mut self.data {
            scalar.is_settled = true;
        }
    }

    /// The text of a scalar that is text.
    pub(super) fn text(&self) -> Option<&Traced> {
        self.scalar().filter(|scalar| scalar.kind == Kind::Text).map(|scalar| &scalar.text)
    }

    /// A scalar of any kind, null excepted.
    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(super) fn size(&self) -> usize {
        1 + match &self.data {
            Data::Null | Data::Scalar(_) => 0,
            Data::Map(fields) => fields.iter().map(|field| field.value.size()).sum(),
            Data::List(items) | Data::Layers(items) => items.iter().map(Tree::size).sum(),
        }
    }
}

/// Reads documents into trees and gathers what Compose would say.
pub(super) struct Builder {
    pub(super) environment: Arc<Environment>,
    /// How many more nodes may be made.
    room: usize,
    /// How many more bytes may be made by following references.
    growth: usize,
    refused_growth: bool,
    told: HashSet<(Span, String)>,
    missed: HashSet<Reference>,
    pub(super) unset: Vec<Reference>,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) replaced: Vec<super::ReplacedVolume>,
}

impl Builder {
    pub(super) fn new(environment: Arc<Environment>) -> Self {
        Self {
            environment,
            room: MAX_NODES,
            growth: MAX_GROWTH,
            refused_growth: false,
            told: HashSet::new(),
            missed: HashSet::new(),
            unset: Vec::new(),
            replaced: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Notes an error, once.
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>, help: &str) {
        let message = message.into();
        if self.told.insert((span, message.clone())) {
            self.errors.push(SyntaxError { span, message, help: help.to_owned(), fix: None });
        }
    }

    /// Notes references without a value, each once.
    pub(super) fn miss(&mut self, unset: Vec<Reference>) {
        for reference in unset {
            if self.missed.insert(reference.clone()) {
                self.unset.push(reference);
            }
        }
    }

    /// The errors that `read` notes, which stay out of the others.
    pub(super) fn aside(&mut self, read: impl FnOnce(&mut Self)) -> Vec<SyntaxError> {
        let errors = std::mem::take(&mut self.errors);
        read(self);
        let found = std::mem::replace(&mut self.errors, errors);
        for error in &found {
            self.told.remove(&(error.span, error.message.clone()));
        }
        found
    }

    /// Takes `nodes` off what may still be made; whether there was enough.
    pub(super) fn spend(&mut self, nodes: usize, span: Span) -> bool {
        if self.room < nodes {
            self.refuse_growth(span);
            self.room = 0;
            return false;
        }
        self.room -= nodes;
        true
    }

    /// Notes that there is more than can be read, once.
    pub(super) fn refuse_growth(&mut self, span: Span) {
        if !self.refused_growth {
            self.refused_growth = true;
            let help = "use fewer aliases and references";
            self.error(span, "the file unfolds to more than can be read", help);
        }
    }

    /// The value of a name in references.
    pub(super) fn lookup(&self, name: &str) -> Option<(Traced, ValueFrom)> {
        self.environment.lookup(name).or_else(|| {
            // Compose always sets it; the directory that it is named after is not known.
            let known = name == "COMPOSE_PROJECT_NAME";
            known.then(|| (Traced::opaque(format!("${name}"), None), ValueFrom::Shell))
        })
    }

    pub(super) fn document(&mut self, document: &Document) -> Option<Tree> {
        let root = document.root.as_ref()?;
        Some(self.node(document, root, "", 0))
    }

    fn node(&mut self, document: &Document, node: &Node, path: &str, depth: usize) -> Tree {
        let node = document.resolve(node);
        let tag = match node.tag.as_deref() {
            Some("!reset") => Tag::Reset,
            Some("!override") => Tag::Override,
            _ => Tag::None,
        };
        let mut data = Data::Null;
        if depth < MAX_DEPTH && self.spend(1, node.span) {
            data = match &node.data {
                // What is reset is taken out before references are followed.
                _ if tag == Tag::Reset || node.is_null() => Data::Null,
                yaml::Data::Alias(_) => Data::Null,
                yaml::Data::Scalar(_) => self.scalar(node, path),
                yaml::Data::Sequence(_) => {
                    let path = format!("{path}.[]");
                    let items = document.items(node).into_iter();
                    Data::List(items.map(|i| self.node(document, i, &path, depth + 1)).collect())
                }
                yaml::Data::Mapping(_) => self.mapping(document, node, path, depth),
            };
        }
        Tree { span: node.span, tag, data }
    }

    fn mapping(&mut self, document: &Document, node: &Node, path: &str, depth: usize) -> Data {
        let mut fields = Vec::new();
        for entry in document.entries(node) {
            let key = document.resolve(&entry.key);
            let Some(scalar) = key.scalar() else { continue };
            let name = scalar.text.as_str();
            let plain = scalar.style == ScalarStyle::Plain;
            if plain && (key.is_null() || scalar::read(name).0 != Kind::Text) {
                let place =
                    if path.is_empty() { "at top level".into() } else { format!("in {path}") };
                let message = format!("non-string key {place}: {name}");
                self.error(key.span, message, "put the key in quotes");
            }
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let end = entry.value.span.end.max(entry.key.span.end);
            fields.push(Field {
                key: name.to_owned(),
                key_span: entry.key.span,
                span: Span::new(entry.key.span.file, entry.key.span.start, end),
                value: self.node(document, &entry.value, &path, depth + 1),
            });
        }
        Data::Map(fields)
    }

    fn scalar(&mut self, node: &Node, path: &str) -> Data {
        let Some(scalar) = node.scalar() else { return Data::Null };
        let mut text = scalar.text.clone();
        let mut kind = Kind::Text;
        if scalar.style == ScalarStyle::Plain && !matches!(node.tag.as_deref(), Some("!!str")) {
            let (read, printed) = scalar::read(text.as_str());
            kind = read;
            if let Some(printed) = printed {
                text = Traced::opaque(printed, Some(node.span));
            }
        }
        if kind == Kind::Text && text.as_str().contains('$') {
            let followed = interpolate(&text, &|name| self.lookup(name));
            self.miss(followed.unset);
            if let Some(error) = followed.error {
                self.refuse(error, node.span, path);
            }
            text = followed.value;
            match self.growth.checked_sub(text.as_str().len()) {
                Some(left) => self.growth = left,
                None => {
                    self.refuse_growth(node.span);
                    text = Traced::opaque("", Some(node.span));
                }
            }
        }
        Data::Scalar(Scalar { text, kind, directory: None, is_settled: false })
    }

    fn refuse(&mut self, error: InterpolationError, whole: Span, path: &str) {
        let span = error.span.unwrap_or(whole);
        if error.message.starts_with("Invalid template") {
            let message = format!("invalid interpolation format for {path}");
            self.error(span, message, "write a literal dollar as `$$`");
        } else {
            let message = format!("error while interpolating {path}: {}", error.message);
            self.error(span, message, "set the variable in `.env`");
        }
    }
}
