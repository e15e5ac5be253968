use expect_test::expect;

use crate::rules::testing::check;

mod extent;

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
            warning[libvirt-uri-local] compose.yaml:4:20: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:4:20: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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
            warning[libvirt-uri-local] compose.yaml:4:20: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:4:20: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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
            warning[libvirt-uri-local] compose.yaml:3:32: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:32: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:2222/system`
            next[share-permission] lima.yaml:1:10: likely: QEMU may not write in `/var/lib/libvirt/images`, even once the VM may
              lima.yaml:1:10: mounts are of type 9p: Lima 2.2 shares so with a VM of type `qemu`
              fix local: Keep disk overlays in a directory of the VM's own, and share only what QEMU reads
              fix root: In the VM, set `user = "root"`, `group = "root"` and `security_driver = "none"` in `/etc/libvirt/qemu.conf`
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
            warning[libvirt-uri-local] compose.yaml:4:20: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:4:20: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
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
            error[plain-ignores-mounts] lima.yaml:1:8: with `plain: true`, Lima leaves out the mounts
              lima.yaml:1:8: a plain VM runs nothing of Lima's but SSH and provision scripts
              lima.yaml:2:1: none of these is made
              fix not-plain: Set `plain: false`, so that Lima makes mounts and port forwards
            error[mount-missing] lima.yaml:1:8: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
              compose.yaml:5:15: `api` binds the host's `/var/lib/libvirt/images` at the same path
              lima.yaml:1:8: with `plain`, Lima leaves every mount out
            warning[libvirt-uri-local] compose.yaml:4:20: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:4:20: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -plain: true
            +plain: false
        "#]],
    );
}

#[test]
fn a_mount_of_the_directorys_old_place_moves_with_it() {
    check(
        r#"
#- lima.yaml
mounts:
- location: /old/jobs # before
  mountPoint: /var/lib/libvirt/images/jobs
#- .env
JOBS_DIR=/Users/me/jobs
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["${JOBS_DIR}:/var/lib/libvirt/images/jobs"]
"#,
        &expect![[r#"
            error[mount-missing] lima.yaml:2:3: at `/var/lib/libvirt/images/jobs`, the VM sees `/old/jobs`, and the container `~/jobs`
              compose.yaml:4:15: `api` binds the host's `/Users/me/jobs` at `/var/lib/libvirt/images/jobs`
              .env:1:10: which is what `JOBS_DIR` says
              lima.yaml:2:3: `/old/jobs` is mounted at `/var/lib/libvirt/images/jobs`
              fix relocate: Mount `~/jobs` at `/var/lib/libvirt/images/jobs` instead of `/old/jobs`, writable
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -- location: /old/jobs # before
            +- location: "~/jobs" # before
            +  writable: true
        "#]],
    );
}

#[test]
fn two_directories_for_one_place_are_left_to_the_reader() {
    let report = crate::diagnose(&crate::rules::testing::input(
        "#- lima.yaml\nmounts: []\n#- compose.yaml\nservices:\n  api: &api\n    environment: \
         {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system\"}\n    volumes: \
         [\"~/one:/var/lib/libvirt/images/jobs\"]\n  worker:\n    <<: *api\n    volumes: \
         [\"~/two:/var/lib/libvirt/images/jobs\"]\n",
    ))
    .report;
    let found: Vec<_> = report.findings.iter().filter(|f| f.rule == "mount-missing").collect();
    assert!(!found.is_empty());
    assert!(found.iter().flat_map(|f| &f.fixes).all(|fix| fix.edits.is_empty()), "{found:#?}");
}

#[test]
fn a_typo_in_a_path_is_not_mounted() {
    let input = crate::rules::testing::input(
        "#- lima.yaml\nmounts: [{location: ~/jobs, mountPoint: /srv/jobs, writable: true}]\n#- \
         compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: \
         \"qemu+ssh://dev@host.docker.internal:20022/system\", JOBS_DIR: /srv/jobs}\n    volumes: \
         [\"~bob/jobs:/srv/jobs\"]\n",
    );
    let diagnosis = crate::diagnose(&input);
    let made = crate::repair(&input, &diagnosis, &crate::repair::plan::Choices::default());
    assert!(made.corrected.is_empty(), "{:?}", made.corrected);
    let missing = diagnosis.report.findings.iter().find(|f| f.rule == "mount-missing");
    assert!(missing.is_none_or(|finding| finding.caused_by.is_some()), "{missing:#?}");
}
