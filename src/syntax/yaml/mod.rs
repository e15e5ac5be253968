//! YAML as a tree whose every node knows its exact bytes.
//!
//! [`read`] builds the tree from granit-parser's events by walking the source with a cursor, since
//! the parser's own spans are exact for scalars and brackets only. [`edit`] writes changes as text
//! at those spans: no tree is ever printed back.

mod check;
mod datum;
mod edit;
mod errors;
mod lines;
mod node;
mod place;
mod read;
mod recover;
mod tabs;
mod trace;
mod walk;
mod write;

pub use datum::Datum;
pub use edit::{Segment, Value, YamlEditError};
pub use node::{
    Anchor, Data, Document, Entry, Item, Mapping, Node, Scalar, ScalarStyle, Sequence, Yaml,
};
