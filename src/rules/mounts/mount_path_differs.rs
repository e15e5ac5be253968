#![doc = include_str!("mount_path_differs.md")]

use super::{
    NewMount, above, add_mounts, are_new, by_hand, distinct, is_broad, is_refused, is_used, listed,
    second_start, set_in_mount, steps, written_location,
};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity};
use crate::rules::Rule;
use crate::syntax::yaml::Value;
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::below;
use crate::topology::shared::SharedDir;

/// A directory is shared, but arrives in the VM at another path than the container's.
pub const RULE: Rule = Rule {
    name: "mount-path-differs",
    severity: Severity::Error,
    summary: "a shared directory arrives in the VM at another path than in the container",
    docs: include_str!("mount_path_differs.md"),
    covers: &["M2", "M3", "M4", "M16"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res = Vec::new();
    // One mount is one finding, however many directories lie in it.
    for (i, mount) in setup.mounts.iter().enumerate() {
        let first = |dir: &&SharedDir| match &dir.sharing {
            Sharing::Elsewhere(arrivals) => arrivals.first().is_some_and(|(first, _)| *first == i),
            _ => false,
        };
        let dirs: Vec<&SharedDir> = setup.shared.iter().filter(first).collect();
        res.extend(elsewhere(setup, &dirs, mount));
    }
    res.extend(setup.shared.iter().filter_map(|dir| hidden(setup, dir)));
    res
}

fn elsewhere(setup: &Setup, dirs: &[&SharedDir], mount: &EffectiveMount) -> Option<Diagnostic> {
    let arrivals = || dirs.iter().flat_map(|dir| arrivals(dir));
    let hosts = listed(dirs.iter().map(|dir| dir.host.clone()));
    let paths = listed(arrivals().map(|(_, path)| path.clone()));
    let targets = listed(dirs.iter().map(|dir| dir.target.clone()));
    let verb = if dirs.len() == 1 { "arrives" } else { "arrive" };
    let what = format!("{hosts} {verb} in the VM at {paths}, not at the container's {targets}");
    let mounts = distinct(arrivals().map(|(i, _)| *i));
    let fixes = fixes(setup, dirs);
    let mut res = finding(setup, dirs, &mounts, mount, what)?;
    if fixes.iter().any(|fix| fix.name == "move") {
        res.detail.push_str(second_start(setup));
    }
    Some(Diagnostic { fixes, ..res })
}

fn hidden(setup: &Setup, dir: &SharedDir) -> Option<Diagnostic> {
    let Sharing::Hidden { mount, by } = &dir.sharing else { return None };
    let what = format!("`{}` is hidden in the VM at `{}` by another mount", dir.host, dir.target);
    let over = setup.mounts.get(*by)?;
    let title = format!(
        "Give the mount of `{}` another mount point than `{}`, or bind `{}` elsewhere",
        written_location(setup, over),
        over.mount_point,
        dir.host
    );
    let fixes = vec![crate::rules::by_hand(title, steps(setup, &[]))];
    Some(Diagnostic {
        fixes,
        ..finding(setup, &[dir], &[*mount, *by], setup.mounts.get(*mount)?, what)?
    })
}

fn finding(
    setup: &Setup,
    dirs: &[&SharedDir],
    mounts: &[usize],
    at: &EffectiveMount,
    what: String,
) -> Option<Diagnostic> {
    let first = dirs.first()?;
    let certain = dirs.iter().any(|dir| dir.certain);
    let likely = if certain { "" } else { "likely: " };
    let mut evidence: Vec<Evidence> =
        dirs.iter().flat_map(|dir| setup.bind_evidence(dir)).collect();
    for mount in mounts.iter().filter_map(|i| setup.mounts.get(*i)) {
        let location = written_location(setup, mount);
        let note = format!("`{location}` is mounted at `{}`", mount.mount_point);
        evidence.push(Evidence::new(mount.mount_point_span.unwrap_or(mount.span), note));
    }
    evidence.extend(dirs.iter().flat_map(|dir| setup.error_evidence(dir)));
    Some(Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Warning },
        detail: format!(
            "The container hands libvirt the path `{}`, and libvirt opens that very path inside the VM.",
            first.target
        ),
        evidence: distinct(evidence.into_iter()),
        ..RULE.finding(at.mount_point_span.unwrap_or(at.span), format!("{likely}{what}"))
    })
}

