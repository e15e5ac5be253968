//! Each step made to fail in turn: nothing is lost, the step is named, and there is a way back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use crate::bench::{Bench, ENV, LIMA, Shell, pinned, shells};

/// What goes wrong, how it is brought about, how it is mended, and what the script must say.
struct Fault {
    name: &'static str,
    /// What the stand-ins know: name and content of files.
    state: &'static [(&'static str, &'static str)],
    /// A tool that fails, as a script.
    tool: Option<(&'static str, &'static str)>,
    status: i32,
    step: &'static str,
    says: &'static str,
}

const NO_FAULT: Fault = Fault { name: "", state: &[], tool: None, status: 4, step: "", says: "" };

const CHECK: &str = "See that the files are the ones that were analysed";
const VALIDATE: &str = "Let Lima validate";
const ASK: &str = "Ask Lima for the status";
const BACK_UP: &str = "Back up what is to be changed";
const STOP: &str = "Stop the VM `dev`";
const WRITE: &str = "Write the corrected files";
const START: &str = "Start the VM `dev`";
const PORT: &str = "See that the VM's SSH port is 2222";
const RECREATE: &str = "Recreate the container of `api`";
const RESULT: &str = "Check the result";

/// A second that is over at once, for what waits for minutes.
const NO_TIME: Option<(&str, &str)> = Some(("sleep", "exit 0"));

const FAULTS: [Fault; 28] = [
    Fault {
        name: "no docker",
        state: &[("no_docker", "")],
        step: "Look for",
        says: "neither",
        ..NO_FAULT
    },
    Fault {
        name: "the corrected copy goes wrong",
        tool: Some(("head", "exit 1")),
        step: CHECK,
        says: "did not come out as it should",
        ..NO_FAULT
    },
    Fault {
        name: "validate refuses",
        state: &[("validate_fails", "")],
        step: VALIDATE,
        says: "does not accept",
        ..NO_FAULT
    },
    Fault {
        name: "a signal while it validates",
        state: &[("interrupts_validate", "")],
        status: 130,
        step: VALIDATE,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "limactl list fails",
        state: &[("list_fails", "")],
        step: ASK,
        says: "or failed",
        ..NO_FAULT
    },
    Fault {
        name: "disk full for the backup",
        tool: Some((
            "cp",
            "case $3 in *.bak.new) printf x >\"$3\"; echo 'no space left' >&2; exit 1 ;; esac\nexec /bin/cp \"$@\"",
        )),
        step: BACK_UP,
        says: "could not be backed up",
        ..NO_FAULT
    },
    Fault {
        name: "stop fails",
        state: &[("stop_fails", "")],
        step: STOP,
        says: "did not stop",
        ..NO_FAULT
    },
    Fault {
        name: "stop hangs",
        state: &[("hangs_stop", "")],
        tool: NO_TIME,
        step: STOP,
        says: "did not stop within 10 minutes",
        ..NO_FAULT
    },
    Fault {
        name: "a signal while it stops",
        state: &[("interrupts_stop", "")],
        status: 130,
        step: STOP,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "file changed since",
        state: &[("edited", "MINE=1\n")],
        status: 3,
        step: WRITE,
        says: ".env has just been changed",
        ..NO_FAULT
    },
    Fault {
        name: "disk full for a file",
        tool: Some((
            "cat",
            "if [ $# = 0 ] && [ -e \"$STATE/full\" ]; then rm \"$STATE/full\"; printf x; exit 1; fi\nexec /bin/cat \"$@\"",
        )),
        state: &[("full", "")],
        step: WRITE,
        says: "it is as it was before",
        ..NO_FAULT
    },
    Fault {
        name: "start fails",
        state: &[("start_fails", "")],
        step: START,
        says: "did not start",
        ..NO_FAULT
    },
    Fault {
        name: "start hangs",
        state: &[("hangs_start", "")],
        tool: NO_TIME,
        step: START,
        says: "did not start within 15 minutes",
        ..NO_FAULT
    },
    Fault {
        name: "a signal while it starts",
        state: &[("interrupts_start", "")],
        status: 130,
        step: START,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "no port after the start",
        state: &[("next_port", "\n")],
        step: PORT,
        says: "shows no SSH port",
        ..NO_FAULT
    },
    Fault {
        name: "another port than the pinned",
        state: &[("next_port", "60022\n")],
        status: 1,
        step: PORT,
        says: "though 2222 is pinned",
        ..NO_FAULT
    },
    Fault {
        name: "compose fails",
        state: &[("up_fails", "")],
        step: RECREATE,
        says: "could not be brought up",
        ..NO_FAULT
    },
    Fault {
        name: "a signal while compose works",
        state: &[("interrupts_up", "")],
        status: 130,
        step: RECREATE,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "the mount is not there",
        state: &[("next_mount", "ext4\n")],
        status: 1,
        step: RESULT,
        says: "failed checks",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it asks",
        state: &[("cancels_list", "")],
        status: 130,
        step: ASK,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it validates",
        state: &[("cancels_validate", "")],
        status: 130,
        step: VALIDATE,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it stops",
        state: &[("cancels_stop", "")],
        status: 130,
        step: STOP,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it starts",
        state: &[("cancels_start", "")],
        status: 130,
        step: START,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while compose works",
        state: &[("cancels_up", "")],
        status: 130,
        step: RECREATE,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it checks the mount",
        state: &[("cancels_shell", "")],
        status: 130,
        step: RESULT,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it checks the connection",
        state: &[("cancels_exec", "")],
        status: 130,
        step: RESULT,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C while it backs up",
        tool: Some((
            "cp",
            "case $3 in *.bak.new) kill -INT 0; sleep 9 ;; esac\nexec /bin/cp \"$@\"",
        )),
        status: 130,
        step: BACK_UP,
        says: "interrupted",
        ..NO_FAULT
    },
    Fault {
        name: "Ctrl-C in the middle of a file",
        tool: Some((
            "cat",
            "if [ $# = 0 ] && [ -e \"$STATE/full\" ]; then rm \"$STATE/full\"; printf x; kill -INT 0; sleep 9; fi\nexec /bin/cat \"$@\"",
        )),
        state: &[("full", "")],
        step: WRITE,
        says: "it is as it was before",
        ..NO_FAULT
    },
];

