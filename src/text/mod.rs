//! Positions in the pasted files, and edits to them. Knows no format.
//!
//! Offsets are bytes, always on character boundaries. UTF-16 exists only at the browser's
//! edge, and only [`LineIndex`] converts to it.

mod edit;
mod line_index;
mod marks;
mod printable;
mod source;
mod span;
mod stand_in;
mod text_area;
mod traced;

pub use edit::{Edit, EditError, EditSet};
pub use line_index::{LineIndex, Position};
pub use marks::segments;
pub use printable::printable;
pub use source::{FileId, FileKind, SourceFile, Sources, short_name};
pub use span::Span;
pub use stand_in::{StandIn, legible, stand_in};
pub use text_area::{from_text_area, to_text_area};
pub use traced::{Piece, Reference, Traced, ValueFrom};
