//! The sentences and names that stand around the library's data wherever a person reads it.

use crate::diagnostic::{Diagnostic, Severity, Step};
use crate::intake::{Host, Runtime, VmState};
use crate::repair::plan::{LineCount, Outcome, Repair};
use crate::repair::script::{Refusal, Script};
use crate::text::FileKind;
use crate::topology::Verdict;
use crate::{Diagnosis, Input, Report};

/// A clause at the start of a line: with a capital, unless a name in backticks comes first.
pub fn capitalised(clause: &str) -> String {
    let mut chars = clause.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A number with its noun: "1 problem", "2 problems".
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How much a change changes: "3 lines added, 1 removed, 193 untouched".
pub fn line_count(lines: LineCount) -> String {
    let LineCount { added, removed, untouched } = lines;
    let mut parts: Vec<String> = [(added, "added"), (removed, "removed")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, verb)| format!("{number} {verb}"))
        .collect();
    parts.push(format!("{untouched} untouched"));
    match parts.first_mut() {
        Some(first) => {
            let (number, verb) = first.split_once(' ').unwrap_or((first, ""));
            let noun = if number == "1" { "line" } else { "lines" };
            *first = format!("{number} {noun} {verb}");
        }
        None => return String::new(),
    }
    parts.join(", ")
}

/// The lines of all corrected files together.
pub fn total(repair: &Repair) -> LineCount {
    repair.corrected.iter().fold(LineCount::default(), |sum, file| LineCount {
        added: sum.added + file.count.added,
        removed: sum.removed + file.count.removed,
        untouched: sum.untouched + file.count.untouched,
    })
}

/// What the diagnosis of the corrected files says of the fixes: how many problems are gone, how
/// many are left, and which are new. Hints are no problems. Findings are the same when rule and
/// message are.
pub fn recheck(before: &Report, after: &Report) -> String {
    let problems = |report: &'_ Report| -> Vec<Diagnostic> {
        let all = report.findings.iter().filter(|one| one.severity < Severity::Hint);
        all.cloned().collect()
    };
    let (before, after) = (problems(before), problems(after));
    let among = |all: &[Diagnostic], one: &Diagnostic| {
        all.iter().any(|other| other.rule == one.rule && other.message == one.message)
    };
    let all = before.len();
    let left = before.iter().filter(|one| among(&after, one)).count();
    let new: Vec<String> = after
        .iter()
        .filter(|one| !among(&before, one))
        .map(|one| format!("{} (`{}`)", one.message, one.rule))
        .collect();
    let gone = match (all, all - left) {
        (0, _) => "there was no problem".to_owned(),
        (_, 0) => "no problem is gone".to_owned(),
        (1, _) => "the problem is gone".to_owned(),
        (2, 2) => "both problems are gone".to_owned(),
        (_, gone) if left == 0 => format!("all {gone} problems are gone"),
        (_, 1) => format!("1 of {all} problems is gone"),
        (_, gone) => format!("{gone} of {all} problems are gone"),
    };
    let left = match left {
        0 => String::new(),
        1 => ", 1 is left".to_owned(),
        left => format!(", {left} are left"),
    };
    let new = match new.as_slice() {
        [] => ", no new one".to_owned(),
        new => format!(", {} new: {}", new.len(), new.join("; ")),
    };
    format!("Checked again after the change: {gone}{left}{new}.")
}

/// What became of a finding's fix, a clause; nothing where it is plain from the choice.
pub fn outcome(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::ClearedBy(rule) => Some(format!("gone with the fix of `{rule}`")),
        Outcome::Failed(fix) => {
            Some(format!("the fix `{fix}` is not made: it does not go together with the others"))
        }
        Outcome::Fixed(_) | Outcome::Skipped | Outcome::Optional | Outcome::NoFix => None,
    }
}

/// The name under which a file is saved: without folders, since a browser drops them anyway.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if last.is_empty() { "file".to_owned() } else { last.to_owned() }
}

/// How much there is in one of the page's steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepCount {
    /// "2 findings"
    pub text: String,
    /// The worst of it, for its colour: a severity's word or `good`; may be empty.
    pub level: &'static str,
}

