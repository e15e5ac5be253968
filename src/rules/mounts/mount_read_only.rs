#![doc = include_str!("mount_read_only.md")]

use super::{NewMount, add_mounts, set_in_mount, steps};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::rules::Rule;
use crate::syntax::yaml::Value;
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::depth;
use crate::topology::shared::SharedDir;

/// The VM must write where its mount is read-only.
pub const RULE: Rule = Rule {
    name: "mount-read-only",
    severity: Severity::Error,
    summary: "a directory that libvirt writes to is mounted read-only in the VM",
    docs: include_str!("mount_read_only.md"),
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for dir in &setup.shared {
        let Sharing::ReadOnly(index) = dir.sharing else { continue };
        let Some(mount) = setup.mounts.get(index) else { continue };
        // One mount is one finding, however many directories lie in it.
        let span = mount.writable_span.unwrap_or(mount.span);
        if res.iter().any(|finding| finding.span == span) {
            continue;
        }
        res.push(finding(setup, dir, mount));
    }
    res
}

fn finding(setup: &Setup, dir: &SharedDir, mount: &EffectiveMount) -> Diagnostic {
    let span = mount.writable_span.unwrap_or(mount.span);
    let location = mount.location.as_deref().unwrap_or_default();
    let why = match mount.writable_span {
        Some(_) => format!("`{location}` is mounted with `writable: false`"),
        None => format!(
            "the mount of `{location}` has no `writable: true`, and Lima mounts read-only by default"
        ),
    };
    let mut evidence = setup.bind_evidence(dir);
    evidence.push(Evidence::new(span, why));
    evidence.extend(setup.error_evidence(dir));
    let likely = if dir.certain { "" } else { "likely: " };
    Diagnostic {
        severity: if dir.certain { Severity::Error } else { Severity::Warning },
        detail: "The container may write there, so libvirt has to as well: \
                 it writes disk overlays and snapshots beside the files that the container makes."
            .to_owned(),
        evidence,
        fixes: fixes(setup, dir, mount),
        ..RULE.finding(span, format!("{likely}the VM may only read `{}`", dir.target))
    }
}

fn fixes(setup: &Setup, dir: &SharedDir, mount: &EffectiveMount) -> Vec<Fix> {
    let location = mount.location.as_deref().unwrap_or_default();
    let writable = |index| set_in_mount(setup, index, "writable", &Value::Bool(true));
    let open = mount.index.and_then(writable).map(|edits| Fix {
        name: "writable",
        title: format!("Make the mount of `{location}` writable"),
        suits: if is_broad(location) { "lets the VM write to all of it" } else { "" },
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &[]),
    });
    if !is_broad(location) && open.is_some() {
        return open.into_iter().collect();
    }
    // The home directory should not become writable for the sake of one directory in it.
    let own = NewMount::of(dir);
    let narrow = add_mounts(setup, std::slice::from_ref(&own)).map(|edits| Fix {
        name: "add",
        title: format!("Mount `{}` at `{}` by itself, writable", dir.host, dir.target),
        suits: "keeps the rest read-only",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &[own]),
    });
    narrow.into_iter().chain(open).collect()
}

/// Whether a mount shares far more than one set-up's files: the home directory, or a top level.
fn is_broad(location: &str) -> bool {
    location == "~" || (location.starts_with('/') && depth(location) < 3)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_written_false_becomes_true_in_its_place() {
        check(
            r#"
#- lima.yaml
mounts:
  - {location: /var/lib/libvirt/images, writable: false}  # for now
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes:
      - /var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs
      - /var/lib/libvirt/images/tmp:/var/lib/libvirt/images/tmp
"#,
            &expect![[r#"
                error[mount-read-only] lima.yaml:2:51: the VM may only read `/var/lib/libvirt/images/jobs`
                  compose.yaml:5:9: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  lima.yaml:2:51: `/var/lib/libvirt/images` is mounted with `writable: false`
                  fix writable: Make the mount of `/var/lib/libvirt/images` writable
                --- lima.yaml
                -  - {location: /var/lib/libvirt/images, writable: false}  # for now
                +  - {location: /var/lib/libvirt/images, writable: true}  # for now
            "#]],
        );
    }

    #[test]
    fn the_home_directory_stays_read_only_for_one_directory_in_it() {
        check(
            r#"
#- lima.yaml
mounts:
- location: "~"
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system", IMAGES: /Users/me/images}
    volumes: ["/Users/me/images:/Users/me/images"]
"#,
            &expect![[r#"
                warning[mount-read-only] lima.yaml:2:3: likely: the VM may only read `/Users/me/images`
                  compose.yaml:4:15: `api` binds the host's `/Users/me/images` at the same path
                  compose.yaml:3:50: `IMAGES` tells the service to keep its files there
                  lima.yaml:2:3: the mount of `~` has no `writable: true`, and Lima mounts read-only by default
                  fix add: Mount `~/images` at `/Users/me/images` by itself, writable
                  fix writable: Make the mount of `~` writable
                --- lima.yaml
                +- location: "~/images"
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn what_the_container_only_reads_may_be_read_only() {
        for fixture in [
            r#"
#- lima.yaml
mounts: [{location: /var/lib/libvirt/images}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/base:/var/lib/libvirt/images/base:ro"]
"#,
            r#"
#- lima.yaml
mounts: [{location: /var/lib/libvirt/images}, {location: /var/lib/libvirt/images, writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/base:/var/lib/libvirt/images/base"]
"#,
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
