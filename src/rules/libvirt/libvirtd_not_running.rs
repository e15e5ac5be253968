#![doc = include_str!("libvirtd_not_running.md")]

use super::{SOCKET_DIRS, in_vm};
use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::intake::VmState;
use crate::intake::error_text::Message;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::daemon::{is_opaque, speaks_of_libvirt};
use crate::topology::path::below;
use crate::topology::ports::{Connection, Target};

/// ssh reaches the VM, and no libvirtd answers there.
pub const RULE: Rule = Rule {
    name: "libvirtd-not-running",
    severity: Severity::Error,
    summary: "no libvirtd answers in the VM",
    docs: include_str!("libvirtd_not_running.md"),
    covers: &["C16"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    if let Some(finding) = down(setup) {
        return vec![finding];
    }
    let found = cut(setup).or_else(|| other_socket(setup)).or_else(|| not_installed(setup));
    found.into_iter().collect()
}

/// The connections over SSH that may lead to the VM.
fn over_ssh(setup: &Setup) -> impl Iterator<Item = &Connection> {
    let to_vm = |c: &&Connection| c.uri.is_ssh() && c.target != Target::Elsewhere;
    setup.connections.iter().filter(to_vm)
}

/// A socket that a URI names and at which libvirtd has none by default.
fn named_socket(setup: &Setup) -> Option<(UriPart<'_>, String)> {
    over_ssh(setup).find_map(|connection| {
        let socket = connection.uri.parameter("socket")?.replace("%2F", "/").replace("%2f", "/");
        let is_usual = SOCKET_DIRS.iter().any(|dir| below(dir, &socket).is_some())
            || below("/run/user", &socket).is_some();
        (!is_usual).then_some((UriPart::whole(setup, connection)?, socket))
    })
}

/// The error says that nobody answers.
fn down(setup: &Setup) -> Option<Diagnostic> {
    let first = setup.errors.reports(Message::RemoteDaemonDown).next()?;
    // It answers, but not to this user.
    if setup.errors.reports(Message::LibvirtSocketDenied).next().is_some() {
        return None;
    }
    // Only `virt-ssh-helper`, which comes with libvirt, says this, too.
    let helper = setup.errors.reports(Message::LibvirtSocketMissing).next();
    let mut evidence: Vec<Evidence> = setup
        .errors
        .reports(Message::RemoteDaemonDown)
        .skip(1)
        .map(|known| Evidence::new(known.span, "here, too"))
        .collect();
    evidence.extend(
        setup.errors.reports(Message::LibvirtSocketMissing).map(|known| {
            Evidence::new(known.span, "libvirt's own helper in the VM finds no socket")
        }),
    );
    let socket = named_socket(setup);
    if let Some((part, socket)) = &socket {
        evidence.extend(part.evidence(format!("`socket=` names `{socket}`")));
    }
    let start = in_vm(setup, "sudo systemctl start libvirtd");
    let title = match (&socket, helper) {
        (Some(_), _) => "Take `socket=` out of the URI".to_owned(),
        (None, Some(_)) => format!("Start it: `{start}`"),
        (None, None) => format!("Start it (`{start}`), or install it there first"),
    };
    Some(Diagnostic {
        detail: match helper {
            Some(_) => "ssh reached the VM, and libvirt is installed there, but not running.",
            None => "ssh reached the VM; libvirt is not installed there, or not running.",
        }
        .to_owned(),
        evidence,
        fixes: vec![by_hand(title, Vec::new())],
        ..RULE.finding(first.span, "no libvirtd answers in the VM".to_owned())
    })
}

/// The error says nothing but that the connection ended.
fn cut(setup: &Setup) -> Option<Diagnostic> {
    let known = setup.errors.reports(Message::ConnectionCut).next()?;
    let is_told = |message| setup.errors.reports(message).next().is_some();
    let reasons = [
        Message::PublicKeyDenied,
        Message::HostKeyChanged,
        Message::HostKeyUnverified,
        Message::HostUnresolved,
        Message::KeyTooOpen,
    ];
    if reasons.into_iter().any(is_told) || !setup.errors.endpoints.is_empty() {
        return None;
    }
    let part = over_ssh(setup).next().and_then(|connection| UriPart::whole(setup, connection));
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "libvirt leaves out what ssh says where it is longer than 1024 bytes; or the \
                 command that ssh runs in the VM ended without a word."
            .to_owned(),
        evidence: part.map(|part| part.evidence("the URI")).unwrap_or_default(),
        fixes: vec![by_hand(
            "Run `ssh` in the container by hand, with the user, host and port of the URI, to see \
             what it says",
            Vec::new(),
        )],
        ..RULE.finding(known.span, "the connection to libvirt ended without a reason".to_owned())
    })
}

fn other_socket(setup: &Setup) -> Option<Diagnostic> {
    let (part, socket) = named_socket(setup)?;
    Some(Diagnostic {
        severity: Severity::Hint,
        detail: "Without `socket=`, libvirt finds the socket in the VM by itself.".to_owned(),
        evidence: part.evidence(format!("`socket=` names `{socket}`")),
        fixes: vec![by_hand(
            "Take `socket=` out of the URI, unless libvirtd is told to listen there",
            vec![Step::RecreateService(part.service.name.clone())],
        )],
        ..RULE.finding(part.span, format!("libvirtd has no socket `{socket}` by default"))
    })
}

