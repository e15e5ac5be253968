#![doc = include_str!("invisible_character.md")]

use super::{Told, unseen_finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::Unseen;
use crate::rules::Rule;
use crate::topology::Setup;

/// A character that is not seen.
pub const RULE: Rule = Rule {
    name: "invisible-character",
    severity: Severity::Warning,
    summary: "a character that is not seen stands in a key, a value or an indentation",
    docs: include_str!("invisible_character.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let told = Told {
        kinds: &[Unseen::Invisible, Unseen::Blank],
        what: "a character that is not seen",
        detail: "To the program it is a part of the name or value that it stands in.",
        title: "Take out what is not seen, or write a blank for it",
        is_surely_meant: true,
    };
    unseen_finding(setup, &RULE, &told)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Applicability;
    use crate::rules::testing::{check_clean, input};

    #[test]
    fn what_is_surely_meant_and_what_is_to_be_read_first() {
        for (fixture, message, applicability) in [
            (
                "#- .env\nA=/srv\u{200b}\n",
                "`.env` has a character that is not seen (U+200B)",
                Applicability::Safe,
            ),
            (
                "#- compose.yaml\nservices:\n\u{a0}\u{a0}api: {image: a}\n",
                "`compose.yaml` has 2 times a character that is not seen (U+00A0)",
                Applicability::Safe,
            ),
            (
                "#- lima.yaml\nmo\u{ad}unts: []\n",
                "`lima.yaml` has a character that is not seen (U+00AD)",
                Applicability::Review,
            ),
        ] {
            let report = crate::diagnose(&input(fixture)).report;
            let finding = report.findings.iter().find(|finding| finding.rule == RULE.name);
            let finding = finding.unwrap_or_else(|| panic!("{fixture:?}"));
            assert_eq!(finding.message, message);
            assert_eq!(finding.fixes[0].applicability, applicability, "{fixture:?}");
        }
    }

    #[test]
    fn sentences_and_marks_are_left_alone() {
        check_clean(&RULE, "#- lima.yaml\n# a\u{a0}b\u{200b}\nmessage: Achtung\u{a0}! gut\n");
        check_clean(&RULE, "#- .env\n\u{feff}A=1\n");
    }
}
