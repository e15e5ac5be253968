use super::*;
use crate::intake::{Host, VmState};
use crate::syntax::yaml::Yaml;
use crate::text::FileId;

/// What is refused, each with the text that the finding marks.
fn refused(yaml: &str, circumstances: &Circumstances) -> Vec<String> {
    let file = FileId(0);
    let parsed = Yaml::parse(file, yaml);
    let lima = Lima::resolve(file, &parsed);
    refusals(&lima, &parsed.documents[0], circumstances)
        .iter()
        .map(|refusal| {
            let marked = yaml.get(refusal.error.span.range()).unwrap_or("?");
            format!("{marked}: {}", refusal.error.message)
        })
        .collect()
}

fn in_version(version: &str) -> Circumstances {
    Circumstances { version: version.parse().unwrap(), ..Circumstances::default() }
}

#[test]
fn each_rule_says_what_lima_says() {
    for (yaml, expected) in [
        (
            "mounts: [{location: srv}]",
            "srv: field `mounts[0].location` must be an absolute path, got `srv`",
        ),
        (
            "mounts: [{location: ~}]",
            "{location: ~}: field `mounts[0].location` must be an absolute path, got `.`",
        ),
        (
            "mounts: [{location: $HOME/x}]",
            "$HOME/x: field `mounts[0].location` must be an absolute path, got `$HOME/x`",
        ),
        (
            "mounts: [{location: ~me/x}]",
            "~me/x: field `mounts[0].location` refers to an unexpandable path: `~me/x`",
        ),
        (
            "mounts: [{location: /x, mountPoint: /var}]",
            "/var: field `mounts[0].mountPoint` must not be a system path such as /etc or /usr",
        ),
        (
            "mounts: [{location: /tmp/}]",
            "{location: /tmp/}: field `mounts[0].mountPoint` must not be a system path such as /etc or /usr",
        ),
        (
            "user: {home: /h}\nmounts: [{location: /x, mountPoint: /h}]",
            "/h: field `mounts[0].mountPoint` is the reserved internal home directory `/h`",
        ),
        (
            "mounts: [{location: /x, mountPoint: '{{.Home}}'}]",
            "'{{.Home}}': field `mounts[0].mountPoint` is the reserved internal home directory `{{.Home}}`",
        ),
        (
            "mounts: [{location: /x, mountPoint: ~/y}]",
            "~/y: field `mounts[0].mountPoint` must not start with `~`",
        ),
        ("mounts: [{location: /x, mountPoint: y}]", "y: field mounts[0] must be absolute, got `y`"),
        (
            "mounts: [{location: /x, 9p: {msize: many}}]",
            "many: field `msize` has an invalid value: invalid size: 'many'",
        ),
        ("ssh: {localPort: 22}", "22: field `ssh.localPort` must not be 22"),
        ("ssh: {localPort: 70000}", "70000: field `ssh.localPort` must be < 65536"),
        ("ssh: {localPort: -1}", "-1: field `ssh.localPort` must be > 0"),
        (
            "mountType: sshfs",
            "sshfs: field `mountType` must be `reverse-sshfs` or `9p` or `virtiofs`, or `wsl2`, got `sshfs`",
        ),
        (
            "mountType: 9p\nmountTypesUnsupported: [9p]",
            "9p: field `mountType` must not be one of [9p] (`mountTypesUnsupported`), got `9p`",
        ),
        (
            "vmType: vz\nmountType: 9p",
            "9p: field `mountType` must be `reverse-sshfs` or `virtiofs` for VZ driver, got `9p`",
        ),
        (
            "vmType: vz\nmountType: wsl2",
            "wsl2: field `mountType` must be `reverse-sshfs` or `virtiofs` for VZ driver, got `wsl2`",
        ),
        (
            "arch: arm64",
            "arm64: field `arch` must be one of [x86_64 aarch64 armv7l ppc64le riscv64 s390x]; got `arm64`",
        ),
        (
            "provision: [{mode: user}]",
            "{mode: user}: field `provision[0].script` must not be empty",
        ),
        ("vmType: default", "default: vmType `default` is not a registered driver"),
        ("portForwards: [{guestPort: 22}]", "22: field `portForwards[0].guestPort` must not be 22"),
        (
            "portForwards: [{guestPortRange: [9, 8]}]",
            "[9, 8]: field `portForwards[0].guestPortRange[1]` must be greater than or equal to field `portForwards[0].guestPortRange[0]`",
        ),
        (
            "portForwards: [{guestPort: 80, hostPortRange: [1, 2]}]",
            "[1, 2]: field `portForwards[0].hostPortRange` must specify the same number of ports as field `portForwards[0].guestPortRange`",
        ),
        (
            "portForwards: [{guestPort: 80, guestSocket: /x, hostSocket: /y}]",
            "80: field `portForwards[0].guestPort` must be 0 when field `portForwards[0].guestSocket` is set",
        ),
        (
            "portForwards: [{guestSocket: x, hostSocket: y}]",
            "x: field `portForwards[0].guestSocket` must be an absolute path, but is `x`",
        ),
        (
            "portForwards: [{guestSocket: /x}]",
            "/x: field `portForwards[0].guestSocket` can only be mapped to a single port or socket. not a range",
        ),
        (
            "portForwards: [{guestPort: 80, guestIP: 10.0.0.1, guestIPMustBeZero: true}]",
            "true: field `portForwards[0].guestIPMustBeZero` can only be true when field `portForwards[0].guestIP` is 0.0.0.0",
        ),
        (
            "portForwards: [{guestPort: 80, proto: sctp}]",
            "sctp: field `portForwards[0].proto` must be `tcp`, `udp`, or `any`",
        ),
        (
            "portForwards: [{guestPort: 80, reverse: true}]",
            "true: field `portForwards[0].reverse` must be false",
        ),
        (
            "portForwards: [{guestPortRange: [1, 2, 3]}]",
            "[1, 2, 3]: field `portForwards[0].guestPortRange` must be a list of two numbers",
        ),
        (
            "dns: [1.1.1.1]",
            "[1.1.1.1]: field `dns` must be empty when field `HostResolver.Enabled` is true",
        ),
        ("user: {name: root}", "root: field User must not be \"root\""),
        (
            "user: {passwordlessSudo: false}",
            "false: `user.passwordlessSudo: false` requires `plain: true`",
        ),
        (
            "param: {x: y}",
            "x: field `param` key `x` is not used in any provision, probe, copyToHost, or portForward",
        ),
        ("param: {x-y: z}", "x-y: param `x-y` name does not match regex `^[a-zA-Z][a-zA-Z0-9_]*$`"),
        (
            "minimumLimaVersion: new",
            "new: field `minimumLimaVersion` must be a semvar value, got `new`",
        ),
    ] {
        assert_eq!(refused(yaml, &Circumstances::default()), [expected], "{yaml}");
    }
}

