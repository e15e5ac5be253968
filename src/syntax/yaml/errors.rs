//! What a parser's error means to the person: the place to mend, which is often not where the
//! parser noticed, and what to do there.

use granit_parser::ErrorKind;

use super::mend::{Spot, TAB_MESSAGE, Told, odd_line, say};
use super::walk::Failure;
use crate::syntax::SyntaxError;
use crate::text::{FileId, Span};

/// Words a failure of reading `src`, which stands in `file` from `base` on.
pub(super) fn describe(file: FileId, base: usize, src: &str, failure: &Failure) -> SyntaxError {
    let spot = Spot { src, at: failure.offset.min(src.len()) };
    let told = told(&spot, failure);
    let range = spot.fit(told.range);
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

fn told(spot: &Spot<'_>, failure: &Failure) -> Told {
    use ErrorKind as K;
    let at = spot.at;
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
        | K::TabInPlainScalar => say(spot.tab(), TAB_MESSAGE, "indent with spaces"),
        K::MappingValueNotAllowed => spot.second_colon(),
        K::ExpectedBlockMappingKey | K::ExpectedBlockSequenceEntry => spot.out_of_line(),
        K::ExpectedDocumentStart if spot.src.trim_start().starts_with('%') => directive(spot),
        K::ExpectedDocumentStart if spot.is_line_start() => say(
            spot.line(),
            "the line stands further left than the first one",
            "give all top-level keys the same indentation",
        ),
        K::ExpectedDocumentStart => say(
            spot.rest(),
            "more text follows the end of the value",
            "remove it, or put the whole value in quotes",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey | K::ExpectedNodeContent => spot.no_key(),
        K::InvalidBlockScalarHeader => {
            let line = spot.line();
            odd_line(spot.text(line.clone()), line).unwrap_or_else(|| {
                let message = "text follows the `|` or `>` in the same line";
                say(spot.rest(), message, "start the text in the next line")
            })
        }
        K::UnclosedQuotedScalar => {
            say(spot.line_rest(), "the quote opened here is never closed", "close the quote")
        }
        K::InvalidTrailingSingleQuotedScalar => spot.trailing('\''),
        K::InvalidTrailingDoubleQuotedScalar => spot.trailing('"'),
        K::DocumentIndicatorInQuotedScalar | K::InvalidQuotedScalarIndent => {
            say(spot.rest(), "a quoted text reaches to here", "close the quote where the text ends")
        }
        K::UnclosedFlowCollection { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator
        | K::ExpectedFlowSequenceSeparator
        | K::InvalidColonPlacement
        | K::BlockEntryInFlowCollection
        | K::FlowMappingValueAdjacentCollection => spot.in_brackets(&failure.brackets),
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
            let range = spot.bad_escape();
            let escape = spot.src.get(range.clone()).unwrap_or("\\");
            say(
                range,
                format!("`{escape}` is no escape in double quotes"),
                "write the backslash twice, or use single quotes",
            )
        }
        K::UnexpectedCharacter { .. } => spot.unexpected_character(),
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
            spot.rest(),
            "a list item cannot start in the line of its key",
            "start the list in the next line",
        ),
        K::BomInsideDocument => {
            say(at..at + 3, "a byte order mark stands within the text", "remove the character")
        }
        K::InvalidBlockScalarIndent | K::ZeroBlockScalarIndent | K::InvalidIndentation => say(
            spot.line(),
            "the line is indented too little for the text it belongs to",
            "indent it like the text's first line",
        ),
        K::PlainScalarStartsWithDashFlowIndicator
        | K::InvalidFlowScalarIndent
        | K::UnexpectedEndOfPlainScalar
        | K::CommentInterceptedScalar => {
            say(spot.rest(), "the text ends in an unexpected way", "put it in quotes")
        }
        K::UndeclaredTagHandle
        | K::ExpectedTagBang
        | K::InvalidGlobalTagCharacter
        | K::InvalidTagTerminator
        | K::MissingTagUri
        | K::UnclosedVerbatimTag
        | K::InvalidTagEscape => {
            say(spot.word(), "this is no well-formed tag", "put the text in quotes")
        }
        K::DuplicateVersionDirective
        | K::UnsupportedYamlMajorVersion
        | K::DuplicateTagDirective
        | K::MissingDocumentEndBeforeDirective
        | K::InvalidDirectiveTerminator
        | K::MissingYamlVersion
        | K::MissingDirectiveName
        | K::InvalidDirectiveName => directive(spot),
        _ => say(spot.rest(), "this is not valid YAML", "compare it with the lines around it"),
    }
}

fn directive(spot: &Spot<'_>) -> Told {
    let start = spot.src.find('%').unwrap_or(spot.at);
    let line = Spot { src: spot.src, at: start }.line();
    say(line, "a line that starts with `%` is a directive", "remove the line, or quote the text")
}
