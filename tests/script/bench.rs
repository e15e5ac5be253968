//! A home, a project and stand-ins for `limactl`, `docker` and `virsh` in a directory of their own.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lima_doctor::diagnostic::Step;
use lima_doctor::repair::script::{Script, ScriptFile, ScriptInput, SharedPath, render};
use lima_doctor::text::{FileId, FileKind, Span};
use tempfile::TempDir;

/// A shell and the options that make it run a script.
pub(crate) type Shell = &'static [&'static str];

const SHELLS: [Shell; 7] =
    [&["sh"], &["dash"], &["bash"], &["bash", "--posix"], &["zsh"], &["mksh"], &["busybox", "sh"]];

/// The shells that are here. Where `LIMA_DOCTOR_REQUIRE_TOOLS=1`, sh, bash and zsh must be.
pub(crate) fn shells() -> Vec<Shell> {
    let (here, missing): (Vec<Shell>, Vec<Shell>) =
        SHELLS.into_iter().partition(|shell| is_on_path(shell[0]));
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(|shell| shell[0]).collect();
        eprintln!("not tested, since they are not here: {}", missing.join(", "));
    }
    for needed in ["sh", "bash", "zsh"] {
        assert!(
            !tools_are_required() || here.iter().any(|shell| shell[0] == needed),
            "{needed} is required but not on PATH"
        );
    }
    here
}

pub(crate) fn tools_are_required() -> bool {
    std::env::var_os("LIMA_DOCTOR_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

pub(crate) fn is_on_path(tool: &str) -> bool {
    which(tool).is_some()
}

/// Where a tool is.
pub(crate) fn which(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|file| file.is_file())
}

/// ASCII, LF only, no function that nothing calls, and nothing for shellcheck to say.
pub(crate) fn assert_clean(script: &str) {
    assert!(script.is_ascii() && !script.contains('\r'), "not plain ASCII:\n{script}");
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!script.contains(control), "a control character:\n{script}");
    let unused = unused_functions(script);
    assert!(unused.is_empty(), "nothing calls {unused:?} in:\n{script}");
    let bang = script
        .lines()
        .skip(1)
        .find(|line| !line.trim_start().starts_with('#') && line.contains('!'));
    assert_eq!(bang, None, "a terminal may expand it");
    lint(script);
}

/// Both forms of a script are clean, and the form to paste is one word for `sh -c` that holds no
/// comment, no tab and no `!`.
pub(crate) fn assert_both_clean(script: &Script) {
    assert_clean(&script.text);
    let paste = script.paste.as_deref().expect("it is short enough");
    assert!(paste.is_ascii() && !paste.contains(['!', '\t', '\r', '\u{1b}']), "{paste}");
    assert!(!paste.lines().any(|line| line.trim_start().starts_with('#')), "{paste}");
    // One word in single quotes is all that the terminal's own shell sees.
    let word =
        paste.strip_prefix("sh -c ").and_then(|rest| rest.strip_suffix(" lima-doctor --apply\n"));
    let word = word.expect("it is one command");
    let code = word.replace(r"'\''", "\u{1}");
    let code =
        code.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).expect("it is quoted");
    assert!(!code.contains('\''), "{paste}");
    lint(&format!("# shellcheck disable=SC1003,SC2016,SC2088\n{}", code.replace('\u{1}', "'")));
}

/// That shellcheck has nothing to say.
fn lint(script: &str) {
    if !is_on_path("shellcheck") {
        assert!(!tools_are_required(), "shellcheck is required but not on PATH");
        eprintln!("not linted, since shellcheck is not here");
        return;
    }
    let dir = TempDir::new().expect("a temporary directory");
    let file = dir.path().join("apply.sh");
    fs::write(&file, script).expect("a file");
    let out = Command::new("shellcheck").args(["-s", "sh"]).arg(&file).output().expect("it runs");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success() && said.is_empty(), "{said}");
}

/// The functions of a script that no command of it names.
fn unused_functions(script: &str) -> Vec<&str> {
    let commands = || script.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words: BTreeSet<&str> = commands()
        .flat_map(|line| line.split([' ', '=']))
        .map(|word| word.trim_start_matches(['"', '$', '(']).trim_end_matches(';'))
        .collect();
    commands()
        .filter_map(|line| line.split_once("() {").map(|(name, _)| name))
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .filter(|name| !words.contains(name))
        // Called by the key of the file.
        .filter(|name| !name.starts_with("build_") && !name.starts_with("port_"))
        .collect()
}