fn arrivals(dir: &SharedDir) -> &[(usize, String)] {
    match &dir.sharing {
        Sharing::Elsewhere(arrivals) => arrivals,
        _ => &[],
    }
}

fn fixes(setup: &Setup, dirs: &[&SharedDir]) -> Vec<Fix> {
    let mut res = Vec::new();
    // A mount that nothing else needs where it is now can be moved.
    let Some(first) = dirs.first() else { return res };
    let own = arrivals(first).iter().filter(|(i, _)| !is_used(setup, *i)).find_map(|(i, _)| {
        let mount = setup.mounts.get(*i)?;
        Some((mount, right_mount_point(dirs, mount)?))
    });
    let mut is_meant = false;
    if let Some((mount, mount_point)) = own {
        is_meant = mount.mount_point_span.is_some()
            || dirs.iter().any(|dir| mount.location.as_ref() == Some(&dir.host));
        res.extend(move_mount(setup, dirs, mount, mount_point));
    }
    res.extend(add_mount(setup, dirs));
    // A mount of more, left where it is by default, may be there for its own sake.
    if !is_meant {
        res.reverse();
    }
    if res.is_empty() {
        res.push(by_hand::fix(setup, &distinct(dirs.iter().map(|dir| NewMount::of(dir)))));
    }
    res
}

/// The mount point at which a mount would bring all directories to their places.
fn right_mount_point(dirs: &[&SharedDir], mount: &EffectiveMount) -> Option<String> {
    let location = mount.location.as_deref()?;
    let point = |dir: &&SharedDir| above(&dir.target, below(location, &dir.host)?);
    let first = dirs.first().and_then(point)?;
    let is_just_these = dirs.iter().any(|dir| dir.host == location) || !is_broad(location);
    let fits = is_just_these && dirs.iter().all(|dir| point(dir).as_ref() == Some(&first));
    (fits && first != "/var/lib/libvirt" && !is_refused(&first)).then_some(first)
}

fn move_mount(
    setup: &Setup,
    dirs: &[&SharedDir],
    mount: &EffectiveMount,
    mount_point: String,
) -> Option<Fix> {
    let opens = !mount.writable && dirs.iter().any(|dir| dir.write);
    let title = format!(
        "Let the mount of `{}` arrive at `{mount_point}`{}",
        written_location(setup, mount),
        if opens { ", writable" } else { "" }
    );
    let mut fields = vec![("mountPoint", Value::Text(mount_point))];
    if opens {
        fields.push(("writable", Value::Bool(true)));
    }
    Some(Fix {
        name: "move",
        title,
        suits: "",
        applicability: Applicability::Review,
        edits: set_in_mount(setup, mount, &fields)?,
        steps: steps(setup, &[]),
    })
}

fn add_mount(setup: &Setup, dirs: &[&SharedDir]) -> Option<Fix> {
    let mounts: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount::of(dir)));
    let words = mounts.iter().map(NewMount::to_words).collect::<Vec<_>>().join(" and ");
    let edits = are_new(setup, &mounts).then(|| add_mounts(setup, &mounts)).flatten()?;
    Some(Fix {
        name: "add",
        title: format!("Mount {words} as well"),
        suits: "",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &mounts),
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
                  fix add: Mount `~/jobs` at `/var/lib/libvirt/images/jobs` (writable) as well
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                --- lima.yaml
                -  mountPoint: '/mnt/jobs'   # arrives here
                +  mountPoint: "/var/lib/libvirt/images/jobs"   # arrives here
            "#]],
        );
    }

    #[test]
    fn one_move_heals_all_that_lie_in_a_mount() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /var/lib/libvirt/images
  mountPoint: /mnt/images
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes:
    - /var/lib/libvirt/images/base:/var/lib/libvirt/images/base:ro
    - /var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs
