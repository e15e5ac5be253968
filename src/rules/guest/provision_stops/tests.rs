use expect_test::expect;

use super::RULE;
use crate::diagnose;
use crate::diagnostic::Severity;
use crate::rules::testing::{check, input};

const FIXTURE: &str = r#"
#- lima.yaml
vmType: qemu
mounts:
- {location: /v, mountPoint: /v/images, writable: true}
provision:
- mode: system
  script: |
    #!/bin/bash
    set -eux
    chmod 755 /v/images/jobs
    chmod 755 /v/images/base # for all
    chmod 755 /v
"#;

#[test]
fn every_change_on_a_mount_is_tolerated_by_one_fix() {
    check(
        FIXTURE,
        &expect![[r#"
            hint[provision-stops] lima.yaml:9:5: likely: a provision script stops at `chmod` of `/v/images/jobs` and `/v/images/base`
              lima.yaml:9:5: with `set -e`, the script ends here when this fails
              lima.yaml:10:5: with `set -e`, the script ends here when this fails
              lima.yaml:3:3: the directory is the host's, mounted here
              fix tolerate: Let the script go on where it may not change the directory: append ` || true`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
        "#]],
    );
    let input = input(FIXTURE);
    let choices =
        crate::repair::plan::Choices([(RULE.name.to_owned(), "tolerate".to_owned())].into());
    let made = crate::repair(&input, &diagnose(&input), &choices);
    expect![[r#"
        vmType: qemu
        mounts:
        - {location: /v, mountPoint: /v/images, writable: true}
        provision:
        - mode: system
          script: |
            #!/bin/bash
            set -eux
            chmod 755 /v/images/jobs || true
            chmod 755 /v/images/base || true # for all
            chmod 755 /v
    "#]]
    .assert_eq(&made.corrected[0].text);
}

#[test]
fn how_surely_goes_by_the_mount_and_the_program() {
    for (old, new, expected) in [
        ("writable: true", "writable: false", Some(Severity::Warning)),
        ("chmod 755 /v/images/jobs", "chown root:root /v/images/jobs", Some(Severity::Warning)),
        ("chmod 755 /v/images/jobs", "sudo chmod 755 /v/images/jobs", Some(Severity::Hint)),
        ("set -eux", "set -ux", None),
        ("set -eux", "set -eux\n    mkdir -p /v/images/new", Some(Severity::Hint)),
        ("vmType: qemu", "vmType: vz", None),
        ("vmType: qemu", "vmType: qemu\nmountType: reverse-sshfs", None),
        ("writable: true", "writable: true, 9p: {securityModel: mapped-xattr}", None),
        ("mountPoint: /v/images", "mountPoint: /v/other", None),
        ("set -eux", "set -eux\n    rm -rf /v/images && ln -s /x /v/images", None),
    ] {
        let fixture = FIXTURE.replace(old, new);
        assert_ne!(fixture, FIXTURE, "{old}");
        let report = diagnose(&input(&fixture)).report;
        let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
        assert_eq!(found.map(|finding| finding.severity), expected, "{new}: {report:#?}");
    }
}

#[test]
fn it_is_foretold_where_the_mount_is_yet_to_be_made() {
    check(
        r#"
#- lima.yaml
vmType: qemu
mounts: []
provision:
- script: |
    set -e
    chown dev /var/lib/libvirt/images/jobs
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///session"}
    volumes: ["/v/jobs:/var/lib/libvirt/images/jobs"]
"#,
        &expect![[r#"
            error[mount-missing] lima.yaml:2:1: the VM does not see `/var/lib/libvirt/images/jobs`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `/v/jobs` at `/var/lib/libvirt/images/jobs`
              lima.yaml:2:1: `lima.yaml` mounts nothing
              fix each: Mount `/v/jobs` at `/var/lib/libvirt/images/jobs` (writable)
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///session` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            next[provision-stops] lima.yaml:6:5: likely: a provision script stops at `chown` of `/var/lib/libvirt/images/jobs`, once it is mounted
              lima.yaml:6:5: with `set -e`, the script ends here when this fails
              fix tolerate: Let the script go on where it may not change the directory: append ` || true`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/v/jobs"
            +  mountPoint: "/var/lib/libvirt/images/jobs"
            +  writable: true
            -    chown dev /var/lib/libvirt/images/jobs
            +    chown dev /var/lib/libvirt/images/jobs || true
        "#]],
    );
}

#[test]
fn a_directory_need_only_be_made_where_it_is_not_there() {
    let fixture = "#- lima.yaml\nmounts: [{location: /v}]\nprovision: [{script: \"set -e\\nmkdir -p DIR\"}]\n";
    for (dir, expected) in [("/v/new", Some(Severity::Hint)), ("/v", None), ("/w/new", None)] {
        let report = diagnose(&input(&fixture.replace("DIR", dir))).report;
        let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
        assert_eq!(found.map(|finding| finding.severity), expected, "{dir}: {report:#?}");
    }
}

#[test]
fn texts_are_explained_by_the_command_that_met_them() {
    let error = "#- error\nchmod: changing permissions of '/v/images/jobs': Operation not permitted\n\
                 WARNING: Failed to execute /mnt/lima-cidata/provision.system/00000000\n";
    check(
        &format!("{FIXTURE}{error}"),
        &expect![[r#"
            warning[provision-stops] lima.yaml:9:5: `chmod` may not change `/v/images/jobs` in the VM
              lima.yaml:9:5: with `set -e`, the script ends here when this fails
              lima.yaml:3:3: the directory is the host's, mounted here
              error:2:28: the very failure
              error:1:33: the very failure
              fix tolerate: Let the script go on where it may not change the directory: append ` || true`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
        "#]],
    );
    let tolerant = FIXTURE.replace("set -eux\n", "set -u\n");
    let report = diagnose(&input(&format!("{tolerant}{error}"))).report;
    assert_eq!(report.findings[0].severity, Severity::Hint, "{report:#?}");
}

#[test]
fn the_texts_alone_lead_here() {
    for error in [
        "WARNING: Failed to execute /mnt/lima-cidata/provision.system/00000000",
        "chown: changing ownership of '/srv/x': Operation not permitted",
        "chmod: changing permissions of '/srv/x': Read-only file system",
    ] {
        let diagnosis = diagnose(&input(&format!("#- error\n{error}\n")));
        let [finding] = &diagnosis.report.findings[..] else { panic!("{:#?}", diagnosis.report) };
        assert_eq!((finding.rule, finding.severity), (RULE.name, Severity::Warning), "{error}");
        assert_eq!(finding.span, diagnosis.setup.errors.messages[0].span, "{error}");
    }
}
