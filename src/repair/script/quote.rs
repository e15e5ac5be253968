//! The gate and the quoting: the only way for a value into the script.
//!
//! A value first passes [`check`], which refuses what a person reading the script could not see.
//! Then [`word`] makes it one word of the shell. The script stays printable ASCII: any other byte
//! goes through the escapes of `printf`, in a format of its own; so does `!`.

use std::fmt::Write;

use super::Refusal;

/// Refuses control characters, and characters that are invisible or change the order in which
/// others are shown: what such a value does could not be judged by reading it.
///
/// Variation selectors and the fillers of Hangul, Khmer and Mongolian are among them: two paths
/// that look the same must be the same. Blanks that take up room, such as U+00A0, are visible as
/// octal escapes and pass.
pub(super) fn check(what: &str, value: &str) -> Result<(), Refusal> {
    refuse(what, value, |_| false)
}

/// Like [`check`] for a line of a file, which may hold tabs and carriage returns.
pub(super) fn check_line(what: &str, line: &str) -> Result<(), Refusal> {
    refuse(what, line, |c| !is_refused(c))
}

/// Whether a character may not stand in a line of a file.
pub(super) fn is_refused(c: char) -> bool {
    is_unseen(c) && !matches!(c, '\t' | '\r')
}

fn refuse(what: &str, value: &str, allowed: fn(char) -> bool) -> Result<(), Refusal> {
    match value.chars().find(|&c| is_unseen(c) && !allowed(c)) {
        Some(c) => Err(Refusal::Character {
            what: what.to_owned(),
            character: character_name(c),
            value: value.to_owned(),
        }),
        None => Ok(()),
    }
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn character_name(c: char) -> String {
    let name = match c {
        '\0' => "NULL",
        '\t' => "TAB",
        '\n' => "LINE FEED",
        '\r' => "CARRIAGE RETURN",
        '\u{1b}' => "ESCAPE",
        '\u{7f}' => "DELETE",
        '\u{ad}' => "SOFT HYPHEN",
        '\u{61c}' => "ARABIC LETTER MARK",
        '\u{200b}' => "ZERO WIDTH SPACE",
        '\u{200c}' => "ZERO WIDTH NON-JOINER",
        '\u{200d}' => "ZERO WIDTH JOINER",
        '\u{200e}' => "LEFT-TO-RIGHT MARK",
        '\u{200f}' => "RIGHT-TO-LEFT MARK",
        '\u{2028}' => "LINE SEPARATOR",
        '\u{2029}' => "PARAGRAPH SEPARATOR",
        '\u{202a}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202b}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202c}' => "POP DIRECTIONAL FORMATTING",
        '\u{202d}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202e}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{feff}' => "ZERO WIDTH NO-BREAK SPACE",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "VARIATION SELECTOR",
        '\u{e0000}'..='\u{e007f}' => "TAG CHARACTER",
        c if c.is_control() => "CONTROL CHARACTER",
        _ => "INVISIBLE CHARACTER",
    };
    format!("U+{:04X} {name}", u32::from(c))
}

/// Any text as one word of the shell that stands for exactly this text. A line feed at its end
/// would be lost, but none passes the gate.
pub(super) fn word(value: &str) -> String {
    if is_plain(value) {
        return quoted(value);
    }
    format!("\"$(printf '{}')\"", format_escaped(value))
}

/// A path of the host as a word: a leading `~/` means the home directory, as in `lima.yaml`, and a
/// leading `-` is no option.
pub(super) fn host_path_word(path: &str) -> String {
    match path.strip_prefix('~') {
        Some("") => r#""$HOME""#.to_owned(),
        Some(rest) if rest.starts_with('/') => format!(r#""$HOME"{}"#, word(rest)),
        _ if path.starts_with('-') => word(&format!("./{path}")),
        _ => word(path),
    }
}

/// Like [`host_path_word`], but for a person to paste into a terminal: not restricted to ASCII.
pub(super) fn host_path_shown(path: &str) -> String {
    match path.strip_prefix('~') {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => {
            format!("~/{}", quoted(rest.get(1..).unwrap_or("")))
        }
        _ if path.starts_with('-') => quoted(&format!("./{path}")),
        _ => quoted(path),
    }
}

/// Whether every byte is printable ASCII, and none is a `!`, which a terminal may expand.
pub(super) fn is_plain(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'!')
}

/// The text between single quotes.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Any text as a format of `printf`, to stand between single quotes: printed without arguments, it
/// gives exactly this text.
pub(super) fn format_escaped(text: &str) -> String {
    let mut res = String::new();
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'%' => res.push_str("%%"),
            b'\\' => res.push_str(r"\\"),
            b'\t' => res.push_str(r"\t"),
            b'\r' => res.push_str(r"\r"),
            b'\n' => res.push_str(r"\n"),
            b'-' if i == 0 => res.push_str(r"\055"),
            b'!' => res.push_str(r"\041"),
            b'\'' => res.push_str(r"\047"),
            b' '..=b'~' => res.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(res, "\\{byte:03o}");
            }
        }
    }
    res
}

