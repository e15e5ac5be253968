//! Values that would be code if they were not quoted.

use std::collections::BTreeSet;
use std::fs;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{Refusal, ScriptFile, ScriptInput, SharedPath, render};
use lima_doctor::text::FileKind;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, Shell, assert_clean, shells};

/// Each would leave a file named `pwned` if it were run, or would break out of its quotes.
const HOSTILE: [&str; 22] = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned;",
    "' ; touch pwned; '",
    "'; touch pwned #",
    "\"; touch pwned; \"",
    "\"$(touch pwned)\"",
    "a' 'b",
    "'",
    "''",
    "'\\''",
    "\\",
    "\\'",
    "a b  c ",
    "*",
    "?[a-z]",
    "{a,b}",
    "!! !$",
    "%s%n%d\\n\\055",
    "é'; touch pwned; '$(touch pwned)",
    "日本\\\\'\"%",
    "=ls",
];

/// Strings made of what means something to a shell, with letters among them.
fn nasty() -> impl Strategy<Value = String> {
    let alphabet: Vec<char> = "'\"`$(){}[];&|<>*?!#~%\\ -=^,:@+.aéx日😀n0".chars().collect();
    prop::collection::vec(prop::sample::select(alphabet), 1..16).prop_map(String::from_iter)
}

/// For every shell, values of its own and those of [`HOSTILE`].
fn nasty_values(each: usize) -> Vec<(Shell, BTreeSet<String>)> {
    let mut runner = TestRunner::deterministic();
    let strategy = nasty();
    let mut value = || strategy.new_tree(&mut runner).expect("a value").current();
    shells()
        .into_iter()
        .map(|shell| {
            let values = (0..each).map(|_| value()).chain(HOSTILE.map(str::to_owned));
            (shell, values.collect())
        })
        .collect()
}

