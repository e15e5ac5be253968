use super::{EnvEntry, EnvFile, Quote};
use crate::text::{Edit, FileId};

impl Quote {
    /// Whether a part of a value in this quoting may be replaced by `part` as it is: the value
    /// then reads as meant, wherever in it the part stands. Says no in doubt.
    pub fn can_hold(self, part: &str) -> bool {
        let spoils = |c: char| match self {
            Quote::None => c.is_whitespace() || matches!(c, '#' | '\'' | '"' | '$'),
            Quote::Single => matches!(c, '\'' | '\\'),
            Quote::Double => matches!(c, '"' | '\\' | '$'),
            Quote::Raw => false,
        };
        !part.contains(|c: char| c.is_control() || spoils(c))
    }

    /// `value` written in this quoting so that it reads back as it is; `None` where it cannot.
    fn write(self, value: &str) -> Option<String> {
        match self {
            Quote::None => {
                let plain = self.can_hold(value) && !value.contains(['\\', '`']);
                plain.then(|| value.to_owned())
            }
            Quote::Single => self.can_hold(value).then(|| format!("'{value}'")),
            Quote::Double => {
                let mut res = String::from("\"");
                for c in value.chars() {
                    match c {
                        '\0' => return None,
                        '\n' => res.push_str("\\n"),
                        '\r' => res.push_str("\\r"),
                        '\t' => res.push_str("\\t"),
                        '"' | '\\' | '$' => res.extend(['\\', c]),
                        c => res.push(c),
                    }
                }
                res.push('"');
                Some(res)
            }
            Quote::Raw => self.can_hold(value).then(|| value.to_owned()),
        }
    }
}

impl EnvFile {
    /// The edit that appends `key=value` at the end of the file, quoted so that Compose reads the
    /// value back as it is; `None` for a name or a value that cannot be written. `text` is the
    /// file's content.
    pub fn append(&self, file: FileId, text: &str, key: &str, value: &str) -> Option<Edit> {
        if key.is_empty() {
            return None;
        }
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let content = text.strip_prefix('\u{feff}').unwrap_or(text);
        let start = if content.is_empty() || content.ends_with('\n') { "" } else { newline };
        self.first_that_reads_back(text, key, value, Quote::None, |written| {
            Edit::insert(file, text.len(), format!("{start}{key}={written}{newline}"))
        })
    }

    /// The edit that gives the live entry of `key` a new value. The spelling of the name,
    /// `export`, the separator, the comment behind it and, where it can hold the value, the
    /// quoting stay. `None` where there is no such entry or the value cannot be written.
    pub fn set(&self, file: FileId, text: &str, key: &str, value: &str) -> Option<Edit> {
        let entry = self.get(key)?;
        let quote = entry.value.as_ref().map_or(Quote::None, |value| value.quote);
        self.first_that_reads_back(text, key, value, quote, |written| match &entry.value {
            Some(old) => Edit::replace(old.span, written),
            None => Edit::insert(file, entry.key_span.end, format!("={written}")),
        })
    }

    /// The edit with the value in the first quoting in which it reads back as meant while the
    /// other entries stay what they are.
    fn first_that_reads_back(
        &self,
        text: &str,
        key: &str,
        value: &str,
        preferred: Quote,
        edit: impl Fn(String) -> Edit,
    ) -> Option<Edit> {
        for quote in [preferred, Quote::None, Quote::Single, Quote::Double] {
            let Some(written) = quote.write(value) else { continue };
            let edit = edit(written);
            let before = text.get(..edit.span.start)?;
            let behind = text.get(edit.span.end..)?;
            let after = EnvFile::parse(edit.span.file, &format!("{before}{}{behind}", edit.text));
            let reads_back = after.get(key).and_then(literal).as_deref() == Some(value);
            let (errors, entries) = (after.errors.len(), self.keys(key));
            if reads_back && errors <= self.errors.len() && after.keys(key) == entries {
                return Some(edit);
            }
        }
        None
    }

    /// The names of the other entries, but for the nameless one.
    fn keys(&self, without: &str) -> Vec<&str> {
        let keys = self.entries.iter().map(|entry| entry.key.as_str());
        keys.filter(|key| !key.is_empty() && *key != without).collect()
    }
}

