#![doc = include_str!("mount_read_only.md")]

use super::{
    NewMount, add_mounts, are_new, distinct, is_broad, listed, set_in_mount, steps,
    written_location,
};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::rules::Rule;
use crate::rules::binds::bind_read_only::speaks_of_making;
use crate::syntax::yaml::Value;
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::shared::SharedDir;

/// The VM must write where its mount is read-only.
pub const RULE: Rule = Rule {
    name: "mount-read-only",
    severity: Severity::Error,
    summary: "a directory that libvirt writes to is mounted read-only in the VM",
    docs: include_str!("mount_read_only.md"),
    covers: &["M9"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    // One mount is one finding, however many directories lie in it.
    setup
        .mounts
        .iter()
        .enumerate()
        .filter_map(|(i, mount)| {
            let in_it = |dir: &&SharedDir| dir.sharing == Sharing::ReadOnly(i);
            finding(setup, &setup.shared.iter().filter(in_it).collect::<Vec<_>>(), mount)
        })
        .collect()
}

/// Whether a directory holds base images, by its name or by the variable that names it.
fn is_base(dir: &SharedDir) -> bool {
    let last = dir.target.rsplit('/').next().unwrap_or_default();
    let is_named = ["base", "gold", "golden", "templates", "iso", "isos"].contains(&last);
    let mut notes = dir.needs.iter().map(|need| need.note.as_str());
    (is_named || notes.any(|note| note.contains("BASE_")))
        && !dir.needs.iter().any(|need| speaks_of_making(&need.note))
}

fn finding(setup: &Setup, dirs: &[&SharedDir], mount: &EffectiveMount) -> Option<Diagnostic> {
    dirs.first()?;
    let span = mount.writable_span.unwrap_or(mount.span);
    let location = written_location(setup, mount);
    let why = match mount.writable_span {
        Some(_) => format!("`{location}` is mounted with `writable: false`"),
        None => format!(
            "the mount of `{location}` has no `writable: true`, and Lima mounts read-only by default"
        ),
    };
    let mut evidence: Vec<Evidence> =
        dirs.iter().flat_map(|dir| setup.bind_evidence(dir)).collect();
    evidence.push(Evidence::new(span, why));
    evidence.extend(dirs.iter().flat_map(|dir| setup.error_evidence(dir)));
    let certain = dirs.iter().any(|dir| dir.certain);
    let likely = if certain { "" } else { "likely: " };
    let what = listed(dirs.iter().map(|dir| dir.target.clone()));
    // Of base images, libvirt makes overlays elsewhere: that they may not be written is as well meant.
    let is_read = dirs.iter().all(|dir| is_base(dir) && setup.error_evidence(dir).is_empty());
    Some(Diagnostic {
        severity: match (is_read, certain) {
            (true, _) => Severity::Hint,
            (false, true) => Severity::Error,
            (false, false) => Severity::Warning,
        },
        detail: "The container may write there, so libvirt has to as well: \
                 it writes disk overlays and snapshots beside the files that the container makes."
            .to_owned(),
        evidence: distinct(evidence.into_iter()),
        fixes: fixes(setup, dirs, mount),
        ..RULE.finding(span, format!("{likely}the VM may only read {what}"))
    })
}

fn fixes(setup: &Setup, dirs: &[&SharedDir], mount: &EffectiveMount) -> Vec<Fix> {
    let location = written_location(setup, mount);
    let broad = mount.location.as_deref().is_some_and(is_broad);
    let open = set_in_mount(setup, mount, &[("writable", Value::Bool(true))]).map(|edits| Fix {
        name: "writable",
        title: format!("Make the mount of `{location}` writable"),
        suits: if broad { "lets the VM write to all of it" } else { "" },
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &[]),
    });
    // The home directory should not become writable for the sake of a directory in it.
    let own: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount::of(dir)));
    let narrow = (broad && are_new(setup, &own)).then(|| add_mounts(setup, &own)).flatten();
    let narrow = narrow.map(|edits| Fix {
        name: "add",
        title: format!(
            "Mount {} by itself",
            own.iter().map(NewMount::to_words).collect::<Vec<_>>().join(" and ")
        ),
        suits: "keeps the rest read-only",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &own),
    });
    narrow.into_iter().chain(open).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::diagnostic::Severity;
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
                error[mount-read-only] lima.yaml:2:51: the VM may only read `/var/lib/libvirt/images/jobs` and `/var/lib/libvirt/images/tmp`
                  compose.yaml:5:9: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  compose.yaml:6:9: `api` binds the host's `/var/lib/libvirt/images/tmp` at the same path
                  lima.yaml:2:51: `/var/lib/libvirt/images` is mounted with `writable: false`
                  fix writable: Make the mount of `/var/lib/libvirt/images` writable
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                --- lima.yaml
                -  - {location: /var/lib/libvirt/images, writable: false}  # for now
                +  - {location: /var/lib/libvirt/images, writable: true}  # for now
            "#]],
        );
    }

    #[test]
    fn the_entry_that_has_the_say_is_changed_for_all_in_it() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /srv/lab/vms
- location: /srv/lab/vms
  writable: false
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system", JOBS_DIR: /srv/lab/vms/jobs}
    volumes: ["/srv/lab/vms/jobs:/srv/lab/vms/jobs", "/srv/lab/vms/a:/srv/lab/vms/a"]
#- error
error: Cannot access storage file '/srv/lab/vms/a/disk.qcow2': Permission denied
"#,
            &expect![[r#"
                error[mount-read-only] lima.yaml:4:13: the VM may only read `/srv/lab/vms/jobs` and `/srv/lab/vms/a`
                  compose.yaml:4:15: `api` binds the host's `/srv/lab/vms/jobs` at the same path
                  compose.yaml:3:50: `JOBS_DIR` tells the service to keep its files there
                  compose.yaml:4:54: `api` binds the host's `/srv/lab/vms/a` at the same path
                  lima.yaml:4:13: `/srv/lab/vms` is mounted with `writable: false`
                  error:1:36: the very path in your error
                  fix writable: Make the mount of `/srv/lab/vms` writable
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                --- lima.yaml
                -  writable: false
                +  writable: true
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
                  fix add: Mount `~/images` at `/Users/me/images` (writable) by itself
                  fix writable: Make the mount of `~` writable
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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

    #[test]
    fn base_images_that_may_only_be_read_are_a_hint() {
        let files = "#- lima.yaml\nmounts:\n- {location: ~/jobs, mountPoint: \
                     /var/lib/libvirt/images/jobs, writable: true}\n- {location: ~/base, mountPoint: \
                     /var/lib/libvirt/images/base}\n#- compose.yaml\nservices:\n  api:\n    \
                     environment: {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system\"}\n    \
                     volumes: [\"~/jobs:/var/lib/libvirt/images/jobs\", \
                     \"~/base:/var/lib/libvirt/images/base\"]\n";
        let severity = |files: &str| {
            let report = crate::diagnose(&crate::rules::testing::input(files)).report;
            report.findings.iter().find(|f| f.rule == RULE.name).map(|f| f.severity)
        };
        assert_eq!(severity(files), Some(Severity::Hint));
        let jobs = files.replace("images/jobs, writable: true", "images/jobs");
        assert_eq!(severity(&jobs), Some(Severity::Error));
        let error = "#- error\nCould not open '/var/lib/libvirt/images/base/a.img': Read-only file system\n";
        assert_eq!(severity(&format!("{files}{error}")), Some(Severity::Error));
    }
}
