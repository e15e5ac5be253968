#![doc = include_str!("libvirt_access_open.md")]

use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::Host;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::syntax::yaml::Value;
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::daemon::setting;
use crate::topology::ports::Target;
use crate::topology::reach::LIBVIRT_TCP;

/// Protection that a set-up gives up.
pub const RULE: Rule = Rule {
    name: "libvirt-access-open",
    severity: Severity::Hint,
    summary: "a setting gives up protection: who may use libvirt, or what QEMU may do",
    docs: include_str!("libvirt_access_open.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res = Vec::new();
    if let Some(lima) = &setup.lima {
        let forwards = lima.port_forwards.iter();
        let open = forwards.filter(|f| f.guest_port == LIBVIRT_TCP && !f.is_ignored && f.is_open());
        res.extend(open.filter_map(|forward| {
            let (address, span) = forward.host_ip.as_ref()?;
            Some(published(setup, &address.to_string(), forward.host_port, *span))
        }));
        if let Some(span) = setting(lima, "auth_tcp", "none") {
            res.push(no_password(span));
        }
        if let Some(span) = setting(lima, "security_driver", "none") {
            res.push(unconfined(span));
        }
    }
    res.extend(any_host_key(setup));
    res
}

fn published(setup: &Setup, address: &str, port: u16, span: Span) -> Diagnostic {
    let edits = setup.document(span.file).and_then(|(document, text)| {
        document.set(text, &document.path_to(span)?, &Value::Text("127.0.0.1".to_owned())).ok()
    });
    let title = "Open the port on `127.0.0.1` only".to_owned();
    let steps = vec![Step::RestartInstance];
    // Docker's bridge on Linux does not reach the loopback address.
    let fix = match edits.filter(|_| setup.host == Host::MacOs) {
        Some(edits) => {
            let applicability = Applicability::Review;
            Fix { name: "loopback", title, suits: "", applicability, edits, steps }
        }
        None => by_hand("Open the port on an address that only the containers reach", steps),
    };
    Diagnostic {
        detail: "Whoever is connected to libvirtd rules the VM, and writes every directory that \
                 is shared with it for writing."
            .to_owned(),
        evidence: vec![Evidence::new(span, format!("opens port {port} on `{address}`"))],
        fixes: vec![fix],
        ..RULE.finding(span, format!("other machines in the network reach libvirtd on port {port}"))
    }
}

fn no_password(span: Span) -> Diagnostic {
    Diagnostic {
        detail: "Whoever reaches the port rules the VM: every container on the host can. Over SSH \
                 only those with the key can."
            .to_owned(),
        evidence: vec![Evidence::new(span, "sets `auth_tcp = \"none\"`")],
        ..RULE.finding(span, "libvirtd asks nobody who comes over TCP for a password".to_owned())
    }
}

fn unconfined(span: Span) -> Diagnostic {
    Diagnostic {
        detail: "A guest that breaks out of QEMU is then held by file permissions alone. For \
                 development that may do; for guests that are not trusted it does not."
            .to_owned(),
        evidence: vec![Evidence::new(span, "sets `security_driver = \"none\"`")],
        ..RULE.finding(span, "neither AppArmor nor SELinux confines QEMU".to_owned())
    }
}

/// `no_verify=1` on the way to another machine; the VM's own key changes at each start.
fn any_host_key(setup: &Setup) -> Option<Diagnostic> {
    let connection = setup.connections.iter().find(|connection| {
        connection.target == Target::Elsewhere
            && connection.uri.is_ssh()
            && connection.uri.parameter("no_verify") == Some("1")
    })?;
    let part = UriPart::whole(setup, connection)?;
    let host = &connection.uri.host.as_ref()?.value;
    Some(Diagnostic {
        detail: "A machine in between could pass itself off as it. On the way to a VM on the same \
                 host there is none."
            .to_owned(),
        evidence: part.evidence("`no_verify=1` takes any key"),
        ..RULE.finding(part.span, format!("the host key of `{host}` is not checked"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, input};

    #[test]
    fn a_port_that_is_open_to_the_network_is_closed() {
        check(
            "#- lima.yaml\nportForwards:\n- guestPort: 16509 # libvirt\n  hostIP: \"0.0.0.0\"\n",
            &expect![[r#"
                hint[libvirt-access-open] lima.yaml:3:11: other machines in the network reach libvirtd on port 16509
                  lima.yaml:3:11: opens port 16509 on `0.0.0.0`
                  fix loopback: Open the port on `127.0.0.1` only
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn settings_that_give_protection_up_are_told() {
        check(
            r#"
#- lima.yaml
provision:
- mode: system
  script: |
    cat >>/etc/libvirt/libvirtd.conf <<EOF
    listen_tcp = 1
    auth_tcp = "none"
    EOF
    sed -i 's/^#security_driver.*/security_driver = "none"/' /etc/libvirt/qemu.conf
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://root@kvm.example.com/system?no_verify=1"}}
"#,
            &expect![[r#"
                hint[libvirt-access-open] lima.yaml:4:5: libvirtd asks nobody who comes over TCP for a password
                  lima.yaml:4:5: sets `auth_tcp = "none"`
                hint[libvirt-access-open] lima.yaml:8:5: neither AppArmor nor SELinux confines QEMU
                  lima.yaml:8:5: sets `security_driver = "none"`
                hint[libvirt-access-open] compose.yaml:2:37: the host key of `kvm.example.com` is not checked
                  compose.yaml:2:37: `no_verify=1` takes any key
            "#]],
        );
    }

    #[test]
    fn what_stays_on_the_host_is_left_alone() {
        for lima in [
            "portForwards: [{guestPort: 16509}]",
            "portForwards: [{guestPort: 16509, hostIP: 127.0.0.1}]",
            "portForwards: [{guestPort: 16509, hostIP: 172.17.0.1}]",
            "portForwards: [{guestPort: 80, hostIP: 0.0.0.0}]",
            "provision: [{script: \"echo '#auth_tcp = \\\"none\\\"'\"}]",
        ] {
            let fixture = format!(
                "#- lima.yaml\n{lima}\n#- compose.yaml\nservices:\n  api: {{environment: \
                 {{LIBVIRT_URI: \
                 \"qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1\"}}}}\n"
            );
            let report = crate::diagnose(&input(&fixture)).report;
            assert!(!report.findings.iter().any(|f| f.rule == RULE.name), "{lima}");
        }
    }
}
