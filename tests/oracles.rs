//! The programs to compare with answer as themselves.

mod support;

use std::process::Command;

use support::oracles::{Limactl, oracle};

#[test]
fn limactl_validates_a_file() {
    for (program, version) in
        [("limactl", "limactl version 2."), ("limactl-1", "limactl version 1.")]
    {
        let Some(limactl) = Limactl::new(program) else { continue };
        let output = limactl.command(["--version"]).output().expect("limactl runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.starts_with(version), "{program}: {printed}");

        let image = "images: [{location: https://example.com/disk.img, arch: x86_64}]\n";
        for (mounts, is_valid) in
            [("mounts: [{location: /srv}]\n", true), ("mounts: text\n", false)]
        {
            let file = limactl.write("lima.yaml", &format!("{image}{mounts}"));
            let output = limactl.command(["validate".as_ref(), file.as_os_str()]).output();
            let output = output.expect("limactl runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), is_valid, "{program}, {mounts}: {said}");
        }
    }
}

#[test]
fn docker_compose_tells_its_version() {
    let Some(compose) = oracle("docker-compose") else { return };
    let output = Command::new(compose).args(["version", "--short"]).output().expect("it runs");
    let version = String::from_utf8_lossy(&output.stdout);
    assert!(version.trim_start_matches('v').starts_with("5."), "{version}");
}
