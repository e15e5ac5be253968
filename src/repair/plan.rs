//! Which fixes are made, which are skipped, and why.
//!
//! Fixes are made one after another: after each, the files are diagnosed afresh, and the next fix
//! is the one that the new diagnosis offers. So no fix is merged with another by guess, and one
//! that heals several findings is made once.

use std::collections::BTreeMap;

use super::diff;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity, Step};
use crate::intake::{LimaVersion, VmState};
use crate::rules::causes::is_left_to_its_cause;
use crate::text::{EditSet, FileId};
use crate::topology::Setup;
use crate::topology::mounts::changes_places;
use crate::{Diagnosis, Input, Report, diagnose_again};

/// The reader's choices: a finding's key, or a rule's name for all of its findings, to the name of
/// the fix to take. The name [`Choices::SKIP`] leaves the finding as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices(pub BTreeMap<String, String>);

impl Choices {
    /// The choice that makes no fix.
    pub const SKIP: &str = "none";

    /// What was chosen for a finding, if anything.
    fn of(&self, key: &str, rule: &str) -> Option<&str> {
        self.0.get(key).or_else(|| self.0.get(rule)).map(String::as_str)
    }

    /// The choices that fit no finding of a report: the key, and why.
    pub fn unknown(&self, report: &Report) -> Vec<(String, String)> {
        let mut res = Vec::new();
        for (key, name) in &self.0 {
            let mut fitting = report
                .findings
                .iter()
                .enumerate()
                .filter(|(i, f)| report.key(*i) == *key || f.rule == key);
            let offered = |f: &Diagnostic| f.fixes.iter().map(|fix| fix.name).collect::<Vec<_>>();
            match fitting.next() {
                None => res.push((key.clone(), "there is no such finding".to_owned())),
                Some((_, finding)) if name != Self::SKIP && finding.fix(name).is_none() => {
                    let mut names = offered(finding);
                    names.push(Self::SKIP);
                    res.push((key.clone(), format!("`{name}` is not one of {}", names.join(", "))));
                }
                Some(_) => {}
            }
        }
        res
    }
}

/// The corrected files and what they are good for.
#[derive(Clone, Debug)]
pub struct Repair {
    /// The files that change, in the order given.
    pub corrected: Vec<CorrectedFile>,
    /// For each finding of the report, what became of it.
    pub outcomes: Vec<Outcome>,
    /// What has to happen beyond the files, each once, in the order to be done.
    pub steps: Vec<Step>,
    /// The diagnosis of the corrected files.
    pub recheck: Diagnosis,
}

/// A file with its edits made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectedFile {
    /// Which of the pasted files.
    pub file: FileId,
    /// Its whole new text.
    pub text: String,
    /// How many lines changed.
    pub count: LineCount,
}

