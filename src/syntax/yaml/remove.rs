use super::edit::{Change, Located, Target};
use super::lines::{line_end, line_start, next_line};
use super::place::Place;
use super::write::last_leaf;
use super::{Data, Document, Node, Segment, YamlEditError};
use crate::text::{Edit, Span};

impl Document {
    /// The edits that take the entry or the item at `path` away, with the lines that it stands on.
    /// The last item of a list goes with the list's own key. `text` is the whole file.
    ///
    /// Otherwise as [`Document::set`]: refused where a comment stands on its lines.
    pub fn remove(&self, text: &str, path: &[Segment]) -> Result<Vec<Edit>, YamlEditError> {
        let nowhere = YamlEditError::NoPlace(Span::at(self.file(), self.start));
        let Some((_, above)) = path.split_last() else { return Err(nowhere) };
        let Located::Node(parent) = self.locate(above)? else { return Err(nowhere) };
        if parent.node.children_count() == 1 && !above.is_empty() {
            return self.remove(text, above);
        }
        match self.locate(path)? {
            Located::Node(target) => self.written(text, Change::Remove(target)),
            Located::Missing(..) => Err(nowhere),
        }
    }

    /// The way to the entry or the item that covers just these bytes, its dash left out.
    pub fn path_to(&self, span: Span) -> Option<Vec<Segment>> {
        let mut node = self.root.as_ref()?;
        let mut path = Vec::new();
        loop {
            let parts = node.parts().into_iter().enumerate();
            let covers = |(_, (start, inner)): &(usize, (usize, &Node))| {
                Span::new(span.file, *start, inner.outer.end).contains(span)
            };
            let (index, (start, inner)) = parts.into_iter().find(covers)?;
            path.push(match &node.data {
                Data::Mapping(mapping) => {
                    Segment::Key(mapping.entries.get(index)?.key_text()?.to_owned())
                }
                _ => Segment::Index(index),
            });
            let whole = Span::new(span.file, start, inner.outer.end);
            if [whole, inner.outer, inner.span].contains(&span) {
                return Some(path);
            }
            node = inner;
        }
    }

    /// The node that holds the one at the end of the steps, and that one's index.
    fn parent<'a>(&'a self, steps: &[usize]) -> Option<(&'a Node, usize)> {
        let (last, above) = steps.split_last()?;
        let mut node = self.root.as_ref()?;
        for step in above {
            node = match &node.data {
                Data::Mapping(mapping) => &mapping.entries.get(*step)?.value,
                Data::Sequence(sequence) => &sequence.items.get(*step)?.node,
                _ => return None,
            };
        }
        Some((node, *last))
    }
}

impl Place<'_> {
    /// Takes an entry or an item away: in brackets with the comma, otherwise with its lines.
    pub(super) fn remove(&self, target: &Target<'_>) -> Result<Vec<Edit>, YamlEditError> {
        let refused = || YamlEditError::Style(target.node.span);
        let (parent, index) = self.document.parent(&target.steps).ok_or_else(refused)?;
        let parts = parent.parts();
        let (start, node) = parts.get(index).ok_or_else(refused)?;
        let file = self.document.file();
        if parent.is_flow() {
            let range = match (parts.get(index + 1), index.checked_sub(1).map(|i| parts.get(i))) {
                (Some((next, _)), _) => *start..*next,
                (None, Some(Some((_, before)))) => before.outer.end..node.outer.end,
                _ => *start..node.outer.end,
            };
            return Ok(vec![Edit::replace(Span::of(file, range), "")]);
        }
        let begin = line_start(self.text, *start);
        let leaf = last_leaf(node);
        let end = leaf.after.max(leaf.outer.end);
        let before = self.text.get(begin..*start).unwrap_or("x");
        let behind = self.text.get(end..line_end(self.text, end)).unwrap_or("x");
        if !before.trim().is_empty() || !behind.trim().is_empty() {
            return Err(refused());
        }
        let next = if self.text.get(..end).is_some_and(|text| text.ends_with('\n')) {
            end
        } else {
            next_line(self.text, end)
        };
        // The last line of a text without a line break at its end takes the one before with it.
        let at_end = next == self.text.len() && !self.text.ends_with(['\n', '\r']);
        let begin = match at_end {
            true => self.text.get(..begin).map_or(begin, |text| {
                text.strip_suffix("\r\n").or(text.strip_suffix('\n')).unwrap_or(text).len()
            }),
            false => begin,
        };
        Ok(vec![Edit::replace(Span::of(file, begin..next), "")])
    }
}

impl Node {
    fn children_count(&self) -> usize {
        self.parts().len()
    }

    fn is_flow(&self) -> bool {
        match &self.data {
            Data::Mapping(mapping) => mapping.flow,
            Data::Sequence(sequence) => sequence.flow,
            _ => false,
        }
    }

    /// Where each entry or item starts, its dash included, and its value.
    fn parts(&self) -> Vec<(usize, &Node)> {
        match &self.data {
            Data::Mapping(mapping) => {
                mapping.entries.iter().map(|entry| (entry.key.outer.start, &entry.value)).collect()
            }
            Data::Sequence(sequence) => sequence
                .items
                .iter()
                .map(|item| (item.dash.unwrap_or(item.node.outer.start), &item.node))
                .collect(),
            _ => Vec::new(),
        }
    }
}
