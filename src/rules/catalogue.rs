//! Every failure that is known of such set-ups, and the rule that finds it, or why none does.
//!
//! `docs/failures.md` is made from it: `UPDATE_EXPECT=1 cargo test catalogue` writes the page.

use std::collections::BTreeSet;

use expect_test::expect_file;

use super::RULES;

/// A group of rows, and what it is about.
struct Group {
    title: &'static str,
    rows: &'static [Row],
}

/// A row: its id, the failure, and where no rule finds it, why.
type Row = (&'static str, &'static str, &'static str);

const GROUPS: &[Group] = &[
    Group {
        title: "The chain: one failure behind the other",
        rows: &[
            ("F1", "The URI names a port that the VM's sshd has left", ""),
            ("F2", "The directory that the container writes to is not mounted in the VM", ""),
            ("F3", "libvirt's package cannot be installed over the mount", ""),
            ("F4", "QEMU may not open the files on the share", ""),
            ("F5", "The guest image is for another processor than the VM", ""),
            ("F6", "The URI asks for `/session` where the domains live in `/system`", ""),
            ("F7", "The URI falls back to a local socket that the container does not have", ""),
            ("F8", "A slow, emulated boot outlasts the API's patience", ""),
        ],
    },
    Group {
        title: "Connection",
        rows: &[
            ("C1", "Nothing listens on the URI's port: it is stale, or the VM is stopped", ""),
            ("C2", "`localhost` in a container is the container", ""),
            ("C3", "Docker Engine on Linux does not know `host.docker.internal`", ""),
            ("C4", "The bridge's address on Linux does not lead to the host's loopback", ""),
            ("C5", "The URI logs in as a user that the VM does not know", ""),
            ("C6", "The container has no key for the VM", ""),
            ("C7", "The key in the container is a directory, or open to others", ""),
            ("C8", "The VM's host key is unknown or has changed", ""),
            ("C9", "Another file holds an older copy of the port", ""),
            ("C10", "A variable of the shell wins over `.env`", ""),
            ("C11", "The container is older than `.env`, or another file is meant", ""),
            ("C12", "libvirt's local socket is not there", ""),
            ("C13", "libvirt's socket is bound where the host has none", ""),
            ("C14", "Networks and domains are looked for in the wrong scope", ""),
            ("C15", "The VM's user may not manage libvirt", ""),
            ("C16", "No libvirtd answers in the VM", ""),
            ("C17", "libvirtd does not listen for TCP", ""),
            ("C18", "The URI names no port, so ssh goes to 22", ""),
            ("C19", "An unquoted `&` cuts the URI off in a shell", ""),
            ("C20", "The pinned port is taken", ""),
            ("C21", "A port forward for port 22 was to pin SSH", ""),
        ],
    },
    Group {
        title: "Paths and mounts",
        rows: &[
            ("M1", "No mount brings the container's directory into the VM", ""),
            ("M2", "The mount arrives at another path than the container's", ""),
            ("M3", "`/private/var` on the host arrives as `/private/var` in the VM", ""),
            ("M4", "The host's directory has moved, the mount has not", ""),
            ("M5", "The service keeps its files outside every bind", ""),
            ("M6", "A variable is set under a name that nothing reads", ""),
            ("M7", "The base image's directory is not shared", ""),
            ("M8", "The new mount hides images that only the VM has", ""),
            ("M9", "The mount, or the bind, is read-only where files are written", ""),
            ("M10", "The owner of the files on the share keeps QEMU out", ""),
            ("M11", "The engine's own VM does not see the host's directory", ""),
            ("M12", "Docker Desktop does not share the host's directory", ""),
            ("M13", "The host's directory belongs to root", ""),
            ("M14", "The host's directory is missing, and Lima may not make it", ""),
            ("M15", "The files lie in a named volume, which is the engine's own", ""),
            ("M16", "Before Lima 2.1, changed mounts need a second restart", ""),
            ("M17", "The guest's kernel has no 9p, and the directory is silently empty", ""),
            ("M18", "`plain: true` leaves every mount out", ""),
            (
                "M19",
                "Lima does not take the setting: a typo, a duplicate, `~`, a rejected file",
                "",
            ),
            ("M20", "A provision script stops at the mount that it may not change", ""),
            ("M21", "A cache shows an old listing", ""),
            ("M22", "The package's own script fails at the mount", ""),
        ],
    },
    Group {
        title: "Virtualization",
        rows: &[
            ("K1", "The VM has no KVM, or the domain is for another processor", ""),
            ("K2", "The host cannot nest virtualization", ""),
            ("K3", "An image for amd64 in a VM for arm64", ""),
        ],
    },
    Group {
        title: "What Lima checks in its file",
        rows: &[
            ("V1", "A mount's location is not absolute", ""),
            ("V2", "A mount's location names another user's home", ""),
            ("V3", "A mount's location is no directory", ""),
            ("V4", "A mount's location may not be looked at", ""),
            ("V5", "A mount's location does not exist", ""),
            ("V6", "A mount point is a directory of the system", ""),
            ("V7", "A mount point is the guest's home directory", ""),
            ("V8", "A mount point starts with `~`", ""),
            ("V9", "A mount point is not absolute", ""),
            ("V10", "`9p.msize` is no size", ""),
            ("V11", "`ssh.localPort` is no port to be had", ""),
            ("V12", "`mountType` is none of the four", ""),
            ("V13", "`mountType` is ruled out by `mountTypesUnsupported`", ""),
            (
                "V14",
                "`virtiofs.queueSize` on a host that has no use for it",
                "Lima warns of it itself, and it changes nothing",
            ),
            ("V15", "`vmType`, `mountType` and the host do not go together", ""),
            ("V16", "`base` in the VM's own file", ""),
            ("V17", "No `images`", "A part of a file has none either, and all else can be checked"),
            ("V18", "The file asks for a newer Lima", ""),
            ("V19", "A forwarded port is none", ""),
            ("V20", "A range of ports is upside down, or two are of different length", ""),
            ("V21", "A port and a socket for one end of a forward", ""),
            ("V22", "`guestIPMustBeZero` with another address", ""),
            ("V23", "A forward's `proto` or `reverse` that Lima does not know", ""),
            ("V24", "A forward's socket is not absolute, or too long", ""),
            ("V25", "A forward that an earlier one shadows", ""),
            ("V26", "A `param` that is not used, or badly named", ""),
            ("V27", "A disk that is to shrink", ""),
            ("V28", "`passwordlessSudo: false` without `plain`", ""),
            (
                "V29",
                "A setting that Lima calls experimental",
                "Lima warns of it itself, and it works",
            ),
            ("V30", "A key that Lima does not know", ""),
            (
                "V31",
                "A name that Lima takes for no instance",
                "It stands in no file: the answer is refused where it is given, and so is the script",
            ),
            ("V32", "`dns` beside the host resolver", ""),
        ],
    },
    Group {
        title: "What Compose does without a word",
        rows: &[
            ("D1", "An unknown option of a volume is ignored: `:readonly` mounts writable", ""),
            ("D2", "A relative path without `./` is the name of a volume", ""),
            ("D3", "`~name` is not that user's home", ""),
            ("D4", "A variable that is not set shortens a path, or leaves a part empty", ""),
            ("D5", "A named volume that is declared nowhere", ""),
            ("D6", "Of two volumes at one target, the later replaces the earlier", ""),
            ("D7", "A named volume's `device` reaches the engine as it is written", ""),
            ("D8", "A volume that exists keeps its old options", ""),
            ("D9", "A key that the schema does not know", ""),
            ("D10", "The engine makes a missing bind source, as root", ""),
            ("D11", "`network_mode` and `networks` in one service", ""),
            ("D12", "A service that its profile leaves out", ""),
            ("D13", "`version` is obsolete", "Compose warns of it itself, and it changes nothing"),
            ("D14", "`docker compose restart` keeps the old environment and mounts", ""),
            (
                "D15",
                "`docker-compose` is the old program's name",
                "Both names work with Compose 2 and later, and the script looks for either",
            ),
        ],
    },
    Group {
        title: "What the engines make of it",
        rows: &[
            ("E1", "Docker Desktop shares a list of directories, `/var/lib` not among them", ""),
            ("E2", "`network_mode: host` on Docker Desktop is off until it is turned on", ""),
            ("E3", "`host-gateway` on Rancher Desktop leads into its own VM", ""),
            (
                "E4",
                "`host-gateway` in a Lima VM with Docker leads to the VM's bridge",
                "Nothing in the files tells that Docker runs in such a VM; the page of `host-gateway-unsupported` says it",
            ),
            ("E5", "Colima and Rancher Desktop mount the home directory only", ""),
            (
                "E6",
                "OrbStack shares every directory and knows `host.docker.internal`",
                "Nothing fails: it is why no rule about sharing speaks there",
            ),
        ],
    },
    Group {
        title: "Claims in older advice that no longer hold",
        rows: &[
            (
                "S1",
                "9p is the default way of sharing",
                "The model knows the default of each version, host and kind of VM",
            ),
            ("S2", "`sshfs` as a `mountType`", ""),
            ("S3", "virtiofs with QEMU on macOS", ""),
            (
                "S4",
                "The port changes at each restart",
                "Not where it is pinned, nor for `default` before 2.0; the model knows both",
            ),
            (
                "S5",
                "`limactl stop --force` as the first step",
                "The script stops gracefully, and names the force only as a way out",
            ),
            ("S6", "A second `mounts:` key, put where the advice says", ""),
            ("S7", "`down` and `up` to read `.env` again", "The script recreates just the service"),
            (
                "S8",
                "A file touched on the host proves the share",
                "The script writes from the container and looks in the VM",
            ),
        ],
    },
];

fn page() -> String {
    let mut page = String::from(
        "# Failures and the rules that find them\n\n\
         Every failure that is known of a Docker, Lima and libvirt set-up, with the rule that \
         finds it.\n\
         Where no rule does, the reason stands in its place.\n\
         `lima-doctor explain RULE` shows a rule's page.\n",
    );
    for group in GROUPS {
        page += &format!("\n## {}\n\n| id | failure | found by |\n|---|---|---|\n", group.title);
        for (id, failure, reason) in group.rows {
            let rules: Vec<String> = RULES
                .iter()
                .filter(|rule| rule.covers.contains(id))
                .map(|rule| format!("`{}`", rule.name))
                .collect();
            let found_by = if rules.is_empty() { (*reason).to_owned() } else { rules.join(", ") };
            page += &format!("| {id} | {failure} | {found_by} |\n");
        }
    }
    page
}

#[test]
fn every_failure_has_a_rule_or_a_reason() {
    let mut without = Vec::new();
    for (id, failure, reason) in GROUPS.iter().flat_map(|group| group.rows) {
        let rules: Vec<&str> =
            RULES.iter().filter(|rule| rule.covers.contains(id)).map(|rule| rule.name).collect();
        if rules.is_empty() && reason.is_empty() {
            without.push(format!("{id}: {failure}"));
        }
        assert!(rules.is_empty() || reason.is_empty(), "{id} has both {rules:?} and a reason");
    }
    assert!(without.is_empty(), "neither rule nor reason: {without:#?}");
}

#[test]
fn every_rule_finds_rows_of_the_catalogue() {
    let ids: BTreeSet<&str> =
        GROUPS.iter().flat_map(|group| group.rows).map(|(id, ..)| *id).collect();
    for rule in RULES {
        for id in rule.covers {
            assert!(ids.contains(id), "{}: there is no row {id}", rule.name);
        }
    }
}

#[test]
fn the_page_of_failures_is_made_from_the_rules() {
    expect_file!["../../docs/failures.md"].assert_eq(&page());
}
