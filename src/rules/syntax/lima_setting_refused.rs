#![doc = include_str!("lima_setting_refused.md")]

use super::finding;
use crate::config::lima::validate::{Refusal, When};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::Rule;
use crate::syntax::yaml::{Segment, Value};
use crate::topology::Setup;

/// Lima reads the file, but refuses a setting in it.
pub const RULE: Rule = Rule {
    name: "lima-setting-refused",
    severity: Severity::Error,
    summary: "Lima refuses a setting in `lima.yaml`",
    docs: include_str!("lima_setting_refused.md"),
    covers: &[
        "V1", "V2", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V13", "V15", "V16", "V18", "V19",
        "V20", "V21", "V22", "V23", "V24", "V26", "V28", "V32", "S2", "S3",
    ],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let version = setup.lima_version;
    let mut res: Vec<Diagnostic> = setup
        .refusals
        .iter()
        .filter(|refusal| !is_of_ssh(setup, refusal))
        .map(|refusal| {
            let mut finding = finding(setup, &RULE, &refusal.error);
            let noticed = match refusal.when {
                When::Load => format!("Lima {version} says so whenever it reads the file."),
                When::Start => {
                    format!("Lima {version} says so only when the VM is made or started.")
                }
            };
            finding.detail = format!("{} {noticed}", finding.detail).trim().to_owned();
            finding.fixes.extend(instead(setup, refusal));
            finding
        })
        .collect();
    for known in setup.errors.reports(Message::SettingRefused) {
        let quoted = format!("`{}`", known.value);
        let of_ssh = |refusal: &Refusal| refusal.error.message.contains(&quoted);
        if setup.refusals.iter().any(|refusal| is_of_ssh(setup, refusal) && of_ssh(refusal)) {
            continue;
        }
        match res.iter_mut().find(|finding| finding.message.contains(&quoted)) {
            Some(finding) => finding.evidence.push(Evidence::new(known.span, "Lima says so")),
            None => res.push(reported(setup, known)),
        }
    }
    res
}

/// Writes the text that Lima takes.
fn instead(setup: &Setup, refusal: &Refusal) -> Option<Fix> {
    let (key, text) = refusal.instead?;
    let (document, source) = setup.document(refusal.error.span.file)?;
    let path = [Segment::Key(key.to_owned())];
    let edits = document.set(source, &path, &Value::Text(text.to_owned())).ok()?;
    Some(Fix {
        name: "write",
        title: format!("Write `{key}: {text}`"),
        suits: "",
        applicability: Applicability::Review,
        edits,
        steps: vec![Step::RestartInstance],
    })
}

/// Whether a forward of SSH is refused, of which a rule of its own tells.
fn is_of_ssh(setup: &Setup, refusal: &Refusal) -> bool {
    let forwards = setup.lima.iter().flat_map(|lima| &lima.port_forwards);
    let mut of_ssh = forwards.filter(|forward| forward.guest_port == 22);
    of_ssh.any(|forward| forward.span.contains(refusal.error.span))
        && refusal.error.message.ends_with("must not be 22")
}

