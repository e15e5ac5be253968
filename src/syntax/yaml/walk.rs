//! From granit-parser's events to a tree with exact spans.
//!
//! The parser places scalars, aliases, properties and brackets exactly, but not dashes, colons,
//! empty values, block scalars' headers or the ends of block collections. Between two tokens only
//! blanks, line breaks and comments can stand, so a cursor that goes from token to token finds
//! every one of these where it must be.

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Options, Parser, StrInput, StructureStyle};

use super::node::{Anchor, Data, Document, Entry, Item, Node, ScalarStyle};
use crate::text::{FileId, Span};

/// How deep collections may nest; real files stay below ten.
const NESTING_LIMIT: usize = 64;

/// Why reading stopped.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    /// What went wrong; `None` where the events do not fit the text.
    pub(super) kind: Option<ErrorKind>,
    /// Where the parser noticed, in the text that was read.
    pub(super) offset: usize,
    /// The flow collections open there, by their brackets, the innermost last.
    pub(super) brackets: Vec<usize>,
}

/// What a text gave up to its end or the first error.
pub(super) struct Walked {
    /// The documents read in full.
    pub(super) documents: Vec<Document>,
    /// Why reading stopped, if it did, and what there was of the document by then.
    pub(super) failure: Option<(Failure, Partial)>,
}

/// The document that reading stopped in.
#[derive(Default)]
pub(super) struct Partial {
    /// Where its content begins, in the text that was read.
    pub(super) start: usize,
    /// The entries of its top-level mapping that ended before the error.
    pub(super) entries: Vec<Entry>,
    /// The items of its top-level sequence that ended before the error.
    pub(super) items: Vec<Item>,
}

/// Reads `src`, which stands in `file` from the byte `base` on.
pub(super) fn walk(file: FileId, base: usize, src: &str) -> Walked {
    let mut walk = Walk {
        file,
        base,
        src,
        parser: Parser::new_from_str_with_options(src, options()),
        cursor: 0,
        brackets: Vec::new(),
        depth: 0,
        partial: Partial::default(),
    };
    let mut documents = Vec::new();
    let failure = loop {
        match walk.document() {
            Ok(Some(document)) => documents.push(document),
            Ok(None) => break None,
            Err(failure) => break Some((*failure, std::mem::take(&mut walk.partial))),
        }
    };
    Walked { documents, failure }
}

fn options() -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    // Lima, Compose and libyaml add no line feed that is not there.
    options.block_scalar_eof_without_line_feed = true;
    options.flow_nesting_limit = NESTING_LIMIT;
    options.block_nesting_limit = NESTING_LIMIT;
    options
}

/// What is read, or why it cannot be.
pub(super) type Walking<T> = Result<T, Box<Failure>>;

/// The reading of one text.
pub(super) struct Walk<'t> {
    file: FileId,
    /// Where the text begins in its file.
    pub(super) base: usize,
    pub(super) src: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// The end of the last token.
    pub(super) cursor: usize,
    /// The brackets that are open.
    pub(super) brackets: Vec<usize>,
    pub(super) depth: usize,
    pub(super) partial: Partial,
}

/// An event and the bytes it covers.
pub(super) struct Token<'t> {
    pub(super) event: Event<'t>,
    pub(super) range: Range<usize>,
    pub(super) tag: Option<Range<usize>>,
    indent: Option<usize>,
}

/// A node's own anchor and tag, and where the first of them starts.
pub(super) struct Properties {
    start: usize,
    anchor: Option<Anchor>,
    tag: Option<String>,
}

