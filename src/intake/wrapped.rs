//! Values that a terminal or a mail broke into several lines on the way to the paste.

use std::ops::Range;

use super::cut::starts_block;
use super::sort::{is_assignment, key};
use crate::syntax::dotenv::EnvFile;
use crate::syntax::yaml::Yaml;
use crate::text::{FileId, FileKind};

/// A value that stands on several lines and is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The lines, from the first one's text to the last one's.
    pub range: Range<usize>,
    /// The line breaks within the value, with the blanks around them.
    pub breaks: Vec<Range<usize>>,
}

/// Lines that are shorter are not wrapped by anything.
const SHORTEST: usize = 40;

/// The widths at which terminals and mail programs wrap.
const WIDTHS: [usize; 9] = [72, 76, 78, 79, 80, 100, 120, 132, 160];

/// More values than anyone pastes wrapped; those behind them are left as they are.
const MOST: usize = 8;

/// The values of a settings file that are a path or a URI and go on in the next line, where the
/// file reads no worse with the lines joined.
pub fn wrapped(kind: FileKind, text: &str) -> Vec<Wrapped> {
    let lines = lines(text);
    let mut res = Vec::new();
    let mut block: Option<usize> = None;
    let mut rest = lines.as_slice();
    while let [first, below @ ..] = rest {
        rest = below;
        if block.is_some_and(|outer| first.text.is_empty() || first.indent > outer) {
            continue;
        }
        block = (kind != FileKind::Env && starts_block(first.text)).then_some(first.indent);
        let Some(value) = value(kind, first.text) else { continue };
        let goes_on = |(i, line): (usize, &&Line)| {
            let before = i.checked_sub(1).and_then(|i| below.get(i)).unwrap_or(first);
            let is_closed = |quote| i > 0 && before.text.contains(quote);
            !value.quote.is_some_and(is_closed) && continues(kind, &value, before, line)
        };
        let count = below.iter().enumerate().take_while(|(i, line)| goes_on((*i, line))).count();
        let Some((more, after)) = below.split_at_checked(count) else { continue };
        let ends = |line: &&Line| value.quote.is_none_or(|quote| line.text.contains(quote));
        let Some(last) = more.last().filter(ends) else { continue };
        let all = std::iter::once(first).chain(more);
        let breaks: Vec<Range<usize>> =
            all.zip(more).map(|(before, line)| before.range.end..line.range.start).collect();
        if res.len() < MOST && reads_no_worse(kind, text, &breaks) {
            res.push(Wrapped { range: first.range.start..last.range.end, breaks });
            rest = after;
        }
    }
    res
}

/// A line's text without the blanks around it.
struct Line<'a> {
    text: &'a str,
    range: Range<usize>,
    indent: usize,
    /// In characters.
    width: usize,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let content = line.trim();
            let indent = line.len() - line.trim_start().len();
            let start = at + indent.min(line.len());
            at += line.len();
            Line {
                text: content,
                range: start..start + content.len(),
                indent,
                width: line.trim_end().chars().count(),
            }
        })
        .collect()
}

/// The start of a value, and the quote that it is in.
struct Value<'a> {
    text: &'a str,
    quote: Option<char>,
}

/// The value that a line ends with, where it may go on: a path or a URI, its quote not closed.
fn value(kind: FileKind, line: &str) -> Option<Value<'_>> {
    if line.starts_with('#') {
        return None;
    }
    let written = match kind {
        FileKind::Env => {
            let (_, value) = line.split_once('=').filter(|_| is_assignment(line))?;
            value.trim_start()
        }
        _ => yaml_value(line)?,
    };
    let quote = written.chars().next().filter(|char| matches!(char, '"' | '\''));
    let text = quote.map_or(written, |quote| written.trim_start_matches(quote));
    let is_open = quote.is_none_or(|quote| !text.contains(quote) && !written.ends_with('\\'));
    let is_whole_line = !text.contains(char::is_whitespace) && !text.ends_with([',', '[', '{']);
    let is_empty = kind == FileKind::Env && written.is_empty();
    (is_empty || (is_open && is_whole_line && is_place(text))).then_some(Value { text, quote })
}

/// What stands behind the key or in the item, where that may be a path or a URI: of a mount, a
/// volume or a variable.
fn yaml_value(line: &str) -> Option<&str> {
    const PLACES: [&str; 5] = ["location", "mountPoint", "source", "target", "device"];
    let item = line.trim_start_matches("- ").trim_start();
    let is_item = item.len() < line.len();
    if let Some(key) = key(item) {
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let value = item.split_once(':')?.1.trim_start();
        let is_known = PLACES.contains(&key) || key.chars().all(is_name) || is_uri(value);
        return is_known.then_some(value);
    }
    // An entry of `environment`, `NAME=value`, or of `volumes`.
    match item.split_once('=').filter(|_| is_assignment(item)) {
        Some((_, value)) => is_item.then_some(value),
        None => is_item.then_some(item),
    }
}

fn is_uri(text: &str) -> bool {
    text.contains("://")
}

fn is_place(text: &str) -> bool {
    is_uri(text) || ["/", "~/", "./", "../", "$"].iter().any(|start| text.starts_with(start))
}

