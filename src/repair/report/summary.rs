use crate::Diagnosis;
use crate::diagnostic::{Applicability, Diagnostic, Severity, Step};
use crate::text::printable;

/// A sentence or two that sum a report up: "Two problems. One restart of the VM fixes both."
/// Where there is none, it says in what it looked: "No problem found in `lima.yaml` and `.env`."
///
/// Errors and warnings are problems; hints are counted by themselves.
pub fn summary(diagnosis: &Diagnosis) -> String {
    let sources = &diagnosis.setup.sources;
    let names: Vec<String> =
        sources.iter().map(|(id, _)| format!("`{}`", printable(sources.short_name(id)))).collect();
    if names.is_empty() {
        return "Nothing was given to check.".to_owned();
    }
    let files = list(&names);
    let findings = &diagnosis.report.findings;
    let problems: Vec<&Diagnostic> =
        findings.iter().filter(|finding| finding.severity != Severity::Hint).collect();
    let next = findings.iter().filter(|finding| finding.is_next).count();
    let hints = findings.len() - problems.len() - next;

    let mut res = match problems.len() {
        0 => format!("No problem found in {files}."),
        count => format!("{}.", counted(count, "problem", "problems")),
    };
    if let Some(outlook) = outlook(&problems) {
        res += " ";
        res += &outlook;
    }
    if hints > 0 {
        res += &format!(" {}.", counted(hints, "hint", "hints"));
    }
    if next > 0 {
        let failures = counted(next, "failure is", "failures are");
        res += &format!(" {failures} likely to come next.");
    }
    let unchecked = diagnosis.report.unchecked.len();
    if unchecked > 0 {
        res += &format!(" {} could not be checked.", counted(unchecked, "thing", "things"));
    }
    res
}

/// What the recommended fixes come to.
fn outlook(problems: &[&Diagnostic]) -> Option<String> {
    let fixes: Vec<_> = problems
        .iter()
        .filter_map(|finding| finding.fixes.first())
        .filter(|fix| !fix.edits.is_empty() && fix.applicability > Applicability::Manual)
        .collect();
    if fixes.is_empty() {
        return None;
    }
    let restarts = fixes.iter().any(|fix| fix.steps.contains(&Step::RestartInstance));
    let means = if restarts { "One restart of the VM" } else { "An edit" };
    let all = match (fixes.len() == problems.len(), problems.len()) {
        (true, 1) => "it".to_owned(),
        (true, 2) => "both".to_owned(),
        (true, _) => "all of them".to_owned(),
        (false, _) => format!("{} of them", word(fixes.len())),
    };
    Some(format!("{means} fixes {all}."))
}

/// "Two problems", at the start of a sentence.
fn counted(count: usize, one: &str, many: &str) -> String {
    let word = word(count);
    let mut chars = word.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{} {}", chars.as_str(), if count == 1 { one } else { many })
}

fn word(count: usize) -> String {
    const WORDS: [&str; 10] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
