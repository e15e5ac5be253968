#![doc = include_str!("vm_degraded.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::Message;
use crate::rules::mounts::written_location;
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::share::Share;

/// Lima started the VM, but something of its own in it failed.
pub const RULE: Rule = Rule {
    name: "vm-degraded",
    severity: Severity::Warning,
    summary: "the VM runs, but Lima's file sharing or port forwarding does not",
    docs: include_str!("vm_degraded.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    setup.errors.reports(Message::Degraded).take(1).map(|known| {
        let mut evidence = vec![Evidence::new(known.span, "Lima says so at the end of the start")];
        evidence.extend(suspects(setup));
        let name = setup.instance.as_deref().unwrap_or("NAME");
        Diagnostic {
            detail: "The mounts may be missing in the VM, and forwarded ports closed, although it runs \
                     and takes SSH connections."
                .to_owned(),
            evidence,
            fixes: vec![only_shown(
                "read",
                format!("Read `~/.lima/{name}/ha.stderr.log` on the host: the first error in it is the cause"),
                "",
            )],
            ..RULE.finding(known.span, "the VM runs, but Lima could not set all of it up".to_owned())
        }
    }).collect()
}

/// What in `lima.yaml` is known to end so.
fn suspects(setup: &Setup) -> Vec<Evidence> {
    let mut res = Vec::new();
    let Some(lima) = &setup.lima else { return res };
    res.extend(
        lima.forward_agent
            .map(|span| Evidence::new(span, "fails where the host has no SSH agent running")),
    );
    if setup.share() != Share::ReverseSshfs {
        return res;
    }
    // Lima makes a missing location as the user, who may not write at the top of the host.
    let system = ["/var/", "/opt/", "/usr/", "/srv/"];
    let outside = setup.mounts.iter().filter(|mount| {
        let location = mount.location.as_deref().unwrap_or_default();
        system.iter().any(|dir| location.starts_with(dir))
    });
    res.extend(outside.map(|mount| {
        let location = written_location(setup, mount);
        Evidence::new(
            mount.span,
            format!("fails where `{location}` is not there: you may not make it"),
        )
    }));
    res
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const ERROR: &str = "#- error\nDEGRADED. The VM seems running, but file sharing and port forwarding may not work.\n";

    #[test]
    fn the_text_leads_to_what_may_have_failed() {
        check(
            &format!(
                "#- lima.yaml\nvmType: qemu\nmountType: reverse-sshfs\nmounts: [{{location: ~/x}}, {{location: /var/lib/x}}]\nssh: {{forwardAgent: true}}\n{ERROR}"
            ),
            &expect![[r#"
                warning[vm-degraded] error:1:1: the VM runs, but Lima could not set all of it up
                  error:1:1: Lima says so at the end of the start
                  lima.yaml:4:21: fails where the host has no SSH agent running
                  lima.yaml:3:27: fails where `/var/lib/x` is not there: you may not make it
                  fix read: Read `~/.lima/NAME/ha.stderr.log` on the host: the first error in it is the cause
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
        check(
            ERROR,
            &expect![[r#"
            warning[vm-degraded] error:1:1: the VM runs, but Lima could not set all of it up
              error:1:1: Lima says so at the end of the start
              fix read: Read `~/.lima/NAME/ha.stderr.log` on the host: the first error in it is the cause
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn a_usual_start_is_none() {
        check_clean(
            &RULE,
            "#- lima.yaml\nssh: {forwardAgent: true}\n#- error\nREADY. Run `limactl shell dev` to open the shell.\n",
        );
    }
}
