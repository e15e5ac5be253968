//! What the pasted texts do not say outright, inferred from what they do say.

use super::setup::Assumption;
use crate::config::lima::{Circumstances, Lima};
use crate::intake::limactl::Instance;
use crate::intake::{Answers, Host, LimaVersion, Runtime, VmState};
use crate::text::{FileKind, Sources};

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
    /// Whether the person said the version.
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
        version_is_known: answers.lima_version.is_some(),
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
            Some((short(&file.name), (*word).to_owned()))
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

    fn lima_version(&self, instances: &[Instance]) -> (LimaVersion, String) {
        let shown =
            instances.iter().find_map(|instance| instance.lima_version.as_deref()?.parse().ok());
        if let Some(version) = shown {
            return (version, "`limactl list` shows it".to_owned());
        }
        if let Some((name, _)) = self.holds(&["base: template://", "- template://"]) {
            return (
                LimaVersion::new(1, 2, 0),
                format!("`{name}` names a base as Lima 1.1 and 1.2 do"),
            );
        }
        (NEWEST_LIMA, "the newest that lima-doctor knows".to_owned())
    }

    fn vm(&self, instances: &[Instance]) -> (VmState, String) {
        if !instances.is_empty() {
            return (VmState::Existing, "Lima lists it".to_owned());
        }
        if self.sources.of_kind(FileKind::Error).next().is_some() {
            return (VmState::Existing, "it gave an error".to_owned());
        }
        (VmState::Existing, "a `lima.yaml` with a problem is mostly that of a VM".to_owned())
    }

    fn instance(&self, instances: &[Instance]) -> Option<(String, String)> {
        let mut names: Vec<&String> = instances.iter().filter_map(|i| i.name.as_ref()).collect();
        names.sort();
        names.dedup();
        if let [only] = names.as_slice() {
            return Some(((*only).clone(), "Lima lists no other".to_owned()));
        }
        let mentioned: Vec<(&str, String)> = self
            .sources
            .iter()
            .filter(|(_, file)| file.kind != FileKind::Limactl)
            .flat_map(|(_, file)| {
                limactl_targets(&file.text).into_iter().map(|n| (short(&file.name), n))
            })
            .filter(|(_, name)| names.is_empty() || names.contains(&name))
            .collect();
        let (file, first) = mentioned.first()?;
        let agree = mentioned.iter().all(|(_, name)| name == first);
        agree.then(|| (first.clone(), format!("`{file}` speaks of `limactl … {first}`")))
    }

    fn home(&self, host: Host, instances: &[Instance]) -> Option<String> {
        if let Some(dir) = instances.iter().find_map(|i| i.dir.as_deref())
            && let Some(home) = dir.split("/.lima/").next().filter(|home| home.starts_with('/'))
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
            .map(|rest| {
                rest.split(|c: char| !(c.is_alphanumeric() || "._-".contains(c)))
                    .next()
                    .unwrap_or("")
            })
            .filter(|name| !name.is_empty() && *name != "Shared")
            .filter(|name| !name.ends_with(".linux") && !name.ends_with(".guest"))
            .collect();
        names.sort_unstable();
        names.dedup();
        match names.as_slice() {
            [only] => Some(format!("{parent}{only}")),
            _ => None,
        }
    }
}

/// A file's name without its folders.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
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
}
