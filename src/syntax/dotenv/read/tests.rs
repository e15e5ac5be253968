use proptest::prelude::*;

use super::*;

const FILE: FileId = FileId(0);

/// `key`, how it is quoted, and its text before references are followed.
fn entries(text: &str) -> Vec<(String, Option<(Quote, String)>)> {
    let file = EnvFile::parse(FILE, text);
    assert_eq!(file.errors, [], "{text:?}");
    let value = |value: &EnvValue| (value.quote, value.text.as_str().to_owned());
    file.entries.iter().map(|e| (e.key.clone(), e.value.as_ref().map(value))).collect()
}

fn one(text: &str) -> (Quote, String) {
    let (key, value) = entries(text).into_iter().next().unwrap_or_else(|| panic!("{text:?}"));
    assert_eq!(key, "A", "{text:?}");
    value.unwrap_or_else(|| panic!("{text:?}"))
}

#[test]
fn a_name_stands_before_the_first_separator() {
    for text in [
        "A=v",
        "A=v\n",
        "\u{feff}A=v",
        "A = v",
        "A: v",
        " \t\n# c\n  A=v\n",
        "export A=v",
        "export\tA : v\r\n",
        "A=v # c\n",
        "A=v\r\n",
        "A\u{a0}=v",
    ] {
        assert_eq!(one(text), (Quote::None, "v".into()), "{text:?}");
    }
    for key in ["exported", "export_x", "export.x", "a-b", "a[0]", "123", "-x", "", "größe"] {
        assert_eq!(entries(&format!("{key}=v\n"))[0].0, key);
    }
}

#[test]
fn a_name_alone_is_inherited() {
    assert_eq!(entries("A\nexport B\n"), [("A".into(), None), ("B".into(), None)]);
    assert_eq!(entries("export\n"), []);
    // Only an ASCII space ends the word.
    assert_eq!(entries("export\u{a0}A=v\n")[0].0, "export\u{a0}A");
    // At the very end of the file it is the value of a variable without a name.
    assert_eq!(entries("A"), [(String::new(), Some((Quote::None, "A".into())))]);
}

#[test]
fn an_unquoted_value_is_the_line_up_to_a_blank_and_a_hash() {
    for (text, expected) in [
        ("A=a b  c  \n", "a b  c"),
        ("A=v#x\n", "v#x"),
        ("A=v\t#x\n", "v\t#x"),
        ("A= # note\n", "# note"),
        ("A=x\"y 'z'\n", "x\"y 'z'"),
        ("A=a\\n\\$P\\\n", "a\\n\\$P\\"),
        ("A=\n", ""),
        ("A=1:2=3;B\n", "1:2=3;B"),
    ] {
        assert_eq!(one(text), (Quote::None, expected.into()), "{text:?}");
    }
}

