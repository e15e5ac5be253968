#![doc = include_str!("change_not_in_effect.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::intake::VmState;
use crate::intake::error_text::{Message, PathFailure};
use crate::intake::limactl::{Status, ToldBy};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::daemon::gives_access;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::below;
use crate::topology::ports::{Connection, SshPort, Target};
use crate::topology::share::Share;

/// The files are right, and the error shows an earlier state.
pub const RULE: Rule = Rule {
    name: "change-not-in-effect",
    severity: Severity::Warning,
    summary: "the error does not fit the files: the VM or the container is older than they are",
    docs: include_str!("change_not_in_effect.md"),
    covers: &["M21"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    if setup.vm == VmState::New {
        return Vec::new();
    }
    let mut res: Vec<Diagnostic> = Vec::new();
    for path in setup.errors.paths.iter().filter(|path| path.failure == PathFailure::Missing) {
        let shared = setup.shared.iter().find_map(|dir| match dir.sharing {
            Sharing::Shared(mount) if below(&dir.target, &path.path).is_some() => Some(mount),
            _ => None,
        });
        let mount = shared.and_then(|mount| setup.mounts.get(mount));
        if let Some(mount) = mount.filter(|_| res.is_empty()) {
            res.push(not_mounted(setup, path.span, &path.path, mount));
        }
    }
    let given = setup.lima.as_ref().is_some_and(gives_access);
    let denied = setup.errors.reports(Message::LibvirtSocketDenied);
    let denied = setup.errors.reports(Message::PolkitDenied).chain(denied);
    res.extend(denied.take(usize::from(given)).map(|known| not_in_group(setup, known.span)));
    for (host, port, span) in &setup.errors.endpoints {
        let connection = setup.connections.iter().find(|c| {
            c.target == Target::Host
                && c.uri.is_ssh()
                && c.uri.effective_port() == Some(*port)
                && c.uri.host.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(host))
        });
        if let Some(connection) = connection.filter(|c| setup.obstacles(c).is_empty()) {
            res.extend(not_listening(setup, connection, *port, *span));
        }
    }
    res
}

fn instance(setup: &Setup) -> String {
    setup.instance.as_ref().map_or("the VM".to_owned(), |name| format!("`{name}`"))
}

fn not_mounted(setup: &Setup, at: Span, path: &str, mount: &EffectiveMount) -> Diagnostic {
    let name = instance(setup);
    // 9p keeps `fscache` for what it reads only (Lima, pkg/limayaml/defaults.go).
    let listing = match setup.share_of(mount) {
        Share::NineP | Share::NinePMapped if !mount.writable => Some("Read-only 9p"),
        Share::ReverseSshfs => Some("sshfs"),
        _ => None,
    };
    let listing = listing.map_or(String::new(), |kind| {
        format!(
            " {kind} mounts may also show a new file late: they keep what they have listed, unless \
             `cache` is off."
        )
    });
    Diagnostic {
        detail: format!(
            "Lima reads mounts when the VM starts. If it has started since the last edit, see that \
             the file is there on the host, and that this file is the one of the VM in which \
             libvirt runs.{listing}"
        ),
        evidence: vec![
            Evidence::new(at, "the path in your error"),
            Evidence::new(mount.span, format!("{name} shares it from its next start on")),
        ],
        fixes: vec![by_hand(
            format!("Restart {name}, so that it takes up its mounts"),
            vec![Step::RestartInstance],
        )],
        ..RULE.finding(
            at,
            format!("likely: {name} has not started since it was told to share `{path}`"),
        )
    }
}

fn not_in_group(setup: &Setup, at: Span) -> Diagnostic {
    let name = instance(setup);
    Diagnostic {
        detail:
            "A group counts from the next login on, and a connection that ssh keeps open still \
                 has the old ones."
                .to_owned(),
        fixes: vec![by_hand(
            format!("Restart {name}, or log in anew (`limactl shell --reconnect`)"),
            vec![Step::RestartInstance],
        )],
        ..RULE.finding(
            at,
            "likely: the VM's user has not logged in since a script lets it manage libvirt"
                .to_owned(),
        )
    }
}