#[test]
fn what_lima_takes_is_not_refused() {
    for yaml in [
        "mounts: [{location: '~'}, {location: ~/x, mountPoint: /var/lib}, {location: '{{.Dir}}/x'}]",
        "mounts: [{location: /home/x, mountPoint: /var/}]",
        "mounts: [{location: /x, mountPoint: '{{.Home}}/x', 9p: {msize: 512KiB}}]",
        "ssh: {localPort: 0}",
        "ssh: {localPort: 60022}",
        "portForwards: [{guestPort: 80, hostPort: 8080}, {guestPortRange: [1, 9]}, {ignore: true}]",
        "portForwards: [{guestSocket: /run/x.sock, hostSocket: x.sock}]",
        "portForwards: [{guestPort: 80, guestIPMustBeZero: true, proto: any}]",
        "hostResolver: {enabled: false}\ndns: [1.1.1.1]",
        "user: {passwordlessSudo: false}\nplain: true",
        "param: {x: y}\nprovision: [{script: 'echo $PARAM_x'}]",
        "param: {x: y}\nprovision: [{file: setup.sh}]",
        "mountType: virtiofs\nvmType: krunkit",
        "mountType:",
        "provision: [{mode: data, path: /x, content: y}, {mode: user, file: x.sh}]",
        "minimumLimaVersion: v1.0.0-rc1",
        "plain: true\nmounts: [{location: srv}]",
    ] {
        assert_eq!(refused(yaml, &Circumstances::default()), [""; 0], "{yaml}");
    }
}