const LIMACTL: &str = r#"#!/bin/sh
{ printf '%s\037' limactl "$@"; echo; } >>"$STATE/calls"
status=$(cat "$STATE/status")
if [ -e "$STATE/interrupts_$1" ]; then kill -TERM "$PPID"; exit 1; fi
# As a terminal does at Ctrl-C: every process of the command gets the signal.
if [ -e "$STATE/cancels_$1" ]; then kill -INT 0; sleep 9; fi
if [ -e "$STATE/hangs_$1" ]; then echo "$$" >"$STATE/pid"; PATH=/usr/bin:/bin exec sleep 9999; fi
if [ "$1" = --version ]; then cat "$STATE/version"; exit; fi
if [ -e "$STATE/is_root" ]; then echo 'limactl: must not run as the root user' >&2; exit 1; fi
case $1 in
list)
    if [ "$status" = none ]; then echo 'No instance matching it found.' >&2; exit 1; fi
    [ ! -e "$STATE/list_fails" ] || exit 1
    case $3 in
    '{{.Status}}')
        # A file that does not load has an empty status.
        if cmp -s "$STATE/unreadable" "$HOME/.lima/dev/lima.yaml"; then status=; fi
        printf '%s\n' "$status"
        ;;
    '{{.SSHLocalPort}}') if [ "$status" = Running ]; then cat "$STATE/port"; else echo 0; fi ;;
    esac
    ;;
validate)
    [ "${2##*/}" = lima.yaml ] || exit 9
    cp "$2" "$STATE/validated"
    if [ -e "$STATE/validate_fails" ]; then echo 'field `mounts[0]` is wrong' >&2; exit 1; fi
    ;;
stop)
    [ "$status" = Running ] || exit 1
    if [ -e "$STATE/stop_fails" ]; then exit 1; fi
    if [ -e "$STATE/edited" ]; then cat "$STATE/edited" >.env; fi
    echo Stopped >"$STATE/status"
    ;;
start)
    case $status in
    none) case $3 in --name=*) cp "$4" "$STATE/created" ;; *) exit 1 ;; esac ;;
    Stopped) ;;
    *) exit 0 ;;
    esac
    if [ -e "$STATE/start_fails" ]; then echo 'it does not start' >&2; exit 1; fi
    echo Running >"$STATE/status"
    cat "$STATE/next_port" >"$STATE/port"
    cat "$STATE/next_mount" >"$STATE/mount"
    ;;
shell)
    [ "$status" = Running ] || exit 0
    [ "$2 $3" = '--workdir /' ] || exit 9
    shift 4
    case $1 in
    findmnt) cat "$STATE/mount" ;;
    sudo) cat "$STATE/beneath"; echo . ;;
    cat) if [ "$(cat "$STATE/mount")" = virtiofs ]; then cat "$2"; else exit 1; fi ;;
    *) exit 9 ;;
    esac
    ;;
*) exit 9 ;;
esac
"#;

const DOCKER: &str = r#"#!/bin/sh
{ printf '%s\037' docker "$@"; echo; } >>"$STATE/calls"
[ "$1" = compose ] || exit 9
shift
while :; do
    case $1 in
    -f | --env-file) shift 2 ;;
    *) break ;;
    esac
done
if [ -e "$STATE/cancels_$1" ]; then kill -INT 0; sleep 9; fi
case $1 in
version) [ ! -e "$STATE/no_docker" ] ;;
up)
    if [ -e "$STATE/interrupts_up" ]; then kill -TERM "$PPID"; exit 1; fi
    if [ -e "$STATE/bound" ]; then
        while IFS= read -r directory; do mkdir -p "$directory"; done <"$STATE/bound"
    fi
    [ ! -e "$STATE/up_fails" ]
    ;;
exec) shift 3; LIBVIRT_URI='qemu:///the uri' exec "$@" ;;
*) exit 9 ;;
esac
"#;

/// Types into a shell at a pseudo-terminal: the text to paste is in the file that its first argument
/// names. Prints `DONE:` and the status of what was pasted.
const DRIVER: &str = include_str!("terminal.py");

/// A second is shorter here, so that nobody waits for one.
pub(crate) const SLEEP: &str = "#!/bin/sh\nPATH=/usr/bin:/bin exec sleep 0.03\n";

const VIRSH: &str = r#"#!/bin/sh
{ printf '%s\037' virsh "$@"; echo; } >>"$STATE/calls"
if [ -e "$STATE/virsh_fails" ]; then echo 'error: failed to connect' >&2; exit 1; fi
"#;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The home, the project, and what the stand-ins know and recorded.
pub(crate) struct Bench {
    dir: TempDir,
}

