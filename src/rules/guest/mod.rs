//! What happens inside the VM: what its scripts, its packages and QEMU meet on the mounts.

pub mod mount_type_unusable;
pub mod package_unconfigured;
pub mod plain_ignores_mounts;
pub mod provision_stops;
pub mod selinux_denies_share;
pub mod share_permission;
pub mod vm_degraded;
pub mod vm_images_hidden;

use super::mounts::distinct;
use crate::config::lima::Lima;
use crate::syntax::yaml::{Segment, Value};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::mounts::Sharing;
use crate::topology::path::{below, common_parent, depth};
use crate::topology::scripts::{ScriptCommand, script_commands};
use crate::topology::shared::SharedDir;

/// Directories whose owner and mode the installation of libvirt sets (Debian,
/// `libvirt-daemon-system.postinst`).
const OF_PACKAGE: [&str; 3] =
    ["/var/lib/libvirt/images", "/var/lib/libvirt/boot", "/var/lib/libvirt/qemu"];

/// Whether a directory is yet to arrive at its place in the VM.
fn is_to_arrive(dir: &SharedDir) -> bool {
    matches!(dir.sharing, Sharing::Missing | Sharing::Elsewhere(_))
}

/// Where mounts are to be made: at each directory that is yet to arrive, or at the one that holds
/// them all, here as on the host.
fn places_to_be(setup: &Setup) -> Vec<String> {
    let dirs: Vec<&SharedDir> = setup.shared.iter().filter(|dir| is_to_arrive(dir)).collect();
    let mut res: Vec<String> = distinct(dirs.iter().map(|dir| dir.target.clone()));
    let hosts: Vec<String> = distinct(dirs.iter().map(|dir| dir.host.clone()));
    if let (Some(location), Some(place), true) =
        (common_parent(&hosts), common_parent(&res), res.len() > 1)
    {
        let in_step = dirs.iter().all(|dir| {
            let rest = below(&place, &dir.target);
            rest.is_some() && rest == below(&location, &dir.host)
        });
        // What is wider than that is not mounted for the sake of a directory in it.
        let is_narrow = depth(&place) > 2
            && place != "/var/lib/libvirt"
            && depth(&location) >= if location.starts_with('~') { 1 } else { 3 };
        res.extend(Some(place).filter(|_| in_step && is_narrow));
    }
    res
}

/// The directories of libvirt's package in and below a mount point.
pub(super) fn of_package_below(mount_point: &str) -> Vec<&'static str> {
    OF_PACKAGE.into_iter().filter(|dir| below(mount_point, dir).is_some()).collect()
}

/// The command that installs libvirt, and the package that brings its daemon.
pub(super) fn libvirt_install(lima: &Lima) -> Option<(ScriptCommand, String)> {
    script_commands(lima).into_iter().find_map(|command| {
        let packages = command.packages();
        let rank = |name: &str| match name {
            "libvirt-daemon-system" => Some(0),
            "libvirt-daemon-common" => Some(1),
            "libvirt-daemon" | "libvirt-daemon-kvm" => Some(2),
            "libvirt" => Some(3),
            _ => None,
        };
        let package =
            packages.into_iter().filter(|name| rank(name).is_some()).min_by_key(|n| rank(n))?;
        let package = package.to_owned();
        Some((command, package))
    })
}

/// The edits that append a provision script, run as root at every start.
pub(super) fn append_script(setup: &Setup, script: &str) -> Option<Vec<Edit>> {
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    document.append(text, &[Segment::Key("provision".to_owned())], &script_entry(script)).ok()
}

/// An entry of `provision` that runs as root at every start.
pub(super) fn script_entry(script: &str) -> Value {
    Value::Map(vec![
        ("mode".to_owned(), Value::Text("system".to_owned())),
        ("script".to_owned(), Value::Script(script.to_owned())),
    ])
}
