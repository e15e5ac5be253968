//! What a pasted terminal shows of the shell that starts Compose: the variables that it exports,
//! and the Compose commands that were given in it.

use super::shell::commands;
use crate::text::{FileId, Span};

/// What was typed, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// The variables that the shell was told, and that were not unset again; of one name the last.
    pub exports: Vec<Export>,
    /// Every `docker compose …` or `docker-compose …`.
    pub compose: Vec<ComposeCommand>,
    /// Every `source FILE` or `. FILE` that reads a `.env` into the shell.
    pub sourced: Vec<Span>,
}

/// `export NAME=VALUE`, or `NAME=VALUE` before a Compose command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The variable's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The command.
    pub span: Span,
}

/// A Compose command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeCommand {
    /// The words behind `docker compose`.
    pub words: Vec<String>,
    /// Whether it is run by `sudo`, so that `~` is the home of root.
    pub by_sudo: bool,
    /// The whole command.
    pub span: Span,
}

impl ComposeCommand {
    /// The sub-command: `up`, `restart`.
    pub fn name(&self) -> Option<&str> {
        let mut words = self.words.iter().map(String::as_str);
        loop {
            match words.next()? {
                // Options of Compose itself that have a value behind a blank.
                "-f"
                | "--file"
                | "-p"
                | "--project-name"
                | "--profile"
                | "--env-file"
                | "--project-directory"
                | "--ansi"
                | "--progress" => drop(words.next()),
                word if word.starts_with('-') => {}
                word => return Some(word),
            }
        }
    }

    /// The files that `--env-file` names.
    pub fn env_files(&self) -> impl Iterator<Item = &str> {
        let behind = self.words.windows(2).filter_map(|pair| match pair {
            [option, file] if option == "--env-file" => Some(file.as_str()),
            _ => None,
        });
        behind.chain(self.words.iter().filter_map(|word| word.strip_prefix("--env-file=")))
    }
}

/// What marks the end of a prompt.
const PROMPTS: [&str; 6] = ["$ ", "% ", "# ", "> ", "❯ ", "➜ "];

/// The longest prompt, in words.
const PROMPT_WORDS: usize = 4;

impl Terminal {
    /// Reads a text of any kind; what is no command counts for nothing.
    pub(super) fn read(&mut self, file: FileId, text: &str) {
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let start = offset + typed(line);
            self.line(file, start, line.get(start - offset..).unwrap_or_default());
            offset += line.len();
        }
    }

    fn line(&mut self, file: FileId, start: usize, line: &str) {
        for command in commands(line) {
            let span = Span::new(file, start + command.range.start, start + command.range.end);
            let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
            let is_set = |word: &&&str| assignment(word).is_some();
            let set = words.iter().take_while(is_set).count();
            let (set, rest) = words.split_at(set);
            let by_sudo = rest.first() == Some(&"sudo");
            let rest = rest.get(usize::from(by_sudo)..).unwrap_or_default();
            match rest {
                ["export", names @ ..] => self.export(names, span),
                ["source" | ".", file] if file.contains(".env") => self.sourced.push(span),
                ["unset", names @ ..] => {
                    self.exports.retain(|export| !names.contains(&export.name.as_str()));
                }
                ["docker", "compose", words @ ..] | ["docker-compose", words @ ..] => {
                    self.export(set, span);
                    let words = words.iter().map(|word| (*word).to_owned()).collect();
                    self.compose.push(ComposeCommand { words, by_sudo, span });
                }
                _ => {}
            }
        }
    }

    fn export(&mut self, words: &[&str], span: Span) {
        for (name, value) in words.iter().filter_map(|word| assignment(word)) {
            self.exports.retain(|export| export.name != name);
            // What a substitution gives is not known.
            if !value.contains("{{") {
                let (name, value) = (name.to_owned(), value.to_owned());
                self.exports.push(Export { name, value, span });
            }
        }
    }
}

/// Where what was typed starts in a line: behind the prompt, or behind the quote that opens the
/// command in a settings file.
fn typed(line: &str) -> usize {
    let is_short = |at: &usize| {
        let before = line.get(..*at).unwrap_or_default();
        before.split_whitespace().count() < PROMPT_WORDS && !before.contains(['=', '"', '\''])
    };
    let prompts = PROMPTS.iter().filter_map(|mark| {
        let at = line.find(mark)?;
        is_short(&at).then_some(at + mark.len())
    });
    if let Some(start) = prompts.min() {
        return start;
    }
    let quoted = line.find([':']).and_then(|colon| {
        let quote = colon + line.get(colon..)?.find(['"', '\''])?;
        let between = line.get(colon + 1..quote)?;
        (between.trim().is_empty() && is_short(&colon)).then_some(quote + 1)
    });
    quoted.unwrap_or_else(|| line.len() - line.trim_start().len())
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Terminal {
        let mut res = Terminal::default();
        res.read(FileId(0), text);
        res
    }

    #[test]
    fn exports_are_read_with_and_without_prompts() {
        for (text, expected) in [
            ("export A=1", vec!["A=1"]),
            ("$ export A=1 B='x y'", vec!["A=1", "B=x y"]),
            ("me@mac project % export A=\"1\"", vec!["A=1"]),
            ("[me@host ~]$ export A=1 && docker compose up -d", vec!["A=1"]),
            ("❯ A=1 docker compose up", vec!["A=1"]),
            ("    shell: \"A=1 docker compose up\"", vec!["A=1"]),
            ("export A=1\nexport A=2", vec!["A=2"]),
            ("export A=1\nunset A", vec![]),
            ("export A=$(cat x)", vec![]),
            ("export A", vec![]),
            ("A=1", vec![]),
            ("say export A=1", vec![]),
        ] {
            let found = read(text);
            let exports: Vec<String> = found
                .exports
                .iter()
                .map(|export| format!("{}={}", export.name, export.value))
                .collect();
            assert_eq!(exports, expected, "{text}");
        }
    }

    #[test]
    fn compose_commands_are_read() {
        for (text, expected) in [
            ("$ docker compose restart api", vec!["restart"]),
            ("docker-compose -f x.yml --env-file .env.lima up -d; ls", vec!["up"]),
            ("$ sudo docker compose down && docker compose up", vec!["down", "up"]),
            ("$ docker ps", vec![]),
            ("run docker compose restart then", vec![]),
        ] {
            let found = read(text);
            let names: Vec<&str> = found.compose.iter().filter_map(ComposeCommand::name).collect();
            assert_eq!(names, expected, "{text}");
        }
        let text = "$ docker compose --env-file a --env-file=b up";
        let found = read(text);
        assert_eq!(found.compose[0].env_files().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(&text[found.compose[0].span.range()], &text[2..]);
    }

    proptest! {
        #[test]
        fn every_span_lies_in_the_text(text in "(export |A=|docker compose |[a$%é'\"\n:; ]){0,12}") {
            let found = read(&text);
            for span in found.exports.iter().map(|e| e.span).chain(found.compose.iter().map(|c| c.span)) {
                prop_assert!(text.get(span.range()).is_some());
            }
        }
    }
}
