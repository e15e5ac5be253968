#![doc = include_str!("lima_reported.md")]

use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::Rule;
use crate::text::FileKind;
use crate::topology::Setup;

/// limactl said why it did not do what it was asked to.
pub const RULE: Rule = Rule {
    name: "lima-reported",
    severity: Severity::Error,
    summary: "limactl reported why it did not do what it was asked to",
    docs: include_str!("lima_reported.md"),
    covers: &["V27"],
    check,
};

/// What limactl reported, with `{}` for what it names, and what to do.
const REPORTS: [(Message, &str, &str); 7] = [
    (
        Message::DuplicateKey,
        "the key `{}` is written twice",
        "Put the two together under one key: Lima reads nothing of a file with a key twice.",
    ),
    (
        Message::EditWhileRunning,
        "a VM that runs cannot be edited",
        "Stop it first: `limactl stop NAME`, edit, `limactl start NAME`.",
    ),
    (Message::InstanceStopped, "the VM does not run", "Start it: `limactl start NAME`."),
    (
        Message::InstanceUnknown,
        "there is no VM `{}`",
        "`limactl list` shows the names. With another `LIMA_HOME`, there are other VMs.",
    ),
    (
        Message::LimaAsRoot,
        "it does not run as root",
        "Run it as yourself: with sudo it would look for other VMs anyway.",
    ),
    (
        Message::LimaTooOld,
        "the file asks for a newer Lima",
        "Upgrade Lima, or take the template of the version that you have.",
    ),
    (
        Message::DiskShrunk,
        "a disk cannot be made smaller",
        "Put the old size back: Lima only lets a disk grow.",
    ),
];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = REPORTS
        .iter()
        .flat_map(|(message, what, advice)| {
            setup.errors.reports(*message).map(|known| finding(known, what, advice))
        })
        .collect();
    // Where the file that is pasted shows it, the finding on the file says it.
    let pasted = setup.sources.of_kind(FileKind::Lima).next().is_some();
    let fields = setup.errors.reports(Message::SettingRefused);
    res.extend(fields.filter(|known| !is_shown(setup, known)).map(|known| Diagnostic {
        severity: if pasted { Severity::Warning } else { Severity::Error },
        detail: match pasted {
            true => "The pasted file does not show it: it may be another one, or have changed since.",
            false => "Its reason stands behind the field's name.",
        }
        .to_owned(),
        ..RULE.finding(known.span, format!("Lima refuses the setting `{}`", known.value))
    }));
    res
}

/// Whether a refused setting of the pasted file is the one that limactl names.
fn is_shown(setup: &Setup, known: &KnownMessage) -> bool {
    setup.refusals.iter().any(|refusal| refusal.error.message.contains(&known.value))
}

fn finding(known: &KnownMessage, what: &str, advice: &str) -> Diagnostic {
    let what = match known.value.as_str() {
        "" => what.replace(" `{}`", ""),
        value => what.replace("{}", value),
    };
    Diagnostic {
        detail: advice.to_owned(),
        ..RULE.finding(known.span, format!("limactl reports that {what}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn each_report_with_what_to_do() {
        check(
            r#"
#- error
failed to unmarshal YAML (main file "lima.yaml"): mapping key "mounts" already defined at [3:1]
level=fatal msg="cannot edit a running instance"
level=fatal msg="instance \"dev\" is stopped, run `limactl start dev` to start the instance"
level=fatal msg="No instance matching lab found."
limactl: must not run as the root user
template requires Lima version "2.1.0"; this is only "1.2.2"
shrinking the disk is not supported
field `ssh.localPort` must not be 22
"#,
            &expect![[r#"
                error[lima-reported] error:1:64: limactl reports that the key `mounts` is written twice
                error[lima-reported] error:2:18: limactl reports that a VM that runs cannot be edited
                error[lima-reported] error:3:35: limactl reports that the VM does not run
                error[lima-reported] error:4:39: limactl reports that there is no VM `lab`
                error[lima-reported] error:5:10: limactl reports that it does not run as root
                error[lima-reported] error:6:1: limactl reports that the file asks for a newer Lima
                error[lima-reported] error:7:1: limactl reports that a disk cannot be made smaller
                error[lima-reported] error:8:8: Lima refuses the setting `ssh.localPort`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn the_file_that_shows_it_says_it() {
        check(
            "#- lima.yaml\nssh: {localPort: 22}\n#- error\nfield `ssh.localPort` must not be 22\n",
            &expect![[r#"
                error[lima-setting-refused] lima.yaml:1:18: field `ssh.localPort` must not be 22
                  error:1:8: what Lima reports
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn a_start_that_went_well() {
        check_clean(
            &RULE,
            "#- error\nlevel=info msg=\"READY. Run `limactl shell dev` to open the shell.\"\n",
        );
    }
}
