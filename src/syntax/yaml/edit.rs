use super::Document;
use crate::text::{Edit, Span};

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
    /// The text that would result does not read back as meant.
    #[error("the change would not read back as meant")]
    NotAsMeant(Span),
}

impl Document {
    /// The edits that give the value at `path` the new value, adding the last key (and missing
    /// mappings on the way) where it is not there. `text` is the whole file.
    pub fn set(
        &self,
        text: &str,
        path: &[Segment],
        value: &Value,
    ) -> Result<Vec<Edit>, YamlEditError> {
        let _ = (text, path, value);
        Err(YamlEditError::NoPlace(Span::at(crate::text::FileId(0), 0)))
    }

    /// The edits that append an item to the sequence at `path`; a missing, null or empty value
    /// there becomes a sequence.
    pub fn append(
        &self,
        text: &str,
        path: &[Segment],
        value: &Value,
    ) -> Result<Vec<Edit>, YamlEditError> {
        let _ = (text, path, value);
        Err(YamlEditError::NoPlace(Span::at(crate::text::FileId(0), 0)))
    }
}