/// How much was pasted, found and corrected, and how many steps the script has. What is foretold
/// is not counted.
pub fn step_counts(
    input: &Input,
    diagnosis: &Diagnosis,
    repair: &Repair,
    script: &Result<Script, Refusal>,
) -> Vec<StepCount> {
    let step = |text: String, level| StepCount { text, level };
    let findings: Vec<&Diagnostic> =
        diagnosis.report.findings.iter().filter(|one| !one.is_next).collect();
    let worst = findings.iter().map(|one| one.severity).min();
    let found = match (findings.len(), input.files.len()) {
        (_, 0) => StepCount::default(),
        (0, _) => step("nothing found".to_owned(), "good"),
        (number, _) => {
            step(count(number, "finding", "findings"), worst.map_or("", Severity::as_str))
        }
    };
    let steps = script.as_ref().map_or(0, |script| script.steps.len());
    let unless_none = |number: usize, one, many| match number {
        0 => StepCount::default(),
        number => step(count(number, one, many), ""),
    };
    vec![
        unless_none(input.files.len(), "text", "texts"),
        found,
        unless_none(repair.corrected.len(), "file", "files"),
        unless_none(steps, "step", "steps"),
    ]
}

/// What has to happen beyond the files, an imperative clause.
pub fn step(step: &Step) -> String {
    match step {
        Step::CreateHostDirectory(path) => format!("create `{path}` on the host"),
        Step::RestartInstance => "restart the VM".to_owned(),
        Step::RestartInstanceAgain => {
            "restart the VM once more if its Lima is older than 2.1".to_owned()
        }
        Step::FollowPort => "write the VM's new port into the URI".to_owned(),
        Step::RenewHostKey => {
            "take the VM's old host key out of the container's `known_hosts`, and add its new one"
                .to_owned()
        }
        Step::RecreateService(service) => format!("recreate the container of `{service}`"),
    }
}

/// Lines of a diff that are not shown: "8 lines as before".
pub fn as_before(lines: usize) -> String {
    format!("{} as before", count(lines, "line", "lines"))
}

/// The system's name.
pub fn host(host: Host) -> &'static str {
    match host {
        Host::MacOs => "macOS",
        Host::Linux => "Linux",
    }
}

/// The product's name.
pub fn runtime(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::DockerDesktop => "Docker Desktop",
        Runtime::OrbStack => "OrbStack",
        Runtime::Colima => "Colima",
        Runtime::Rancher => "Rancher Desktop",
        Runtime::Podman => "Podman",
        Runtime::Engine => "Docker Engine",
    }
}

/// Whether the VM exists, as an answer to "VM".
pub fn vm(state: VmState) -> &'static str {
    match state {
        VmState::Existing => "exists already",
        VmState::New => "is yet to be created",
    }
}

/// What an assumption is about, for a label, and its value in words. Both are shown as they are
/// where they are not among the answers.
pub fn assumption(name: &str, value: &str) -> (String, String) {
    let words = |known: Option<&'static str>| known.map_or_else(|| value.to_owned(), str::to_owned);
    let (label, value) = match name {
        "host" => ("Host", words(value.parse().ok().map(host))),
        "runtime" => ("Containers", words(value.parse().ok().map(runtime))),
        "lima-version" => ("Lima", words(None)),
        "instance" => ("Instance", words(None)),
        "vm" => ("VM", words(value.parse().ok().map(vm))),
        "port" => ("SSH port", words(None)),
        "project-directory" => ("Project directory", words(None)),
        _ => (name, words(None)),
    };
    (label.to_owned(), value)
}

/// What a kind of text is, for a list of kinds.
pub fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Lima => "Lima configuration",
        FileKind::Env => "environment file",
        FileKind::Compose => "Compose file",
        FileKind::Limactl => "output of limactl",
        FileKind::Error => "error or log",
    }
}

/// What to paste, for an editor without text.
pub fn invitation(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Lima => "~/.lima/NAME/lima.yaml, a template, or a part of one",
        FileKind::Env => "The .env beside the Compose file",
        FileKind::Compose => "docker-compose.yml or compose.yaml",
        FileKind::Limactl => {
            "The output of limactl list, ~/.lima/NAME/ssh.config, or what limactl start printed"
        }
        FileKind::Error => "The error message, the log, or the ticket",
    }
}

/// A hop's name for someone who does not see the map: "no mount, broken: nothing mounts it".
pub fn hop(label: &str, verdict: Verdict, note: &str) -> String {
    let name = match label {
        "" => verdict.as_str().to_owned(),
        label => format!("{label}, {}", verdict.as_str()),
    };
    if note.is_empty() { name } else { format!("{name}: {note}") }
}