#[test]
fn each_step_can_fail_and_nothing_is_lost() {
    let shells = shells();
    thread::scope(|scope| {
        for &shell in &shells {
            scope.spawn(move || FAULTS.iter().for_each(|fault| fault.assert_harmless(shell)));
        }
    });
    for Fault { name, status, step, .. } in &FAULTS {
        println!("{name:<38} {status:>3}  {step:<50} undone, applied again");
    }
    println!("{} faults under {shells:?}", FAULTS.len());
}

impl Fault {
    fn assert_harmless(&self, shell: Shell) {
        let what = format!("{} {shell:?}", self.name);
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let before: Vec<(&str, Option<String>)> = self
            .state
            .iter()
            .map(|(name, text)| {
                let old = fs::read_to_string(bench.path("state").join(name)).ok();
                bench.set(name, text);
                (*name, old)
            })
            .collect();
        let old_tool = self.tool.map(|(name, text)| {
            let path = bench.path("bin").join(name);
            let old = fs::read(&path).ok();
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
            (path, old)
        });

        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, self.status, "{what}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains(self.says), "{what}: {}\n{}", self.says, ran.err);
        let (_, left) = ran.err.split_once("Not done, or not finished:\n").unwrap_or_default();
        assert!(left.starts_with(&format!("  - {}", self.step)), "{what}: {left}");
        if let Ok(pid) = fs::read_to_string(bench.path("state/pid")) {
            let left = Path::new("/proc").join(pid.trim()).exists();
            assert!(!left, "{what}: what hung is still there");
        }

        // The cause is gone.
        for (name, old) in before {
            match old {
                Some(text) => bench.set(name, &text),
                None if bench.path("state").join(name).exists() => bench.unset(name),
                None => {}
            }
        }
        match old_tool {
            Some((path, Some(old))) => fs::write(path, old).expect("a file"),
            Some((path, None)) => fs::remove_file(path).expect("a file"),
            None => {}
        }
        let env = bench.in_project(".env");
        let read = |path: &Path| fs::read_to_string(path).expect("a file");
        if read(&env) == "MINE=1\n" {
            // What the person wrote is left to the person.
            fs::write(&env, ENV.0).expect("a file");
        }
        let ran = bench.run(shell, &script, &["--undo"]);
        assert_eq!(ran.status, 0, "{what}\n{}{}", ran.out, ran.err);
        assert_eq!((read(&bench.lima()), read(&env)), (LIMA.0.into(), ENV.0.into()), "{what}");
        let ran = bench.run(shell, &script, &["--apply"]);
        assert_eq!(ran.status, 0, "{what}\n{}{}", ran.out, ran.err);
        assert_eq!((read(&bench.lima()), read(&env)), (LIMA.1.into(), ENV.1.into()), "{what}");
    }
}

#[test]
fn a_file_that_may_not_be_written_stops_it_at_once() {
    let bench = Bench::new();
    let script = pinned(&bench).text;
    fs::set_permissions(bench.in_project(".env"), fs::Permissions::from_mode(0o444))
        .expect("a mode");
    fs::set_permissions(bench.lima(), fs::Permissions::from_mode(0o666)).expect("a mode");
    let ran = bench.run_as_nobody(&script, &["--apply"]);
    assert_eq!(ran.status, 4, "{}{}", ran.out, ran.err);
    for said in ["Stopped: .env may not be written", "Nothing was changed.", CHECK] {
        assert!(ran.err.contains(said), "{said}\n{}", ran.err);
    }
    assert_eq!(fs::read_to_string(bench.lima()).expect("a file"), LIMA.0);
}