/// The value of an entry, where it has no references.
fn literal(entry: &EnvEntry) -> Option<String> {
    let value = entry.value.as_ref()?;
    let text = value.text.as_str();
    if value.quote == Quote::Single {
        return Some(text.to_owned());
    }
    let plain = text.replace("$$", "");
    (!plain.contains('$')).then(|| text.replace("$$", "$"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::EditSet;

    const FILE: FileId = FileId(0);

    fn applied(text: &str, edit: Option<Edit>) -> String {
        let mut set = EditSet::default();
        set.insert_all(&[edit.unwrap_or_else(|| panic!("no edit for {text:?}"))]).unwrap();
        set.apply(FILE, text).unwrap()
    }

    fn append(text: &str, key: &str, value: &str) -> String {
        applied(text, EnvFile::parse(FILE, text).append(FILE, text, key, value))
    }

    fn set(text: &str, key: &str, value: &str) -> String {
        applied(text, EnvFile::parse(FILE, text).set(FILE, text, key, value))
    }

    #[test]
    fn an_entry_is_appended_on_a_line_of_its_own() {
        for (text, expected) in [
            ("", "B=2\n"),
            ("\u{feff}", "\u{feff}B=2\n"),
            ("A=1\n", "A=1\nB=2\n"),
            ("A=1", "A=1\nB=2\n"),
            ("A=1 # note", "A=1 # note\nB=2\n"),
            ("A=1\r\n#", "A=1\r\n#\r\nB=2\r\n"),
            ("A=\"open\n", "A=\"open\nB=2\n"),
            ("A='x'", "A='x'\nB=2\n"),
        ] {
            assert_eq!(append(text, "B", "2"), expected, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_quoted_only_where_it_must_be() {
        for (value, expected) in [
            ("qemu+ssh://dev@h:22/system", "K=qemu+ssh://dev@h:22/system\n"),
            ("", "K=\n"),
            ("two words", "K='two words'\n"),
            ("#x", "K='#x'\n"),
            ("a$b", "K='a$b'\n"),
            ("it's", "K=\"it's\"\n"),
            ("a\\", "K=\"a\\\\\"\n"),
            ("a\nb", "K=\"a\\nb\"\n"),
        ] {
            assert_eq!(append("", "K", value), expected, "{value:?}");
        }
        for (key, value) in [("", "x"), ("A B", "x"), ("A=B", "x"), ("A\nB", "x"), ("A", "\0")] {
            assert_eq!(EnvFile::default().append(FILE, "", key, value), None, "{key:?} {value:?}");
        }
    }

    #[test]
    fn a_new_value_leaves_the_rest_of_the_line() {
        for (text, value, expected) in [
            ("A=1\nA=2 # live\nB=$A\n", "3", "A=1\nA=3 # live\nB=$A\n"),
            ("export A : \"x\" # n\r\n", "y", "export A : \"y\" # n\r\n"),
            ("A='x'B=1\n", "it's", "A=\"it's\"B=1\n"),
            ("A=\"$X\"\n", "a$b", "A=\"a\\$b\"\n"),
            ("A=x # n\n", "", "A='' # n\n"),
            ("A= \r\n", "v", "A=v \r\n"),
            ("export A # no\nB=1\n", "v", ""),
            ("A\nB=1\n", "v", "A=v\nB=1\n"),
            ("A='one\ntwo'\n", "three", "A='three'\n"),
            ("A=x\n", "a b", "A='a b'\n"),
        ] {
            if expected.is_empty() {
                assert_eq!(EnvFile::parse(FILE, text).set(FILE, text, "A", value), None, "{text}");
                continue;
            }
            assert_eq!(set(text, "A", value), expected, "{text:?}");
        }
    }

    #[test]
    fn a_part_that_spoils_its_quoting_is_told() {
        for (quote, part, expected) in [
            (Quote::None, "60022", true),
            (Quote::None, "a\\b", true),
            (Quote::None, "a b", false),
            (Quote::None, "#a", false),
            (Quote::None, "$a", false),
            (Quote::Single, "a b#$\"", true),
            (Quote::Single, "a'", false),
            (Quote::Single, "a\\", false),
            (Quote::Double, "a b#'", true),
            (Quote::Double, "$a", false),
            (Quote::Double, "a\nb", false),
        ] {
            assert_eq!(quote.can_hold(part), expected, "{quote:?} {part:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_appended_and_set_reads_back(
            text in "[A-C=:'\"\\\\ #$\n\rx]{0,24}",
            value in any::<String>(),
        ) {
            let file = EnvFile::parse(FILE, &text);
            for edit in [file.append(FILE, &text, "K", &value), file.set(FILE, &text, "A", &value)] {
                let Some(edit) = edit else { continue };
                let key = if edit.text.contains("K=") { "K" } else { "A" };
                let after = EnvFile::parse(FILE, &applied(&text, Some(edit)));
                let read = after.get(key).and_then(literal);
                prop_assert_eq!(read.as_deref(), Some(value.as_str()));
            }
        }

        #[test]
        fn every_text_without_a_nul_can_be_appended(value in "[^\0]*") {
            prop_assert!(EnvFile::default().append(FILE, "", "K", &value).is_some());
        }

        #[test]
        fn a_part_that_can_be_held_reads_as_it_is(
            part in any::<String>(), before in "[a-z]{0,3}", behind in "[a-z]{0,3}",
        ) {
            for (quote, mark) in [(Quote::None, ""), (Quote::Single, "'"), (Quote::Double, "\"")] {
                if quote.can_hold(&part) {
                    let value = format!("{before}{part}{behind}");
                    let after = EnvFile::parse(FILE, &format!("A={mark}{value}{mark}\n"));
                    prop_assert_eq!(after.get("A").and_then(literal), Some(value));
                }
            }
        }
    }
}
