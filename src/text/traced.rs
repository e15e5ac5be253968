use std::ops::Range;

use super::Span;

/// Where a referenced value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueFrom {
    /// The shell that starts Compose; it wins over `.env`.
    Shell,
    /// An entry of the pasted `.env`.
    EnvFile,
    /// The text behind `:-`, `-`, `:+` or `+` in the reference itself.
    Default,
    /// Nowhere: the reference gives an empty text.
    Unset,
}

/// One `${NAME…}` that a text went through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The variable's name.
    pub name: String,
    /// The expression as written, from `$` to the closing brace.
    pub at: Option<Span>,
    /// What supplied the value.
    pub from: ValueFrom,
}

/// A stretch of a [`Traced`] text that has one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The bytes of the traced text that this piece covers; empty for an unset variable.
    pub range: Range<usize>,
    /// Where it was written; `None` when it was written in no pasted file.
    pub span: Option<Span>,
    /// Whether the bytes under `span` are this very text, so that an edit there edits the value.
    pub verbatim: bool,
    /// The references it came through, the outermost first.
    pub via: Vec<Reference>,
}

/// A text that knows, stretch by stretch, where it was written and through which variables it
/// came, so that a part of a resolved value can be changed at its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traced {
    text: String,
    pieces: Vec<Piece>,
}

impl Traced {
    /// Text that stands in a file just so: `text` is the bytes under `span`.
    pub fn verbatim(text: impl Into<String>, span: Span) -> Self {
        Self::single(text.into(), Some(span), true)
    }

    /// Text that stands for the bytes under `span` without being equal to them (an escape, a
    /// folded line), or that no file holds.
    pub fn opaque(text: impl Into<String>, span: Option<Span>) -> Self {
        Self::single(text.into(), span, false)
    }

    fn single(text: String, span: Option<Span>, verbatim: bool) -> Self {
        let piece = Piece { range: 0..text.len(), span, verbatim, via: Vec::new() };
        Self { text, pieces: vec![piece] }
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is no text (there may still be references: an unset variable).
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The pieces, in order, without gaps.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Appends another text with its origins.
    pub fn push(&mut self, other: &Traced) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        self.pieces.extend(other.pieces.iter().map(|piece| Piece {
            range: piece.range.start + shift..piece.range.end + shift,
            ..piece.clone()
        }));
    }

    /// The part under `range` with its origins; a verbatim piece that is cut stays verbatim.
    /// A range that does not fit gives an empty text.
    pub fn slice(&self, range: Range<usize>) -> Traced {
        let Some(text) = self.text.get(range.clone()) else { return Traced::default() };
        let mut pieces = Vec::new();
        let first = self.pieces.partition_point(|piece| piece.range.end < range.start);
        for piece in self.pieces.get(first..).unwrap_or_default() {
            if piece.range.start > range.end {
                break;
            }
            let start = piece.range.start.max(range.start);
            let end = piece.range.end.min(range.end);
            let touches = start < end || (start == end && piece.range.is_empty());
            if !touches {
                continue;
            }
            let span = match piece.span {
                Some(span) if piece.verbatim => Some(Span::new(
                    span.file,
                    span.start + (start - piece.range.start),
                    span.start + (end - piece.range.start),
                )),
                other => other,
            };
            pieces.push(Piece {
                range: start - range.start..end - range.start,
                span,
                verbatim: piece.verbatim,
                via: piece.via.clone(),
            });
        }
        Traced { text: text.to_owned(), pieces }
    }

    /// The text without blanks at its ends.
    pub fn trim(&self) -> Traced {
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len();
        self.slice(start..end.max(start))
    }

    /// The same text, having come through one more reference, which becomes the outermost.
    #[must_use]
    pub fn through(mut self, reference: &Reference) -> Traced {
        if self.pieces.is_empty() {
            self.pieces.push(Piece { range: 0..0, span: None, verbatim: false, via: Vec::new() });
        }
        for piece in &mut self.pieces {
            piece.via.insert(0, reference.clone());
        }
        self
    }

    /// The one place in a file where the bytes under `range` are written just so; `None` when
    /// they are put together from several places, escaped, or in no file.
    pub fn written_at(&self, range: Range<usize>) -> Option<Span> {
        let mut res: Option<Span> = None;
        for piece in self.slice(range).pieces {
            if piece.range.is_empty() {
                continue;
            }
            let span = piece.span.filter(|_| piece.verbatim)?;
            res = Some(match res {
                None => span,
                Some(before) if before.file == span.file && before.end == span.start => {
                    Span::new(span.file, before.start, span.end)
                }
                Some(_) => return None,
            });
        }
        res
    }

    /// Where to point when speaking of this text: the outermost place that was written, that is
    /// the first reference's expression, or else the first piece.
    pub fn outermost(&self) -> Option<Span> {
        let piece = self.pieces.first()?;
        piece.via.iter().find_map(|reference| reference.at).or(piece.span)
    }

    /// Every reference that the text came through, the outermost first, each once.
    pub fn references(&self) -> Vec<&Reference> {
        let mut res: Vec<&Reference> = Vec::new();
        for reference in self.pieces.iter().flat_map(|piece| &piece.via) {
            if !res.contains(&reference) {
                res.push(reference);
            }
        }
        res
    }
}

#[cfg(test)]
mod tests {
    use super::super::FileId;
    use super::*;

    fn sample() -> Traced {
        let env = Span::new(FileId(1), 5, 10);
        let reference = Reference {
            name: "PORT".into(),
            at: Some(Span::new(FileId(0), 4, 11)),
            from: ValueFrom::EnvFile,
        };
        let mut text = Traced::verbatim("tcp:", Span::new(FileId(0), 0, 4));
        text.push(&Traced::verbatim("52136", env).through(&reference));
        text.push(&Traced::verbatim("/x", Span::new(FileId(0), 11, 13)));
        text
    }

    #[test]
    fn a_part_of_a_value_is_found_where_it_was_written() {
        let text = sample();
        assert_eq!(text.as_str(), "tcp:52136/x");
        assert_eq!(text.written_at(4..9), Some(Span::new(FileId(1), 5, 10)));
        assert_eq!(text.written_at(5..7), Some(Span::new(FileId(1), 6, 8)));
        assert_eq!(text.written_at(3..6), None, "two places");
        assert_eq!(text.slice(4..9).outermost(), Some(Span::new(FileId(0), 4, 11)));
    }

    #[test]
    fn an_unset_variable_leaves_its_trace() {
        let reference = Reference { name: "X".into(), at: None, from: ValueFrom::Unset };
        let mut text = Traced::verbatim("a", Span::new(FileId(0), 0, 1));
        text.push(&Traced::default().through(&reference));
        assert_eq!(text.as_str(), "a");
        assert_eq!(text.references(), [&reference]);
    }
}
