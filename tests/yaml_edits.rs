//! Changes to YAML: what is written where, and that a second reader sees just the change.

mod support;

use lima_doctor::syntax::yaml::{Document, Segment, Value, Yaml, YamlEditError};
use lima_doctor::text::{Edit, EditSet, FileId};

const FILE: FileId = FileId(0);

fn path(words: &str) -> Vec<Segment> {
    words
        .split('.')
        .filter(|word| !word.is_empty())
        .map(|word| match word.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key(word.to_owned()),
        })
        .collect()
}

fn document(text: &str) -> Document {
    let mut yaml = Yaml::parse(FILE, text);
    if yaml.documents.is_empty() { Document::empty(FILE) } else { yaml.documents.remove(0) }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut set = EditSet::default();
    set.insert_all(edits).expect("disjoint edits");
    set.apply(FILE, text).expect("edits within the text")
}

fn set(text: &str, at: &str, value: &Value) -> Result<String, YamlEditError> {
    document(text).set(text, &path(at), value).map(|edits| apply(text, &edits))
}

fn append(text: &str, at: &str, value: &Value) -> Result<String, YamlEditError> {
    document(text).append(text, &path(at), value).map(|edits| apply(text, &edits))
}

fn remove(text: &str, at: &str) -> Result<String, YamlEditError> {
    document(text).remove(text, &path(at)).map(|edits| apply(text, &edits))
}

