//! How Go prints values: the texts that a program written in Go shows and passes on.

/// Whether Go's `unicode.IsPrint` holds: letters, marks, numbers, punctuation, symbols and the
/// ASCII space.
fn is_printable(c: char) -> bool {
    // Rust escapes what is not printable by the same categories; a combining mark is let through
    // behind another character.
    c == ' ' || !['a', c].iter().collect::<String>().escape_debug().to_string().contains("\\u{")
}

/// `text` in double quotes, escaped as by `strconv.Quote`.
pub fn quote(text: &str) -> String {
    let mut res = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => res.push_str("\\\""),
            '\\' => res.push_str("\\\\"),
            '\x07' => res.push_str("\\a"),
            '\x08' => res.push_str("\\b"),
            '\x0c' => res.push_str("\\f"),
            '\n' => res.push_str("\\n"),
            '\r' => res.push_str("\\r"),
            '\t' => res.push_str("\\t"),
            '\x0b' => res.push_str("\\v"),
            c if c < ' ' || c == '\x7f' => res.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_ascii() || is_printable(c) => res.push(c),
            c if u32::from(c) < 0x1_0000 => res.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => res.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    res.push('"');
    res
}

/// A path as by `path.Clean`: shortened without asking a file system; `.` for nothing.
pub fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_knows_no_home_directory() {
        for (path, expected) in
            [("", "."), ("~/../x", "x"), ("/../a//b/", "/a/b"), ("../x/..", ".."), ("~/", "~")]
        {
            assert_eq!(clean_path(path), expected, "{path}");
        }
    }

    #[test]
    fn quoting_escapes_what_cannot_be_seen() {
        for (text, expected) in [
            ("${PORT", r#""${PORT""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("tab\tnew\n\r", r#""tab\tnew\n\r""#),
            ("\x00\x1b\x7f", r#""\x00\x1b\x7f""#),
            ("ü e\u{301} 😀", "\"ü e\u{301} 😀\""),
            ("\u{a0}\u{200b}\u{202e}\u{feff}", r#""\u00a0\u200b\u202e\ufeff""#),
            ("\u{e0001}", r#""\U000e0001""#),
        ] {
            assert_eq!(quote(text), expected, "{text:?}");
        }
    }
}
