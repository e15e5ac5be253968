//! What the pasted texts do not say outright, inferred from what they do say.

use super::setup::Assumption;
use crate::config::lima::{Circumstances, Lima};
use crate::intake::limactl::Instance;
use crate::intake::{Answers, Host, LimaVersion, Runtime, VmState};
use crate::text::{FileKind, SourceFile, Sources};

/// The newest version of Lima that lima-doctor knows.
pub(super) const NEWEST_LIMA: LimaVersion = LimaVersion::new(2, 2, 0);

/// Why a host is assumed that nothing tells.
const GUESSED_HOST: &str = "most who run Docker beside Lima are on macOS";

/// The answers in force, and the reasons for those that nobody gave.
#[derive(Clone, Debug)]
pub(super) struct Inferred {
    pub(super) host: Host,
    pub(super) runtime: Runtime,
    pub(super) lima_version: LimaVersion,
    pub(super) vm: VmState,
    pub(super) instance: Option<String>,
    /// The home directory on the host, where a text shows it.
    pub(super) home: Option<String>,
    /// Whether something tells the host; otherwise it is the usual one.
    pub(super) host_is_known: bool,
    /// Whether the version was said or printed.
    pub(super) version_is_known: bool,
    pub(super) assumptions: Vec<Assumption>,
}

impl Inferred {
    /// What decides how Lima reads its file.
    pub(super) fn circumstances(&self, lima: Option<&Lima>, sources: &Sources) -> Circumstances {
        let name = lima.map_or("", |lima| sources.name(lima.file));
        Circumstances {
            version: self.lima_version,
            host: self.host,
            host_is_known: self.host_is_known,
            version_is_known: self.version_is_known,
            is_template: self.vm == VmState::New || lima.is_some_and(|lima| lima.base.is_some()),
            is_stored: name.contains("/.lima/") || name.starts_with(".lima/"),
            vm: self.vm,
            instance: self.instance.clone(),
            home: self.home.clone(),
        }
    }
}

/// Infers whatever `answers` leave open.
pub(super) fn infer(answers: &Answers, sources: &Sources, instances: &[Instance]) -> Inferred {
    let texts = Texts { sources };
    let mut assumptions = Vec::new();
    let mut note = |name, value: String, because: String| {
        assumptions.push(Assumption { name, value, because });
    };

    let (host, because) = given(answers.host).unwrap_or_else(|| texts.host(instances));
    let host_is_known = because != GUESSED_HOST;
    note("host", host.to_string(), because);
    let (runtime, because) = given(answers.runtime).unwrap_or_else(|| texts.runtime(host));
    note("runtime", runtime.to_string(), because);
    let (lima_version, because) =
        given(answers.lima_version).unwrap_or_else(|| texts.lima_version(instances));
    note("lima-version", lima_version.to_string(), because);
    let (vm, because) = given(answers.vm).unwrap_or_else(|| texts.vm(instances));
    note("vm", vm.to_string(), because);
    let named = given(answers.instance.clone()).or_else(|| texts.instance(instances));
    if let Some((instance, because)) = &named {
        note("instance", instance.clone(), because.clone());
    }
    Inferred {
        host,
        runtime,
        lima_version,
        vm,
        instance: named.map(|(instance, _)| instance),
        host_is_known,
        version_is_known: answers.lima_version.is_some() || texts.printed_version().is_some(),
        home: answers.shell.get("HOME").cloned().or_else(|| texts.home(host, instances)),
        assumptions,
    }
}

fn given<T>(answer: Option<T>) -> Option<(T, String)> {
    answer.map(|value| (value, "you said so".to_owned()))
}

struct Texts<'a> {
    sources: &'a Sources,
}

