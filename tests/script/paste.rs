//! The form to paste, at a terminal: the person's own shell, with everything on that could trip it.

use std::collections::BTreeSet;
use std::fs;

use crate::bench::{
    Bench, ENV, LIMA, assert_both_clean, is_on_path, pinned, snapshot, tools_are_required,
};
use crate::many_hostile::{assert_asked_for, hostile, lean_bench, verifying};

const TERMINALS: [&[&str]; 2] = [&["bash", "--noprofile", "--norc", "-i"], &["zsh", "-f", "-i"]];

#[test]
fn what_is_pasted_does_what_the_script_does() {
    for tool in ["python3", "bash", "zsh"] {
        if !is_on_path(tool) {
            assert!(!tools_are_required(), "{tool} is required but not on PATH");
            eprintln!("not tested, since {tool} is not here");
            return;
        }
    }
    let mut pasted = 0;
    for shell in TERMINALS {
        for raw in [false, true] {
            let bench = Bench::new();
            let script = pinned(&bench);
            assert_both_clean(&script);
            let paste = script.paste.expect("it is short enough");
            assert_eq!(bench.paste(shell, &paste, raw), 0, "{shell:?} raw: {raw}");
            let read = |path| fs::read_to_string(path).expect("a file");
            assert_eq!(read(bench.lima()), LIMA.1, "{shell:?} raw: {raw}");
            assert_eq!(read(bench.in_project(".env")), ENV.1, "{shell:?} raw: {raw}");
            let actions = bench.actions();

            let other = Bench::new();
            let same = pinned(&other);
            let ran = other.run(&["sh"], &same.text, &["--apply"]);
            assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
            assert_eq!(actions, other.actions(), "{shell:?} raw: {raw}");

            // Pasted once more, it changes nothing; and with the other word, it goes back.
            let before = snapshot(&bench.path("project"));
            assert_eq!(bench.paste(shell, &paste, raw), 0, "{shell:?} raw: {raw}");
            assert_eq!(snapshot(&bench.path("project")), before, "{shell:?} raw: {raw}");
            let undo = paste.replace("lima-doctor --apply\n", "lima-doctor --undo\n");
            assert_eq!(bench.paste(shell, &undo, raw), 0, "{shell:?} raw: {raw}");
            assert_eq!(read(bench.lima()), LIMA.0, "{shell:?} raw: {raw}");
            assert_eq!(read(bench.in_project(".env")), ENV.0, "{shell:?} raw: {raw}");
            pasted += 3;
        }
    }
    println!("{pasted} pastes into a terminal did what the script does");
}

#[test]
fn hostile_values_are_pasted_as_they_are() {
    if !["python3", "bash", "zsh"].into_iter().all(is_on_path) {
        assert!(!tools_are_required(), "python3, bash and zsh are required");
        eprintln!("not tested, since python3, bash or zsh is not here");
        return;
    }
    let mut count = 0;
    for (shell, seed) in TERMINALS.into_iter().zip(240..) {
        for raw in [false, true] {
            let paths: BTreeSet<String> = hostile(250, seed + 4 * u8::from(raw))
                .iter()
                .map(|value| format!("/srv/{value}"))
                .collect();
            let paste = verifying(&paths).paste.expect("it is short enough");
            let bench = lean_bench();
            let verify = paste.replace("lima-doctor --apply\n", "lima-doctor --verify\n");
            assert_eq!(bench.paste(shell, &verify, raw), 0, "{shell:?} raw: {raw}");
            assert_asked_for(&bench, &paths, shell);
            count += paths.len();
        }
    }
    println!("{count} hostile paths, pasted into terminals");
}

#[test]
fn a_failure_leaves_the_persons_own_shell_alone() {
    if !is_on_path("python3") {
        return;
    }
    for shell in TERMINALS.into_iter().filter(|shell| is_on_path(shell[0])) {
        let bench = Bench::new();
        let paste = pinned(&bench).paste.expect("it is short enough");
        bench.set("validate_fails", "");
        // The shell is still there to tell the status.
        assert_eq!(bench.paste(shell, &paste, false), 4, "{shell:?}");
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
    }
}
