//! The whole set-ups in `src/examples/`: each is diagnosed and repaired, and the report and the
//! corrected files are those that lie beside it.
//!
//! `UPDATE_EXPECT=1 cargo test --test examples` writes what has changed; read it before it is
//! committed: this is what people see.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong so")]

#[path = "support/setups.rs"]
mod setups;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::repair::plan::Choices;
use lima_doctor::repair::report;
use lima_doctor::{Input, diagnose, repair};
use setups::{KINDS, folders, input};

/// What lies in `expected/`: the report, and each corrected file under the name that it has in the
/// folder.
fn results(input: &Input) -> BTreeMap<String, String> {
    let diagnosis = diagnose(input);
    let made = repair(input, &diagnosis, &Choices::default());
    let mut results = BTreeMap::new();
    results.insert("report.md".to_owned(), report::markdown(&diagnosis, Some(&made)));
    for corrected in &made.corrected {
        let name = diagnosis.setup.sources.name(corrected.file);
        let stored = KINDS.iter().find(|(_, pasted_as, _)| *pasted_as == name);
        results.insert(stored.map_or(name, |(file, ..)| file).to_owned(), corrected.text.clone());
    }
    results
}

#[test]
fn every_set_up_has_its_report_and_its_corrected_files() {
    let folders = folders();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    for folder in &folders {
        let expected = folder.join("expected");
        let results = results(&input(folder));
        if update {
            let _ = fs::remove_dir_all(&expected);
            fs::create_dir(&expected).unwrap();
            for (name, text) in &results {
                fs::write(expected.join(name), text).unwrap();
            }
        }
        let stored: BTreeMap<String, String> = fs::read_dir(&expected)
            .unwrap_or_else(|error| panic!("{}: {error}", expected.display()))
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        let names: Vec<&String> = stored.keys().collect();
        assert_eq!(names, results.keys().collect::<Vec<_>>(), "{}", folder.display());
        for (name, text) in &results {
            let diff = similar::TextDiff::from_lines(&stored[name], text);
            let diff = diff.unified_diff().context_radius(2).to_string();
            assert!(diff.is_empty(), "{}/{name}:\n{diff}", expected.display());
        }
    }
    println!("{} set-ups", folders.len());
    assert!(folders.len() >= 30, "{} set-ups", folders.len());
}

#[test]
fn every_set_up_is_described() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/examples/README.md"))
            .expect("src/examples/README.md");
    let described: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| [")?.split_once("]").map(|(name, _)| name))
        .collect();
    let folders = folders();
    let names: Vec<&str> =
        folders.iter().map(|folder| folder.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(described, names);
}

#[test]
fn a_healthy_set_up_has_no_problem() {
    use lima_doctor::diagnostic::Severity;
    let healthy: Vec<PathBuf> = folders()
        .into_iter()
        .filter(|folder| folder.file_name().unwrap().to_str().unwrap().starts_with("healthy"))
        .collect();
    assert!(healthy.len() >= 5, "{healthy:?}");
    for folder in healthy {
        let findings = diagnose(&input(&folder)).report.findings;
        let problems: Vec<String> = findings
            .iter()
            .filter(|finding| finding.severity < Severity::Hint)
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", folder.display());
    }
}