#[test]
fn a_path_arrives_as_it_is() {
    for (shell, values) in nasty_values(48) {
        let paths: BTreeSet<String> = values.iter().map(|value| format!("/srv/{value}")).collect();
        let shared = |path| SharedPath { service: "api", path, writable: false };
        let input = ScriptInput {
            instance: Some("dev"),
            shared_paths: paths.iter().map(|path| shared(path)).collect(),
            steps: &[Step::RestartInstance],
            ..ScriptInput::default()
        };
        let script = render(&input).expect("a script").text;
        assert_clean(&script);
        let bench = Bench::new();
        bench.set("mount", "9p\n");
        let ran = bench.run(shell, &script, &["--verify"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        let expected =
            ["limactl", "shell", "--workdir", "/", "dev", "findmnt", "-n", "-o", "FSTYPE", "-T"];
        let asked: BTreeSet<String> = bench
            .calls()
            .into_iter()
            .filter(|call| call.get(1).is_some_and(|word| word == "shell"))
            .map(|call| {
                assert_eq!(call.get(..10), Some(&expected.map(str::to_owned)[..]), "{shell:?}");
                assert_eq!(call.len(), 11, "{shell:?}: {call:?}");
                call[10].clone()
            })
            .collect();
        assert_eq!(asked, paths, "{shell:?}");
        assert!(!fs::exists(bench.in_project("pwned")).expect("a parent"), "{shell:?}");
    }
}

#[test]
fn names_and_contents_of_files_stay_names_and_contents() {
    for (shell, mut names) in nasty_values(16) {
        // One line of each file per value, so that values are contents, too.
        let lines: Vec<String> = names.iter().cloned().collect();
        names.extend(["-rf", "--help", "-", "-n", "~x", "a b.yml"].map(str::to_owned));
        // These are directories.
        names.retain(|name| !["~", ".", ".."].contains(&name.as_str()));
        let line = |n: usize| lines[n % lines.len()].as_str();
        let texts: Vec<(String, String)> = (0..names.len())
            .map(|n| {
                let end = if n % 2 == 0 { "\n" } else { "\r\n" };
                let last = if n % 3 == 0 { "" } else { end };
                let old = format!("{}{end}keep: {n}{end}{}{last}", line(n), line(n + 1));
                let (new, more) = (line(n + 2), line(n + 3));
                let new = format!("{new}{end}keep: {n}{end}\t{more}{end}{}{last}", line(n + 1));
                (old, new)
            })
            .collect();
        assert_texts_arrive(shell, &names.into_iter().collect::<Vec<_>>(), &texts);
    }
}

/// Applies and undoes a script that corrects files of these names, each from its first text to its
/// second: nothing else changes, and nothing is run.
pub(crate) fn assert_texts_arrive(shell: Shell, names: &[String], texts: &[(String, String)]) {
    let files = names.iter().zip(texts).map(|(name, (original, corrected))| ScriptFile {
        kind: FileKind::Compose,
        name,
        original,
        corrected,
        followed_ports: &[],
    });
    let input = ScriptInput { files: files.collect(), ..ScriptInput::default() };
    let script = render(&input).expect("a script").text;
    assert_clean(&script);

    let bench = Bench::new();
    for (name, (original, _)) in names.iter().zip(texts) {
        fs::write(bench.in_project(name), original).expect("a file");
    }
    let ran = bench.run(shell, &script, &["--apply"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
    for (name, (_, corrected)) in names.iter().zip(texts) {
        let text = fs::read_to_string(bench.in_project(name)).expect("a file");
        assert_eq!(&text, corrected, "{shell:?} {name:?}");
    }
    let count = fs::read_dir(bench.path("project")).expect("a directory").count();
    assert_eq!(count, names.len() * 2, "{shell:?}: each file and its backup, and nothing else");
    let ran = bench.run(shell, &script, &["--undo"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
    for (name, (original, _)) in names.iter().zip(texts) {
        let text = fs::read_to_string(bench.in_project(name)).expect("a file");
        assert_eq!(&text, original, "{shell:?} {name:?}");
    }
}

#[test]
fn compose_gets_the_names_of_files_as_they_are() {
    let names: Vec<&str> = HOSTILE.into_iter().chain(["-rf", "--project-name", "a.yml"]).collect();
    let input = ScriptInput {
        compose_files: names.clone(),
        env_file: Some("-$(touch pwned)"),
        steps: &[Step::RecreateService("api".to_owned())],
        ..ScriptInput::default()
    };
    let script = render(&input).expect("a script").text;
    assert_clean(&script);
    let mut expected: Vec<String> =
        ["docker", "compose", "--env-file", "./-$(touch pwned)"].map(str::to_owned).to_vec();
    for name in &names {
        let safe = if name.starts_with('-') { format!("./{name}") } else { (*name).to_owned() };
        expected.extend(["-f".to_owned(), safe]);
    }
    expected.extend(["up", "-d", "--no-deps", "api"].map(str::to_owned));
    for shell in shells() {
        let bench = Bench::new();
        for name in names.iter().chain(&["-$(touch pwned)"]) {
            fs::write(bench.in_project(name), "").expect("a file");
        }
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        assert_eq!(bench.calls().last(), Some(&expected), "{shell:?}");
        assert!(!fs::exists(bench.in_project("pwned")).expect("a parent"), "{shell:?}");
    }
}

#[test]
fn what_cannot_be_judged_by_reading_is_refused() {
    for (value, character) in [
        ("/srv/\u{202e}gpj", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("/srv/a\nrm -rf ~", "U+000A LINE FEED"),
        ("/srv/\u{1b}[8m", "U+001B ESCAPE"),
        ("/srv/\u{200b}", "U+200B ZERO WIDTH SPACE"),
    ] {
        let line = format!("a: {value}");
        let file = |name, corrected| ScriptFile {
            kind: FileKind::Compose,
            name,
            original: "a\n",
            corrected,
            followed_ports: &[],
        };
        let steps = [Step::CreateHostDirectory(value.to_owned())];
        let shared = SharedPath { service: "api", path: value, writable: false };
        let vm = ScriptInput {
            instance: Some("dev"),
            steps: &[Step::RestartInstance],
            ..ScriptInput::default()
        };
        for (what, input) in [
            ("a directory of the host", ScriptInput { steps: &steps, ..ScriptInput::default() }),
            ("a path to verify", ScriptInput { shared_paths: vec![shared], ..vm.clone() }),
            (
                "the variable that holds the libvirt URI",
                ScriptInput { connection: Some(("api", value)), ..vm.clone() },
            ),
            (
                "the name of a file",
                ScriptInput { files: vec![file(value, "b\n")], ..ScriptInput::default() },
            ),
            ("the name of a file", ScriptInput { env_file: Some(value), ..vm.clone() }),
            (
                if value.contains('\n') {
                    continue;
                } else {
                    "`c.yml:1:COLUMN`: the corrected line"
                },
                ScriptInput { files: vec![file("c.yml", &line)], ..ScriptInput::default() },
            ),
        ] {
            let refusal = render(&input).expect_err("a refusal");
            let column =
                line.chars().position(|c| !(' '..='~').contains(&c)).expect("it is there") + 1;
            let what = what.replace("COLUMN", &column.to_string());
            assert_eq!(refusal.to_string(), format!("{what} holds {character}"));
        }
    }
}

#[test]
fn names_that_lima_or_compose_refuse_are_refused() {
    let restart = [Step::RestartInstance];
    for name in ["", "-h", "a b", "$(x)", "../a", "a.yaml"] {
        let input = ScriptInput { instance: Some(name), steps: &restart, ..ScriptInput::default() };
        assert_eq!(render(&input).expect_err("a refusal"), Refusal::InstanceName(name.into()));
        let steps = [Step::RecreateService(name.to_owned())];
        let input = ScriptInput { steps: &steps, ..ScriptInput::default() };
        let refused = render(&input);
        assert!(
            name == "a.yaml" || refused == Err(Refusal::ServiceName(name.into())),
            "{refused:?}"
        );
    }
    let input = ScriptInput { steps: &restart, ..ScriptInput::default() };
    assert_eq!(render(&input).expect_err("a refusal"), Refusal::NoInstance);
    assert_eq!(render(&ScriptInput::default()).expect_err("a refusal"), Refusal::NothingToDo);
}
