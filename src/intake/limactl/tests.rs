use expect_test::{Expect, expect};

use super::*;

/// Reads a text and lists what was found, the text under the port's span included.
fn check(text: &str, expected: Expect) {
    let mut res = String::new();
    for instance in instances(FileId(0), text) {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        res += &format!(
            "{} {} {} {:?}",
            or_none(&instance.name),
            instance.status.map_or("-".into(), |status| format!("{status:?}")),
            instance.port.map_or("-".into(), |(port, _)| port.to_string()),
            instance.told_by,
        );
        if let Some((port, span)) = instance.port {
            assert_eq!(text[span.range()], port.to_string());
            assert!(instance.span.contains(span), "{instance:?}");
        }
        if let Some((user, span)) = &instance.user {
            assert_eq!(&text[span.range()], user);
            res += &format!(" user={user}");
        }
        for (name, value) in [
            ("vm", &instance.vm_type),
            ("arch", &instance.arch),
            ("lima", &instance.lima_version),
            ("dir", &instance.dir),
        ] {
            if let Some(value) = value {
                res += &format!(" {name}={value}");
            }
        }
        res.push('\n');
    }
    expected.assert_eq(&res);
}

#[test]
fn a_table_with_all_columns() {
    check(
        "\
NAME       STATUS     SSH                VMTYPE    ARCH       CPUS    MEMORY    DISK      DIR
default    Stopped    127.0.0.1:0        qemu      x86_64     4       4GiB      100GiB    ~/.lima/default
dev        Running    127.0.0.1:58411    vz        aarch64    4       8GiB      50GiB     ~/My Disk/dev
",
        expect![[r#"
            default Stopped - List vm=qemu arch=x86_64 dir=~/.lima/default
            dev Running 58411 List vm=vz arch=aarch64 dir=~/My Disk/dev
        "#]],
    );
}

#[test]
fn a_table_in_a_narrow_terminal_hides_columns() {
    check(
        "\
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
",
        expect![[r#"
            dev Running 58411 List
        "#]],
    );
    check(
        "\
NAME    STATUS     SSH                ARCH      CPUS    MEMORY     DISK     DIR
dev     Broken     127.0.0.1:2222     x86_64    2       7.813GiB   50GiB    /Users/ada/.lima/dev
",
        expect![[r#"
            dev Broken 2222 List arch=x86_64 dir=/Users/ada/.lima/dev
        "#]],
    );
}

#[test]
fn a_table_of_an_old_lima_has_no_sizes() {
    check(
        "\
NAME    STATUS     SSH                ARCH      DIR
dev     Running    127.0.0.1:60022    x86_64    /home/ada/.lima/dev
",
        expect![[r#"
            dev Running 60022 List arch=x86_64 dir=/home/ada/.lima/dev
        "#]],
    );
}

#[test]
fn an_instance_whose_file_does_not_load_has_empty_cells() {
    check(
        "\
NAME      STATUS     SSH                VMTYPE    ARCH      CPUS    MEMORY    DISK     DIR
broken               :0                                     0       0B        0B       ~/.lima/broken
dev       Running    127.0.0.1:58411    qemu      x86_64    4       8GiB      50GiB    ~/.lima/dev
",
        expect![[r#"
            broken Invalid - List dir=~/.lima/broken
            dev Running 58411 List vm=qemu arch=x86_64 dir=~/.lima/dev
        "#]],
    );
}

#[test]
fn squeezed_blanks_quote_marks_prompts_and_prose_do_no_harm() {
    check(
        "Hi, this is what I see:\n\
         ada@mac ~ % limactl list\n\
         > NAME STATUS SSH CPUS MEMORY DISK DIR\n\
         > dev Running 127.0.0.1:58411 4 8GiB 50GiB ~/.lima/dev\n\
         and dev Running fine otherwise at 10:30",
        expect![[r#"
            dev Running 58411 List dir=~/.lima/dev
        "#]],
    );
    check(
        "dev\tStopped\t127.0.0.1:58411\t4\t8GiB\t50GiB",
        expect![[r#"
            dev Stopped 58411 List
        "#]],
    );
}

#[test]
fn a_coloured_table_gives_places_in_the_coloured_text() {
    check(
        "NAME    STATUS     SSH\ndev     \u{1b}[32mRunning\u{1b}[0m    127.0.0.1:\u{1b}[1m58411\u{1b}[0m\n",
        expect![[r#"
            dev Running 58411 List
        "#]],
    );
}

#[test]
fn json_one_object_per_line() {
    check(
        r#"{"name":"dev","hostname":"lima-dev","status":"Running","dir":"/Users/ada/.lima/dev","vmType":"vz","sshLocalPort":58411,"config":{"ssh":{"localPort":0},"user":{"name":"ada"}},"limaVersion":"2.1.1"}
{"name":"old","status":"Stopped","dir":"/Users/ada/.lima/old","config":{"ssh":{"localPort":2222}}}
{"name":"bad","status":"","sshLocalPort":0,"errors":["x"]}
"#,
        expect![[r#"
            dev Running 58411 List user=ada vm=vz lima=2.1.1 dir=/Users/ada/.lima/dev
            old Stopped - List dir=/Users/ada/.lima/old
            bad Invalid - List
        "#]],
    );
}

#[test]
fn json_indented_and_coloured() {
    check(
        "$ limactl list --json\n{\n    \u{1b}[34m\"name\"\u{1b}[0m: \"dev\",\n    \"status\": \"Running\",\n    \
         \"config\": {\n        \"ssh\": {\n            \"localPort\": 0\n        }\n    },\n    \
         \"sshLocalPort\": \u{1b}[36m58411\u{1b}[0m\n}\n$ ",
        expect![[r#"
            dev Running 58411 List
        "#]],
    );
}

#[test]
fn yaml_and_json_of_which_a_part_is_missing() {
    check(
        "---\nname: dev\nstatus: Stopped\nconfig:\n  ssh:\n    localPort: 0\nsshLocalPort: 58411\nvmType: qemu\n---\nname: other\nstatus: Running\nsshLocalPort: 60022\n",
        expect![[r#"
            dev Stopped 58411 List vm=qemu
            other Running 60022 List
        "#]],
    );
    check(
        "    \"status\": \"Running\",\n    \"sshLocalPort\": 58411,\n    \"sshConfigFile\": \"/x\"",
        expect![[r#"
            - Running 58411 List
        "#]],
    );
}

#[test]
fn ssh_config_among_other_hosts() {
    check(
        r#"
Host github.com
  User git
  Port 22

# This SSH config file can be passed to 'ssh -F'.
Host lima-virsh-sandbox-dev
  IdentityFile "/Users/ada/.lima/_config/user"
  StrictHostKeyChecking no
  User ada
  ControlMaster auto

  Hostname 127.0.0.1
  Port 58411
Host lima-stopped
  Port 0
"#,
        expect![[r#"
            virsh-sandbox-dev - 58411 SshConfig user=ada
        "#]],
    );
}

#[test]
fn show_ssh_in_its_forms() {
    check(
        "$ limactl show-ssh dev\nssh -o IdentityFile=\"/Users/ada/.lima/_config/user\" -o User=ada -o Hostname=127.0.0.1 -o Port=58411 lima-dev\n",
        expect![[r#"
            dev - 58411 SshConfig user=ada
        "#]],
    );
    check(
        "IdentityFile=\"/Users/ada/.lima/_config/user\"\nUser=ada\nHostname=127.0.0.1\nPort=58411\n",
        expect![[r#"
            - - 58411 SshConfig user=ada
        "#]],
    );
}

#[test]
fn start_logs() {
    check(
        r#"INFO[0000] Starting the instance "dev" with VM driver "vz"
INFO[0006] SSH Local Port: 58411
INFO[0021] READY. Run `limactl shell dev` to open the shell.
"#,
        expect![[r#"
            dev - 58411 StartLog
        "#]],
    );
    check(
        r#"time="2026-01-10T10:00:00Z" level=info msg="SSH Local Port: 60022"
time="2026-01-10T10:00:09Z" level=info msg="READY. Run `limactl shell dev` to open the shell."
{"time":"2026-01-10T10:00:00Z","status":{"running":true,"sshLocalPort":60023}}
"#,
        expect![[r#"
            dev - 60022 StartLog
            - - 60023 StartLog
        "#]],
    );
}

#[test]
fn a_port_asked_for_by_itself() {
    check(
        "% limactl list --format '{{.SSHLocalPort}}' dev\n58411\n",
        expect![[r#"
            dev - 58411 List
        "#]],
    );
    check(
        "58411\n",
        expect![[r#"
        - - 58411 List
    "#]],
    );
}

#[test]
fn text_of_another_kind_shows_no_instance() {
    for text in [
        "",
        "0",
        "70000",
        "services:\n  api:\n    ports: [\"127.0.0.1:8080:8080\"]\n",
        "ssh:\n  localPort: 2222\n",
        "Host example\n  User git\n  Port 2222\n",
        "{\"error\":\"x\",\"code\":500}",
        "LIBVIRT_URI=qemu+ssh://dev@h:52136/system\nPORT=8080\n",
        "No instance found. Run `limactl create` to create an instance.",
    ] {
        assert_eq!(instances(FileId(0), text), [], "{text:?}");
    }
}

#[test]
fn every_layout_may_stand_in_one_paste() {
    check(
        "NAME STATUS SSH\na Running 127.0.0.1:1025\n\n{\"name\":\"b\",\"status\":\"Running\",\"sshLocalPort\":1026}\n\nHost lima-c\n  Port 1027\n\nSSH Local Port: 1028\n",
        expect![[r#"
            a Running 1025 List
            b Running 1026 List
            c - 1027 SshConfig
            - - 1028 StartLog
        "#]],
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_and_ports_stand_where_they_are_said_to(
        text in "(NAME STATUS SSH|\n|dev Running 127.0.0.1:|[0-9]{1,6}|Host lima-x|  Port |\\{|\\}|\"sshLocalPort\":|\"name\":\"d\"|SSH Local Port: |\u{1b}\\[1m|,|ü|[ -~])*"
    ) {
        for instance in instances(FileId(0), &text) {
            if let Some((port, span)) = instance.port {
                let plain = Mapped::without_terminal_escapes(&text[span.range()]);
                proptest::prop_assert_eq!(plain.as_str().parse(), Ok(port));
            }
        }
    }
}

#[test]
fn a_long_text_of_beginnings_gets_an_answer() {
    for piece in [
        "{\"status\":\n",
        "{\"status\":[1,\n",
        "{\"name\":\"x\",\"sshLocalPort\":1}\n",
        "Host lima-x\n",
        "a Running 127.0.0.1:1 ",
        "\u{1b}[",
        "name: x\n",
        "sshLocalPort: 1\n",
    ] {
        let text = piece.repeat((1 << 18) / piece.len());
        for instance in instances(FileId(0), &text) {
            assert!(text.get(instance.span.range()).is_some(), "{piece:?}");
        }
    }
}

#[test]
fn a_containers_own_ssh_configuration_is_no_vm_of_limas() {
    let text = "Host host.docker.internal\n  User dev\n  Port 63255\n  Port 1\n  IdentityFile \
                ~/.lima/_config/user\n\nHost lima-dev\n  Port 58411\n  User me\n\nHost a b\n  \
                LogLevel QUIET\n";
    let names: Vec<_> = instances(FileId(0), text).into_iter().map(|one| one.name).collect();
    assert_eq!(names, [Some("dev".to_owned())]);
    let [block] = host_blocks(FileId(0), text).try_into().expect("one block");
    let HostBlock { hosts, port, user } = block;
    assert_eq!(hosts, ["host.docker.internal"]);
    assert_eq!(port.map(|(port, span)| (port, &text[span.range()])), Some((63255, "63255")));
    assert_eq!(user.map(|(user, _)| user).as_deref(), Some("dev"));
}
