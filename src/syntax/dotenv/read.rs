use super::unquote::{Pieces, escape};
use super::{EnvEntry, EnvFile, EnvValue, Quote};
use crate::syntax::{SyntaxError, go};
use crate::text::{Edit, FileId, Span, Traced};

/// How many unclosed quotes are looked for to the end of the file.
const MAX_UNCLOSED: usize = 32;

impl EnvFile {
    /// Reads `text`, the content of `file`. What Compose refuses is an error at its place, and
    /// the entries behind it are still read.
    pub fn parse(file: FileId, text: &str) -> EnvFile {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut reader = Reader {
            file,
            text,
            at,
            line: 1,
            res: EnvFile::default(),
            spanning: None,
            unclosed: 0,
        };
        while reader.skip_to_statement() {
            reader.statement();
        }
        reader.res
    }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    /// The line by Compose's count, which is shown in its messages.
    line: usize,
    res: EnvFile,
    /// The quoted value over several lines on whose last line the reader stands.
    spanning: Option<Spanning>,
    unclosed: usize,
}

#[derive(Clone, Copy)]
struct Spanning {
    /// The opening quote.
    open: usize,
    /// The index of its entry.
    entry: usize,
    /// Compose's count at the opening quote.
    line: usize,
}

/// A space that does not end a line.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl Reader<'_> {
    /// Passes over spaces and comments; whether there is a statement behind them.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start().len();
            let lines = rest.get(..spaces).unwrap_or_default().matches('\n').count();
            if lines > 0 {
                self.spanning = None;
            }
            self.line += lines;
            self.at += spaces;
            match self.rest().chars().next() {
                Some('#') => self.at = self.line_end(self.at),
                Some(_) => return true,
                None => return false,
            }
        }
    }

    fn statement(&mut self) {
        let start = self.at;
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(['\t', '\n', '\u{c}', '\r', ' '])
        {
            let rest = rest.trim_start_matches(is_blank);
            self.at = self.text.len() - rest.len();
        }
        if self.rest().is_empty() {
            let message = "zero length string".to_owned();
            self.error(start, self.at, message, "remove `export`, or put a name behind it");
            return;
        }
        match self.find_separator() {
            Err((at, c)) => self.refuse_key(at, c),
            Ok(None) => {
                let span = Span::at(self.file, self.at);
                self.value(start, String::new(), span);
            }
            Ok(Some((end, separator))) => {
                let raw = self.text.get(self.at..end).unwrap_or_default();
                let key = raw.trim_end();
                let span = Span::new(self.file, self.at, self.at + key.len());
                self.at = end + 1;
                self.skip_blanks();
                if separator == '\n' && !raw.contains(' ') {
                    self.line += 1;
                }
                if key.contains(' ') {
                    self.refuse_blank(span, separator);
                } else if separator == '\n' {
                    self.spanning = None;
                    let (key, span) = (key.to_owned(), span);
                    // `export` alone does nothing.
                    if !key.is_empty() {
                        let whole = Span::new(self.file, start, span.end);
                        self.push(EnvEntry { key, key_span: span, value: None, span: whole });
                    }
                } else {
                    self.value(start, key.to_owned(), span);
                }
            }
        }
    }

    /// The first `=`, `:` or newline with its offset, or a character that no name may have.
    fn find_separator(&self) -> Result<Option<(usize, char)>, (usize, char)> {
        for (i, c) in self.rest().char_indices() {
            match c {
                '=' | ':' | '\n' => return Ok(Some((self.at + i, c))),
                c if is_blank(c) || c.is_alphanumeric() => {}
                '_' | '.' | '-' | '[' | ']' => {}
                c => return Err((self.at + i, c)),
            }
        }
        Ok(None)
    }

    /// The value of an entry that starts at `start`, from the first character that is no blank.
    fn value(&mut self, start: usize, key: String, key_span: Span) {
        let line = self.line;
        let value = match self.rest().chars().next() {
            Some('\'') => self.quoted('\'', Quote::Single),
            Some('"') => self.quoted('"', Quote::Double),
            _ => self.unquoted(key_span.end),
        };
        let span = Span::new(self.file, start, value.span.end.max(key_span.end));
        let written = self.text.get(value.span.range()).unwrap_or_default();
        self.spanning = (value.quote != Quote::None && written.contains('\n'))
            .then_some(Spanning { open: value.span.start, entry: self.res.entries.len(), line });
        self.push(EnvEntry { key, key_span, value: Some(value), span });
    }

    fn unquoted(&mut self, key_end: usize) -> EnvValue {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at..end).unwrap_or_default();
        let value = line.split(" #").next().unwrap_or_default().trim_end();
        let mut span = Span::new(self.file, self.at, self.at + value.len());
        if value.is_empty() && key_end < self.at {
            // Right behind the separator, before the blanks that a value would push away.
            let behind = self.text.get(key_end..self.at).unwrap_or_default();
            let separator = behind.find(['=', ':']).map_or(behind.len(), |i| i + 1);
            span = Span::at(self.file, key_end + separator);
        }
        self.at = (end + 1).min(self.text.len());
        self.line += 1;
        EnvValue { span, quote: Quote::None, text: Traced::verbatim(value, span) }
    }

    fn quoted(&mut self, mark: char, quote: Quote) -> EnvValue {
        let open = self.at;
        let mut pieces = Pieces::new(self.file, self.text, open + 1);
        let mut at = open + 1;
        let limit =
            if self.unclosed < MAX_UNCLOSED { self.text.len() } else { self.line_end(open) };
        while let Some(c) = self.text.get(at..limit).and_then(|rest| rest.chars().next()) {
            if c == mark {
                pieces.flush(at);
                self.at = at + 1;
                self.line += self.newlines(open, at);
                let span = Span::new(self.file, open, self.at);
                return EnvValue { span, quote, text: pieces.text };
            }
            at += match escape(self.text.get(at..limit).unwrap_or_default(), mark, quote) {
                Some((length, text)) => {
                    pieces.replace(at, at + length, &text);
                    length
                }
                // A backslash takes the character behind it along.
                None if c == '\\' => {
                    1 + self
                        .text
                        .get(at + 1..limit)
                        .and_then(|rest| rest.chars().next())
                        .map_or(0, char::len_utf8)
                }
                None => c.len_utf8(),
            };
        }
        self.unclosed += 1;
        let counted = self.line + self.newlines(open, limit);
        self.unterminated(open, mark, quote, counted)
    }

    /// Takes the rest of the line for the value whose quote is not closed.
    fn unterminated(&mut self, open: usize, mark: char, quote: Quote, counted: usize) -> EnvValue {
        let end = self.line_end(open);
        let line = self.text.get(open..end).unwrap_or_default();
        let written = line.trim_end();
        let inner = written.get(1..).unwrap_or_default();
        let span = Span::new(self.file, open, open + written.len());
        // Where the value surely ends at the line's end, the quote is put there.
        let plain = !inner.is_empty()
            && !inner.contains(|c: char| c.is_whitespace() || matches!(c, '#' | '\'' | '"' | '\\'));
        let fix = plain.then(|| Edit::insert(self.file, span.end, mark));
        let message = format!("line {counted}: unterminated quoted value {line}");
        let help = format!("close the value with `{mark}`");
        self.res.errors.push(SyntaxError { span, message, help, fix });
        self.at = end;
        self.spanning = None;
        let text = Traced::verbatim(inner, Span::new(self.file, open + 1, span.end));
        EnvValue { span, quote, text }
    }

    fn refuse_key(&mut self, at: usize, c: char) {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at..end).unwrap_or_default();
        let message = format!(
            "line {}: unexpected character {} in variable name {}",
            self.line,
            go::quote(&c.to_string()),
            go::quote(line)
        );
        if let Some(spanning) = self.spanning.take() {
            return self.refuse_spanning(spanning, message);
        }
        let help = if line.contains('=') {
            "write the name with letters, digits and `_` only"
        } else {
            "put `#` before the line, or give it a name and `=`"
        };
        self.error(at, at + c.len_utf8(), message, help);
        self.at = end;
    }

    /// A statement behind a value over several lines that makes no sense: the value's quote was
    /// meant to be closed on its first line.
    fn refuse_spanning(&mut self, spanning: Spanning, message: String) {
        let Some(entry) = self.res.entries.get_mut(spanning.entry) else { return };
        let Some(value) = entry.value.take() else { return };
        let mark = if value.quote == Quote::Single { '\'' } else { '"' };
        self.res.entries.truncate(spanning.entry + 1);
        while self.res.errors.last().is_some_and(|error| error.span.start > spanning.open) {
            self.res.errors.pop();
        }
        self.line = spanning.line;
        let value = self.unterminated(spanning.open, mark, value.quote, spanning.line);
        if let Some(error) = self.res.errors.last_mut() {
            error.message = message;
        }
        if let Some(entry) = self.res.entries.last_mut() {
            entry.span.end = value.span.end;
            entry.value = Some(value);
        }
    }

    fn refuse_blank(&mut self, key: Span, separator: char) {
        let message = format!("line {}: key cannot contain a space", self.line);
        let help = if separator == '\n' {
            "put `#` before the line, or give it a name and `=`"
        } else {
            "write the name without a blank in it"
        };
        self.error(key.start, key.end, message, help);
        if separator == '\n' {
            // The newline was passed over without being counted, as in Compose.
            return;
        }
        let entries = self.res.entries.len();
        self.value(key.start, String::new(), key);
        self.res.entries.truncate(entries);
        self.spanning = None;
    }

    fn error(&mut self, start: usize, end: usize, message: String, help: &str) {
        let span = Span::new(self.file, start, end);
        self.res.errors.push(SyntaxError { span, message, help: help.to_owned(), fix: None });
    }

    fn push(&mut self, entry: EnvEntry) {
        self.res.entries.push(entry);
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |i| from + i)
    }

    fn newlines(&self, from: usize, to: usize) -> usize {
        self.text.get(from..to).unwrap_or_default().matches('\n').count()
    }
}

#[cfg(test)]
mod tests;
