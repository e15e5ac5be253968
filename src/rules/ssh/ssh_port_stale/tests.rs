use expect_test::expect;

use super::RULE;
use crate::rules::testing::{check, check_clean};

#[test]
fn a_uri_in_env_is_enough() {
    let list = "#- limactl list\nNAME    STATUS     SSH                CPUS    MEMORY    DISK\n\
                dev     Running    127.0.0.1:58411    4       8GiB      50GiB\n";
    let env = "#- .env\nLIBVIRT_URI='qemu+ssh://dev@host.docker.internal:52136/system'\n";
    check(
        &format!("{env}{list}"),
        &expect![[r#"
            error[ssh-port-stale] .env:1:50: `LIBVIRT_URI` in `.env` names port 52136; the VM listens on 58411
              .env:1:50: says 52136
              limactl list:2:30: `dev` listens on 127.0.0.1:58411
              fix follow: Name the port that is in use now, 58411
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            --- .env
            -LIBVIRT_URI='qemu+ssh://dev@host.docker.internal:52136/system'
            +LIBVIRT_URI='qemu+ssh://dev@host.docker.internal:58411/system'
        "#]],
    );
    check_clean(&RULE, &format!("{}{list}", env.replace("52136", "58411")));
    check_clean(
        &RULE,
        &format!("{}{list}", env.replace("host.docker.internal", "kvm.example.com")),
    );
}

#[test]
fn the_port_may_be_reached_through_another_variable() {
    check(
        r#"
#- lima.yaml
ssh: {forwardAgent: true} # agent
#- .env
export LIMA_PORT='52136'   # last week's
LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:${LIMA_PORT}/system"
#- compose.yaml
services:
  api:
    environment:
      - LIBVIRT_URI
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
        &expect![[r#"
                error[ssh-port-stale] .env:1:19: `.env` names port 52136; the VM listens on 58411
                  compose.yaml:4:9: `api` takes its `LIBVIRT_URI` from here
                  .env:1:19: says 52136
                  limactl list:2:30: `dev` listens on 127.0.0.1:58411
                  lima.yaml:1:1: no `ssh.localPort`, so each start draws another port
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                  fix follow: Name the port 58411 that is in use now
                hint[ssh-port-not-pinned] lima.yaml:1:1: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:1:1: no `ssh.localPort`, so each start draws another port
                  compose.yaml:4:9: `api` takes its `LIBVIRT_URI` from here
                  .env:1:19: names port 52136
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                next[ssh-key-missing] compose.yaml:4:9: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:4:9: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- lima.yaml
                -ssh: {forwardAgent: true} # agent
                +ssh: {forwardAgent: true, localPort: 20022} # agent
                --- .env
                -export LIMA_PORT='52136'   # last week's
                +export LIMA_PORT='20022'   # last week's
            "#]],
    );
}

#[test]
fn a_default_in_the_compose_file_is_mended_there() {
    check(
        r#"
#- lima.yaml
ssh:
  localPort: 2222
#- .env
OTHER=1
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:60022/system}
"#,
        &expect![[r#"
                error[ssh-port-stale] compose.yaml:4:71: `compose.yaml` names port 60022; the VM is pinned to 2222
                  compose.yaml:4:71: says 60022
                  lima.yaml:2:14: `lima.yaml` pins 2222
                  fix use-pinned: Name the pinned port 2222
                next[ssh-key-missing] compose.yaml:4:35: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:4:35: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- compose.yaml
                -      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:60022/system}
                +      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:2222/system}
            "#]],
    );
}

#[test]
fn without_env_file_a_default_is_only_likely() {
    check(
        r#"
#- lima.yaml
ssh:
  localPort: 2222
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:60022/system}
"#,
        &expect![[r#"
                warning[ssh-port-stale] compose.yaml:4:71: the default in `compose.yaml` names port 60022; the VM is pinned to 2222
                  compose.yaml:4:71: says 60022
                  lima.yaml:2:14: `lima.yaml` pins 2222
                  fix use-pinned: Name the pinned port 2222
                next[ssh-key-missing] compose.yaml:4:35: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:4:35: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                unchecked: what `.env` sets for the variables in the Compose file (paste `.env`)
                --- compose.yaml
                -      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:60022/system}
                +      LIBVIRT_URI: ${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:2222/system}
            "#]],
    );
}

#[test]
fn a_port_in_pieces_does_not_keep_another_from_being_pinned() {
    check(
        r#"
#- lima.yaml
cpus: 4
#- .env
OTHER=1
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:52136/system"}}
  old: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:5${PART:-21}36/system"}}
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
        &expect![[r#"
                error[ssh-port-stale] compose.yaml:2:73: `compose.yaml` names port 52136; the VM listens on 58411
                  compose.yaml:2:73: says 52136
                  limactl list:2:30: `dev` listens on 127.0.0.1:58411
                  lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                  fix follow: Name the port 58411 that is in use now
                error[ssh-port-stale] compose.yaml:3:37: `compose.yaml` names port 52136; the VM listens on 58411
                  compose.yaml:3:37: `old` takes its `LIBVIRT_URI` from here
                  limactl list:2:30: `dev` listens on 127.0.0.1:58411
                  lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
                hint[ssh-port-not-pinned] lima.yaml:1:8: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:1:8: no `ssh.localPort`, so each start draws another port
                  compose.yaml:2:73: names port 52136
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                next[ssh-key-missing] compose.yaml:2:37: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:2:37: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- lima.yaml
                +ssh:
                +  localPort: 20022
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:52136/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}}
            "#]],
    );
}

#[test]
fn a_pin_counts_before_the_port_in_use() {
    check(
        r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:58411/system"}}
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
        &expect![[r#"
                warning[ssh-port-stale] compose.yaml:2:73: `compose.yaml` names port 58411; the VM is pinned to 2222
                  compose.yaml:2:73: says 58411
                  lima.yaml:1:18: `lima.yaml` pins 2222
                  limactl list:2:30: `dev` listens on 58411 until its next start
                  fix use-pinned: Name the pinned port 2222
                next[ssh-key-missing] compose.yaml:2:37: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:2:37: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:58411/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:2222/system"}}
            "#]],
    );
}

#[test]
fn the_host_and_the_port_may_both_be_wrong() {
    check(
        r#"
#- lima.yaml
ssh: {localPort: 2222}
#- .env
LIBVIRT_URI=qemu+ssh://dev@localhost:52136/system
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}}
"#,
        &expect![[r#"
                error[libvirt-host-is-container] .env:1:28: `localhost` in the container of `api` is that container itself
                  .env:1:28: `LIBVIRT_URI` names `localhost`
                  compose.yaml:2:37: `api` takes it from here
                  compose.yaml:2:3: `api` has a network of its own
                  fix host: Name `host.docker.internal` instead of `localhost`
                error[ssh-port-stale] .env:1:38: `.env` names port 52136; the VM is pinned to 2222
                  compose.yaml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:38: says 52136
                  lima.yaml:1:18: `lima.yaml` pins 2222
                  fix use-pinned: Name the pinned port 2222
                next[ssh-key-missing] .env:1:13: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:13: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                --- .env
                -LIBVIRT_URI=qemu+ssh://dev@localhost:52136/system
                +LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:2222/system
            "#]],
    );
}

#[test]
fn the_port_of_a_vm_that_does_not_run_is_not_trusted() {
    check(
        r#"
#- lima.yaml
vmType: qemu
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:52136/system
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Stopped    127.0.0.1:58411    4       8GiB      50GiB
"#,
        &expect![[r#"
                hint[vm-not-running] limactl list:2:1: the VM `dev` is stopped
                  limactl list:2:1: the list shows it stopped
                  compose.yaml:4:56: leads to the VM
                  fix by-hand: Start the VM: `limactl start dev`
                hint[ssh-port-not-pinned] lima.yaml:1:13: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:1:13: no `ssh.localPort`, so each start draws another port
                  compose.yaml:4:56: names port 52136
                  fix pin: Pin the port to 20022 in `lima.yaml`, and let `LIBVIRT_URI` name it
                unchecked: whether the URI names the VM's SSH port: the VM does not run, so the port that is shown is not in use (paste the output of `limactl list` while the VM runs)
            "#]],
    );
}

#[test]
fn the_right_port_is_left_alone() {
    for fixture in [
        r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:2222/system"}}
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
        // Another machine's port is its own affair.
        r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://root@kvm.example.com/system"}}
"#,
        // libvirt's own port is no SSH port.
        r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal:16509/system"}}
"#,
    ] {
        check_clean(&RULE, fixture);
    }
}
