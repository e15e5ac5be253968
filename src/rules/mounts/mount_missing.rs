#![doc = include_str!("mount_missing.md")]

use super::{
    NewMount, above, add_mounts, are_new, by_hand, distinct, is_broad, is_refused, is_used, linked,
    listed, second_start, set_in_mount, shares, steps, written_location,
};
use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::intake::VmState;
use crate::intake::error_text::{ErrorPath, PathFailure};
use crate::rules::Rule;
use crate::rules::guest::of_package_below;
use crate::syntax::yaml::Value;
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::{below, common_parent, depth, is_of_system};
use crate::topology::shared::{SharedDir, is_private};

/// A directory that a container writes for libvirt is not shared with the VM.
pub const RULE: Rule = Rule {
    name: "mount-missing",
    severity: Severity::Error,
    summary: "a directory that libvirt opens files in is not shared with the VM",
    docs: include_str!("mount_missing.md"),
    covers: &["M1", "M7", "M16", "F2"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let missing = setup.shared.iter().filter(|dir| dir.sharing == Sharing::Missing);
    let (taken, missing): (Vec<&SharedDir>, Vec<_>) =
        missing.partition(|dir| occupant(setup, dir).is_some());
    let mut res = Vec::new();
    for mount in distinct(taken.iter().filter_map(|dir| occupant(setup, dir))) {
        let dirs = taken.iter().copied().filter(|dir| occupant(setup, dir) == Some(mount));
        res.extend(occupied(setup, &dirs.collect::<Vec<_>>(), mount));
    }
    // Those that an error or libvirt's own directory proves are one finding: one mount may heal
    // them all. The others are only likely, and say so.
    let (certain, likely): (Vec<_>, Vec<_>) = missing.into_iter().partition(|dir| dir.certain);
    res.extend(finding(setup, &certain, Severity::Error));
    res.extend(finding(setup, &likely, Severity::Warning));
    if setup.shared.is_empty() {
        res.extend(from_error(setup));
    }
    res.extend(from_text(setup));
    res
}

/// The mount that brings something else to where the directory should arrive.
fn occupant<'a>(setup: &'a Setup, dir: &SharedDir) -> Option<&'a EffectiveMount> {
    let over = setup.mounts.iter().filter(|m| below(&m.mount_point, &dir.target).is_some());
    over.filter(|mount| mount.location.is_some()).max_by_key(|mount| mount.mount_point.len())
}

/// The directories of the host moved, and the mount did not.
fn occupied(setup: &Setup, dirs: &[&SharedDir], mount: &EffectiveMount) -> Option<Diagnostic> {
    let first = dirs.first()?;
    let location = written_location(setup, mount);
    let certain = dirs.iter().any(|dir| dir.certain);
    let likely = if certain { "" } else { "likely: " };
    let hosts = listed(dirs.iter().map(|dir| dir.host.clone()));
    let targets = listed(dirs.iter().map(|dir| dir.target.clone()));
    let inside = below(&mount.mount_point, &first.target).is_some_and(|rest| !rest.is_empty());
    let of = if inside { "files of " } else { "" };
    let mut evidence: Vec<Evidence> =
        dirs.iter().flat_map(|dir| setup.bind_evidence(dir)).collect();
    let note = format!("`{location}` is mounted at `{}`", mount.mount_point);
    evidence.push(Evidence::new(mount.span, note));
    evidence.extend(dirs.iter().flat_map(|dir| setup.error_evidence(dir)));
    let each: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount::of(dir)));
    let apart = are_new(setup, &each).then(|| fix(setup, "each", "", &each)).flatten();
    let moved = relocate(setup, dirs, mount);
    let restarts = if moved.is_some() { second_start(setup) } else { "" };
    let mut fixes: Vec<Fix> = moved.into_iter().chain(apart).collect();
    if fixes.is_empty() {
        fixes.push(by_hand::fix(setup, &each));
    }
    Some(Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Warning },
        detail: format!(
            "The container and libvirt use the same path, but not the same directory of the host.\
             {restarts}"
        ),
        evidence: distinct(evidence.into_iter()),
        fixes,
        ..RULE.finding(
            mount.span,
            format!(
                "{likely}at {targets}, the VM sees {of}`{location}`, and the container {hosts}"
            ),
        )
    })
}

