use super::*;
use crate::syntax::yaml::Yaml;
use crate::text::{Edit, EditSet, FileId};

fn yaml(script: &str) -> String {
    let indented = script.replace('\n', "\n    ");
    format!("param: {{d: /v}}\nprovision:\n- mode: system\n  script: |\n    {indented}\n")
}

fn lima(script: &str) -> Lima {
    Lima::resolve(FileId(0), &Yaml::parse(FileId(0), &yaml(script)))
}

#[test]
fn packages_in_all_spellings() {
    for (script, expected) in [
        ("apt-get install -y a b=1.2 c/stable", vec!["a", "b", "c"]),
        ("DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \\\n  a \\\n  b", vec!["a", "b"]),
        ("sudo -E /usr/bin/apt install --no-install-recommends a", vec!["a"]),
        ("if ! command -v virsh; then dnf install -y a; fi", vec!["a"]),
        ("apk add a", vec!["a"]),
        ("apt-get remove -y a", vec![]),
        ("apt-get update", vec![]),
        ("# apt-get install a", vec![]),
        ("echo apt-get install a", vec![]),
        ("cat <<E\napt-get install a\nE", vec![]),
    ] {
        let commands = script_commands(&lima(script));
        let packages: Vec<&str> = commands.iter().flat_map(ScriptCommand::packages).collect();
        assert_eq!(packages, expected, "{script}");
    }
}

#[test]
fn changes_of_owners_and_modes() {
    for (script, expected) in [
        ("chmod 755 /v/a /v/b/", vec!["/v/a", "/v/b"]),
        ("sudo chown -R root:root /v", vec!["/v"]),
        ("chmod -w /v", vec!["/v"]),
        ("chmod --reference=/etc/x /v", vec!["/v"]),
        ("chgrp kvm {{.Param.d}}/x", vec!["/v/x"]),
        ("chmod 755 \"$D/x\" x", vec![]),
        ("chmodx 755 /v", vec![]),
        ("mkdir -p -m 755 /v/a /v/b", vec!["/v/a", "/v/b"]),
    ] {
        let changes = access_changes(&lima(script));
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, expected, "{script}");
    }
}

#[test]
fn what_ends_a_script() {
    for (script, expected) in [
        ("set -eux\nchmod 755 /v", true),
        ("set -o errexit\nchmod 755 /v", true),
        ("#!/bin/bash -e\nchmod 755 /v", true),
        ("set -e\ncd /x && chmod 755 /v", true),
        ("set -e\nif true; then chmod 755 /v; fi", true),
        ("chmod 755 /v", false),
        ("set -e\nset +e\nchmod 755 /v", false),
        ("set -u\nchmod 755 /v", false),
        ("set -e\nchmod 755 /v || true", false),
        ("set -e\nchmod 755 /v && x", false),
        ("set -e\n(chmod 755 /v) || true", false),
        ("set -e\n{ chmod 755 /v; } || true", false),
        ("set -e\nif chmod 755 /v; then x; fi", false),
        ("set -e\n! chmod 755 /v", false),
    ] {
        let changes = access_changes(&lima(script));
        let fatal: Vec<bool> = changes.iter().map(|change| change.command.is_fatal).collect();
        assert_eq!(fatal, [expected], "{script}");
    }
}

#[test]
fn files_that_are_written() {
    for (script, expected) in [
        ("curl -Lo /v/a.qcow2 https://example.com/a", vec!["/v/a.qcow2"]),
        ("curl -o/v/a.img https://example.com/a", vec!["/v/a.img"]),
        ("wget -P /v https://example.com/a", vec!["/v"]),
        ("qemu-img create -f qcow2 -b /b/x /v/a.qcow2", vec!["/v/a.qcow2"]),
        ("virt-install --disk path=/v/a.qcow2,size=4", vec!["/v/a.qcow2"]),
        ("dd if=/dev/zero of=/v/a", vec!["/v/a"]),
        ("echo x | sudo tee /v/a", vec!["/v/a"]),
        ("zcat /x > /v/a", vec!["/v/a"]),
        ("ls /v/a", vec![]),
        ("mkdir -p /v/a", vec![]),
        ("curl -o \"$D/a\" x", vec![]),
    ] {
        let commands = script_commands(&lima(script));
        let paths: Vec<String> = commands.iter().flat_map(|c| c.writes_below("/v")).collect();
        assert_eq!(paths, expected, "{script}");
    }
}

