#![doc = include_str!("lima_key_unknown.md")]

use crate::config::lima::keys::{UnknownKey, Why};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::Message;
use crate::rules::Rule;
use crate::text::Edit;
use crate::topology::Setup;

/// A key that Lima passes over.
pub const RULE: Rule = Rule {
    name: "lima-key-unknown",
    severity: Severity::Warning,
    summary: "Lima does not know a key of `lima.yaml`, and passes over it",
    docs: include_str!("lima_key_unknown.md"),
    covers: &["M19", "V30"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> =
        setup.unknown_keys.iter().map(|key| finding(setup, key)).collect();
    for known in setup.errors.reports(Message::NonStrictYaml) {
        match res.first_mut() {
            Some(first) => {
                first.evidence.push(Evidence::new(known.span, "Lima warns of such a key"));
            }
            None => res.push(Diagnostic {
                severity: Severity::Hint,
                detail:
                    "Lima names the key in the lines below its warning. The pasted texts do not \
                         show it."
                        .to_owned(),
                ..RULE.finding(known.span, "Lima reports a key that it does not know".to_owned())
            }),
        }
    }
    res
}

fn finding(setup: &Setup, unknown: &UnknownKey) -> Diagnostic {
    let UnknownKey { key, path, span, why } = unknown;
    let version = setup.lima_version;
    let place = match *path {
        "" => "at the top of the file".to_owned(),
        path => format!("under `{path}`"),
    };
    let (severity, detail, fix) = match why {
        Why::Near(known, sure) => (
            Severity::Warning,
            format!("`{known}` is known there. Lima goes on as if the line were not written."),
            Some(Fix {
                name: "rename",
                title: format!("Write `{known}` for `{key}`"),
                suits: "",
                applicability: if *sure { Applicability::Safe } else { Applicability::Review },
                edits: vec![Edit::replace(*span, *known)],
                steps: vec![Step::RestartInstance],
            }),
        ),
        Why::Misplaced(at) => (
            Severity::Warning,
            format!("It is known under `{at}`. Here, Lima goes on as if it were not written."),
            None,
        ),
        Why::Since((major, minor)) => (
            Severity::Warning,
            format!("Lima knows it since {major}.{minor}, and {version} is assumed."),
            None,
        ),
        Why::Unknown => {
            (Severity::Hint, "Lima goes on as if it were not written.".to_owned(), None)
        }
    };
    Diagnostic {
        severity,
        detail,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(*span, format!("Lima {version} does not know `{key}` {place}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn typos_and_strangers() {
        check(
            r#"
#- lima.yaml
vmtype: vz
mounts:
- location: "~/jobs"
  mountpoint: /jobs   # on the VM
  writeable: true
localPort: 2222
autostart: true
#- error
WARN[0000] Non-strict YAML detected; please check for typos
"#,
            &expect![[r#"
                warning[lima-key-unknown] lima.yaml:1:1: Lima 2.2 does not know `vmtype` at the top of the file
                  error:1:12: Lima warns of such a key
                  fix rename: Write `vmType` for `vmtype`
                warning[lima-key-unknown] lima.yaml:4:3: Lima 2.2 does not know `mountpoint` under `mounts`
                  fix rename: Write `mountPoint` for `mountpoint`
                warning[lima-key-unknown] lima.yaml:5:3: Lima 2.2 does not know `writeable` under `mounts`
                  fix rename: Write `writable` for `writeable`
                warning[lima-key-unknown] lima.yaml:6:1: Lima 2.2 does not know `localPort` at the top of the file
                hint[lima-key-unknown] lima.yaml:7:1: Lima 2.2 does not know `autostart` at the top of the file
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -vmtype: vz
                +vmType: vz
                -  mountpoint: /jobs   # on the VM
                -  writeable: true
                +  mountPoint: /jobs   # on the VM
                +  writable: true
            "#]],
        );
    }

    #[test]
    fn a_report_of_lima_alone() {
        check(
            "#- error\nlevel=warning msg=\"Non-strict YAML detected; please check for typos\"\n",
            &expect![[r#"
                hint[lima-key-unknown] error:1:20: Lima reports a key that it does not know
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn known_keys_are_left_alone() {
        check_clean(
            &RULE,
            "#- lima.yaml\nvmType: vz\nenv: {ANY: x}\nmounts: [{location: /a, writable: true, sshfs: {cache: false}}]\n",
        );
    }
}
