//! Which directories have to be shared, and which have not.

use expect_test::expect;

use crate::rules::mounts::mount_missing::RULE;
use crate::rules::testing::{check, check_clean};

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
