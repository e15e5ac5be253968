use std::fs;

use crate::bench::{Bench, ENV, LIMA, Shell, pinned, shells, snapshot};

/// Runs `--apply` and asserts that it ends with `status` and says `said`, that the files are as
/// before, and that the VM was neither stopped nor started.
fn assert_stops(bench: &Bench, shell: Shell, script: &str, status: i32, said: &str) {
    let before = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
    let ran = bench.run(shell, script, &["--apply"]);
    assert_eq!(ran.status, status, "{shell:?} {said}\n{}{}", ran.out, ran.err);
    for said in [said, "Nothing was changed."] {
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(said), "{shell:?}: {said}\n{all}");
    }
    let after = (snapshot(&bench.path("home")), snapshot(&bench.path("project")));
    assert_eq!(before, after, "{shell:?} {said}");
    for call in bench.actions() {
        assert_eq!(call, "limactl validate", "{shell:?} {said}");
    }
}

#[test]
fn another_file_than_the_analysed_one_is_left_alone() {
    for shell in shells() {
        for other in [format!("{}\n", ENV.0), ENV.0.replace('\n', "\r\n"), String::new()] {
            let bench = Bench::new();
            let script = pinned(&bench).text;
            fs::write(bench.in_project(".env"), &other).expect("a file");
            assert_stops(&bench, shell, &script, 3, ".env is not the file that was analysed");
            let ran = bench.run(shell, &script, &[]);
            assert_eq!(ran.status, 3, "{shell:?}\n{}", ran.out);
            assert!(ran.out.contains(".env (NOT THE FILE"), "{shell:?}\n{}", ran.out);
        }
        let bench = Bench::new();
        let script = pinned(&bench).text;
        fs::remove_file(bench.lima()).expect("a file");
        assert_stops(&bench, shell, &script, 3, "lima.yaml is not there");
    }
}

#[test]
fn what_lima_says_stops_it_before_anything_changes() {
    for shell in shells() {
        for (name, text, status, said) in [
            ("validate_fails", "", 4, "field `mounts[0]` is wrong"),
            ("status", "none\n", 4, "limactl knows no VM dev"),
            ("status", "Broken\n", 4, "\"limactl stop --force dev\" ends it like a power cut"),
            ("is_root", "", 4, "limactl refuses to run as root"),
            ("no_docker", "", 4, "neither \"docker compose\" nor docker-compose works"),
        ] {
            let bench = Bench::new();
            let script = pinned(&bench).text;
            bench.set(name, text);
            assert_stops(&bench, shell, &script, status, said);
        }
    }
}

#[test]
fn a_backup_of_something_else_is_not_written_over() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let backup = fs::read_dir(bench.path("project"))
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.extension().is_some_and(|extension| extension == "bak"))
            .expect("a backup");
        assert_eq!(fs::read_to_string(&backup).expect("a file"), ENV.0, "{shell:?}");

        let bench = Bench::new();
        let script = pinned(&bench).text;
        let in_the_way = bench.in_project(&backup.file_name().expect("a name").to_string_lossy());
        fs::write(&in_the_way, "precious").expect("a file");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains("is in the way"), "{shell:?}\n{}", ran.err);
        assert_eq!(fs::read_to_string(&in_the_way).expect("a file"), "precious", "{shell:?}");
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
    }
}

#[test]
fn a_vm_that_does_not_stop_keeps_its_files() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("stop_fails", "");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains("dev did not stop"), "{shell:?}\n{}", ran.err);
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
        assert_eq!(
            fs::read_to_string(bench.in_project(".env")).expect("a file"),
            ENV.0,
            "{shell:?}"
        );
    }
}

#[test]
fn a_vm_that_does_not_start_can_be_had_back() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("start_fails", "");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        for said in [
            "Stopped: dev did not start",
            "  - dev stopped\n",
            "  - .env corrected\n",
            "Not done, or not finished:\n  - Start the VM `dev`\n",
            "  - Check the result\n",
            "To go back, run this with --undo.",
        ] {
            assert!(ran.err.contains(said), "{shell:?}: {said}\n{}", ran.err);
        }
        assert!(!bench.actions().iter().any(|call| call.contains("docker")), "{shell:?}");

        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0, "{shell:?}");
        assert_eq!(
            fs::read_to_string(bench.in_project(".env")).expect("a file"),
            ENV.0,
            "{shell:?}"
        );
        assert!(ran.out.contains("to start it: limactl start dev"), "{shell:?}\n{}", ran.out);

        bench.unset("start_fails");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}: and once more\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_pinned_port_that_is_not_taken_up_is_a_failed_check() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("next_port", "60022\n");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 1, "{shell:?}\n{}{}", ran.out, ran.err);
        let said = "the SSH port is 60022, though 2222 is pinned";
        assert!(ran.err.contains(said), "{shell:?}\n{}", ran.err);
    }
}

#[test]
fn each_check_can_fail() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let ran = bench.run(shell, &script, &["--verify"]);
        assert_eq!(ran.status, 1, "{shell:?}: nothing is corrected yet\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains("failed checks: 5"), "{shell:?}\n{}{}", ran.out, ran.err);
        assert!(bench.actions().iter().all(|call| call.starts_with("virsh")), "{shell:?}");

        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let ran = bench.run(shell, &script, &["--verify"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);

        for (name, text, failed) in [
            ("mount", "ext4\n", "is not mounted in dev: it is on ext4 there"),
            ("mount", "", "is not mounted in dev\n"),
            ("mount", "fuse.sshfs\n", "dev does not see what api writes to"),
            ("port", "60022\n", "the SSH port is 60022, though 2222 is pinned"),
            ("status", "Stopped\n", "dev is not running"),
            ("virsh_fails", "", "api does not reach libvirt through LIBVIRT_URI"),
        ] {
            let before = fs::read(bench.path("state").join(name)).ok();
            bench.set(name, text);
            let ran = bench.run(shell, &script, &["--verify"]);
            assert_eq!(ran.status, 1, "{shell:?} {name}\n{}{}", ran.out, ran.err);
            let failed = format!("FAILED: {failed}");
            let said = ran.out.replace(&format!("{} ", bench.shared()), "");
            assert!(said.contains(&failed), "{shell:?} {failed}\n{}", ran.out);
            match before {
                Some(before) => bench.set(name, &String::from_utf8_lossy(&before)),
                None => bench.unset(name),
            }
        }
    }
}

#[test]
fn an_interruption_says_where_it_came_and_leaves_no_copies() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("interrupts_start", "");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 130, "{shell:?}\n{}{}", ran.out, ran.err);
        for said in ["Stopped: interrupted", "  - .env corrected\n", "  - Start the VM `dev`\n"] {
            assert!(ran.err.contains(said), "{shell:?}: {said}\n{}", ran.err);
        }
        bench.unset("interrupts_start");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}: it goes on\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_container_that_cannot_be_asked_is_not_taken_for_a_broken_one() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        fs::remove_file(bench.path("bin/virsh")).expect("a file");
        let ran = bench.run(shell, &script, &["--verify"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let said = "not checked: whether api reaches libvirt, since its container has no virsh";
        assert!(ran.out.contains(said), "{shell:?}\n{}", ran.out);
    }
}

#[test]
fn a_file_that_lima_cannot_read_is_corrected_before_the_vm_is_asked() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        bench.set("unreadable", LIMA.0);
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
        let calls = bench.actions();
        let expected = ["limactl validate", "limactl stop dev", "limactl start --tty=false dev"];
        assert_eq!(calls.get(..3), Some(&expected.map(str::to_owned)[..]), "{shell:?}");
    }
}