#[test]
fn quoted_values() {
    for (text, quote, expected) in [
        (r#"A="x # y" # c"#, Quote::Double, "x # y"),
        (r"A='x # y'# c", Quote::Single, "x # y"),
        (r#"A="\a\b\f\n\r\t\v\\\"""#, Quote::Double, "\x07\x08\x0c\n\r\t\x0b\\\""),
        (r#"A="\$P $P \c \x41 \q \' \ z""#, Quote::Double, "$$P $P \\c \\x41 \\q \\' \\ z"),
        (r#"A="\0101 \0777 \01 \0 \0303""#, Quote::Double, "A \\777 \\1 \\ Ã"),
        (r"A='\n it\'s \\ \$P'", Quote::Single, r"\n it's \\ \$P"),
        ("A='one\r\ntwo'\n", Quote::Single, "one\r\ntwo"),
        ("A=''\n", Quote::Single, ""),
    ] {
        assert_eq!(one(text), (quote, expected.into()), "{text:?}");
    }
}

#[test]
fn behind_a_closing_quote_a_new_statement_starts() {
    let b = |text: &str| entries(text).into_iter().nth(1);
    assert_eq!(b("A=\"p\" B=q\n"), Some(("B".into(), Some((Quote::None, "q".into())))));
    assert_eq!(b("A=\"x\"y\nC=1\n"), Some(("y".into(), None)));
}

#[test]
fn what_compose_refuses_is_told_in_its_words_at_the_place() {
    for (text, place, message) in [
        ("OK=1\nA%=1\n", "%", r#"line 2: unexpected character "%" in variable name "A%=1""#),
        ("A=1\nB C=1\n", "B C", "line 2: key cannot contain a space"),
        ("some prose\n", "some prose", "line 1: key cannot contain a space"),
        ("A='it''s'\n", "'", r#"line 1: unexpected character "'" in variable name "'s'""#),
        ("A=1\nB=\"open\n\n", "\"open", "line 4: unterminated quoted value \"open"),
        ("A=1\r\nB='open\r\n", "'open", "line 3: unterminated quoted value 'open\r"),
        ("export ", "export ", "zero length string"),
        (
            "A=\"open\nB=\"x\"\n",
            "\"open",
            r#"line 2: unexpected character "\"" in variable name "x\"""#,
        ),
    ] {
        let file = EnvFile::parse(FILE, text);
        let error = file.errors.first().unwrap_or_else(|| panic!("{text:?}"));
        assert_eq!(error.message, message, "{text:?}");
        assert_eq!(&text[error.span.range()], place, "{text:?}");
        assert!(!error.help.is_empty(), "{text:?}");
    }
}

#[test]
fn entries_around_an_error_are_still_read() {
    let text = "A=1\nB!=2\nC=\"open\nD=\"4\"\nE F=\"5\n5\"\nG=7\n";
    let file = EnvFile::parse(FILE, text);
    let read: Vec<_> = file
        .entries
        .iter()
        .map(|e| (e.key.as_str(), e.value.as_ref().map_or("", |v| v.text.as_str())))
        .collect();
    assert_eq!(read, [("A", "1"), ("C", "open"), ("D", "4"), ("G", "7")]);
    assert_eq!(file.errors.len(), 3);
}

#[test]
fn a_quote_that_is_surely_missing_is_put_there() {
    let fixed = |text: &str| {
        let fix = EnvFile::parse(FILE, text).errors.remove(0).fix;
        fix.map(|edit| format!("{}{}", &text[..edit.span.start], edit.text))
    };
    assert_eq!(
        fixed("A=\"qemu+ssh://h/system\r\nB=1\n").as_deref(),
        Some("A=\"qemu+ssh://h/system\"")
    );
    assert_eq!(fixed("A='two words\n"), None);
}

#[test]
fn spans_are_the_bytes_that_were_read() {
    let text = "# c\nexport A : \"x\\ty\" # c\nB= \nC\n";
    let file = EnvFile::parse(FILE, text);
    let slices: Vec<_> = file
        .entries
        .iter()
        .map(|e| {
            let value = e.value.as_ref().map(|v| &text[v.span.range()]);
            (&text[e.span.range()], &text[e.key_span.range()], value)
        })
        .collect();
    assert_eq!(
        slices,
        [("export A : \"x\\ty\"", "A", Some("\"x\\ty\"")), ("B=", "B", Some("")), ("C", "C", None)]
    );
    let value = &file.entries[0].value.as_ref().unwrap().text;
    assert_eq!(value.as_str(), "x\ty");
    assert_eq!(value.written_at(2..3).map(|span| &text[span.range()]), Some("y"));
    assert_eq!(value.written_at(1..2), None, "an escape");
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_piece_is_where_it_says(
        text in prop_oneof![any::<String>(), "[AB=:'\"\\\\ #$\n\r0n{}]{0,40}"],
    ) {
        let file = EnvFile::parse(FILE, &text);
        for value in file.entries.iter().filter_map(|entry| entry.value.as_ref()) {
            let mut end = 0;
            for piece in value.text.pieces() {
                prop_assert_eq!(piece.range.start, end);
                end = piece.range.end;
                let span = piece.span.unwrap();
                prop_assert!(value.span.contains(span));
                if piece.verbatim {
                    prop_assert_eq!(&value.text.as_str()[piece.range.clone()], &text[span.range()]);
                }
            }
            prop_assert_eq!(end, value.text.as_str().len());
        }
        for error in &file.errors {
            prop_assert!(text.get(error.span.range()).is_some());
        }
    }
}
