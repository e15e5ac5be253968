//! `${NAME:-default}` as Docker Compose follows it.
//!
//! A braced expression with an operator is first taken to reach to the *last* `}` of its line;
//! its real end is then found by counting braces, where the character behind a `{` is passed
//! over. Branches that are not used are not looked at. The value of a variable is never scanned
//! again. (compose-go, template/template.go; Compose specification, 12-interpolation.md.)

mod token;

use std::ops::Range;

use self::token::{LastBrace, Operator, Token, find_from};
use super::go;
use crate::text::{Reference, Span, Traced, ValueFrom};

/// The outcome of following the references in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpolated {
    /// The text with every reference followed; what an error leaves out is empty.
    pub value: Traced,
    /// The references without a value and without an operator, in order: Compose warns of each.
    pub unset: Vec<Reference>,
    /// Why Compose would refuse the text.
    pub error: Option<InterpolationError>,
}

/// Why Compose refuses a text with references. The message is Compose's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpolationError {
    /// The expression, where it is written in a file.
    pub span: Option<Span>,
    /// Compose's words.
    pub message: String,
}

/// Gives a name's value and where it was found.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<(Traced, ValueFrom)>;

/// How deep expressions may stand in each other's branches.
const MAX_DEPTH: usize = 64;
/// How long a text may become by its references, in bytes: more than a process can be given in
/// one variable.
const MAX_GROWTH: usize = 256 * 1024;
/// How many pieces, and references through which they came, are kept track of for one value.
const MAX_TRACE: usize = 1024;

/// Follows the references in `template`; `lookup` gives a name's value and where it was found.
pub fn interpolate(template: &Traced, lookup: Lookup) -> Interpolated {
    if !template.as_str().contains('$') {
        return Interpolated { value: template.clone(), ..Interpolated::default() };
    }
    let mut run = Run { lookup, room: MAX_GROWTH, unset: Vec::new(), error: None };
    let value = match run.follow(template, 0) {
        Ok(value) | Err(Refused(value)) => value,
    };
    Interpolated { value, unset: run.unset, error: run.error }
}

struct Run<'a> {
    lookup: Lookup<'a>,
    room: usize,
    unset: Vec<Reference>,
    error: Option<InterpolationError>,
}

/// What came out of a text that Compose refuses.
struct Refused(Traced);

impl Run<'_> {
    fn follow(&mut self, template: &Traced, depth: usize) -> Result<Traced, Refused> {
        let text = template.as_str();
        let mut res = Traced::default();
        let mut refused = false;
        let mut lines = LastBrace::default();
        // What stands behind an expression on its line is a template of its own to Compose, which
        // shows in its messages.
        let mut current = 0..text.len();
        let (mut done, mut at) = (0, 0);
        while let Some(dollar) = find_from(text, at, '$') {
            if dollar >= current.end {
                current = 0..text.len();
            }
            let token = Token::at(text, dollar, &mut lines);
            if let Token::Literal = token {
                at = dollar + 1;
                continue;
            }
            res.push(&template.slice(done..dollar));
            let value = match token {
                Token::Literal => Ok(Traced::default()),
                Token::Dollar => {
                    at = dollar + 2;
                    Ok(Traced::opaque("$", template.written_at(dollar..at)))
                }
                Token::Invalid => {
                    at = dollar + 2;
                    Err(self.refuse(template, || {
                        let quoted = go::quote(slice(text, &current));
                        (dollar..until_brace(text, dollar), format!("Invalid template: {quoted}"))
                    }))
                }
                Token::Expression { name, operator, branch, end, scope } => {
                    at = end;
                    let expression =
                        Expression { name: slice(text, &name), operator, branch, all: dollar..end };
                    let value = self.evaluate(template, &expression, depth);
                    if value.is_err() {
                        at = scope;
                    } else if end < scope {
                        current = end..scope;
                    }
                    value
                }
            };
            done = at;
            match value {
                Ok(value) => res.push(&value),
                Err(Refused(_)) => refused = true,
            }
        }
        res.push(&template.slice(done..text.len()));
        if refused { Err(Refused(res)) } else { Ok(res) }
    }

    fn evaluate(
        &mut self,
        template: &Traced,
        expression: &Expression,
        depth: usize,
    ) -> Result<Traced, Refused> {
        let name = expression.name;
        let found = (self.lookup)(name);
        let is_set = |colon: bool| {
            found.as_ref().is_some_and(|(value, _)| !colon || !value.as_str().is_empty())
        };
        let branch = |run: &mut Self| {
            if depth >= MAX_DEPTH {
                let message = "expressions stand too deep in each other".to_owned();
                return Err(run.refuse(template, || (expression.all.clone(), message)));
            }
            run.follow(&template.slice(expression.branch.clone()), depth + 1)
        };
        let (value, from) = match expression.operator {
            Some(Operator::Default { colon }) if !is_set(colon) => {
                (branch(self)?, ValueFrom::Default)
            }
            Some(Operator::Alternative { colon }) if is_set(colon) => {
                (branch(self)?, ValueFrom::Default)
            }
            Some(Operator::Required { colon }) if !is_set(colon) => {
                let reason = branch(self)?;
                let mut message = format!("required variable {name} is missing a value");
                if !reason.is_empty() {
                    message = format!("{message}: {}", reason.as_str());
                }
                return Err(self.refuse(template, || (expression.all.clone(), message)));
            }
            _ => found.unwrap_or((Traced::default(), ValueFrom::Unset)),
        };
        let reference = Reference {
            name: name.to_owned(),
            at: template.written_at(expression.all.clone()),
            from,
        };
        if from == ValueFrom::Unset && expression.operator.is_none() {
            self.unset.push(reference.clone());
        }
        if from != ValueFrom::Default {
            let Some(room) = self.room.checked_sub(value.as_str().len()) else {
                let message = format!("the value of {name} makes the text too long");
                return Err(self.refuse(template, || (expression.all.clone(), message)));
            };
            self.room = room;
        }
        Ok(keep_traceable(value).through(&reference))
    }

    /// Notes the first error: its place in the template and its message.
    fn refuse(
        &mut self,
        template: &Traced,
        error: impl FnOnce() -> (Range<usize>, String),
    ) -> Refused {
        if self.error.is_none() {
            let (at, message) = error();
            let span = template.written_at(at.clone()).or_else(|| template.slice(at).outermost());
            self.error = Some(InterpolationError { span, message });
        }
        Refused(Traced::default())
    }
}

/// Gives up the origins of a value that is pieced together from too many.
fn keep_traceable(value: Traced) -> Traced {
    let size: usize = value.pieces().iter().map(|piece| 1 + piece.via.len()).sum();
    if size <= MAX_TRACE {
        return value;
    }
    Traced::opaque(value.as_str(), None)
}

/// `$NAME` or `${NAME…}`.
struct Expression<'a> {
    name: &'a str,
    operator: Option<Operator>,
    /// The text behind the operator.
    branch: Range<usize>,
    all: Range<usize>,
}

/// Where a broken expression may be said to end: behind its brace, or at the end of its line.
fn until_brace(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    start + line.find('}').map_or(line.trim_end().len(), |i| i + 1)
}

fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
