//! Characters in a settings file that the eye takes for others, or does not see.

use std::ops::Range;

use crate::text::FileKind;

/// What a character does to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unseen {
    /// It changes the order in which others are shown.
    Bidi,
    /// It is not shown.
    Invisible,
    /// It looks like a blank, and is none to the program.
    Blank,
    /// It looks like a quote, and is none to the program.
    Quote,
}

/// Such a character in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenCharacter {
    /// What it does.
    pub kind: Unseen,
    /// Its bytes.
    pub range: Range<usize>,
    /// What is meant in its place, where that can be told: nothing, a blank, a straight quote.
    pub meant: Option<&'static str>,
    /// Whether it is certain that this is meant.
    pub is_sure: bool,
}

fn kind_of(char: char) -> Option<Unseen> {
    match char {
        '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Unseen::Bidi),
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => {
            Some(Unseen::Invisible)
        }
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Some(Unseen::Blank),
        _ => None,
    }
}

/// The characters of a settings file that are not what they seem, in order: those that change the
/// order anywhere, others only outside of comments, and not where they may be part of a sentence.
pub fn unseen(kind: FileKind, text: &str) -> Vec<UnseenCharacter> {
    let mut res = Vec::new();
    if text.is_ascii() {
        return res;
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        // A byte order mark at the start is no character of the text.
        let skipped =
            if at == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let rest = line.get(skipped..).unwrap_or_default();
        if !rest.is_ascii() {
            of_line(kind, at + skipped, rest, &mut res);
        }
        at += line.len();
    }
    res
}

fn of_line(kind: FileKind, start: usize, line: &str, res: &mut Vec<UnseenCharacter>) {
    let content = line.get(..comment(line)).unwrap_or(line);
    let is_text = content.chars().any(|c| !c.is_ascii() && kind_of(c).is_none());
    let quotes = quotes(kind, content);
    for (at, char) in line.char_indices() {
        let range = start + at..start + at + char.len_utf8();
        if let Some(straight) = quotes.iter().find(|(place, _)| *place == at).map(|(_, s)| *s) {
            let kind = Unseen::Quote;
            res.push(UnseenCharacter { kind, range, meant: straight, is_sure: true });
            continue;
        }
        let Some(kind) = kind_of(char) else { continue };
        let is_comment = at >= content.len();
        let is_sure = !is_comment && is_between(content, at, at + char.len_utf8());
        let (is_told, meant) = match kind {
            Unseen::Bidi => (true, ""),
            Unseen::Invisible => (!is_comment && (is_sure || !is_text), ""),
            _ => (is_sure, " "),
        };
        if is_told {
            res.push(UnseenCharacter { kind, range, meant: Some(meant), is_sure });
        }
    }
}

/// Where a comment starts in a line: `#` at the start or behind a blank, outside of quotes.
fn comment(line: &str) -> usize {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, char) in line.char_indices() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(char),
            (None, '#') if before.is_whitespace() => return at,
            _ => {}
        }
        before = char;
    }
    line.len()
}

/// Whether a character stands where only blanks may: before or behind all others, or right behind
/// the line's first separator.
fn is_between(content: &str, start: usize, end: usize) -> bool {
    let is_empty = |c: char| c.is_whitespace() || kind_of(c).is_some();
    let before = content.get(..start).unwrap_or_default().trim_end_matches(is_empty);
    let behind = content.get(end..).unwrap_or_default();
    let leads = before.trim_start_matches(|c: char| is_empty(c) || c == '-').is_empty();
    let separates = before.ends_with([':', '='])
        && before.find([':', '=']).is_some_and(|first| first + 1 == before.len());
    leads || separates || behind.trim_matches(is_empty).is_empty()
}

/// The curly quotes around the line's value, and the straight one that is meant where it fits.
fn quotes(kind: FileKind, content: &str) -> Vec<(usize, Option<&'static str>)> {
    let item = content.trim_start_matches([' ', '\t', '-']);
    let separator = if kind == FileKind::Env { "=" } else { ": " };
    let value = item.split_once(separator).map_or(item, |(_, value)| value).trim();
    let start = content.len() - content.trim_end().len();
    let start = content.len() - start - value.len();
    let curly = |c: char| matches!(c, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '«' | '»');
    let Some((first, last)) = value.chars().next().zip(value.chars().last()) else {
        return Vec::new();
    };
    let inner = value.get(first.len_utf8()..value.len() - last.len_utf8());
    let Some(inner) = inner.filter(|_| curly(first) && curly(last) && value.len() > 3) else {
        return Vec::new();
    };
    // Quotes within may belong to a sentence that starts and ends with one.
    if inner.contains(curly) {
        return Vec::new();
    }
    let is_single = matches!(first, '‘' | '’' | '‚');
    let straight = match (is_single, inner.contains(['"', '\\']), inner.contains('\'')) {
        (false, false, _) => Some("\""),
        (true, _, false) | (false, true, false) => Some("'"),
        _ => None,
    };
    let end = start + value.len() - last.len_utf8();
    vec![(start, straight), (end, straight)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(kind: FileKind, text: &str) -> Vec<(Unseen, Option<&'static str>, bool)> {
        unseen(kind, text).into_iter().map(|c| (c.kind, c.meant, c.is_sure)).collect()
    }

    #[test]
    fn what_the_eye_does_not_see() {
        use Unseen::{Bidi, Blank, Invisible, Quote};
        let yaml = FileKind::Lima;
        for (kind, text, expected) in [
            (yaml, "a:\n\u{a0}\u{a0}b: 1\n", vec![(Blank, Some(" "), true); 2]),
            (yaml, "a:\u{a0}1\n", vec![(Blank, Some(" "), true)]),
            (yaml, "-\u{a0}a: 1\u{3000}\n", vec![(Blank, Some(" "), true); 2]),
            (yaml, "mo\u{200b}unts: []\n", vec![(Invisible, Some(""), false)]),
            (yaml, "a: /srv/x\u{200b}\n", vec![(Invisible, Some(""), true)]),
            (yaml, "a: x \u{202e}y # \u{2066}\n", vec![(Bidi, Some(""), false); 2]),
            (yaml, "a: “x”\n", vec![(Quote, Some("\""), true); 2]),
            (yaml, "- ‘x y’ # z\n", vec![(Quote, Some("'"), true); 2]),
            (yaml, "a: “x\"y'z”\n", vec![(Quote, None, true); 2]),
            (FileKind::Env, "A=“x: y”\r\n", vec![(Quote, Some("\""), true); 2]),
            // Sentences, names and marks.
            (yaml, "\u{feff}a: 1\n", vec![]),
            (yaml, "# a\u{a0}b “c”\u{200b}\n", vec![]),
            (yaml, "a: b # “c”\u{a0}d\n", vec![]),
            (yaml, "a: Achtung\u{a0}: “x” und “y”\n", vec![]),
            (yaml, "a: “x” und “y”\n", vec![]),
            (yaml, "a: می\u{200c}خواهم\n", vec![]),
            (yaml, "a: it’s\n", vec![]),
            (yaml, "a: ’\n", vec![]),
        ] {
            assert_eq!(shown(kind, text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn each_lies_in_its_text_in_order(text in "[-a:= #\"'“”‘’\u{a0}\u{200b}\u{202e}\u{feff}é\n]{0,40}") {
            for kind in [FileKind::Lima, FileKind::Env] {
                let mut at = 0;
                for one in unseen(kind, &text) {
                    prop_assert!(at <= one.range.start && text.get(one.range.clone()).is_some());
                    at = one.range.end;
                }
            }
        }
    }
}
