#![doc = include_str!("libvirt_group_missing.md")]

use super::in_vm;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::VmState;
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::guest::{append_script, libvirt_install};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::topology::daemon::{gives_access, may_give_access};
use crate::topology::ports::{Connection, Target};
use crate::topology::{Setup, Subject, Verdict};

/// The VM's user may not manage libvirt.
pub const RULE: Rule = Rule {
    name: "libvirt-group-missing",
    severity: Severity::Error,
    summary: "the VM's user is not in the group that may manage libvirt",
    docs: include_str!("libvirt_group_missing.md"),
    covers: &["C15"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let denied = setup.errors.reports(Message::LibvirtSocketDenied);
    // Without a name, it is netcat that tells of libvirt's.
    let denied = denied.filter(|known| known.value.is_empty() || known.value.contains("virt"));
    let reported: Vec<&KnownMessage> =
        setup.errors.reports(Message::PolkitDenied).chain(denied).collect();
    match reported.split_first() {
        // What the files give by now is not in effect yet: another rule's finding.
        Some(_) if setup.lima.as_ref().is_some_and(gives_access) => Vec::new(),
        Some((first, rest)) => vec![from_text(setup, first, rest)],
        None => foretold(setup).into_iter().collect(),
    }
}

fn from_text(setup: &Setup, first: &KnownMessage, rest: &[&KnownMessage]) -> Diagnostic {
    let mut evidence: Vec<Evidence> =
        rest.iter().map(|known| Evidence::new(known.span, "here, too")).collect();
    let given = setup.lima.as_ref().is_some_and(may_give_access);
    let install = setup.lima.as_ref().and_then(libvirt_install);
    if let Some((command, package)) = install.filter(|_| !given) {
        let note = format!("installs `{package}`, and nothing adds the user to its group");
        evidence.push(Evidence::new(command.span, note));
    }
    let added = in_vm(setup, "sudo usermod -aG libvirt USER");
    let reconnect = by_hand(
        format!("Add the user of the URI to the group (`{added}`), and restart the VM"),
        vec![Step::RestartInstance],
    );
    Diagnostic {
        detail: "The group counts from the next login on: a connection that ssh keeps open still \
                 has the old ones (`limactl shell --reconnect`)."
            .to_owned(),
        evidence,
        fixes: add(setup).into_iter().chain([reconnect]).collect(),
        ..RULE.finding(first.span, "the VM's user may not manage libvirt".to_owned())
    }
}

/// The fix that adds the user by a provision script, where none does.
fn add(setup: &Setup) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    libvirt_install(lima).filter(|_| !may_give_access(lima))?;
    let script = "#!/bin/sh\nset -eu\nusermod -aG libvirt \"${LIMA_CIDATA_USER}\"";
    Some(Fix {
        name: "group",
        title: "Add the VM's user to the group `libvirt`, by a provision script".to_owned(),
        suits: "",
        applicability: Applicability::Review,
        edits: append_script(setup, script)?,
        steps: vec![Step::RestartInstance],
    })
}

