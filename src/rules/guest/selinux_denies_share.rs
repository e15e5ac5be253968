#![doc = include_str!("selinux_denies_share.md")]

use super::{append_script, is_to_arrive};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::Rule;
use crate::rules::mounts::{distinct, listed};
use crate::topology::Setup;
use crate::topology::mounts::Sharing;
use crate::topology::scripts::script_commands;
use crate::topology::share::Share;
use crate::topology::shared::SharedDir;

/// SELinux in the VM keeps QEMU from what macOS shares by virtiofs.
pub const RULE: Rule = Rule {
    name: "selinux-denies-share",
    severity: Severity::Hint,
    summary: "SELinux in the VM keeps QEMU from a virtiofs share until `virt_use_nfs` is on",
    docs: include_str!("selinux_denies_share.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    finding(setup).into_iter().collect()
}

fn finding(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let system = lima.image_with_selinux()?;
    let is_system = setup.connections.iter().any(|connection| connection.uri.path == "/system");
    if setup.share() != Share::Virtiofs || !is_system || is_settled(setup) {
        return None;
    }
    let here = |dir: &&SharedDir| matches!(dir.sharing, Sharing::Shared(_) | Sharing::ReadOnly(_));
    let to_arrive: Vec<&SharedDir> = setup.shared.iter().filter(|dir| is_to_arrive(dir)).collect();
    let is_next = !to_arrive.is_empty();
    let dirs = if is_next { to_arrive } else { setup.shared.iter().filter(here).collect() };
    let image = lima.images.first().map(|(_, span)| *span);
    let image = image.or_else(|| lima.bases.first().map(|base| base.span))?;
    let mut evidence = vec![Evidence::new(image, format!("{system} runs with SELinux"))];
    evidence.extend(distinct(dirs.iter().filter_map(|dir| match dir.sharing {
        Sharing::Shared(i) | Sharing::ReadOnly(i) => {
            let mount = setup.mounts.get(i)?;
            Some(Evidence::new(mount.span, "shared by virtiofs, whose files are labelled `nfs_t`"))
        }
        _ => None,
    })));
    dirs.first()?;
    let what = listed(dirs.iter().map(|dir| dir.target.clone()));
    let when = if is_next { ", once it is mounted" } else { "" };
    let fix = append_script(setup, "#!/bin/sh\nsetsebool -P virt_use_nfs on").map(|edits| Fix {
        name: "boolean",
        title: "Turn the SELinux boolean `virt_use_nfs` on, by a provision script".to_owned(),
        suits: "lets every guest of QEMU use what is labelled so",
        applicability: Applicability::Review,
        edits,
        steps: vec![Step::RestartInstance],
    });
    Some(Diagnostic {
        is_next,
        detail: "SELinux lets QEMU use files labelled `nfs_t` only where `virt_use_nfs` is on; \
                 the refusal reads `Permission denied`, whatever the file's mode."
            .to_owned(),
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(image, format!("likely: SELinux keeps QEMU from {what}{when}"))
    })
}

/// Whether provisioning settles it, or may: by the boolean, or by turning SELinux off.
fn is_settled(setup: &Setup) -> bool {
    let Some(lima) = &setup.lima else { return false };
    let words = ["virt_use_nfs", "selinux", "setenforce", "semanage"];
    let settles = |word: &str| words.iter().any(|part| word.to_ascii_lowercase().contains(part));
    !lima.bases_are_known()
        || lima.provision.iter().any(|provision| {
            provision.is_elsewhere || provision.path.as_deref().is_some_and(settles)
        })
        || script_commands(lima).iter().any(|command| command.all_words().any(settles))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FIXTURE: &str = r#"
#- lima.yaml
vmType: vz
images: [{location: "https://example.com/Rocky-9-GenericCloud.aarch64.qcow2"}]
mounts: [{location: /v, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/v:/var/lib/libvirt/images/jobs"]
"#;

    #[test]
    fn a_virtiofs_share_in_a_vm_with_selinux() {
        check(
            FIXTURE,
            &expect![[r#"
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                hint[selinux-denies-share] lima.yaml:2:21: likely: SELinux keeps QEMU from `/var/lib/libvirt/images/jobs`
                  lima.yaml:2:21: Rocky Linux runs with SELinux
                  lima.yaml:3:10: shared by virtiofs, whose files are labelled `nfs_t`
                  fix boolean: Turn the SELinux boolean `virt_use_nfs` on, by a provision script
            "#]],
        );
        check(
            &FIXTURE.replace("mounts: [{location: /v,", "mounts: [{location: /w,"),
            &expect![[r#"
                error[mount-missing] lima.yaml:3:10: at `/var/lib/libvirt/images/jobs`, the VM sees `/w`, and the container `/v`
                  compose.yaml:4:15: `api` binds the host's `/v` at `/var/lib/libvirt/images/jobs`
                  lima.yaml:3:10: `/w` is mounted at `/var/lib/libvirt/images/jobs`
                  fix by-hand: Mount `/v` at `/var/lib/libvirt/images/jobs` (writable), in place of what is mounted there now
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                next[selinux-denies-share] lima.yaml:2:21: likely: SELinux keeps QEMU from `/var/lib/libvirt/images/jobs`, once it is mounted
                  lima.yaml:2:21: Rocky Linux runs with SELinux
                  fix boolean: Turn the SELinux boolean `virt_use_nfs` on, by a provision script
            "#]],
        );
    }

    #[test]
    fn other_systems_shares_and_scripts_are_left_alone() {
        for (old, new) in [
            ("Rocky-9-GenericCloud.aarch64.qcow2", "ubuntu-24.04-server-cloudimg-arm64.img"),
            ("vmType: vz", "vmType: vz\nmountType: reverse-sshfs"),
            ("qemu:///system", "qemu:///session"),
            ("vmType: vz", "vmType: vz\nprovision: [{script: setsebool -P virt_use_nfs 1}]"),
            ("vmType: vz", "vmType: vz\nprovision: [{script: sudo setenforce 0}]"),
            ("vmType: vz", "vmType: vz\nprovision: [{file: x.sh}]"),
        ] {
            let fixture = FIXTURE.replace(old, new);
            assert_ne!(fixture, FIXTURE, "{old}");
            check_clean(&RULE, &fixture);
        }
    }
}
