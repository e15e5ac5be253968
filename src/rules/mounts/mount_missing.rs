#![doc = include_str!("mount_missing.md")]

use super::{NewMount, add_mounts, shares, steps};
use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::intake::VmState;
use crate::rules::Rule;
use crate::topology::Setup;
use crate::topology::mounts::Sharing;
use crate::topology::path::{below, common_parent, depth};
use crate::topology::shared::SharedDir;

/// A directory that a container writes for libvirt is not shared with the VM.
pub const RULE: Rule = Rule {
    name: "mount-missing",
    severity: Severity::Error,
    summary: "a directory that libvirt opens files in is not shared with the VM",
    docs: include_str!("mount_missing.md"),
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let missing: Vec<&SharedDir> =
        setup.shared.iter().filter(|dir| dir.sharing == Sharing::Missing).collect();
    let mut res = Vec::new();
    // Those that an error or libvirt's own directory proves are one finding: one mount may heal
    // them all. The others are only likely, and say so.
    let (certain, likely): (Vec<_>, Vec<_>) = missing.into_iter().partition(|dir| dir.certain);
    res.extend(finding(setup, &certain, Severity::Error));
    res.extend(finding(setup, &likely, Severity::Warning));
    if setup.shared.is_empty() {
        res.extend(from_error(setup));
    }
    res
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
    evidence.dedup();
    let targets: Vec<String> = distinct(dirs.iter().map(|dir| dir.target.clone()));
    let what = match targets.as_slice() {
        [only] => format!("`{only}`"),
        several => several.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(" and "),
    };
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

/// One mount for all where the directories lie side by side, and one mount for each.
fn fixes(setup: &Setup, dirs: &[&SharedDir]) -> Vec<Fix> {
    let each: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount::of(dir)));
    let apart =
        fix(setup, "each", if each.len() > 1 { "for a VM yet to be created" } else { "" }, &each);
    let together = parent_mount(dirs).and_then(|mount| {
        fix(setup, "parent", "for a VM that exists: one mount, one restart", &[mount])
    });
    let mut res: Vec<Fix> = together.into_iter().chain(apart).collect();
    if setup.vm == VmState::New {
        res.reverse();
    }
    res
}

