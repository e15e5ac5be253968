use crate::text::Span;

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value in force.
    pub value: T,
    /// Its origin.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in a pasted file.
    Written(Span),
    /// Not written; the program's own default, named as a reader would look it up.
    Default(&'static str),
}

impl<T> Sourced<T> {
    /// A value written at `span`.
    pub fn written(value: T, span: Span) -> Self {
        Self { value, origin: Origin::Written(span) }
    }

    /// A default that stands in for an absent setting.
    pub fn default(value: T, name: &'static str) -> Self {
        Self { value, origin: Origin::Default(name) }
    }

    /// Where it is written, if it is.
    pub fn span(&self) -> Option<Span> {
        match self.origin {
            Origin::Written(span) => Some(span),
            Origin::Default(_) => None,
        }
    }
}
