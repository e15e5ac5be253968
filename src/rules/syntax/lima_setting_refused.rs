#![doc = include_str!("lima_setting_refused.md")]

use super::finding;
use crate::config::lima::validate::When;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::Message;
use crate::rules::Rule;
use crate::topology::Setup;

/// Lima reads the file, but refuses a setting in it.
pub const RULE: Rule = Rule {
    name: "lima-setting-refused",
    severity: Severity::Error,
    summary: "Lima refuses a setting in `lima.yaml`",
    docs: include_str!("lima_setting_refused.md"),
    covers: &[
        "V1", "V2", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V13", "V15", "V16", "V18", "V19",
        "V20", "V21", "V22", "V23", "V24", "V26", "V28", "V32",
    ],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let version = setup.lima_version;
    setup
        .refusals
        .iter()
        .map(|refusal| {
            let mut finding = finding(&RULE, &refusal.error);
            let noticed = match refusal.when {
                When::Load => format!("Lima {version} says so whenever it reads the file."),
                When::Start => {
                    format!("Lima {version} says so only when the VM is made or started.")
                }
            };
            finding.detail = format!("{} {noticed}", finding.detail).trim().to_owned();
            let told = setup.errors.reports(Message::SettingRefused);
            let told = told.filter(|known| refusal.error.message.contains(&known.value));
            finding
                .evidence
                .extend(told.map(|known| Evidence::new(known.span, "what Lima reports")));
            finding
        })
        .collect()
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
                error[lima-setting-refused] lima.yaml:4:3: field `mounts[0].location` must be an absolute path, got `.`
                  fix mend: Quote the `~`: without quotes it is null
                error[lima-setting-refused] lima.yaml:6:14: field `portForwards[0].guestPort` must not be 22
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -- location: ~
                +- location: "~"
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
