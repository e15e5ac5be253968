//! The keys that Lima knows (Lima, pkg/limatype/lima_yaml.go), and those in a file that it does
//! not: it passes over them with a warning (pkg/limayaml/marshal.go).

use super::Circumstances;
use crate::syntax::yaml::{Data, Document, Node};
use crate::text::Span;

/// The keys of one mapping.
struct Keys {
    /// Where it stands, list indices left out: `mounts`, `ssh`.
    path: &'static str,
    /// Its keys, separated by blanks.
    known: &'static str,
}

/// Every mapping of the file. One that is not here takes any key.
const KEYS: &[Keys] = &[
    Keys {
        path: "",
        known: "base minimumLimaVersion vmType vmOpts os arch images cpuType cpus memory disk \
                additionalDisks mounts mountTypesUnsupported mountType mountInotify ssh firmware \
                audio video provision upgradePackages containerd guestInstallPrefix probes \
                portForwards copyToHost message networks env param dns hostResolver \
                propagateProxyEnv caCerts rosetta plain timezone nestedVirtualization user tpm \
                osOpts",
    },
    Keys { path: "mounts", known: "location mountPoint writable sshfs 9p virtiofs" },
    Keys { path: "mounts.sshfs", known: "cache followSymlinks sftpDriver" },
    Keys { path: "mounts.9p", known: "securityModel protocolVersion msize cache" },
    Keys { path: "mounts.virtiofs", known: "queueSize" },
    Keys {
        path: "ssh",
        known: "localPort loadDotSSHPubKeys forwardAgent forwardX11 forwardX11Trusted overVsock",
    },
    Keys {
        path: "portForwards",
        known: "guestIPMustBeZero guestIP guestPort guestPortRange guestSocket hostIP hostPort \
                hostPortRange hostSocket proto reverse ignore static",
    },
    Keys { path: "user", known: "name comment home shell uid passwordlessSudo" },
    Keys { path: "firmware", known: "legacyBIOS images" },
    Keys { path: "firmware.images", known: "location arch digest vmType" },
    Keys { path: "additionalDisks", known: "name format fsType fsArgs" },
    Keys { path: "networks", known: "lima socket vzNAT macAddress interface metric" },
    Keys { path: "containerd", known: "system user archives" },
    Keys { path: "hostResolver", known: "enabled ipv6 hosts" },
    Keys { path: "images", known: "location arch digest kernel initrd variant archVariant" },
    Keys { path: "images.kernel", known: "location arch digest cmdline" },
    Keys { path: "images.initrd", known: "location arch digest" },
    Keys {
        path: "provision",
        known: "mode script file playbook skipDefaultDependencyResolution content overwrite owner \
                path permissions expression format",
    },
    Keys { path: "probes", known: "mode description script file hint" },
    Keys { path: "copyToHost", known: "guest host deleteOnStop skipIfMissing" },
    Keys { path: "audio", known: "device interface" },
    Keys { path: "video", known: "display vnc" },
    Keys { path: "video.vnc", known: "display" },
    Keys { path: "caCerts", known: "removeDefaults files certs" },
    Keys { path: "rosetta", known: "enabled binfmt" },
];

/// Keys that came with a version, and with which: paths as in [`KEYS`].
const SINCE: &[(&str, &str, (u16, u16))] = &[
    ("", "base", (1, 1)),
    ("", "vmOpts", (1, 0)),
    ("", "user", (1, 0)),
    ("", "nestedVirtualization", (1, 0)),
    ("", "mountTypesUnsupported", (1, 0)),
    ("", "param", (0, 23)),
    ("", "mountInotify", (0, 21)),
    ("", "plain", (0, 18)),
    ("", "tpm", (2, 2)),
    ("", "osOpts", (2, 2)),
    ("user", "passwordlessSudo", (2, 2)),
    ("portForwards", "static", (2, 0)),
    ("ssh", "overVsock", (2, 0)),
];

/// A key that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key as written.
    pub key: String,
    /// Where it stands: `ssh`, or empty at the top.
    pub path: &'static str,
    /// The key alone.
    pub span: Span,
    /// What is wrong with it.
    pub why: Why,
}

