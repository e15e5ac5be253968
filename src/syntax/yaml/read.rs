use super::{Yaml, check, recover, tabs};
use crate::syntax::SyntaxError;
use crate::text::{FileId, Span};

/// Larger texts are refused: no configuration file is this long, and a page reads at every key.
const SIZE_LIMIT: usize = 1 << 20;

/// More errors than anyone reads.
pub(super) const ERROR_LIMIT: usize = 100;

impl Yaml {
    /// Reads `text`, the content of `file`. A text of more than 1 MiB is not read but for one
    /// error; of one with more than a hundred errors, the first hundred are told.
    pub fn parse(file: FileId, text: &str) -> Yaml {
        if text.len() > SIZE_LIMIT {
            let error = SyntaxError {
                span: Span::at(file, 0),
                message: "the text is longer than 1 MiB and was not read".to_owned(),
                help: "give the configuration file alone".to_owned(),
                fix: None,
            };
            return Yaml { documents: Vec::new(), errors: vec![error] };
        }
        let mut yaml = recover::read(file, text);
        check::duplicate_keys(text, &yaml.documents, &mut yaml.errors);
        check::aliases(&yaml.documents, &mut yaml.errors);
        tabs::check(file, text, &yaml.documents, &mut yaml.errors);
        yaml.errors.sort_by_key(|error| (error.span.start, error.span.end));
        yaml.errors.truncate(ERROR_LIMIT);
        yaml
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::yaml::{Datum, Document};
    use crate::text::Edit;

    const FILE: FileId = FileId(0);

    /// What is marked in each error, its message, and the keys that are read all the same.
    fn reading(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        let yaml = Yaml::parse(FILE, text);
        let errors = yaml
            .errors
            .iter()
            .map(|error| (text[error.span.range()].to_owned(), error.message.clone()))
            .collect();
        let mut keys = Vec::new();
        for datum in yaml.documents.iter().map(Document::datum) {
            if let Datum::Map(entries) = datum {
                keys.extend(entries.into_iter().map(|(key, _)| match key {
                    Datum::Text(text) => text,
                    other => format!("{other:?}"),
                }));
            }
        }
        (errors, keys)
    }

    #[test]
    fn an_error_stands_where_to_mend_and_the_rest_is_read() {
        for (text, place, message, keys) in [
            (
                "a: b: c\nd: 1",
                "b: c",
                "a colon and a blank stand within a value that has no quotes",
                "d",
            ),
            (
                "a: http://x: y\nd: 1",
                "http://x: y",
                "a colon and a blank stand within a value that has no quotes",
                "d",
            ),
            ("a: 1\nport:2222\nc: 3", "port:2222", "a blank is missing behind the colon", "a c"),
            ("port:2222\nc: 3", "port:2222", "a blank is missing behind the colon", "c"),
            ("l:\n- a\n-b\nx: 1", "-b", "a blank is missing behind the dash", "l x"),
            (
                "a: 1\nfoo\nb: 2",
                "foo",
                "the line is neither a key with a colon nor a list item",
                "a b",
            ),
            ("foo\nb: 2", "foo", "the line is neither a key with a colon nor a list item", "b"),
            (
                "ssh:\n  a: 1\n    b: 2\nc: 3",
                "b: 2",
                "the line is indented deeper than the one above it, which has a value already",
                "ssh c",
            ),
            (
                "ssh:\n    a: 1\n  b: 2\nc: 3",
                "b: 2",
                "the line's indentation matches none of the levels above",
                "ssh c",
            ),
            (
                "  a: 1\nb: 2\nc: 3",
                "b: 2",
                "the line stands further left than the first one",
                "a b c",
            ),
            ("a: \"x\nb: \"y\"\nc: 3", "\"x", "the quote opened here is never closed", "b c"),
            ("k: 'it's'\nb: 1", "s'", "text follows the closing quote", "b"),
            ("a: [\"x\" \"y\"]\nb: 2", "\"y\"]", "text follows the closing quote", "b"),
            ("a: [1, 2\nb: 3", "[1, 2", "the `[` opened here is not closed", "b"),
            ("a: {x: 1\nb: 3", "{x: 1", "the `{` opened here is not closed", "b"),
            ("a: 1\nb: [1, 2", "[1, 2", "the `[` opened here is not closed", "a"),
            ("a: [1}\nb: 2", "[", "`[` is closed by `}`", "b"),
            ("a: [1]]\nb: 2", "]", "a closing bracket has no opening one", "b"),
            ("w: \"C:\\path\"\nb: 2", "\\p", "`\\p` is no escape in double quotes", "b"),
            ("w: \"a\\x4\"\nb: 2", "\\x", "`\\x` is no escape in double quotes", "b"),
            ("a: @x\nb: 2", "@", "a text without quotes cannot start with `@`", "b"),
            (
                "a: 1\n```\nb: 2",
                "```",
                "the line marks a code block and is no part of the file",
                "a b",
            ),
            (
                "a: \u{1b}[0mx\nb: 2",
                "\u{1b}",
                "the control character U+001B stands in the text",
                "b",
            ),
            (
                "location: {{.Home}}/x\nb: 2",
                "location: {{.Home}}/x",
                "a text that starts with `{{` needs quotes",
                "b",
            ),
            (
                "$ cat lima.yaml\na: 1",
                "$ cat lima.yaml",
                "the line looks like a prompt and is no part of the file",
                "a",
            ),
            (
                "a: 1\n> b: 2",
                "> b: 2",
                "the line looks like a prompt and is no part of the file",
                "a",
            ),
            ("a: - b\nc: 2", "- b", "a list item cannot start in the line of its key", "c"),
            ("%FOO\na: 1", "%FOO", "a line that starts with `%` is a directive", "a"),
            (
                "a: 1\n=======\nb: 2",
                "=======",
                "the line is left over from a merge of two versions",
                "a b",
            ),
            (
                "{\"a\": 1\n \"b\": [2]}",
                "\"b\": [2]}",
                "a comma or a closing bracket is missing before this",
                "",
            ),
            (
                "k:\n>\n a\nb: 2",
                ">",
                "a block text cannot start at the indentation of its key",
                "k b",
            ),
            ("a: *\nb: 2", "*", "a name must follow the `*` or `&`", "b"),
            (
                "a: *.yaml\nb: 2",
                "*.yaml",
                "`*.yaml` refers to an anchor that is not set above it",
                "a b",
            ),
            ("a: &x [*x]\nb: 2", "*x", "`*x` stands within the value that it refers to", "a b"),
            ("a: 1\nb:\n  c: 1\n  \"c\": 2", "\"c\"", "`c` is given twice, first in line 3", "a b"),
            ("<<: {}\n<<: {}", "<<", "`<<` is given twice, first in line 1", "<< <<"),
        ] {
            let (errors, read) = reading(text);
            assert_eq!(errors, [(place.to_owned(), message.to_owned())], "{text:?}");
            assert_eq!(read.join(" "), keys, "{text:?}");
        }
    }

    #[test]
    fn what_lima_and_compose_read_is_no_error_though_the_parser_refuses_it() {
        for text in ["a: \"x\"#c\nb: 1", "a: [x]#c\n", "s: [\n\ta\n]\nb: 1", "{\n\t\"a\": 1\n}\n"] {
            assert_eq!(reading(text).0, [], "{text:?}");
        }
    }

    #[test]
    fn several_errors_are_told_at_once_and_leave_the_healthy_parts() {
        let text = "\
services:
  web:
    image: x
    ports:
    - \"80:80\"
    - \"81:81\" x
    - a
  db:
    image:y
    tty: true
volumes: {}
---
a: [1
---
b: 1
";
        let yaml = Yaml::parse(FILE, text);
        let marked: Vec<_> = yaml.errors.iter().map(|e| &text[e.span.range()]).collect();
        assert_eq!(marked, ["x", "image:y", "[1"]);
        let incomplete: Vec<_> = yaml.documents.iter().map(|d| d.incomplete).collect();
        assert_eq!(incomplete, [true, true, false]);
        let broken: Vec<_> =
            yaml.documents[0].broken().iter().map(|span| &text[span.range()]).collect();
        assert_eq!(broken, ["    - \"81:81\" x", "    image:y"]);
        let read = format!("{:?}", yaml.documents[0].datum());
        for word in ["80:80", "Text(\"a\")", "tty", "volumes"] {
            assert!(read.contains(word), "{word} in {read}");
        }
    }

    #[test]
    fn tabs_that_only_the_parser_accepts_are_errors_with_a_fix() {
        for (text, mended) in [
            ("a: 1\n\t\nb: 2\n", "a: 1\n\nb: 2\n"),
            ("a: 'x'\r\n \t\r\nb: 2\r\n", "a: 'x'\r\n\r\nb: 2\r\n"),
            ("a:\n  b: 1\n  \t\nc: 2\n", "a:\n  b: 1\n\nc: 2\n"),
            ("a: \"x\n\ty\"\n", "a: \"x\n y\"\n"),
            ("a:\n  b: 'x\n  \ty'\n", "a:\n  b: 'x\n   y'\n"),
            ("\tkey: 1\n", " key: 1\n"),
            ("ssh:\n  \tlocalPort: 1\n", "ssh:\n   localPort: 1\n"),
            ("-\tlocation: x\n", "- location: x\n"),
            ("- \ta: 1\n", "-  a: 1\n"),
            ("a: 1\n \t# c\n", "a: 1\n  # c\n"),
            ("a: |\n  x\n\t\n", "a: |\n  x\n\n"),
            // These the parser refuses, too.
            ("ssh:\n\ta: 1\n\tb: 2\nc: 3\n", "ssh:\n  a: 1\n  b: 2\nc: 3\n"),
            ("ssh:\n  a: 1\n\tb: 2\n", "ssh:\n  a: 1\n  b: 2\n"),
            ("a: |\n  x\n\t\n  y\nb: 1\n", "a: |\n  x\n\n  y\nb: 1\n"),
        ] {
            let yaml = Yaml::parse(FILE, text);
            assert_eq!(yaml.errors.len(), 1, "{text:?}: {:?}", yaml.errors);
            let fix = yaml.errors[0].fix.as_ref().unwrap_or_else(|| panic!("no fix: {text:?}"));
            assert_eq!(apply(text, fix), mended, "{text:?}");
            let after = Yaml::parse(FILE, mended);
            assert_eq!(after.errors, [], "{text:?}");
            if !yaml.documents[0].incomplete {
                assert_eq!(after.documents[0].datum(), yaml.documents[0].datum(), "{text:?}");
            }
        }
    }

    fn apply(text: &str, edit: &Edit) -> String {
        let mut res = text.to_owned();
        res.replace_range(edit.span.range(), &edit.text);
        res
    }

    #[test]
    fn tabs_elsewhere_do_no_harm() {
        for text in [
            "a:\t1\n",
            "a: 1\t# c\n",
            "a:\t\n  b: 1\n",
            "a: |\n  \tx\n  \t\n  y\n",
            "a: [\n  1,\n\t2\n]\n",
            "a: \"x\n \ty\"\n",
            "\"x\n\ty\"\n",
            "{\n\t\"a\": 1\n}\n",
            "a: x\n \ty\n",
            "a:\n  b: x\n   \ty\nc: 1\n",
            "a: 1\n \t\nb: 2\n",
            "a: 1\n\n \t\n \t\n",
            "a:\n- b: 1\n   \t\n- c: 1\n",
        ] {
            assert_eq!(reading(text).0, [], "{text:?}");
        }
    }

    #[test]
    fn texts_without_content_have_no_document_or_one_without_a_root() {
        for (text, roots) in [
            ("", vec![]),
            ("\u{feff}", vec![]),
            ("# c\r\n", vec![]),
            ("---\n", vec![false]),
            ("--- # c\n...\n", vec![false]),
            ("--- !x\n", vec![true]),
            ("a: 1\n---\n---\nb: 1\n", vec![true, false, true]),
            ("\u{feff}a: 1\n...\n...\n# c\n---\nb: 1", vec![true, true]),
        ] {
            let yaml = Yaml::parse(FILE, text);
            let found: Vec<_> = yaml.documents.iter().map(|d| d.root.is_some()).collect();
            assert_eq!(found, roots, "{text:?}");
            assert_eq!(yaml.errors, [], "{text:?}");
        }
    }

    #[test]
    fn size_and_depth_have_limits() {
        let large = "a: 1\n".repeat(300_000);
        let yaml = Yaml::parse(FILE, &large);
        assert_eq!((yaml.documents.len(), yaml.errors.len()), (0, 1));

        for deep in ["[".repeat(70), "- ".repeat(70), "{a: ".repeat(5000), "? ".repeat(5000)] {
            let yaml = Yaml::parse(FILE, &deep);
            assert!(!yaml.errors.is_empty(), "{}", &deep[..8]);
        }
        let nested = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert_eq!(Yaml::parse(FILE, &nested).errors, []);
        let mixed = format!("{}{}{}", "- ".repeat(40), "[".repeat(24), "]".repeat(24));
        assert_eq!(Yaml::parse(FILE, &mixed).errors, []);
    }

    #[test]
    fn an_alias_bomb_is_not_expanded() {
        let mut text = "a0: &a0 [x, x]\n".to_owned();
        for i in 1..40 {
            text.push_str(&format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1));
        }
        text.push_str("m0: &m0 {k0: 1}\n");
        for i in 1..40 {
            text.push_str(&format!("m{i}: &m{i} {{<<: [*m{0}, *m{0}], k{i}: 1}}\n", i - 1));
        }
        let yaml = Yaml::parse(FILE, &text);
        assert_eq!(yaml.errors, []);
        let document = &yaml.documents[0];
        let root = document.root.as_ref().unwrap();
        let last = &document.get(root, "m39").unwrap().value;
        assert!(document.get(last, "k35").is_some());
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "[a-c:\\- \n\t\r\"'\\[\\]{}&*!|>%@#?,.~x1\\\\é\u{feff}]{0,60}") {
            let yaml = Yaml::parse(FILE, &text);
            for error in &yaml.errors {
                prop_assert!(text.get(error.span.range()).is_some(), "{:?}", error.span);
                // What the parser accepts, the cursor can follow.
                prop_assert_ne!(&error.message, "this cannot be made out");
            }
        }

        #[test]
        fn any_characters_get_an_answer(text in "\\PC{0,40}") {
            Yaml::parse(FILE, &text);
        }
    }
}
