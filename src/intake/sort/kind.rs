//! What a text is: its name tells, or else the keys and phrases in it.

use std::collections::BTreeSet;

use crate::intake::limactl;
use crate::text::{FileId, FileKind};

/// What a text is, judged by its name first and its content then.
pub fn kind_of(name: Option<&str>, text: &str) -> FileKind {
    match name {
        Some(name) => match by_name(name) {
            Some(kind) => kind,
            // A log may be that of a start, but mentions of settings make it no settings file.
            None if name.ends_with(".log") => by_content_of_log(text),
            None => by_content(text),
        },
        None => by_content(text),
    }
}

/// What a file's name says, if it says anything; directories before it do not count.
pub(super) fn by_name(name: &str) -> Option<FileKind> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let is_yaml = base.ends_with(".yaml") || base.ends_with(".yml");
    if base == ".env" || base.starts_with(".env.") || (base.ends_with(".env") && base.len() > 4) {
        Some(FileKind::Env)
    } else if is_yaml && (base.starts_with("docker-compose") || base.starts_with("compose")) {
        Some(FileKind::Compose)
    } else if is_yaml
        && (base.starts_with("lima") || base.ends_with(".lima.yaml") || base.ends_with(".lima.yml"))
    {
        Some(FileKind::Lima)
    } else if base == "ssh.config"
        || base == "ssh_config"
        || base.starts_with("limactl")
        || base == "ha.stdout.log"
    {
        Some(FileKind::Limactl)
    } else if base == "error" || base.starts_with("error.") {
        Some(FileKind::Error)
    } else {
        None
    }
}

fn by_content_of_log(text: &str) -> FileKind {
    if limactl::instances(FileId(0), text).is_empty() { FileKind::Error } else { FileKind::Limactl }
}

fn by_content(text: &str) -> FileKind {
    if is_other_yaml(text) {
        return FileKind::Error;
    }
    let mut counts = Counts::default();
    text.trim_start_matches('\u{feff}').lines().for_each(|line| counts.add(line));
    let settings = counts.lima + counts.compose;
    if settings > 0 && settings >= counts.prose && !is_listing(text) {
        return if counts.compose >= counts.lima { FileKind::Compose } else { FileKind::Lima };
    }
    if counts.assignments > 0 && counts.assignments > counts.prose + counts.keys {
        return FileKind::Env;
    }
    // An error in front of a listing is still an error text: both are read for both.
    if counts.failures == 0 && !limactl::instances(FileId(0), text).is_empty() {
        return FileKind::Limactl;
    }
    if counts.has_header { FileKind::Limactl } else { FileKind::Error }
}

/// Whether a text is YAML of another program, of which nothing is known here: what it shares with
/// `lima.yaml` or a Compose file in keys means something else there.
pub(super) fn is_other_yaml(text: &str) -> bool {
    let top: BTreeSet<&str> = text
        .lines()
        .filter(|line| !line.starts_with([' ', '\t', '-', '#']))
        .filter_map(|line| key(line.trim_end()))
        .collect();
    let has = |keys: &[&str]| keys.iter().all(|key| top.contains(key));
    let has_list = |name: &str| {
        let mut lines = text.lines().skip_while(|line| line.trim_end() != name).skip(1);
        lines.find(|line| !line.trim().is_empty()).is_some_and(|line| {
            line.trim_start().strip_prefix("- ").is_some_and(|item| item.starts_with("type:"))
        })
    };
    text.trim_start().starts_with("#cloud-config")
        || has(&["apiVersion", "kind"])
        || has(&["kind", "steps"])
        || has(&["on", "jobs"])
        || has(&["stages"])
        || has(&["replicaCount"])
        || has(&["runtime", "kubernetes"])
        || has(&["autoActivate"])
        || (top.contains("script") && (top.contains("language") || top.contains("os")))
        || has(&["language", "install"])
        || has(&["language", "services"])
        || has_list("services:")
}

/// Whether YAML is that of `limactl list`, which holds a whole `lima.yaml` within.
fn is_listing(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().trim_start_matches('"').starts_with("sshLocalPort"))
}

#[derive(Default)]
struct Counts {
    /// Keys that only a `lima.yaml` has.
    lima: usize,
    /// Keys that only a Compose file has.
    compose: usize,
    /// Keys of any kind.
    keys: usize,
    /// `KEY=value` lines.
    assignments: usize,
    /// Lines of words.
    prose: usize,
    /// Phrases of errors.
    failures: usize,
    /// `NAME STATUS SSH`.
    has_header: bool,
}

