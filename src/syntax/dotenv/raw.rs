//! Files that a service lists under `env_file` with `format: raw`: a variable a line, and nothing
//! in it but the first `=` means anything. (docker/cli, pkg/kvfile.)

use super::{EnvEntry, EnvFile, EnvValue, Quote};
use crate::syntax::SyntaxError;
use crate::text::{FileId, Span, Traced};

impl EnvFile {
    /// Reads `text`, the content of `file`, as `docker run --env-file` does. Blanks before a name
    /// are dropped, those behind the value are a part of it; a line that starts with `#` is a
    /// comment.
    pub fn parse_raw(file: FileId, text: &str) -> EnvFile {
        let mut res = EnvFile::default();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let mut content = line.strip_suffix('\n').unwrap_or(line);
            content = content.strip_suffix('\r').unwrap_or(content);
            if at == 0 {
                content = content.strip_prefix('\u{feff}').unwrap_or(content);
            }
            let offset = line.find(content).unwrap_or_default();
            let trimmed = content.trim_start();
            let start = at + offset + content.len() - trimmed.len();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                res.read_raw_line(file, start, trimmed);
            }
            at += line.len();
        }
        res
    }

    fn read_raw_line(&mut self, file: FileId, start: usize, line: &str) {
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (line, None),
        };
        let key_span = Span::new(file, start, start + key.len());
        let mut refuse = |message: String, help: &str| {
            let help = help.to_owned();
            self.errors.push(SyntaxError { span: key_span, message, help, fix: None });
        };
        if key.is_empty() {
            return refuse(format!("no variable name on line '{line}'"), "put a name before `=`");
        }
        if key.contains([' ', '\t']) {
            let message = format!("variable '{key}' contains whitespaces");
            return refuse(message, "write the name without a blank, or put `#` before the line");
        }
        let value = value.map(|value| {
            let span = Span::new(file, key_span.end + 1, start + line.len());
            EnvValue { span, quote: Quote::Raw, text: Traced::verbatim(value, span) }
        });
        let span = Span::new(file, start, start + line.len());
        self.entries.push(EnvEntry { key: key.to_owned(), key_span, value, span });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_behind_the_first_equals_sign_is_the_value() {
        for (text, expected) in [
            ("A=1\n", &[("A", Some("1"))][..]),
            ("\u{feff}  A= 1 # x \r\nB", &[("A", Some(" 1 # x ")), ("B", None)]),
            ("A='x'\nB=\"$A\"\n", &[("A", Some("'x'")), ("B", Some("\"$A\""))]),
            ("# A=1\n\n \t\nA=b=c\n", &[("A", Some("b=c"))]),
            ("A=\nA.b-c:d=2", &[("A", Some("")), ("A.b-c:d", Some("2"))]),
            ("export=1\n", &[("export", Some("1"))]),
        ] {
            let file = EnvFile::parse_raw(FileId(0), text);
            let entries: Vec<_> = file
                .entries
                .iter()
                .map(|e| (e.key.as_str(), e.value.as_ref().map(|value| value.text.as_str())))
                .collect();
            assert_eq!(entries, expected, "{text:?}");
            assert_eq!(file.errors, [], "{text:?}");
            for entry in &file.entries {
                assert_eq!(&text[entry.key_span.range()], entry.key, "{text:?}");
                if let Some(value) = &entry.value {
                    assert_eq!(&text[value.span.range()], value.text.as_str(), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn lines_that_are_refused() {
        for (text, expected) in [
            ("=1\n", "no variable name on line '=1'"),
            ("A B=1\n", "variable 'A B' contains whitespaces"),
            ("export A=1\n", "variable 'export A' contains whitespaces"),
            ("A =1\n", "variable 'A ' contains whitespaces"),
            ("two words\n", "variable 'two words' contains whitespaces"),
        ] {
            let file = EnvFile::parse_raw(FileId(0), text);
            let messages: Vec<_> = file.errors.iter().map(|e| e.message.as_str()).collect();
            assert_eq!(messages, [expected], "{text:?}");
        }
    }
}
