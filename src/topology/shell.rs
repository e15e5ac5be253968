//! Shell scripts as simple commands: enough to see which words a command is given.

use std::ops::Range;
use std::str::CharIndices;

/// A simple command: its words, and the bytes that it covers in the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The words without quotes; each `$…` and each substitution is the hole `{{$}}`.
    pub(super) words: Vec<String>,
    /// From the first word's first byte to the last one's last.
    pub(super) range: Range<usize>,
    /// The files that it is redirected to or from, as words.
    pub(super) files: Vec<String>,
    /// The bodies of its here-documents; of several commands on a line, the last one has them.
    pub(super) documents: Vec<String>,
    /// Whether nothing behind it takes its exit status up: it ends with its line or at a `;`, and
    /// stands in no parentheses.
    pub(super) is_last: bool,
}

/// What stands for a text that only running the script would tell.
const HOLE: &str = "{{$}}";

/// The commands of a script, in order of writing. The bodies of here-documents are left out;
/// keywords such as `then` are words.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let mut lexer = Lexer::new(script);
    lexer.read();
    lexer.commands
}

struct Lexer<'a> {
    script: &'a str,
    chars: CharIndices<'a>,
    commands: Vec<Command>,
    words: Vec<String>,
    files: Vec<String>,
    /// How many parentheses are open.
    depth: usize,
    /// From the first word of the command at hand to the end of its last.
    range: Option<Range<usize>>,
    /// The word at hand and where it starts.
    word: Option<(String, usize)>,
    /// Whether the next word is a file that is redirected to or from.
    redirects: bool,
    /// The marks of here-documents whose bodies start at the next line.
    marks: Vec<String>,
    /// Whether the next word is such a mark.
    awaits_mark: bool,
}

impl<'a> Lexer<'a> {
    fn new(script: &'a str) -> Self {
        Self {
            script,
            chars: script.char_indices(),
            commands: Vec::new(),
            words: Vec::new(),
            files: Vec::new(),
            depth: 0,
            range: None,
            word: None,
            redirects: false,
            marks: Vec::new(),
            awaits_mark: false,
        }
    }

