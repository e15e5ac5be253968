#![doc = include_str!("vm_images_hidden.md")]

use super::places_to_be;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::VmState;
use crate::rules::mounts::{distinct, listed};
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::provision::{Resolved, links, resolve};
use crate::topology::scripts::script_commands;

/// A mount that is yet to be made will hide what the VM keeps there.
pub const RULE: Rule = Rule {
    name: "vm-images-hidden",
    severity: Severity::Hint,
    summary: "a new mount hides the images that a script has put into the VM's own directory",
    docs: include_str!("vm_images_hidden.md"),
    covers: &["M8"],
    check,
};

/// So many files are named.
const MANY: usize = 16;

fn check(setup: &Setup) -> Vec<Diagnostic> {
    finding(setup).into_iter().collect()
}

fn finding(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    // In a VM that is yet to be made the scripts write through the mount.
    if setup.vm == VmState::New {
        return None;
    }
    let places = places_to_be(setup);
    let links = links(lima);
    // What a link leads away, or a mount holds, does not lie in the VM's own directory.
    let is_own =
        |path: &String| resolve(&links, path) == Resolved::Itself && setup.mount_at(path).is_none();
    let mut files = Vec::new();
    let mut evidence = Vec::new();
    for command in script_commands(lima) {
        // More of them make nothing clearer.
        if files.len() > MANY {
            break;
        }
        let written = places.iter().flat_map(|place| command.writes_below(place));
        let written: Vec<String> = distinct(written.filter(is_own));
        if !written.is_empty() {
            let note = format!("writes to {} in the VM", listed(written.iter().cloned()));
            evidence.push(Evidence::new(command.span, note));
            files.extend(written);
        }
    }
    let first = evidence.first()?.span;
    let what = listed(files.into_iter());
    Some(Diagnostic {
        is_next: true,
        detail: "A mount lies over the VM's own directory: what is in it is still there, but \
                 libvirt no longer sees it. The script may write it again, onto the host's directory."
            .to_owned(),
        evidence,
        fixes: vec![only_shown(
            "copy-out",
            format!("Copy {what} out of the VM with `limactl copy` before the mount is made, and onto the host's directory"),
            "",
        )],
        ..RULE.finding(first, format!("likely: a new mount hides {what}, which the VM keeps in its own directory"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::diagnose;
    use crate::intake::VmState;
    use crate::rules::testing::{check, input};

    const FIXTURE: &str = r#"
#- lima.yaml
mounts: []
provision:
- script: |
    mkdir -p /var/lib/libvirt/images/base
    curl -Lo /var/lib/libvirt/images/base/noble.img https://example.com/noble.img
    qemu-img create -f qcow2 /var/lib/libvirt/images/jobs/test.qcow2 4G
    curl -o /opt/x.img https://example.com/x
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/v/base:/var/lib/libvirt/images/base:ro", "/v/jobs:/var/lib/libvirt/images/jobs"]
"#;

    #[test]
    fn what_scripts_have_put_there_is_named_before_the_mount_is_made() {
        check(
            FIXTURE,
            &expect![[r#"
                error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images/base` and `/var/lib/libvirt/images/jobs`, where the container keeps files for libvirt
                  compose.yaml:4:15: `api` binds the host's `/v/base` at `/var/lib/libvirt/images/base`
                  compose.yaml:4:58: `api` binds the host's `/v/jobs` at `/var/lib/libvirt/images/jobs`
                  lima.yaml:1:1: `lima.yaml` mounts nothing
                  fix each: Mount `/v/base` at `/var/lib/libvirt/images/base` (read-only) and `/v/jobs` at `/var/lib/libvirt/images/jobs` (writable)
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                next[vm-images-hidden] lima.yaml:5:5: likely: a new mount hides `/var/lib/libvirt/images/base/noble.img` and `/var/lib/libvirt/images/jobs/test.qcow2`, which the VM keeps in its own directory
                  lima.yaml:5:5: writes to `/var/lib/libvirt/images/base/noble.img` in the VM
                  lima.yaml:6:5: writes to `/var/lib/libvirt/images/jobs/test.qcow2` in the VM
                  fix copy-out: Copy `/var/lib/libvirt/images/base/noble.img` and `/var/lib/libvirt/images/jobs/test.qcow2` out of the VM with `limactl copy` before the mount is made, and onto the host's directory
                --- lima.yaml
                -mounts: []
                +mounts:
                +- location: "/v/base"
                +  mountPoint: "/var/lib/libvirt/images/base"
                +- location: "/v/jobs"
                +  mountPoint: "/var/lib/libvirt/images/jobs"
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn nothing_is_hidden_in_a_new_vm_or_elsewhere() {
        let mut new = input(FIXTURE);
        new.answers.vm = Some(VmState::New);
        let mounted = FIXTURE.replace(
            "mounts: []",
            "mounts: [{location: /v, mountPoint: /var/lib/libvirt/images, writable: true}]",
        );
        let elsewhere = FIXTURE
            .replace("/var/lib/libvirt/images/base/noble", "/srv/noble")
            .replace("/var/lib/libvirt/images/jobs/test", "/srv/test");
        for input in [new, input(&mounted), input(&elsewhere)] {
            let report = diagnose(&input).report;
            assert!(report.findings.iter().all(|finding| finding.rule != RULE.name), "{report:#?}");
        }
    }
}
