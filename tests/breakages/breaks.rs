//! The ways to break a set-up, each with the name that it must be found by.

use lima_doctor::intake::{Host, Runtime};
use lima_doctor::text::{FileKind, SourceFile};

use super::set_up::SetUp;
use super::style::Tree;
use super::support::random::Random;

/// A way to break a set-up.
pub(crate) struct Break {
    pub(crate) name: &'static str,
    /// The rule that must find it.
    pub(crate) rule: &'static str,
    /// Rules that may find what follows from it.
    pub(crate) also: &'static [&'static str],
    /// Breaks it; false where this one cannot be broken so.
    pub(crate) change: fn(&mut SetUp, &mut Random) -> bool,
    /// Damages the files as written.
    pub(crate) rewrite: Option<fn(&mut [SourceFile], &mut Random)>,
}

/// A way that a change of the parts shows.
const fn part(
    name: &'static str,
    rule: &'static str,
    also: &'static [&'static str],
    change: fn(&mut SetUp, &mut Random) -> bool,
) -> Break {
    Break { name, rule, also, change, rewrite: None }
}

/// A way that only the text shows.
const fn text(
    name: &'static str,
    rule: &'static str,
    also: &'static [&'static str],
    rewrite: fn(&mut [SourceFile], &mut Random),
) -> Break {
    Break { name, rule, also, change: |_, _| true, rewrite: Some(rewrite) }
}

/// The index of a mount whose directory the VM must write to.
fn written_mount(set_up: &SetUp) -> Option<usize> {
    let dir = set_up.dirs.iter().find(|dir| !dir.is_read_only)?;
    set_up.mounts.iter().position(|mount| mount.location == dir.host)
}

fn of_kind(files: &mut [SourceFile], kind: FileKind) -> &mut String {
    &mut files.iter_mut().find(|file| file.kind == kind).expect("every set-up has one").text
}

fn add(entries: &mut Vec<(String, Tree)>, key: &str, value: Tree) -> bool {
    entries.push((key.to_owned(), value));
    true
}