/// Any text as part of a comment: what is not printable ASCII is replaced, and a long text is cut.
pub(super) fn comment(text: &str) -> String {
    const LONGEST: usize = 120;
    let shown: String =
        text.chars().take(LONGEST).map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
    if text.chars().nth(LONGEST).is_some() { shown + "..." } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_for_its_text() {
        for (value, expected) in [
            ("dev", "'dev'"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(x)`y`\\", r"'$(x)`y`\'"),
            ("it's", r"'it'\''s'"),
            ("/srv/ü 100%", r#""$(printf '/srv/\303\274 100%%')""#),
            ("-ü'\\", r#""$(printf '\055\303\274\047\\')""#),
        ] {
            assert_eq!(word(value), expected, "{value:?}");
        }
    }

    #[test]
    fn only_a_leading_tilde_means_home() {
        for (path, in_script, shown) in [
            ("~", r#""$HOME""#, "~"),
            ("~/a b", r#""$HOME"'/a b'"#, "~/'a b'"),
            ("~x/a", "'~x/a'", "'~x/a'"),
            ("/a/~", "'/a/~'", "'/a/~'"),
            ("-rf", "'./-rf'", "'./-rf'"),
        ] {
            assert_eq!(host_path_word(path), in_script, "{path:?}");
            assert_eq!(host_path_shown(path), shown, "{path:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_refused_by_name() {
        for (value, character) in [
            ("a\nb", "U+000A LINE FEED"),
            ("a\tb", "U+0009 TAB"),
            ("\u{1b}[2J", "U+001B ESCAPE"),
            ("\u{85}", "U+0085 CONTROL CHARACTER"),
            ("/srv/\u{202e}gpj", "U+202E RIGHT-TO-LEFT OVERRIDE"),
            ("a\u{200b}b", "U+200B ZERO WIDTH SPACE"),
            ("\u{feff}a", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
            ("\u{2764}\u{fe0f}", "U+FE0F VARIATION SELECTOR"),
            ("a\u{e0041}", "U+E0041 TAG CHARACTER"),
            ("\u{3164}", "U+3164 INVISIBLE CHARACTER"),
        ] {
            assert_eq!(
                check("the value", value),
                Err(Refusal::Character {
                    what: "the value".into(),
                    character: character.into(),
                    value: value.into(),
                }),
                "{value:?}"
            );
        }
        for value in ["", "/srv/Bücher", "日本語", "\u{1f600}", "a\u{a0}b", "$(rm -rf ~)"] {
            assert_eq!(check("the value", value), Ok(()), "{value:?}");
        }
        assert_eq!(check_line("the line", "\ta: b\r"), Ok(()));
        assert!(check_line("the line", "a\u{b}").is_err());
    }

    #[test]
    fn a_comment_stays_on_its_line_and_in_ascii() {
        assert_eq!(comment("a\r\u{202e}ü\n$(x)"), "a????$(x)");
        assert_eq!(comment(&"x".repeat(130)), "x".repeat(120) + "...");
    }
}
