//! A `.env` file as Docker Compose reads it: entries, quotes and comments with their spans.
//!
//! The file is a stream of characters, not of lines: a quoted value may span lines, and behind
//! its closing quote a new statement starts on the same line. `export` before a name is dropped,
//! `:` separates like `=`, and a name alone is inherited from the shell. `read` finds the
//! entries, `edit` writes changes that Compose reads back as meant.
//! (compose-go, dotenv/parser.go; Compose specification, "Env_file format".)

mod edit;
mod raw;
mod read;
mod unquote;

use crate::syntax::SyntaxError;
use crate::text::{Span, Traced};

/// A `.env` file as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// The entries in order; duplicates are all there.
    pub entries: Vec<EnvEntry>,
    /// What Compose would refuse; it refuses the whole file then.
    pub errors: Vec<SyntaxError>,
}

/// One entry of a `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvEntry {
    /// The name; empty for a text without a separator at the very end of the file, which Compose
    /// reads as the value of a variable without a name.
    pub key: String,
    /// Where the name is written.
    pub key_span: Span,
    /// The value; `None` for a bare name, which is inherited from the shell.
    pub value: Option<EnvValue>,
    /// From the name (or `export`) to the end of the value, quotes included.
    pub span: Span,
}

/// The value of an entry, before its references are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvValue {
    /// The value as written, quotes included.
    pub span: Span,
    /// How it is quoted.
    pub quote: Quote,
    /// The value after unquoting and unescaping; an escaped dollar is `$$`.
    pub text: Traced,
}

/// How a value of a `.env` file is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all.
    None,
    /// `'…'`: taken as it is, references included.
    Single,
    /// `"…"`: escapes and references are followed.
    Double,
    /// Not at all, in a file in the format `raw`: everything behind `=` is the value.
    Raw,
}

impl EnvFile {
    /// The live entry of a name: the last one.
    pub fn get(&self, key: &str) -> Option<&EnvEntry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }
}
