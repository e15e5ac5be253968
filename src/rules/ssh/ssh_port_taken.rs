#![doc = include_str!("ssh_port_taken.md")]

use super::repin_fix;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::{KnownMessage, Message};
use crate::intake::limactl::{Status, ToldBy};
use crate::rules::{Rule, by_hand};
use crate::text::Span;
use crate::topology::Setup;

/// The pinned SSH port is somebody else's.
pub const RULE: Rule = Rule {
    name: "ssh-port-taken",
    severity: Severity::Error,
    summary: "the pinned SSH port is in use by something else",
    docs: include_str!("ssh_port_taken.md"),
    covers: &["C20"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let pinned = setup.lima.as_ref().and_then(|lima| lima.ssh_local_port);
    // Any program may find its own port taken: without an address, or with another port than the
    // pinned one, it is not SSH's.
    let is_of = |known: &KnownMessage, port: u16| known.host_port() == Some(port);
    let in_use: Vec<&KnownMessage> = setup
        .errors
        .reports(Message::AddressInUse)
        .filter(|known| known.host_port().is_some())
        .filter(|known| pinned.is_none_or(|(port, _)| is_of(known, port)))
        .collect();
    if let Some((port, span)) = pinned {
        let of_port: Vec<Evidence> = in_use
            .iter()
            .filter(|known| is_of(known, port))
            .map(|known| Evidence::new(known.span, "somebody listens there already"))
            .collect();
        let others = others(setup, port);
        if !of_port.is_empty() || !others.is_empty() {
            return vec![of_pin(setup, port, span, of_port, others)];
        }
    }
    in_use.first().map(|first| reported(setup, first, &in_use)).into_iter().collect()
}

/// Who else wants the port, as the files and the list tell.
fn others(setup: &Setup, port: u16) -> Vec<Evidence> {
    let mut res = Vec::new();
    for service in &setup.compose.services {
        let spans = service.loopback_ports.iter().filter(|(published, _)| *published == port);
        res.extend(
            spans.map(|(_, span)| {
                Evidence::new(*span, format!("`{}` publishes {port}", service.name))
            }),
        );
    }
    let forwards = setup.lima.iter().flat_map(|lima| &lima.port_forwards);
    let forwards = forwards.filter(|f| {
        // Lima's SSH is on 127.0.0.1, over TCP.
        let is_rival =
            f.is_tcp && f.host_ip.is_none_or(|(ip, _)| ip.is_loopback() || ip.is_unspecified());
        f.host_port == port && f.guest_port != 22 && !f.is_ignored && is_rival
    });
    res.extend(forwards.map(|forward| {
        let note = format!("forwards port {} of the VM to {port}", forward.guest_port);
        Evidence::new(forward.span, note)
    }));
    // Which of the VMs is meant must be known.
    let Some(meant) = setup.chosen_instance().and_then(|one| one.name.as_ref()) else { return res };
    let running = setup.instances.iter().filter(|one| {
        one.told_by == ToldBy::List
            && one.status == Some(Status::Running)
            && one.name.as_ref().is_some_and(|name| name != meant)
    });
    res.extend(running.filter_map(|one| {
        let (_, span) = one.port.filter(|(used, _)| *used == port)?;
        Some(Evidence::new(span, format!("`{}` listens on {port}", one.name.as_deref()?)))
    }));
    res
}

fn of_pin(
    setup: &Setup,
    port: u16,
    span: Span,
    reports: Vec<Evidence>,
    others: Vec<Evidence>,
) -> Diagnostic {
    let is_reported = !reports.is_empty();
    let mut evidence = vec![Evidence::new(span, format!("`{}` pins {port}", setup.lima_name()))];
    let message = match others.is_empty() {
        true => format!("port {port} is pinned for SSH, and in use already"),
        false => format!("port {port} is pinned for SSH, and wanted by something else"),
    };
    evidence.extend(others);
    evidence.extend(reports);
    let choose = || by_hand("Pin a port that nobody uses, from 1024 to 32767", Vec::new());
    Diagnostic {
        severity: if is_reported { Severity::Error } else { Severity::Warning },
        detail: "Lima does not look for another port: whoever comes second does not start, or is \
                 not reached."
            .to_owned(),
        evidence,
        fixes: vec![repin_fix(setup).unwrap_or_else(choose)],
        ..RULE.finding(span, message)
    }
}

/// The files do not tell who uses the port.
fn reported(setup: &Setup, first: &KnownMessage, all: &[&KnownMessage]) -> Diagnostic {
    let port = first.host_port();
    let listed = port.map_or("PORT".to_owned(), |port| port.to_string());
    let name = port.map_or("a port".to_owned(), |port| format!("port {port}"));
    let pinned = setup.lima.as_ref().is_some_and(|lima| lima.ssh_local_port.is_some());
    let detail = match pinned {
        true => "It is not the port that is pinned for SSH.",
        false => {
            "A pinned port that something uses keeps the VM from starting: Lima does not try \
             another."
        }
    };
    Diagnostic {
        detail: detail.to_owned(),
        evidence: all.iter().skip(1).map(|known| Evidence::new(known.span, "here, too")).collect(),
        fixes: vec![by_hand(
            format!("See who listens there: `lsof -nP -iTCP:{listed} -sTCP:LISTEN`"),
            Vec::new(),
        )],
        ..RULE.finding(first.span, format!("{name} of the host is in use already"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    fn files(lima: &str, ports: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n{lima}\n#- compose.yaml\nservices:\n  api:\n    \
             environment: {{LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system\"}}\n    \
             ports: [{ports}]\n"
        )
    }

    const TWO: &str = "#- limactl list\nNAME    STATUS     SSH                CPUS    MEMORY    \
                       DISK\ndev     Stopped    127.0.0.1:20022    4       8GiB      50GiB\n\
                       old     Running    127.0.0.1:20022    4       8GiB      50GiB\n";

    #[test]
    fn somebody_else_has_the_port() {
        check(
            &files("portForwards: [{guestPort: 80, hostPort: 20022}]", "\"20022:80\""),
            &expect![[r#"
                warning[ssh-port-taken] lima.yaml:1:18: port 20022 is pinned for SSH, and wanted by something else
                  lima.yaml:1:18: `lima.yaml` pins 20022
                  compose.yaml:4:13: `api` publishes 20022
                  lima.yaml:2:16: forwards port 80 of the VM to 20022
                  fix pin: Pin the port to 20023 in `lima.yaml`, and let `LIBVIRT_URI` name it
                --- lima.yaml
                -ssh: {localPort: 20022}
                +ssh: {localPort: 20023}
                --- compose.yaml
                -    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
                +    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20023/system"}
            "#]],
        );
        check(
            &format!("#- answers\n--instance dev\n{}{TWO}", files("", "")),
            &expect![[r#"
                warning[ssh-port-taken] lima.yaml:1:18: port 20022 is pinned for SSH, and wanted by something else
                  lima.yaml:1:18: `lima.yaml` pins 20022
                  limactl list:3:30: `old` listens on 20022
                  fix pin: Pin the port to 20023 in `lima.yaml`, and let `LIBVIRT_URI` name it
                hint[vm-not-running] limactl list:2:1: the VM `dev` is stopped
                  limactl list:2:1: the list shows it stopped
                  compose.yaml:3:69: leads to the VM
                  fix by-hand: Start the VM: `limactl start dev`
                --- lima.yaml
                -ssh: {localPort: 20022}
                +ssh: {localPort: 20023}
                --- compose.yaml
                -    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
                +    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20023/system"}
            "#]],
        );
    }

    #[test]
    fn lima_reports_it() {
        let text =
            "#- error\nFATA[0001] listen tcp 127.0.0.1:20022: bind: address already in use\n";
        check(
            &format!("{}{text}", files("", "")),
            &expect![[r#"
            error[ssh-port-taken] lima.yaml:1:18: port 20022 is pinned for SSH, and in use already
              lima.yaml:1:18: `lima.yaml` pins 20022
              error:1:23: somebody listens there already
              fix pin: Pin the port to 20023 in `lima.yaml`, and let `LIBVIRT_URI` name it
            --- lima.yaml
            -ssh: {localPort: 20022}
            +ssh: {localPort: 20023}
            --- compose.yaml
            -    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
            +    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20023/system"}
        "#]],
        );
        check(
            text,
            &expect![[r#"
            error[ssh-port-taken] error:1:23: port 20022 of the host is in use already
              fix by-hand: See who listens there: `lsof -nP -iTCP:20022 -sTCP:LISTEN`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
        check(&format!("{}{}", files("", ""), text.replace("20022", "8080")), &expect![""]);
    }

    #[test]
    fn ports_that_do_not_meet() {
        check_clean(
            &RULE,
            &files("portForwards: [{guestPort: 80, hostPort: 8080}]", "\"8080:80\""),
        );
        check_clean(
            &RULE,
            &files("portForwards: [{guestPort: 80, hostPort: 20022, ignore: true}]", ""),
        );
        check_clean(
            &RULE,
            &format!(
                "#- answers\n--instance old\n{}{}",
                files("", ""),
                TWO.replace("Stopped    127.0.0.1:20022", "Stopped    127.0.0.1:0    ")
            ),
        );
    }

    #[test]
    fn other_protocols_addresses_and_programs_are_no_rivals() {
        for (lima, ports) in [
            ("portForwards: [{guestPort: 53, hostPort: 20022, proto: udp}]", ""),
            ("portForwards: [{guestPort: 53, hostPort: 20022, hostIP: 192.168.1.2}]", ""),
            ("", "\"20022:53/udp\""),
            ("", "\"192.168.1.2:20022:53\""),
            ("", "{target: 53, published: 20022, protocol: udp}"),
        ] {
            check_clean(&RULE, &files(lima, ports));
        }
        for error in [
            "Error: listen EADDRINUSE: address already in use :::3000",
            "[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
            "listen tcp 0.0.0.0:5432: bind: address already in use",
        ] {
            check_clean(&RULE, &format!("{}#- error\n{error}\n", files("", "")));
        }
    }
}
