//! What a parser's error means to the person: the place to mend, which is often not where the
//! parser noticed, and what to do there.

use std::ops::Range;

use granit_parser::ErrorKind;

use super::lines::{indented, is_bare, is_item, line_before, line_end, line_range, line_start};
use super::walk::Failure;
use crate::syntax::SyntaxError;
use crate::text::{FileId, Span};

/// Words a failure of reading `src`, which stands in `file` from `base` on.
pub(super) fn describe(file: FileId, base: usize, src: &str, failure: &Failure) -> SyntaxError {
    let place = Place { src, at: failure.offset.min(src.len()) };
    let told = told(&place, failure);
    let range = place.fit(told.range);
    SyntaxError {
        span: Span::new(file, base + range.start, base + range.end),
        message: told.message,
        help: told.help,
        fix: None,
    }
}

/// Whether a failure of this kind is noticed far behind its cause, so that reading a smaller part
/// of the text tells more.
pub(super) fn runs_away(failure: &Failure) -> bool {
    use ErrorKind as K;
    matches!(
        failure.kind,
        None | Some(
            K::UnclosedQuotedScalar
                | K::InvalidTrailingSingleQuotedScalar
                | K::InvalidTrailingDoubleQuotedScalar
                | K::DocumentIndicatorInQuotedScalar
                | K::InvalidQuotedScalarIndent
                | K::UnclosedFlowCollection { .. }
                | K::UnexpectedEofFlowSequence
                | K::UnexpectedEofFlowMapping
                | K::UnexpectedEofImplicitFlowMapping
                | K::ExpectedFlowMappingSeparator
                | K::ExpectedFlowSequenceSeparator
                | K::InvalidColonPlacement
                | K::BlockEntryInFlowCollection
        )
    )
}

/// What every error about a tab says.
pub(super) const TAB_MESSAGE: &str = "a tab stands where only spaces may";

struct Told {
    range: Range<usize>,
    message: String,
    help: String,
}

fn say(range: Range<usize>, message: impl Into<String>, help: &str) -> Told {
    Told { range, message: message.into(), help: help.to_owned() }
}