/// What Lima says of a setting that is not seen, or is right as it is seen.
fn reported(setup: &Setup, known: &KnownMessage) -> Diagnostic {
    let field = &known.value;
    let is_seen = setup.lima.as_ref().is_some_and(|lima| !lima.incomplete);
    let (severity, message, detail) = match is_seen {
        true => (
            Severity::Warning,
            format!("likely: Lima refuses `{field}` in another file than the pasted one"),
            "Here nothing is wrong with it: Lima read another file, or this one before a change. \
             Entries of `_config/default.yaml` count before those of the VM's own file.",
        ),
        false => (
            Severity::Error,
            format!("Lima refuses `{field}` as it is written"),
            "It refuses the whole file for that. What it takes stands behind these words in your \
             text; `limactl validate FILE` reads the file again.",
        ),
    };
    Diagnostic { severity, detail: detail.to_owned(), ..RULE.finding(known.span, message) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean, input};

    #[test]
    fn each_setting_at_its_place() {
        check(
            "#- lima.yaml\nvmType: vz\nmountType: 9p\nmounts:\n- location: ~\nportForwards:\n- guestPort: 22\n",
            &expect![[r#"
                error[lima-setting-refused] lima.yaml:2:12: field `mountType` must be `reverse-sshfs` or `virtiofs` for VZ driver, got `9p`
                  fix write: Write `mountType: virtiofs`
                error[lima-setting-refused] lima.yaml:4:3: field `mounts[0].location` must be an absolute path, got `.`
                  fix mend: Quote the `~`: without quotes it is null
                error[ssh-port-forwarded] lima.yaml:6:3: port 22 of the VM cannot be forwarded by `portForwards`
                  fix unforward: Remove the entry, and pin SSH to 20022 instead
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -mountType: 9p
                +mountType: "virtiofs"
                -- location: ~
                -portForwards:
                -- guestPort: 22
                +- location: "~"
                +ssh:
                +  localPort: 20022
            "#]],
        );
    }

    #[test]
    fn a_text_that_is_surely_meant_is_written() {
        for (lima, expected) in [
            ("arch: amd64   # Intel\n", "arch: \"x86_64\"   # Intel\n"),
            ("mountType: sshfs\n", "mountType: \"reverse-sshfs\"\n"),
            ("mountType: 'VirtioFS'\n", "mountType: \"virtiofs\"\n"),
            ("vmType: vz\nmountType: 9p\n", "vmType: vz\nmountType: \"virtiofs\"\n"),
            ("vmType: qemu\nmountType: virtiofs\n", "vmType: qemu\nmountType: \"9p\"\n"),
            ("mountType: 9p\n", "mountType: 9p\n"),
            ("mountType: nfs\n", "mountType: nfs\n"),
        ] {
            let input = input(&format!("#- lima.yaml\n{lima}"));
            let diagnosis = crate::diagnose(&input);
            assert!(diagnosis.report.findings.iter().any(|f| f.rule == RULE.name), "{lima}");
            let made = crate::repair(&input, &diagnosis, &crate::repair::plan::Choices::default());
            let text = made.corrected.first().map_or(lima, |file| file.text.as_str());
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn limas_own_words_are_laid_beside_the_setting() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /srv/jobs
  mountPoint: /var
#- error
time="2026-03-01T10:00:00Z" level=fatal msg="field `mounts[0].mountPoint` must not be a system path such as /etc or /usr"
"#,
            &expect![[r#"
                error[lima-setting-refused] lima.yaml:3:15: field `mounts[0].mountPoint` must not be a system path such as /etc or /usr
                  error:1:53: Lima says so
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
        check(
            "#- lima.yaml\ncpus: 2\n#- error\nfield `ssh.localPort` must not be 22\n",
            &expect![[r#"
                warning[lima-setting-refused] error:1:8: likely: Lima refuses `ssh.localPort` in another file than the pasted one
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
        check(
            "#- error\nfield `images` must be set\n",
            &expect![[r#"
            error[lima-setting-refused] error:1:8: Lima refuses `images` as it is written
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn the_detail_says_what_to_do_and_when_lima_says_so() {
        let detail = |fixture| crate::diagnose(&input(fixture)).report.findings.remove(0).detail;
        let when_read =
            "Choose a port from 1024 to 65535. Lima 2.2 says so whenever it reads the file.";
        assert_eq!(detail("#- lima.yaml\nssh: {localPort: 22}\n"), when_read);
        let when_started = detail("#- lima.yaml\nuser: {name: root}\n");
        assert!(when_started.contains("only when the VM is made or started"), "{when_started}");
    }

    #[test]
    fn a_file_that_is_not_yaml_is_not_held_against_these_rules() {
        let report =
            crate::diagnose(&input("#- lima.yaml\nssh: {localPort: 22\nmounts: [\n")).report;
        assert!(report.findings.iter().all(|finding| finding.rule != RULE.name), "{report:#?}");
    }

    #[test]
    fn a_usual_file_is_left_alone() {
        check_clean(
            &RULE,
            "#- lima.yaml\nvmType: qemu\nmountType: 9p\nmounts:\n- location: \"~\"\nssh:\n  localPort: 2222\n",
        );
    }
}
