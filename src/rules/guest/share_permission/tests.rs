use expect_test::expect;

use super::RULE;
use crate::diagnose;
use crate::diagnostic::{Applicability, Severity};
use crate::repair::plan::Choices;
use crate::rules::testing::{check, check_clean, input, page_fixture};

const FIXTURE: &str = r#"
#- lima.yaml
vmType: qemu
mounts:
- {location: /v, mountPoint: /var/lib/libvirt/images/jobs, writable: true}
provision:
- mode: system
  script: |
    apt-get install -y libvirt-daemon-system
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/v:/var/lib/libvirt/images/jobs"]
"#;

const DENIED: &str =
    "#- error\nCould not open '/var/lib/libvirt/images/jobs/a/disk.qcow2': Permission denied\n";

#[test]
fn a_share_that_is_there_is_worth_a_hint() {
    check(
        FIXTURE,
        &expect![[r#"
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            hint[share-permission] lima.yaml:7:5: likely: QEMU may not write what the container makes in `/var/lib/libvirt/images/jobs`
              lima.yaml:7:5: installs `libvirt-daemon-system`, and nothing sets QEMU's user in `qemu.conf`
              lima.yaml:3:3: `/v` is shared by 9p, where files keep the host's owners
              fix local: Keep disk overlays in a directory of the VM's own, and share only what QEMU reads
              fix user: Run QEMU as the VM's user, by a provision script
              fix root: In the VM, set `user = "root"`, `group = "root"` and `security_driver = "none"` in `/etc/libvirt/qemu.conf`
        "#]],
    );
}

#[test]
fn it_comes_after_the_missing_mount() {
    let fixture = FIXTURE.replace(
        "mounts:\n- {location: /v, mountPoint: /var/lib/libvirt/images/jobs, writable: true}",
        "mounts: []",
    );
    check(
        &fixture,
        &expect![[r#"
            error[mount-missing] lima.yaml:2:1: the VM does not see `/var/lib/libvirt/images/jobs`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `/v` at `/var/lib/libvirt/images/jobs`
              lima.yaml:2:1: `lima.yaml` mounts nothing
              fix each: Mount `/v` at `/var/lib/libvirt/images/jobs` (writable)
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            next[share-permission] lima.yaml:6:5: likely: QEMU may not write in `/var/lib/libvirt/images/jobs`, even once the VM may
              lima.yaml:6:5: installs `libvirt-daemon-system`, and nothing sets QEMU's user in `qemu.conf`
              lima.yaml:1:9: mounts are of type 9p: Lima 2.2 shares so with a VM of type `qemu`
              fix local: Keep disk overlays in a directory of the VM's own, and share only what QEMU reads
              fix user: Run QEMU as the VM's user, by a provision script
              fix root: In the VM, set `user = "root"`, `group = "root"` and `security_driver = "none"` in `/etc/libvirt/qemu.conf`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/v"
            +  mountPoint: "/var/lib/libvirt/images/jobs"
            +  writable: true
        "#]],
    );
}

#[test]
fn the_text_makes_it_certain() {
    check(
        &format!("{FIXTURE}{DENIED}"),
        &expect![[r#"
            error[share-permission] error:1:17: QEMU may not open `/var/lib/libvirt/images/jobs/a/disk.qcow2`
              error:1:17: the very path in your error
              lima.yaml:3:3: `/v` is shared by 9p, where files keep the host's owners
              lima.yaml:7:5: installs `libvirt-daemon-system`, and nothing sets QEMU's user in `qemu.conf`
              fix local: Keep disk overlays in a directory of the VM's own, and share only what QEMU reads
              fix user: Run QEMU as the VM's user, by a provision script
              fix root: In the VM, set `user = "root"`, `group = "root"` and `security_driver = "none"` in `/etc/libvirt/qemu.conf`
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
        "#]],
    );
}

#[test]
fn the_texts_alone_lead_here() {
    for error in [
        "Could not open '/srv/a.qcow2': Permission denied",
        "Cannot access storage file '/srv/a.qcow2' (as uid:64055, gid:109): Permission denied",
        "unable to set user and group to '64055:109' on '/srv/a.qcow2': Permission denied",
    ] {
        let diagnosis = diagnose(&input(&format!("#- error\n{error}\n")));
        let [finding] = &diagnosis.report.findings[..] else { panic!("{:#?}", diagnosis.report) };
        assert_eq!((finding.rule, finding.severity), (RULE.name, Severity::Warning), "{error}");
        assert_eq!(finding.span, diagnosis.setup.errors.paths[0].span, "{error}");
    }
}

#[test]
fn the_fix_that_gives_most_up_is_last_and_the_first_gives_up_nothing() {
    for fixture in [FIXTURE.to_owned(), format!("{FIXTURE}{DENIED}"), DENIED.to_owned()] {
        let report = diagnose(&input(&fixture)).report;
        let finding = report.findings.iter().find(|finding| finding.rule == RULE.name).unwrap();
        let names: Vec<&str> = finding.fixes.iter().map(|fix| fix.name).collect();
        assert_eq!((names.first(), names.last()), (Some(&"local"), Some(&"root")), "{fixture}");
        assert!(finding.fixes.iter().all(|fix| fix.applicability < Applicability::Safe));
    }
}

#[test]
fn the_script_that_sets_the_user_is_the_pages() {
    let input = input(&page_fixture(&RULE, "Example"));
    let choices = Choices([(RULE.name.to_owned(), "user".to_owned())].into());
    let made = crate::repair(&input, &diagnose(&input), &choices);
    let after = super::super::super::testing::input(&page_fixture(&RULE, "After the fix"));
    assert_eq!(made.corrected[0].text, after.files[0].text);
}

#[test]
fn no_hint_where_nothing_speaks_for_it() {
    for (old, new) in [
        ("vmType: qemu", "vmType: vz"),
        ("vmType: qemu", "vmType: qemu\nmountType: reverse-sshfs"),
        ("qemu:///system", "qemu:///session"),
        ("apt-get install", "echo"),
        (
            "libvirt-daemon-system\n",
            "libvirt-daemon-system\n    sed -i 's/^#user/user/' /etc/libvirt/qemu.conf\n",
        ),
        ("/images/jobs\"]", "/images/jobs:ro\"]"),
        ("writable: true", "writable: true, 9p: {securityModel: mapped-xattr}"),
        ("mode: system\n", "file: x.sh\n"),
    ] {
        let fixture = FIXTURE.replace(old, new);
        assert_ne!(fixture, FIXTURE, "{old}");
        check_clean(&RULE, &fixture);
    }
}

#[test]
fn a_read_only_mount_explains_the_refusal_by_itself() {
    let fixture = FIXTURE.replace(", writable: true", "");
    let report = diagnose(&input(&format!("{fixture}{DENIED}"))).report;
    let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
    assert!(found.is_some_and(|finding| finding.is_next), "{report:#?}");
}

#[test]
fn a_session_that_is_meant_to_be_the_systems_puts_it_off() {
    for (uri, expected) in [
        ("qemu+ssh://dev@host.docker.internal:20022/session", Some(true)),
        ("qemu+ssh://dev@host.docker.internal:20022/system", Some(false)),
        ("qemu:///session", None),
    ] {
        let report = diagnose(&input(&FIXTURE.replace("qemu:///system", uri))).report;
        let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
        assert_eq!(found.map(|finding| finding.is_next), expected, "{uri}");
    }
}

#[test]
fn settings_of_qemu_that_do_not_help_are_pointed_at() {
    let fixture = FIXTURE.replace(
        "libvirt-daemon-system\n",
        "libvirt-daemon-system\n    echo 'dynamic_ownership = 0' >>/etc/libvirt/qemu.conf\n",
    );
    let report = diagnose(&input(&format!("{fixture}{DENIED}"))).report;
    let finding = report.findings.iter().find(|finding| finding.rule == RULE.name).unwrap();
    let notes: Vec<&str> = finding.evidence.iter().map(|evidence| evidence.note.as_str()).collect();
    assert_eq!(
        notes.last(),
        Some(&"sets something in `qemu.conf`, perhaps not enough"),
        "{notes:?}"
    );
    assert!(finding.fix("user").is_none(), "{finding:#?}");
}
