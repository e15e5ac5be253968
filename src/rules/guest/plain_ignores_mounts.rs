#![doc = include_str!("plain_ignores_mounts.md")]

use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::Rule;
use crate::syntax::yaml::{Segment, Value};
use crate::topology::Setup;
use crate::topology::mounts::Sharing;

/// The VM is plain, so that Lima leaves its mounts out.
pub const RULE: Rule = Rule {
    name: "plain-ignores-mounts",
    severity: Severity::Error,
    summary: "`plain: true` lets Lima leave out the mounts and port forwards of `lima.yaml`",
    docs: include_str!("plain_ignores_mounts.md"),
    covers: &["M18"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    finding(setup).into_iter().collect()
}

fn finding(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let plain = lima.plain?;
    let missing = |dir: &&_| {
        matches!(dir, crate::topology::shared::SharedDir { sharing: Sharing::Missing, .. })
    };
    let mut needed = setup.shared.iter().filter(missing).peekable();
    let forwards: Vec<_> = lima.port_forwards.iter().filter(|f| !f.is_static).collect();
    let left_out = match (lima.mounts.is_empty(), forwards.is_empty()) {
        (false, true) => "the mounts",
        (false, false) => "the mounts and port forwards",
        (true, false) => "the port forwards",
        (true, true) => "every mount",
    };
    if lima.mounts.is_empty() && forwards.is_empty() && needed.peek().is_none() {
        return None;
    }
    let mounts = lima.mounts_key.filter(|_| !lima.mounts.is_empty());
    let mut evidence = vec![Evidence::new(
        plain,
        "a plain VM runs nothing of Lima's but SSH and provision scripts",
    )];
    evidence.extend(mounts.map(|key| Evidence::new(key, "none of these is made")));
    evidence.extend(forwards.iter().map(|forward| {
        let note = format!("port {} of the host leads nowhere", forward.host_port);
        Evidence::new(forward.span, note)
    }));
    let certain = setup.shared.iter().any(|dir| missing(&dir) && dir.certain);
    let fix = setup.document(lima.file).and_then(|(document, text)| {
        let path = [Segment::Key("plain".to_owned())];
        Some(Fix {
            name: "not-plain",
            title: "Set `plain: false`, so that Lima makes mounts and port forwards".to_owned(),
            suits: "starts Lima's agent in the VM",
            applicability: Applicability::Review,
            edits: document.set(text, &path, &Value::Bool(false)).ok()?,
            steps: vec![Step::RestartInstance],
        })
    });
    Some(Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Warning },
        detail:
            "In a plain VM mounts, the agent that forwards ports, and containerd are left out; \
                 SSH and provision scripts stay."
                .to_owned(),
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(plain, format!("with `plain: true`, Lima leaves out {left_out}"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn mounts_and_forwards_of_a_plain_vm_are_not_made() {
        check(
            r#"
#- lima.yaml
plain: true  # as small as can be
mounts:
- {location: /var/lib/libvirt/images, writable: true}
portForwards:
- {guestPort: 16509}
- {guestPort: 80, static: true}
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs"]
"#,
            &expect![[r#"
                error[plain-ignores-mounts] lima.yaml:1:8: with `plain: true`, Lima leaves out the mounts and port forwards
                  lima.yaml:1:8: a plain VM runs nothing of Lima's but SSH and provision scripts
                  lima.yaml:2:1: none of these is made
                  lima.yaml:5:3: port 16509 of the host leads nowhere
                  fix not-plain: Set `plain: false`, so that Lima makes mounts and port forwards
                error[mount-missing] lima.yaml:1:8: the VM does not see `/var/lib/libvirt/images/jobs`, where the container keeps files for libvirt
                  compose.yaml:4:15: `api` binds the host's `/var/lib/libvirt/images/jobs` at the same path
                  lima.yaml:1:8: with `plain`, Lima leaves every mount out
                warning[libvirt-uri-local] compose.yaml:3:33: likely: `qemu:///system` names no host: `api` looks for libvirt in its own container
                  compose.yaml:3:33: `LIBVIRT_URI` names no host
                  fix by-hand: Set `LIBVIRT_URI` to the VM's libvirt: `qemu+ssh://USER@host.docker.internal:PORT/system`
                --- lima.yaml
                -plain: true  # as small as can be
                +plain: false  # as small as can be
            "#]],
        );
    }

    #[test]
    fn what_is_not_written_is_not_left_out() {
        for fixture in [
            "#- lima.yaml\nplain: true\nmounts: []\n",
            "#- lima.yaml\nplain: false\nmounts: [{location: /srv/x}]\n",
            "#- lima.yaml\nplain: true\nportForwards: [{guestPort: 80, static: true}]\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
