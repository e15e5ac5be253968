//! lima-doctor: pasted text → documents with spans → one model of the set-up → rules →
//! diagnostics with edits → corrected files, script, report.
//!
//! The library reads no file, clock or network. [`diagnose`] never fails: bad input is a finding.

pub mod config;
pub mod desk;
pub mod diagnostic;
pub mod examples;
pub mod intake;
pub mod markdown;
pub mod outline;
pub mod repair;
pub mod rules;
pub mod syntax;
pub mod text;
pub mod topology;
pub mod words;

use diagnostic::{Diagnostic, Severity};
use intake::Answers;
use repair::plan::{Choices, Repair};
use repair::script::{Refusal, Script};
use text::SourceFile;
use topology::{Assumption, Setup, Unchecked};

/// All that the person gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The pasted files; of `lima.yaml` the first is read, and those of Compose that belong
    /// together.
    pub files: Vec<SourceFile>,
    /// What the person said beyond them.
    pub answers: Answers,
}

/// What was found, what was not looked at, and what was taken for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings, root causes first.
    pub findings: Vec<Diagnostic>,
    /// What could not be checked for lack of input.
    pub unchecked: Vec<Unchecked>,
    /// What was inferred, and why.
    pub assumptions: Vec<Assumption>,
}

/// A report and the model that it was read off.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The set-up as understood, the pasted files included.
    pub setup: Setup,
    /// What was found in it.
    pub report: Report,
}

/// Reads the files, builds the model, asks every rule.
pub fn diagnose(input: &Input) -> Diagnosis {
    let setup = Setup::new(input);
    let findings = rules::check(&setup);
    diagnosed(setup, findings)
}

/// Diagnoses corrected files, of which a pasted text tells no longer; `before` is the report on the
/// original ones.
pub(crate) fn diagnose_again(input: &Input, before: &Report) -> Diagnosis {
    let setup = Setup::new(input);
    let findings = rules::check_again(&setup, &before.findings);
    diagnosed(setup, findings)
}

fn diagnosed(setup: Setup, findings: Vec<Diagnostic>) -> Diagnosis {
    let mut unchecked = setup.unchecked.clone();
    unchecked.extend(rules::unexplained(&setup, &findings));
    let report = Report { findings, unchecked, assumptions: setup.assumptions.clone() };
    Diagnosis { setup, report }
}

/// Makes the chosen fixes, by default the recommended one of each error and warning, and diagnoses
/// the corrected files afresh. `diagnosis` is that of `input`.
pub fn repair(input: &Input, diagnosis: &Diagnosis, choices: &Choices) -> Repair {
    repair::plan::repair(input, diagnosis, choices)
}

/// The script that applies a repair and verifies it.
pub fn script(diagnosis: &Diagnosis, repair: &Repair) -> Result<Script, Refusal> {
    repair::script_input::with(diagnosis, repair, repair::script::render)
}

impl Report {
    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The name of a finding in choices: its rule, with `#2` and so on from the second one on.
    pub fn key(&self, index: usize) -> String {
        let Some(finding) = self.findings.get(index) else { return String::new() };
        let earlier = self.findings.iter().take(index).filter(|f| f.rule == finding.rule).count();
        match earlier {
            0 => finding.rule.to_owned(),
            n => format!("{}#{}", finding.rule, n + 1),
        }
    }
}
