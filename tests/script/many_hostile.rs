//! Thousands of hostile values in every place of a script that can hold one: each is refused, or
//! arrives as exactly the argument that it is.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{Refusal, Script, ScriptFile, ScriptInput, SharedPath, render};
use lima_doctor::text::{FileId, FileKind, Span};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::bench::{Bench, Shell, shells};
use crate::hostile::assert_texts_arrive;

/// Records its words and says what keeps a check going, without another process.
const LEAN_LIMACTL: &str = r#"#!/bin/sh
printf '%s\037' limactl "$@" >>"$STATE/calls"
echo >>"$STATE/calls"
case $3 in
'{{.Status}}') echo Running ;;
'{{.SSHLocalPort}}') echo 2222 ;;
*) echo 9p ;;
esac
"#;

/// Pieces that end a quote, start a command, or mean something to a shell, to `printf`, to an
/// editor of lines or to a terminal.
const PIECES: [&str; 44] = [
    "'",
    "\"",
    "`",
    "$(touch pwned)",
    "`touch pwned`",
    "${IFS}",
    "$HOME",
    "$$",
    "\\",
    "\\\\",
    "\\'",
    "!",
    "!!",
    "!$",
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "~",
    "=ls",
    "-",
    "--",
    "-rf",
    "EOF",
    "<<EOF",
    ">",
    ">>x",
    "|",
    "&",
    "&&",
    ";",
    "#",
    " #",
    "%s",
    "%n",
    "%",
    "\\n",
    "\\055",
    "é",
    "日本",
    "😀",
    " ",
    "touch pwned",
    "a",
];

/// Characters that nobody sees, each of which makes a value refused.
const UNSEEN: [char; 10] =
    ['\n', '\r', '\t', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}', '\u{200b}', '\u{202e}', '\u{feff}'];

fn visible() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        2 => "[!-~]{1,4}".prop_map(|text| text.replace('/', "_")),
        1 => "[a-z]{1,3}",
    ];
    let pieces = prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat());
    // A name of a file has at most 255 bytes.
    prop_oneof![
        40 => pieces.clone(),
        1 => pieces.prop_map(|one| one.repeat(40).chars().take(60).collect()),
    ]
}

pub(crate) fn hostile(count: usize, seed: u8) -> BTreeSet<String> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = visible();
    let mut res = BTreeSet::new();
    while res.len() < count {
        res.insert(strategy.new_tree(&mut runner).expect("a value").current());
    }
    res
}

/// Runs `check` for each shell on its own thread, with a seed of its own.
fn in_each_shell(check: impl Fn(Shell, u8) + Sync) {
    thread::scope(|scope| {
        for (shell, seed) in shells().into_iter().zip(1..) {
            let check = &check;
            scope.spawn(move || check(shell, seed));
        }
    });
}

pub(crate) fn lean_bench() -> Bench {
    let bench = Bench::new();
    let tool = bench.path("bin").join("limactl");
    fs::write(&tool, LEAN_LIMACTL).expect("a file");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("a mode");
    bench
}

/// A script that asks the VM for each of these paths.
pub(crate) fn verifying(paths: &BTreeSet<String>) -> Script {
    let shared = |path| SharedPath { service: "api", path, writable: false };
    let input = ScriptInput {
        instance: Some("dev"),
        shared_paths: paths.iter().map(|path| shared(path)).collect(),
        steps: &[Step::RestartInstance],
        ..ScriptInput::default()
    };
    render(&input).expect("a script")
}

/// That the VM was asked for each path as it is, and that nothing was run.
pub(crate) fn assert_asked_for(bench: &Bench, paths: &BTreeSet<String>, shell: &[&str]) {
    let asked: Vec<Vec<String>> = bench
        .calls()
        .into_iter()
        .filter(|call| call.get(1).is_some_and(|word| word == "shell"))
        .collect();
    let exactly = ["limactl", "shell", "--workdir", "/", "dev", "findmnt", "-n", "-o", "FSTYPE"];
    for (call, path) in asked.iter().zip(paths) {
        let mut expected: Vec<String> = exactly.map(str::to_owned).to_vec();
        expected.extend(["-T".to_owned(), path.clone()]);
        assert_eq!(*call, expected, "{shell:?}");
    }
    assert_eq!(asked.len(), paths.len(), "{shell:?}");
    assert!(!fs::exists(bench.in_project("pwned")).expect("a parent"), "{shell:?}");
}