/// The size of a change in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCount {
    /// Lines that only the new text has.
    pub added: usize,
    /// Lines that only the old text has.
    pub removed: usize,
    /// Lines that both have.
    pub untouched: usize,
}

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The fix with this name was made, and the finding is gone.
    Fixed(&'static str),
    /// The fix of another finding removed it as well; that finding's rule.
    ClearedBy(&'static str),
    /// The reader chose to leave it.
    Skipped,
    /// A hint: its fix is made only when it is chosen.
    Optional,
    /// It offers no fix that can be made for the reader.
    NoFix,
    /// The fix with this name could not be made, or the finding is still there after it.
    Failed(&'static str),
}

impl Outcome {
    /// Whether the corrected files are free of the finding.
    pub fn is_cleared(&self) -> bool {
        matches!(self, Self::Fixed(_) | Self::ClearedBy(_))
    }
}

/// How many fixes are made for findings that earlier fixes brought to light: more than a file of
/// any sense has, so that two fixes that undo each other come to an end.
const MAX_LATER_FIXES: usize = 16;

/// Makes the chosen fixes, by default the recommended one of each error and warning.
pub(crate) fn repair(input: &Input, diagnosis: &Diagnosis, choices: &Choices) -> Repair {
    let report = &diagnosis.report;
    let mut outcomes: Vec<Option<Outcome>> = vec![None; report.findings.len()];
    let mut current = input.clone();
    let mut now = diagnosis.clone();
    let mut steps = Vec::new();
    for (i, finding) in report.findings.iter().enumerate() {
        let uncleared = |outcomes: &[Option<Outcome>], before: usize, of: &Diagnostic| {
            let all = report.findings.iter().zip(outcomes).take(before);
            all.filter(|(other, outcome)| same(other, of) && !is_cleared(outcome)).count()
        };
        // Findings in the same words stand in the files' order, those that were left among them.
        let left_before = uncleared(&outcomes, i, finding);
        let mut alike = now.report.findings.iter().filter(|other| same(other, finding));
        let cleared = outcomes.get(i).is_some_and(is_cleared);
        let Some(present) = alike.nth(left_before).filter(|_| !cleared) else { continue };
        let chosen = choices.of(&report.key(i), finding.rule);
        if chosen.is_none() && is_left_to_its_cause(present, &now.report.findings) {
            outcomes[i] = Some(Outcome::NoFix);
            continue;
        }
        let fix = match choose(present, chosen) {
            Ok(fix) => fix,
            Err(outcome) => {
                outcomes[i] = Some(outcome);
                continue;
            }
        };
        let Some((next_input, next)) = make(&current, &now, fix, present) else {
            outcomes[i] = Some(Outcome::Failed(fix.name));
            continue;
        };
        steps.extend(fix.steps.iter().cloned());
        outcomes[i] = Some(Outcome::Fixed(fix.name));
        for (other, one) in report.findings.iter().enumerate() {
            let gone = uncleared(&outcomes, outcomes.len(), one) > count_same(one, &next.report);
            // What is foretold comes with the fix rather than go with it.
            if let Some(outcome) = outcomes.get_mut(other)
                && gone
                && !one.is_next
                && matches!(outcome, None | Some(Outcome::Optional | Outcome::NoFix))
            {
                *outcome = Some(Outcome::ClearedBy(finding.rule));
            }
        }
        current = next_input;
        now = next;
    }
    // A file that can be read again may show what could not be seen, and chosen, before.
    let mut made_later: Vec<(&str, &'static str)> = Vec::new();
    for _ in 0..MAX_LATER_FIXES {
        let later = now.report.findings.iter().filter(|finding| !is_among(finding, report));
        let made = later.into_iter().find_map(|finding| {
            let fix = choose(finding, choices.of(finding.rule, finding.rule)).ok()?;
            let made = make(&current, &now, fix, finding)?;
            Some(((finding.rule, fix.name), fix.steps.clone(), made))
        });
        let Some((fix, more, (next_input, next))) = made else { break };
        made_later.push(fix);
        steps.extend(more);
        current = next_input;
        now = next;
    }
    if steps.contains(&Step::RestartInstance) && may_mix_up(&diagnosis.setup, &now.setup) {
        steps.push(Step::RestartInstanceAgain);
    }
    steps.sort();
    steps.dedup();
    // A finding whose wording changed with an earlier fix is neither gone nor fixed, unless it was
    // foretold: then it is there by now, under the same rule.
    let worded_anew = |i: usize, finding: &Diagnostic| {
        if !finding.is_next {
            return Outcome::NoFix;
        }
        let later = made_later.iter().find(|(rule, _)| *rule == finding.rule);
        match (later, choose(finding, choices.of(&report.key(i), finding.rule))) {
            (Some((_, name)), _) => Outcome::Fixed(name),
            (None, Ok(fix)) => Outcome::Failed(fix.name),
            (None, Err(outcome)) => outcome,
        }
    };
    let outcomes = outcomes.into_iter().zip(&report.findings).enumerate();
    let outcomes = outcomes
        .map(|(i, (outcome, finding))| outcome.unwrap_or_else(|| worded_anew(i, finding)))
        .collect();
    Repair { corrected: corrected(input, &current), outcomes, steps, recheck: now }
}

/// Whether the VM's first start with the corrected file may mix up its mounts: its Lima counts them,
/// or is not known. `reverse-sshfs` has no such numbers.
fn may_mix_up(before: &Setup, after: &Setup) -> bool {
    const TELLS_APART: LimaVersion = LimaVersion::new(2, 1, 0);
    let counts = before.lima_version < TELLS_APART || !before.lima_version_is_known;
    let by_number =
        after.mount_type.as_ref().is_none_or(|in_force| in_force.value != "reverse-sshfs");
    let exists = before.vm == VmState::Existing;
    counts && by_number && exists && changes_places(&before.mounts, &after.mounts)
}

/// The fix to make for a finding, or why none is made.
fn choose<'a>(finding: &'a Diagnostic, chosen: Option<&str>) -> Result<&'a Fix, Outcome> {
    let can_be_made =
        |fix: &&Fix| fix.applicability > Applicability::Manual && !fix.edits.is_empty();
    match chosen {
        Some(Choices::SKIP) => Err(Outcome::Skipped),
        Some(name) => finding.fix(name).filter(can_be_made).ok_or(Outcome::NoFix),
        None if finding.severity == Severity::Hint && !finding.fixes.is_empty() => {
            Err(Outcome::Optional)
        }
        None => finding.fixes.first().filter(can_be_made).ok_or(Outcome::NoFix),
    }
}

/// The input and its diagnosis with a fix made; `None` where its edits do not fit, the finding
/// stays, or something else becomes wrong.
fn make(
    input: &Input,
    before: &Diagnosis,
    fix: &Fix,
    finding: &Diagnostic,
) -> Option<(Input, Diagnosis)> {
    let edits = EditSet::of(&fix.edits).ok()?;
    let mut next = input.clone();
    for (i, file) in next.files.iter_mut().enumerate() {
        file.text = edits.apply(FileId(i), &file.text).ok()?;
    }
    let after = diagnose_again(&next, &before.report);
    let errors = |report: &Report| report.count(Severity::Error);
    let healed = count_same(finding, &after.report) < count_same(finding, &before.report);
    // What an unreadable file hid was wrong before.
    let harmless = errors(&after.report) <= errors(&before.report)
        || unreadable(&after.setup) < unreadable(&before.setup);
    (healed && harmless).then_some((next, after))
}

/// How many places keep the files from being read.
fn unreadable(setup: &Setup) -> usize {
    let yaml = setup.yaml.iter().map(|(_, yaml)| yaml.errors.len());
    yaml.sum::<usize>() + setup.env_file.as_ref().map_or(0, |(_, env)| env.errors.len())
}

fn is_cleared(outcome: &Option<Outcome>) -> bool {
    outcome.as_ref().is_some_and(Outcome::is_cleared)
}

fn is_among(finding: &Diagnostic, report: &Report) -> bool {
    count_same(finding, report) > 0
}

fn count_same(finding: &Diagnostic, report: &Report) -> usize {
    report.findings.iter().filter(|other| same(other, finding)).count()
}

/// Whether two findings of different diagnoses are one: places move with edits, the words stay.
fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.rule == b.rule && a.message == b.message
}

