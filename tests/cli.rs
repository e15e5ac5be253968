//! The program as it is called: files in, reports and exit statuses out.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const LIMA: &str = "vmType: qemu\nmounts:\n- location: \"~\"\n";
const ENV: &str = "LIBVIRT_URI=qemu+ssh://ada@host.docker.internal:52136/system\n";
const COMPOSE: &str = "services:\n  api:\n    image: api\n";

/// Runs the program in a folder, with a text on its standard input.
fn run_with(folder: &Path, args: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_lima-doctor"))
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may end without having read its input.
    let _ = program.stdin.take().expect("it is piped").write_all(input);
    program.wait_with_output().expect("the program ends")
}

/// Runs the program in a folder: exit status, standard output, standard error.
fn run(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    read(run_with(folder.path(), args, &[], b""))
}

fn read(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

/// A folder with the three files that most set-ups have.
fn trio() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in [("lima.yaml", LIMA), (".env", ENV), ("docker-compose.yml", COMPOSE)] {
        fs::write(folder.path().join(name), text).expect("it can be written");
    }
    folder
}

const FILES: [&str; 3] = ["lima.yaml", ".env", "docker-compose.yml"];

#[test]
fn what_cannot_be_read_is_said_and_gives_status_2() {
    let folder = trio();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("bad.yaml", b"a: 1\nb: \xff\n");
    write("wide.yaml", b"\xff\xfea\0");
    write("empty.yaml", b" \n");
    write("large.log", &vec![b'x'; (1 << 20) + 1]);
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (args, expected) in [
        (&["check"][..], "nothing to look at: name files, or `-` for standard input"),
        (&["check", "absent.yaml"], "`absent.yaml` does not exist"),
        (&["check", "folder"], "`folder` is a directory; name the files in it"),
        (&["check", "bad.yaml"], "`bad.yaml` is not UTF-8: byte 0xff at line 2, column 4"),
        (&["check", "wide.yaml"], "`wide.yaml` is UTF-16, not UTF-8; save it as UTF-8"),
        (&["check", "empty.yaml"], "`empty.yaml` is empty"),
        (&["check", "-"], "is empty"),
        (&["check", "-", "--lima", "-"], "standard input can be read only once"),
        (&["check", "--error", "large.log"], "`large.log` is larger than 1 MiB"),
        (&["show", "--lima", "absent.yaml"], "`absent.yaml` does not exist"),
        (&["explain", "no-such-rule"], "there is no rule `no-such-rule`"),
        (
            &["fix", "lima.yaml", "--out", "out", "--choose", "nonsense=pin"],
            "`nonsense` in `--choose` is no rule",
        ),
        (&["fix", "lima.yaml", "--out", "lima.yaml"], "lima.yaml/"),
    ] {
        let (status, out, err) = run(&folder, args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.starts_with("error: "), "{args:?}: {err}");
        assert!(err.contains(expected), "{args:?}: {err}");
    }
    let (_, _, err) = run(&folder, &["check", "absent.yaml", "bad.yaml", "lima.yaml"]);
    assert_eq!(err.lines().count(), 2, "every problem is said, not only the first: {err}");
}

#[test]
fn a_command_line_that_is_wrong_gives_status_2() {
    let folder = trio();
    for args in [
        &[][..],
        &["chekc"],
        &["check", "--host", "windows", "lima.yaml"],
        &["check", "--format", "sarif", "lima.yaml"],
        &["check", "--port", "pin:22", "lima.yaml"],
        &["check", "--set", "NAME", "lima.yaml"],
        &["check", "--instance", "a b", "lima.yaml"],
        &["fix", "lima.yaml"],
    ] {
        let (status, out, err) = run(&folder, args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}: {err}");
    }
    let (_, _, err) = run(&folder, &["check", "--host", "windows", "lima.yaml"]);
    assert!(err.contains("`windows` is not one of macos, linux"), "{err}");
}