fn not_listening(
    setup: &Setup,
    connection: &Connection,
    port: u16,
    at: Span,
) -> Option<Diagnostic> {
    let name = instance(setup);
    let status = setup.chosen_instance().and_then(|instance| instance.status);
    if status.is_some_and(|status| status != Status::Running) {
        return None;
    }
    let lima = setup.lima_name();
    let restart = || {
        by_hand(
            format!("Start or restart {name}, so that it listens on {port}"),
            vec![Step::RestartInstance],
        )
    };
    let (message, told, fix) = match setup.ssh_port() {
        SshPort::Pinned(pinned, span) if pinned == port => match setup.port_until_restart() {
            Some((now, listed)) => (
                format!(
                    "{name} listens on {now} until its next start, and on the pinned {port} then"
                ),
                vec![
                    Evidence::new(listed, format!("listens on {now} now")),
                    Evidence::new(span, format!("`{lima}` pins {port}")),
                ],
                restart(),
            ),
            None if status == Some(Status::Running) => (
                older(port),
                vec![Evidence::new(span, format!("`{lima}` pins {port}"))],
                again(setup, connection)?,
            ),
            None => (
                format!(
                    "likely: {name} does not run, or has not started since its port is pinned to {port}"
                ),
                vec![Evidence::new(span, format!("`{lima}` pins {port}"))],
                restart(),
            ),
        },
        SshPort::InUse(listed, span, ToldBy::List) if listed == port => (
            older(port),
            vec![Evidence::new(span, format!("{name} listens on {port}"))],
            again(setup, connection)?,
        ),
        _ => return None,
    };
    let mut evidence = vec![Evidence::new(at, "the port in your error")];
    evidence.extend(UriPart::host(setup, connection)?.evidence(format!("names port {port}")));
    evidence.extend(told);
    Some(Diagnostic {
        detail: "The URI is right as the files are now.".to_owned(),
        evidence,
        fixes: vec![fix],
        ..RULE.finding(at, message)
    })
}

fn older(port: u16) -> String {
    format!("likely: the error is older than the files: port {port} is right now")
}