fn fix(setup: &Setup, name: &'static str, suits: &'static str, mounts: &[NewMount]) -> Option<Fix> {
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
                false => format!("`{}` at `{}` ({access})", mount.location, mount.mount_point),
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
    let narrow = depth(&location) >= if location.starts_with('~') { 1 } else { 3 }
        && depth(&mount_point) >= 3;
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

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut res = Vec::new();
    for item in items {
        if !res.contains(&item) {
            res.push(item);
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn one_mount_for_directories_that_lie_side_by_side() {
        check(
            r#"
#- lima.yaml
cpus: 2 # enough
# no mounts yet
message: hello
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu:///system
    volumes:
      - "/var/lib/libvirt/images/base:/var/lib/libvirt/images/base:ro"
      - "/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"
#- error
error: Cannot access storage file '/var/lib/libvirt/images/jobs/a/cloud-init.iso': No such file or directory
"#,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:8: the VM does not see `/var/lib/libvirt/images/base` and `/var/lib/libvirt/images/jobs`, where the container keeps files for libvirt
                  compose.yaml:6:9: `api` binds the host's `/var/lib/libvirt/images/base` at the same path
                  compose.yaml:7:9: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  lima.yaml:1:8: `lima.yaml` has no `mounts:`, and Lima mounts nothing by itself
                  error:1:36: the very path in your error
                  fix parent: Mount `/var/lib/libvirt/images` (writable) at the same path
                  fix each: Mount `/var/lib/libvirt/images/base` (read-only) and `/var/lib/libvirt/images/jobs` (writable), each at the same path
                --- lima.yaml
                +mounts:
                +- location: "/var/lib/libvirt/images"
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn directories_on_different_paths_get_a_mount_each() {
        check(
            r#"
#- lima.yaml
mounts:
  - location: "~" # the home directory

  # more to come
#- .env
JOBS=/srv/jobs
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu:///system
      JOBS_DIR: /data/jobs
    volumes:
      - "${JOBS}:/data/jobs"
      - "${IMAGES:-/opt/images}:/var/lib/libvirt/images:ro"
"#,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
                  compose.yaml:8:9: `api` binds the host's `/opt/images` at `/var/lib/libvirt/images`
                  lima.yaml:1:1: `lima.yaml` shares only `~`
                  fix each: Mount `/opt/images` at `/var/lib/libvirt/images` (read-only)
                warning[mount-missing] lima.yaml:1:1: likely: the VM does not see `/data/jobs`, where the container keeps files for libvirt
                  compose.yaml:7:9: `api` binds the host's `/srv/jobs` at `/data/jobs`
                  .env:1:6: which is what `JOBS` says
                  compose.yaml:5:7: `JOBS_DIR` tells the service to keep its files there
                  lima.yaml:1:1: `lima.yaml` shares only `~`
                  fix each: Mount `/srv/jobs` at `/data/jobs` (writable)
                --- lima.yaml
                +  - location: "/opt/images"
                +    mountPoint: "/var/lib/libvirt/images"
                +  - location: "/srv/jobs"
                +    mountPoint: "/data/jobs"
                +    writable: true
            "#]],
        );
    }

    #[test]
    fn a_flow_list_stays_a_flow_list() {
        check(
            r#"
#- lima.yaml
{vmType: qemu, mounts: [{location: /srv/other}], ssh: {localPort: 2222}}
#- compose.yaml
services:
  api:
    environment: ["LIBVIRT_URI=qemu:///system"]
    volumes: [/var/lib/libvirt/images:/var/lib/libvirt/images]
"#,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:16: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
                  compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt/images` at the same path
                  lima.yaml:1:16: `lima.yaml` shares only `/srv/other`
                  fix each: Mount `/var/lib/libvirt/images` (writable) at the same path
                --- lima.yaml
                -{vmType: qemu, mounts: [{location: /srv/other}], ssh: {localPort: 2222}}
                +{vmType: qemu, mounts: [{location: /srv/other}, {location: "/var/lib/libvirt/images", writable: true}], ssh: {localPort: 2222}}
            "#]],
        );
    }

    #[test]
    fn a_name_that_speaks_of_disks_makes_it_likely_only() {
        check(
            r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu:///system
      DISK_DIR: /data/disks
    volumes: ["/srv/disks:/data/disks"]
"#,
            &expect![[r#"
                warning[mount-missing] lima.yaml:1:1: likely: the VM does not see `/data/disks`, where the container keeps files for libvirt
                  compose.yaml:6:15: `api` binds the host's `/srv/disks` at `/data/disks`
                  compose.yaml:5:7: `DISK_DIR` tells the service to keep its files there
                  lima.yaml:1:1: `lima.yaml` mounts nothing
                  fix each: Mount `/srv/disks` at `/data/disks` (writable)
                --- lima.yaml
                -mounts: []
                +mounts:
                +- location: "/srv/disks"
                +  mountPoint: "/data/disks"
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn without_a_compose_file_the_error_text_tells() {
        check(
            r#"
#- lima.yaml
mounts:
- location: "~"
#- error
error: Cannot access storage file '/var/lib/libvirt/images/jobs/a/cloud-init.iso': No such file or directory
"#,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:1: no mount brings `/var/lib/libvirt/images/jobs/a/cloud-init.iso` into the VM
                  error:1:36: the file that libvirt did not find in the VM
                  lima.yaml:1:1: `lima.yaml` shares only `~`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn plain_mode_leaves_every_mount_out() {
        check(
            r#"
#- lima.yaml
plain: true
mounts:
- location: /var/lib/libvirt/images
  writable: true
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu:///system
    volumes: ["/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:8: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
                  compose.yaml:5:15: `api` binds the host's `/var/lib/libvirt/images` at the same path
                  lima.yaml:1:8: with `plain`, Lima leaves every mount out
            "#]],
        );
    }

    #[test]
    fn healthy_set_ups_are_left_alone() {
        for fixture in [
            // A parent directory is shared.
            r#"
#- lima.yaml
mounts: [{location: /var/lib/libvirt, writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"]
"#,
            // The container's own files are no disks.
            r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system", CONFIG: /etc/api, DATA_DIR: /data}
    volumes: ["./config:/etc/api:ro", "./data:/data", "~/.ssh:/root/.ssh:ro", "/var/run/libvirt/libvirt-sock:/var/run/libvirt/libvirt-sock"]
"#,
            // No service talks to libvirt.
            r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  db:
    environment: {DISK_DIR: /disks}
    volumes: ["/srv/disks:/disks"]
"#,
            // A template's base may bring mounts that are not pasted.
            r#"
#- lima.yaml
base: template:docker
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
            // A provision script links the directory to a share.
            r#"
#- lima.yaml
mounts: [{location: /var/lib/libvirt/images, mountPoint: /mnt/host, writable: true}]
provision:
- mode: system
  script: |
    ln -sfn /mnt/host/jobs /var/lib/libvirt/images/jobs
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"]
"#,
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
