#![doc = include_str!("share_permission.md")]

use super::{append_script, is_to_arrive, libvirt_install};
use crate::config::libvirt_uri::LibvirtUri;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::Host;
use crate::intake::error_text::{ErrorPath, PathFailure};
use crate::rules::mounts::{distinct, listed, written_location};
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::below;
use crate::topology::scripts::{may_write, script_commands};
use crate::topology::share::Share;
use crate::topology::shared::SharedDir;

/// QEMU, which runs as a user of its own, may not open what the host's user has written.
pub const RULE: Rule = Rule {
    name: "share-permission",
    severity: Severity::Error,
    summary: "QEMU may not open files on the share, which belong to the host's user",
    docs: include_str!("share_permission.md"),
    covers: &["F4", "M10"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    match denied(setup) {
        Some(finding) => vec![finding],
        None => foretold(setup).into_iter().collect(),
    }
}

/// Files that an error text says may not be opened, unless a read-only mount explains it.
fn denied(setup: &Setup) -> Option<Diagnostic> {
    let is_explained = |path: &&ErrorPath| {
        let mut dirs = setup.shared.iter().filter(|dir| below(&dir.target, &path.path).is_some());
        dirs.any(|dir| matches!(dir.sharing, Sharing::ReadOnly(_) | Sharing::Hidden { .. }))
    };
    let denied = setup.errors.paths.iter().filter(|path| path.failure == PathFailure::Denied);
    let denied: Vec<&ErrorPath> = denied.filter(|path| !is_explained(path)).collect();
    let first = denied.first()?;
    let mount = setup.mount_at(&first.path).map(|(_, mount)| mount);
    let mut evidence: Vec<Evidence> =
        denied.iter().map(|path| Evidence::new(path.span, "the very path in your error")).collect();
    evidence.extend(mount.map(|mount| mount_evidence(setup, mount)));
    evidence.extend(install_evidence(setup));
    let written = is_conf_written(setup);
    if written {
        // Who wrote it may have set another user already.
        let commands = setup.lima.as_ref().map(script_commands).unwrap_or_default();
        let writer =
            commands.iter().find(|one| one.all_words().any(|word| word.contains("qemu.conf")));
        evidence.extend(writer.map(|command| {
            Evidence::new(command.span, "sets something in `qemu.conf`, perhaps not enough")
        }));
    }
    Some(Diagnostic {
        severity: if mount.is_some() { Severity::Error } else { Severity::Warning },
        detail: detail(setup, mount.map(|mount| setup.share_of(mount))),
        evidence,
        fixes: fixes(setup, mount.map_or(Share::Unknown, |mount| setup.share_of(mount)), written),
        ..RULE.finding(
            first.span,
            format!("QEMU may not open {}", listed(denied.iter().map(|path| path.path.clone()))),
        )
    })
}

/// Directories on a 9p share in which libvirt is to make disks, where nothing sets QEMU's user.
fn foretold(setup: &Setup) -> Option<Diagnostic> {
    let is_system = setup.connections.iter().any(|connection| connection.uri.path == "/system");
    if !(is_system || means_system(setup)) || is_conf_written(setup) {
        return None;
    }
    let install = install_evidence(setup);
    let is_blocked = |dir: &&SharedDir| {
        is_to_arrive(dir) && setup.share() == Share::NineP
            || matches!(dir.sharing, Sharing::ReadOnly(i) if is_nine_p(setup, i))
    };
    let written = || setup.shared.iter().filter(|dir| dir.write);
    let next: Vec<&SharedDir> = written().filter(is_blocked).collect();
    // Of a share that is there nothing is said without a sign of how libvirt was set up.
    let here = |dir: &&SharedDir| matches!(dir.sharing, Sharing::Shared(i) if is_nine_p(setup, i));
    let dirs = match (next.is_empty(), &install) {
        (false, _) => next,
        (true, Some(_)) => written().filter(here).collect(),
        (true, None) => return None,
    };
    let is_next = is_blocked(dirs.first()?) || !is_system;
    let mut evidence: Vec<Evidence> = install.into_iter().collect();
    if is_next {
        evidence.extend(type_evidence(setup));
    }
    let mounts = dirs.iter().filter_map(|dir| match dir.sharing {
        Sharing::Shared(i) | Sharing::ReadOnly(i) => setup.mounts.get(i),
        _ => None,
    });
    let mounts = distinct(mounts.map(|mount| mount_evidence(setup, mount)));
    evidence.extend(mounts);
    let span = evidence.first().map(|evidence| evidence.span).or_else(|| setup.mounts_place())?;
    let what = listed(dirs.iter().map(|dir| dir.target.clone()));
    let message = match is_next {
        true => format!("likely: QEMU may not write in {what}, even once the VM may"),
        false => format!("likely: QEMU may not write what the container makes in {what}"),
    };
    Some(Diagnostic {
        severity: Severity::Hint,
        is_next,
        detail: detail(setup, Some(Share::NineP)),
        evidence,
        fixes: fixes(setup, Share::NineP, false),
        ..RULE.finding(span, message)
    })
}

/// Whether a URI asks for the user's own libvirt by mistake: what lies in `/var/lib/libvirt` is for
/// the system's.
fn means_system(setup: &Setup) -> bool {
    let is_remote = |uri: &LibvirtUri| uri.path == "/session" && uri.is_ssh();
    setup.connections.iter().any(|connection| is_remote(&connection.uri))
        && setup.shared.iter().any(|dir| below("/var/lib/libvirt", &dir.target).is_some())
}

fn is_nine_p(setup: &Setup, mount: usize) -> bool {
    setup.mounts.get(mount).is_some_and(|mount| setup.share_of(mount) == Share::NineP)
}

/// Whether provisioning writes QEMU's settings, or may.
fn is_conf_written(setup: &Setup) -> bool {
    setup.lima.as_ref().is_some_and(|lima| may_write(lima, "qemu.conf", "/etc/libvirt"))
}

fn install_evidence(setup: &Setup) -> Option<Evidence> {
    let (command, package) = libvirt_install(setup.lima.as_ref()?)?;
    let note = match is_conf_written(setup) {
        true => format!("installs `{package}`"),
        false => format!("installs `{package}`, and nothing sets QEMU's user in `qemu.conf`"),
    };
    Some(Evidence::new(command.span, note))
}

fn mount_evidence(setup: &Setup, mount: &EffectiveMount) -> Evidence {
    let location = written_location(setup, mount);
    let note = match setup.share_of(mount) {
        Share::NineP => format!("`{location}` is shared by 9p, where files keep the host's owners"),
        _ => format!("`{location}` is shared here"),
    };
    Evidence::new(mount.span, note)
}

/// Why a mount that is yet to be made will be of type 9p.
fn type_evidence(setup: &Setup) -> Option<Evidence> {
    let in_force = setup.mount_type.as_ref()?;
    let of_vm = setup.vm_type.as_ref().and_then(|vm_type| vm_type.span);
    let span = in_force.span.or(of_vm).or_else(|| setup.mounts_place())?;
    let note = match in_force.span {
        Some(_) => "mounts are of type 9p".to_owned(),
        None => format!("mounts are of type 9p: {}", in_force.because),
    };
    Some(Evidence::new(span, note))
}

fn detail(setup: &Setup, share: Option<Share>) -> String {
    let own = "Under `qemu:///system` QEMU runs as a user of its own.";
    let rest = match share {
        Some(Share::NineP) => {
            "libvirt would hand it the files, but on this share they keep the owners and modes \
             that they have on the host."
        }
        Some(Share::Virtiofs | Share::VirtiofsOfQemu) => {
            "On this share the host decides, by the rights of the user who runs Lima: see the \
             file's owner and mode there."
        }
        _ => {
            "It must be let into every directory on the way to the file, read images, and write \
             overlays."
        }
    };
    let selinux = setup.lima.as_ref().and_then(|lima| lima.image_with_selinux());
    let selinux = selinux.map_or(String::new(), |name| {
        format!(" In {name}, SELinux may refuse as well: see `ausearch -m avc` in the VM.")
    });
    format!("{own} {rest}{selinux}")
}

/// What can be done, the safest first.
fn fixes(setup: &Setup, share: Share, is_written: bool) -> Vec<Fix> {
    let mut res = vec![only_shown(
        "local",
        "Keep disk overlays in a directory of the VM's own, and share only what QEMU reads",
        "the safest: QEMU stays a user without rights",
    )];
    if share == Share::NineP && !is_written {
        res.extend(as_user(setup));
    }
    res.push(only_shown(
        "root",
        "In the VM, set `user = \"root\"`, `group = \"root\"` and `security_driver = \"none\"` in \
         `/etc/libvirt/qemu.conf`",
        "development only: whoever breaks out of a guest is root in the VM, and writes every share",
    ));
    res
}

/// Lets QEMU run as the VM's user, who has the host user's id, and so owns what the user owns on
/// the host. On Linux a container writes as another.
fn as_user(setup: &Setup) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    let (command, _) = libvirt_install(lima)?;
    let is_debian = ["apt", "apt-get", "aptitude"].contains(&command.program());
    if setup.host != Host::MacOs || !is_debian || lima.user.uid.is_some() {
        return None;
    }
    let script = [
        "#!/bin/sh",
        "set -eu",
        "conf=/etc/libvirt/qemu.conf",
        "grep -q '^user *=' \"$conf\" && exit 0",
        "echo 'user = \"{{.User}}\"' >>\"$conf\"",
        "systemctl restart libvirtd",
    ];
    Some(Fix {
        name: "user",
        title: "Run QEMU as the VM's user, by a provision script".to_owned(),
        suits: "development: whoever breaks out of a guest may do what that user may, sudo included",
        applicability: Applicability::Review,
        edits: append_script(setup, &script.join("\n"))?,
        steps: vec![Step::RestartInstance],
    })
}

#[cfg(test)]
mod tests;