fn again(setup: &Setup, connection: &Connection) -> Option<crate::diagnostic::Fix> {
    let service = setup.compose.services.get(connection.service)?;
    Some(by_hand(
        format!("Recreate the container (`docker compose up -d {}`) and try again", service.name),
        vec![Step::RecreateService(service.name.clone())],
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FILES: &str = r#"#- lima.yaml
ssh: {localPort: 20022}
mounts:
- {location: /srv/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}
#- docker-compose.yml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
    volumes: ["/srv/jobs:/var/lib/libvirt/images/jobs"]
"#;

    const MISSING: &str = "Cannot access storage file \
                           '/var/lib/libvirt/images/jobs/1/cloud-init.iso': No such file or \
                           directory";

    const REFUSED: &str = "Cannot recv data: ssh: connect to host host.docker.internal port 20022: \
                           Connection refused: Connection reset by peer";

    #[test]
    fn what_is_listed_once_may_be_kept() {
        for (mount_type, writable, told) in [
            ("9p", "false", "Read-only 9p mounts may also"),
            ("9p", "true", ""),
            ("reverse-sshfs", "true", "sshfs mounts may also"),
        ] {
            let fixture = format!(
                "#- answers\n--vm existing\n#- lima.yaml\nvmType: qemu\nmountType: {mount_type}\n\
                 mounts: [{{location: ~/base, mountPoint: /var/lib/libvirt/images/base, writable: \
                 {writable}}}]\n#- compose.yaml\nservices: {{api: {{image: api, environment: \
                 {{LIBVIRT_URI: 'qemu:///system'}}, volumes: \
                 ['~/base:/var/lib/libvirt/images/base:ro']}}}}\n#- error\nCannot access storage file \
                 '/var/lib/libvirt/images/base/a.iso': No such file or directory\n"
            );
            let report = crate::diagnose(&crate::rules::testing::input(&fixture)).report;
            let found = report.findings.iter().find(|finding| finding.rule == super::RULE.name);
            let detail = found.map(|finding| finding.detail.as_str()).unwrap_or_default();
            assert!(detail.contains("runs."), "{fixture}{report:#?}");
            let late = detail.contains("show a new file late");
            assert!(detail.contains(told) && late != told.is_empty(), "{fixture}{detail}");
        }
    }

    #[test]
    fn a_path_that_is_shared_is_missing() {
        check(
            &format!("{FILES}#- error\n{MISSING}\n"),
            &expect![[r#"
            warning[change-not-in-effect] error:1:29: likely: the VM has not started since it was told to share `/var/lib/libvirt/images/jobs/1/cloud-init.iso`
              error:1:29: the path in your error
              lima.yaml:3:3: the VM shares it from its next start on
              fix by-hand: Restart the VM, so that it takes up its mounts
        "#]],
        );
    }

    #[test]
    fn a_pinned_port_is_refused() {
        check(
            &format!("{FILES}#- error\n{REFUSED}\n"),
            &expect![[r#"
            warning[change-not-in-effect] error:1:66: likely: the VM does not run, or has not started since its port is pinned to 20022
              error:1:66: the port in your error
              docker-compose.yml:3:48: names port 20022
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix by-hand: Start or restart the VM, so that it listens on 20022
        "#]],
        );
    }

    #[test]
    fn a_port_that_is_in_use_is_refused() {
        let list = "NAME    STATUS     SSH                CPUS    MEMORY    DISK\ndev     Running    \
                    127.0.0.1:20022    4       8GiB      50GiB\n";
        check(
            &format!("{FILES}#- limactl list\n{list}#- error\n{REFUSED}\n"),
            &expect![[r#"
            warning[change-not-in-effect] error:1:66: likely: the error is older than the files: port 20022 is right now
              error:1:66: the port in your error
              docker-compose.yml:3:48: names port 20022
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix by-hand: Recreate the container (`docker compose up -d api`) and try again
        "#]],
        );
        let list = list.replace("20022", "58411");
        check(
            &format!("{FILES}#- limactl list\n{list}#- error\n{REFUSED}\n"),
            &expect![[r#"
            warning[change-not-in-effect] error:1:66: `dev` listens on 58411 until its next start, and on the pinned 20022 then
              error:1:66: the port in your error
              docker-compose.yml:3:48: names port 20022
              limactl list:2:30: listens on 58411 now
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix by-hand: Start or restart `dev`, so that it listens on 20022
        "#]],
        );
    }

    #[test]
    fn a_group_counts_from_the_next_login_on() {
        check(
            "#- lima.yaml\nprovision: [{script: usermod -aG libvirt dev}]\n#- error\nauthentication \
             unavailable: no polkit agent available to authenticate action \
             'org.libvirt.unix.manage'\n",
            &expect![[r#"
                warning[change-not-in-effect] error:1:79: likely: the VM's user has not logged in since a script lets it manage libvirt
                  fix by-hand: Restart the VM, or log in anew (`limactl shell --reconnect`)
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn other_errors_are_left_alone() {
        for error in [
            "",
            "Cannot access storage file '/srv/other.iso': No such file or directory",
            "ssh: connect to host kvm01 port 22: Connection refused",
        ] {
            check_clean(&RULE, &format!("{FILES}#- error\n{error}\n"));
        }
        check_clean(&RULE, &format!("#- answers\n--vm new\n{FILES}#- error\n{MISSING}\n"));
    }
}