pub(crate) const BREAKS: &[Break] = &[
    part("no mount at all", "mount-missing", &[], |s, _| {
        s.mounts.clear();
        true
    }),
    part("one mount left out", "mount-missing", &[], |s, random| {
        s.mounts.remove(random.below(s.mounts.len()));
        true
    }),
    part("a mount of another directory", "mount-missing", &[], |s, random| {
        let at = random.below(s.mounts.len());
        s.mounts[at].mount_point.get_or_insert(s.dirs[at].target.clone());
        s.mounts[at].location.push_str("-old");
        true
    }),
    part("a mount that arrives elsewhere", "mount-path-differs", &[], |s, random| {
        let at = random.below(s.mounts.len());
        s.mounts[at].mount_point = Some(format!("/mnt/{at}"));
        true
    }),
    part("a mount at the host's path", "mount-path-differs", &[], |s, _| {
        let is_moved = |at: &usize| s.dirs[*at].host != s.dirs[*at].target;
        let Some(at) = (0..s.mounts.len()).find(is_moved) else { return false };
        s.mounts[at].mount_point = None;
        true
    }),
    part("`writable: false`", "mount-read-only", &[], |s, _| {
        let Some(at) = written_mount(s) else { return false };
        s.mounts[at].writable = Some(false);
        true
    }),
    part("no `writable`", "mount-read-only", &[], |s, _| {
        let Some(at) = written_mount(s) else { return false };
        s.mounts[at].writable = None;
        true
    }),
    part("a bind that may only be read", "bind-read-only", &[], |s, random| {
        let Some(dir) = s.dirs.iter_mut().find(|dir| !dir.is_read_only) else { return false };
        dir.is_read_only = true;
        let path = format!("{}/a1", dir.target);
        s.error = Some(match random.below(3) {
            0 => format!("OSError: [Errno 30] Read-only file system: '{path}'"),
            1 => format!("mkdir {path}: read-only file system"),
            _ => format!("Error: EROFS: read-only file system, mkdir '{path}'"),
        });
        true
    }),
    part("another host directory in Compose", "mount-missing", &[], |s, random| {
        let at = random.below(s.dirs.len());
        s.dirs[at].host = format!("{}-2", s.dirs[at].host);
        true
    }),
    part("another pinned port", "ssh-port-stale", &[], |s, _| {
        s.pin = s.pin.map(|port| port + 1);
        s.listed = s.listed.map(|(status, port)| (status, port + 1));
        true
    }),
    part("another port in the URI", "ssh-port-stale", &[], |s, random| {
        s.uri.port = Some(49152 + random.below(16000) as u16);
        true
    }),
    part("no pin, and a new port", "ssh-port-stale", &[], |s, random| {
        s.pin = None;
        s.listed = Some(("Running", 49152 + random.below(16000) as u16));
        true
    }),
    part("localhost in the container", "libvirt-host-is-container", &[], |s, random| {
        s.uri.host = random.pick(&["localhost", "127.0.0.1"]).to_owned();
        s.host == Host::MacOs
    }),
    part("a mount point that Lima refuses", "lima-setting-refused", MOUNT_RULES, |s, random| {
        let at = random.below(s.mounts.len());
        s.mounts[at].mount_point = Some(random.pick(&["/var", "/tmp", "/home"]).to_owned());
        true
    }),
    part("a relative location", "lima-setting-refused", MOUNT_RULES, |s, random| {
        let at = random.below(s.mounts.len());
        s.mounts[at].mount_point.get_or_insert(s.dirs[at].target.clone());
        s.mounts[at].location = "images/jobs".to_owned();
        true
    }),
    part("port 22 as the pin", "lima-setting-refused", &["ssh-port-stale"], |s, _| {
        s.pin = Some(22);
        s.listed = None;
        true
    }),
    part("9p with vz", "lima-setting-refused", &[], |s, _| {
        s.vm_type = Some("vz");
        add(&mut s.lima, "mountType", Tree::text("9p")) && s.host == Host::MacOs
    }),
    part("a type of mounts that is none", "lima-setting-refused", &[], |s, _| {
        add(&mut s.lima, "mountType", Tree::text("sshfs"))
    }),
    part(
        "nested virtualization on an Intel Mac",
        "nested-virtualization-unsupported",
        &[],
        |s, _| {
            s.vm_type = Some("vz");
            s.arch = "x86_64";
            s.listed = s.pin.map(|port| ("Running", port));
            add(&mut s.lima, "nestedVirtualization", Tree::bare(true)) && s.host == Host::MacOs
        },
    ),
    part("an image for another processor", "guest-arch-differs", &[], |s, _| {
        let image = if s.arch == "aarch64" { "jammy-amd64.img" } else { "jammy-arm64.img" };
        s.listed = s.pin.map(|port| ("Running", port));
        s.scripts.push(format!("wget -P /srv https://images.example/{image}\n"));
        true
    }),
    part("`plain: true`", "plain-ignores-mounts", &["mount-missing"], |s, _| {
        add(&mut s.lima, "plain", Tree::bare(true))
    }),
    part("9p with a kernel that has none", "mount-type-unusable", &[], |s, _| {
        s.vm_type = Some("qemu");
        let image = "https://images.example/debian-12-genericcloud-arm64.qcow2";
        let image = Tree::map([("location", Tree::text(image))]);
        add(&mut s.lima, "images", Tree::List(vec![image]))
    }),
    part("a package that sets the mode of the mount", "package-unconfigured", &[], |s, _| {
        let parent = s.dirs[0].host.rsplit_once('/').unwrap().0.to_owned();
        for dir in &mut s.dirs {
            dir.target = dir.host.replace(&parent, "/var/lib/libvirt/images");
        }
        s.mounts.truncate(1);
        s.mounts[0].location = parent;
        s.mounts[0].mount_point = Some("/var/lib/libvirt/images".to_owned());
        s.mounts[0].writable = Some(true);
        s.vm_type = Some("qemu");
        s.is_new = true;
        s.listed = None;
        true
    }),
    part("an option that Docker does not know", "volume-option-ignored", &[], |s, random| {
        // Where the service makes its files, the option is as well left out.
        let Some(dir) = s.dirs.iter_mut().find(|dir| dir.variable == "BASE_DIR") else {
            return false;
        };
        dir.is_read_only = false;
        dir.options = random.pick(&[":readonly", ":RO", ":read-only"]);
        for mount in s.mounts.iter_mut().filter(|mount| mount.location == dir.host) {
            mount.writable = Some(true);
        }
        true
    }),
    part("a target that is bound twice", "target-bound-twice", &[], |s, _| {
        s.volumes.push(format!("/opt/other:{}", s.dirs[0].target));
        true
    }),
    part("another user's home", "home-of-another-user", MOUNT_RULES, |s, _| {
        s.dirs[0].host = "~bob/images/jobs".to_owned();
        true
    }),
    part("localhost on a network of its own on Linux", "libvirt-host-is-container", &[], |s, _| {
        s.on_host_network = false;
        s.host == Host::Linux
    }),
    part(
        "a host that Linux's engine does not name",
        "host-name-unresolved",
        REACH_RULES,
        |s, _| {
            s.on_host_network = false;
            s.uri.host = "host.docker.internal".to_owned();
            s.host == Host::Linux
        },
    ),
    part("Linux's bridge, where Lima does not listen", "loopback-unreachable", &[], |s, _| {
        s.on_host_network = false;
        s.uri.host = "host.docker.internal".to_owned();
        let host = Tree::text("host.docker.internal:host-gateway");
        add(&mut s.in_service, "extra_hosts", Tree::List(vec![host])) && s.host == Host::Linux
    }),
    part("`host-gateway` with Rancher", "host-gateway-unsupported", REACH_RULES, |s, _| {
        s.runtime = Runtime::Rancher;
        let host = Tree::text("host.docker.internal:host-gateway");
        add(&mut s.in_service, "extra_hosts", Tree::List(vec![host])) && s.host == Host::MacOs
    }),
    part("a shell that exports an old URI", "shell-variable-wins", &["ssh-port-stale"], |s, _| {
        let port = s.uri.port.replace(58411);
        s.shell.push(("LIBVIRT_URI", s.uri()));
        s.uri.port = port;
        s.through_env
    }),
    part("another user than the VM's", "ssh-user-wrong", &[], |s, random| {
        s.uri.user = random.pick(&["root", "ubuntu", "lima"]).to_owned();
        true
    }),
    part("the user's own libvirt", "libvirt-session", &[], |s, _| {
        s.uri.path = "/session";
        s.dirs.iter().any(|dir| dir.target.starts_with("/var/lib/libvirt/"))
    }),
    part("a URI without a host", "libvirt-uri-local", &[], |s, _| {
        s.uri.scheme = "qemu";
        s.uri.host.clear();
        s.host == Host::MacOs
    }),
    part("a named volume", "named-volume-not-shared", &[], |s, _| {
        s.dirs[0].volume = Some("jobs");
        s.dirs[0].is_read_only = false;
        true
    }),
    part("a key of Lima with a slip", "lima-key-unknown", &["mount-missing"], |s, random| {
        s.renamed.push(("mounts", random.pick(&["mount", "Mounts", "mouns"])));
        true
    }),
    part("a user to be filled in", "ssh-user-wrong", &["placeholder-left"], |s, random| {
        s.uri.user = random.pick(&["<user>", "YOUR_USER"]).to_owned();
        true
    }),
    part("a variable that `.env` does not set", "variable-unset", &["compose-refused"], |s, _| {
        s.volumes.push("${CACHE_DIR}/images:/cache".to_owned());
        true
    }),
    text("a key that is not closed", "lima-syntax", &[], |files, _| {
        let lima = of_kind(files, FileKind::Lima);
        lima.push_str("env: {A: b\n");
    }),
    text("a tab as indentation", "lima-syntax", &[], |files, _| {
        of_kind(files, FileKind::Lima).push_str("env:\n\tA: b\n");
    }),
    text("a key that is there already", "lima-syntax", &["mount-missing"], |files, _| {
        of_kind(files, FileKind::Lima).push_str("mounts: []\n");
    }),
    part("a key of Compose with a slip", "compose-syntax", &[], |s, random| {
        let key = random.pick(&["volumez", "enviroment", "extra_host"]);
        add(&mut s.in_service, key, Tree::List(Vec::new()))
    }),
    // Behind a long URI it may as well be the rest of that.
    text("a line of .env that is none", "env-syntax", &["lines-wrapped"], |files, random| {
        let line = random.pick(&["A B=c\n", "%A=b\n", "A=\"b\n"]);
        let env = of_kind(files, FileKind::Env);
        env.push_str(line);
    }),
    text("a Compose file with a slip", "compose-syntax", &[], |files, _| {
        let compose = of_kind(files, FileKind::Compose);
        compose.push_str("networks: [a\n");
    }),
];

/// What follows from a host that is not reached.
const REACH_RULES: &[&str] = &["loopback-unreachable"];

/// What follows from a mount that is not there as meant.
const MOUNT_RULES: &[&str] = &["mount-missing", "mount-path-differs"];