#[test]
fn paths_in_the_vm() {
    let count = AtomicUsize::new(0);
    in_each_shell(|shell, seed| {
        let paths: BTreeSet<String> =
            hostile(1_400, seed).iter().map(|value| format!("/srv/{value}")).collect();
        let bench = lean_bench();
        let ran = bench.run(shell, &verifying(&paths).text, &["--verify"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}");
        assert_asked_for(&bench, &paths, shell);
        count.fetch_add(paths.len(), Ordering::Relaxed);
    });
    println!("{} hostile paths in the VM", count.into_inner());
}

#[test]
fn directories_of_the_host() {
    let count = AtomicUsize::new(0);
    in_each_shell(|shell, seed| {
        let values: Vec<String> = hostile(200, 50 + seed).into_iter().collect();
        for values in values.chunks(50) {
            let bench = lean_bench();
            let made = bench.path("made");
            let steps: Vec<Step> = values
                .iter()
                .map(|value| Step::CreateHostDirectory(format!("{}/{value}", made.display())))
                .collect();
            let input = ScriptInput { steps: &steps, ..ScriptInput::default() };
            let script = render(&input).expect("a script").text;
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            let entries = fs::read_dir(&made).expect("a directory").map(|e| e.expect("an entry"));
            let mut found: Vec<String> =
                entries.map(|e| e.file_name().into_string().expect("UTF-8")).collect();
            found.sort();
            assert_eq!(found, values, "{shell:?}");
            assert!(!fs::exists(bench.in_project("pwned")).expect("a parent"), "{shell:?}");
            count.fetch_add(values.len(), Ordering::Relaxed);
        }
    });
    println!("{} hostile directories of the host", count.into_inner());
}

#[test]
fn names_lines_and_values_of_files() {
    let count = AtomicUsize::new(0);
    in_each_shell(|shell, seed| {
        let names: Vec<String> = hostile(100, 100 + seed)
            .into_iter()
            // These are directories.
            .filter(|name| !["~", ".", ".."].contains(&name.as_str()))
            .collect();
        let values: Vec<String> = hostile(1_300, 150 + seed).into_iter().collect();
        let value = |n: usize| values[n % values.len()].as_str();
        let texts: Vec<(String, String)> = (0..names.len())
            .map(|n| {
                let old = format!("A={}\nkeep: {n}\nB='{}'\n", value(13 * n), value(13 * n + 1));
                let added: Vec<&str> = (5..13).map(|i| value(13 * n + i)).collect();
                let new = format!(
                    "A={}\nkeep: {n}\n{}={}\n{}\n",
                    value(13 * n + 2),
                    value(13 * n + 3),
                    value(13 * n + 4),
                    added.join("\n"),
                );
                (old, new)
            })
            .collect();
        assert_texts_arrive(shell, &names, &texts);
        count.fetch_add(names.len() + values.len(), Ordering::Relaxed);
    });
    println!("{} hostile names and lines of files", count.into_inner());
}

/// What is refused, for a value in each place where a name of a known form belongs.
fn refusals(value: &str) -> Vec<(&'static str, Result<String, Refusal>)> {
    let restart = [Step::RestartInstance];
    let recreate = [Step::RecreateService(value.to_owned())];
    let with_port = format!("URI=qemu+ssh://me@h:{value}/system\n");
    let start = with_port.find(value).unwrap_or_default();
    let places = [Span::new(FileId(0), start, start + value.len())];
    let port = ScriptFile {
        kind: FileKind::Env,
        name: ".env",
        original: "URI=qemu+ssh://me@h:1/system\n",
        corrected: &with_port,
        followed_ports: &places,
    };
    let follow = [Step::FollowPort];
    let vm = ScriptInput { instance: Some("dev"), ..ScriptInput::default() };
    let inputs = [
        ("instance", ScriptInput { instance: Some(value), steps: &restart, ..vm.clone() }),
        ("service", ScriptInput { steps: &recreate, ..vm.clone() }),
        ("port", ScriptInput { files: vec![port], steps: &follow, ..vm.clone() }),
        (
            "variable",
            ScriptInput { connection: Some(("api", value)), steps: &restart, ..vm.clone() },
        ),
    ];
    inputs
        .into_iter()
        .map(|(place, input)| (place, render(&input).map(|script| script.text)))
        .collect()
}

#[test]
fn names_of_a_known_form() {
    let (mut refused, mut taken) = (0, 0);
    let values = hostile(3_000, 200);
    let shells = shells();
    for (value, shell) in values.iter().zip(shells.iter().cycle()) {
        for (place, result) in refusals(value) {
            let Ok(script) = result else {
                refused += 1;
                continue;
            };
            taken += 1;
            let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            match place {
                // Only these are taken into a command line; a variable of another form is told.
                "instance" | "service" => assert!(value.chars().all(is_name), "{place} {value:?}"),
                "port" => assert!(value.parse::<u16>().is_ok(), "{place} {value:?}"),
                _ => {}
            }
            // What was taken is run now and then, a plan that prints all that it names.
            if taken % 40 == 0 {
                let bench = lean_bench();
                let ran = bench.run(shell, &script, &["--verify"]);
                assert!(ran.err.is_empty() || ran.status == 1, "{place} {value:?}: {}", ran.err);
                let pwned = bench.in_project("pwned");
                assert!(!fs::exists(pwned).expect("a parent"), "{shell:?} {place} {value:?}");
            }
        }
    }
    println!("{} values in 4 places: {refused} refused, {taken} taken", values.len());
    assert!(refused > taken, "{refused} refused, {taken} taken");
}

#[test]
fn what_nobody_sees_is_refused_everywhere() {
    let mut count = 0;
    for (i, value) in hostile(1_000, 220).iter().enumerate() {
        let unseen = UNSEEN[i % UNSEEN.len()];
        let at = value.char_indices().nth(i % 3).map_or(value.len(), |(at, _)| at);
        let value = format!("/srv/{}{unseen}{}", &value[..at], &value[at..]);
        let steps = [Step::CreateHostDirectory(value.clone())];
        let shared = vec![SharedPath { service: "api", path: &value, writable: false }];
        let file = ScriptFile {
            kind: FileKind::Compose,
            name: &value,
            original: "a\n",
            corrected: "b\n",
            followed_ports: &[],
        };
        let restart = [Step::RestartInstance];
        let vm = ScriptInput { instance: Some("dev"), steps: &restart, ..ScriptInput::default() };
        for input in [
            ScriptInput { steps: &steps, ..ScriptInput::default() },
            ScriptInput { shared_paths: shared, ..vm.clone() },
            ScriptInput { files: vec![file], ..ScriptInput::default() },
            ScriptInput { env_file: Some(&value), ..vm.clone() },
            ScriptInput { connection: Some(("api", &value)), ..vm.clone() },
        ] {
            let result = render(&input);
            let refusal = match result {
                Err(Refusal::At { refusal, .. }) => Err(*refusal),
                other => other,
            };
            assert!(matches!(refusal, Err(Refusal::Character { .. })), "{value:?}: {refusal:?}");
            count += 1;
        }
    }
    println!("{count} values with a character that nobody sees: all refused");
}

#[test]
fn the_form_to_paste() {
    let count = AtomicUsize::new(0);
    in_each_shell(|shell, seed| {
        for part in 0..3 {
            let paths: BTreeSet<String> = hostile(200, 60 + 10 * part + seed)
                .iter()
                .map(|value| format!("/srv/{value}"))
                .collect();
            let paste = verifying(&paths).paste.expect("it is short enough");
            let paste = paste.replace("lima-doctor --apply\n", "lima-doctor --verify\n");
            let bench = lean_bench();
            let ran = bench.run(shell, &paste, &[]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}");
            assert_asked_for(&bench, &paths, shell);
            count.fetch_add(paths.len(), Ordering::Relaxed);
        }
    });
    println!("{} hostile paths in the form to paste", count.into_inner());
}