#[cfg(unix)]
#[test]
fn what_is_made_from_a_private_file_is_private() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = trio();
    let mode =
        |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o077;
    let fix = ["fix", "lima.yaml", ".env", "docker-compose.yml", "--instance", "dev", "--out"];
    let (_, out, err) = run(&folder, &[&fix[..], &["open"]].concat());
    assert!(mode("open/REPORT.md") & 0o044 != 0, "{out}{err}");

    let env = folder.path().join(".env");
    fs::set_permissions(env, fs::Permissions::from_mode(0o600)).unwrap();
    // A link in the directory is replaced, not followed.
    fs::create_dir(folder.path().join("private")).unwrap();
    fs::write(folder.path().join("mine"), "mine").unwrap();
    symlink("../mine", folder.path().join("private/REPORT.md")).unwrap();
    run(&folder, &[&fix[..], &["private", "--force"]].concat());
    for entry in fs::read_dir(folder.path().join("private")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(mode(&format!("private/{name}")), 0, "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("mine")).unwrap(), "mine");
}

#[test]
fn files_are_sorted_by_name_content_and_option() {
    let folder = trio();
    fs::write(folder.path().join("notes.txt"), COMPOSE).unwrap();
    let (status, out, _) = run(
        &folder,
        &["show", "notes.txt", ".env", "--lima", "lima.yaml", "--error", "docker-compose.yml"],
    );
    assert_eq!(status, 0);
    let files = "files\n  - lima.yaml (lima)\n  - docker-compose.yml (error)\n  \
                 - notes.txt (compose)\n  - .env (env)\n";
    assert!(out.starts_with(files), "{out}");
}

#[test]
fn standard_input_is_split_like_any_paste() {
    let folder = trio();
    let paste = format!("$ cat lima.yaml\n{LIMA}$ cat .env\n{ENV}$ virsh list\nerror: no\n");
    let output = run_with(folder.path(), &["show", "-"], &[], paste.as_bytes());
    let (status, out, _) = read(output);
    assert_eq!(status, 0);
    let files = "files\n  - lima.yaml (lima)\n  - .env (env)\n  - error (error)\n";
    assert!(out.starts_with(files), "{out}");
}

#[test]
fn reports_come_in_three_formats() {
    let folder = trio();
    let check = |format: &str| {
        let args = [&["check", "--format", format][..], &FILES].concat();
        let (status, out, err) = run(&folder, &args);
        assert!(status < 2 && err.is_empty(), "{format}: {status} {err}");
        (status, out)
    };
    let (status, json) = check("json");
    let report: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().expect("it is a list");
    let has_error = findings.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(status, i32::from(has_error), "{json}");
    for key in ["unchecked", "assumptions"] {
        assert!(report[key].is_array(), "{key}: {json}");
    }
    let (same_status, human) = check("human");
    assert_eq!(same_status, status);
    let last = human.lines().last().expect("there is a summary");
    assert!(last.contains("`lima.yaml`, `.env` and `docker-compose.yml`"), "{human}");
    assert!(check("markdown").1.starts_with("# lima-doctor report\n"));

    let (status, out, _) = run(&folder, &[&["show", "--format", "json"][..], &FILES].concat());
    let model: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((status, &model["version"]), (0, &1.into()));
    assert!(model["routes"].is_array(), "{out}");
}

#[test]
fn colours_are_for_terminals() {
    let folder = trio();
    let args = ["check", "lima.yaml"];
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "1")], false),
    ] {
        let output = run_with(folder.path(), &args, variables, b"");
        assert_eq!(output.stdout.contains(&0x1b), coloured, "{variables:?}");
    }
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let folder = trio();
    let name = "\u{1b}[2J.env";
    fs::write(folder.path().join(name), "A=\u{1b}]0;x\u{7}\u{9b}31m${\n").unwrap();
    for args in [&["check", name][..], &["show", name], &["check", "--format", "markdown", name]] {
        let output = run_with(folder.path(), args, &[], b"");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.is_empty(), "{args:?}");
        assert!(!text.contains(|char: char| char.is_control() && char != '\n'), "{text:?}");
    }
    let (_, _, err) = run(&folder, &["check", "\u{1b}[2J"]);
    assert!(!err.contains('\u{1b}'), "{err:?}");
}

#[test]
fn fix_writes_what_it_says_and_overwrites_nothing() {
    let folder = trio();
    let args = [&["fix", "--out", "out"][..], &FILES].concat();
    let (status, out, err) = run(&folder, &args);
    assert!(status < 2 && err.is_empty(), "{status} {err}");
    let report = folder.path().join("out/REPORT.md");
    let text = fs::read_to_string(&report).expect("the report is written");
    assert!(text.starts_with("# lima-doctor report\n"), "{text}");
    for entry in fs::read_dir(folder.path().join("out")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(out.contains(&format!("out/{name}: ")), "{name} is not listed: {out}");
    }
    for (name, text) in [("lima.yaml", LIMA), (".env", ENV), ("docker-compose.yml", COMPOSE)] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text, "{name}");
    }

    assert_eq!(run(&folder, &args).0, status, "the same again is no change");
    fs::write(&report, "mine").unwrap();
    let (refused, _, err) = run(&folder, &args);
    assert_eq!(refused, 2);
    assert!(err.contains("`out/REPORT.md` is there already and differs; see --force"), "{err}");
    assert_eq!(fs::read_to_string(&report).unwrap(), "mine");
    assert_eq!(run(&folder, &[&args[..], &["--force"]].concat()).0, status);
    assert_eq!(fs::read_to_string(&report).unwrap(), text);
}

#[test]
fn a_script_comes_as_a_file_and_to_be_pasted() {
    let folder = trio();
    let args = [&["script", "--instance", "dev", "--set", "X=1"][..], &FILES].concat();
    let compose = "services:\n  api:\n    environment: {LIBVIRT_URI: \"${LIBVIRT_URI}\"}\n    \
                   volumes: [\"/srv/jobs:/var/lib/libvirt/images/jobs\"]\n";
    fs::write(folder.path().join("docker-compose.yml"), compose).unwrap();
    let (status, file, err) = run(&folder, &args);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(file.starts_with("#!/bin/sh\n"), "{file}");
    let (status, paste, err) = run(&folder, &[&args[..], &["--paste"]].concat());
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(paste.starts_with("sh -c '") && paste.ends_with("' lima-doctor --apply\n"), "{paste}");
    assert!(!paste.contains('!'), "{paste}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = trio();
    let mut program = Command::new(env!("CARGO_BIN_EXE_lima-doctor"))
        .args(["check", "lima.yaml"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    let (status, _, err) = read(program.wait_with_output().unwrap());
    assert!(status < 2 && err.is_empty(), "{status} {err}");
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = trio();
    let (status, list, _) = run(&folder, &["explain"]);
    assert_eq!(status, 0);
    assert_eq!(list.lines().count(), lima_doctor::rules::RULES.len());
    for rule in lima_doctor::rules::RULES {
        let (status, page, _) = run(&folder, &["explain", rule.name]);
        assert_eq!(status, 0, "{}", rule.name);
        assert!(page.contains(rule.summary) && !page.contains("```"), "{page}");
    }
}