impl Bench {
    /// A running VM `dev` that listens on 52136, shares nothing, and will share everything and
    /// listen on 2222 after its next start.
    pub(crate) fn new() -> Self {
        let bench = Self { dir: TempDir::new().expect("a temporary directory") };
        for dir in ["bin", "state", "home/.lima/dev", "project", "tmp", "shared"] {
            fs::create_dir_all(bench.path(dir)).expect("a directory");
        }
        for (name, text) in
            [("limactl", LIMACTL), ("docker", DOCKER), ("virsh", VIRSH), ("sleep", SLEEP)]
        {
            let tool = bench.path("bin").join(name);
            fs::write(&tool, text).expect("a file");
            fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        for (name, text) in [
            ("status", "Running\n"),
            ("port", "52136\n"),
            ("mount", "ext4\n"),
            ("next_port", "2222\n"),
            ("next_mount", "virtiofs\n"),
            ("calls", ""),
            ("beneath", ""),
            ("version", "limactl version 2.2.0\n"),
        ] {
            bench.set(name, text);
        }
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A directory that stands for one that a container and the VM share.
    pub(crate) fn shared(&self) -> String {
        self.path("shared").to_string_lossy().into_owned()
    }

    pub(crate) fn lima(&self) -> PathBuf {
        self.path("home/.lima/dev/lima.yaml")
    }

    pub(crate) fn in_project(&self, name: &str) -> PathBuf {
        self.path("project").join(name)
    }

    /// Sets what the stand-ins know.
    pub(crate) fn set(&self, name: &str, text: &str) {
        fs::write(self.path("state").join(name), text).expect("a file");
    }

    pub(crate) fn unset(&self, name: &str) {
        fs::remove_file(self.path("state").join(name)).expect("a file");
    }

    pub(crate) fn get(&self, name: &str) -> String {
        fs::read_to_string(self.path("state").join(name)).expect("a file")
    }

    /// The calls since the last time, each as its words.
    pub(crate) fn calls(&self) -> Vec<Vec<String>> {
        let res = self
            .get("calls")
            .split_terminator("\u{1f}\n")
            .map(|call| call.split('\u{1f}').map(str::to_owned).collect())
            .collect();
        self.set("calls", "");
        res
    }

    /// The calls since the last time as lines, without those that only ask.
    pub(crate) fn actions(&self) -> Vec<String> {
        let asks = [
            "limactl list",
            "limactl shell",
            "limactl --version",
            "docker compose version",
            "docker compose exec",
        ];
        let mut res: Vec<String> = self.calls().iter().map(|call| call.join(" ")).collect();
        res.retain(|call| !asks.iter().any(|ask| call.starts_with(ask)));
        for call in &mut res {
            if call.starts_with("limactl validate ") {
                "limactl validate".clone_into(call);
            }
        }
        res
    }

    /// Runs `script` in the project.
    pub(crate) fn run(&self, shell: Shell, script: &str, args: &[&str]) -> Ran {
        let path = std::env::var("PATH").unwrap_or_default();
        self.run_with(&path, shell, script, args)
    }

    /// Runs `script` in the project where the tools are those of `path`.
    pub(crate) fn run_with(&self, path: &str, shell: Shell, script: &str, args: &[&str]) -> Ran {
        let file = self.path("apply.sh");
        fs::write(&file, script).expect("a file");
        let program = which(shell[0]).expect("the shell is here");
        let mut command = self.command(path, &program);
        self.finish(command.args(&shell[1..]).arg(&file).args(args), shell, args)
    }

    /// Runs `script` as a user who may write to nothing but what others may write to.
    pub(crate) fn run_as_nobody(&self, script: &str, args: &[&str]) -> Ran {
        self.run_as_nobody_after(script, args, |()| {})
    }

    /// The same, after something was done to what is open to all by then.
    pub(crate) fn run_as_nobody_after(
        &self,
        script: &str,
        args: &[&str],
        last: impl Fn(()),
    ) -> Ran {
        fs::write(self.path("apply.sh"), script).expect("a file");
        let open = Command::new("chmod").args(["-R", "a+rX"]).arg(self.dir.path()).status();
        assert!(open.expect("chmod runs").success());
        for dir in ["project", "tmp", "state", "home/.lima/dev"] {
            fs::set_permissions(self.path(dir), fs::Permissions::from_mode(0o777)).expect("a mode");
        }
        for name in ["calls", "status", "port", "mount"] {
            let file = self.path("state").join(name);
            fs::set_permissions(file, fs::Permissions::from_mode(0o666)).expect("a mode");
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let is_root = fs::metadata("/proc/self")
            .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
        last(());
        let file = self.path("apply.sh");
        let mut command;
        if is_root {
            command = self.command(&path, Path::new("setpriv"));
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
        } else {
            command = self.command(&path, Path::new("sh"));
        }
        self.finish(command.arg(file).args(args), &["sh"], args)
    }

    /// Pastes `text` into an interactive shell at a terminal, and presses Enter: the status of what
    /// was pasted. `raw` is a terminal that does not mark a paste.
    pub(crate) fn paste(&self, shell: &[&str], text: &str, raw: bool) -> i32 {
        let (driver, pasted) = (self.path("driver.py"), self.path("pasted"));
        fs::write(&driver, DRIVER).expect("a file");
        fs::write(&pasted, text).expect("a file");
        let path = std::env::var("PATH").unwrap_or_default();
        let python = which("python3").expect("python3 is here");
        let mut command = self.command(&path, &python);
        command.arg(driver).arg(pasted).arg(if raw { "raw" } else { "bracketed" }).args(shell);
        command.env("TERM", "xterm").env("LANG", "C.UTF-8");
        let ran = self.finish(&mut command, &["python3"], &[]);
        let status = ran.out.trim().rsplit(':').next().and_then(|status| status.parse().ok());
        assert!(status.is_some(), "{shell:?}: {}{}", ran.out, ran.err);
        status.unwrap_or(-1)
    }

    /// A program in the project that finds the stand-ins before the tools of `path`.
    fn command(&self, path: &str, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path("project"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("STATE", self.path("state"))
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// What the run comes to, once it is sure that it left nothing behind.
    fn finish(&self, command: &mut Command, shell: &[&str], args: &[&str]) -> Ran {
        let out = command.output().expect("the shell runs");
        let left: Vec<_> = fs::read_dir(self.path("tmp")).expect("a directory").collect();
        assert!(left.is_empty(), "{shell:?} {args:?} left temporary files: {left:?}");
        let left: Vec<_> = fs::read_dir(self.path("shared")).expect("a directory").collect();
        assert!(left.is_empty(), "{shell:?} {args:?} left what it wrote to share: {left:?}");
        Ran {
            status: out.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&out.stdout).into_owned(),
            err: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }
}

/// Every file below a directory with its bytes and its mode.
pub(crate) fn snapshot(dir: &Path) -> Vec<(PathBuf, Vec<u8>, u32)> {
    let mut res = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            res.extend(snapshot(&path));
        } else {
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            res.push((path.clone(), fs::read(&path).expect("a file"), mode));
        }
    }
    res.sort();
    res
}

/// What most tests start from: a mount and a port are missing, and both are wrong in `.env`, too.
pub(crate) const LIMA: (&str, &str) = (
    "# the VM\nimages: []\nssh:\n  localPort: 0\n",
    "# the VM\nimages: []\nssh:\n  localPort: 2222\nmounts:\n- location: \"/srv/jobs\"\n  writable: true\n",
);
pub(crate) const ENV: (&str, &str) = (
    "LIBVIRT_URI=qemu+ssh://me@host.docker.internal:52136/system\nJOBS_DIR=/srv/jobs",
    "LIBVIRT_URI=qemu+ssh://me@host.docker.internal:2222/system\nJOBS_DIR=/srv/jobs",
);

pub(crate) fn file<'a>(
    kind: FileKind,
    (original, corrected): (&'a str, &'a str),
) -> ScriptFile<'a> {
    ScriptFile { kind, name: kind.default_name(), original, corrected, followed_ports: &[] }
}

/// Every place of a port in a text.
pub(crate) fn places(text: &str, port: &str) -> Vec<Span> {
    text.match_indices(port)
        .map(|(start, _)| Span::new(FileId(1), start, start + port.len()))
        .collect()
}

/// The bench with the original files in place, and the script that corrects them.
pub(crate) fn pinned(bench: &Bench) -> Script {
    put_originals(bench);
    let shared = bench.shared();
    let input = ScriptInput {
        instance: Some("dev"),
        files: vec![file(FileKind::Lima, LIMA), file(FileKind::Env, ENV)],
        steps: &[Step::RestartInstance, Step::RecreateService("api".to_owned())],
        pinned_port: Some(2222),
        shared_paths: vec![SharedPath { service: "api", path: &shared, writable: true }],
        connection: Some(("api", "LIBVIRT_URI")),
        ..ScriptInput::default()
    };
    render(&input).expect("a script")
}

pub(crate) fn put_originals(bench: &Bench) {
    fs::write(bench.lima(), LIMA.0).expect("a file");
    fs::write(bench.in_project(".env"), ENV.0).expect("a file");
}
