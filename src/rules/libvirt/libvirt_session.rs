#![doc = include_str!("libvirt_session.md")]

use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::uri::{UriPart, path_range};
use crate::rules::{Rule, by_hand};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::path::below;
use crate::topology::ports::{Connection, Target};

/// A URI asks for the user's own libvirt.
pub const RULE: Rule = Rule {
    name: "libvirt-session",
    severity: Severity::Warning,
    summary: "a libvirt URI asks under `/session` for what lives under `/system`",
    docs: include_str!("libvirt_session.md"),
    covers: &["C14", "F6"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let networks = setup.errors.reports(Message::NetworkNotFound);
    let reported: Vec<&KnownMessage> =
        networks.chain(setup.errors.reports(Message::DomainNotFound)).collect();
    let mut res: Vec<Diagnostic> = Vec::new();
    let remote = |c: &&Connection| matches!(c.target, Target::Host | Target::Container);
    for connection in setup.connections.iter().filter(remote) {
        if connection.uri.path == "/session"
            && let Some(finding) = finding(setup, connection, &reported)
            && !res.iter().any(|other| other.span == finding.span)
        {
            res.push(finding);
        }
    }
    if res.is_empty() {
        res.extend(reported.iter().map(|known| from_text(known)));
    }
    res
}

fn finding(
    setup: &Setup,
    connection: &Connection,
    reported: &[&KnownMessage],
) -> Option<Diagnostic> {
    let part = UriPart::of(setup, connection, path_range(connection))?;
    let mut evidence = part.evidence("asks for the libvirt of the user");
    // The system's libvirt keeps its images there; the user's could not write to them.
    let system = setup.shared.iter().filter(|dir| dir.service == connection.service);
    let mut system = system.filter(|dir| below("/var/lib/libvirt", &dir.target).is_some());
    let bind = system.next().and_then(|dir| setup.bind(dir)).map(|(_, bind)| bind.span);
    evidence.extend(
        bind.map(|span| Evidence::new(span, "binds the directory of the system's libvirt")),
    );
    evidence.extend(
        reported.iter().map(|known| Evidence::new(known.span, "not found, says your error")),
    );
    let is_meant = bind.is_none() && reported.is_empty();
    let message = match is_meant {
        true => "under `/session`, libvirt sees no domain and no network of `/system`",
        false => "likely: the domains are under `/system`, and the URI asks under `/session`",
    };
    let fix = part.written.map(|place| Fix {
        name: "system",
        title: "Ask for `/system`".to_owned(),
        suits: "",
        applicability: Applicability::Review,
        edits: vec![Edit::replace(place, "/system")],
        steps: vec![Step::RecreateService(part.service.name.clone())],
    });
    Some(Diagnostic {
        severity: if is_meant { Severity::Hint } else { Severity::Warning },
        detail: "Each user has a libvirt under `/session`; the one under `/system` runs as root, \
                 and has the network `default`."
            .to_owned(),
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(part.span, message.to_owned())
    })
}

/// What is not found, where no URI tells why.
fn from_text(known: &KnownMessage) -> Diagnostic {
    let is_network = known.message == Message::NetworkNotFound;
    let what = if is_network { "network" } else { "domain" };
    let list = if is_network { "net-list --all" } else { "list --all" };
    Diagnostic {
        severity: if is_network { Severity::Warning } else { Severity::Hint },
        detail: "Domains and networks under `/system` are not seen under `/session`, and the \
                 reverse."
            .to_owned(),
        fixes: vec![by_hand(
            format!(
                "Look under both in the VM: `virsh -c qemu:///system {list}` and \
                 `virsh -c qemu:///session {list}`"
            ),
            Vec::new(),
        )],
        ..RULE.finding(
            known.span,
            format!("libvirt has no {what} `{}` where it is asked for", known.value),
        )
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_path_is_changed_where_it_is_written() {
        check(
            r#"
#- .env
LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:20022/session?no_verify=1" # mine
#- docker-compose.yml
services:
  api:
    environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}
#- error
error: Network not found: no network with matching name 'default'
"#,
            &expect![[r#"
                warning[libvirt-session] .env:1:55: likely: the domains are under `/system`, and the URI asks under `/session`
                  docker-compose.yml:3:33: `api` takes its `LIBVIRT_URI` from here
                  .env:1:55: asks for the libvirt of the user
                  error:1:58: not found, says your error
                  fix system: Ask for `/system`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- .env
                -LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:20022/session?no_verify=1" # mine
                +LIBVIRT_URI="qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1" # mine
            "#]],
        );
    }

    #[test]
    fn without_an_error_it_may_be_meant() {
        check(
            "#- compose.yaml\nservices:\n  api: {environment: {LIBVIRT_URI: \
             \"qemu+ssh://dev@host.docker.internal:20022/session\"}}\n",
            &expect![[r#"
                hint[libvirt-session] compose.yaml:2:78: under `/session`, libvirt sees no domain and no network of `/system`
                  compose.yaml:2:78: asks for the libvirt of the user
                  fix system: Ask for `/system`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            "#]],
        );
    }

    #[test]
    fn an_error_alone_is_enough() {
        check(
            "#- error\nerror: failed to get domain 'sandbox-1'\n",
            &expect![[r#"
                hint[libvirt-session] error:1:30: libvirt has no domain `sandbox-1` where it is asked for
                  fix by-hand: Look under both in the VM: `virsh -c qemu:///system list --all` and `virsh -c qemu:///session list --all`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn the_systems_libvirt_and_other_machines_are_left_alone() {
        for uri in [
            "qemu+ssh://dev@host.docker.internal:20022/system",
            "qemu+ssh://dev@kvm.example.com/session",
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- compose.yaml\nservices:\n  api: {{environment: {{LIBVIRT_URI: \
                     \"{uri}\"}}}}\n"
                ),
            );
        }
    }
}
