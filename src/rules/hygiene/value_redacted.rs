#![doc = include_str!("value_redacted.md")]

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::text::StandIn;
use crate::topology::Setup;
use crate::topology::unfilled::Unfilled;

/// A value that matters is blacked out.
pub const RULE: Rule = Rule {
    name: "value-redacted",
    severity: Severity::Hint,
    summary: "a value that the diagnosis needs is blacked out",
    docs: include_str!("value_redacted.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let redacted = setup.unfilled.iter().filter(|one| one.kind == StandIn::Redacted);
    let finding = |one: &Unfilled| Diagnostic {
        detail: format!("Without it, {} cannot be told.", one.hides),
        ..RULE.finding(one.span, format!("a part of {} is blacked out", one.place))
    };
    redacted.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{RULE, Setup};
    use crate::rules::testing::{check, check_clean, input};
    use crate::topology::mounts::Sharing;

    #[test]
    fn what_is_blacked_out_is_not_known() {
        check(
            r#"
#- lima.yaml
mounts:
- location: [REDACTED]
  writable: true
- location: ***
  mountPoint: /mnt
ssh:
  localPort: *****
#- .env
URI=qemu+ssh://***@host.docker.internal:****/system
JOBS_DIR=/Users/***/jobs
#- compose.yaml
services:
  api:
    image: api
    volumes: ["${JOBS_DIR}:/jobs"]
    environment: {LIBVIRT_URI: "${URI}", JOBS_DIR: /jobs}
#- error
error: Cannot access storage file '/***/seed.iso': No such file or directory
"#,
            &expect![[r#"
                hint[value-redacted] .env:1:16: a part of `LIBVIRT_URI` of `api` is blacked out
                hint[value-redacted] .env:2:17: a part of what `api` binds at `/jobs` is blacked out
                hint[value-redacted] lima.yaml:2:14: a part of the `location` of a mount is blacked out
                hint[value-redacted] lima.yaml:7:14: a part of `ssh.localPort` is blacked out
                unchecked: where `LIBVIRT_URI` leads: a value is blacked out (paste the value, or one name for it everywhere)
                unchecked: which directory `api` binds at `/jobs`: a value is blacked out (paste the value, or one name for it everywhere)
                unchecked: which directories the VM sees: a value is blacked out (paste the value, or one name for it everywhere)
                unchecked: on which port the VM listens: a value is blacked out (paste the value, or one name for it everywhere)
                unchecked: where `error` comes from: no finding explains it (paste the files that are not pasted yet, and the whole error)
            "#]],
        );
    }

    #[test]
    fn other_values_are_nobodys_business() {
        for fixture in [
            "#- .env\nTOKEN=xxxxxxxx\n#- compose.yaml\nservices: {api: {image: api, environment: {TOKEN: '***'}}}\n",
            "#- lima.yaml\nmounts:\n- location: /srv\nparam: {TOKEN: '***'}\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }

    #[test]
    fn a_name_that_is_blacked_out_everywhere_alike_still_fits() {
        let setup = Setup::new(&input(
            r#"
#- lima.yaml
mounts: [{location: "/Users/***/jobs", mountPoint: /jobs, writable: true}]
#- compose.yaml
services:
  api:
    volumes: ["/Users/***/jobs:/jobs"]
    environment: {LIBVIRT_URI: "qemu+ssh://***@host.docker.internal:20022/system", JOBS_DIR: /jobs}
"#,
        ));
        assert_eq!(setup.connections.len(), 1, "only the user is not known");
        let verdicts: Vec<&Sharing> = setup.shared.iter().map(|dir| &dir.sharing).collect();
        assert_eq!(verdicts, [&Sharing::Shared(0)]);
    }
}
