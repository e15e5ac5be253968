#![doc = include_str!("port_forward_shadowed.md")]

use crate::config::lima::PortForward;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::Rule;
use crate::topology::Setup;

/// An earlier forward takes the port of a later one.
pub const RULE: Rule = Rule {
    name: "port-forward-shadowed",
    severity: Severity::Hint,
    summary: "an earlier entry of `portForwards` takes a port, and a later one never does",
    docs: include_str!("port_forward_shadowed.md"),
    covers: &["V25"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let forwards: &[PortForward] = &lima.port_forwards;
    let mut res = Vec::new();
    for (i, later) in forwards.iter().enumerate() {
        let first = forwards.iter().take(i).find(|earlier| {
            earlier.guest_port == later.guest_port
                && earlier.any_address
                && (earlier.host_port, earlier.is_ignored) != (later.host_port, later.is_ignored)
        });
        res.extend(first.map(|first| finding(first, later)));
    }
    res
}

fn finding(first: &PortForward, later: &PortForward) -> Diagnostic {
    let port = later.guest_port;
    let note = match first.is_ignored {
        true => "this entry leaves the port alone".to_owned(),
        false => format!("this entry forwards it to {}", first.host_port),
    };
    Diagnostic {
        detail: "Lima takes the first entry that fits. Put this one in front of it, or remove one."
            .to_owned(),
        evidence: vec![
            Evidence::new(first.span, note),
            Evidence::new(later.span, "this one is never reached"),
        ],
        ..RULE.finding(later.span, format!("port {port} of the VM is not forwarded by this entry"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_first_that_fits_counts() {
        check(
            "#- lima.yaml\nportForwards:\n- {guestPort: 16509, hostPort: 26509}\n- {guestPort: 8080, ignore: true}\n- {guestPort: 16509, hostPort: 16509}\n- guestPort: 8080\n",
            &expect![[r#"
                hint[port-forward-shadowed] lima.yaml:4:3: port 16509 of the VM is not forwarded by this entry
                  lima.yaml:2:3: this entry forwards it to 26509
                  lima.yaml:4:3: this one is never reached
                hint[port-forward-shadowed] lima.yaml:5:3: port 8080 of the VM is not forwarded by this entry
                  lima.yaml:3:3: this entry leaves the port alone
                  lima.yaml:5:3: this one is never reached
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn other_ports_addresses_and_repetitions() {
        for yaml in [
            "portForwards: [{guestPort: 1, hostPort: 11}, {guestPort: 2, hostPort: 12}]",
            "portForwards: [{guestPort: 1, guestIP: 10.0.0.1, hostPort: 11}, {guestPort: 1, hostPort: 12}]",
            "portForwards: [{guestPort: 1, proto: udp, hostPort: 11}, {guestPort: 1, proto: tcp, hostPort: 12}]",
            "portForwards: [{guestPort: 1}, {guestPort: 1}]",
        ] {
            check_clean(&RULE, &format!("#- lima.yaml\n{yaml}\n"));
        }
    }
}
