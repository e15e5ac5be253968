//! The script against the real limactl: what it asks of a stopped VM is accepted, and the file that
//! comes out is the one that was shown. A VM cannot be started here, so from `limactl start` on, a
//! stand-in answers as the VM would.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::engine::move_into;
use lima_doctor::intake::VmState;
use lima_doctor::repair::plan::Choices;
use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Input, diagnose, repair, script};
use serde_json::Value;

use crate::oracles::Limactl;
use crate::setups;

/// The real program until the VM is started; then a VM that runs, with its port and its mounts.
const LIMACTL: &str = r#"#!/bin/sh
case $1 in
start) touch "$HOME/started"; exit ;;
esac
if [ -e "$HOME/started" ]; then
    case "$1 $3" in
    'list {{.Status}}') echo Running; exit ;;
    'list {{.SSHLocalPort}}') cat "$HOME/port"; exit ;;
    esac
    if [ "$1" = shell ]; then
        shift 4
        case $1 in
        findmnt) echo virtiofs ;;
        cat) name=${2##*/}; printf %s "${name#.}" ;;
        esac
        exit
    fi
fi
printf '%s\n' "$*" >>"$HOME/asked"
exec "$REAL_LIMACTL" "$@"
"#;

/// Directories that only the host of the set-up has.
const MKDIR: &str = r#"#!/bin/sh
case $3 in
/var/lib/* | /Users/* | /Volumes/* | /srv/*) exit ;;
esac
exec /bin/mkdir "$@"
"#;

const DOCKER: &str = "#!/bin/sh\nexit 0\n";

/// Applies the script of a set-up. `None` where none changes the VM's file.
fn applied(limactl: &Limactl, name: &str, input: &Input) -> Option<String> {
    let mut input = input.clone();
    move_into(&limactl.home().join("host"), &mut input);
    let input = &input;
    let diagnosis = diagnose(input);
    let made = repair(input, &diagnosis, &Choices::default());
    let is_lima = |file: &&SourceFile| file.kind == FileKind::Lima;
    let lima = input.files.iter().find(is_lima)?;
    let corrected = made.corrected.iter().find_map(|one| {
        let file = input.files.get(one.file.0)?;
        (file.kind == FileKind::Lima).then_some(one.text.as_str())
    })?;
    let script = script(&diagnosis, &made).ok()?.text;
    let instance = diagnosis.setup.instance.clone()?;
    if diagnosis.setup.vm == VmState::New {
        return None;
    }

    // What limactl does not take as it is cannot be the file of a stopped VM.
    limactl.directory(&format!(".lima/{instance}"));
    let path = limactl.write(&format!(".lima/{instance}/lima.yaml"), &lima.text);
    let status = |text: &mut String| {
        let list = limactl.command(["list", "--json", &instance]).output().expect("limactl runs");
        *text = String::from_utf8_lossy(&list.stdout).into_owned();
        serde_json::from_str::<Value>(text).ok()
    };
    let mut listed = String::new();
    let before = status(&mut listed)?;
    // Nor what asks for a kind of VM that only macOS has.
    if !before["config"].is_object() || before["status"] != "Stopped" {
        return None;
    }
    for file in input.files.iter().filter(|file| !is_lima(file)) {
        let name = match file.kind {
            FileKind::Limactl | FileKind::Error => continue,
            _ => file.name.as_str(),
        };
        limactl.write(name, &file.text);
    }
    let pinned = made.recheck.setup.lima.as_ref().and_then(|lima| lima.ssh_local_port);
    limactl.write("port", &pinned.map_or(50_000, |(port, _)| port).to_string());
    limactl.write("apply.sh", &script);
    let apply = || {
        let mut command = limactl.command_of("sh");
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = limactl.home().join("bin");
        command.env("PATH", format!("{}:{path}", bin.display()));
        command.env("REAL_LIMACTL", limactl.program());
        let ran = command.args(["apply.sh", "--apply"]).output().expect("sh runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ran.status.code(), said(&ran.stdout) + &said(&ran.stderr))
    };
    let (code, said) = apply();
    assert_eq!(code, Some(0), "{name}:\n{said}\n{listed}");
    let text = fs::read_to_string(&path).expect("the VM's file");
    assert_eq!(text, corrected, "{name}: the file is the one that was shown");

    let after = status(&mut listed).unwrap_or_else(|| lost(name, &listed));
    let config = &after["config"];
    assert!(config.is_object(), "{name}: limactl refuses the corrected file: {listed}");
    if let Some((port, _)) = pinned {
        assert_eq!(config["ssh"]["localPort"], Value::from(port), "{name}");
    }
    for mount in &made.recheck.setup.mounts {
        let points = config["mounts"].as_array().into_iter().flatten();
        let mut points = points.filter_map(|mount| mount["mountPoint"].as_str());
        let home = limactl.home();
        let is_there = points.any(|point| {
            point == mount.mount_point
                || mount.mount_point.strip_prefix('~').is_some_and(|rest| point.ends_with(rest))
                || point.starts_with(home.to_str().unwrap_or_default())
        });
        assert!(is_there, "{name}: {} is not among {}", mount.mount_point, config["mounts"]);
    }
    let asked = fs::read_to_string(limactl.home().join("asked")).expect("what was asked");
    for call in ["validate ", "list "] {
        assert!(asked.lines().any(|line| line.starts_with(call)), "{name}: {call} in {asked}");
    }
    // The second time, there is nothing to do.
    let (code, said) = apply();
    assert_eq!(code, Some(0), "{name}:\n{said}");
    assert!(said.contains("is corrected already"), "{name}:\n{said}");
    let text = fs::read_to_string(&path).expect("the VM's file");
    assert_eq!(text, corrected, "{name}: the second run changes nothing");
    Some(name.to_owned())
}

fn lost(name: &str, listed: &str) -> Value {
    assert!(listed.is_empty(), "{name}: limactl lists no such VM: {listed}");
    Value::Null
}

fn compare(program: &str) {
    let mut done = Vec::new();
    for folder in setups::folders() {
        let Some(limactl) = Limactl::new(program) else { return };
        limactl.directory("bin");
        for (name, text) in [("limactl", LIMACTL), ("docker", DOCKER), ("mkdir", MKDIR)] {
            let path = limactl.write(&format!("bin/{name}"), text);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        done.extend(applied(&limactl, &name, &setups::input(&folder)));
    }
    println!("{program}: the scripts of {} set-ups applied: {}", done.len(), done.join(", "));
    assert!(done.len() >= 4, "{done:?}");
}

#[test]
fn lima_2_takes_what_the_script_asks_of_it() {
    compare("limactl");
}

#[test]
fn lima_1_takes_what_the_script_asks_of_it() {
    compare("limactl-1");
}
