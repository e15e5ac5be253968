//! The script among the tools of other systems, and no tool or option beyond POSIX.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, ENV, LIMA, Ran, pinned, shells, tools_are_required, which};

/// The tools that the script and the stand-ins may call, each with the options that POSIX.1-2017
/// gives it (Shell & Utilities, chapter 4). No awk is among them, so none can differ.
///
/// `mktemp` is not in POSIX, but macOS, the BSDs, GNU, busybox and toybox have it with `-d`; and
/// nothing in POSIX makes a directory of a name that nobody can foresee.
const TOOLS: [(&str, &[&str]); 18] = [
    ("cat", &["-u"]),
    ("chmod", &["-R"]),
    ("cksum", &[]),
    ("cmp", &["-l", "-s"]),
    ("cp", &["-p", "-P", "-R", "-f", "-i"]),
    ("cut", &["-b", "-c", "-f", "-d", "-s"]),
    ("grep", &["-E", "-F", "-c", "-e", "-f", "-i", "-l", "-n", "-q", "-s", "-v", "-x"]),
    ("head", &["-n"]),
    ("mkdir", &["-p", "-m"]),
    ("mktemp", &["-d"]),
    ("mv", &["-f", "-i"]),
    ("printf", &[]),
    ("rmdir", &["-p"]),
    ("rm", &["-f", "-r", "-rf", "-i", "-R"]),
    ("sed", &["-n", "-e", "-f"]),
    ("sleep", &[]),
    ("tail", &["-n", "-c", "-f"]),
    ("tr", &["-c", "-d", "-s"]),
];

/// A directory with the tools of [`TOOLS`] alone, each made by `make` from its path here.
fn tools(bench: &Bench, make: impl Fn(&str, &Path)) -> String {
    let directory = bench.path("tools");
    fs::create_dir(&directory).expect("a directory");
    for (tool, _) in TOOLS {
        make(tool, &directory.join(tool));
    }
    // The stand-ins are scripts.
    symlink(which("sh").expect("there is a sh"), directory.join("sh")).expect("a link");
    directory.display().to_string()
}

/// A tool of this system.
fn here(tool: &str) -> PathBuf {
    which(tool).expect("every tool is here")
}

/// Whether a program of many tools has this one.
fn has(program: &Path, tool: &str) -> bool {
    let list = if program.ends_with("busybox") { &["--list"][..] } else { &[] };
    let out = Command::new(program).args(list).output().expect("it runs");
    String::from_utf8_lossy(&out.stdout).split_whitespace().any(|name| name == tool)
}

/// What runs of every mode give, and the files after each.
fn story(run: impl Fn(&str) -> Ran, bench: &Bench) -> Vec<String> {
    let mut res = Vec::new();
    for mode in ["--plan", "--apply", "--verify", "--apply", "--undo", "--undo", "--apply"] {
        let ran = run(mode);
        let read = |path| fs::read_to_string(path).expect("a file");
        let files = (read(bench.lima()), read(bench.in_project(".env")));
        let state = match files {
            (lima, env) if (lima.as_str(), env.as_str()) == (LIMA.0, ENV.0) => "as it was",
            (lima, env) if (lima.as_str(), env.as_str()) == (LIMA.1, ENV.1) => "corrected",
            _ => "neither",
        };
        // The directory of the bench and its temporary names are other ones each time.
        let root = bench.path("").display().to_string();
        let out = format!("{}{}", ran.out, ran.err).replace(&root, "");
        res.push(format!("{mode}: {} {state}\n{out}", ran.status));
    }
    res
}

#[test]
fn other_systems_tools_give_the_same() {
    let expected = {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        story(|mode| bench.run(&["sh"], &script, &[mode]), &bench)
    };
    assert!(expected[1].starts_with("--apply: 0 corrected"), "{}", expected[1]);
    assert!(expected[4].starts_with("--undo: 0 as it was"), "{}", expected[4]);
    let mut compared = 0;
    for userland in ["busybox", "toybox"] {
        let Some(program) = which(userland) else {
            assert!(!tools_are_required(), "{userland} is required but not on PATH");
            eprintln!("not tested, since it is not here: {userland}");
            continue;
        };
        for shell in shells() {
            let bench = Bench::new();
            let script = pinned(&bench).text;
            // Debian's busybox is built without cksum.
            let path = tools(&bench, |tool, link| {
                let program = if has(&program, tool) { program.clone() } else { here(tool) };
                symlink(program, link).expect("a link");
            });
            let told = story(|mode| bench.run_with(&path, shell, &script, &[mode]), &bench);
            assert_eq!(told, expected, "{userland}, {shell:?}");
            compared += 1;
        }
    }
    println!("{compared} pairs of a userland and a shell gave the same");
}

#[test]
fn no_tool_and_no_option_is_beyond_posix() {
    for shell in shells() {
        let bench = Bench::new();
        let script = pinned(&bench).text;
        let path = tools(&bench, |tool, wrapper| {
            let (_, options) = TOOLS.iter().find(|(name, _)| *name == tool).expect("a tool");
            let program = here(tool);
            let text = format!(
                "#!/bin/sh\nfor word; do\n    case $word in\n    -- | [!-]* | '') break ;;\n    esac\n    \
                 case ' {} ' in\n    *\" $word \"*) ;;\n    *) printf '%s\\n' \"{tool} $word\" >>\"$STATE/beyond\" ;;\n    \
                 esac\ndone\nexec {} \"$@\"\n",
                options.join(" "),
                program.display(),
            );
            fs::write(wrapper, text).expect("a file");
            fs::set_permissions(wrapper, fs::Permissions::from_mode(0o755)).expect("a mode");
        });
        bench.set("beyond", "");
        let told = story(|mode| bench.run_with(&path, shell, &script, &[mode]), &bench);
        assert!(told[1].starts_with("--apply: 0 corrected"), "{shell:?}: {}", told[1]);
        assert_eq!(bench.get("beyond"), "", "{shell:?}");
    }
}

#[test]
fn an_option_beyond_posix_would_be_seen() {
    let bench = Bench::new();
    let script = pinned(&bench).text.replace("head -n", "head -q -n");
    bench.set("beyond", "");
    let path = tools(&bench, |tool, link| {
        let text = format!(
            "#!/bin/sh\ncase $1 in -q) echo {tool} >>\"$STATE/beyond\" ;; esac\nexec {} \"$@\"\n",
            here(tool).display()
        );
        fs::write(link, text).expect("a file");
        fs::set_permissions(link, fs::Permissions::from_mode(0o755)).expect("a mode");
    });
    bench.run_with(&path, &["sh"], &script, &["--plan"]);
    assert!(bench.get("beyond").contains("head"), "the wrappers are what the script calls");
}