/// Lets the mount start at the directories that the containers bind, where it serves no other.
fn relocate(setup: &Setup, dirs: &[&SharedDir], mount: &EffectiveMount) -> Option<Fix> {
    let index = setup.mounts.iter().position(|other| other == mount)?;
    let start = |dir: &&SharedDir| above(&dir.host, below(&mount.mount_point, &dir.target)?);
    let location = dirs.first().and_then(start)?;
    if is_used(setup, index)
        || is_refused(&mount.mount_point)
        || is_of_system(&location)
        || is_broad(&location)
        || !dirs.iter().all(|d| start(d).as_ref() == Some(&location))
    {
        return None;
    }
    let mut fields = vec![("location", Value::Text(location.clone()))];
    let writable = mount.writable || dirs.iter().any(|dir| dir.write);
    if mount.mount_point_span.is_none() {
        fields.push(("mountPoint", Value::Text(mount.mount_point.clone())));
    }
    if writable && !mount.writable {
        fields.push(("writable", Value::Bool(true)));
    }
    let moved =
        NewMount { location: location.clone(), mount_point: mount.mount_point.clone(), writable };
    Some(Fix {
        name: "relocate",
        title: format!(
            "Mount `{location}` at `{}` instead of `{}`{}",
            mount.mount_point,
            written_location(setup, mount),
            if writable && !mount.writable { ", writable" } else { "" }
        ),
        suits: "",
        applicability: Applicability::Review,
        edits: set_in_mount(setup, mount, &fields)?,
        steps: steps(setup, &[moved]),
    })
}

fn finding(setup: &Setup, dirs: &[&SharedDir], severity: Severity) -> Option<Diagnostic> {
    dirs.first()?;
    let lima = setup.lima.as_ref()?;
    let span = lima.plain.or_else(|| setup.mounts_place())?;
    let mut evidence = Vec::new();
    for dir in dirs {
        evidence.extend(setup.bind_evidence(dir));
    }
    evidence.extend(shares(setup));
    evidence.extend(dirs.iter().flat_map(|dir| setup.error_evidence(dir)));
    let evidence = distinct(evidence.into_iter());
    let targets: Vec<String> = distinct(dirs.iter().map(|dir| dir.target.clone()));
    let what = listed(targets.iter().cloned());
    let likely = if severity == Severity::Error { "" } else { "likely: " };
    Some(Diagnostic {
        severity,
        detail: format!(
            "libvirt opens the files inside the VM, where {}: what lies on the host is not there.",
            if targets.len() == 1 {
                "the VM has a directory of its own at that path"
            } else {
                "the VM has directories of its own at these paths"
            }
        ),
        evidence,
        fixes: if lima.plain.is_some() { Vec::new() } else { fixes(setup, dirs) },
        ..RULE.finding(
            span,
            format!(
                "{likely}the VM does not see {what}, where the container keeps files for libvirt"
            ),
        )
    })
}

/// One mount for all where the directories lie side by side, and one mount for each. For a VM yet
/// to be made, one by one is the way that lets libvirt's package be installed.
fn fixes(setup: &Setup, dirs: &[&SharedDir]) -> Vec<Fix> {
    let each: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount::of(dir)));
    let suits = if each.len() > 1 { "for a VM yet to be created" } else { "" };
    let apart = fix(setup, "each", suits, &each);
    let parent = parent_mount(dirs);
    let together = |mount: &NewMount| {
        let suits = "for a VM that exists: one mount, one restart";
        fix(setup, "parent", suits, std::slice::from_ref(mount))
    };
    let refused = setup.mounts.iter().find(|mount| is_refused_at(mount, dirs));
    if let Some(moved) = refused.and_then(|mount| relocate(setup, dirs, mount)) {
        return vec![moved];
    }
    let res: Vec<Fix> = match setup.vm {
        VmState::Existing => parent.as_ref().and_then(together).into_iter().chain(apart).collect(),
        VmState::New => {
            let lets_install = |mount: &&NewMount| {
                !setup.share().refuses_owners() || of_package_below(&mount.mount_point).is_empty()
            };
            let together = parent.as_ref().filter(lets_install).and_then(together);
            let linked = parent.as_ref().and_then(|mount| linked::fix(setup, dirs, mount));
            apart.into_iter().chain(together).chain(linked).collect()
        }
    };
    match res.is_empty() {
        true => vec![by_hand::fix(setup, &each)],
        false => res,
    }
}

/// Whether a mount is meant for these directories, and Lima refuses its location.
fn is_refused_at(mount: &EffectiveMount, dirs: &[&SharedDir]) -> bool {
    mount.location.is_none()
        && dirs.iter().all(|dir| below(&mount.mount_point, &dir.target).is_some())
}

