#![doc = include_str!("mount_path_differs.md")]

use super::{NewMount, add_mounts, set_in_mount, steps};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::intake::LimaVersion;
use crate::rules::Rule;
use crate::syntax::yaml::Value;
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::shared::SharedDir;

/// A directory is shared, but arrives in the VM at another path than the container's.
pub const RULE: Rule = Rule {
    name: "mount-path-differs",
    severity: Severity::Error,
    summary: "a shared directory arrives in the VM at another path than in the container",
    docs: include_str!("mount_path_differs.md"),
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    setup.shared.iter().filter_map(|dir| finding(setup, dir)).collect()
}

fn finding(setup: &Setup, dir: &SharedDir) -> Option<Diagnostic> {
    let (mounts, what) = match &dir.sharing {
        Sharing::Elsewhere(arrivals) => {
            let paths: Vec<String> = arrivals.iter().map(|(_, path)| format!("`{path}`")).collect();
            let mounts: Vec<usize> = arrivals.iter().map(|(mount, _)| *mount).collect();
            (
                mounts,
                format!(
                    "arrives in the VM at {}, not at the container's `{}`",
                    paths.join(" and "),
                    dir.target
                ),
            )
        }
        Sharing::Hidden { mount, by } => {
            (vec![*mount, *by], format!("is hidden in the VM at `{}` by another mount", dir.target))
        }
        _ => return None,
    };
    let severity = if dir.certain { Severity::Error } else { Severity::Warning };
    let likely = if dir.certain { "" } else { "likely: " };
    let mut evidence = setup.bind_evidence(dir);
    for mount in mounts.iter().filter_map(|i| setup.mounts.get(*i)) {
        let location = written_location(setup, mount);
        let note = format!("`{location}` is mounted at `{}`", mount.mount_point);
        evidence.push(Evidence::new(mount.mount_point_span.unwrap_or(mount.span), note));
    }
    evidence.extend(setup.error_evidence(dir));
    let span = setup.mounts.get(*mounts.first()?)?;
    let fixes = match &dir.sharing {
        Sharing::Elsewhere(arrivals) => fixes(setup, dir, arrivals),
        _ => Vec::new(),
    };
    Some(Diagnostic {
        severity,
        detail: format!(
            "The container hands libvirt the path `{}`, and libvirt opens that very path inside the VM.",
            dir.target
        ),
        evidence,
        fixes,
        ..RULE.finding(
            span.mount_point_span.unwrap_or(span.span),
            format!("{likely}`{}` {what}", dir.host),
        )
    })
}

/// A mount's location as `lima.yaml` has it, `/private` and all.
fn written_location<'a>(setup: &'a Setup, mount: &EffectiveMount) -> &'a str {
    let lima = setup.lima.as_ref();
    let written = lima.and_then(|lima| lima.mounts.get(mount.index?)?.location.as_ref());
    written.map_or("", |location| location.as_str())
}

fn fixes(setup: &Setup, dir: &SharedDir, arrivals: &[(usize, String)]) -> Vec<Fix> {
    let mut res = Vec::new();
    // A mount of just this directory that nothing else needs where it is now is meant for it.
    let own = arrivals
        .iter()
        .filter_map(|(i, _)| setup.mounts.get(*i).map(|mount| (*i, mount)))
        .find(|(i, mount)| mount.location.as_deref() == Some(&dir.host) && !is_used(setup, *i));
    if let Some((_, mount)) = own {
        res.extend(move_mount(setup, dir, mount));
    }
    // Before 2.0, Lima merges two entries with the same location into one.
    if own.is_none() || setup.lima_version >= LimaVersion::new(2, 0, 0) {
        res.extend(add_mount(setup, dir));
    }
    res
}

/// Whether a mount already does right by another shared directory.
fn is_used(setup: &Setup, mount: usize) -> bool {
    setup
        .shared
        .iter()
        .any(|dir| matches!(&dir.sharing, Sharing::Shared(i) | Sharing::ReadOnly(i) if *i == mount))
}

fn move_mount(setup: &Setup, dir: &SharedDir, mount: &EffectiveMount) -> Option<Fix> {
    let index = mount.index?;
    let mut edits = set_in_mount(setup, index, "mountPoint", &Value::Text(dir.target.clone()))?;
    if dir.write && !mount.writable {
        edits = set_both(setup, dir, index)?;
    }
    Some(Fix {
        name: "move",
        title: format!(
            "Let the mount of `{}` arrive at `{}`",
            written_location(setup, mount),
            dir.target
        ),
        suits: "",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &[]),
    })
}

