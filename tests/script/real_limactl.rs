//! The script against the real limactl: what it asks of a stopped VM is accepted, and the file that
//! comes out is the one that was shown. A VM cannot be started here, so from `limactl start` on, a
//! stand-in answers as the VM would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bench::SLEEP;
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
start)
    touch "$HOME/started"
    case $3 in
    --name=*)
        # It makes the VM, as far as it can without its image: no host is reached.
        printf '%s\n' "$*" >>"$HOME/asked"
        HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 \
            "$REAL_LIMACTL" create "$2" "$3" "$4" >"$HOME/created" 2>&1
        ;;
    esac
    exit 0
    ;;
stop)
    if [ -e "$HOME/started" ]; then rm "$HOME/started"; exit; fi
    ;;
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

/// Applies the script of a set-up: to a stopped VM, or where there is none yet. Else says why not.
fn applied(limactl: &Limactl, name: &str, input: &Input) -> Result<(), &'static str> {
    let mut input = input.clone();
    move_into(&limactl.home().join("host"), &mut input);
    move_to_qemu(&mut input);
    let instance = diagnose(&input).setup.instance.unwrap_or_else(|| "dev".to_owned());
    input.answers.instance = Some(instance.clone());
    let input = &input;
    let diagnosis = diagnose(input);
    let made = repair(input, &diagnosis, &Choices::default());
    let is_lima = |file: &&SourceFile| file.kind == FileKind::Lima;
    let lima = input.files.iter().find(is_lima).ok_or("no lima.yaml")?;
    let corrected = made
        .corrected
        .iter()
        .find_map(|one| {
            let file = input.files.get(one.file.0)?;
            (file.kind == FileKind::Lima).then_some(one.text.as_str())
        })
        .ok_or("lima.yaml is right")?;
    let script = script(&diagnosis, &made).map_err(|_| "no script")?.text;
    let is_new = diagnosis.setup.vm == VmState::New;

    limactl.directory(&format!(".lima/{instance}"));
    let path = limactl.write(&format!(".lima/{instance}/lima.yaml"), &lima.text);
    let status = || {
        let list = limactl.command(["list", "--json", &instance]).output().expect("limactl runs");
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        (serde_json::from_str::<Value>(&text).unwrap_or_default(), text)
    };
    let (before, listed) = status();
    if !before["config"].is_object() || before["status"] != "Stopped" {
        return Err("limactl refuses the file as it was");
    }
    if is_new {
        fs::remove_dir_all(limactl.home().join(".lima").join(&instance)).expect("a directory");
    }
    for file in &input.files {
        match file.kind {
            FileKind::Limactl | FileKind::Error => {}
            FileKind::Lima if !is_new => {}
            _ => drop(limactl.write(&file.name, &file.text)),
        }
    }
    let pinned = made.recheck.setup.lima.as_ref().and_then(|lima| lima.ssh_local_port);
    limactl.write("port", &pinned.map_or(50_000, |(port, _)| port).to_string());
    limactl.write("apply.sh", &script);
    let run = |mode: &str| {
        let mut command = limactl.command_of("sh");
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = limactl.home().join("bin");
        command.env("PATH", format!("{}:{path}", bin.display()));
        command.env("REAL_LIMACTL", limactl.program());
        let ran = command.args(["apply.sh", mode]).output().expect("sh runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ran.status.code(), said(&ran.stdout) + &said(&ran.stderr))
    };
    let read = |path: &Path| fs::read_to_string(path).expect("the VM's file");
    let (code, said) = run("--apply");
    assert_eq!(code, Some(0), "{name}:\n{said}\n{listed}");
    assert_eq!(read(&path), corrected, "{name}: the file is the one that was shown");

    let (after, listed) = status();
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
    let (code, said) = run("--apply");
    assert_eq!(code, Some(0), "{name}:\n{said}");
    assert!(said.contains("is corrected already"), "{name}:\n{said}");
    assert_eq!(read(&path), corrected, "{name}: the second run changes nothing");
    // Back, and there again.
    let own = if is_new { limactl.home().join(&lima.name) } else { path };
    let (code, said) = run("--undo");
    assert_eq!((code, read(&own)), (Some(0), lima.text.clone()), "{name}:\n{said}");
    if !is_new {
        let (code, said) = run("--apply");
        assert_eq!((code, read(&own).as_str()), (Some(0), corrected), "{name}:\n{said}");
    }
    Ok(())
}

/// The same set-up for a host that has QEMU only, as the one that the tests run on.
fn move_to_qemu(input: &mut Input) {
    for file in &mut input.files {
        if file.kind == FileKind::Lima {
            file.text = file.text.replace("vz", "qemu").replace("virtiofs", "9p");
        }
        if file.kind == FileKind::Limactl {
            file.text = file.text.replace(" vz ", " qemu ");
        }
    }
}

fn compare(program: &str) {
    let Some(limactl) = Limactl::new(program) else { return };
    let (mut done, mut left) = (Vec::new(), String::new());
    for folder in setups::folders() {
        limactl.empty_home();
        limactl.directory("bin");
        for (name, text) in
            [("limactl", LIMACTL), ("docker", DOCKER), ("mkdir", MKDIR), ("sleep", SLEEP)]
        {
            let path = limactl.write(&format!("bin/{name}"), text);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match applied(&limactl, &name, &setups::input(&folder)) {
            Ok(()) => done.push(name),
            Err(why) => left.push_str(&format!("  {name}: {why}\n")),
        }
    }
    println!("{program}: the scripts of {} set-ups applied: {}", done.len(), done.join(", "));
    println!("not of these:\n{left}");
    assert!(done.len() >= 13, "{done:?}\n{left}");
}

#[test]
fn lima_2_takes_what_the_script_asks_of_it() {
    compare("limactl");
}

#[test]
fn lima_1_takes_what_the_script_asks_of_it() {
    compare("limactl-1");
}
