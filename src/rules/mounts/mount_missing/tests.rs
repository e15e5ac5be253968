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
fn nothing_is_mounted_over_libvirts_own_state() {
    check(
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes:
    - /var/lib/libvirt/images:/var/lib/libvirt/images
    - /var/lib/libvirt/boot:/var/lib/libvirt/boot
    - /var/lib/libvirt/dnsmasq:/var/lib/libvirt/dnsmasq:ro
"#,
        &expect![[r#"
            error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images` and `/var/lib/libvirt/boot`, where the container keeps files for libvirt
              compose.yaml:5:7: `api` binds the host's `/var/lib/libvirt/images` at the same path
              compose.yaml:6:7: `api` binds the host's `/var/lib/libvirt/boot` at the same path
              lima.yaml:1:1: `lima.yaml` mounts nothing
              fix each: Mount `/var/lib/libvirt/images` (writable) and `/var/lib/libvirt/boot` (writable), each at the same path
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/var/lib/libvirt/images"
            +  writable: true
            +- location: "/var/lib/libvirt/boot"
            +  writable: true
        "#]],
    );
}

#[test]
fn of_a_bind_of_all_that_libvirt_has_the_images_are_shared() {
    check(
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt:/var/lib/libvirt"]
"#,
        &expect![[r#"
            error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt` at the same path
              lima.yaml:1:1: `lima.yaml` mounts nothing
              fix each: Mount `/var/lib/libvirt/images` (writable) at the same path
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/var/lib/libvirt/images"
            +  writable: true
        "#]],
    );
}

#[test]
fn without_env_file_the_name_of_a_variable_tells_the_service() {
    check(
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    image: api
    environment:
    - LIBVIRT_URI=${LIBVIRT_URI}
    - TOKEN=${TOKEN:?set it}
    volumes:
    - ${JOBS_DIR}:/var/lib/libvirt/images/jobs
    - /var/lib/libvirt/images/base:/var/lib/libvirt/images/base:ro
"#,
        &expect![[r#"
                error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images/base`, where the container keeps files for libvirt
                  compose.yaml:9:7: `api` binds the host's `/var/lib/libvirt/images/base` at the same path
                  lima.yaml:1:1: `lima.yaml` mounts nothing
                  fix each: Mount `/var/lib/libvirt/images/base` (read-only) at the same path
                unchecked: what `.env` sets for the variables in the Compose file (paste `.env`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the file that sets it, such as `.env`)
                --- lima.yaml
                -mounts: []
                +mounts:
                +- location: "/var/lib/libvirt/images/base"
            "#]],
    );
}

#[test]
fn a_directory_at_the_top_counts_where_a_variable_names_it() {
    check(
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system", JOBS_DIR: /jobs, WORKDIR: /app}
    volumes: ["~/jobs:/jobs", "~/src:/app"]
"#,
        &expect![[r#"
            warning[mount-missing] lima.yaml:1:1: likely: the VM does not see `/jobs`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `~/jobs` at `/jobs`
              compose.yaml:3:50: `JOBS_DIR` tells the service to keep its files there
              lima.yaml:1:1: `lima.yaml` mounts nothing
              fix each: Mount `~/jobs` at `/jobs` (writable)
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "~/jobs"
            +  mountPoint: "/jobs"
            +  writable: true
        "#]],
    );
}

#[test]
fn a_link_that_leads_away_from_the_directory_shares_nothing() {
    check(
        r#"
#- lima.yaml
mounts: []
provision:
- script: |
    # ln -s /mnt/host /var/lib/libvirt/images
    ln -s /var/lib/libvirt/images /images
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
        &expect![[r#"
            error[mount-missing] lima.yaml:1:1: the VM does not see `/var/lib/libvirt/images`, where the container keeps files for libvirt
              compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt/images` at the same path
              lima.yaml:1:1: `lima.yaml` mounts nothing
              fix each: Mount `/var/lib/libvirt/images` (writable) at the same path
            warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
              compose.yaml:3:33: `LIBVIRT_URI` names no host
              fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
            --- lima.yaml
            -mounts: []
            +mounts:
            +- location: "/var/lib/libvirt/images"
            +  writable: true
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
        // Keys, certificates and settings are no disks, whatever else their variables speak of.
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu:///system
      LIBVIRT_KEY: /keys/id/user
      SANDBOX_CONFIG: /config/sandbox/a.yaml
      DOMAIN_CERTS: /certs/live
    volumes: ["~/.lima/_config/user:/keys/id/user:ro", "/srv/conf:/config/sandbox:ro", "/srv/certs:/certs/live"]
"#,
        // libvirt runs on another machine.
        r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://root@kvm.example.com/system"}
    volumes: ["/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
        // A slash at the end of a mount point; the host's path in another spelling.
        r#"
#- lima.yaml
mounts:
- {location: "/private/var/lib/libvirt/images/", mountPoint: "/var/lib/libvirt/images/", writable: true}
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs/:/var/lib/libvirt/images/jobs/"]
"#,
        // Templates: one that is known, one that only Lima can fill in.
        r#"
#- lima.yaml
mounts:
- {location: "{{ .Home }}/jobs", mountPoint: /var/lib/libvirt/images/jobs, writable: true}
- {location: "{{.Dir}}/base", mountPoint: /var/lib/libvirt/images/base}
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes:
    - ~/jobs:/var/lib/libvirt/images/jobs
    - ~/.lima/dev/base:/var/lib/libvirt/images/base:ro
"#,
        // Two people's homes are named: whose `~` is, nothing tells.
        r#"
#- lima.yaml
mounts: [{location: "~", writable: true}]
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system", JOBS_DIR: /Users/me/jobs}
    volumes: ["/Users/me/jobs:/Users/me/jobs", "/Users/bob/x:/x"]
"#,
        // A provision script binds the share to the directory.
        r#"
#- lima.yaml
mounts: [{location: /var/lib/libvirt/images, mountPoint: /mnt/host, writable: true}]
provision:
- script: |
    mkdir -p /var/lib/libvirt/images && mount --bind /mnt/host /var/lib/libvirt/images
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"]
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
