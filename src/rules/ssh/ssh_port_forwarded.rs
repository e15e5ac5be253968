#![doc = include_str!("ssh_port_forwarded.md")]

use super::{pin_port, set_uri_port, ssh_connections};
use crate::config::lima::PortForward;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::Message;
use crate::rules::mounts::write_in_turn;
use crate::rules::{Rule, by_hand};
use crate::syntax::yaml::{Segment, Value};
use crate::text::Edit;
use crate::topology::Setup;

/// SSH is to be forwarded by `portForwards`.
pub const RULE: Rule = Rule {
    name: "ssh-port-forwarded",
    severity: Severity::Error,
    summary: "`portForwards` names the VM's SSH port, which Lima refuses",
    docs: include_str!("ssh_port_forwarded.md"),
    covers: &["C21"],
    check,
};

/// The VM's own SSH port.
const SSH: u16 = 22;

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let forwards = lima.port_forwards.iter().filter(|forward| forward.guest_port == SSH);
    let forwards: Vec<&PortForward> = forwards.collect();
    let fix = match forwards.as_slice() {
        [only] => pin_instead(setup, only),
        _ => None,
    };
    let reported: Vec<Evidence> = setup
        .errors
        .reports(Message::SettingRefused)
        .filter(|known| known.value.starts_with("portForwards["))
        .map(|known| Evidence::new(known.span, "Lima says so"))
        .collect();
    let finding = |forward: &&PortForward| Diagnostic {
        detail: "Lima forwards SSH by itself, and takes no entry for it; `ssh.localPort` says to \
                 which port of the host."
            .to_owned(),
        evidence: reported.clone(),
        fixes: vec![fix.clone().unwrap_or_else(|| {
            by_hand("Remove the entry, and write the port as `ssh.localPort`", Vec::new())
        })],
        ..RULE.finding(
            forward.span,
            "port 22 of the VM cannot be forwarded by `portForwards`".to_owned(),
        )
    };
    forwards.iter().map(finding).collect()
}

/// The fix that says the same by `ssh.localPort`.
fn pin_instead(setup: &Setup, forward: &PortForward) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    let pinned = lima.ssh_local_port.map(|(port, _)| port);
    let wanted = Some(forward.host_port).filter(|port| *port != SSH && *port > 0);
    let port = pinned.or(wanted).unwrap_or_else(|| setup.port_to_pin());
    let (document, text) = setup.document(lima.file)?;
    let entry = document.path_to(forward.span)?;
    // The pin stands elsewhere, so that the entry's place stays.
    let mut changes = vec![Change::Remove(entry)];
    if pinned.is_none() {
        pin_port(setup, port)?;
        changes.insert(0, Change::Pin(port));
    }
    let mut edits =
        write_in_turn(lima.file, text, &changes, |document, text, change| match change {
            Change::Remove(path) => document.remove(text, path).ok(),
            Change::Pin(port) => {
                let path = ["ssh", "localPort"].map(|key| Segment::Key(key.to_owned()));
                document.set(text, &path, &Value::Int(i64::from(*port))).ok()
            }
        })?;
    let mut steps = vec![Step::RestartInstance];
    for connection in ssh_connections(setup) {
        let changed: Vec<Edit> = set_uri_port(setup, connection, port).unwrap_or_default();
        if !changed.is_empty() {
            let service = setup.connection(connection).map(|(service, ..)| service.name.clone());
            steps.extend(service.map(Step::RecreateService));
        }
        edits.extend(changed);
    }
    edits.dedup();
    steps.dedup();
    Some(Fix {
        name: "unforward",
        title: match pinned {
            Some(_) => format!("Remove the entry: SSH is pinned to {port} already"),
            None => format!("Remove the entry, and pin SSH to {port} instead"),
        },
        suits: "",
        applicability: Applicability::Review,
        edits,
        steps,
    })
}

enum Change {
    Remove(Vec<Segment>),
    Pin(u16),
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_port_is_pinned_instead() {
        check(
            "#- lima.yaml\nportForwards:\n- guestPort: 80\n- guestPort: 22\n  hostPort: 2222\nssh: \
             {forwardAgent: true}\n#- error\nfield `portForwards[1].guestPort` must not be 22\n",
            &expect![[r#"
                error[ssh-port-forwarded] lima.yaml:3:3: port 22 of the VM cannot be forwarded by `portForwards`
                  error:1:8: Lima says so
                  fix unforward: Remove the entry, and pin SSH to 2222 instead
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -- guestPort: 22
                -  hostPort: 2222
                -ssh: {forwardAgent: true}
                +ssh: {forwardAgent: true, localPort: 2222}
            "#]],
        );
        check(
            "#- lima.yaml\nssh: {localPort: 2222}\nportForwards:\n- {guestPort: 22}\n",
            &expect![[r#"
                error[ssh-port-forwarded] lima.yaml:3:3: port 22 of the VM cannot be forwarded by `portForwards`
                  fix unforward: Remove the entry: SSH is pinned to 2222 already
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -portForwards:
                -- {guestPort: 22}
            "#]],
        );
        check(
            "#- lima.yaml\nportForwards:\n- guestPort: 22 # ssh\n",
            &expect![[r#"
            error[ssh-port-forwarded] lima.yaml:2:3: port 22 of the VM cannot be forwarded by `portForwards`
              fix by-hand: Remove the entry, and write the port as `ssh.localPort`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
        "#]],
        );
    }

    #[test]
    fn other_ports_are_left_alone() {
        check_clean(&RULE, "#- lima.yaml\nportForwards: [{guestPort: 2222, hostPort: 2200}]\n");
    }
}