fn corrected(input: &Input, current: &Input) -> Vec<CorrectedFile> {
    input
        .files
        .iter()
        .zip(&current.files)
        .enumerate()
        .filter(|(_, (old, new))| old.text != new.text)
        .map(|(i, (old, new))| CorrectedFile {
            file: FileId(i),
            text: new.text.clone(),
            count: diff::count(&old.text, &new.text),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose;
    use crate::rules::testing::input;

    fn outcomes(fixture: &str) -> (Vec<Outcome>, Repair) {
        let input = input(fixture);
        let made = repair(&input, &diagnose(&input), &Choices::default());
        (made.outcomes.clone(), made)
    }

    #[test]
    fn findings_in_the_same_words_are_fixed_one_by_one() {
        let (found, made) = outcomes(
            r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:60022/system?keyfile=/run/secrets/k&no_verify=1"}}
  worker: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:60022/system?keyfile=/run/secrets/k&no_verify=1"}}
"#,
        );
        assert_eq!(found, [Outcome::Fixed("use-pinned"), Outcome::Fixed("use-pinned")]);
        assert_eq!(made.recheck.report.findings, []);
    }

    #[test]
    fn one_of_two_in_the_same_words_may_be_left() {
        let fixture = r#"
#- lima.yaml
ssh: {localPort: 2222}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:60022/system?keyfile=/run/secrets/k&no_verify=1"}}
  worker: {environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:60022/system?keyfile=/run/secrets/k&no_verify=1"}}
"#;
        let input = input(fixture);
        let skip_first = [("ssh-port-stale".to_owned(), Choices::SKIP.to_owned())];
        let second = ("ssh-port-stale#2".to_owned(), "use-pinned".to_owned());
        let choices = Choices(skip_first.into_iter().chain([second]).collect());
        let made = repair(&input, &diagnose(&input), &choices);
        assert_eq!(made.outcomes, [Outcome::Skipped, Outcome::Fixed("use-pinned")]);
        let text = &made.corrected[0].text;
        assert!(
            text.contains(
                "api: {environment: {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:60022"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "worker: {environment: {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:2222"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_a_mended_file_shows_is_fixed_as_well() {
        let (found, made) = outcomes(
            "#- lima.yaml\nssh:\n\tlocalPort: 2222\n#- compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: 'qemu+ssh://dev@host.docker.internal:60022/system'}\n    volumes: ['/Users/me/jobs:/var/lib/libvirt/images/jobs']\n",
        );
        assert_eq!(found[0], Outcome::Fixed("mend"));
        assert_eq!(made.recheck.report.count(Severity::Error), 0, "{:#?}", made.recheck.report);
        assert!(made.steps.contains(&Step::RestartInstance), "{:?}", made.steps);
    }

    #[test]
    fn what_is_foretold_is_not_gone_with_the_fix_that_brings_it_on() {
        let fixture = r#"
#- lima.yaml
vmType: qemu
mountType: 9p
ssh: {localPort: 20022}
provision:
- mode: system
  script: apt-get install -y libvirt-daemon-system
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/k&no_verify=1"}
    volumes: ["/var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs", "/Users/dev/.lima/_config/user:/k:ro"]
"#;
        let input = input(fixture);
        let diagnosis = diagnose(&input);
        let foretold = |made: &Repair| -> Vec<(&'static str, Outcome)> {
            let all = diagnosis.report.findings.iter().zip(&made.outcomes);
            let next = all.filter(|(finding, _)| finding.is_next);
            next.map(|(finding, outcome)| (finding.rule, outcome.clone())).collect()
        };
        let made = repair(&input, &diagnosis, &Choices::default());
        assert_eq!(foretold(&made), [("share-permission", Outcome::Optional)]);
        let user = [("share-permission".to_owned(), "user".to_owned())];
        let made = repair(&input, &diagnosis, &Choices(user.into()));
        assert_eq!(foretold(&made), [("share-permission", Outcome::Fixed("user"))]);
        let text = &made.corrected[0].text;
        assert!(
            text.contains("/var/lib/libvirt/images/jobs") && text.contains("qemu.conf"),
            "{text}"
        );
    }
}
