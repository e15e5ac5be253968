#![doc = include_str!("named_volume_not_shared.md")]

use crate::config::compose::{Service, Volume};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::Rule;
use crate::topology::Setup;
use crate::topology::mounts::EffectiveMount;
use crate::topology::path::{below, join};

/// Files for libvirt lie in a volume of the engine's own.
pub const RULE: Rule = Rule {
    name: "named-volume-not-shared",
    severity: Severity::Error,
    summary: "files for libvirt lie in a volume of the container engine's own",
    docs: include_str!("named_volume_not_shared.md"),
    covers: &["M15"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let services = setup
        .clients()
        .flat_map(|(_, service)| service.volumes.iter().map(move |volume| (service, volume)));
    services.filter_map(|(service, volume)| finding(setup, service, volume)).collect()
}

fn finding(setup: &Setup, service: &Service, volume: &Volume) -> Option<Diagnostic> {
    let target = volume.target.as_str();
    let (needs, certain) = setup.libvirt_needs(service, target)?;
    let likely = if certain { "" } else { "likely: " };
    let what = match &volume.name {
        Some(name) => format!("the volume `{name}`"),
        None => "a volume without a name".to_owned(),
    };
    let note = format!("`{}` has {what} there", service.name);
    let mut evidence = vec![Evidence::new(volume.span, note)];
    evidence.extend(needs);
    let mount = arrives_at(setup, target);
    evidence.extend(mount.as_ref().map(|(mount, from)| {
        Evidence::new(mount.span, format!("the VM sees the host's `{from}` at that path"))
    }));
    Some(Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Warning },
        detail:
            "A volume lies where the engine keeps its own files, in its own VM on macOS: neither \
                 the host nor the Lima VM sees it. A directory of the host has to take its place."
                .to_owned(),
        evidence,
        fixes: vec![fix(service, target, mount.map(|(_, from)| from))],
        ..RULE.finding(
            volume.span,
            format!("{likely}no VM sees what `{}` keeps at `{target}`", service.name),
        )
    })
}

/// The mount that arrives at or above a path in the VM, and the host's directory behind the path.
fn arrives_at<'a>(setup: &'a Setup, target: &str) -> Option<(&'a EffectiveMount, String)> {
    let over = setup.mounts.iter().filter_map(|mount| {
        let rest = below(&mount.mount_point, target)?;
        Some((mount, join(mount.location.as_deref()?, rest)))
    });
    over.max_by_key(|(mount, _)| mount.mount_point.len())
}

/// The edit is left to the reader: what the volume holds has to be copied first.
fn fix(service: &Service, target: &str, from: Option<String>) -> Fix {
    let title = match from {
        Some(from) => format!("Bind `{from}:{target}`, and copy what the volume holds into it"),
        None => format!("Bind a directory of the host at `{target}`, and mount it in the VM, too"),
    };
    Fix {
        name: "bind",
        title,
        suits: "",
        applicability: Applicability::Manual,
        edits: Vec::new(),
        steps: vec![Step::RecreateService(service.name.clone())],
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_volume_where_libvirt_looks() {
        check(
            r#"
#- lima.yaml
ssh: {localPort: 20022}
mounts: [{location: ~/lab/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
#- compose.yaml
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/k&no_verify=1
      DISK_DIR: /disks
    volumes:
      - jobs:/var/lib/libvirt/images/jobs
      - /disks
      - /Users/me/.lima/_config/user:/k:ro
volumes: {jobs: }
#- error
Cannot access storage file '/var/lib/libvirt/images/jobs/1/seed.iso': No such file or directory
"#,
            &expect![[r#"
                error[named-volume-not-shared] compose.yaml:8:9: no VM sees what `api` keeps at `/var/lib/libvirt/images/jobs`
                  compose.yaml:8:9: `api` has the volume `jobs` there
                  error:1:29: the very path in your error
                  lima.yaml:2:10: the VM sees the host's `~/lab/jobs` at that path
                  fix bind: Bind `~/lab/jobs:/var/lib/libvirt/images/jobs`, and copy what the volume holds into it
                warning[named-volume-not-shared] compose.yaml:9:9: likely: no VM sees what `api` keeps at `/disks`
                  compose.yaml:9:9: `api` has a volume without a name there
                  compose.yaml:6:7: `DISK_DIR` tells the service to keep its files there
                  fix bind: Bind a directory of the host at `/disks`, and mount it in the VM, too
                warning[ssh-user-wrong] compose.yaml:5:31: likely: the URI logs in as `dev`; the VM's user is `me`
                  compose.yaml:5:31: logs in as `dev`
                  lima.yaml:1:1: no `user.name`, so the one of `/Users/me`
                  fix by-hand: Name the user that `limactl shell --workdir / NAME id -un` prints
            "#]],
        );
    }

    #[test]
    fn other_volumes_are_nobodys_matter() {
        for fixture in [
            // A database.
            "#- compose.yaml\nservices: {db: {image: db, volumes: ['data:/var/lib/libvirt/images']}}\nvolumes: {data: }\n",
            // What a client keeps for itself.
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: {LIBVIRT_URI: 'qemu:///system', CACHE_DIR: /cache}\n    volumes: ['cache:/cache', 'etc:/etc/api']\nvolumes: {cache: , etc: }\n",
            // A volume that is a directory of the host.
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: {LIBVIRT_URI: 'qemu:///system'}\n    volumes: ['jobs:/var/lib/libvirt/images/jobs']\nvolumes:\n  jobs: {driver: local, driver_opts: {type: none, o: bind, device: /srv/jobs}}\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
