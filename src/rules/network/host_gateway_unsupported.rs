#![doc = include_str!("host_gateway_unsupported.md")]

use super::{endpoint_evidence, unname};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::Rule;
use crate::rules::uri::UriPart;
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::ports::Connection;
use crate::topology::reach::Obstacle;

/// In Rancher Desktop, `host-gateway` is an address in its VM.
pub const RULE: Rule = Rule {
    name: "host-gateway-unsupported",
    severity: Severity::Error,
    summary: "`extra_hosts` leads the host's name into Rancher Desktop's own VM",
    docs: include_str!("host_gateway_unsupported.md"),
    covers: &["E3"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in &setup.connections {
        for obstacle in setup.obstacles(connection) {
            if let Obstacle::GatewayInVm(entry) = obstacle
                && !res.iter().any(|other| other.span == entry)
            {
                res.extend(finding(setup, connection, entry));
            }
        }
    }
    res
}

fn finding(setup: &Setup, connection: &Connection, entry: Span) -> Option<Diagnostic> {
    let part = UriPart::host(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    let in_error = endpoint_evidence(setup, connection);
    let severity = if in_error.is_empty() { Severity::Warning } else { Severity::Error };
    let mut evidence = part.evidence(format!("`{}` names `{host}`", part.variable.name));
    evidence.push(Evidence::new(entry, "leads it to the bridge in Rancher Desktop's VM"));
    evidence.extend(in_error);
    Some(Diagnostic {
        severity,
        detail: "Rancher Desktop offers the name by itself, and then it is the host.".to_owned(),
        evidence,
        fixes: unname(setup, &part.service.name, host, entry).into_iter().collect(),
        ..RULE
            .finding(entry, format!("in Rancher Desktop, this entry keeps `{host}` from the host"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_entry_goes_and_the_others_stay() {
        check(
            r#"
#- answers
--runtime rancher
#- docker-compose.yml
services:
  api:
    extra_hosts:
      - "db.example:10.0.0.2" # ours
      - "host.docker.internal:host-gateway"
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
#- error
Cannot recv data: ssh: connect to host host.docker.internal port 20022: Connection refused: Connection reset by peer
"#,
            &expect![[r#"
                error[host-gateway-unsupported] docker-compose.yml:5:9: in Rancher Desktop, this entry keeps `host.docker.internal` from the host
                  docker-compose.yml:6:48: `LIBVIRT_URI` names `host.docker.internal`
                  docker-compose.yml:5:9: leads it to the bridge in Rancher Desktop's VM
                  error:1:66: the port in your error
                  fix remove: Remove `host.docker.internal` from `extra_hosts`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- docker-compose.yml
                -      - "host.docker.internal:host-gateway"
            "#]],
        );
    }

    #[test]
    fn other_engines_take_it() {
        for runtime in ["docker-desktop", "colima", "orbstack"] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n--runtime {runtime}\n#- compose.yaml\nservices:\n  api: \
                     {{extra_hosts: [\"host.docker.internal:host-gateway\"], environment: \
                     {{LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system\"}}}}\n"
                ),
            );
        }
    }
}