#[test]
fn versions_differ() {
    for (yaml, version, count) in [
        ("mounts: [{location: /x, mountPoint: /var}]", "1.0.4", 0),
        ("mounts: [{location: /var, mountPoint: /x}]", "1.0.4", 1),
        ("mounts: [{location: /var, mountPoint: /x}]", "1.0.5", 0),
        ("mounts: [{location: /x, mountPoint: ~/y}]", "1.0.5", 0),
        ("mounts: [{location: /x, mountPoint: y}]", "1.0.5", 0),
        ("mounts: [{location: '{{.Dir}}/x'}]", "0.23", 1),
        ("mounts: [{location: x}]", "1.0", 1),
        ("mounts: [{location: x}, {location: ~}, {location: ../x}]", "1.2", 0),
        ("mounts: [{location: x}]", "2.0", 1),
        ("mountType: default", "1.2", 0),
        ("mountType: default", "0.23", 1),
        ("mountType: default\nvmType: vz", "2.0", 1),
        ("mountType: default\nvmType: qemu", "2.0", 0),
        ("vmType: default", "1.2", 0),
        ("portForwards: [{guestPort: 80, proto: udp}]", "0.23", 1),
        ("user: {passwordlessSudo: false}", "2.1", 0),
        ("base: {url: x, digest: y}", "2.0", 1),
        ("base: {url: x, digest: y}", "1.0", 0),
    ] {
        assert_eq!(refused(yaml, &in_version(version)).len(), count, "{yaml} in {version}");
    }
}

#[test]
fn what_only_one_host_refuses_is_refused_where_the_host_is_known() {
    let on_macos = Circumstances { host_is_known: true, ..Circumstances::default() };
    let on_linux = Circumstances { host: Host::Linux, ..on_macos.clone() };
    for (yaml, macos, linux, unknown) in [
        ("mountType: 9p", 1, 0, 0),
        ("vmType: qemu\nmountType: virtiofs", 1, 0, 0),
        ("vmType: qemu\nmountType: 9p", 0, 0, 0),
        ("vmType: qemu\nmountType: wsl2", 1, 1, 0),
        ("arch: riscv64\nmountType: 9p", 0, 0, 0),
    ] {
        let count = |circumstances| refused(yaml, circumstances).len();
        assert_eq!(count(&on_macos), macos, "{yaml} on macOS");
        assert_eq!(count(&on_linux), linux, "{yaml} on Linux");
        assert_eq!(count(&Circumstances::default()), unknown, "{yaml}");
    }
}

#[test]
fn the_home_directory_in_the_vm_goes_by_the_user_and_the_version() {
    let me = Circumstances { home: Some("/Users/me".to_owned()), ..in_version("2.2") };
    let new = Circumstances { vm: VmState::New, ..me.clone() };
    let old = Circumstances { version: "2.0".parse().unwrap(), ..me.clone() };
    for (path, circumstances, count) in [
        ("/home/me.guest", &new, 1),
        ("/home/me.linux", &new, 0),
        ("/home/me.linux", &old, 1),
        ("/home/you.linux", &old, 0),
        ("/home/me.guest", &me, 0),
    ] {
        let yaml = format!("mounts: [{{location: /x, mountPoint: {path}}}]");
        assert_eq!(refused(&yaml, circumstances).len(), count, "{path}");
    }
}

#[test]
fn a_base_is_refused_in_the_file_of_a_vm_only() {
    let stored = Circumstances { is_stored: true, ..Circumstances::default() };
    let yaml = "base: template:_default/mounts";
    assert_eq!(refused(yaml, &stored).len(), 1);
    assert_eq!(refused(yaml, &Circumstances::default()).len(), 0);
}

#[test]
fn a_version_is_missed_only_by_one_that_was_said() {
    let said = Circumstances { version_is_known: true, ..in_version("1.2") };
    let yaml = "minimumLimaVersion: 2.0.0";
    let expected = "2.0.0: template requires Lima version `2.0.0`; this is only `1.2`";
    assert_eq!(refused(yaml, &said), [expected]);
    assert_eq!(refused(yaml, &in_version("1.2")), [""; 0]);
}
