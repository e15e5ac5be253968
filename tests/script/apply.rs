use std::fs;

use expect_test::expect;
use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{ScriptFile, ScriptInput, render};
use lima_doctor::text::FileKind;

use crate::bench::{Bench, ENV, LIMA, assert_both_clean, assert_clean, pinned, shells, snapshot};

#[test]
fn the_plan_changes_nothing_and_lists_the_steps() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench);
        assert_both_clean(&script);
        for args in [&[][..], &["--plan"]] {
            let before = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
            let ran = bench.run(shell, &script.text, args);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}");
            let after = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
            assert_eq!(before, after, "{shell:?}");
            assert!(bench.calls().is_empty(), "{shell:?}: a plan calls nothing");

            let shown: Vec<&str> = ran.out.lines().map(str::trim).collect();
            for (step, number) in script.steps.iter().zip(1..) {
                let title = format!("{number}. {}", step.what);
                let at = shown.iter().position(|line| *line == title);
                let at = at.unwrap_or_else(|| panic_no_title(&title, &ran.out));
                let details = step
                    .details()
                    .map(|(label, text)| format!("{:<8} {text}", label.to_lowercase() + ":"));
                let details: Vec<String> = details.collect();
                let said = shown.get(at + 1..at + 1 + details.len());
                assert_eq!(
                    said.map(|lines| lines.join("\n")),
                    Some(details.join("\n")),
                    "{shell:?}"
                );
            }
        }
    }
}

fn panic_no_title(title: &str, out: &str) -> usize {
    assert!(out.contains(title), "no line {title:?} in:\n{out}");
    0
}

#[test]
fn the_steps_are_in_the_order_that_loses_nothing() {
    let bench = Bench::new();
    let script = pinned(&bench);
    let steps: Vec<String> = script.steps.iter().map(|step| step.what.clone()).collect();
    expect![[r#"
        Look for `limactl` and `docker compose` or `docker-compose`
        See that the files are the ones that were analysed: `lima.yaml`, `.env`
        Let Lima validate the corrected `lima.yaml`
        Ask Lima for the status of the VM `dev`
        Back up what is to be changed: `lima.yaml`, `.env`
        Stop the VM `dev`
        Write the corrected files: `lima.yaml`, `.env`
        Start the VM `dev`
        See that the VM's SSH port is 2222
        Recreate the container of `api`
        Check the result"#]]
    .assert_eq(&steps.join("\n"));
}

#[test]
fn it_applies_once_and_can_be_run_again_and_undone() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;

        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        let read = |path| fs::read_to_string(path).expect("a file");
        assert_eq!(read(bench.lima()), LIMA.1, "{shell:?}");
        assert_eq!(read(bench.in_project(".env")), ENV.1, "{shell:?}");
        assert_eq!(bench.get("validated"), LIMA.1, "{shell:?}: the new text is validated");
        let calls = bench.actions();
        assert_eq!(
            calls,
            [
                "limactl validate",
                "limactl stop dev",
                "limactl start --tty=false dev",
                "docker compose up -d --no-deps api",
                "virsh -c qemu:///the uri list --all",
            ],
            "{shell:?}"
        );
        for passed in
            ["is mounted in dev (virtiofs)", "dev sees what api writes to", "reaches libvirt"]
        {
            assert!(ran.out.contains(passed), "{shell:?}: {passed}\n{}", ran.out);
        }

        let before = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(ran.out.contains("There was nothing to change."), "{shell:?}\n{}", ran.out);
        let after = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
        assert_eq!(before, after, "{shell:?}: the second run changes nothing");
        let calls = bench.actions();
        assert_eq!(
            calls,
            ["docker compose up -d --no-deps api", "virsh -c qemu:///the uri list --all"],
            "{shell:?}: the second run stops and starts nothing"
        );

        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(read(bench.lima()), LIMA.0, "{shell:?}");
        assert_eq!(read(bench.in_project(".env")), ENV.0, "{shell:?}");
        assert_eq!(
            bench.actions(),
            [
                "limactl stop dev",
                "limactl start --tty=false dev",
                "docker compose up -d --no-deps api",
            ],
            "{shell:?}"
        );
        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(ran.out.contains("There is nothing to put back."), "{shell:?}\n{}", ran.out);
        assert!(bench.calls().is_empty(), "{shell:?}");
    }
}

/// Originals and corrections whose bytes a careless shell would lose.
const TEXTS: [(&str, &str); 14] = [
    ("a=1\r\nb=2\r\n", "a=1\r\nc='3'\r\nb=2\r\n"),
    ("a=1\r\nb=2", "a=1\r\nb=3"),
    ("a=1", "a=1\n"),
    ("a=1\n", "a=1"),
    ("# ü\na=1\n", "# ü\na=\"/srv/Bücher/日本\"\n"),
    ("a\tb\n\tc\n", "a\tb\n\td\te\n"),
    ("x\n", "it's \"100%\" \\n \\\\ $HOME `id` $(id) %s !\n"),
    ("x\n", "-n\n-e %d\n--\n"),
    ("x\n", " leading and trailing \n\n\n"),
    ("\n\n\nx\n\n\n", "\n\n\n\n\n"),
    ("x\ry\r\nz\n", "x\ry\rw\nz\n"),
    ("\u{feff}a=1\nb=2\n", "\u{feff}a=1\nb=3\n"),
    ("zero\0byte\nb=2\nlast\0", "zero\0byte\nb=3\nlast\0"),
    ("ü'\t%\\\n", "ü'\t%\\\n-é'\t%%s\\\\\r\n"),
];