fn told(place: &Place<'_>, failure: &Failure) -> Told {
    use ErrorKind as K;
    let at = place.at;
    let Some(kind) = &failure.kind else {
        return say(at..at, "this cannot be made out", "write it in a plainer way");
    };
    match kind {
        K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabNotAllowed
        | K::TabAtBlockScalarStart
        | K::InvalidBlockEntryWhitespace
        | K::InvalidMappingValueWhitespace
        | K::TabInPlainScalar => say(place.tab(), TAB_MESSAGE, "indent with spaces"),
        K::MappingValueNotAllowed => place.second_colon(),
        K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry => place.out_of_line(),
        K::ExpectedDocumentStart if place.is_line_start() => say(
            place.line(),
            "the line stands further left than the first one",
            "give all top-level keys the same indentation",
        ),
        K::ExpectedDocumentStart => say(
            place.rest(),
            "more text follows the end of the value",
            "remove it, or put the whole value in quotes",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey | K::ExpectedNodeContent => place.no_key(),
        K::InvalidBlockScalarHeader => {
            let line = place.line();
            odd_line(place.text(line.clone()), line).unwrap_or_else(|| {
                let message = "text follows the `|` or `>` in the same line";
                say(place.rest(), message, "start the text in the next line")
            })
        }
        K::UnclosedQuotedScalar => {
            say(place.line_rest(), "the quote opened here is never closed", "close the quote")
        }
        K::InvalidTrailingSingleQuotedScalar => place.trailing('\''),
        K::InvalidTrailingDoubleQuotedScalar => place.trailing('"'),
        K::DocumentIndicatorInQuotedScalar | K::InvalidQuotedScalarIndent => say(
            place.rest(),
            "a quoted text reaches to here",
            "close the quote where the text ends",
        ),
        K::UnclosedFlowCollection { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator
        | K::ExpectedFlowSequenceSeparator
        | K::InvalidColonPlacement
        | K::BlockEntryInFlowCollection
        | K::FlowMappingValueAdjacentCollection => place.in_brackets(&failure.brackets),
        K::MismatchedFlowCollectionEnd { open, close } => say(
            at..at + 1,
            format!("`{open}` is closed by `{close}`"),
            "close the bracket with its own counterpart",
        ),
        K::MisplacedFlowCollectionEnd => {
            say(at..at + 1, "a closing bracket has no opening one", "remove it or open it")
        }
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidUnicodeEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate => {
            let range = place.bad_escape();
            let escape = place.src.get(range.clone()).unwrap_or("\\");
            say(
                range,
                format!("`{escape}` is no escape in double quotes"),
                "write the backslash twice, or use single quotes",
            )
        }
        K::UnexpectedCharacter { .. } => place.unexpected_character(),
        K::MissingAnchorOrAliasName => {
            say(at..at + 1, "a name must follow the `*` or `&`", "put the text in quotes")
        }
        K::RecursionLimitExceeded => {
            say(at..at, "more than 64 levels are nested here", "write it flatter")
        }
        K::CommentNotSeparated => {
            say(at..at + 1, "a comment needs a blank before its `#`", "put a space before the `#`")
        }
        K::BlockSequenceEntryNotAllowed => say(
            place.rest(),
            "a list item cannot start in the line of its key",
            "start the list in the next line",
        ),
        K::BomInsideDocument => {
            say(at..at + 3, "a byte order mark stands within the text", "remove the character")
        }
        K::InvalidBlockScalarIndent | K::ZeroBlockScalarIndent | K::InvalidIndentation => say(
            place.line(),
            "the line is indented too little for the text it belongs to",
            "indent it like the text's first line",
        ),
        K::PlainScalarStartsWithDashFlowIndicator
        | K::InvalidFlowScalarIndent
        | K::UnexpectedEndOfPlainScalar
        | K::CommentInterceptedScalar => {
            say(place.rest(), "the text ends in an unexpected way", "put it in quotes")
        }
        K::UndeclaredTagHandle
        | K::ExpectedTagBang
        | K::InvalidGlobalTagCharacter
        | K::InvalidTagTerminator
        | K::MissingTagUri
        | K::UnclosedVerbatimTag
        | K::InvalidTagEscape => {
            say(place.word(), "this is no well-formed tag", "put the text in quotes")
        }
        K::DuplicateVersionDirective
        | K::UnsupportedYamlMajorVersion
        | K::DuplicateTagDirective
        | K::MissingDocumentEndBeforeDirective
        | K::InvalidDirectiveTerminator
        | K::MissingYamlVersion
        | K::MissingDirectiveName
        | K::InvalidDirectiveName => {
            say(place.line(), "a line that starts with `%` is a directive", "quote it or remove it")
        }
        _ => say(place.rest(), "this is not valid YAML", "compare it with the lines around it"),
    }
}

/// Where the parser noticed.
struct Place<'t> {
    src: &'t str,
    at: usize,
}

impl Place<'_> {
    fn text(&self, range: Range<usize>) -> &str {
        self.src.get(range).unwrap_or_default()
    }

    /// A range on character boundaries within the text, and not empty where that can be.
    fn fit(&self, range: Range<usize>) -> Range<usize> {
        let mut start = range.start.min(self.src.len());
        while !self.src.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = range.end.clamp(start, self.src.len());
        while !self.src.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// The line's content, blanks left out.
    fn content(&self, line: Range<usize>) -> Range<usize> {
        let text = self.text(line.clone());
        let start = line.start + text.len() - text.trim_start().len();
        start..(line.start + text.trim_end().len()).max(start)
    }

    fn line(&self) -> Range<usize> {
        self.content(line_range(self.src, self.at))
    }

    /// From the place to the end of its line, or the last character where nothing follows.
    fn rest(&self) -> Range<usize> {
        self.content(self.line_rest())
    }

    fn line_rest(&self) -> Range<usize> {
        self.at..line_end(self.src, self.at)
    }

    fn word(&self) -> Range<usize> {
        let rest = self.text(self.line_rest());
        let len = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        self.at..self.at + len
    }

    fn is_line_start(&self) -> bool {
        self.line().start >= self.at
    }

    /// The last line before the place's that holds more than a comment.
    fn line_above(&self) -> Option<Range<usize>> {
        let mut line = line_before(self.src, self.at)?;
        while is_bare(self.text(line.clone())) {
            line = line_before(self.src, line.start)?;
        }
        Some(line)
    }

    /// The first tab that stands before a line's content, from the place's line on; of the line
    /// any tab otherwise.
    fn tab(&self) -> Range<usize> {
        let mut line = line_range(self.src, self.at);
        for _ in 0..16 {
            let text = self.text(line.clone());
            let lead = text.len() - text.trim_start_matches([' ', '\t']).len();
            let blanks = text.get(..lead).unwrap_or_default();
            if let Some(tab) = blanks.find('\t') {
                return line.start + tab..line.start + lead;
            }
            if line.end >= self.src.len() {
                break;
            }
            line = line_range(self.src, super::lines::next_line(self.src, line.end));
        }
        let rest = self.text(line_start(self.src, self.at)..self.src.len());
        let tab = rest.find('\t').map_or(self.at, |tab| line_start(self.src, self.at) + tab);
        tab..tab + 1
    }

    /// A tab in the blank lines right above: it ends a block text.
    fn tab_above(&self) -> Option<Range<usize>> {
        let mut line = line_before(self.src, self.at)?;
        while self.text(line.clone()).trim().is_empty() {
            if self.text(line.clone()).contains('\t') {
                return Some(line);
            }
            line = line_before(self.src, line.start)?;
        }
        None
    }

    /// A colon where no key can be: a value with a colon in it, or a line that the parser took
    /// for the one above's continuation.
    fn second_colon(&self) -> Told {
        let line = line_range(self.src, self.at);
        let content = self.content(line.clone());
        let head = self.text(content.start..self.at);
        if let Some(first) = head.find(": ") {
            let value = self.content(content.start + first + 1..line.end);
            return say(
                value,
                "a colon and a blank stand within a value that has no quotes",
                "put the value in quotes",
            );
        }
        let Some(above) = self.line_above() else {
            return say(self.rest(), "a key cannot stand here", "put the text in quotes");
        };
        let (column_above, above_text) = indented(self.text(above.clone()));
        let above_range = self.content(above.clone());
        if let Some(told) = odd_line(above_text, above_range.clone()) {
            return told;
        }
        let (column, _) = indented(self.text(line));
        if column > column_above && (above_text.contains(": ") || is_item(above_text)) {
            return say(
                content,
                "the line is indented deeper than the one above it, which has a value already",
                "indent it like its neighbours",
            );
        }
        say(
            above_range,
            "the line is neither a key with a colon nor a list item",
            "remove it, or put `key: ` before it",
        )
    }

    fn out_of_line(&self) -> Told {
        let line = self.line();
        let before = self.text(line.start..self.at);
        if before.contains("{{") {
            return say(
                line,
                "a text that starts with `{{` needs quotes",
                "put the whole value in quotes",
            );
        }
        if !self.is_line_start() {
            return say(
                self.rest(),
                "more text follows the end of the value",
                "put the whole value in quotes",
            );
        }
        if let Some(told) = odd_line(self.text(line.clone()), line.clone()) {
            return told;
        }
        if let Some(tab) = self.tab_above() {
            return say(tab, TAB_MESSAGE, "empty the line");
        }
        say(
            line,
            "the line's indentation matches none of the levels above",
            "indent it like its neighbours",
        )
    }

    fn no_key(&self) -> Told {
        let line = self.line();
        let text = self.text(line.clone());
        if let Some(told) = odd_line(text, line.clone()) {
            return told;
        }
        if matches!(text.as_bytes().first(), Some(b'|' | b'>')) {
            return say(
                line,
                "a block text cannot start at the indentation of its key",
                "put the `|` or `>` behind the key's colon",
            );
        }
        say(
            line,
            "the line is neither a key with a colon nor a list item",
            "remove it, or complete it",
        )
    }

    /// Text behind a closing quote: on a line of its own, or because the quote that closes was
    /// meant to open.
    fn trailing(&self, quote: char) -> Told {
        let line = line_range(self.src, self.at);
        let quotes = self.text(line.start..self.at).matches(quote).count();
        if quotes % 2 == 1 {
            let mut above = line.start;
            while let Some(earlier) = line_before(self.src, above) {
                let text = self.text(earlier.clone());
                if text.matches(quote).count() % 2 == 1 {
                    let opening = earlier.start + text.rfind(quote).unwrap_or(0);
                    return say(
                        opening..earlier.end,
                        "the quote opened here is not closed in its line",
                        "close the quote",
                    );
                }
                above = earlier.start;
            }
        }
        let help = match (quote, self.text(self.rest()).chars().next()) {
            (_, Some('"' | '\'' | '[' | '{')) => "put a comma between the two",
            ('\'', _) => "write a `'` within single quotes twice, or use double quotes",
            _ => "write a `\"` within double quotes as `\\\"`, or use single quotes",
        };
        say(self.rest(), "text follows the closing quote", help)
    }

    fn in_brackets(&self, brackets: &[usize]) -> Told {
        let line = line_start(self.src, self.at);
        let at_end = self.text(self.at..self.src.len()).trim().is_empty();
        let here = self.text(self.at..self.at + 1).starts_with(['[', '{']).then_some(&self.at);
        match brackets.last().or(here) {
            Some(&open) if open < line || at_end || open == self.at => {
                let bracket = self.text(open..open + 1);
                say(
                    open..line_end(self.src, open),
                    format!("the `{bracket}` opened here is not closed"),
                    "close the bracket, or put a comma between its entries",
                )
            }
            _ => say(
                self.rest(),
                "a comma or a closing bracket is missing before this",
                "put a comma between the entries",
            ),
        }
    }

    /// The escape that stands for nothing; the parser tells only the text's start.
    fn bad_escape(&self) -> Range<usize> {
        let rest = self.text(self.at..self.src.len());
        let mut chars = rest.char_indices().skip(usize::from(rest.starts_with('"')));
        while let Some((i, c)) = chars.next() {
            if c != '\\' {
                continue;
            }
            let Some((j, sign)) = chars.next() else { break };
            let digits = match sign {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ if "0abtnvfre \"/\\N_LP\t\r\n".contains(sign) => continue,
                _ => 0,
            };
            let start = self.at + i;
            let end = self.at + j + sign.len_utf8();
            let hex = self.src.get(end..end + digits);
            let sound = digits > 0
                && hex
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                    .is_some_and(|code| char::from_u32(code).is_some());
            if !sound {
                return start..end;
            }
        }
        self.at..self.at + 1
    }

    fn unexpected_character(&self) -> Told {
        let rest = self.text(self.at..self.src.len());
        let Some(c) = rest.chars().next() else {
            return say(self.at..self.at, "the text ends too early", "complete it");
        };
        let range = self.at..self.at + c.len_utf8();
        if rest.starts_with("```") {
            return say(
                self.line(),
                "the line marks a code block and is no part of the file",
                "remove the line",
            );
        }
        if let Some((i, control)) = rest
            .char_indices()
            .find(|(i, c)| (*i == 0 || !rest.starts_with(['@', '`', '%'])) && is_refused(*c))
        {
            let at = self.at + i;
            return say(
                at..at + control.len_utf8(),
                format!("the control character U+{:04X} stands in the text", u32::from(control)),
                "remove the character",
            );
        }
        say(range, format!("a text without quotes cannot start with `{c}`"), "put it in quotes")
    }
}

fn is_refused(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

/// A line that went wrong in a way of its own: no blank behind the colon or the dash, a prompt.
fn odd_line(text: &str, range: Range<usize>) -> Option<Told> {
    if text.starts_with("$ ") || text.starts_with("% ") || text.starts_with("> ") {
        return Some(say(
            range,
            "the line looks like a prompt and is no part of the file",
            "remove the line",
        ));
    }
    if let Some(rest) = text.strip_prefix('-')
        && rest
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '/' | '~' | '{'))
    {
        return Some(say(
            range,
            "a blank is missing behind the dash",
            "put a space behind the `-`",
        ));
    }
    let item = text.strip_prefix("- ").unwrap_or(text);
    let (key, value) = item.split_once(':')?;
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let joined = !value.is_empty() && !value.starts_with([' ', '\t']) && !value.starts_with("//");
    (is_key && joined)
        .then(|| say(range, "a blank is missing behind the colon", "put a space behind the `:`"))
}
