use std::fs;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{Script, ScriptFile, ScriptInput, render};
use lima_doctor::text::{FileKind, Span};

use crate::bench::{Bench, LIMA, assert_both_clean, file, places, put_originals, shells, snapshot};

const STALE: &str = "# 52136\r\nURI='qemu+ssh://mé@localhost:52136/system' # it's\r\nX=1";
const OTHER_HOST: &str =
    "# 52136\r\nURI='qemu+ssh://mé@host.docker.internal:52136/system' # it's\r\nX=1";

/// The place of the port in the URI, not the one in the comment.
fn in_uri(text: &str) -> Vec<Span> {
    places(text, "52136").split_off(1)
}

fn env<'a>(
    (original, corrected): (&'a str, &'a str),
    followed_ports: &'a [Span],
) -> ScriptFile<'a> {
    ScriptFile { followed_ports, ..file(FileKind::Env, (original, corrected)) }
}

fn script(bench: &Bench, files: Vec<ScriptFile>) -> Script {
    put_originals(bench);
    fs::write(bench.in_project(".env"), STALE).expect("a file");
    let input = ScriptInput {
        instance: Some("dev"),
        files,
        steps: &[Step::RecreateService("api".to_owned())],
        ..ScriptInput::default()
    };
    let script = render(&input).expect("a script");
    assert_both_clean(&script);
    script
}

#[test]
fn the_port_is_written_once_it_is_known() {
    for shell in shells() {
        let bench = Bench::new();
        let places = in_uri(OTHER_HOST);
        let env = env((STALE, OTHER_HOST), &places);
        let script = script(&bench, vec![file(FileKind::Lima, LIMA), env]).text;
        let read = || fs::read_to_string(bench.in_project(".env")).expect("a file");

        bench.set("next_port", "49200\n");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(read(), OTHER_HOST.replace(":52136", ":49200"), "{shell:?}");
        assert!(ran.out.contains("ok: .env has this port"), "{shell:?}\n{}", ran.out);

        bench.actions();
        let before = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let after = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
        assert_eq!(before, after, "{shell:?}");
        assert_eq!(bench.actions(), ["docker compose up -d --no-deps api"], "{shell:?}");

        // The VM was restarted since, and has another port.
        bench.set("port", "7\n");
        let ran = bench.run(shell, &script, &["--verify"]);
        assert_eq!(ran.status, 1, "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(ran.out.contains("FAILED: .env has the port 49200"), "{shell:?}\n{}", ran.out);
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(read(), OTHER_HOST.replace(":52136", ":7"), "{shell:?}");

        // A person changed more than the port since.
        let mine = read().replace("X=1", "X=2");
        fs::write(bench.in_project(".env"), &mine).expect("a file");
        for mode in ["--apply", "--undo"] {
            let ran = bench.run(shell, &script, &[mode]);
            assert_eq!(ran.status, 3, "{shell:?} {mode}\n{}{}", ran.out, ran.err);
            assert_eq!(read(), mine, "{shell:?} {mode}");
        }
        fs::write(bench.in_project(".env"), mine.replace("X=2", "X=1")).expect("a file");

        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(read(), STALE, "{shell:?}");
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
    }
}

#[test]
fn a_port_alone_needs_no_restart() {
    for shell in shells() {
        let bench = Bench::new();
        let places = in_uri(STALE);
        let script = script(&bench, vec![env((STALE, STALE), &places)]).text;
        bench.set("port", "49200\n");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let env = fs::read_to_string(bench.in_project(".env")).expect("a file");
        assert_eq!(env, STALE.replace(":52136", ":49200"), "{shell:?}");
        assert_eq!(bench.actions(), ["docker compose up -d --no-deps api"], "{shell:?}");
        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let env = fs::read_to_string(bench.in_project(".env")).expect("a file");
        assert_eq!(env, STALE, "{shell:?}");
    }
}

#[test]
fn a_port_that_is_right_already_leaves_everything_as_it_is() {
    for shell in shells() {
        let bench = Bench::new();
        let places = in_uri(STALE);
        let script = script(&bench, vec![env((STALE, STALE), &places)]).text;
        let before = snapshot(&bench.path("project"));
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(snapshot(&bench.path("project")), before, "{shell:?}");
    }
}
