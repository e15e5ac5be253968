use super::{FileId, Span};

/// A change to a file: the bytes under `span` become `text`.
///
/// An empty span inserts; an empty text deletes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// The bytes that are replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    /// Puts `text` in place of the bytes under `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Puts `text` between two bytes of `file`.
    pub fn insert(file: FileId, offset: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::at(file, offset), text)
    }

    /// The one edit that makes `new` of `old`, as short as can be; `None` where they are equal.
    pub fn between(file: FileId, old: &str, new: &str) -> Option<Self> {
        if old == new {
            return None;
        }
        let same = |(a, b): &(char, char)| a == b;
        let prefix: usize =
            old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let (old_rest, new_rest) = (old.get(prefix..)?, new.get(prefix..)?);
        let suffix: usize = old_rest
            .chars()
            .rev()
            .zip(new_rest.chars().rev())
            .take_while(same)
            .map(|(c, _)| c.len_utf8())
            .sum();
        let text = new_rest.get(..new_rest.len() - suffix)?;
        Some(Self::replace(Span::new(file, prefix, old.len() - suffix), text))
    }
}

/// Why an edit cannot be taken up or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The edit touches bytes that an earlier edit changes, or inserts at the same place.
    #[error("overlaps an earlier edit at {0:?}")]
    Overlap(Span),
    /// The edit lies outside the text, or splits a character.
    #[error("does not fit the text at {0:?}")]
    OutOfBounds(Span),
}

/// Edits to several files, sorted and disjoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

impl EditSet {
    /// A set of just these edits.
    pub fn of(edits: &[Edit]) -> Result<EditSet, EditError> {
        let mut set = EditSet::default();
        set.insert_all(edits)?;
        Ok(set)
    }

    /// Takes up all of `edits` or none of them. An edit that is already there word for word
    /// counts as taken up, since two fixes may agree.
    pub fn insert_all(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        let mut all = self.edits.clone();
        for edit in edits {
            if all.contains(edit) {
                continue;
            }
            if let Some(other) = all.iter().find(|other| conflicts(other.span, edit.span)) {
                return Err(EditError::Overlap(other.span));
            }
            all.push(edit.clone());
        }
        all.sort();
        self.edits = all;
        Ok(())
    }

    /// The edits to one file, in order.
    pub fn of_file(&self, file: FileId) -> impl Iterator<Item = &Edit> {
        self.edits.iter().filter(move |edit| edit.span.file == file)
    }

    /// Every edit, by file and place.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text of `file` with its edits made; every byte outside them stays.
    pub fn apply(&self, file: FileId, text: &str) -> Result<String, EditError> {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for edit in self.of_file(file) {
            let kept = text.get(done..edit.span.start).ok_or(EditError::OutOfBounds(edit.span))?;
            if text.get(edit.span.range()).is_none() {
                return Err(EditError::OutOfBounds(edit.span));
            }
            out.push_str(kept);
            out.push_str(&edit.text);
            done = edit.span.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Ok(out)
    }
}

/// Two edits conflict when they share a byte, or when one inserts within or at the other's place.
fn conflicts(a: Span, b: Span) -> bool {
    a.file == b.file && (a.start == b.start || (a.start < b.end && b.start < a.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(0);

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit::replace(Span::new(FILE, start, end), text)
    }

    #[test]
    fn edits_are_made_in_order_of_place_and_the_rest_stays() {
        let mut set = EditSet::default();
        set.insert_all(&[edit(4, 7, "TWO"), edit(0, 0, ">")]).unwrap();
        assert_eq!(set.apply(FILE, "one two three").unwrap(), ">one TWO three");
        assert_eq!(set.apply(FileId(1), "other").unwrap(), "other");
    }

    #[test]
    fn overlapping_edits_are_refused_as_a_whole() {
        let mut set = EditSet::default();
        set.insert_all(&[edit(2, 5, "x")]).unwrap();
        let before = set.clone();
        assert!(set.insert_all(&[edit(8, 9, "y"), edit(4, 6, "z")]).is_err());
        assert_eq!(set, before);
        set.insert_all(&[edit(2, 5, "x"), edit(5, 6, "w")]).unwrap();
        assert_eq!(set.iter().count(), 2);
    }

    #[test]
    fn the_edit_between_two_texts_is_the_part_that_differs() {
        for (old, new, expected) in [
            ("a\nb\n", "a\nx\nb\n", Some(edit(2, 2, "x\n"))),
            ("aaa", "aa", Some(edit(2, 3, ""))),
            ("é1", "è1", Some(edit(0, 2, "è"))),
            ("same", "same", None),
        ] {
            assert_eq!(Edit::between(FILE, old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn an_edit_that_splits_a_character_is_refused() {
        let mut set = EditSet::default();
        set.insert_all(&[edit(1, 2, "")]).unwrap();
        assert!(set.apply(FILE, "ü").is_err());
    }
}
