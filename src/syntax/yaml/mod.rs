//! YAML as a tree whose every node knows its exact bytes.
//!
//! [`Yaml::parse`] builds the tree from granit-parser's events by walking the source with a cursor,
//! since the parser's own spans are exact for scalars and brackets only. After an error the entries
//! are read one by one, so that a broken line costs little more than itself. Aliases are never
//! expanded, and depth, size and the number of errors have limits.
//!
//! [`Document::set`], [`Document::append`], [`Document::insert_after`] and [`Document::remove`] write
//! changes as text at those spans: no tree is ever printed back. Each reads its own result again and keeps it only if
//! the data is the old data plus the change, with every comment there.

mod check;
mod collection;
mod datum;
mod edit;
mod errors;
mod lines;
mod mend;
mod node;
mod place;
mod read;
mod recover;
mod remove;
mod scalar;
mod tabs;
mod trace;
mod walk;
mod write;

pub use datum::Datum;
pub use edit::{Segment, Value, YamlEditError};
pub use node::{
    Anchor, Data, Document, Entry, Item, Mapping, Node, Scalar, ScalarStyle, Sequence, Yaml,
};