/// What comes once the VM is reached: nothing is foretold of a connection that may work already.
fn foretold(setup: &Setup) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let (command, package) = libvirt_install(lima).filter(|_| !may_give_access(lima))?;
    let as_user = |c: &&Connection| {
        let is_root = c.uri.user.as_deref() == Some("root");
        c.uri.is_ssh() && c.target != Target::Elsewhere && c.uri.path == "/system" && !is_root
    };
    let connection = setup.connections.iter().find(as_user)?;
    let is_broken = setup
        .routes
        .iter()
        .any(|route| route.subject == Subject::Connection && route.verdict() == Verdict::Broken);
    if !is_broken && setup.vm != VmState::New {
        return None;
    }
    let note = format!("installs `{package}`, and nothing adds the user to its group");
    let mut evidence = vec![Evidence::new(command.span, note)];
    evidence.extend(UriPart::whole(setup, connection)?.evidence("asks for `/system` as that user"));
    Some(Diagnostic {
        severity: Severity::Hint,
        is_next: true,
        detail: "libvirt then says that no polkit agent is available, or that permission is \
                 denied."
            .to_owned(),
        evidence,
        fixes: add(setup).into_iter().collect(),
        ..RULE.finding(command.span, "likely: the VM's user may not manage libvirt".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, input};

    const LIMA: &str = r#"#- lima.yaml
ssh: {localPort: 20022}
provision:
- mode: system
  script: |
    apt-get install -y libvirt-daemon-system
"#;

    #[test]
    fn the_error_makes_it_certain() {
        check(
            &format!(
                "{LIMA}#- error\nerror: authentication unavailable: no polkit agent available to \
                 authenticate action 'org.libvirt.unix.manage'\n"
            ),
            &expect![[r#"
                error[libvirt-group-missing] error:1:86: the VM's user may not manage libvirt
                  lima.yaml:5:5: installs `libvirt-daemon-system`, and nothing adds the user to its group
                  fix group: Add the VM's user to the group `libvirt`, by a provision script
                  fix by-hand: Add the user of the URI to the group (`limactl shell --workdir / NAME sudo usermod -aG libvirt USER`), and restart the VM
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                +- mode: "system"
                +  script: |-
                +    #!/bin/sh
                +    set -eu
                +    usermod -aG libvirt "${LIMA_CIDATA_USER}"
            "#]],
        );
        check(
            "#- error\nFailed to connect socket to '/var/run/libvirt/libvirt-sock': Permission \
             denied\n",
            &expect![[r#"
                error[libvirt-group-missing] error:1:30: the VM's user may not manage libvirt
                  fix by-hand: Add the user of the URI to the group (`limactl shell --workdir / NAME sudo usermod -aG libvirt USER`), and restart the VM
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn it_is_foretold_while_the_port_is_wrong() {
        check(
            &format!(
                "{LIMA}#- compose.yaml\nservices:\n  api: {{environment: {{LIBVIRT_URI: \
                 \"qemu+ssh://dev@host.docker.internal:52136/system\"}}}}\n"
            ),
            &expect![[r#"
                error[ssh-port-stale] compose.yaml:2:73: `compose.yaml` names port 52136; the VM is pinned to 20022
                  compose.yaml:2:73: says 52136
                  lima.yaml:1:18: `lima.yaml` pins 20022
                  fix use-pinned: Name the pinned port 20022
                next[ssh-key-missing] compose.yaml:2:37: likely: `api` has no key for the VM, unless its image brings one
                  compose.yaml:2:37: names no key, and none is bound
                  fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
                next[libvirt-group-missing] lima.yaml:5:5: likely: the VM's user may not manage libvirt
                  lima.yaml:5:5: installs `libvirt-daemon-system`, and nothing adds the user to its group
                  compose.yaml:2:37: asks for `/system` as that user
                  fix group: Add the VM's user to the group `libvirt`, by a provision script
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:52136/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}}
            "#]],
        );
    }

    #[test]
    fn nothing_is_foretold_where_access_is_given_or_the_connection_may_work() {
        for (script, port, user) in [
            ("apt-get install -y libvirt-daemon-system", 20022, "dev"),
            ("apt-get install -y libvirt-daemon-system", 52136, "root"),
            ("apt-get install -y libvirt-daemon-system && adduser dev libvirt", 52136, "dev"),
            ("apt-get install -y curl", 52136, "dev"),
        ] {
            let fixture = format!(
                "#- lima.yaml\nssh: {{localPort: 20022}}\nprovision: [{{script: \"{script}\"}}]\n#- \
                 compose.yaml\nservices:\n  api: {{environment: {{LIBVIRT_URI: \
                 \"qemu+ssh://{user}@host.docker.internal:{port}/system\"}}}}\n"
            );
            let report = crate::diagnose(&input(&fixture)).report;
            assert!(!report.findings.iter().any(|f| f.rule == RULE.name), "{script} {port} {user}");
        }
    }
}