/// Why a key has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No version knows it, and one that is all but the same is known: it, and whether it differs
    /// in no letter but only in case, `-` and `_`.
    Near(&'static str, bool),
    /// It is known elsewhere in the file, under this path.
    Misplaced(&'static str),
    /// Lima knows it since this version.
    Since((u16, u16)),
    /// No version knows it, nor one like it.
    Unknown,
}

/// The keys in a document that this version of Lima passes over.
pub fn unknown_keys(document: &Document, circumstances: &Circumstances) -> Vec<UnknownKey> {
    let mut res = Vec::new();
    if let Some(root) = document.root.as_ref().filter(|_| !document.incomplete) {
        look(document, root, "", circumstances, &mut res, 0);
    }
    res
}

/// The file has no mapping deeper than this.
const DEEPEST: usize = 8;

fn look(
    document: &Document,
    node: &Node,
    path: &str,
    circumstances: &Circumstances,
    res: &mut Vec<UnknownKey>,
    depth: usize,
) {
    let node = document.resolve(node);
    if depth > DEEPEST {
        return;
    }
    if let Data::Sequence(sequence) = &node.data {
        for item in &sequence.items {
            look(document, &item.node, path, circumstances, res, depth + 1);
        }
        return;
    }
    let Some(keys) = KEYS.iter().find(|keys| keys.path == path) else { return };
    for entry in document.entries(node) {
        let Some(key) = entry.key_text().filter(|key| !key.is_empty()) else { continue };
        if keys.known.split_whitespace().any(|known| known == key) {
            let since = SINCE.iter().find(|(at, name, _)| (*at, *name) == (keys.path, key));
            match since {
                Some((.., (major, minor))) if !circumstances.since(*major, *minor, 0) => {
                    res.push(UnknownKey {
                        key: key.to_owned(),
                        path: keys.path,
                        span: entry.key.span,
                        why: Why::Since((*major, *minor)),
                    });
                }
                _ => {
                    let path =
                        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    look(document, &entry.value, &path, circumstances, res, depth + 1);
                }
            }
            continue;
        }
        let has = |name: &str| document.get(node, name).is_some();
        let why = why(keys, key, has);
        res.push(UnknownKey { key: key.to_owned(), path: keys.path, span: entry.key.span, why });
    }
}

fn why(keys: &Keys, key: &str, has: impl Fn(&str) -> bool) -> Why {
    let known = || keys.known.split_whitespace();
    if let Some(same) = known().find(|name| folded(name) == folded(key)) {
        return Why::Near(same, !has(same));
    }
    if let Some(near) = known().find(|name| is_near(name, key)) {
        return Why::Near(near, false);
    }
    let elsewhere =
        KEYS.iter().filter(|other| other.path != keys.path && !other.path.contains('.'));
    let mut elsewhere =
        elsewhere.filter(|other| other.known.split_whitespace().any(|known| known == key));
    match (elsewhere.next(), elsewhere.next()) {
        (Some(only), None) => Why::Misplaced(only.path),
        _ => Why::Unknown,
    }
}

/// A key without what people vary: case, `-` and `_`.
fn folded(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether two keys differ in one letter that is another, added or left out, or in two that are
/// swapped; short ones never.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    if short.len() < 4 || long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    if short.len() < long.len() {
        return short.get(same..) == long.get(same + 1..);
    }
    let swapped = short.get(same) == long.get(same + 1) && short.get(same + 1) == long.get(same);
    short.get(same + 1..) == long.get(same + 1..)
        || (swapped && short.get(same + 2..) == long.get(same + 2..))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn found(yaml: &str, version: &str) -> Vec<(String, Why)> {
        let yaml = Yaml::parse(FileId(0), yaml);
        let version = version.parse().unwrap();
        let circumstances = Circumstances { version, ..Circumstances::default() };
        let keys = unknown_keys(&yaml.documents[0], &circumstances);
        keys.into_iter().map(|one| (format!("{}.{}", one.path, one.key), one.why)).collect()
    }

    #[test]
    fn keys_that_have_no_effect() {
        for (yaml, key, why) in [
            ("mount: []", ".mount", Why::Near("mounts", false)),
            ("vmtype: vz", ".vmtype", Why::Near("vmType", true)),
            ("vmType: vz\nvm-type: qemu", ".vm-type", Why::Near("vmType", false)),
            (
                "mounts:\n- {location: /a, mountpoint: /b}",
                "mounts.mountpoint",
                Why::Near("mountPoint", true),
            ),
            (
                "mounts:\n- {location: /a, writeable: true}",
                "mounts.writeable",
                Why::Near("writable", false),
            ),
            (
                "mounts:\n- {location: /a, wirtable: true}",
                "mounts.wirtable",
                Why::Near("writable", false),
            ),
            ("ssh: {localport: 2222}", "ssh.localport", Why::Near("localPort", true)),
            ("localPort: 2222", ".localPort", Why::Misplaced("ssh")),
            ("provisioning: []", ".provisioning", Why::Unknown),
            ("mounts: [{location: /a, options: ro}]", "mounts.options", Why::Unknown),
        ] {
            assert_eq!(found(yaml, "2.2"), [(key.to_owned(), why)], "{yaml}");
        }
        assert_eq!(found("tpm: true", "2.1"), [(".tpm".to_owned(), Why::Since((2, 2)))]);
    }

    #[test]
    fn what_takes_any_key_or_is_known() {
        for yaml in [
            "env: {A: 1}\nparam: {b: c}\nvmOpts: {qemu: {minimumVersion: 1}}",
            "hostResolver: {hosts: {a: b}}\ncpuType: {x86_64: host}",
            "mounts: [{location: /a, 9p: {cache: mmap}, sshfs: {cache: true}}]",
            "base: [{url: x, digest: y}, template:z]",
            "x: &x {location: /a}\nmounts: [*x]",
        ] {
            let found: Vec<_> =
                found(yaml, "2.2").into_iter().filter(|(key, _)| key != ".x").collect();
            assert_eq!(found, [], "{yaml}");
        }
    }
}