impl Texts<'_> {
    /// The name of the first file that holds one of the words.
    fn holds(&self, words: &[&str]) -> Option<(&str, String)> {
        self.sources.iter().find_map(|(_, file)| {
            let word = words.iter().find(|word| file.text.contains(**word))?;
            Some((file.short_name(), (*word).to_owned()))
        })
    }

    fn host(&self, instances: &[Instance]) -> (Host, String) {
        if let Some((name, word)) = self.holds(&["/Users/", "/private/var", "/opt/homebrew"]) {
            return (Host::MacOs, format!("`{name}` names `{word}`"));
        }
        if instances.iter().any(|instance| instance.vm_type.as_deref() == Some("vz")) {
            return (Host::MacOs, "the VM's type is `vz`, which only macOS has".to_owned());
        }
        if let Some((name, word)) =
            self.holds(&["vmType: vz", "vmType: \"vz\"", "orbstack", "OrbStack"])
        {
            return (Host::MacOs, format!("`{name}` says `{word}`"));
        }
        let linux_home = |path: &str| path.starts_with("/home/") && !is_guest_home(path);
        let mut dirs = instances.iter().filter_map(|instance| instance.dir.as_deref());
        if let Some(dir) = dirs.find(|dir| linux_home(dir)) {
            return (Host::Linux, format!("Lima lists the VM's directory as `{dir}`"));
        }
        let locations = self.settings("location");
        if let Some((name, path)) = locations.into_iter().find(|(_, path)| linux_home(path)) {
            return (Host::Linux, format!("`{name}` shares `{path}`"));
        }
        if let Some((name, word)) = self.holds(&["network_mode: host", "network_mode: \"host\""]) {
            return (Host::Linux, format!("`{name}` says `{word}`"));
        }
        (Host::MacOs, GUESSED_HOST.to_owned())
    }

    fn runtime(&self, host: Host) -> (Runtime, String) {
        for (runtime, words) in [
            (Runtime::Colima, ["colima", "Colima"]),
            (Runtime::OrbStack, ["orbstack", "OrbStack"]),
            (Runtime::Rancher, ["rancher-desktop", "Rancher Desktop"]),
            (Runtime::Podman, ["host.containers.internal", "podman-machine"]),
            (Runtime::DockerDesktop, ["Docker Desktop", "gateway.docker.internal"]),
        ] {
            if let Some((name, word)) = self.holds(&words) {
                return (runtime, format!("`{name}` speaks of `{word}`"));
            }
        }
        match host {
            Host::MacOs => (Runtime::DockerDesktop, "the usual one on macOS".to_owned()),
            Host::Linux => (Runtime::Engine, "the usual one on Linux".to_owned()),
        }
    }

    /// The value of every line `key: value` of every `lima.yaml`, without quotes, and the file.
    fn settings(&self, key: &str) -> Vec<(&str, &str)> {
        let files = self.sources.of_kind(FileKind::Lima);
        let value = |line: &'_ str| -> Option<std::ops::Range<usize>> {
            let start = line.find(key)? + key.len();
            let before = line.get(..start - key.len())?.trim_matches([' ', '-', '{', '[']);
            let rest = line.get(start..)?.strip_prefix(':')?;
            let text = rest.split([',', '}', '#']).next()?.trim().trim_matches(['"', '\'']);
            let at = line.find(text).filter(|_| before.is_empty() && !text.is_empty())?;
            Some(at..at + text.len())
        };
        files
            .flat_map(|(_, file)| {
                let values = file.text.lines().filter_map(move |line| line.get(value(line)?));
                values.map(|value| (file.short_name(), value))
            })
            .collect()
    }

    /// The version that is printed, or the one that wrote as the files do; never one that is too
    /// old for what they hold.
    fn lima_version(&self, instances: &[Instance]) -> (LimaVersion, String) {
        if let Some((name, version)) = self.printed_version() {
            return (version, format!("`{name}` shows `limactl version {version}`"));
        }
        let made_by =
            instances.iter().find_map(|instance| instance.lima_version.as_deref()?.parse().ok());
        let guess = match made_by {
            Some(version) => (version, "`limactl list` shows it".to_owned()),
            None => match self.holds(&["base: template://", "- template://"]) {
                Some((name, _)) => (
                    LimaVersion::new(1, 2, 0),
                    format!("`{name}` names a base as Lima 1.1 and 1.2 do"),
                ),
                None => (NEWEST_LIMA, "the newest that lima-doctor knows".to_owned()),
            },
        };
        let at_least = self.oldest_possible().into_iter().max_by_key(|(version, _)| *version);
        at_least.filter(|(version, _)| *version > guess.0).unwrap_or(guess)
    }

    /// What `limactl --version` printed.
    fn printed_version(&self) -> Option<(&str, LimaVersion)> {
        self.sources.iter().find_map(|(_, file)| {
            let (_, rest) = file.text.split_once("limactl version ")?;
            let number = rest.split(|c: char| c.is_whitespace() || c == '-').next()?;
            Some((file.short_name(), number.parse().ok()?))
        })
    }

    /// Versions that the texts rule out all older ones than, each with the reason.
    fn oldest_possible(&self) -> Vec<(LimaVersion, String)> {
        let mut res: Vec<(LimaVersion, String)> = self
            .settings("minimumLimaVersion")
            .into_iter()
            .filter_map(|(name, text)| {
                let number = text.trim_start_matches('v').split('-').next()?;
                Some((number.parse().ok()?, format!("`{name}` asks for `{text}` at least")))
            })
            .collect();
        if let Some((name, _)) = self.holds(&["base: template:_", "- template:_"]) {
            let because = format!("`{name}` names a base as Lima 2.0 and later do");
            res.push((LimaVersion::new(2, 0, 0), because));
        }
        let guest = |(_, file): (_, &SourceFile)| {
            let home = file.text.split("/home/").skip(1).map(first_name);
            let home = home.into_iter().find(|name| name.ends_with(".guest"))?;
            Some((file.short_name().to_owned(), format!("/home/{home}")))
        };
        if let Some((name, home)) = self.sources.iter().find_map(guest) {
            let because = format!("`{name}` names `{home}`, as Lima 2.1 and later do");
            res.push((LimaVersion::new(2, 1, 0), because));
        }
        res
    }

    fn vm(&self, instances: &[Instance]) -> (VmState, String) {
        if !instances.is_empty() {
            return (VmState::Existing, "Lima lists it".to_owned());
        }
        if self.sources.of_kind(FileKind::Error).next().is_some() {
            return (VmState::Existing, "an error text is pasted".to_owned());
        }
        (VmState::Existing, "most who look for a fault have a VM already".to_owned())
    }

    fn instance(&self, instances: &[Instance]) -> Option<(String, String)> {
        let mut names: Vec<&String> = instances.iter().filter_map(|i| i.name.as_ref()).collect();
        names.sort();
        names.dedup();
        if let [only] = names.as_slice() {
            return Some(((*only).clone(), "Lima lists no other".to_owned()));
        }
        let stored = self.sources.of_kind(FileKind::Lima).find_map(|(_, file)| {
            let (_, rest) = file.name.split_once(".lima/")?;
            let (name, _) = rest.split_once('/')?;
            Some((name.to_owned(), format!("`{}` is its file", file.name)))
        });
        if stored.is_some() {
            return stored;
        }
        let mentioned: Vec<(&str, String)> = self
            .sources
            .iter()
            .filter(|(_, file)| file.kind != FileKind::Limactl)
            .flat_map(|(_, file)| {
                limactl_targets(&file.text).into_iter().map(|n| (file.short_name(), n))
            })
            .filter(|(_, name)| names.is_empty() || names.contains(&name))
            .collect();
        let (file, first) = mentioned.first()?;
        let agree = mentioned.iter().all(|(_, name)| name == first);
        agree.then(|| (first.clone(), format!("`{file}` speaks of `limactl … {first}`")))
    }

    fn home(&self, host: Host, instances: &[Instance]) -> Option<String> {
        if let Some(dir) = instances.iter().find_map(|i| i.dir.as_deref())
            && let Some((home, _)) =
                dir.split_once("/.lima/").filter(|(home, _)| home.starts_with('/'))
        {
            return Some(home.to_owned());
        }
        let parent = match host {
            Host::MacOs => "/Users/",
            Host::Linux => "/home/",
        };
        // `/Users/Shared` is nobody's home, and `NAME.linux`, `NAME.guest` are the VM's.
        let mut names: Vec<&str> = self
            .sources
            .iter()
            .flat_map(|(_, file)| file.text.split(parent).skip(1))
            .map(first_name)
            .filter(|name| !name.is_empty() && *name != "Shared")
            .filter(|name| !is_guest_name(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => Some(format!("{parent}{only}")),
            _ => None,
        }
    }
}

