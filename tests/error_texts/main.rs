//! The words in which programs report a failure, as people paste them: each leads to the rule that
//! explains it, and the finding points at them.
//!
//! The words are those of libvirt, OpenSSH, Docker, Lima, dpkg and coreutils. Each is tried as it
//! is, with every kind of quotes, wrapped by a terminal, quoted in a mail, and as a JSON string,
//! once and twice.

#![allow(clippy::panic, reason = "a test says what is wrong so")]

mod files;
mod forms;
mod texts;

use lima_doctor::intake::Answers;
use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Input, Report, diagnose};

use texts::TEXTS;

/// A text, the files beside it, and the rule that it leads to.
pub(crate) struct Text {
    pub(crate) rule: &'static str,
    pub(crate) text: &'static str,
    /// The other files, each behind a line `#- name`; `#- answers` holds `host = linux` and such.
    pub(crate) files: &'static str,
}

fn input(files: &str, error: &str) -> Input {
    let mut res = Input { files: Vec::new(), answers: Answers::default() };
    let mut in_answers = false;
    for line in files.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("#- ") {
            let name = name.trim_end();
            in_answers = name == "answers";
            let kind = match name {
                "lima.yaml" => FileKind::Lima,
                ".env" => FileKind::Env,
                "limactl list" => FileKind::Limactl,
                _ => FileKind::Compose,
            };
            if !in_answers {
                res.files.push(SourceFile::new(name, kind, ""));
            }
        } else if let Some((name, value)) = line.trim_end().split_once(" = ").filter(|_| in_answers)
        {
            match name {
                "host" => res.answers.host = Some(value.parse().expect("a host")),
                "runtime" => res.answers.runtime = Some(value.parse().expect("a runtime")),
                _ => panic!("no answer: {line}"),
            }
        } else if let Some(file) = res.files.last_mut() {
            file.text.push_str(line);
        }
    }
    res.files.push(SourceFile::new("error", FileKind::Error, error));
    res
}

/// Whether a finding of the rule points at the error text.
fn leads_to(report: &Report, rule: &str, input: &Input) -> bool {
    let error = input.files.iter().position(|file| file.kind == FileKind::Error);
    let is_there = |file: lima_doctor::text::FileId| Some(file.0) == error;
    report.findings.iter().any(|finding| {
        finding.rule == rule
            && (is_there(finding.span.file)
                || finding.evidence.iter().any(|evidence| is_there(evidence.span.file)))
    })
}

#[test]
fn every_text_leads_to_its_rule_however_it_is_pasted() {
    let mut tried = 0;
    let mut lost = Vec::new();
    for Text { rule, text, files } in TEXTS {
        for (form, pasted) in forms::of(text) {
            let input = input(files, &pasted);
            let report = diagnose(&input).report;
            if !leads_to(&report, rule, &input) {
                let found: Vec<String> =
                    report.findings.iter().map(|f| format!("{} {}", f.rule, f.message)).collect();
                lost.push(format!("{rule}, {form}:\n{pasted}\nfound {found:#?}"));
            }
            tried += 1;
        }
    }
    println!("{} texts, {tried} forms", TEXTS.len());
    assert!(lost.is_empty(), "{} of {tried} lost\n{}", lost.len(), lost.join("\n\n"));
}
