//! What the script sees to around the VM: files that a mount would hide, directories of the host, a
//! second restart, and a VM that is yet to be created.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{NewMount, Script, ScriptInput, render};
use lima_doctor::text::FileKind;

use crate::bench::{
    Bench, ENV, LIMA, assert_both_clean, file, pinned, put_originals, shells, snapshot,
};

/// The script that mounts a directory of the bench at `/var/lib/libvirt/images`.
fn mounting(bench: &Bench, steps: &[Step]) -> Script {
    put_originals(bench);
    let host = bench.shared();
    let input = ScriptInput {
        instance: Some("dev"),
        files: vec![file(FileKind::Lima, LIMA)],
        steps,
        new_mounts: vec![NewMount {
            host: &host,
            guest: "/var/lib/libvirt/images",
            writable: true,
        }],
        ..ScriptInput::default()
    };
    let script = render(&input).expect("a script");
    assert_both_clean(&script);
    script
}

#[test]
fn files_that_a_mount_would_hide_are_not_hidden_silently() {
    let beneath =
        "/var/lib/libvirt/images/base/noble.qcow2\n/var/lib/libvirt/images/it's $(touch pwned)\n";
    for shell in shells() {
        let bench = Bench::new();
        let script = mounting(&bench, &[Step::RestartInstance]).text;
        bench.set("beneath", beneath);
        let before = snapshot(&bench.path("home"));
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 4, "{shell:?}\n{}{}", ran.out, ran.err);
        let copy = format!(
            "limactl shell --workdir / dev sudo cat '/var/lib/libvirt/images'/base/noble.qcow2 >'{}'/base/noble.qcow2",
            bench.shared()
        );
        let parent = format!("    mkdir -p '{}'/base\n", bench.shared());
        for said in [
            parent.as_str(),
            copy.as_str(),
            "--hide-files",
            "    /var/lib/libvirt/images/it's $(touch pwned)\n",
        ] {
            assert!(ran.out.contains(said), "{shell:?} {said}\n{}", ran.out);
        }
        assert!(ran.err.contains("Nothing was changed."), "{shell:?}\n{}", ran.err);
        assert_eq!(snapshot(&bench.path("home")), before, "{shell:?}");
        assert!(bench.actions().iter().all(|call| call == "limactl validate"), "{shell:?}");
        assert!(!bench.in_project("pwned").exists(), "{shell:?}");

        let ran = bench.run(shell, &script, &["--apply", "--hide-files"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        assert!(ran.out.contains("they will be hidden, as you said"), "{shell:?}\n{}", ran.out);
    }
}

#[test]
fn nothing_hidden_is_no_reason_to_stop() {
    for (state, text, said) in [
        ("beneath", "", "nothing of its own would be hidden"),
        ("mount", "virtiofs\n", "is a directory of the host already"),
        ("status", "Stopped\n", "not looked at, since dev is not running"),
    ] {
        let bench = Bench::new();
        let script = mounting(&bench, &[Step::RestartInstance]).text;
        bench.set(state, text);
        let ran = bench.run(&["sh"], &script, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{said}\n{}", ran.out);
        assert!(ran.out.contains(said), "{said}\n{}", ran.out);
    }
}

#[test]
fn an_old_lima_is_restarted_twice_where_mounts_change_places() {
    let steps = [Step::RestartInstance, Step::RestartInstanceAgain];
    for shell in shells() {
        for (version, starts) in [
            ("limactl version 2.0.3", 2),
            ("limactl version 1.2.2", 2),
            ("limactl version 0.23.2", 2),
            ("limactl version 183a60d7", 2),
            ("limactl version 2.1.0", 1),
            ("limactl version v2.2.0-153-g183a60d7", 1),
            ("limactl version 10.0.0", 1),
        ] {
            let bench = Bench::new();
            let script = mounting(&bench, &steps).text;
            bench.set("version", &format!("{version}\n"));
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
            let calls = bench.actions();
            let started = calls.iter().filter(|call| call.starts_with("limactl start")).count();
            assert_eq!(started, starts, "{shell:?} {version}: {calls:?}");
            let ran = bench.run(shell, &script, &["--apply"]);
            assert_eq!(ran.status, 0, "{shell:?}\n{}{}", ran.out, ran.err);
            assert!(ran.out.contains("There was nothing to change."), "{shell:?}\n{}", ran.out);
        }
    }
}

#[test]
fn the_second_restart_outlives_an_interruption() {
    let steps = [Step::RestartInstance, Step::RestartInstanceAgain];
    let bench = Bench::new();
    let script = mounting(&bench, &steps).text;
    bench.set("version", "limactl version 2.0.3\n");
    bench.set("interrupts_start", "");
    let ran = bench.run(&["sh"], &script, &["--apply"]);
    assert_eq!(ran.status, 130, "{}{}", ran.out, ran.err);
    bench.unset("interrupts_start");
    bench.actions();
    let ran = bench.run(&["sh"], &script, &["--apply"]);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let calls = bench.actions();
    let started = calls.iter().filter(|call| call.starts_with("limactl start")).count();
    assert_eq!(started, 2, "{calls:?}");
}

#[test]
fn an_undo_tells_of_the_second_start_where_the_vm_is_stopped() {
    let steps = [Step::RestartInstance, Step::RestartInstanceAgain];
    for (version, is_told) in
        [("limactl version 2.0.3\n", true), ("limactl version 2.1.0\n", false)]
    {
        let bench = Bench::new();
        let script = mounting(&bench, &steps).text;
        assert_eq!(bench.run(&["sh"], &script, &["--apply"]).status, 0);
        bench.set("version", version);
        bench.set("status", "Stopped\n");
        let ran = bench.run(&["sh"], &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("to start it: limactl start dev"), "{}", ran.out);
        assert_eq!(ran.out.contains("at the second start"), is_told, "{}", ran.out);
    }
}

#[test]
fn a_directory_that_belongs_to_somebody_else_is_left_to_the_person() {
    for (mode, writable, goes_on) in
        [(0o755, true, false), (0o755, false, true), (0o700, false, false), (0o777, true, true)]
    {
        let bench = Bench::new();
        let host = bench.path("host");
        fs::create_dir(&host).expect("a directory");
        let host = host.to_string_lossy().into_owned();
        let steps = [Step::CreateHostDirectory(host.clone())];
        let input = ScriptInput {
            steps: &steps,
            new_mounts: vec![NewMount { host: &host, guest: "/x", writable }],
            ..ScriptInput::default()
        };
        let script = render(&input).expect("a script");
        assert_both_clean(&script);
        // What may be read by all is opened before the run.
        let own = format!("sudo chown \"$(id -un)\" '{host}'");
        let set_mode = |()| {
            fs::set_permissions(&host, fs::Permissions::from_mode(mode)).expect("a mode");
        };
        let ran = bench.run_as_nobody_after(&script.text, &["--apply"], set_mode);
        let is_root_here =
            fs::metadata(&host).is_ok_and(|dir| std::os::unix::fs::MetadataExt::uid(&dir) == 0);
        if !is_root_here {
            continue;
        }
        assert_eq!(ran.status == 0, goes_on, "{mode:o} {writable}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.out.contains(&own), !goes_on, "{mode:o} {writable}\n{}", ran.out);
    }
}

/// The script that creates a VM from a corrected `vm.yaml`.
fn creating(bench: &Bench) -> Script {
    fs::write(bench.in_project("vm.yaml"), LIMA.0).expect("a file");
    fs::write(bench.in_project(".env"), ENV.0).expect("a file");
    bench.set("status", "none\n");
    let mut lima = file(FileKind::Lima, LIMA);
    lima.name = "vm.yaml";
    let input = ScriptInput {
        instance: Some("dev"),
        files: vec![lima, file(FileKind::Env, ENV)],
        steps: &[Step::RecreateService("api".to_owned())],
        new_vm: Some("vm.yaml"),
        pinned_port: Some(2222),
        ..ScriptInput::default()
    };
    let script = render(&input).expect("a script");
    assert_both_clean(&script);
    script
}

#[test]
fn a_vm_that_is_yet_to_be_created_is_created() {
    for shell in shells() {
        let bench = Bench::new();
        let script = creating(&bench).text;
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        assert_eq!(bench.get("created"), LIMA.1, "{shell:?}: from the corrected file");
        assert_eq!(
            bench.actions(),
            [
                "limactl validate",
                "limactl start --tty=false --name=dev ./vm.yaml",
                "docker compose up -d --no-deps api",
            ],
            "{shell:?}"
        );
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        assert_eq!(bench.actions(), ["docker compose up -d --no-deps api"], "{shell:?}");

        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        let text = fs::read_to_string(bench.in_project("vm.yaml")).expect("a file");
        assert_eq!(text, LIMA.0, "{shell:?}");
        assert!(ran.out.contains("limactl delete dev removes it"), "{shell:?}\n{}", ran.out);
        let calls = bench.actions();
        assert!(!calls.iter().any(|call| call.contains("limactl st")), "{shell:?}: {calls:?}");
    }
}

#[test]
fn a_vm_that_is_there_is_not_taken_for_the_new_one() {
    let bench = Bench::new();
    let script = creating(&bench).text;
    bench.set("status", "Running\n");
    let ran = bench.run(&["sh"], &script, &["--apply"]);
    assert_eq!(ran.status, 4, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("there is a VM dev already"), "{}", ran.err);
    let text = fs::read_to_string(bench.in_project("vm.yaml")).expect("a file");
    assert_eq!(text, LIMA.0);
}

#[test]
fn back_and_on_again_is_as_on() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let run = |mode| {
            let ran = bench.run(shell, &script, &[mode]);
            assert_eq!(ran.status, 0, "{shell:?} {mode}\n{}{}", ran.out, ran.err);
            (snapshot(&bench.path("home")), snapshot(&bench.path("project")))
        };
        let applied = run("--apply");
        assert_eq!(run("--apply"), applied, "{shell:?}: twice is once");
        run("--undo");
        assert_eq!(run("--apply"), applied, "{shell:?}");
    }
}
