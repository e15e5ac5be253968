#![doc = include_str!("libvirt_tcp_not_listening.md")]

use super::in_vm;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::guest::libvirt_install;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::daemon::{Listening, listening};
use crate::topology::ports::Connection;
use crate::topology::reach::{LIBVIRT_TCP, TcpForward};

/// No libvirtd answers at the port of a `qemu+tcp` URI.
pub const RULE: Rule = Rule {
    name: "libvirt-tcp-not-listening",
    severity: Severity::Error,
    summary: "no libvirtd listens at the port of a `qemu+tcp` URI",
    docs: include_str!("libvirt_tcp_not_listening.md"),
    covers: &["C17"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in &setup.connections {
        let Some(forward) = setup.tcp_forward(connection) else { continue };
        let found = match forward {
            TcpForward::Forwarded(_) => daemon(setup, connection),
            _ => not_forwarded(setup, connection, forward),
        };
        if let Some(mut finding) = found
            && !res.iter().any(|other| other.message == finding.message)
        {
            let reported = reported(setup, connection);
            if !reported.is_empty() {
                finding.severity = Severity::Error;
                finding.message = finding.message.trim_start_matches("likely: ").to_owned();
            }
            let evidence =
                reported.iter().map(|k| Evidence::new(k.span, "refused, says your error"));
            finding.evidence.extend(evidence);
            res.push(finding);
        }
    }
    for known in setup.errors.reports(Message::TcpRefused) {
        let is_evidence =
            |finding: &Diagnostic| finding.evidence.iter().any(|e| e.span == known.span);
        if !res.iter().any(is_evidence) {
            res.push(from_text(setup, known));
        }
    }
    res
}

/// The reports of a refusal at the URI's host and port.
fn reported<'a>(setup: &'a Setup, connection: &Connection) -> Vec<&'a KnownMessage> {
    let host = connection.uri.host.as_ref().map_or("", |host| host.value.as_str());
    let port = connection.uri.effective_port().unwrap_or_default();
    let all = setup.errors.reports(Message::TcpRefused);
    all.filter(|known| known.value == format!("{host}:{port}")).collect()
}

fn not_forwarded(
    setup: &Setup,
    connection: &Connection,
    forward: TcpForward,
) -> Option<Diagnostic> {
    let wanted = connection.uri.effective_port()?;
    let host = &connection.uri.host.as_ref()?;
    let place = connection.uri.port.as_ref().map_or(host.range.clone(), |port| port.range.clone());
    let part = UriPart::of(setup, connection, place)?;
    let lima = setup.lima_name();
    let mut evidence = part.evidence(format!("names port {wanted}"));
    let (message, told, fix) = match forward {
        TcpForward::OtherPort(port, span) => (
            format!("`{lima}` forwards libvirtd to port {port}, and the URI names {wanted}"),
            Evidence::new(span, format!("forwards {LIBVIRT_TCP} of the VM to {port} of the host")),
            set_port(connection, &part, port),
        ),
        TcpForward::Ignored(span) => (
            format!("`{lima}` keeps libvirtd's port {LIBVIRT_TCP} in the VM"),
            Evidence::new(span, "`ignore: true` keeps it from the host"),
            Some(by_hand("Remove the entry, or its `ignore`", vec![Step::RestartInstance])),
        ),
        TcpForward::Plain(span) => (
            format!("a plain VM forwards no port, and the URI names port {wanted} of the host"),
            Evidence::new(span, "turns forwarding off"),
            Some(by_hand(
                "Take `plain` out, or add `static: true` to an entry of `portForwards`",
                vec![Step::RestartInstance],
            )),
        ),
        TcpForward::Forwarded(_) | TcpForward::Unknown => return None,
    };
    evidence.push(told);
    Some(Diagnostic {
        severity: Severity::Warning,
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(part.span, message)
    })
}

fn set_port(connection: &Connection, part: &UriPart, port: u16) -> Option<Fix> {
    let edit = match connection.uri.port {
        Some(_) => Edit::replace(part.written?, port.to_string()),
        None => {
            let host = part.written?;
            // The closing bracket of an IPv6 address stands behind it.
            let end = connection.uri.authority_end - connection.uri.host.as_ref()?.range.end;
            Edit::insert(host.file, host.end + end, format!(":{port}"))
        }
    };
    Some(Fix {
        name: "port",
        title: format!("Name the port {port} in the URI"),
        suits: "",
        applicability: Applicability::Safe,
        edits: vec![edit],
        steps: vec![Step::RecreateService(part.service.name.clone())],
    })
}

/// What the provision scripts leave undone.
fn daemon(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let part = UriPart::host(setup, connection)?;
    let port = connection.uri.effective_port()?;
    let names = part.evidence(format!("asks for libvirtd over TCP, port {port}"));
    match listening(lima) {
        Listening::Both(flag, socket) => Some(Diagnostic {
            severity: Severity::Warning,
            detail: "libvirtd refuses `--listen` when systemd starts it through its sockets, and \
                     then does not start at all."
                .to_owned(),
            evidence: [Evidence::new(flag, "lets libvirtd listen by an option")]
                .into_iter()
                .chain([Evidence::new(socket, "lets systemd listen for it")])
                .chain(names)
                .collect(),
            fixes: vec![by_hand(
                "Keep one: `systemctl enable --now libvirtd-tcp.socket` without `--listen`, or \
                 `--listen` with every `libvirtd*.socket` masked",
                vec![Step::RestartInstance],
            )],
            ..RULE.finding(
                flag,
                "likely: libvirtd does not start: `--listen` and its sockets exclude each other"
                    .to_owned(),
            )
        }),
        Listening::Never => {
            let (install, package) = libvirt_install(lima)?;
            let mut evidence = vec![Evidence::new(
                install.span,
                format!("installs `{package}`, which opens no TCP port by itself"),
            )];
            evidence.extend(names);
            Some(Diagnostic {
                severity: Severity::Warning,
                evidence,
                fixes: vec![listen(setup)],
                ..RULE.finding(
                    install.span,
                    format!("likely: libvirtd in the VM does not listen on port {port}"),
                )
            })
        }
        Listening::Perhaps => None,
    }
}

