use std::ops::Range;

use super::node::{Data, Node, Scalar, ScalarStyle};
use super::trace;
use super::walk::{Properties, Walk, Walking};
use crate::text::Traced;

impl Walk<'_> {
    /// A value that is not there: it stands behind the last token.
    pub(super) fn empty(&self, properties: Properties) -> Node {
        let range = self.cursor..self.cursor;
        let text = Traced::opaque("", Some(self.span(range.clone())));
        self.finish(
            properties,
            range,
            Data::Scalar(Scalar { text, style: ScalarStyle::Plain, column: None }),
        )
    }

    pub(super) fn flow_scalar(
        &mut self,
        properties: Properties,
        range: Range<usize>,
        value: &str,
        style: ScalarStyle,
    ) -> Walking<Node> {
        self.expect_at(range.start)?;
        self.cursor = range.end;
        let source = self.text(range.clone());
        let text = trace::flow_scalar(source, self.span(range.clone()), value, style);
        Ok(self.finish(properties, range, Data::Scalar(Scalar { text, style, column: None })))
    }

    pub(super) fn block_scalar(
        &mut self,
        properties: Properties,
        content: Range<usize>,
        indent: Option<usize>,
        value: &str,
        style: ScalarStyle,
    ) -> Walking<Node> {
        let start = self.trivia(self.cursor);
        if !self.text(start..start + 1).starts_with(['|', '>']) {
            return Err(self.lost());
        }
        let header = self.src.get(start..).unwrap_or_default();
        let signs = header.find(|c: char| !"|>+-0123456789".contains(c)).unwrap_or(header.len());
        let header_end = start + signs;
        let keep = self.text(start..header_end).contains('+');
        self.cursor = content.end.max(header_end);
        let end = match indent {
            Some(indent) if content.start > start => {
                content.start + trace::content_len(self.text(content.clone()), indent)
            }
            _ => header_end,
        };
        let after = if keep {
            let taken = self.text(end..content.end).trim_end_matches([' ', '\t']);
            end + taken.len()
        } else {
            end
        };
        let place = trace::BlockPlace {
            src: self.src,
            header_end,
            content,
            content_end: end,
            indent: indent.unwrap_or(0),
            span: self.span(start..end),
            base: self.base,
        };
        let text = trace::block_scalar(&place, value, style);
        let data = Data::Scalar(Scalar { text, style, column: indent });
        let mut node = self.finish(properties, start..end, data);
        node.after = self.base + after;
        Ok(node)
    }
}
