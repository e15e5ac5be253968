//! Where a settings file's text leaves something out: marks that stand for the rest, a pager's
//! prompt for more, a last line that breaks off.

use std::ops::Range;

use crate::text::FileKind;

/// Words between brackets that stand for what is left out.
const MARKS: [&str; 6] =
    ["snip", "truncated", "cut", "omitted", "rest omitted", "output truncated"];

/// The lines that stand for a part of the file that is not there.
pub fn cuts(kind: FileKind, text: &str) -> Vec<Range<usize>> {
    let mut res = Vec::new();
    let mut at = 0;
    // The indentation of the line that starts the block text that the lines are in.
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        if !content.is_empty() && block.is_some_and(|outer| indent <= outer) {
            block = None;
        }
        let rest = text.get(at + line.len()..).unwrap_or_default();
        let is_dots = || block.is_none() && is_dots(kind, content, indent, rest);
        if is_mark(content) || is_more(content) || is_dots() {
            res.push(at + indent..at + indent + content.len());
        }
        if kind != FileKind::Env && block.is_none() && starts_block(content) {
            block = Some(indent);
        }
        at += line.len();
    }
    res
}

/// Whether a line starts a block text: `key: |`, `- >-`.
pub(super) fn starts_block(line: &str) -> bool {
    let line = line.trim_end_matches(|c: char| matches!(c, '-' | '+') || c.is_ascii_digit());
    line.strip_suffix(['|', '>']).is_some_and(|key| key.ends_with([' ', '\t']))
}

/// The last line, where it breaks off within quotes or brackets.
pub fn broken_off(kind: FileKind, text: &str) -> Option<Range<usize>> {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?;
    let content = line.trim_start();
    let is_open = match kind {
        FileKind::Env => {
            let value = content.split_once('=').map_or("", |(_, value)| value.trim_start());
            value.starts_with(['"', '\'']) && leaves_open(value)
        }
        _ => leaves_open(content),
    };
    let is_comment = content.starts_with('#');
    (is_open && !is_comment).then(|| start + line.len() - content.len()..text.len())
}

/// Whether a quote or a bracket that starts a value in the line has no end there.
fn leaves_open(line: &str) -> bool {
    let mut open: Option<char> = None;
    let mut depth = 0usize;
    let mut last = ':';
    let mut is_behind_blank = true;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (open, char) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some(quote), _) if char == quote => open = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if ":-,[{".contains(last) => open = Some(char),
            (None, '[' | '{') if ":-,[{".contains(last) => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, '#') if is_behind_blank => break,
            _ => {}
        }
        is_behind_blank = char.is_whitespace();
        if !is_behind_blank {
            last = char;
        }
    }
    open.is_some() || depth > 0
}

/// `[...]`, `[truncated]`, `<snip>`, `--- snip ---`, `… 12 more lines …`.
fn is_mark(line: &str) -> bool {
    if matches!(line, "[...]" | "[…]" | "(...)" | "<...>") {
        return true;
    }
    let is_frame = |c: char| "[]<>(){}-=~.…#*8 ".contains(c);
    let words = line.trim_matches(is_frame).to_ascii_lowercase();
    let is_framed = line.starts_with(is_frame) && line.ends_with(is_frame);
    let counted = words.strip_suffix(" more lines").or(words.strip_suffix(" lines omitted"));
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_comment = line.starts_with('#') && !line.contains(['[', '<', '…']);
    is_framed
        && !line.starts_with("- ")
        && !is_comment
        && (MARKS.contains(&words.as_str()) || counted.is_some_and(is_count))
}

/// What `more` and `less` show where there is more.
fn is_more(line: &str) -> bool {
    line.starts_with("--More--")
        || (line.starts_with("lines ") && line.ends_with('%') && line.contains('/'))
}

/// Dots alone. In YAML those at the margin end a document where no more of it follows.
fn is_dots(kind: FileKind, line: &str, indent: usize, rest: &str) -> bool {
    let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    match line {
        "…" => true,
        "..." if kind == FileKind::Env || indent > 0 => true,
        "..." => {
            rest.lines().find(is_content).is_some_and(|next| !next.starts_with(['%', '-', '.']))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stand_for_others() {
        for (kind, text, expected) in [
            (FileKind::Env, "A=1\n...\n", vec!["..."]),
            (FileKind::Env, "A=1\n--More--(40%)", vec!["--More--(40%)"]),
            (FileKind::Lima, "a: 1\n[truncated]\nb: 2\n", vec!["[truncated]"]),
            (FileKind::Lima, "a:\n  <snip>\n  b: 2\n", vec!["<snip>"]),
            (FileKind::Lima, "a: 1\n--- 8< snip ---\n", vec!["--- 8< snip ---"]),
            (FileKind::Lima, "a: 1\n--- snip ---\n", vec!["--- snip ---"]),
            (FileKind::Lima, "a:\n  ...\n  b: 1\n", vec!["..."]),
            (FileKind::Lima, "...\na: 1\n", vec!["..."]),
            (FileKind::Lima, "a: 1\n...\n\n# b\nb: 1\n", vec!["..."]),
            (FileKind::Lima, "a:\n  b: 1\n  ...", vec!["..."]),
            (FileKind::Lima, "a: |\n  b\n  [...]\nc: 1\n", vec!["[...]"]),
            (FileKind::Compose, "a: 1\n… 12 more lines …\n", vec!["… 12 more lines …"]),
            (FileKind::Compose, "a: 1\n[…]\r\n", vec!["[…]"]),
            (FileKind::Compose, "a: 1\nlines 1-23/60 38%\n", vec!["lines 1-23/60 38%"]),
            // The file's own.
            (FileKind::Lima, "a: 1\n...\n", vec![]),
            (FileKind::Lima, "a: 1\n...\n---\nb: 1\n", vec![]),
            (FileKind::Lima, "# cut\na: 1\n", vec![]),
            (FileKind::Lima, "a: |-\n  wait\n\n  ...\n  …\nb: 1\n", vec![]),
            (FileKind::Lima, "a:\n- cut\n- [cut]\n", vec![]),
            (FileKind::Lima, "cut: 1\nsnip:\n", vec![]),
            (FileKind::Env, "A=...\n# ...\n", vec![]),
        ] {
            let found: Vec<&str> = cuts(kind, text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_last_line_that_breaks_off() {
        use FileKind::{Compose, Env, Lima};
        for (kind, text, expected) in [
            (Env, "A=1\nURI=\"qemu+ssh://dev@ho", Some("URI=\"qemu+ssh://dev@ho")),
            (Env, "A='x", Some("A='x")),
            (Lima, "mounts:\n- location: \"/srv/jo", Some("- location: \"/srv/jo")),
            (Lima, "mounts: [{location: /srv", Some("mounts: [{location: /srv")),
            (Compose, "a:\n  b: [\"c\", 'd", Some("b: [\"c\", 'd")),
            // Whole lines.
            (Env, "A=\"x\n", None),
            (Env, "A=it's", None),
            (Env, "A='x' # don't", None),
            (Lima, "a: it's", None),
            (Lima, "a: b # it's [x", None),
            (Lima, "a: \"x\\\"y\"", None),
            (Lima, "a: [b, {c: d}]", None),
            (Lima, "# a: [b", None),
            (Lima, "", None),
        ] {
            let found = broken_off(kind, text).map(|range| &text[range]);
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