/// Whether a line is the rest of the value that the line before it ends with.
fn continues(kind: FileKind, value: &Value, before: &Line, line: &Line) -> bool {
    let text = line.text;
    let is_word = !text.is_empty() && !text.contains(char::is_whitespace) && !text.starts_with('#');
    if !is_word || text.starts_with(['"', '\'', '[', ']', '{', '}']) {
        return false;
    }
    if value.text.is_empty() && before.text.ends_with('=') {
        return text.starts_with('/') || is_uri(text);
    }
    if before.width < SHORTEST || matches!(text, "---" | "...") {
        return false;
    }
    if kind != FileKind::Env {
        return key(text).is_none() && !text.starts_with("- ") && text != "-";
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // A name alone stands for a variable of the shell.
    let is_name = text.chars().all(is_part);
    let is_upper = !text.contains(|c: char| c.is_ascii_lowercase());
    let is_full = WIDTHS.contains(&before.width);
    !is_assignment(text) && (value.quote.is_some() || !is_name || (is_full && !is_upper))
}

fn reads_no_worse(kind: FileKind, text: &str, breaks: &[Range<usize>]) -> bool {
    let mut joined = text.to_owned();
    for range in breaks.iter().rev() {
        if joined.get(range.clone()).is_some() {
            joined.replace_range(range.clone(), "");
        }
    }
    let errors = |text: &str| match kind {
        FileKind::Env => EnvFile::parse(FileId(0), text).errors.len(),
        _ => Yaml::parse(FileId(0), text).errors.len(),
    };
    errors(&joined) <= errors(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(kind: FileKind, text: &str) -> String {
        let mut res = text.to_owned();
        for range in wrapped(kind, text).iter().rev().flat_map(|one| one.breaks.iter().rev()) {
            res.replace_range(range.clone(), "");
        }
        res
    }

    #[test]
    fn values_that_go_on_in_the_next_line() {
        use FileKind::{Compose, Env, Lima};
        const URI: &str = "qemu+ssh://dev@host.docker.internal:20022/sys";
        for (kind, text, expected) in [
            (Env, "A=U\ntem?x=1\nB=2\n", "A=Utem?x=1\nB=2\n"),
            (
                Env,
                "A=U\r\ntem?keyfile=/root/.ssh/a-key-with-a-long-name\r\n&x=1\r\n",
                "A=Utem?keyfile=/root/.ssh/a-key-with-a-long-name&x=1\r\n",
            ),
            (Env, "A=\"U\ntem\"\nB=2\n", "A=\"Utem\"\nB=2\n"),
            (Env, "A=\nqemu+ssh://dev@host:22/system\n", "A=qemu+ssh://dev@host:22/system\n"),
            (
                Env,
                "JOBS=/Users/ada/a-directory-with-a-long-name\n/jobs\n",
                "JOBS=/Users/ada/a-directory-with-a-long-name/jobs\n",
            ),
            (Compose, "e:\n  A: U\n    tem\n  B: 1\n", "e:\n  A: Utem\n  B: 1\n"),
            (Compose, "e:\n  A: U\ntem\n  B: 1\n", "e:\n  A: Utem\n  B: 1\n"),
            (Compose, "e:\n- A=U\n  tem\n", "e:\n- A=Utem\n"),
            (Compose, "e:\n- \"U\n  tem\"\n- b\n", "e:\n- \"Utem\"\n- b\n"),
            (
                Lima,
                "m:\n- location: \"/srv/a-directory-with-a-long-na\n  me/jobs\"\n",
                "m:\n- location: \"/srv/a-directory-with-a-long-name/jobs\"\n",
            ),
        ] {
            let (text, expected) = (text.replace('U', URI), expected.replace('U', URI));
            assert_eq!(joined(kind, &text), expected, "{text}");
        }
    }

    #[test]
    fn files_as_they_are() {
        use FileKind::{Compose, Env};
        const URI: &str = "qemu+ssh://dev@host.docker.internal:20022/system";
        for (kind, text) in [
            (Env, "A=U\nB=2\n"),
            (Env, "A=U\nHTTP_PROXY\nhttp_proxy\n"),
            (Env, "A=U # b\nc/d\n"),
            (Env, "A=U\n\n# b\n"),
            (Env, "A=\nB=/srv\n"),
            (Env, "A=\"U\"\nx/y\n"),
            (Env, "A=/srv\njobs/x\n"),
            (Env, "A=\"U\nB=/srv\n"),
            (Env, "A=\"U\nx/y\n"),
            (Compose, "e:\n- \"U\n- \"U\"\n"),
            (Compose, "command: /usr/local/bin/a-program-with-a-long-name\n  serve\n"),
            (Compose, "command: curl U\n  --fail\n"),
            (Compose, "e:\n  A: U\n  B: 1\n"),
            (Compose, "e:\n  A: |\n    U\n    tem\n"),
            (Compose, "e:\n  A: >-\n    - U\n    tem\n"),
            (Compose, "v: [\n  U,\n  /srv/x\n]\n"),
            (Compose, "v:\n- U\n- x\n"),
            (Compose, "e:\n  A: \"U\\\n    tem\"\n"),
            (Compose, "e:\n  A:\n    U\n  B: 1\n"),
            (Compose, "# see U\ntem: 1\n"),
        ] {
            let text = text.replace('U', URI);
            assert_eq!(wrapped(kind, &text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn breaks_are_blank_and_lie_in_their_values(
            text in "(A=|- |B: |\"|/|\n|\r\n|x|a{40}|é|#|\\||  ){0,24}",
        ) {
            for kind in [FileKind::Env, FileKind::Compose] {
                let mut at = 0;
                for one in wrapped(kind, &text) {
                    prop_assert!(at <= one.range.start && one.range.end <= text.len());
                    at = one.range.end;
                    for range in &one.breaks {
                        prop_assert!(one.range.start <= range.start && range.end <= one.range.end);
                        prop_assert_eq!(text.get(range.clone()).map(str::trim), Some(""));
                    }
                }
            }
        }
    }
}
