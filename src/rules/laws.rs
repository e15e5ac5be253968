//! What holds for every rule and every fixture.

use expect_test::expect;

use super::RULES;
use super::testing::{input, page_fixture, page_fixtures};
use crate::diagnostic::{Applicability, Diagnostic, Severity};
use crate::intake::error_text::every_wording;
use crate::repair::plan::Choices;
use crate::text::{EditSet, FileId};
use crate::{Input, Report, diagnose, diagnose_again, repair};

/// The fixtures of the pages, and the examples.
pub(super) fn fixtures() -> Vec<(String, Input)> {
    let pages = page_fixtures().into_iter().map(|(name, fixture)| (name, input(&fixture)));
    let examples = crate::examples::EXAMPLES.iter().map(|e| (e.name.to_owned(), e.input()));
    pages.chain(examples).collect()
}

/// The same files with other line ends, and without the last line break.
pub(super) fn variants(input: &Input) -> Vec<Input> {
    let each = |change: &dyn Fn(&str) -> String| {
        let mut res = input.clone();
        for file in &mut res.files {
            file.text = change(&file.text);
        }
        res
    };
    vec![
        input.clone(),
        each(&|text| text.replace('\n', "\r\n")),
        each(&|text| text.trim_end_matches('\n').to_owned()),
    ]
}

fn has(report: &Report, finding: &Diagnostic) -> bool {
    report.findings.iter().any(|f| f.rule == finding.rule && f.message == finding.message)
}

#[test]
fn a_rules_page_has_every_section_and_its_name() {
    for rule in RULES {
        assert!(rule.docs.starts_with(&format!("# {}\n", rule.name)), "{}", rule.name);
        let sections: Vec<&str> =
            rule.docs.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let expected = [
            "What it finds",
            "Why it matters",
            "Example",
            "After the fix",
            "When the fix is not safe",
            "References",
        ];
        assert_eq!(sections, expected, "{}", rule.name);
    }
}

#[test]
fn a_rules_example_fires_and_its_corrected_one_is_clean() {
    for rule in RULES {
        let report = diagnose(&input(&page_fixture(rule, "Example"))).report;
        assert!(report.findings.iter().any(|f| f.rule == rule.name), "{}: {report:#?}", rule.name);
        let after = diagnose(&input(&page_fixture(rule, "After the fix"))).report;
        assert!(!after.findings.iter().any(|f| f.rule == rule.name), "{}: {after:#?}", rule.name);
        assert_eq!(after.count(Severity::Error), 0, "{}: {after:#?}", rule.name);
    }
}

#[test]
fn the_recommended_fix_of_a_rules_example_gives_its_corrected_one() {
    for rule in RULES {
        let broken = input(&page_fixture(rule, "Example"));
        let diagnosis = diagnose(&broken);
        let Some(fix) = diagnosis
            .report
            .findings
            .iter()
            .find(|f| f.rule == rule.name)
            .and_then(|f| f.fixes.first())
            .filter(|fix| fix.applicability > Applicability::Manual)
        else {
            continue;
        };
        let choices = Choices([(rule.name.to_owned(), fix.name.to_owned())].into());
        let made = repair(&broken, &diagnosis, &choices);
        let after = input(&page_fixture(rule, "After the fix"));
        for (id, file) in made.recheck.setup.sources.iter() {
            assert_eq!(file.text, after.files[id.0].text, "{}: {}", rule.name, file.name);
        }
    }
}

#[test]
fn a_fix_clears_its_finding_and_adds_none() {
    for (name, fixture) in fixtures() {
        for input in variants(&fixture) {
            let before = diagnose(&input).report;
            for (i, finding) in before.findings.iter().enumerate() {
                for fix in
                    finding.fixes.iter().filter(|fix| fix.applicability > Applicability::Manual)
                {
                    let context = format!("{name}: {} of {}", fix.name, finding.rule);
                    let edits =
                        EditSet::of(&fix.edits).unwrap_or_else(|e| panic!("{context}: {e}"));
                    let mut after = input.clone();
                    for (id, file) in after.files.iter_mut().enumerate() {
                        file.text = edits.apply(FileId(id), &file.text).unwrap();
                    }
                    let after = diagnose_again(&after, &before).report;
                    assert!(!has(&after, finding), "{context} leaves it");
                    for other in &after.findings {
                        let known = before.findings.iter().any(|f| f.rule == other.rule);
                        assert!(known, "{context} adds {}: {}", other.rule, other.message);
                    }
                    assert!(after.findings.len() < before.findings.len(), "{context} ({i})");
                }
            }
        }
    }
}

