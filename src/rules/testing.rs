//! Fixtures in, reports out: what the rules' tests are written with.
//!
//! A fixture is one string that holds all files, each behind a line `#- name`, which is a comment
//! in every format.

use std::fmt::Write;

use expect_test::Expect;

use crate::diagnostic::Diagnostic;
use crate::intake::{Answers, Host};
use crate::repair::plan::{Choices, Repair};
use crate::rules::{RULES, Rule};
use crate::text::{FileKind, SourceFile, Sources, Span};
use crate::{Diagnosis, Input, diagnose, repair};

/// The files of a fixture, on macOS unless its `#- answers` say otherwise: those are written as on
/// the command line.
pub(crate) fn input(fixture: &str) -> Input {
    let mut files: Vec<SourceFile> = Vec::new();
    let mut answers = Answers { host: Some(Host::MacOs), ..Answers::default() };
    let mut in_answers = false;
    let fixture = fixture.strip_prefix('\n').unwrap_or(fixture);
    for line in fixture.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("#- ") {
            let name = name.trim_end();
            in_answers = name == "answers";
            if in_answers {
                continue;
            }
            files.push(SourceFile::new(name, kind(name), ""));
        } else if in_answers {
            answer(&mut answers, line);
        } else if let Some(file) = files.last_mut() {
            file.text.push_str(line);
        }
    }
    Input { files, answers }
}

/// Takes up a line such as `--host linux --set NAME=VALUE`.
fn answer(answers: &mut Answers, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    for pair in words.chunks(2) {
        match *pair {
            ["--host", value] => answers.host = Some(value.parse().unwrap()),
            ["--runtime", value] => answers.runtime = Some(value.parse().unwrap()),
            ["--lima-version", value] => answers.lima_version = Some(value.parse().unwrap()),
            ["--vm", value] => answers.vm = Some(value.parse().unwrap()),
            ["--instance", value] => answers.instance = Some(value.to_owned()),
            ["--set", value] => {
                let (name, value) = value.split_once('=').unwrap();
                answers.shell.insert(name.to_owned(), value.to_owned());
            }
            _ => panic!("no answer: {line}"),
        }
    }
}

fn kind(name: &str) -> FileKind {
    match name {
        "lima.yaml" => FileKind::Lima,
        name if name.contains(".env") => FileKind::Env,
        "limactl list" | "ssh.config" => FileKind::Limactl,
        "error" => FileKind::Error,
        _ => FileKind::Compose,
    }
}

/// Diagnoses and repairs a fixture, and compares what a reader would see.
pub(crate) fn check(fixture: &str, expect: &Expect) {
    let input = input(fixture);
    let diagnosis = diagnose(&input);
    let made = repair(&input, &diagnosis, &Choices::default());
    expect.assert_eq(&render(&input, &diagnosis, &made));
}

/// Asserts that a fixture has no finding of `rule`, and no error at all.
pub(crate) fn check_clean(rule: &Rule, fixture: &str) {
    let report = diagnose(&input(fixture)).report;
    let found: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.rule == rule.name || f.severity == crate::diagnostic::Severity::Error)
        .map(|f| format!("{}: {}", f.rule, f.message))
        .collect();
    assert!(found.is_empty(), "{found:#?}\nin\n{fixture}");
}

fn render(input: &Input, diagnosis: &Diagnosis, made: &Repair) -> String {
    let mut out = String::new();
    for finding in &diagnosis.report.findings {
        render_finding(&mut out, &diagnosis.setup.sources, finding);
    }
    for unchecked in &diagnosis.report.unchecked {
        let _ = writeln!(out, "unchecked: {} (paste {})", unchecked.what, unchecked.needs);
    }
    for corrected in &made.corrected {
        if let Some(file) = input.files.get(corrected.file.0) {
            let _ = writeln!(out, "--- {}", file.name);
            out.push_str(&short_diff(&file.text, &corrected.text));
        }
    }
    out
}

fn render_finding(out: &mut String, sources: &Sources, finding: &Diagnostic) {
    let place = |span: Span| {
        let at = sources.position(span);
        format!("{}:{}:{}", sources.name(span.file), at.line, at.column)
    };
    let severity = finding.kind();
    let _ =
        writeln!(out, "{severity}[{}] {}: {}", finding.rule, place(finding.span), finding.message);
    for evidence in &finding.evidence {
        let _ = writeln!(out, "  {}: {}", place(evidence.span), evidence.note);
    }
    for fix in &finding.fixes {
        let _ = writeln!(out, "  fix {}: {}", fix.name, fix.title);
    }
}

/// The lines that differ, without context, with CR made visible.
fn short_diff(old: &str, new: &str) -> String {
    let mut out = String::new();
    for hunk in crate::repair::diff::hunks(old, new, 0) {
        for line in hunk.lines {
            let sign = match line.kind {
                crate::repair::diff::DiffKind::Added => '+',
                crate::repair::diff::DiffKind::Removed => '-',
                crate::repair::diff::DiffKind::Same => ' ',
            };
            let _ = writeln!(out, "{sign}{}", line.text.replace('\r', "\u{240d}"));
        }
    }
    out
}

/// The fixture under a heading of a rule's page.
pub(crate) fn page_fixture(rule: &Rule, heading: &str) -> String {
    let section = rule.docs.split("\n## ").find(|section| section.starts_with(heading));
    let fence = section.and_then(|section| section.split("```yaml\n").nth(1));
    let fixture = fence.and_then(|fence| fence.split("```").next());
    fixture.unwrap_or_else(|| panic!("{}: no fixture under {heading}", rule.name)).to_owned()
}

/// Every fixture that the rules' pages hold, by rule and heading.
pub(crate) fn page_fixtures() -> Vec<(String, String)> {
    let mut res = Vec::new();
    for rule in RULES {
        for heading in ["Example", "After the fix"] {
            res.push((format!("{}, {heading}", rule.name), page_fixture(rule, heading)));
        }
    }
    res
}
