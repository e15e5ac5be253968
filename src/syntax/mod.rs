//! Text to lossless documents. Reading never fails: what cannot be read is a [`SyntaxError`] at
//! its place, and the rest is still there.

pub mod dotenv;
pub mod go;
pub mod interpolation;
pub mod yaml;

use crate::text::Span;

/// Something in a file that its real reader would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The place to mend; what lies wrong, not where the reader noticed.
    pub span: Span,
    /// One clause in the reader's words, without a full stop.
    pub message: String,
    /// What to do about it, an imperative clause; may be empty.
    pub help: String,
    /// The change that surely mends it, where there is one.
    pub fix: Option<crate::text::Edit>,
}