fn fix(setup: &Setup, name: &'static str, suits: &'static str, mounts: &[NewMount]) -> Option<Fix> {
    // Two containers that have different directories at one path cannot both be right.
    let is_disputed = |mount: &NewMount| {
        setup.shared.iter().any(|dir| dir.target == mount.mount_point && dir.host != mount.location)
    };
    if mounts.iter().any(is_disputed) {
        return None;
    }
    if !are_new(setup, mounts) || mounts.iter().any(|mount| is_of_system(&mount.location)) {
        return None;
    }
    let edits = add_mounts(setup, mounts)?;
    Some(Fix {
        name,
        title: title(mounts),
        suits,
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, mounts),
    })
}

/// "Mount `/a` (read-only) and `/b` (writable), each at the same path".
fn title(mounts: &[NewMount]) -> String {
    let in_place = mounts.iter().all(|mount| mount.location == mount.mount_point);
    let parts: Vec<String> = mounts
        .iter()
        .map(|mount| {
            let access = if mount.writable { "writable" } else { "read-only" };
            match in_place {
                true => format!("`{}` ({access})", mount.location),
                false => mount.to_words(),
            }
        })
        .collect();
    let place = match (in_place, mounts.len()) {
        (false, _) => "",
        (true, 1) => " at the same path",
        (true, _) => ", each at the same path",
    };
    format!("Mount {}{place}", parts.join(" and "))
}

/// The one mount that brings all directories to their places: their common parent on the host,
/// arriving at their common parent in the VM. Not where that would share much more than meant.
fn parent_mount(dirs: &[&SharedDir]) -> Option<NewMount> {
    let hosts = distinct(dirs.iter().map(|dir| dir.host.clone()));
    let targets = distinct(dirs.iter().map(|dir| dir.target.clone()));
    if targets.len() < 2 {
        return None;
    }
    let location = common_parent(&hosts)?;
    let mount_point = common_parent(&targets)?;
    let in_step = dirs.iter().all(|dir| {
        below(&location, &dir.host)
            .is_some_and(|rest| Some(rest) == below(&mount_point, &dir.target))
    });
    // A mount over `/var/lib/libvirt` would take libvirt's own state away from it.
    let narrow = depth(&location) >= if location.starts_with('~') { 1 } else { 3 }
        && depth(&mount_point) >= 3
        && mount_point != "/var/lib/libvirt";
    let writable = dirs.iter().any(|dir| dir.write);
    (in_step && narrow).then_some(NewMount { location, mount_point, writable })
}

/// Without a Compose file an error still tells that the VM does not have the file.
fn from_error(setup: &Setup) -> Vec<Diagnostic> {
    if !setup.lima.as_ref().is_some_and(Lima::mounts_are_whole) {
        return Vec::new();
    }
    let mut res = Vec::new();
    for lost in setup.lost_paths() {
        let arrives =
            setup.mounts.iter().any(|mount| below(&mount.mount_point, &lost.path).is_some());
        if arrives || !setup.compose.services.is_empty() {
            continue;
        }
        let mut evidence =
            vec![Evidence::new(lost.span, "the file that libvirt did not find in the VM")];
        evidence.extend(shares(setup));
        let span = setup.mounts_place().unwrap_or(lost.span);
        let message = format!("no mount brings `{}` into the VM", lost.path);
        res.push(Diagnostic {
            detail: "Which directory of the host it should come from, the Compose file tells: paste it for a fix."
                .to_owned(),
            evidence,
            ..RULE.finding(span, message)
        });
    }
    res.truncate(1);
    res
}

/// Without a `lima.yaml` an error still says that the VM does not have the file, which is why most
/// people come.
fn from_text(setup: &Setup) -> Option<Diagnostic> {
    let missing = |path: &&ErrorPath| {
        path.failure == PathFailure::Missing
            && path.path.starts_with('/')
            && !is_private(&path.path)
    };
    let lost = setup.errors.paths.iter().find(missing).filter(|_| setup.lima.is_none())?;
    let dir = setup.shared.iter().find(|dir| below(&dir.target, &lost.path).is_some());
    if dir.is_none() && !setup.compose.services.is_empty() {
        return None;
    }
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "libvirt opens the file inside the VM. What the container and the host share is \
                 there only once `mounts:` in `lima.yaml` brings it to the same path, writable. \
                 Paste `lima.yaml` and the Compose file for the fix."
            .to_owned(),
        evidence: dir.map(|dir| setup.bind_evidence(dir)).unwrap_or_default(),
        ..RULE.finding(lost.span, format!("likely: no mount brings `{}` into the VM", lost.path))
    })
}

#[cfg(test)]
mod tests;
