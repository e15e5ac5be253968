#![doc = include_str!("host_directory_denied.md")]

use crate::diagnostic::{Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::Host;
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::path::{below, clean, normal_host};
use crate::topology::shared::SharedDir;

/// A directory of the host is missing, or its owner is not the one who needs it.
pub const RULE: Rule = Rule {
    name: "host-directory-denied",
    severity: Severity::Error,
    summary: "a directory of the host is missing, or belongs to another user",
    docs: include_str!("host_directory_denied.md"),
    covers: &["M13", "M14", "V3", "V4", "V5", "D10"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    let messages = [
        Message::BindSourceRefused,
        Message::MkdirDenied,
        Message::LocationDenied,
        Message::LocationNoDirectory,
        Message::LocationMissing,
    ];
    for message in messages {
        for known in setup.errors.reports(message) {
            // A socket is no directory of files.
            let is_socket =
                known.value.contains("/libvirt-sock") || known.value.contains("/run/libvirt");
            if !is_socket && !is_told_with_its_bind(setup, known) {
                res.push(in_container(setup, known).unwrap_or_else(|| told(setup, known)));
            }
        }
    }
    res
}

/// Whether the directory that could not be made is one on the way to a bind that the same text
/// tells of.
fn is_told_with_its_bind(setup: &Setup, known: &KnownMessage) -> bool {
    let mut binds = setup.errors.reports(Message::BindSourceRefused);
    known.message == Message::MkdirDenied
        && binds.any(|bind| below(&known.value, &bind.value).is_some())
}

/// A container may not make a directory in one that is bound there.
fn in_container(setup: &Setup, known: &KnownMessage) -> Option<Diagnostic> {
    let is_inside = |dir: &&SharedDir| {
        below(&dir.target, &clean(&known.value)).is_some_and(|rest| !rest.is_empty())
    };
    let dir = setup
        .shared
        .iter()
        .filter(|_| known.message == Message::MkdirDenied)
        .filter(is_inside)
        .max_by_key(|dir| dir.target.len())?;
    let (service, _) = setup.bind(dir)?;
    let mut evidence: Vec<Evidence> = setup.bind_evidence(dir).into_iter().take(1).collect();
    evidence.push(Evidence::new(known.span, "the path in your error"));
    let title = match setup.host {
        Host::MacOs => format!("Give `{}` to yourself with `sudo chown -R`", dir.host),
        Host::Linux => format!("Give `{}` to the user that the container runs as", dir.host),
    };
    Some(Diagnostic {
        detail: "On macOS, containers act on the host's directories with your rights; on Linux, \
                 with those of the user that they run as. A directory made with sudo, or by the \
                 engine, belongs to root."
            .to_owned(),
        evidence,
        fixes: vec![crate::rules::by_hand(title, Vec::new())],
        ..RULE.finding(
            known.span,
            format!("`{}` may not make a directory in the host's `{}`", service.name, dir.host),
        )
    })
}

/// Whether only root may make a directory at a path of the host.
fn belongs_to_root(setup: &Setup, path: &str) -> bool {
    let users = match setup.host {
        Host::MacOs => ["/Users", "/tmp", "/Volumes"],
        Host::Linux => ["/home", "/tmp", "/mnt"],
    };
    path.starts_with('/') && !users.iter().any(|dir| below(dir, path).is_some())
}

/// Whether a path starts with a directory that nobody can make: macOS keeps its top directory to
/// itself, root included (Apple, "About the read-only system volume").
fn is_at_top_of_mac(setup: &Setup, path: &str) -> bool {
    const THERE: [&str; 8] =
        ["/Users", "/Volumes", "/tmp", "/var", "/private", "/opt", "/usr", "/Library"];
    setup.host == Host::MacOs
        && path.starts_with('/')
        && !THERE.iter().any(|dir| below(dir, path).is_some())
}

fn told(setup: &Setup, known: &KnownMessage) -> Diagnostic {
    // Docker Desktop has the host's directories there, in its own VM.
    let path = known.value.strip_prefix("/host_mnt").unwrap_or(&known.value);
    let path = normal_host(path, setup.host, setup.home.as_deref());
    let (message, detail, severity) = match known.message {
        Message::MkdirDenied => (
            format!("`{path}` cannot be made: its parent belongs to another user"),
            "Lima and Docker Desktop act as you, and make a missing directory as you. Make it with \
             sudo once, and give it to yourself.",
            Severity::Error,
        ),
        Message::BindSourceRefused => (
            format!("the engine may not make `{path}` to bind it"),
            "Its parent belongs to root, or to a file system that may only be read, as the top \
             directory of a Mac does. A directory that is there is bound.",
            Severity::Error,
        ),
        Message::LocationDenied => (
            format!("Lima may not look at `{path}`"),
            "A directory above it belongs to another user, or is closed to you.",
            Severity::Error,
        ),
        Message::LocationNoDirectory => (
            format!("`{path}` is no directory, and Lima mounts only directories"),
            "Mount the directory that holds it.",
            Severity::Error,
        ),
        _ => (
            format!("`{path}` does not exist on the host"),
            "Lima makes it when the VM starts, where you may. See that the path is the one that is \
             meant.",
            Severity::Warning,
        ),
    };
    let makes = matches!(
        known.message,
        Message::BindSourceRefused | Message::MkdirDenied | Message::LocationMissing
    );
    let fix = makes.then(|| match is_at_top_of_mac(setup, &path) {
        true => only_shown("elsewhere", "Keep the directory below your home directory", ""),
        false => by_hand(&path, belongs_to_root(setup, &path)),
    });
    Diagnostic {
        severity,
        detail: detail.to_owned(),
        evidence: vec![Evidence::new(known.span, "the path in your error")],
        fixes: fix.into_iter().collect(),
        ..RULE.finding(known.span, message)
    }
}

fn by_hand(path: &str, with_sudo: bool) -> Fix {
    let title = match with_sudo {
        true => format!("Make `{path}` with sudo, and give it to yourself with `chown`"),
        false => format!("Make `{path}` on the host"),
    };
    Fix { steps: vec![Step::CreateHostDirectory(path.to_owned())], ..only_shown("make", title, "") }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn what_lima_and_docker_report() {
        check(
            r#"
#- error
time="2026-01-07T10:00:00Z" level=fatal msg="mkdir /var/lib/libvirt: permission denied"
level=fatal msg="field `mounts[0].location` refers to an inaccessible path: \"/private/x\": stat /private/x: permission denied"
level=fatal msg="field `mounts[1].location` refers to a non-directory path: \"/Users/me/a.iso\": %!w(<nil>)"
level=warning msg="field `mounts[2].location` refers to a non-existent directory: \"/Users/me/jobs\":"
"#,
            &expect![[r#"
                error[host-directory-denied] error:1:52: `/var/lib/libvirt` cannot be made: its parent belongs to another user
                  error:1:52: the path in your error
                  fix make: Make `/var/lib/libvirt` with sudo, and give it to yourself with `chown`
                error[host-directory-denied] error:2:79: Lima may not look at `/private/x`
                  error:2:79: the path in your error
                error[host-directory-denied] error:3:79: `~/a.iso` is no directory, and Lima mounts only directories
                  error:3:79: the path in your error
                warning[host-directory-denied] error:4:85: `~/jobs` does not exist on the host
                  error:4:85: the path in your error
                  fix make: Make `~/jobs` on the host
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn what_the_engine_may_not_make_is_told_once() {
        check(
            r#"
#- error
Error response from daemon: error while creating mount source path '/host_mnt/opt/jobs': mkdir /host_mnt/opt: permission denied
Error response from daemon: error while creating mount source path '/srv/jobs': mkdir /srv: read-only file system
"#,
            &expect![[r#"
                error[host-directory-denied] error:1:69: the engine may not make `/opt/jobs` to bind it
                  error:1:69: the path in your error
                  fix make: Make `/opt/jobs` with sudo, and give it to yourself with `chown`
                error[host-directory-denied] error:2:69: the engine may not make `/srv/jobs` to bind it
                  error:2:69: the path in your error
                  fix elsewhere: Keep the directory below your home directory
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_container_that_may_not_write_where_it_is_bound() {
        check(
            r#"
#- lima.yaml
mounts: [{location: ~/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
ssh: {localPort: 20022}
#- compose.yaml
services:
  api:
    image: api
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1"}
    volumes: ["~/jobs:/var/lib/libvirt/images/jobs"]
#- error
mkdir /var/lib/libvirt/images/jobs/a1: permission denied
"#,
            &expect![[r#"
                error[host-directory-denied] error:1:7: `api` may not make a directory in the host's `~/jobs`
                  compose.yaml:5:15: `api` binds the host's `~/jobs` at `/var/lib/libvirt/images/jobs`
                  error:1:7: the path in your error
                  fix by-hand: Give `~/jobs` to yourself with `sudo chown -R`
            "#]],
        );
    }

    #[test]
    fn a_directory_of_ones_own_or_one_that_is_mounted() {
        for host in ["~/jobs", "/Users/me/jobs"] {
            check_clean(
                &RULE,
                &format!(
                    "#- lima.yaml\nmounts: [{{location: '{host}', mountPoint: /var/lib/libvirt/images/jobs, writable: true}}]\n#- compose.yaml\nservices: {{api: {{image: api, environment: {{LIBVIRT_URI: 'qemu:///system'}}, volumes: ['{host}:/var/lib/libvirt/images/jobs']}}}}\n"
                ),
            );
        }
    }
}