/// The name at the start of a text: letters, digits, `.`, `_` and `-`.
fn first_name(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).next().unwrap_or_default()
}

/// Whether a path lies in a home directory that Lima makes in a VM.
fn is_guest_home(path: &str) -> bool {
    path.strip_prefix("/home/").is_some_and(|rest| is_guest_name(first_name(rest)))
}

/// `NAME.linux`, or since 2.1 `NAME.guest`.
fn is_guest_name(name: &str) -> bool {
    name.ends_with(".linux") || name.ends_with(".guest")
}

/// The instance names in commands such as `limactl shell NAME`.
fn limactl_targets(text: &str) -> Vec<String> {
    let mut res = Vec::new();
    for rest in text.split("limactl ").skip(1) {
        let line = rest.lines().next().unwrap_or_default();
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with('-'));
        let command = words.next().unwrap_or_default();
        if !["shell", "start", "stop", "edit", "restart"].contains(&command) {
            continue;
        }
        let name = words.find(|word| !word.starts_with('-')).unwrap_or_default();
        let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let legal = !name.is_empty()
            && !name.ends_with(".yaml")
            && !name.ends_with(".yml")
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if legal {
            res.push(name.to_owned());
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_tell_the_instance() {
        for (text, expected) in [
            ("SSH into it:\n  limactl shell dev   |", vec!["dev"]),
            ("limactl start --name x ./lima.yaml", vec!["x"]),
            ("`limactl stop web-1`", vec!["web-1"]),
            ("limactl list\nlimactl --tty=false start dev", vec!["dev"]),
            ("limactl shell", vec![]),
            ("limactl start template.yaml", vec![]),
        ] {
            assert_eq!(limactl_targets(text), expected, "{text}");
        }
    }

    /// What is assumed of one thing for a `lima.yaml` and the text of a ticket, and why.
    fn assumed(name: &str, lima: &str, ticket: &str) -> String {
        let files = vec![
            SourceFile::new("lima.yaml", FileKind::Lima, lima),
            SourceFile::new("ticket", FileKind::Error, ticket),
        ];
        let setup = super::super::Setup::new(&crate::Input { files, ..crate::Input::default() });
        let found = setup.assumptions.iter().find(|assumption| assumption.name == name);
        found.map_or(String::new(), |found| format!("{}: {}", found.value, found.because))
    }

    #[test]
    fn the_version_is_printed_or_shows_in_what_the_files_hold() {
        for (lima, ticket, expected) in [
            ("", "", "2.2: the newest that lima-doctor knows"),
            (
                "",
                "$ limactl --version\nlimactl version 2.0.3\n",
                "2.0.3: `ticket` shows `limactl version 2.0.3`",
            ),
            (
                "base: template://_default/mounts",
                "",
                "1.2: `lima.yaml` names a base as Lima 1.1 and 1.2 do",
            ),
            (
                "base: template://x\nminimumLimaVersion: \"2.0.0\" # new",
                "",
                "2.0: `lima.yaml` asks for `2.0.0` at least",
            ),
            (
                "base: template://x",
                "cd /home/me.guest",
                "2.1: `ticket` names `/home/me.guest`, as Lima 2.1 and later do",
            ),
            ("minimumLimaVersion: 1.0.0", "", "2.2: the newest that lima-doctor knows"),
            ("minimumLimaVersion: 2.3.0", "", "2.3: `lima.yaml` asks for `2.3.0` at least"),
            (
                "",
                "{\"name\":\"dev\",\"status\":\"Running\",\"limaVersion\":\"2.0.1\",\"sshLocalPort\":5}",
                "2.0.1: `limactl list` shows it",
            ),
        ] {
            assert_eq!(assumed("lima-version", lima, ticket), expected, "{lima} {ticket}");
        }
    }

    #[test]
    fn paths_and_kinds_tell_the_host() {
        for (lima, ticket, expected) in [
            ("mounts: [{location: /Users/me/x}]", "", "macos: `lima.yaml` names `/Users/`"),
            ("vmType: vz", "", "macos: `lima.yaml` says `vmType: vz`"),
            ("mounts:\n- location: \"/home/me/x\"", "", "linux: `lima.yaml` shares `/home/me/x`"),
            (
                "mounts: [{location: /x, mountPoint: /home/me.linux}]",
                "",
                "macos: most who run Docker beside Lima are on macOS",
            ),
            (
                "",
                "{\"name\":\"dev\",\"status\":\"Running\",\"dir\":\"/home/me/.lima/dev\",\"sshLocalPort\":5}",
                "linux: Lima lists the VM's directory as `/home/me/.lima/dev`",
            ),
            (
                "",
                "{\"name\":\"dev\",\"status\":\"Running\",\"vmType\":\"vz\",\"sshLocalPort\":5}",
                "macos: the VM's type is `vz`, which only macOS has",
            ),
        ] {
            assert_eq!(assumed("host", lima, ticket), expected, "{lima} {ticket}");
        }
    }

    #[test]
    fn the_files_own_folder_tells_the_instance() {
        let file = SourceFile::new("/home/me/.lima/dev/lima.yaml", FileKind::Lima, "cpus: 2\n");
        let setup = super::super::Setup::new(&crate::Input {
            files: vec![file],
            ..crate::Input::default()
        });
        assert_eq!(setup.instance.as_deref(), Some("dev"));
    }
}
