#![doc = include_str!("bidi_control.md")]

use super::{Told, unseen_finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::Unseen;
use crate::rules::Rule;
use crate::topology::Setup;

/// A control character changes the order in which text is shown.
pub const RULE: Rule = Rule {
    name: "bidi-control",
    severity: Severity::Error,
    summary: "a control character makes a text look like another one",
    docs: include_str!("bidi_control.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let told = Told {
        kinds: &[Unseen::Bidi],
        what: "a control that changes the order in which text is shown",
        detail: "What is shown is not what the program reads. Do not trust the file before you know where it came from.",
        title: "Take the control out, and read the file again",
        is_surely_meant: false,
    };
    unseen_finding(setup, &RULE, &told)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Applicability;
    use crate::rules::testing::{check_clean, input};

    #[test]
    fn controls_are_told_in_comments_as_well() {
        for fixture in [
            "#- .env\nA=/srv/\u{202e}sboj\n",
            "#- lima.yaml\n# \u{2066} x\nmounts: []\n",
            "#- compose.yaml\nservices: {\"a\u{202b}\": {image: a}}\n",
        ] {
            let report = crate::diagnose(&input(fixture)).report;
            let finding = report.findings.iter().find(|finding| finding.rule == RULE.name);
            let finding = finding.unwrap_or_else(|| panic!("{fixture:?}"));
            assert_eq!(finding.fixes[0].applicability, Applicability::Review, "{fixture:?}");
        }
    }

    #[test]
    fn scripts_from_right_to_left_need_none() {
        check_clean(&RULE, "#- lima.yaml\n# \u{5e9}\u{5dc}\u{5d5}\u{5dd}\nmounts: []\n");
    }
}