/// Where texts were put: "Sorted into `lima.yaml`, `.env` and `error`".
pub fn sorted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "Nothing to sort".to_owned(),
        [one] => format!("Put into {one}"),
        [first @ .., last] => format!("Sorted into {} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    #[test]
    fn a_clause_starts_with_a_capital() {
        for (clause, expected) in
            [("no mount", "No mount"), ("`.env` names", "`.env` names"), ("", ""), ("über", "Über")]
        {
            assert_eq!(capitalised(clause), expected);
        }
    }

    #[test]
    fn a_change_is_counted_in_lines() {
        for ((added, removed, untouched), expected) in [
            ((3, 0, 193), "3 lines added, 193 untouched"),
            ((1, 1, 9), "1 line added, 1 removed, 9 untouched"),
            ((0, 2, 1), "2 lines removed, 1 untouched"),
            ((0, 0, 1), "1 line untouched"),
        ] {
            assert_eq!(line_count(LineCount { added, removed, untouched }), expected);
        }
    }

    #[test]
    fn the_second_check_says_what_is_gone_left_and_new() {
        let finding = |message: &str| Diagnostic {
            rule: "mount-missing",
            severity: Severity::Error,
            message: message.to_owned(),
            detail: String::new(),
            span: Span::at(crate::text::FileId(0), 0),
            evidence: Vec::new(),
            caused_by: None,
            is_next: false,
            fixes: Vec::new(),
        };
        let report = |messages: &[&str]| Report {
            findings: messages.iter().map(|message| finding(message)).collect(),
            ..Report::default()
        };
        for (before, after, expected) in [
            (vec!["a"], vec![], "the problem is gone, no new one."),
            (vec!["a", "b"], vec![], "both problems are gone, no new one."),
            (vec!["a", "b", "c"], vec!["b"], "2 of 3 problems are gone, 1 is left, no new one."),
            (vec!["a", "b"], vec!["d"], "both problems are gone, 1 new: d (`mount-missing`)."),
            (vec!["a", "b"], vec!["a", "b"], "no problem is gone, 2 are left, no new one."),
        ] {
            let found = recheck(&report(&before), &report(&after));
            assert_eq!(found, format!("Checked again after the change: {expected}"), "{before:?}");
        }
    }

    #[test]
    fn an_outcome_is_said_where_the_choice_does_not_show_it() {
        for (case, expected) in [
            (Outcome::Fixed("pin"), None),
            (Outcome::Skipped, None),
            (Outcome::ClearedBy("ssh-port-stale"), Some("gone with the fix of `ssh-port-stale`")),
            (
                Outcome::Failed("pin"),
                Some("the fix `pin` is not made: it does not go together with the others"),
            ),
        ] {
            assert_eq!(outcome(&case).as_deref(), expected, "{case:?}");
        }
    }

    #[test]
    fn a_file_is_saved_without_its_folders() {
        for (name, expected) in
            [("lima.yaml", "lima.yaml"), ("~/.lima/dev/lima.yaml", "lima.yaml"), ("a/", "file")]
        {
            assert_eq!(file_name(name), expected, "{name}");
        }
    }

    #[test]
    fn steps_without_anything_have_no_count() {
        let input = Input::default();
        let diagnosis = crate::diagnose(&input);
        let repair = crate::repair(&input, &diagnosis, &Default::default());
        let counts = step_counts(&input, &diagnosis, &repair, &Err(Refusal::NothingToDo));
        assert_eq!(counts, vec![StepCount::default(); 4]);
        let script = Script { text: String::new(), paste: None, steps: Vec::new() };
        let file = crate::text::SourceFile::new(".env", FileKind::Env, "A=1");
        let input = Input { files: vec![file], ..input };
        let counts = step_counts(&input, &crate::diagnose(&input), &repair, &Ok(script));
        let texts: Vec<&str> = counts.iter().map(|count| count.text.as_str()).collect();
        assert_eq!(texts[0], "1 text");
        assert_eq!((texts[2], texts[3]), ("", ""));
    }

    #[test]
    fn answers_are_shown_by_their_names() {
        for (name, value, expected) in [
            ("host", "macos", ("Host", "macOS")),
            ("runtime", "docker-desktop", ("Containers", "Docker Desktop")),
            ("runtime", "else", ("Containers", "else")),
            ("vm", "new", ("VM", "is yet to be created")),
            ("other", "x", ("other", "x")),
        ] {
            let (label, words) = assumption(name, value);
            assert_eq!((label.as_str(), words.as_str()), expected, "{name}={value}");
        }
    }

    #[test]
    fn sorted_names_are_listed() {
        for (names, expected) in [
            (vec![], "Nothing to sort"),
            (vec![".env"], "Put into `.env`"),
            (vec!["lima.yaml", ".env"], "Sorted into `lima.yaml` and `.env`"),
            (vec!["a", "b", "c"], "Sorted into `a`, `b` and `c`"),
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(sorted(&names), expected);
        }
    }

    #[test]
    fn a_hop_is_named_in_full() {
        assert_eq!(hop("no mount", Verdict::Broken, "why"), "no mount, broken: why");
        assert_eq!(hop("", Verdict::Good, ""), "good");
    }
}