#[test]
fn a_repair_leaves_no_error_that_it_can_mend_and_a_second_changes_nothing() {
    for (name, fixture) in fixtures() {
        for input in variants(&fixture) {
            let diagnosis = diagnose(&input);
            let made = repair(&input, &diagnosis, &Choices::default());
            let again = Input {
                files: made.recheck.setup.sources.iter().map(|(_, f)| f.clone()).collect(),
                ..input
            };
            let second = repair(&again, &diagnose(&again), &Choices::default());
            assert!(second.corrected.is_empty(), "{name}: {:#?}", second.corrected);
        }
    }
}

#[test]
fn a_repair_keeps_line_ends_and_a_missing_last_line_break() {
    for (name, fixture) in fixtures() {
        for input in variants(&fixture) {
            let made = repair(&input, &diagnose(&input), &Choices::default());
            for corrected in &made.corrected {
                let old = &input.files[corrected.file.0].text;
                let context =
                    format!("{name}: {}\n{}", input.files[corrected.file.0].name, corrected.text);
                if old.contains("\r\n") {
                    assert_eq!(
                        corrected.text.matches('\n').count(),
                        corrected.text.matches("\r\n").count(),
                        "{context}"
                    );
                }
                assert_eq!(old.ends_with('\n'), corrected.text.ends_with('\n'), "{context}");
                for comment in old.lines().filter(|line| line.trim_start().starts_with('#')) {
                    assert!(corrected.text.lines().any(|line| line == comment), "{context}");
                }
            }
        }
    }
}

#[test]
fn cut_off_input_still_gets_an_answer() {
    for (name, fixture) in fixtures() {
        for (i, file) in fixture.files.iter().enumerate() {
            // Every prefix of a short file; of a long one, those around each line's end.
            for (end, _) in file.text.char_indices() {
                let near_line_end = file.text[end..].chars().take(2).any(|c| c == '\n');
                if file.text.len() > 600 && !near_line_end {
                    continue;
                }
                let mut cut = fixture.clone();
                cut.files[i].text.truncate(end);
                let diagnosis = diagnose(&cut);
                let made = repair(&cut, &diagnosis, &Choices::default());
                assert_eq!(made.outcomes.len(), diagnosis.report.findings.len(), "{name} {end}");
            }
        }
    }
}

#[test]
fn every_span_lies_in_its_file() {
    for (name, fixture) in fixtures() {
        let diagnosis = diagnose(&fixture);
        for finding in &diagnosis.report.findings {
            let spans = finding.evidence.iter().map(|e| e.span).chain([finding.span]);
            for span in spans {
                let text = diagnosis.setup.sources.text(span.file);
                assert!(text.get(span.range()).is_some(), "{name}: {}: {span:?}", finding.rule);
            }
        }
    }
}

#[test]
fn an_error_that_no_finding_explains_is_told() {
    for (error, is_told) in [
        ("panic: runtime error: index out of range", true),
        ("Cannot access storage file '/srv/a.iso': No such file or directory", false),
    ] {
        let fixture = format!("#- lima.yaml\ncpus: 2\n#- error\n{error}\n");
        let unchecked = diagnose(&input(&fixture)).report.unchecked;
        let told = unchecked.iter().any(|entry| entry.what.contains("no finding explains it"));
        assert_eq!(told, is_told, "{error}: {unchecked:#?}");
    }
}

#[test]
fn a_failure_that_is_known_by_its_words_is_explained_without_any_file() {
    let mut unexplained = Vec::new();
    for (message, text) in every_wording() {
        let diagnosis = diagnose(&input(&format!("#- error\n{text}\n")));
        let known = diagnosis.setup.errors.reports(message).next();
        let span = known.unwrap_or_else(|| panic!("not read: {text}")).span;
        let points = |finding: &Diagnostic| {
            finding.span == span || finding.evidence.iter().any(|evidence| evidence.span == span)
        };
        if !diagnosis.report.findings.iter().any(points) {
            unexplained.push(text);
        }
    }
    // Those that no rule explains yet.
    expect![[r#"
        Failed to connect socket to '/srv/a': Permission denied
        nc: /srv/a: Permission denied
        address already in use
        Could not set up host forwarding rule '/srv/a'
        could not set up host forwarding rule '/srv/a'
        Read-only file system"#]]
    .assert_eq(&unexplained.join("\n"));
}

#[test]
fn corrected_files_are_not_held_against_an_older_error() {
    let files = |port: u16| {
        input(&format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n#- compose.yaml\nservices:\n  api: \
             {{environment: {{LIBVIRT_URI: \
             \"qemu+ssh://dev@host.docker.internal:{port}/system\"}}}}\n#- error\nssh: connect to \
             host host.docker.internal port 52136: Connection refused\n"
        ))
    };
    let found =
        |report: &Report| report.findings.iter().any(|f| f.rule == "container-not-recreated");
    let stale = files(52136);
    let made = repair(&stale, &diagnose(&stale), &Choices::default());
    assert!(!found(&made.recheck.report), "{:#?}", made.recheck.report);
    assert!(found(&diagnose(&files(20022)).report), "the same files and text, freshly pasted");
}
