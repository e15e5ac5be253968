#![doc = include_str!("vm_not_running.md")]

use super::{endpoints_of_host, ssh_connections, uri_evidence};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::limactl::Status;
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;

/// The VM that a URI leads to does not run.
pub const RULE: Rule = Rule {
    name: "vm-not-running",
    severity: Severity::Error,
    summary: "a libvirt URI leads to a VM that does not run",
    docs: include_str!("vm_not_running.md"),
    covers: &["C1"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    finding(setup).into_iter().collect()
}

fn finding(setup: &Setup) -> Option<Diagnostic> {
    let instance = setup.chosen_instance()?;
    let status = match instance.status? {
        Status::Stopped => "stopped",
        Status::Broken => "broken",
        _ => return None,
    };
    let connection = ssh_connections(setup).next();
    let in_error = endpoints_of_host(setup);
    if connection.is_none() && in_error.is_empty() {
        return None;
    }
    let name = instance.name.as_deref().unwrap_or("NAME");
    let mut evidence = vec![Evidence::new(instance.span, format!("the list shows it {status}"))];
    if let Some(connection) = connection {
        evidence.extend(uri_evidence(setup, connection, "leads to the VM"));
    }
    let has_failed = !in_error.is_empty();
    let reported = in_error.into_iter().map(|(.., span)| span);
    evidence.extend(reported.map(|span| Evidence::new(span, "the port in your error")));
    let start = match status {
        "broken" => {
            format!(
                "Stop the VM, and start it: `limactl stop --force {name}`, then `limactl start {name}`"
            )
        }
        _ => format!("Start the VM: `limactl start {name}`"),
    };
    Some(Diagnostic {
        // Without an error, it may be stopped on purpose.
        severity: if has_failed { Severity::Error } else { Severity::Hint },
        detail: "Nobody answers on its SSH port until it runs.".to_owned(),
        evidence,
        fixes: vec![by_hand(start, Vec::new())],
        ..RULE.finding(instance.span, format!("the VM `{name}` is {status}"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FILES: &str = r#"#- lima.yaml
ssh: {localPort: 20022}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}}
"#;

    #[test]
    fn a_stopped_vm_is_better_known() {
        check(
            &format!("{FILES}#- limactl list\nNAME STATUS SSH\ndev  Stopped  127.0.0.1:20022\n"),
            &expect![[r#"
                hint[vm-not-running] limactl list:2:1: the VM `dev` is stopped
                  limactl list:2:1: the list shows it stopped
                  compose.yaml:2:73: leads to the VM
                  fix by-hand: Start the VM: `limactl start dev`
            "#]],
        );
    }

    #[test]
    fn with_an_error_it_is_the_cause() {
        check(
            &format!(
                "{FILES}#- limactl list\nNAME STATUS SSH\ndev  Broken  127.0.0.1:20022\n#- error\n\
                 ssh: connect to host host.docker.internal port 20022: Connection refused\n"
            ),
            &expect![[r#"
                error[vm-not-running] limactl list:2:1: the VM `dev` is broken
                  limactl list:2:1: the list shows it broken
                  compose.yaml:2:73: leads to the VM
                  error:1:48: the port in your error
                  fix by-hand: Stop the VM, and start it: `limactl stop --force dev`, then `limactl start dev`
            "#]],
        );
        check(
            "#- limactl list\nNAME STATUS SSH\ndev  Stopped  127.0.0.1:0\n#- error\nssh: connect \
             to host host.docker.internal port 58411: Network is unreachable\n",
            &expect![[r#"
                error[vm-not-running] limactl list:2:1: the VM `dev` is stopped
                  limactl list:2:1: the list shows it stopped
                  error:1:48: the port in your error
                  fix by-hand: Start the VM: `limactl start dev`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_vm_that_runs_or_that_nothing_leads_to_is_left_alone() {
        for list in [
            "dev  Running  127.0.0.1:20022",
            "other  Stopped  127.0.0.1:0\ndev  Running  127.0.0.1:20022",
        ] {
            check_clean(
                &RULE,
                &format!(
                    "{FILES}#- answers\n--instance dev\n#- limactl list\nNAME STATUS SSH\n{list}\n"
                ),
            );
        }
        check_clean(
            &RULE,
            "#- lima.yaml\ncpus: 2\n#- limactl list\nNAME STATUS SSH\ndev  Stopped  127.0.0.1:0\n",
        );
    }
}