/// A VM that is yet to be made, in which nothing installs libvirt.
fn not_installed(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref().filter(|_| setup.vm == VmState::New)?;
    if is_opaque(lima) || speaks_of_libvirt(lima) || lima.base.is_some() {
        return None;
    }
    let part = UriPart::whole(setup, over_ssh(setup).next()?)?;
    let end = setup.sources.text(lima.file).trim_end().len();
    let at = lima.provision.first().map_or(Span::at(lima.file, end), |one| one.span);
    let mut evidence = vec![Evidence::new(at, "no provision script installs libvirt")];
    evidence.extend(part.evidence(format!("`{}` asks for it", part.variable.name)));
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "The images that Lima offers come without libvirt.".to_owned(),
        evidence,
        fixes: vec![by_hand(
            "Install it by a provision script, on Debian and Ubuntu `libvirt-daemon-system`",
            Vec::new(),
        )],
        ..RULE.finding(at, "likely: the new VM will have no libvirt".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const COMPOSE: &str = "#- compose.yaml\nservices:\n  api: {environment: {LIBVIRT_URI: \
                           \"qemu+ssh://dev@host.docker.internal:20022/system\"}}\n";

    #[test]
    fn the_words_tell_whether_libvirt_is_installed() {
        check(
            "#- answers\n--instance dev\n#- error\nEnd of file while reading data: nc: unix \
             connect failed: No such file or directory: Input/output error\n",
            &expect![[r#"
                error[libvirtd-not-running] error:1:33: no libvirtd answers in the VM
                  fix by-hand: Start it (`limactl shell --workdir / dev sudo systemctl start libvirtd`), or install it there first
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
        check(
            "#- error\nEnd of file while reading data: virt-ssh-helper: cannot connect to \
             '/var/run/libvirt/libvirt-sock': Failed to connect socket to \
             '/var/run/libvirt/libvirt-sock': No such file or directory: Input/output error\n",
            &expect![[r#"
                error[libvirtd-not-running] error:1:69: no libvirtd answers in the VM
                  error:1:130: libvirt's own helper in the VM finds no socket
                  fix by-hand: Start it: `limactl shell --workdir / NAME sudo systemctl start libvirtd`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_socket_in_the_uri_may_be_wrong() {
        check(
            &COMPOSE.replace("/system", "/system?socket=/tmp/libvirt.sock"),
            &expect![[r#"
            hint[libvirtd-not-running] compose.yaml:2:37: libvirtd has no socket `/tmp/libvirt.sock` by default
              compose.yaml:2:37: `socket=` names `/tmp/libvirt.sock`
              fix by-hand: Take `socket=` out of the URI, unless libvirtd is told to listen there
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
        "#]],
        );
    }

    #[test]
    fn a_cut_connection_is_looked_into() {
        check(
            "#- error\nerror: End of file while reading data: Input/output error\n",
            &expect![[r#"
                warning[libvirtd-not-running] error:1:8: the connection to libvirt ended without a reason
                  fix by-hand: Run `ssh` in the container by hand, with the user, host and port of the URI, to see what it says
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_new_vm_needs_libvirt() {
        check(
            &format!("#- answers\n--vm new\n#- lima.yaml\nssh: {{localPort: 20022}}\n{COMPOSE}"),
            &expect![[r#"
                warning[libvirtd-not-running] lima.yaml:1:24: likely: the new VM will have no libvirt
                  lima.yaml:1:24: no provision script installs libvirt
                  compose.yaml:2:37: `LIBVIRT_URI` asks for it
                  fix by-hand: Install it by a provision script, on Debian and Ubuntu `libvirt-daemon-system`
            "#]],
        );
    }

    #[test]
    fn usual_sockets_and_other_ways_to_install_are_left_alone() {
        for (answers, lima, socket) in [
            ("--vm existing", "cpus: 2", ""),
            ("--vm new", "provision: [{script: apt-get install -y libvirt-daemon-system}]", ""),
            ("--vm new", "provision: [{script: \"curl https://x.example | sh\"}]", ""),
            ("--vm new", "base: ./kvm.yaml", ""),
            ("", "cpus: 2", "?socket=/var/run/libvirt/libvirt-sock"),
            ("", "cpus: 2", "?socket=%2Frun%2Flibvirt%2Fvirtqemud-sock"),
        ] {
            let compose = COMPOSE.replace("/system", &format!("/system{socket}"));
            check_clean(&RULE, &format!("#- answers\n{answers}\n#- lima.yaml\n{lima}\n{compose}"));
        }
    }

    #[test]
    fn a_socket_that_may_not_be_opened_is_another_failure() {
        for error in [
            "virt-ssh-helper: cannot connect to '/var/run/libvirt/libvirt-sock': Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
            "nc: /var/run/libvirt/libvirt-sock: Permission denied",
        ] {
            let report =
                crate::diagnose(&crate::rules::testing::input(&format!("#- error\n{error}\n")))
                    .report;
            let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
            assert_eq!(rules, ["libvirt-group-missing"], "{error}");
        }
    }
}
