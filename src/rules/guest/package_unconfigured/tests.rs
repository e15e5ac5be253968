use expect_test::expect;

use super::RULE;
use crate::diagnose;
use crate::diagnostic::Severity;
use crate::intake::VmState;
use crate::rules::testing::{check, check_clean, input};

const COMPOSE: &str = r#"#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/v/jobs:/var/lib/libvirt/images/jobs", "/v/base:/var/lib/libvirt/images/base:ro"]
"#;

const MOUNTED: &str = r#"#- lima.yaml
vmType: qemu
mounts:
- {location: /v, mountPoint: /var/lib/libvirt/images, writable: true}
provision:
- mode: system
  script: |
    #!/bin/bash
    set -eu
    sudo apt-get install -y \
      qemu-system libvirt-daemon-system
    sed -i 's/#user/user/' /etc/libvirt/qemu.conf
"#;

#[test]
fn a_vm_that_exists_meets_it_at_an_upgrade() {
    check(
        &format!("{MOUNTED}{COMPOSE}"),
        &expect![[r#"
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            hint[package-unconfigured] lima.yaml:3:3: an upgrade of `libvirt-daemon-system` fails on the mount at `/var/lib/libvirt/images`
              lima.yaml:9:5: installs `libvirt-daemon-system`
              lima.yaml:3:3: `/v` is mounted there by 9p, which refuses other owners
              fix split: Mount `/v/jobs` at `/var/lib/libvirt/images/jobs` (writable) and `/v/base` at `/var/lib/libvirt/images/base` (read-only), not the whole of `/v`
              fix statoverride: Take `/var/lib/libvirt/images` from the package's hands with `dpkg-statoverride`, before it is installed
        "#]],
    );
}

#[test]
fn the_installation_in_a_new_vm_fails_for_sure_on_9p() {
    for (mount_type, severity) in [
        ("9p", Some(Severity::Error)),
        ("reverse-sshfs", Some(Severity::Warning)),
        ("virtiofs", None),
    ] {
        let vm_type = if mount_type == "virtiofs" { "vz" } else { "qemu" };
        let yaml =
            MOUNTED.replace("vmType: qemu", &format!("vmType: {vm_type}\nmountType: {mount_type}"));
        let mut input = input(&format!("{yaml}{COMPOSE}"));
        input.answers.vm = Some(VmState::New);
        let report = diagnose(&input).report;
        let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
        assert_eq!(found.map(|finding| finding.severity), severity, "{mount_type}");
    }
}

#[test]
fn the_text_makes_it_certain() {
    let error = "#- error\nchmod: changing permissions of '/var/lib/libvirt/images/': Operation not permitted\n\
                 dpkg: error processing package libvirt-daemon-system (--configure):\n";
    check(
        &format!("{MOUNTED}{COMPOSE}{error}"),
        &expect![[r#"
            error[package-unconfigured] lima.yaml:3:3: `libvirt-daemon-system` is left half-configured, for it may not change the mount at `/var/lib/libvirt/images`
              lima.yaml:3:3: `/v` is mounted there by 9p, which refuses other owners
              lima.yaml:9:5: installs `libvirt-daemon-system`
              error:2:32: the very failure
              error:1:33: the very failure
              fix split: Mount `/v/jobs` at `/var/lib/libvirt/images/jobs` (writable) and `/v/base` at `/var/lib/libvirt/images/base` (read-only), not the whole of `/v`
              fix statoverride: Take `/var/lib/libvirt/images` from the package's hands with `dpkg-statoverride`, before it is installed
              fix configure: Run `sudo dpkg --configure -a` in the VM when the mount no longer lies over libvirt's directory
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -- {location: /v, mountPoint: /var/lib/libvirt/images, writable: true}
            +- {location: "/v/jobs", mountPoint: "/var/lib/libvirt/images/jobs", writable: true}
            +- location: "/v/base"
            +  mountPoint: "/var/lib/libvirt/images/base"
        "#]],
    );
}

#[test]
fn with_nothing_in_the_way_the_script_installs_it_again() {
    let error = "#- error\ndpkg: error processing package libvirt-daemon-system (--configure):\n";
    let input = input(&format!("{MOUNTED}{COMPOSE}{error}"));
    for name in ["split", "statoverride"] {
        let choices =
            crate::repair::plan::Choices([(RULE.name.to_owned(), name.to_owned())].into());
        let made = crate::repair(&input, &diagnose(&input), &choices);
        let found = made.recheck.report.findings.iter().find(|finding| finding.rule == RULE.name);
        assert_eq!(found.map(|finding| finding.severity), Some(Severity::Hint), "{name}");
    }
}

#[test]
fn in_a_new_vm_the_directories_are_mounted_one_by_one_anyway() {
    let missing = MOUNTED.replace(
        "mounts:\n- {location: /v, mountPoint: /var/lib/libvirt/images, writable: true}",
        "mounts: []",
    );
    let whole =
        COMPOSE.replace("/v/jobs:/var/lib/libvirt/images/jobs", "/v/x:/var/lib/libvirt/images");
    for (compose, expected) in [(COMPOSE.replace("/v/", "/srv/lab/vms/"), false), (whole, true)] {
        let mut input = input(&format!("{missing}{compose}"));
        input.answers.vm = Some(VmState::New);
        let report = diagnose(&input).report;
        let is_foretold =
            report.findings.iter().any(|finding| finding.rule == RULE.name && finding.is_next);
        assert_eq!(is_foretold, expected, "{compose}");
    }
}

#[test]
fn the_texts_alone_lead_here() {
    for (error, severity) in [
        ("dpkg: error processing package libvirt-daemon-common (--configure):", Severity::Error),
        (
            "chown: changing ownership of '/var/lib/libvirt/images/': Operation not permitted",
            Severity::Warning,
        ),
        ("dpkg: error processing package nginx (--configure):", Severity::Warning),
        (
            "installed nginx package post-installation script subprocess returned error exit status 1",
            Severity::Warning,
        ),
    ] {
        let diagnosis = diagnose(&input(&format!("#- error\n{error}\n")));
        let [finding] = &diagnosis.report.findings[..] else { panic!("{:#?}", diagnosis.report) };
        assert_eq!((finding.rule, finding.severity), (RULE.name, severity), "{error}");
        assert_eq!(finding.span, diagnosis.setup.errors.messages[0].span, "{error}");
    }
}

#[test]
fn it_is_foretold_where_one_mount_for_all_would_lie_there() {
    let missing = MOUNTED.replace(
        "mounts:\n- {location: /v, mountPoint: /var/lib/libvirt/images, writable: true}",
        "mounts: []",
    );
    check(
        &format!("{missing}{}", COMPOSE.replace("/v/", "/srv/lab/vms/")),
        &expect![[r#"
            error[mount-missing] lima.yaml:2:1: the VM does not see `/var/lib/libvirt/images/jobs` and `/var/lib/libvirt/images/base`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `/srv/lab/vms/jobs` at `/var/lib/libvirt/images/jobs`
              compose.yaml:4:65: `api` binds the host's `/srv/lab/vms/base` at `/var/lib/libvirt/images/base`
              lima.yaml:2:1: `lima.yaml` mounts nothing
              fix parent: Mount `/srv/lab/vms` at `/var/lib/libvirt/images` (writable)
              fix each: Mount `/srv/lab/vms/jobs` at `/var/lib/libvirt/images/jobs` (writable) and `/srv/lab/vms/base` at `/var/lib/libvirt/images/base` (read-only)
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            next[package-unconfigured] lima.yaml:8:5: with a mount at `/var/lib/libvirt/images` itself, an upgrade of `libvirt-daemon-system` fails
              lima.yaml:8:5: installs `libvirt-daemon-system`
              fix apart: Mount `/var/lib/libvirt/images/jobs` and `/var/lib/libvirt/images/base` each by itself, not `/var/lib/libvirt/images`
              fix statoverride: Take `/var/lib/libvirt/images` from the package's hands with `dpkg-statoverride`, before it is installed
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/srv/lab/vms"
            +  mountPoint: "/var/lib/libvirt/images"
            +  writable: true
        "#]],
    );
    // Their common directory is the top of the host: nothing offers to mount that.
    let report = diagnose(&input(&format!("{missing}{COMPOSE}"))).report;
    assert!(report.findings.iter().all(|finding| finding.rule != RULE.name), "{report:#?}");
}

#[test]
fn the_line_of_dpkg_goes_before_the_installation() {
    let fixture = format!("{MOUNTED}{COMPOSE}");
    let input = input(&fixture);
    let diagnosis = diagnose(&input);
    let choices =
        crate::repair::plan::Choices([(RULE.name.to_owned(), "statoverride".to_owned())].into());
    let made = crate::repair(&input, &diagnosis, &choices);
    expect![[r#"
        vmType: qemu
        mounts:
        - {location: /v, mountPoint: /var/lib/libvirt/images, writable: true}
        provision:
        - mode: system
          script: |
            #!/bin/bash
            set -eu
            dpkg-statoverride --list /var/lib/libvirt/images >/dev/null || sudo dpkg-statoverride --add root root 0711 /var/lib/libvirt/images
            sudo apt-get install -y \
              qemu-system libvirt-daemon-system
            sed -i 's/#user/user/' /etc/libvirt/qemu.conf
    "#]].assert_eq(&made.corrected[0].text);
    assert!(made.recheck.report.findings.iter().all(|finding| finding.rule != RULE.name));
}

#[test]
fn other_places_packages_and_ways_are_left_alone() {
    let fixture = format!("{MOUNTED}{COMPOSE}");
    for (old, new) in [
        ("mountPoint: /var/lib/libvirt/images,", "mountPoint: /var/lib/libvirt/images/jobs,"),
        ("libvirt-daemon-system", "libvirt-clients"),
        ("sudo apt-get install", "echo apt-get install"),
        ("sudo apt-get install", "dnf install"),
        ("vmType: qemu", "vmType: vz"),
        ("set -eu", "dpkg-statoverride --add root root 0711 /var/lib/libvirt/images"),
    ] {
        let other = fixture.replace(old, new);
        assert_ne!(other, fixture);
        let report = diagnose(&input(&other)).report;
        assert!(
            report.findings.iter().all(|finding| finding.rule != RULE.name),
            "{new}: {report:#?}"
        );
    }
    check_clean(&RULE, "#- error\nSetting up libvirt-daemon-system ...\n");
}