    fn read(&mut self) {
        while let Some((at, c)) = self.chars.next() {
            match c {
                ' ' | '\t' | '\r' => self.end_word(at),
                '\n' => {
                    self.end_command(at);
                    self.skip_documents();
                }
                ';' | '&' | '|' => self.end_command(at),
                '(' => {
                    self.end_command(at);
                    self.depth += 1;
                }
                ')' => {
                    self.end_command(at);
                    self.depth = self.depth.saturating_sub(1);
                }
                '#' if self.word.is_none() => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.chars.next();
                    }
                }
                '<' | '>' => self.redirect(at),
                '\\' => match self.chars.next() {
                    Some((_, '\n')) | None => {}
                    Some((_, c)) => self.push(at, c),
                },
                '\'' => self.quoted(at, '\''),
                '"' => self.quoted(at, '"'),
                '$' | '`' => self.expand(at, c),
                '*' | '?' => self.open(at).push_str(HOLE),
                c => self.push(at, c),
            }
        }
        self.end_command(self.script.len());
    }

    fn peek(&self) -> Option<char> {
        self.chars.clone().next().map(|(_, c)| c)
    }

    /// The word at hand, which starts at `at` unless it has started already.
    fn open(&mut self, at: usize) -> &mut String {
        &mut self.word.get_or_insert((String::new(), at)).0
    }

    fn push(&mut self, at: usize, c: char) {
        self.open(at).push(c);
    }

    fn end_word(&mut self, at: usize) {
        let Some((word, start)) = self.word.take() else { return };
        if std::mem::take(&mut self.awaits_mark) {
            self.marks.push(word);
        } else if std::mem::take(&mut self.redirects) {
            self.files.push(word);
        } else {
            self.words.push(word);
            self.range.get_or_insert(start..at).end = at;
        }
    }

    fn end_command(&mut self, at: usize) {
        self.end_word(at);
        let words = std::mem::take(&mut self.words);
        let files = std::mem::take(&mut self.files);
        let goes_on = self.script.get(at..).is_some_and(|rest| rest.starts_with(['&', '|']));
        let is_last = self.depth == 0 && !goes_on;
        if let (Some(range), false) = (self.range.take(), words.is_empty()) {
            let documents = Vec::new();
            self.commands.push(Command { words, range, files, documents, is_last });
        }
    }

    /// `>`, `>>`, `2>&1`, `<`, `<<MARK`, `<<-MARK`, `<<<TEXT`.
    fn redirect(&mut self, at: usize) {
        // A number right before it is the descriptor's, no word.
        if self.word.as_ref().is_some_and(|(word, _)| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word(at);
        let rest = self.script.get(at..).unwrap_or_default();
        let operator = rest.chars().take_while(|c| "<>&|-".contains(*c)).count();
        let is_document = rest.starts_with("<<") && !rest.starts_with("<<<");
        let length = match is_document {
            true if rest.starts_with("<<-") => 3,
            true => 2,
            false => operator,
        };
        for _ in 1..length {
            self.chars.next();
        }
        self.redirects = !is_document;
        self.awaits_mark = is_document;
    }

    /// Passes over the bodies of the here-documents that the line has announced.
    fn skip_documents(&mut self) {
        for mark in std::mem::take(&mut self.marks) {
            let mut body = String::new();
            while let Some(line) = self.chars.as_str().split_inclusive('\n').next() {
                for _ in line.chars() {
                    self.chars.next();
                }
                if line.trim_matches(['\t', '\n', '\r', ' ']) == mark {
                    break;
                }
                body.push_str(line);
            }
            if let Some(command) = self.commands.last_mut() {
                command.documents.push(body);
            }
        }
    }

    fn quoted(&mut self, start: usize, quote: char) {
        self.open(start);
        while let Some((at, c)) = self.chars.next() {
            match c {
                c if c == quote => return,
                '$' | '`' if quote == '"' => self.expand(at, c),
                '\\' if quote == '"' => match self.chars.next() {
                    Some((_, '\n')) | None => {}
                    Some((_, c @ ('"' | '\\' | '$' | '`'))) => self.push(at, c),
                    Some((_, c)) => {
                        self.push(at, '\\');
                        self.push(at, c);
                    }
                },
                c => self.push(at, c),
            }
        }
    }

    /// `$NAME`, `${…}`, `$(…)`, `` `…` ``; a lone `$` is itself.
    fn expand(&mut self, at: usize, c: char) {
        let close = match (c, self.peek()) {
            ('`', _) => '`',
            (_, Some('{')) => '}',
            (_, Some('(')) => ')',
            (_, Some(next)) if next.is_ascii_alphanumeric() || "_@*#?!$-".contains(next) => {
                self.chars.next();
                let is_name = next.is_ascii_alphabetic() || next == '_';
                while is_name && self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
                {
                    self.chars.next();
                }
                return self.open(at).push_str(HOLE);
            }
            _ => return self.push(at, c),
        };
        let open = match close {
            '}' => '{',
            ')' => '(',
            _ => '\0',
        };
        let mut depth = usize::from(close == '`');
        for (_, c) in self.chars.by_ref() {
            if c == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            } else if c == open {
                depth += 1;
            }
        }
        self.open(at).push_str(HOLE);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(script: &str) -> Vec<String> {
        commands(script).iter().map(|command| command.words.join("|")).collect()
    }

    #[test]
    fn scripts_are_cut_into_commands_and_words() {
        for (script, expected) in [
            ("a b\nc", vec!["a|b", "c"]),
            ("a 'b c' \"d e\"f", vec!["a|b c|d ef"]),
            ("a; b && c || d | e & f", vec!["a", "b", "c", "d", "e", "f"]),
            ("a # b\n#c\nd#e", vec!["a", "d#e"]),
            ("a \\\n b", vec!["a|b"]),
            ("a >x 2>&1 b <y", vec!["a|b"]),
            ("cat <<'E' >f\nx y\nE\nz", vec!["cat", "z"]),
            ("cat <<-E\n\tx\n\tE\nz", vec!["cat", "z"]),
            ("a $B \"${C:-$(d)}x\" `e f`", vec!["a|{{$}}|{{$}}x|{{$}}"]),
            ("a '$B' \\$C \"\\$D\"", vec!["a|$B|$C|$D"]),
            ("(a; b)", vec!["a", "b"]),
            ("a ''", vec!["a|"]),
            ("a \"unended", vec!["a|unended"]),
            ("", vec![]),
        ] {
            assert_eq!(words(script), expected, "{script:?}");
        }
    }

    #[test]
    fn a_command_knows_its_here_documents() {
        let all = commands("cat >/x <<E\na = $B\nE\nz\ncat <<E\nopen");
        let documents: Vec<&[String]> = all.iter().map(|c| c.documents.as_slice()).collect();
        assert_eq!(documents, [&["a = $B\n".to_owned()][..], &[], &["open".to_owned()]]);
    }

    #[test]
    fn a_command_knows_its_bytes() {
        let script = "x; sudo ln -s /a '/b'  # why\n";
        let ranges: Vec<&str> =
            commands(script).iter().map(|command| &script[command.range.clone()]).collect();
        assert_eq!(ranges, ["x", "sudo ln -s /a '/b'"]);
    }

    #[test]
    fn a_command_knows_its_files_and_whether_its_status_is_taken_up() {
        for (script, files, is_last) in [
            ("a >/x 2>&1", vec!["/x", "1"], true),
            ("a <<E >>/x\ny\nE", vec!["/x"], true),
            ("a; b", vec![], true),
            ("a # b", vec![], true),
            ("a || true", vec![], false),
            ("a && b", vec![], false),
            ("a | b", vec![], false),
            ("a &", vec![], false),
            ("(a)", vec![], false),
            ("(b); a", vec![], true),
        ] {
            let all = commands(script);
            let command = all.iter().find(|command| command.words == ["a"]).unwrap();
            assert_eq!(
                (&command.files, command.is_last),
                (&files.iter().map(|f| (*f).to_owned()).collect(), is_last),
                "{script}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_and_every_range_fits(script in "[a-z<>$(){}`'\"\\\\ \n;&|#é-]{0,60}") {
            for command in commands(&script) {
                prop_assert!(script.get(command.range).is_some());
            }
        }
    }
}
