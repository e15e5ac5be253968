//! What lies in a project, or is set in a terminal, must not lead the script elsewhere; and an undo
//! that was cut short is gone on with.

use std::fs;
use std::os::unix::fs::symlink;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{ScriptInput, render};

use crate::bench::{Bench, ENV, LIMA, pinned, shells, which};

/// The backup that the script makes of `.env`.
fn backup(bench: &Bench) -> String {
    let sum = std::process::Command::new(which("cksum").expect("cksum is here"))
        .arg(bench.in_project(".env"))
        .output()
        .expect("it runs");
    let sum = String::from_utf8_lossy(&sum.stdout).into_owned();
    format!(".env.lima-doctor-{}.bak", sum.split(' ').next().expect("a number"))
}

#[test]
fn a_link_that_a_project_ships_is_not_followed() {
    for shell in shells() {
        for ending in [".new", ""] {
            let bench = Bench::new();
            let script = pinned(&bench).text;
            let mine = bench.path("home/.profile");
            fs::write(&mine, "mine\n").expect("a file");
            let name = format!("{}{ending}", backup(&bench));
            symlink(&mine, bench.in_project(&name)).expect("a link");
            let ran = bench.run(shell, &script, &["--apply"]);
            let expected = if ending.is_empty() { 4 } else { 0 };
            assert_eq!(ran.status, expected, "{shell:?} {name}\n{}{}", ran.out, ran.err);
            assert_eq!(fs::read_to_string(&mine).expect("a file"), "mine\n", "{shell:?} {name}");
        }
        // Nor does a link to the file itself pass for its backup.
        let bench = Bench::new();
        let script = pinned(&bench).text;
        symlink(".env", bench.in_project(&backup(&bench))).expect("a link");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        let env = fs::read_to_string(bench.in_project(".env")).expect("a file");
        assert_eq!(env, ENV.0, "{shell:?}");
    }
}

#[test]
fn an_undo_that_was_cut_short_is_gone_on_with() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let run = |mode| bench.run(shell, &script, &[mode]);
        assert_eq!(run("--apply").status, 0, "{shell:?}");
        bench.actions();
        bench.set("start_fails", "");
        let ran = run("--undo");
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        for said in ["may have started", "do the same again"] {
            assert!(ran.err.contains(said), "{shell:?} {said}\n{}", ran.err);
        }
        bench.unset("start_fails");
        bench.actions();
        let ran = run("--undo");
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        let rest = ["limactl start --tty=false dev", "docker compose up -d --no-deps api"];
        assert_eq!(bench.actions(), rest, "{shell:?}");
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
        let ran = run("--undo");
        assert!(ran.out.contains("There is nothing to put back."), "{shell:?}\n{}", ran.out);
        assert!(bench.actions().is_empty(), "{shell:?}");
    }
}

#[test]
fn a_file_that_was_edited_since_is_put_back_by_hand() {
    let bench = Bench::new();
    let script = pinned(&bench).text;
    let name = backup(&bench);
    assert_eq!(bench.run(&["sh"], &script, &["--apply"]).status, 0);
    fs::write(bench.in_project(".env"), "MINE=1\n").expect("a file");
    let ran = bench.run(&["sh"], &script, &["--undo"]);
    assert_eq!(ran.status, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(&name), "{}", ran.err);
    fs::copy(bench.in_project(&name), bench.in_project(".env")).expect("a copy");
    assert_eq!(bench.run(&["sh"], &script, &["--undo"]).status, 0);
}

#[test]
fn compose_starts_where_its_files_are() {
    let steps = [Step::RecreateService("api".to_owned())];
    let input = |compose, env| ScriptInput {
        compose_files: vec![compose],
        env_file: env,
        steps: &steps,
        ..ScriptInput::default()
    };
    // In its folder, Compose finds what overrides the file, too; `-f` would leave that out.
    let in_folder = ["docker compose up -d --no-deps api"];
    let by_name = ["docker compose -f deploy/compose.yaml up -d --no-deps api"];
    for (compose, env, expected) in [
        ("deploy/compose.yaml", None, &in_folder),
        ("deploy/compose.yaml", Some("deploy/.env"), &in_folder),
        ("deploy/compose.yaml", Some(".env"), &by_name),
    ] {
        let script = render(&input(compose, env)).expect("a script").text;
        for shell in shells() {
            let bench = Bench::new();
            for folder in ["deploy", "other/deploy"] {
                fs::create_dir_all(bench.in_project(folder)).expect("a directory");
                fs::write(bench.in_project(folder).join("compose.yaml"), "").expect("a file");
            }
            // A terminal may have all of this set for the shells that it starts.
            let set = "CDPATH=other; export CDPATH; set -C; set -e\n";
            let script = script.replacen("set -u\n", &format!("{set}set -u\n"), 1);
            let record = "#!/bin/sh\n[ \"$2\" = version ] || pwd >\"$STATE/where\"\n";
            let docker = fs::read_to_string(bench.path("bin/docker")).expect("a file");
            let docker = docker.replacen("#!/bin/sh\n", record, 1);
            fs::write(bench.path("bin/docker"), docker).expect("a file");
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            assert_eq!(bench.actions(), *expected, "{shell:?} {compose} {env:?}");
            let place = if expected == &in_folder { "project/deploy\n" } else { "project\n" };
            assert!(bench.get("where").ends_with(place), "{shell:?} {}", bench.get("where"));
        }
    }
}

#[test]
fn a_tool_that_is_missing_is_told_before_anything_is_done() {
    let bench = Bench::new();
    let script = pinned(&bench).text;
    for tool in ["cksum", "cmp", "mktemp"] {
        let missing = format!("command() {{ [ \"$2\" != {tool} ]; }}\nset -u\n");
        let script = script.replacen("set -u\n", &missing, 1);
        let ran = bench.run(&["sh"], &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("{tool} is not found")), "{}", ran.err);
        assert!(bench.calls().is_empty());
    }
}