fn word(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn mount() -> Value {
    let entries = [("location", word("/x")), ("writable", Value::Bool(true))];
    Value::Map(entries.map(|(key, value)| (key.to_owned(), value)).to_vec())
}

#[test]
fn a_mount_is_appended_wherever_the_list_stands() {
    for (text, expected) in [
        ("", "mounts:\n- location: \"/x\"\n  writable: true\n"),
        ("# only this", "# only this\nmounts:\n- location: \"/x\"\n  writable: true\n"),
        ("\u{feff}", "\u{feff}mounts:\n- location: \"/x\"\n  writable: true\n"),
        ("---\n# c\n", "---\nmounts:\n- location: \"/x\"\n  writable: true\n# c\n"),
        ("--- # c\n...\n", "--- # c\nmounts:\n- location: \"/x\"\n  writable: true\n...\n"),
        // Missing.
        ("a: 1\n", "a: 1\nmounts:\n- location: \"/x\"\n  writable: true\n"),
        ("a: 1", "a: 1\nmounts:\n- location: \"/x\"\n  writable: true"),
        (
            "a:\r\n  - b # c\r\n\r\n# end\r\n",
            "a:\r\n  - b # c\r\nmounts:\r\n  - location: \"/x\"\r\n    writable: true\r\n\r\n# end\r\n",
        ),
        ("{a: 1}\n", "{a: 1, mounts: [{location: \"/x\", writable: true}]}\n"),
        ("{\"a\": 1}", "{\"a\": 1, \"mounts\": [{\"location\": \"/x\", \"writable\": true}]}"),
        (
            "{\n  \"a\": 1 # c\n}\n",
            "{\n  \"a\": 1, # c\n  \"mounts\": [{\"location\": \"/x\", \"writable\": true}]\n}\n",
        ),
        ("a: |\n  x", "a: |-\n  x\nmounts:\n- location: \"/x\"\n  writable: true"),
        ("a: |+\n  x\n\n", "a: |+\n  x\n\nmounts:\n- location: \"/x\"\n  writable: true\n"),
        ("a: |\n  x\n\n# c\n", "a: |\n  x\nmounts:\n- location: \"/x\"\n  writable: true\n\n# c\n"),
        // Null.
        ("mounts:\n", "mounts:\n- location: \"/x\"\n  writable: true\n"),
        (
            "mounts: # c\n# - location: y\na: 1\n",
            "mounts: # c\n- location: \"/x\"\n  writable: true\n# - location: y\na: 1\n",
        ),
        ("mounts: null # c\na: 1\n", "mounts: # c\n- location: \"/x\"\n  writable: true\na: 1\n"),
        ("mounts: ~\n", "mounts:\n- location: \"/x\"\n  writable: true\n"),
        ("mounts:\n  null\n", "mounts:\n  - location: \"/x\"\n    writable: true\n"),
        ("{mounts: , a: 1}", "{mounts: [{location: \"/x\", writable: true}], a: 1}"),
        ("{mounts}", "{mounts: [{location: \"/x\", writable: true}]}"),
        // Empty.
        ("mounts: [] # c\na: 1\n", "mounts: # c\n- location: \"/x\"\n  writable: true\na: 1\n"),
        ("mounts: {}\n", "mounts:\n- location: \"/x\"\n  writable: true\n"),
        (
            "mounts: [\n  # none\n]\n",
            "mounts: [\n  {location: \"/x\", writable: true}\n  # none\n]\n",
        ),
        // Block.
        (
            "mounts:\n- location: a # c\n\na: 1\n",
            "mounts:\n- location: a # c\n- location: \"/x\"\n  writable: true\n\na: 1\n",
        ),
        (
            "mounts:\n    -   location: a\n    # end\n",
            "mounts:\n    -   location: a\n    -   location: \"/x\"\n        writable: true\n    # end\n",
        ),
        (
            "mounts:\n- location: a\n  writable:\n-\n",
            "mounts:\n- location: a\n  writable:\n-\n- location: \"/x\"\n  writable: true\n",
        ),
        // Flow.
        ("mounts: [a] # c\n", "mounts: [a, {location: \"/x\", writable: true}] # c\n"),
        ("mounts: [a, ]\n", "mounts: [a, {location: \"/x\", writable: true}, ]\n"),
        (
            "mounts: [\n  a, # one\n  b # two\n]\n",
            "mounts: [\n  a, # one\n  b, # two\n  {location: \"/x\", writable: true}\n]\n",
        ),
        (
            "mounts: [\n  a, # one\n]\n",
            "mounts: [\n  a, # one\n  {location: \"/x\", writable: true},\n]\n",
        ),
    ] {
        let found = append(text, "mounts", &mount());
        assert_eq!(found.as_deref(), Ok(expected), "{text:?}");
        support::readers_agree(expected).unwrap_or_else(|error| panic!("{expected:?}: {error}"));
    }
}

#[test]
fn a_value_is_set_where_it_is_or_added() {
    let port = Value::Int(60022);
    for (text, at, value, expected) in [
        ("ssh:\n  localPort: 1 # c\n", "ssh.localPort", &port, "ssh:\n  localPort: 60022 # c\n"),
        ("ssh:\n    a: 1\n", "ssh.localPort", &port, "ssh:\n    a: 1\n    localPort: 60022\n"),
        ("ssh: {a: 1}\n", "ssh.localPort", &port, "ssh: {a: 1, localPort: 60022}\n"),
        ("ssh: {e: }\n", "ssh.localPort", &port, "ssh: {e: , localPort: 60022}\n"),
        ("ssh: {} # c\n", "ssh.localPort", &port, "ssh: # c\n  localPort: 60022\n"),
        ("ssh: # c\nb: 1\n", "ssh.localPort", &port, "ssh: # c\n  localPort: 60022\nb: 1\n"),
        ("b:\n    c: 1\n", "ssh.localPort", &port, "b:\n    c: 1\nssh:\n    localPort: 60022\n"),
        ("ssh:\n  localPort:\n", "ssh.localPort", &port, "ssh:\n  localPort: 60022\n"),
        (
            "ssh:\n  localPort: &p # c\n",
            "ssh.localPort",
            &port,
            "ssh:\n  localPort: &p 60022 # c\n",
        ),
        ("ssh: {localPort}\n", "ssh.localPort", &port, "ssh: {localPort: 60022}\n"),
        ("{\"ssh\":{\"localPort\":1}}", "ssh.localPort", &port, "{\"ssh\":{\"localPort\":60022}}"),
        ("  a: 1\n", "b", &port, "  a: 1\n  b: 60022\n"),
        ("? a\n: 1\n", "b", &port, "? a\n: 1\nb: 60022\n"),
        ("a: |- # c\n  x\n  y\nb: 1\n", "a", &port, "a: 60022 # c\nb: 1\n"),
        ("a: >\n  x\n\n  y", "a", &port, "a: 60022"),
        ("a: \"x\n  y\" # c\n", "a", &port, "a: 60022 # c\n"),
        ("- a: 1\n  b: 2 # c\n- c: 1\n", "0.b", &port, "- a: 1\n  b: 60022 # c\n- c: 1\n"),
        ("- - x\n  - y\n", "0.1", &port, "- - x\n  - 60022\n"),
        ("-\n- a\n", "0", &port, "- 60022\n- a\n"),
        ("- # c\n- a\n", "0.k", &port, "- # c\n  k: 60022\n- a\n"),
        ("a: &x 1\nb: *x\n", "b", &port, "a: &x 1\nb: 60022\n"),
        ("b: &b {a: 1}\nc:\n  <<: *b\n", "c.a", &port, "b: &b {a: 1}\nc:\n  <<: *b\n  a: 60022\n"),
        ("a: 1\n---\nb: 1\n", "c", &port, "a: 1\nc: 60022\n---\nb: 1\n"),
        ("a: 1\r# c\r", "b", &port, "a: 1\rb: 60022\r# c\r"),
        ("a: 60022\n", "a", &port, "a: 60022\n"),
    ] {
        assert_eq!(set(text, at, value).as_deref(), Ok(expected), "{text:?}");
        support::readers_agree(expected).unwrap_or_else(|error| panic!("{expected:?}: {error}"));
    }
}

#[test]
fn text_reads_back_whatever_it_holds() {
    let awkward = "\u{0}\u{7f}\u{85}\u{9f}\u{2028}\u{feff}\u{ffff}\t\r\n\"\\/ü😀: # *&!";
    for text in ["a: 1\n", "a: 'x' # c\n", "{a: 1}", "[1]\n", ""] {
        let at = if text.starts_with('[') { "0" } else { "a" };
        let found = set(text, at, &word(awkward)).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        support::readers_agree(&found).unwrap_or_else(|error| panic!("{found:?}: {error}"));
    }
    for key in ["no", "1", "", "a b", "true", "x-y_z", "<<", "#", "ü"] {
        let path = [Segment::Key(key.to_owned())];
        let edits = document("a: 1\n").set("a: 1\n", &path, &Value::Int(1)).expect(key);
        support::readers_agree(&apply("a: 1\n", &edits)).expect(key);
    }
}

#[test]
fn what_is_there_already_needs_no_edit() {
    for (text, at, value) in [
        ("a: 5\n", "a", Value::Int(5)),
        ("a: 0x5\n", "a", Value::Int(5)),
        ("a: 'x'\n", "a", word("x")),
        ("a: True\n", "a", Value::Bool(true)),
        ("mounts: [{location: /x, writable: true}]\n", "mounts.0", mount()),
    ] {
        assert_eq!(document(text).set(text, &path(at), &value), Ok(vec![]), "{text:?}");
    }
    // `5` is a number, `"5"` a text.
    assert_eq!(set("a: 5\n", "a", &word("5")).as_deref(), Ok("a: \"5\"\n"));
}

#[test]
fn an_entry_is_put_behind_another_one() {
    let text = "# head\nvmType: vz # c\n# about a\na: |\n  x\n\nb: 1\n";
    for (behind, expected) in [
        ("vmType", "# head\nvmType: vz # c\nnew: 1\n# about a\na: |\n  x\n\nb: 1\n"),
        ("a", "# head\nvmType: vz # c\n# about a\na: |\n  x\nnew: 1\n\nb: 1\n"),
        ("b", "# head\nvmType: vz # c\n# about a\na: |\n  x\n\nb: 1\nnew: 1\n"),
        ("none", "# head\nvmType: vz # c\n# about a\na: |\n  x\n\nb: 1\nnew: 1\n"),
    ] {
        let edits = document(text).insert_after(text, behind, "new", &Value::Int(1));
        assert_eq!(edits.map(|e| apply(text, &e)).as_deref(), Ok(expected), "{behind}");
    }
    let there = document(text).insert_after(text, "a", "b", &Value::Int(1));
    assert!(matches!(there, Err(YamlEditError::NoPlace(_))));
}

#[test]
fn where_no_safe_way_is_left_the_edit_is_refused() {
    let shared = |name: &str| YamlEditError::Shared(name.to_owned());
    for (text, at, expected) in [
        ("a: &x {b: 1}\nc: *x\n", "a.b", shared("x")),
        ("a: &x {b: 1}\nc: *x\n", "c.b", shared("x")),
        ("a: &x 1\nc: *x\n", "a", shared("x")),
    ] {
        assert_eq!(set(text, at, &Value::Int(2)), Err(expected), "{text:?}");
    }
    assert!(set("a: &x {b: 1}\nc: 2\n", "a.b", &Value::Int(2)).is_ok(), "an unused anchor");
    for (text, at) in [
        ("a: 1\na: 2\n", "a"),
        ("a: !!str 1\n", "a"),
        ("a: [b: 1]\n", "a.0.c"),
        ("a: {? b : 1}\n", "a.c"),
        ("? a\n", "b"),
        ("? a\n", "a"),
        ("a:\n  b: 1\n", "a"),
    ] {
        let found = set(text, at, &Value::Int(3));
        assert!(matches!(found, Err(YamlEditError::Style(_))), "{text:?}: {found:?}");
    }
    for (text, at) in
        [("a: 1\n", "a.b"), ("a: [1]\n", "a.1"), ("a: [1]\n", "a.b"), ("a: 1\n", "b.0")]
    {
        let found = set(text, at, &Value::Int(3));
        assert!(matches!(found, Err(YamlEditError::NoPlace(_))), "{text:?}: {found:?}");
    }
    let found = append("a:\n  null # c\n", "a", &mount());
    assert!(matches!(found, Err(YamlEditError::Style(_))), "{found:?}");
    let found = append("a: {<<: {m: [1]}}\n", "a.m", &Value::Int(3));
    assert!(matches!(found, Err(YamlEditError::Style(_))), "the merged list: {found:?}");
}

#[test]
fn a_broken_file_takes_edits_outside_what_is_broken() {
    let text = "a: 1\nb: x: y\nc:\n  d: 1\nmounts:\n- \"x\" y\nlast: 1\n";
    assert_eq!(
        set(text, "c.d", &Value::Int(2)).as_deref(),
        Ok("a: 1\nb: x: y\nc:\n  d: 2\nmounts:\n- \"x\" y\nlast: 1\n")
    );
    for found in [append(text, "mounts", &mount()), set(text, "b", &Value::Int(1))] {
        assert!(found.is_err(), "{found:?}");
    }
}

#[test]
fn an_edit_to_another_text_than_the_one_read_is_refused() {
    let read = document("a: 1\nb: 2\n");
    for text in ["a: 1\nb: 3\n", "a: 1\n", "", "b: 2\na: 1\n", "ä: 1\nb: 2\n"] {
        let found = read.set(text, &path("b"), &Value::Int(5));
        assert!(matches!(found, Err(YamlEditError::NotAsMeant(_))), "{text:?}: {found:?}");
    }
}

#[test]
fn a_file_of_more_than_128_kib_is_left_as_it_is() {
    for (lines, fits) in [(10_000, true), (20_000, false)] {
        let text = "- 12345\n".repeat(lines);
        let found = append(&text, "", &Value::Int(1));
        assert_eq!(found == Ok(format!("{text}- 1\n")), fits, "{lines}");
        assert_eq!(found == Err(YamlEditError::TooLong), !fits, "{lines}");
    }
}

#[test]
fn an_entry_or_an_item_is_taken_away_with_its_lines() {
    for (text, at, expected) in [
        ("a:\n- x\n- y\nb: 1\n", "a.0", "a:\n- y\nb: 1\n"),
        ("a:\n  - x\n  - y # why\n", "a.0", "a:\n  - y # why\n"),
        ("a:\n  - x\n  - y\nb: 1", "a.1", "a:\n  - x\nb: 1"),
        ("a:\n- x\n- y", "a.1", "a:\n- x"),
        ("a:\r\n- x\r\n- y\r\n", "a.1", "a:\r\n- x\r\n"),
        ("a:\n- x: 1\n  y: 2\n\n- z\n", "a.0", "a:\n\n- z\n"),
        ("a: [x, y, z]\n", "a.1", "a: [x, z]\n"),
        ("a: [x, y, z]\n", "a.2", "a: [x, y]\n"),
        ("a: {x: 1, y: 2}\n", "a.x", "a: {y: 2}\n"),
        ("a: {x: 1, y: 2}\n", "a.y", "a: {x: 1}\n"),
        ("a: 1\nb:\n  c: 2\n  d: 3\n", "b.c", "a: 1\nb:\n  d: 3\n"),
        ("a: 1\nb: |\n  x\n  y\nc: 2\n", "b", "a: 1\nc: 2\n"),
        // What would be left empty goes, too.
        ("s:\n  a:\n  - x\n  b: 1\n", "s.a.0", "s:\n  b: 1\n"),
        ("s: {a: [x], b: 1}\n", "s.a.0", "s: {b: 1}\n"),
    ] {
        assert_eq!(remove(text, at).as_deref(), Ok(expected), "{text:?}, {at}");
    }
}

#[test]
fn nothing_is_taken_away_with_a_comment_or_an_anchor() {
    for (text, at) in [
        ("a:\n- x # why\n- y\n", "a.0"),
        ("a:\n- &x 1\n- *x\n", "a.0"),
        ("a:\n- x: 1 # why\n  y: 2\n- z\n", "a.0"),
        ("a: 1\n", "a"),
        ("a: 1\n", "b"),
        ("a: [x]\n", "a.3"),
    ] {
        assert!(remove(text, at).is_err(), "{text:?}, {at}");
    }
}
