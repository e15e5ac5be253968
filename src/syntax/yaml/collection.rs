use std::ops::Range;

use granit_parser::Event;

use super::node::{Data, Entry, Item, Mapping, Node, Sequence};
use super::walk::{Properties, Token, Walk, Walking};

impl<'t> Walk<'t> {
    pub(super) fn block_sequence(&mut self, properties: Properties) -> Walking<Node> {
        let at_root = self.depth == 1;
        let start = self.trivia(self.cursor);
        let mut items: Vec<Item> = Vec::new();
        loop {
            let item = self.block_item();
            match item {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(failure) => {
                    if at_root {
                        self.partial.items = items;
                    }
                    return Err(failure);
                }
            }
        }
        let last = items.last().map(|item| &item.node);
        let (end, after) = self.end_of(last, start);
        let data = Data::Sequence(Sequence { items, flow: false });
        let mut node = self.finish(properties, start..end, data);
        node.after = after;
        Ok(node)
    }

    fn block_item(&mut self) -> Walking<Option<Item>> {
        let token = self.next()?;
        if matches!(token.event, Event::SequenceEnd) {
            return Ok(None);
        }
        let dash = self.trivia(self.cursor);
        if !self.stands_at(dash, '-') {
            return Err(self.lost());
        }
        self.cursor = dash + 1;
        Ok(Some(Item { dash: Some(self.base + dash), node: self.node(token)? }))
    }

    pub(super) fn block_mapping(&mut self, properties: Properties) -> Walking<Node> {
        let at_root = self.depth == 1;
        let start = self.trivia(self.cursor);
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            match self.entry() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => break,
                Err(failure) => {
                    if at_root {
                        self.partial.entries = entries;
                    }
                    return Err(failure);
                }
            }
        }
        let (end, after) = self.end_of(entries.last().map(|entry| &entry.value), start);
        let data = Data::Mapping(Mapping { entries, flow: false });
        let mut node = self.finish(properties, start..end, data);
        node.after = after;
        Ok(node)
    }

    /// Where a block collection ends and where a line may follow: as its last value does.
    fn end_of(&self, last: Option<&Node>, start: usize) -> (usize, usize) {
        match last {
            Some(node) => ((node.span.end - self.base).max(start), node.after),
            None => (start, self.base + start),
        }
    }

    /// A key and its value, in a block or in braces.
    fn entry(&mut self) -> Walking<Option<Entry>> {
        let token = self.next()?;
        if matches!(token.event, Event::MappingEnd) {
            self.close(&token);
            return Ok(None);
        }
        let at = self.trivia(self.cursor);
        if self.stands_at(at, '?') && !self.starts_node(&token, at) {
            self.cursor = at + 1;
        } else if token.range.is_empty() {
            // An empty key stands at its colon, not behind the entry before it.
            self.cursor = at;
        }
        let key = self.node(token)?;
        let token = self.next()?;
        let colon = self.trivia(self.cursor);
        let written = self.stands_at(colon, ':') && self.is_indicator(colon, &token);
        if written {
            self.cursor = colon + 1;
        }
        let value = self.node(token)?;
        Ok(Some(Entry { key, colon: written.then_some(self.base + colon), value }))
    }

    /// Whether the colon at an offset stands before the value, and does not begin the next key,
    /// as in `? a` and `:b: c` below it.
    fn is_indicator(&self, colon: usize, value: &Token<'t>) -> bool {
        let bare = value.range.is_empty()
            && value.tag.is_none()
            && matches!(value.event, Event::Scalar(_, granit_parser::ScalarStyle::Plain, 0, _));
        let next = self.src.get(colon + 1..).and_then(|rest| rest.chars().next());
        !bare || next.is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | ']' | '}'))
    }

    /// Whether the token's node, a property or a plain scalar, begins at an offset.
    fn starts_node(&self, token: &Token<'t>, at: usize) -> bool {
        !token.range.is_empty() && token.range.start == at
    }

    pub(super) fn flow_sequence(
        &mut self,
        properties: Properties,
        range: Range<usize>,
    ) -> Walking<Node> {
        self.open(&range)?;
        let mut items = Vec::new();
        loop {
            let token = self.next()?;
            if matches!(token.event, Event::SequenceEnd) {
                self.close(&token);
                break;
            }
            items.push(Item { dash: None, node: self.node(token)? });
            self.comma();
        }
        let data = Data::Sequence(Sequence { items, flow: true });
        Ok(self.finish(properties, range.start..self.cursor, data))
    }

    pub(super) fn flow_mapping(
        &mut self,
        properties: Properties,
        range: Range<usize>,
    ) -> Walking<Node> {
        let single_pair = range.is_empty();
        let start = if single_pair { self.trivia(self.cursor) } else { range.start };
        if !single_pair {
            self.open(&range)?;
        }
        let mut entries = Vec::new();
        while let Some(entry) = self.entry()? {
            entries.push(entry);
            if !single_pair {
                self.comma();
            }
        }
        let data = Data::Mapping(Mapping { entries, flow: true });
        Ok(self.finish(properties, start..self.cursor, data))
    }

    fn open(&mut self, bracket: &Range<usize>) -> Walking<()> {
        self.expect_at(bracket.start)?;
        self.brackets.push(bracket.start);
        self.cursor = bracket.end;
        Ok(())
    }

    fn close(&mut self, token: &Token<'t>) {
        if !token.range.is_empty() {
            self.brackets.pop();
            self.cursor = token.range.end;
        }
    }

    fn comma(&mut self) {
        let at = self.trivia(self.cursor);
        if self.stands_at(at, ',') {
            self.cursor = at + 1;
        }
    }
}