impl<'t> Walk<'t> {
    fn document(&mut self) -> Walking<Option<Document>> {
        self.partial = Partial { start: self.cursor, ..Partial::default() };
        loop {
            let token = self.next()?;
            match token.event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(explicit, _) => {
                    if explicit {
                        self.cursor = token.range.end;
                    } else {
                        self.skip_document_ends();
                    }
                    break;
                }
                _ => {}
            }
        }
        let start = self.cursor;
        self.partial.start = start;
        let token = self.next()?;
        let root = self.node(token)?;
        let end = self.next()?;
        if !matches!(end.event, Event::DocumentEnd) {
            return Err(self.lost());
        }
        if !end.range.is_empty() {
            self.cursor = end.range.end;
        }
        let bare = root.outer.is_empty() && root.scalar().is_some();
        Ok(Some(Document::new(self.file, self.base + start, (!bare).then_some(root))))
    }

    /// Passes over `...` lines, which come without an event.
    fn skip_document_ends(&mut self) {
        loop {
            let at = self.trivia(self.cursor);
            let rest = self.src.get(at..).unwrap_or_default();
            let ends = rest
                .strip_prefix("...")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
            if !ends {
                return;
            }
            self.cursor = at + 3;
        }
    }

    pub(super) fn node(&mut self, token: Token<'t>) -> Walking<Node> {
        let properties = self.properties(&token)?;
        match token.event {
            Event::Scalar(value, style, ..) => {
                let style = match style {
                    granit_parser::ScalarStyle::Plain => ScalarStyle::Plain,
                    granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
                    granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
                    granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
                    granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
                };
                match style {
                    ScalarStyle::Plain if token.range.is_empty() => Ok(self.empty(properties)),
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        self.block_scalar(properties, token.range, token.indent, &value, style)
                    }
                    _ => self.flow_scalar(properties, token.range, &value, style),
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.expect_at(token.range.start)?;
                self.cursor = token.range.end;
                let name = self.text(token.range.start + 1..token.range.end).to_owned();
                Ok(self.finish(properties, token.range, Data::Alias(name)))
            }
            Event::SequenceStart(style, ..) => self.deeper(|walk| match style {
                StructureStyle::Flow => walk.flow_sequence(properties, token.range),
                StructureStyle::Block => walk.block_sequence(properties),
            }),
            Event::MappingStart(style, ..) => self.deeper(|walk| match style {
                StructureStyle::Flow => walk.flow_mapping(properties, token.range),
                StructureStyle::Block => walk.block_mapping(properties),
            }),
            _ => Err(self.lost()),
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Walking<Node>) -> Walking<Node> {
        if self.depth >= NESTING_LIMIT {
            return Err(self.failure(Some(ErrorKind::RecursionLimitExceeded), self.cursor));
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    /// The anchor and the tag, which stand before the content in either order. Their anchor
    /// event comes right behind the node's.
    fn properties(&mut self, token: &Token<'t>) -> Walking<Properties> {
        let mut tag = token.tag.clone();
        let anchored = token.event.anchor_id().is_some_and(|id| id != 0);
        let mut anchor = if anchored { Some(self.next()?) } else { None };
        let mut res = Properties { start: usize::MAX, anchor: None, tag: None };
        while tag.is_some() || anchor.is_some() {
            let at = self.trivia(self.cursor);
            res.start = res.start.min(at);
            if let Some(range) = tag.take_if(|range| range.start == at) {
                self.cursor = range.end;
                res.tag = Some(self.text(range).to_owned());
            } else if let Some(token) = anchor.take_if(|token| token.range.start == at) {
                self.cursor = token.range.end;
                let Event::Anchor(_, name) = token.event else { return Err(self.lost()) };
                let span = self.span(token.range);
                res.anchor = Some(Anchor { name: name.into_owned(), span });
            } else {
                return Err(self.lost());
            }
        }
        Ok(res)
    }

    pub(super) fn finish(&self, properties: Properties, range: Range<usize>, data: Data) -> Node {
        let outer = range.start.min(properties.start)..range.end;
        Node {
            after: self.base + range.end,
            span: self.span(range),
            outer: self.span(outer),
            anchor: properties.anchor,
            tag: properties.tag,
            data,
        }
    }

    pub(super) fn next(&mut self) -> Walking<Token<'t>> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let tag = span.tag_span().and_then(|tag| tag.byte_range());
                let range = span.byte_range().filter(|range| self.src.get(range.clone()).is_some());
                let Some(range) = range else { return Err(self.lost()) };
                Ok(Token { event, range, tag, indent: span.indent })
            }
            Some(Err(error)) => {
                let offset = error.marker().byte_offset().unwrap_or(self.cursor);
                Err(self.failure(Some(error.kind().clone()), offset))
            }
            None => Err(self.lost()),
        }
    }

    /// The offset behind blanks, line breaks and comments.
    pub(super) fn trivia(&self, from: usize) -> usize {
        let mut at = from;
        let mut rest = self.src.get(from..).unwrap_or_default();
        loop {
            let skipped = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']);
            at += rest.len() - skipped.len();
            if !skipped.starts_with('#') {
                return at;
            }
            let comment = skipped.find(['\n', '\r']).unwrap_or(skipped.len());
            at += comment;
            rest = skipped.get(comment..).unwrap_or_default();
        }
    }

    pub(super) fn expect_at(&self, offset: usize) -> Walking<()> {
        if self.trivia(self.cursor) == offset { Ok(()) } else { Err(self.lost()) }
    }

    pub(super) fn stands_at(&self, offset: usize, sign: char) -> bool {
        self.src.get(offset..).is_some_and(|rest| rest.starts_with(sign))
    }

    pub(super) fn text(&self, range: Range<usize>) -> &'t str {
        self.src.get(range).unwrap_or_default()
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.base + range.start, self.base + range.end)
    }

    pub(super) fn lost(&self) -> Box<Failure> {
        self.failure(None, self.cursor)
    }

    fn failure(&self, kind: Option<ErrorKind>, offset: usize) -> Box<Failure> {
        Box::new(Failure { kind, offset, brackets: self.brackets.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::expect;

    use crate::syntax::yaml::{Data, Node, Yaml};
    use crate::text::FileId;

    /// A line per node: its source, and what of its place differs from that.
    fn places(text: &str) -> String {
        let yaml = Yaml::parse(FileId(0), text);
        assert_eq!(yaml.errors, []);
        let mut res = String::new();
        for root in yaml.documents.iter().filter_map(|document| document.root.as_ref()) {
            write_node(text, root, 0, &mut res);
        }
        res
    }

    fn write_node(text: &str, node: &Node, depth: usize, res: &mut String) {
        let kind = match &node.data {
            Data::Scalar(scalar) => format!("{:?}", scalar.style),
            Data::Mapping(mapping) => format!("map of {}", mapping.entries.len()),
            Data::Sequence(sequence) => format!("list of {}", sequence.items.len()),
            Data::Alias(name) => format!("alias {name}"),
        };
        let indent = "  ".repeat(depth);
        write!(res, "{indent}{kind} {:?}", &text[node.span.range()]).unwrap();
        if node.outer != node.span {
            write!(res, " in {:?}", &text[node.outer.range()]).unwrap();
        }
        if node.after != node.span.end {
            write!(res, " then {:?}", &text[node.span.end..node.after]).unwrap();
        }
        if node.span.is_empty() {
            write!(res, " at {}", node.span.start).unwrap();
        }
        res.push('\n');
        for child in node.children() {
            write_node(text, child, depth + 1, res);
        }
    }

    #[test]
    fn collections_reach_from_their_first_sign_to_their_last_value() {
        expect![[r#"
            map of 3 "a: # c\n- x\n-\n\n# d\nb: &m !t\n  c: !!str 1 # e\nd: [1, {e, f: }, ]"
              Plain "a"
              list of 2 "- x\n-"
                Plain "x"
                Plain "" at 12
              Plain "b"
              map of 1 "c: !!str 1" in "&m !t\n  c: !!str 1"
                Plain "c"
                Plain "1" in "!!str 1"
              Plain "d"
              list of 2 "[1, {e, f: }, ]"
                Plain "1"
                map of 2 "{e, f: }"
                  Plain "e"
                  Plain "" at 53
                  Plain "f"
                  Plain "" at 57
        "#]]
        .assert_eq(&places(
            "a: # c\n- x\n-\n\n# d\nb: &m !t\n  c: !!str 1 # e\nd: [1, {e, f: }, ] # g\n",
        ));
    }

    #[test]
    fn block_texts_start_at_their_header_and_know_where_a_line_may_follow() {
        expect![[r#"
            map of 4 "a: |\n  x\n\n# c\nb: &k >+ # d\n  y\n\n\nc: |\n\nd: |+" then "\n\n"
              Plain "a"
              Literal "|\n  x"
              Plain "b"
              Folded ">+ # d\n  y" in "&k >+ # d\n  y" then "\n\n\n"
              Plain "c"
              Literal "|"
              Plain "d"
              Literal "|+" then "\n\n"
        "#]]
        .assert_eq(&places("a: |\n  x\n\n# c\nb: &k >+ # d\n  y\n\n\nc: |\n\nd: |+\n\n"));
    }

    #[test]
    fn explicit_keys_pairs_and_documents() {
        expect![[r#"
            map of 2 "? a\n: b\n? [c]"
              Plain "a"
              Plain "b"
              list of 1 "[c]"
                Plain "c"
              Plain "" at 17
            list of 3 "- [x: 1, ? y]\n- &s k\n- *s" in "&r\n- [x: 1, ? y]\n- &s k\n- *s"
              list of 2 "[x: 1, ? y]"
                map of 1 "x: 1"
                  Plain "x"
                  Plain "1"
                map of 1 "? y"
                  Plain "y"
                  Plain "" at 45
              Plain "k" in "&s k"
              alias s "*s"
        "#]]
        .assert_eq(&places(
            "---\n? a\n: b\n? [c]\n...\n...\n--- &r\n- [x: 1, ? y]\n- &s k\n- *s\n",
        ));
    }
}