fn listen(setup: &Setup) -> Fix {
    by_hand(
        format!(
            "Let it listen: `{}`; or use `qemu+ssh`, which needs no open port",
            in_vm(setup, "sudo systemctl enable --now libvirtd-tcp.socket")
        ),
        Vec::new(),
    )
}

fn from_text(setup: &Setup, known: &KnownMessage) -> Diagnostic {
    Diagnostic {
        detail: "In the VM libvirtd has to listen for TCP, and Lima has to forward the port."
            .to_owned(),
        fixes: vec![listen(setup)],
        ..RULE.finding(known.span, format!("no libvirtd listens on `{}`", known.value))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    fn compose(uri: &str) -> String {
        format!("#- compose.yaml\nservices:\n  api: {{environment: {{LIBVIRT_URI: \"{uri}\"}}}}\n")
    }

    #[test]
    fn the_port_that_is_forwarded_is_named() {
        let lima = "#- lima.yaml\nportForwards: [{guestPort: 16509, hostPort: 16600}]\n";
        check(
            &format!("{lima}{}", compose("qemu+tcp://host.docker.internal/system")),
            &expect![[r#"
                warning[libvirt-tcp-not-listening] compose.yaml:2:48: `lima.yaml` forwards libvirtd to port 16600, and the URI names 16509
                  compose.yaml:2:48: names port 16509
                  lima.yaml:1:16: forwards 16509 of the VM to 16600 of the host
                  fix port: Name the port 16600 in the URI
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal:16600/system"}}
            "#]],
        );
        check(
            &format!(
                "{lima}{}#- error\nunable to connect to server at \
                 'host.docker.internal:16509': Connection refused\n",
                compose("qemu+tcp://host.docker.internal:16509/system")
            ),
            &expect![[r#"
                error[libvirt-tcp-not-listening] compose.yaml:2:69: `lima.yaml` forwards libvirtd to port 16600, and the URI names 16509
                  compose.yaml:2:69: names port 16509
                  lima.yaml:1:16: forwards 16509 of the VM to 16600 of the host
                  error:1:33: refused, says your error
                  fix port: Name the port 16600 in the URI
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal:16509/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+tcp://host.docker.internal:16600/system"}}
            "#]],
        );
    }

    #[test]
    fn an_option_and_a_socket_exclude_each_other() {
        check(
            &format!(
                "{}{}",
                r#"#- lima.yaml
provision:
- mode: system
  script: |
    apt-get install -y libvirt-daemon-system
    echo 'LIBVIRTD_ARGS="--listen"' >> /etc/default/libvirtd
    systemctl enable --now libvirtd-tcp.socket
"#,
                compose("qemu+tcp://host.docker.internal/system")
            ),
            &expect![[r#"
                warning[libvirt-tcp-not-listening] lima.yaml:5:5: likely: libvirtd does not start: `--listen` and its sockets exclude each other
                  lima.yaml:5:5: lets libvirtd listen by an option
                  lima.yaml:6:5: lets systemd listen for it
                  compose.yaml:2:48: asks for libvirtd over TCP, port 16509
                  fix by-hand: Keep one: `systemctl enable --now libvirtd-tcp.socket` without `--listen`, or `--listen` with every `libvirtd*.socket` masked
            "#]],
        );
    }

    #[test]
    fn an_error_alone_is_enough() {
        check(
            "#- error\nunable to connect to server at '192.168.5.15:16509': Connection refused\n",
            &expect![[r#"
                error[libvirt-tcp-not-listening] error:1:33: no libvirtd listens on `192.168.5.15:16509`
                  fix by-hand: Let it listen: `limactl shell --workdir / NAME sudo systemctl enable --now libvirtd-tcp.socket`; or use `qemu+ssh`, which needs no open port
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_port_that_is_open_is_left_alone() {
        let sockets = "provision:\n- mode: system\n  script: |\n    apt-get install -y \
                       libvirt-daemon-system\n    systemctl enable --now libvirtd-tcp.socket\n";
        for (lima, uri) in [
            ("cpus: 2", "qemu+tcp://host.docker.internal/system"),
            (sockets, "qemu+tcp://host.docker.internal/system"),
            (
                "portForwards: [{guestPort: 16509, hostPort: 16600}]",
                "qemu+tcp://host.docker.internal:16600/system",
            ),
            ("cpus: 2", "qemu+tcp://host.docker.internal:16600/system"),
            ("plain: true", "qemu+tcp://kvm.example.com/system"),
            (
                "plain: true\nportForwards: [{guestPort: 16509, static: true}]",
                "qemu+tcp://host.docker.internal/system",
            ),
        ] {
            check_clean(&RULE, &format!("#- lima.yaml\n{lima}\n{}", compose(uri)));
        }
    }
}
