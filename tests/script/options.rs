use std::fs;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{ScriptInput, render};
use lima_doctor::text::FileKind;

use crate::bench::{Bench, ENV, LIMA, file, pinned, shells};

#[test]
fn usage_is_checked_before_anything_else() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        for args in [
            &["--aply"][..],
            &["apply"],
            &["--apply", "--undo"],
            &["--lima"],
            &["--env", ""],
            &["--instance", "-x"],
            &["--instance", "a b"],
            &["--instance", "$(x)"],
            &["--instance", "a..b"],
            &["--instance", "a.yaml"],
            &["--instance", &"a".repeat(77)],
            &["--compose", "a", "--compose", "b"],
        ] {
            let ran = bench.run(shell, &script, args);
            assert_eq!(ran.status, 2, "{shell:?} {args:?}\n{}{}", ran.out, ran.err);
            assert!(ran.err.contains("--help"), "{shell:?} {args:?}\n{}", ran.err);
        }
        for args in [&["--help"][..], &["-h"], &["--apply", "--help"]] {
            let ran = bench.run(shell, &script, args);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?} {args:?}");
            for mode in ["--plan", "--apply", "--verify", "--undo", "exit status"] {
                assert!(ran.out.contains(mode), "{shell:?} {mode}\n{}", ran.out);
            }
        }
        assert!(bench.calls().is_empty(), "{shell:?}");
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
    }
}

#[test]
fn files_and_the_vm_can_be_named() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        fs::rename(bench.lima(), bench.in_project("-vm file.yaml")).expect("a rename");
        fs::rename(bench.in_project(".env"), bench.in_project("-e")).expect("a rename");
        let args = [
            "--apply",
            "--lima",
            "-vm file.yaml",
            "--env",
            "-e",
            "--compose",
            "it's.yml",
            "--instance",
            "other.vm",
        ];
        let ran = bench.run(shell, &script, &args);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        let read = |name| fs::read_to_string(bench.in_project(name)).expect("a file");
        assert_eq!((read("-vm file.yaml"), read("-e")), (LIMA.1.into(), ENV.1.into()), "{shell:?}");
        let calls = bench.actions();
        assert!(calls.contains(&"limactl stop other.vm".to_owned()), "{shell:?} {calls:?}");
        let up = "docker compose --env-file ./-e -f it's.yml up -d --no-deps api";
        assert!(calls.contains(&up.to_owned()), "{shell:?} {calls:?}");
    }
}

#[test]
fn another_home_of_lima_is_looked_into() {
    let bench = Bench::new();
    let script = pinned(&bench).text;
    let home = bench.path("other home");
    fs::create_dir_all(home.join("dev")).expect("a directory");
    fs::rename(bench.lima(), home.join("dev/lima.yaml")).expect("a rename");
    let script =
        script.replacen("set -u\n", &format!("set -u\nLIMA_HOME='{}'\n", home.display()), 1);
    let ran = bench.run(&["sh"], &script, &["--apply"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert_eq!(fs::read_to_string(home.join("dev/lima.yaml")).expect("a file"), LIMA.1);
}

#[test]
fn a_compose_file_is_found_under_each_name_that_compose_looks_for() {
    let compose = ("services: {}\n", "services: {}\nname: x\n");
    let steps = [Step::RecreateService("api".to_owned())];
    let input = ScriptInput {
        files: vec![file(FileKind::Compose, compose)],
        steps: &steps,
        ..ScriptInput::default()
    };
    let script = render(&input).expect("a script").text;
    for shell in shells() {
        for name in ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] {
            let bench = Bench::new();
            fs::write(bench.in_project(name), compose.0).expect("a file");
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?} {name}\n{}", ran.out);
            assert_eq!(fs::read_to_string(bench.in_project(name)).expect("a file"), compose.1);
            // Compose finds it itself, and what overrides it, too.
            assert_eq!(bench.actions(), ["docker compose up -d --no-deps api"], "{shell:?} {name}");
        }
    }
}

#[test]
fn an_option_that_nothing_needs_is_said_to_be_one() {
    let input = ScriptInput { files: vec![file(FileKind::Env, ENV)], ..ScriptInput::default() };
    let script = render(&input).expect("a script").text;
    for shell in shells() {
        let bench = Bench::new();
        fs::write(bench.in_project(".env"), ENV.0).expect("a file");
        let ran = bench.run(shell, &script, &["--apply", "--instance", "dev", "--lima", "x"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        for said in ["(Nothing here needs --instance dev.)", "(Nothing here needs --lima x.)"] {
            assert!(ran.out.contains(said), "{shell:?}\n{}", ran.out);
        }
    }
}