#[test]
fn every_byte_is_as_in_the_corrected_text() {
    for (original, corrected) in TEXTS {
        let file = ScriptFile {
            kind: FileKind::Env,
            name: ".env",
            original,
            corrected,
            followed_ports: &[],
        };
        let input = ScriptInput { files: vec![file], ..ScriptInput::default() };
        let script = render(&input).expect("a script").text;
        assert_clean(&script);
        for shell in shells() {
            let bench = Bench::new();
            let path = bench.in_project(".env");
            fs::write(&path, original).expect("a file");
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!(ran.status, 0, "{shell:?} {corrected:?}\n{}{}", ran.out, ran.err);
            assert_eq!(fs::read_to_string(&path).expect("a file"), corrected, "{shell:?}");
            let ran = bench.run(shell, &script, &["--undo"]);
            assert_eq!(ran.status, 0, "{shell:?} {corrected:?}\n{}{}", ran.out, ran.err);
            assert_eq!(fs::read_to_string(&path).expect("a file"), original, "{shell:?}");
            assert!(bench.calls().is_empty(), "{shell:?}: neither Lima nor Docker is needed");
        }
    }
}

#[test]
fn a_file_stays_the_same_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let env = bench.in_project(".env");
        let real = bench.path("project").join("real.env");
        fs::rename(&env, &real).expect("a rename");
        std::os::unix::fs::symlink("real.env", &env).expect("a link");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
        let before = fs::metadata(&real).expect("a file");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let after = fs::metadata(&real).expect("a file");
        assert_eq!((before.ino(), before.mode()), (after.ino(), after.mode()), "{shell:?}");
        assert!(fs::symlink_metadata(&env).expect("a link").is_symlink(), "{shell:?}");
        assert_eq!(fs::read_to_string(&real).expect("a file"), ENV.1, "{shell:?}");
    }
}

#[test]
fn a_stopped_vm_is_started_and_one_that_has_not_read_its_file_is_restarted() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("status", "Stopped\n");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let calls = bench.actions();
        assert!(!calls.iter().any(|call| call.starts_with("limactl stop")), "{shell:?} {calls:?}");

        // Corrected by hand, and not restarted since.
        bench.set("mount", "ext4\n");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let calls = bench.actions();
        assert_eq!(calls.first().map(String::as_str), Some("limactl stop dev"), "{shell:?}");
    }
}

/// The script that needs one directory of the host.
fn needing(path: &str) -> String {
    let steps = [Step::CreateHostDirectory(path.to_owned())];
    let script = render(&ScriptInput { steps: &steps, ..ScriptInput::default() });
    let script = script.expect("a script").text;
    assert_clean(&script);
    script
}

#[test]
fn a_missing_directory_is_made_with_its_parents() {
    for shell in shells() {
        let bench = Bench::new();
        let missing = bench.path("project/it's ü/$(touch pwned)/jobs");
        for (path, made) in [
            (missing.to_string_lossy().into_owned(), missing),
            ("~/a/b".into(), bench.path("home/a/b")),
        ] {
            let script = needing(&path);
            let ran = bench.run(shell, &script, &["--plan"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            assert!(
                ran.out.contains(
                    "beyond your rights, it stops and shows the line for you to run: `sudo mkdir -p"
                ),
                "{shell:?}\n{}",
                ran.out
            );
            assert!(!made.exists(), "{shell:?}: a plan makes nothing");

            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            assert!(made.is_dir(), "{shell:?}\n{}", ran.out);
            let said = format!("Done:\n  - {} made\n", made.display());
            assert!(ran.out.contains(&said), "{shell:?} {said}\n{}", ran.out);

            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            assert!(ran.out.contains("There was nothing to change."), "{shell:?}\n{}", ran.out);
        }
        assert!(!bench.in_project("pwned").exists(), "{shell:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_left_to_a_person() {
    for shell in shells() {
        let bench = Bench::new();
        // Not even root can make a directory in a file.
        fs::write(bench.in_project("file"), "").expect("a file");
        let missing = bench.path("project/file/it's").to_string_lossy().into_owned();
        let script = needing(&missing);
        let before = snapshot(&bench.path("project"));
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        let quoted = missing.replace('\'', r"'\''");
        let line = format!("sudo mkdir -p '{quoted}' && sudo chown \"$(id -un)\" '{quoted}'");
        let reason = "    | mkdir: ";
        for said in [line.as_str(), reason] {
            assert!(ran.out.contains(said), "{shell:?} {said}\n{}", ran.out);
        }
        assert!(ran.err.contains("Nothing was changed."), "{shell:?}\n{}", ran.err);
        assert_eq!(snapshot(&bench.path("project")), before, "{shell:?}");
    }
}

#[test]
fn a_directory_that_only_lima_can_find_is_left_to_lima() {
    for path in ["{{.Dir}}/jobs", "~other/jobs", "jobs"] {
        let bench = Bench::new();
        let before = snapshot(&bench.path("project"));
        let ran = bench.run(&["sh"], &needing(path), &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{path}\n{}", ran.out);
        let said = format!("only Lima knows where {path} is");
        assert!(ran.out.contains(&said), "{path}\n{}", ran.out);
        assert_eq!(snapshot(&bench.path("project")), before, "{path}");
    }
}