"#,
            &expect![[r#"
                error[mount-path-differs] lima.yaml:3:15: `/var/lib/libvirt/images/base` and `/var/lib/libvirt/images/jobs` arrive in the VM at `/mnt/images/base` and `/mnt/images/jobs`, not at the container's `/var/lib/libvirt/images/base` and `/var/lib/libvirt/images/jobs`
                  compose.yaml:5:7: `api` binds the host's `/var/lib/libvirt/images/base` at the same path
                  compose.yaml:6:7: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  lima.yaml:3:15: `/var/lib/libvirt/images` is mounted at `/mnt/images`
                  fix move: Let the mount of `/var/lib/libvirt/images` arrive at `/var/lib/libvirt/images`, writable
                  fix add: Mount `/var/lib/libvirt/images/base` at `/var/lib/libvirt/images/base` (read-only) and `/var/lib/libvirt/images/jobs` at `/var/lib/libvirt/images/jobs` (writable) as well
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                --- lima.yaml
                -  mountPoint: /mnt/images
                +  mountPoint: "/var/lib/libvirt/images"
                +  writable: true
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
                  fix add: Mount `~/jobs` at `/var/lib/libvirt/images/jobs` (writable) as well
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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
                  fix add: Mount `/var/lib/libvirt/images` at `/var/lib/libvirt/images` (writable) as well
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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
                  fix by-hand: Give the mount of `/srv/other` another mount point than `/var/lib/libvirt/images`, or bind `/var/lib/libvirt/images/jobs` elsewhere
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            "#]],
        );
    }

    #[test]
    fn before_2_1_a_changed_mount_may_need_a_second_restart() {
        for (answers, lima, told) in [
            ("--lima-version 2.0 --vm existing", "", true),
            ("--lima-version 2.1 --vm existing", "", false),
            ("--lima-version 2.0 --vm new", "", false),
            ("--lima-version 2.0 --vm existing", "mountType: reverse-sshfs\n", false),
        ] {
            let fixture = format!(
                "#- answers\n{answers}\n#- lima.yaml\nvmType: qemu\n{lima}mounts: [{{location: ~/jobs, \
                 mountPoint: /mnt/jobs, writable: true}}]\n#- compose.yaml\nservices: {{api: {{image: \
                 api, environment: {{LIBVIRT_URI: 'qemu:///system'}}, volumes: \
                 ['~/jobs:/var/lib/libvirt/images/jobs']}}}}\n"
            );
            let report = crate::diagnose(&crate::rules::testing::input(&fixture)).report;
            let found = report.findings.iter().find(|finding| finding.rule == RULE.name).unwrap();
            assert_eq!(found.detail.contains("second restart"), told, "{fixture}{found:#?}");
        }
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

    #[test]
    fn a_bind_in_the_vm_that_is_not_read_is_not_taken_for_missing() {
        for script in [
            "echo '/mnt/jobs /srv/jobs none bind 0 0' >>/etc/fstab; mount -a",
            "bindfs /mnt/jobs /srv/jobs",
            "printf 'Where=/srv/jobs' >/etc/systemd/system/srv-jobs.mount",
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- lima.yaml\nmounts: [{{location: ~/jobs, mountPoint: /mnt/jobs, writable: \
                     true}}]\nprovision: [{{script: \"{script}\"}}]\n#- compose.yaml\nservices:\n  \
                     api:\n    environment: {{LIBVIRT_URI: \
                     \"qemu+ssh://dev@host.docker.internal:20022/system\", JOBS_DIR: /srv/jobs}}\n    \
                     volumes: [\"~/jobs:/srv/jobs\"]\n"
                ),
            );
        }
    }
}
