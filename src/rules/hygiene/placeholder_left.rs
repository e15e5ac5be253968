#![doc = include_str!("placeholder_left.md")]

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{Rule, by_hand};
use crate::text::StandIn;
use crate::topology::Setup;
use crate::topology::unfilled::{Role, Unfilled};

/// A value that was to be filled in.
pub const RULE: Rule = Rule {
    name: "placeholder-left",
    severity: Severity::Warning,
    summary: "a value was to be filled in, and was not",
    docs: include_str!("placeholder_left.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    // Where the VM's user is known, the finding on the user says whom to name.
    let is_told = |one: &&Unfilled| one.role == Role::User && setup.vm_user().is_some();
    let left = setup.unfilled.iter().filter(|one| one.kind == StandIn::Placeholder);
    let left = left.filter(|one| !is_told(one));
    left.map(finding).collect()
}

fn finding(one: &Unfilled) -> Diagnostic {
    let Unfilled { span, text, place, hides, .. } = one;
    Diagnostic {
        detail: format!("Until then, {hides} cannot be told."),
        fixes: vec![by_hand(format!("Write the value for `{text}`"), Vec::new())],
        ..RULE.finding(*span, format!("`{text}` is left to be filled in, in {place}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn what_is_left_to_be_filled_in_is_not_known() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /path/to/jobs
  mountPoint: /jobs
ssh:
  localPort: <port>
#- .env
URI='qemu+ssh://<user>@host.docker.internal:${PORT}/system'
JOBS_DIR=/Users/your-user/jobs
#- compose.yaml
services:
  api:
    image: api
    volumes: ["${JOBS_DIR}:/jobs"]
    environment: {LIBVIRT_URI: "${URI}", JOBS_DIR: /jobs}
"#,
            &expect![[r#"
                warning[placeholder-left] .env:1:17: `<user>` is left to be filled in, in `LIBVIRT_URI` of `api`
                  fix by-hand: Write the value for `<user>`
                warning[placeholder-left] .env:2:17: `your-user` is left to be filled in, in what `api` binds at `/jobs`
                  fix by-hand: Write the value for `your-user`
                warning[placeholder-left] lima.yaml:2:13: `/path/to` is left to be filled in, in the `location` of a mount
                  fix by-hand: Write the value for `/path/to`
                warning[placeholder-left] lima.yaml:5:14: `<port>` is left to be filled in, in `ssh.localPort`
                  fix by-hand: Write the value for `<port>`
                unchecked: where `LIBVIRT_URI` leads: a value is not filled in (paste the value)
                unchecked: which directory `api` binds at `/jobs`: a value is not filled in (paste the value)
                unchecked: which directories the VM sees: a value is not filled in (paste the value)
                unchecked: on which port the VM listens: a value is not filled in (paste the value)
            "#]],
        );
    }

    #[test]
    fn values_that_only_look_like_one() {
        for fixture in [
            "#- lima.yaml\nmounts:\n- location: /srv/todo-app\n  mountPoint: \"{{.Home}}/todo-app\"\n",
            "#- .env\nTOKEN=CHANGEME\n#- compose.yaml\nservices: {api: {image: api, environment: {TOKEN: '<token>'}}}\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
