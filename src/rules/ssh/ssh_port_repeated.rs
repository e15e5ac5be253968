#![doc = include_str!("ssh_port_repeated.md")]

use super::{port_place, ssh_connections};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;
use crate::topology::ports::Connection;

/// A port beside the one in the URI does not count.
pub const RULE: Rule = Rule {
    name: "ssh-port-repeated",
    severity: Severity::Hint,
    summary: "the SSH port is written again where it does not count",
    docs: include_str!("ssh_port_repeated.md"),
    covers: &["C9"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in ssh_connections(setup) {
        for finding in copies(setup, connection) {
            if !res.iter().any(|other| other.span == finding.span) {
                res.push(finding);
            }
        }
    }
    res
}

fn copies(setup: &Setup, connection: &Connection) -> Vec<Diagnostic> {
    let Some(named) = connection.uri.port.as_ref().map(|port| port.value) else {
        return Vec::new();
    };
    let place = port_place(setup, connection);
    let counts = place.map(|place| Evidence::new(place, format!("this one counts: {named}")));
    let defaults = setup.default_ports(connection).into_iter();
    // A default in step with the URI is no trap.
    let defaults = defaults.filter(|copy| copy.port != named).map(|copy| {
        (
            copy.port,
            copy.span,
            "the default is not used while a file sets the variable",
            "Take the port out of the default, or let it fail: `${NAME:?set it in .env}`",
        )
    });
    let blocks = setup.ssh_blocks(connection).filter_map(|block| block.port).map(|(port, span)| {
        (
            port,
            span,
            "over an ssh configuration, the URI wins",
            "Take `Port` out of the configuration",
        )
    });
    let all = defaults.chain(blocks);
    all.map(|(port, span, note, title)| {
        let name = setup.sources.short_name(span.file);
        let mut evidence = vec![Evidence::new(span, note)];
        evidence.extend(counts.clone());
        Diagnostic {
            detail: "Whoever changes the port later may change the wrong one.".to_owned(),
            evidence,
            fixes: vec![by_hand(title, Vec::new())],
            ..RULE.finding(span, format!("port {port} in `{name}` does not count"))
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    fn files(default: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n#- .env\nLIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system\n#- compose.yaml\nservices:\n  api:\n    \
             environment:\n      - LIBVIRT_URI=${{LIBVIRT_URI:-{default}}}\n"
        )
    }

    #[test]
    fn a_default_and_an_ssh_configuration() {
        check(
            &format!(
                "{}#- ssh.config\nHost host.docker.internal\n  Port 63255\n",
                files("qemu+ssh://dev@host.docker.internal:63255/system")
            ),
            &expect![[r#"
                hint[ssh-port-repeated] compose.yaml:4:72: port 63255 in `compose.yaml` does not count
                  compose.yaml:4:72: the default is not used while a file sets the variable
                  .env:1:49: this one counts: 20022
                  fix by-hand: Take the port out of the default, or let it fail: `${NAME:?set it in .env}`
                hint[ssh-port-repeated] ssh.config:2:8: port 63255 in `ssh.config` does not count
                  ssh.config:2:8: over an ssh configuration, the URI wins
                  .env:1:49: this one counts: 20022
                  fix by-hand: Take `Port` out of the configuration
            "#]],
        );
    }

    #[test]
    fn a_default_in_step_goes_with_the_port() {
        let before = files("qemu+ssh://dev@host.docker.internal:58411/system")
            .replace("internal:20022", "internal:58411");
        check(
            &before,
            &expect![[r#"
            error[ssh-port-stale] .env:1:49: `.env` names port 58411; the VM is pinned to 20022
              compose.yaml:4:21: `api` takes its `LIBVIRT_URI` from here
              .env:1:49: says 58411
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix use-pinned: Name the pinned port 20022
            next[ssh-key-missing] .env:1:13: likely: `api` has no key for the VM, unless its image brings one
              compose.yaml:4:21: `api` takes its `LIBVIRT_URI` from here
              .env:1:13: names no key, and none is bound
              fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
            --- .env
            -LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:58411/system
            +LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system
            --- compose.yaml
            -      - LIBVIRT_URI=${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:58411/system}
            +      - LIBVIRT_URI=${LIBVIRT_URI:-qemu+ssh://dev@host.docker.internal:20022/system}
        "#]],
        );
    }

    #[test]
    fn defaults_without_a_port_and_other_hosts() {
        for default in ["qemu:///system", "qemu+ssh://dev@host.docker.internal:20022/system", ""] {
            check_clean(&RULE, &files(default));
        }
        check_clean(
            &RULE,
            &format!("{}#- ssh.config\nHost github.com\n  Port 443\n", files("qemu:///system")),
        );
    }
}