/// Sets `mountPoint` and `writable` of one entry: the second is written into the text that holds
/// the first.
fn set_both(setup: &Setup, dir: &SharedDir, index: usize) -> Option<Vec<crate::text::Edit>> {
    use crate::syntax::yaml::{Segment, Yaml};
    use crate::text::{Edit, EditSet};
    let file = setup.lima.as_ref()?.file;
    let text = setup.sources.text(file);
    let first = set_in_mount(setup, index, "mountPoint", &Value::Text(dir.target.clone()))?;
    let moved = EditSet::of(&first).ok()?.apply(file, text).ok()?;
    let yaml = Yaml::parse(file, &moved);
    let path = [
        Segment::Key("mounts".to_owned()),
        Segment::Index(index),
        Segment::Key("writable".to_owned()),
    ];
    let second = yaml.documents.first()?.set(&moved, &path, &Value::Bool(true)).ok()?;
    let both = EditSet::of(&second).ok()?.apply(file, &moved).ok()?;
    Edit::between(file, text, &both).map(|edit| vec![edit])
}

fn add_mount(setup: &Setup, dir: &SharedDir) -> Option<Fix> {
    let mount = NewMount::of(dir);
    Some(Fix {
        name: "add",
        title: format!("Mount `{}` at `{}` as well", dir.host, dir.target),
        suits: "",
        applicability: Applicability::Review,
        edits: add_mounts(setup, std::slice::from_ref(&mount))?,
        steps: steps(setup, &[mount]),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_mount_of_just_this_directory_is_moved() {
        check(
            r#"
#- lima.yaml
mounts:
- location: "~/jobs"
  mountPoint: '/mnt/jobs'   # arrives here
  writable: true
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["~/jobs:/var/lib/libvirt/images/jobs"]
"#,
            &expect![[r#"
                error[mount-path-differs] lima.yaml:3:15: `~/jobs` arrives in the VM at `/mnt/jobs`, not at the container's `/var/lib/libvirt/images/jobs`
                  compose.yaml:4:15: `api` binds the host's `~/jobs` at `/var/lib/libvirt/images/jobs`
                  lima.yaml:3:15: `~/jobs` is mounted at `/mnt/jobs`
                  fix move: Let the mount of `~/jobs` arrive at `/var/lib/libvirt/images/jobs`
                  fix add: Mount `~/jobs` at `/var/lib/libvirt/images/jobs` as well
                --- lima.yaml
                -  mountPoint: '/mnt/jobs'   # arrives here
                +  mountPoint: "/var/lib/libvirt/images/jobs"   # arrives here
            "#]],
        );
    }

    #[test]
    fn a_mount_of_more_stays_and_another_is_added() {
        check(
            r#"
#- lima.yaml
mounts:
- location: "~"
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["~/jobs:/var/lib/libvirt/images/jobs"]
"#,
            &expect![[r#"
                error[mount-path-differs] lima.yaml:2:3: `~/jobs` arrives in the VM at `~/jobs`, not at the container's `/var/lib/libvirt/images/jobs`
                  compose.yaml:4:15: `api` binds the host's `~/jobs` at `/var/lib/libvirt/images/jobs`
                  lima.yaml:2:3: `~` is mounted at `~`
                  fix add: Mount `~/jobs` at `/var/lib/libvirt/images/jobs` as well
                --- lima.yaml
                +- location: "~/jobs"
                +  mountPoint: "/var/lib/libvirt/images/jobs"
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn private_var_arrives_as_private_var() {
        check(
            r#"
#- lima.yaml
mounts: [{location: /private/var/lib/libvirt/images, writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
            &expect![[r#"
                error[mount-path-differs] lima.yaml:1:10: `/var/lib/libvirt/images` arrives in the VM at `/private/var/lib/libvirt/images`, not at the container's `/var/lib/libvirt/images`
                  compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt/images` at the same path
                  lima.yaml:1:10: `/private/var/lib/libvirt/images` is mounted at `/private/var/lib/libvirt/images`
                  fix move: Let the mount of `/private/var/lib/libvirt/images` arrive at `/var/lib/libvirt/images`
                  fix add: Mount `/var/lib/libvirt/images` at `/var/lib/libvirt/images` as well
                --- lima.yaml
                -mounts: [{location: /private/var/lib/libvirt/images, writable: true}]
                +mounts: [{location: /private/var/lib/libvirt/images, writable: true, mountPoint: "/var/lib/libvirt/images"}]
            "#]],
        );
    }

    #[test]
    fn a_mount_over_the_right_one_is_found() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /var/lib/libvirt
  writable: true
- location: /srv/other
  mountPoint: /var/lib/libvirt/images
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"]
"#,
            &expect![[r#"
                error[mount-path-differs] lima.yaml:2:3: `/var/lib/libvirt/images/jobs` is hidden in the VM at `/var/lib/libvirt/images/jobs` by another mount
                  compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  lima.yaml:2:3: `/var/lib/libvirt` is mounted at `/var/lib/libvirt`
                  lima.yaml:5:15: `/srv/other` is mounted at `/var/lib/libvirt/images`
            "#]],
        );
    }

    #[test]
    fn the_path_on_the_host_is_free() {
        check_clean(
            &RULE,
            r#"
#- lima.yaml
mounts: [{location: ~/a/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["~/a/jobs/:/var/lib/libvirt/images/jobs/"]
"#,
        );
    }
}
