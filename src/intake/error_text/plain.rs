//! Escapes taken out: those of a terminal and those of JSON, of Go's `%q` and of shells.

use super::super::mapped::Mapped;

/// The text without escapes; each character leads back to the bytes that it was made from.
///
/// A text that was escaped twice (`\\\"`) is read like one that was escaped once: a run of
/// backslashes before a letter or a quote is one escape.
pub(super) fn plain(text: &str) -> Mapped {
    let mut res = Mapped::default();
    let uncoloured = Mapped::without_terminal_escapes(text);
    let plain = uncoloured.as_str();
    let mut done = 0;
    let keep = |res: &mut Mapped, from: usize, to: usize| {
        // Colours within the stretch split it, since kept bytes must be one with the original.
        let mut from = from;
        while from < to {
            let origin = uncoloured.origin(from..from + 1).start;
            let length = uncoloured.kept_from(from).min(to - from);
            res.keep(text, origin..origin + length);
            from += length.max(1);
        }
    };
    let bytes = plain.as_bytes();
    while let Some(offset) = plain.get(done..).and_then(|rest| rest.find('\\')) {
        let start = done + offset;
        let run = bytes.iter().skip(start).take_while(|byte| **byte == b'\\').count();
        let (char, length) = match escaped(plain.get(start + run..).unwrap_or_default()) {
            Some(escape) => escape,
            None => {
                keep(&mut res, done, start + run);
                done = start + run;
                continue;
            }
        };
        keep(&mut res, done, start);
        done = start + run + length;
        res.replace(uncoloured.origin(start..done), char);
    }
    keep(&mut res, done, plain.len());
    res
}

/// What the text behind a backslash stands for, and its length.
fn escaped(rest: &str) -> Option<(char, usize)> {
    let char = match rest.chars().next()? {
        'n' | 'r' => '\n',
        't' => ' ',
        quote @ ('"' | '\'' | '`' | '/') => quote,
        // A terminal may break the line within an escape.
        '\n' if rest.get(1..).is_some_and(|rest| rest.starts_with('"')) => return Some(('"', 2)),
        'u' => {
            let digits = rest.get(1..5).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            let char = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
            return (!char.is_control()).then_some((char, 5));
        }
        _ => return None,
    };
    Some((char, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_once_or_twice_escaped() {
        for (text, expected) in [
            ("as it is", "as it is"),
            (r"a\nb", "a\nb"),
            (r#"\"a\" \\\"b\\\""#, r#""a" "b""#),
            (r"\/x\/y", "/x/y"),
            (r"x\u0026y \u0027z\u0027", "x&y 'z'"),
            ("say \\\n\"a\\\nb", "say \"a\\\nb"),
            (r"C:\data\", r"C:\data\"),
            (r"\u00", r"\u00"),
            (r"\u001b", r"\u001b"),
            ("ü\\", "ü\\"),
            ("\u{1b}[31mred\u{1b}[0m\\nü", "red\nü"),
        ] {
            let mapped = plain(text);
            assert_eq!(mapped.as_str(), expected, "{text:?}");
        }
        let text = "\u{1b}[31mre\u{1b}[0md\\nü";
        let mapped = plain(text);
        assert_eq!(&text[mapped.origin(0..3)], "re\u{1b}[0md");
        assert_eq!(&text[mapped.origin(3..4)], "\\n");
        assert_eq!(&text[mapped.origin(4..6)], "ü");
    }
}
