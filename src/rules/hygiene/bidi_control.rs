#![doc = include_str!("bidi_control.md")]

use super::{Told, unseen_finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::Unseen;
use crate::rules::Rule;
use crate::text::Span;
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
    let mut res = unseen_finding(setup, &RULE, &told);
    for finding in &mut res {
        let is_harmless = |place: Span| is_in_order(setup.sources.text(place.file), place.start);
        let mut places = finding.evidence.iter().map(|link| link.span).chain([finding.span]);
        if places.all(is_harmless) {
            finding.severity = Severity::Hint;
        }
    }
    res
}

/// Whether the control at `at` stands in a comment, in a line that ends what each of them starts, as
/// keyboards for Arabic and Hebrew write them. What forces an order is never so.
fn is_in_order(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let is_comment = line.trim_start().starts_with('#');
    let mut open = Vec::new();
    for char in line.chars() {
        match char {
            '\u{202a}' | '\u{202b}' => open.push('\u{202c}'),
            '\u{2066}' | '\u{2067}' | '\u{2068}' => open.push('\u{2069}'),
            '\u{202d}' | '\u{202e}' => return false,
            '\u{202c}' | '\u{2069}' if open.pop() != Some(char) => return false,
            _ => {}
        }
    }
    is_comment && open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::{Applicability, Severity};
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
    fn a_comment_that_ends_what_it_starts_is_only_a_hint() {
        for (fixture, severity) in [
            ("#- .env\n# \u{202b}x\u{202c}\nA=1\n", Severity::Hint),
            ("#- .env\n# \u{2067}x\u{2069} y\nA=1\n", Severity::Hint),
            ("#- .env\n# \u{202e}x\u{202c}\nA=1\n", Severity::Error),
            ("#- .env\n# \u{2067}x\nA=1\n", Severity::Error),
            ("#- .env\nA=\u{2067}x\u{2069}\n", Severity::Error),
        ] {
            let report = crate::diagnose(&input(fixture)).report;
            let found = report.findings.iter().find(|finding| finding.rule == RULE.name);
            assert_eq!(found.map(|finding| finding.severity), Some(severity), "{fixture:?}");
        }
    }

    #[test]
    fn scripts_from_right_to_left_need_none() {
        check_clean(&RULE, "#- lima.yaml\n# \u{5e9}\u{5dc}\u{5d5}\u{5dd}\nmounts: []\n");
    }
}