impl Counts {
    fn add(&mut self, line: &str) {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        self.has_header |= line.split_whitespace().take(3).eq(["NAME", "STATUS", "SSH"]);
        if is_failure(line) {
            self.failures += 1;
            self.prose += 1;
        } else if is_assignment(line) && !indented {
            self.assignments += 1;
        } else if let Some(key) = key(line) {
            self.keys += 1;
            let only = |top: &[&str], nested: &[&str]| {
                (!indented && top.contains(&key)) || nested.contains(&key)
            };
            self.lima += usize::from(only(&LIMA_TOP, &LIMA));
            self.compose += usize::from(only(&COMPOSE_TOP, &COMPOSE));
        } else if is_prose(line) && !indented {
            self.prose += 1;
        }
    }
}

/// The key of a line `key:` or `- key: value`.
pub(in crate::intake) fn key(line: &str) -> Option<&str> {
    let line = line.trim_start_matches("- ").trim_start_matches('{').trim_start();
    let (key, rest) = line.split_once(':')?;
    let key = key.trim_matches(['"', '\'']);
    let is_word = !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    (is_word && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some(key)
}

/// `KEY=value` or `export KEY=value`, but no line of a structured log (`time="…" level=info`).
pub(in crate::intake) fn is_assignment(line: &str) -> bool {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((key, value)) = line.split_once('=') else { return false };
    let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_log = matches!(key, "time" | "ts" | "level") && value.contains(" level=");
    starts_well
        && !is_log
        && key.trim_end().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

/// A line of words, as in a sentence or a log.
fn is_prose(line: &str) -> bool {
    !line.starts_with(['-', '"', '{', '[', '}', ']']) && line.split_whitespace().nth(2).is_some()
}

pub(super) fn is_failure(line: &str) -> bool {
    [
        "error:",
        "Error:",
        "\"error\"",
        "level=error",
        "level=fatal",
        "Cannot access ",
        "Could not open ",
        "No such file or directory",
        "Permission denied",
        "Connection refused",
        "Network is unreachable",
        "failed:",
    ]
    .iter()
    .any(|phrase| line.contains(phrase))
}

/// Top-level keys of `lima.yaml` that Compose does not have there.
const LIMA_TOP: [&str; 26] = [
    "base",
    "minimumLimaVersion",
    "os",
    "arch",
    "images",
    "cpuType",
    "cpus",
    "memory",
    "disk",
    "ssh",
    "mounts",
    "firmware",
    "audio",
    "video",
    "provision",
    "containerd",
    "probes",
    "param",
    "plain",
    "message",
    "dns",
    "rosetta",
    "timezone",
    "env",
    "user",
    "vmType",
];

/// Keys of `lima.yaml` at any depth that nothing else has.
const LIMA: [&str; 28] = [
    "vmType",
    "vmOpts",
    "mountType",
    "mountTypesUnsupported",
    "mountInotify",
    "mountPoint",
    "location",
    "additionalDisks",
    "portForwards",
    "guestPort",
    "guestPortRange",
    "guestSocket",
    "hostPort",
    "hostPortRange",
    "hostSocket",
    "localPort",
    "loadDotSSHPubKeys",
    "forwardAgent",
    "legacyBIOS",
    "hostResolver",
    "propagateProxyEnv",
    "caCerts",
    "copyToHost",
    "guestInstallPrefix",
    "nestedVirtualization",
    "upgradePackages",
    "securityModel",
    "writable",
];

/// Top-level keys of a Compose file that Lima does not have there.
const COMPOSE_TOP: [&str; 6] = ["services", "volumes", "version", "secrets", "configs", "include"];

/// Keys of a Compose file at any depth that nothing else has.
const COMPOSE: [&str; 20] = [
    "services",
    "container_name",
    "extra_hosts",
    "network_mode",
    "depends_on",
    "environment",
    "env_file",
    "driver_opts",
    "healthcheck",
    "read_only",
    "build",
    "dockerfile",
    "entrypoint",
    "ports",
    "expose",
    "restart",
    "privileged",
    "cap_add",
    "working_dir",
    "image",
];
