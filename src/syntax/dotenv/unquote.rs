//! Quoted values: the escapes in them, and the stretches between.

use super::Quote;
use crate::text::{FileId, Span, Traced};

/// The escape that `rest` starts with: its length and what it stands for.
pub(super) fn escape(rest: &str, mark: char, quote: Quote) -> Option<(usize, String)> {
    let after = rest.strip_prefix('\\')?;
    let c = after.chars().next()?;
    if c == mark {
        return Some((2, c.to_string()));
    }
    if quote != Quote::Double {
        return None;
    }
    let text = match c {
        'a' => "\x07",
        'b' => "\x08",
        'f' => "\x0c",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\x0b",
        '\\' => "\\",
        // References are followed in what comes out, where this is a dollar again.
        '$' => "$$",
        '0' => return Some(octal(after)),
        _ => return None,
    };
    Some((2, text.to_owned()))
}

/// `\0` and three octal digits are a character; with other digits the `0` is lost.
fn octal(after: &str) -> (usize, String) {
    let digits: String = after.chars().skip(1).take(3).take_while(char::is_ascii_digit).collect();
    let length = 2 + digits.len();
    let code = u32::from_str_radix(&digits, 8).ok().filter(|code| *code <= 0xff);
    let text = match code.filter(|_| digits.len() == 3).and_then(char::from_u32) {
        Some(c) => c.to_string(),
        None => format!("\\{digits}"),
    };
    (length, text)
}

/// Puts a value together from stretches that stand in the file just so and escapes.
pub(super) struct Pieces<'a> {
    file: FileId,
    source: &'a str,
    done: usize,
    pub(super) text: Traced,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(file: FileId, source: &'a str, start: usize) -> Self {
        Self { file, source, done: start, text: Traced::default() }
    }

    /// Takes up what stands before `end` as it is.
    pub(super) fn flush(&mut self, end: usize) {
        let text = self.source.get(self.done..end).unwrap_or_default();
        if !text.is_empty() || self.text.pieces().is_empty() {
            self.text.push(&Traced::verbatim(text, Span::new(self.file, self.done, end)));
        }
        self.done = end;
    }

    /// Takes up `text` for what stands from `start` to `end`.
    pub(super) fn replace(&mut self, start: usize, end: usize, text: &str) {
        if self.done < start {
            self.flush(start);
        }
        self.text.push(&Traced::opaque(text, Some(Span::new(self.file, start, end))));
        self.done = end;
    }
}