#[test]
fn what_may_write_a_file() {
    for (yaml, expected) in [
        (yaml("sed -i s/a/b/ /etc/libvirt/qemu.conf"), true),
        (yaml("cat > /etc/libvirt/qemu.conf <<E\nuser = x\nE"), true),
        (yaml("C=/etc/libvirt/qemu.conf\nsed -i s/a/b/ $C"), true),
        (yaml("cp -r /x /etc/libvirt/"), true),
        (yaml("echo x > /etc/libvirt/libvirtd.conf"), false),
        ("provision: [{mode: data, path: /etc/libvirt/qemu.conf, content: x}]".to_owned(), true),
        ("provision: [{mode: data, path: /etc/x, content: x}]".to_owned(), false),
        ("provision: [{mode: system, file: x.sh}]".to_owned(), true),
        ("base: x.yaml".to_owned(), true),
        ("cpus: 2".to_owned(), false),
    ] {
        let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), &yaml));
        assert_eq!(may_write(&lima, "qemu.conf", "/etc/libvirt"), expected, "{yaml}");
    }
}

fn edited(text: &str, edit: impl Fn(&ScriptCommand, &Lima) -> Option<Edit>) -> Option<String> {
    let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), text));
    let commands = script_commands(&lima);
    let edit = edit(commands.iter().find(|command| command.program() == "x")?, &lima)?;
    EditSet::of(&[edit]).ok()?.apply(FileId(0), text).ok()
}

#[test]
fn a_line_is_put_before_a_command_at_its_depth() {
    let head = "provision:\n- script: |\n";
    for (body, expected) in [
        ("    a\n    x b\n", Some("    a\n    NEW\n    x b\n")),
        ("    A=1 x \\\n      b\n", Some("    NEW\n    A=1 x \\\n      b\n")),
        ("    if a; then\n      x\n    fi\n", Some("    if a; then\n      NEW\n      x\n    fi\n")),
        ("    a\r\n    x\r\n", Some("    a\r\n    NEW\r\n    x\r\n")),
        ("    a &&\n    x\n", None),
        ("    a; x\n", None),
    ] {
        let text = format!("{head}{body}");
        let made = edited(&text, |command, lima| command.insert_line_before(lima, &text, "NEW"));
        assert_eq!(made, expected.map(|body| format!("{head}{body}")), "{body}");
    }
    for text in ["provision: [{script: x}]", "provision:\n- script: \"a\\nx\"\n"] {
        let made = edited(text, |command, lima| command.insert_line_before(lima, text, "NEW"));
        assert_eq!(made, None, "{text}");
    }
}

#[test]
fn text_is_put_behind_a_command() {
    for (text, expected) in [
        (
            "provision:\n- script: |\n    x b  # why\n",
            Some("provision:\n- script: |\n    x b OR  # why\n"),
        ),
        (
            "provision:\n- script: |\n    x \\\n      b",
            Some("provision:\n- script: |\n    x \\\n      b OR"),
        ),
        ("provision: [{script: \"x; y\"}]", Some("provision: [{script: \"x OR; y\"}]")),
        ("provision: [{script: \"x \\\"b\\\"\"}]", None),
    ] {
        let made =
            edited(text, |command, lima| append_to_each(lima, text, &[command], " OR")?.pop());
        assert_eq!(made.as_deref(), expected, "{text}");
    }
}

#[test]
fn text_is_put_behind_several_commands_of_several_scripts() {
    let text = "provision:\n- script: x; y; x\n- script: |\n    y\n    x\n";
    let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), text));
    let commands = script_commands(&lima);
    let commands: Vec<&ScriptCommand> = commands.iter().filter(|c| c.program() == "x").collect();
    let edits = append_to_each(&lima, text, &commands, " OR").unwrap();
    let new_text = EditSet::of(&edits).unwrap().apply(FileId(0), text).unwrap();
    assert_eq!(new_text, "provision:\n- script: x OR; y; x OR\n- script: |\n    y\n    x OR\n");
}
