//! The grammar of references: what a dollar starts, and where it ends.

use std::ops::Range;

/// What stands between a name and the text behind it; with a colon, an empty value is none.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    /// `-`
    Default { colon: bool },
    /// `+`
    Alternative { colon: bool },
    /// `?`
    Required { colon: bool },
}

/// What a dollar starts.
pub(super) enum Token {
    /// Itself.
    Literal,
    /// `$$`
    Dollar,
    /// `${` that starts no expression.
    Invalid,
    Expression {
        name: Range<usize>,
        operator: Option<Operator>,
        branch: Range<usize>,
        end: usize,
        /// Up to where Compose takes the text together with this expression.
        scope: usize,
    },
}

impl Token {
    pub(super) fn at(text: &str, dollar: usize, lines: &mut LastBrace) -> Token {
        let start = dollar + 1;
        let after = text.get(start..).unwrap_or_default();
        match after.chars().next() {
            Some('$') => Token::Dollar,
            Some('{') => Self::braced(text, dollar, lines).unwrap_or(Token::Invalid),
            _ => match name_end(text, start) {
                Some(end) => Token::Expression {
                    name: start..end,
                    operator: None,
                    branch: end..end,
                    end,
                    scope: end,
                },
                None => Token::Literal,
            },
        }
    }

    fn braced(text: &str, dollar: usize, lines: &mut LastBrace) -> Option<Token> {
        let start = dollar + 2;
        let name = start..name_end(text, start)?;
        let mut after = text.get(name.end..)?.chars();
        let mut symbol = after.next()?;
        if symbol == '}' {
            let (branch, end) = (name.end..name.end, name.end + 1);
            return Some(Token::Expression { name, operator: None, branch, end, scope: end });
        }
        let colon = symbol == ':';
        if colon {
            symbol = after.next()?;
        }
        let operator = match symbol {
            '-' => Operator::Default { colon },
            '+' => Operator::Alternative { colon },
            '?' => Operator::Required { colon },
            _ => return None,
        };
        let branch = text.len() - after.as_str().len();
        let scope = lines.after(text, branch)? + 1;
        let end = closing_brace(text, dollar, scope).map_or(scope, |brace| brace + 1);
        let branch = branch..end - 1;
        Some(Token::Expression { name, operator: Some(operator), branch, end, scope })
    }
}

/// The end of the name that starts at `start`.
fn name_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    // Compose matches names without regard to case, which by Unicode's rules takes in the long s
    // and the Kelvin sign.
    let letter = |c: char| c == '_' || c.is_ascii_alphabetic() || matches!(c, 'ſ' | '\u{212a}');
    if !rest.starts_with(letter) {
        return None;
    }
    let length = rest.find(|c: char| !letter(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
    Some(start + length)
}

/// The `}` at which the braces from `start` on even out. As in Compose, the byte behind a `{` is
/// not looked at.
fn closing_brace(text: &str, start: usize, end: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(..end)?;
    let mut open = 0usize;
    let mut i = start;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'}' if open <= 1 => return Some(i),
            b'}' => open -= 1,
            b'{' => {
                open += 1;
                i += 1;
            }
            _ => {}
        }
        i += 1;
    }
    None
}

/// The last `}` of the line that was asked for last.
#[derive(Default)]
pub(super) struct LastBrace {
    line: Range<usize>,
    brace: Option<usize>,
}

impl LastBrace {
    /// The last `}` at or behind `from` on its line.
    fn after(&mut self, text: &str, from: usize) -> Option<usize> {
        if !self.line.contains(&from) {
            let end = find_from(text, from, '\n').unwrap_or(text.len());
            self.brace = text.get(from..end)?.rfind('}').map(|i| from + i);
            self.line = from..end;
        }
        self.brace.filter(|brace| *brace >= from)
    }
}

/// The first `c` at or behind `from`.
pub(super) fn find_from(text: &str, from: usize, c: char) -> Option<usize> {
    text.get(from..)?.find(c).map(|i| from + i)
}
