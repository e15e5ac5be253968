//! Healthy set-ups, each broken in one way: the damage is found, and called by its name, and
//! nothing else is called wrong. And what changes nothing for Lima and Compose, be it the order of
//! keys, quotes, comments or another style of YAML, changes no finding.
//!
//! The same set-ups each time, and some that are new: the seed is printed, and
//! `LIMA_DOCTOR_SEED=…` repeats them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong so")]

mod breaks;
mod harmless;
mod set_up;
mod style;
#[path = "../support/mod.rs"]
mod support;

use lima_doctor::diagnostic::Severity;
use lima_doctor::repair::plan::{Choices, Outcome, Repair};
use lima_doctor::repair::script::Refusal;
use lima_doctor::{Input, Report, diagnose, repair, script};

use breaks::BREAKS;
use set_up::SetUp;
use style::Style;
use support::random::{Random, seed};

/// How many fixed set-ups each way is tried on, and how many new ones.
const FIXED: u64 = 14;
const NEW: u64 = 2;

/// The rules of the errors and warnings, in order of name, each once.
fn problems(report: &Report) -> Vec<&'static str> {
    let findings = report.findings.iter().filter(|finding| finding.severity < Severity::Hint);
    let mut rules: Vec<&str> = findings.map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn shown(input: &Input, report: &Report) -> String {
    let files = input.files.iter().map(|file| format!("--- {}\n{}", file.name, file.text));
    let findings =
        report.findings.iter().map(|f| format!("{}[{}] {}", f.kind(), f.rule, f.message));
    let all: Vec<String> = files.chain(findings).collect();
    all.join("\n")
}

/// The seeds of a test: the fixed ones, and new ones.
fn seeds() -> Vec<u64> {
    let first = seed();
    (0..FIXED).chain((0..NEW).map(|i| first.wrapping_add(i))).collect()
}

#[test]
fn a_healthy_set_up_has_no_problem() {
    for seed in (0..200).chain(seeds()) {
        let random = &mut Random::new(seed);
        let input = SetUp::new(random).input(&mut Style::new(random));
        let report = diagnose(&input).report;
        assert_eq!(problems(&report), [""; 0], "seed {seed}\n{}", shown(&input, &report));
    }
}

/// A set-up broken in this way; `None` where it cannot be.
fn broken(number: usize, seed: u64) -> Option<Input> {
    let way = &BREAKS[number];
    let random = &mut Random::new(seed.wrapping_mul(1000).wrapping_add(number as u64));
    let mut set_up = SetUp::new(random);
    if !(way.change)(&mut set_up, random) {
        return None;
    }
    let mut input = set_up.input(&mut Style::new(random));
    if let Some(rewrite) = way.rewrite {
        let before: Vec<String> = input.files.iter().map(|f| f.text.clone()).collect();
        rewrite(&mut input.files, random);
        assert!(input.files.iter().zip(&before).any(|(f, b)| f.text != *b), "{}", way.name);
    }
    Some(input)
}

#[test]
fn each_way_to_break_a_set_up_is_found_and_named() {
    let seeds = seeds();
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (number, way) in BREAKS.iter().enumerate() {
        let mut of_this = 0;
        for &seed in &seeds {
            let Some(input) = broken(number, seed) else { continue };
            let report = diagnose(&input).report;
            let found = problems(&report);
            let others = found.iter().filter(|rule| **rule != way.rule && !way.also.contains(rule));
            if !found.contains(&way.rule) || others.count() > 0 {
                let context = shown(&input, &report);
                wrong.push(format!("seed {seed}: {}\nfound {found:?}\n{context}", way.name));
                break;
            }
            of_this += 1;
        }
        assert!(of_this > 0 || !wrong.is_empty(), "no set-up can be broken so: {}", way.name);
        println!("{of_this:3} {} ({})", way.name, way.rule);
        tried += of_this;
    }
    println!("{tried} broken set-ups, {} ways", BREAKS.len());
    assert!(wrong.is_empty(), "{} ways\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(tried >= 300, "{tried} broken set-ups");
}

#[test]
fn what_is_broken_is_mended_or_left_and_nothing_else_breaks() {
    let seeds = seeds();
    let (mut mended, mut left, mut scripts) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (number, way) in BREAKS.iter().enumerate() {
        for &seed in &seeds {
            let Some(input) = broken(number, seed) else { continue };
            let diagnosis = diagnose(&input);
            let made = repair(&input, &diagnosis, &Choices::default());
            let context = || {
                let after = shown(&corrected(&input, &made), &made.recheck.report);
                format!(
                    "seed {seed}: {}\n{}\nbecame\n{after}",
                    way.name,
                    shown(&input, &diagnosis.report)
                )
            };
            let failed = made.outcomes.iter().any(|one| matches!(one, Outcome::Failed(_)));
            if failed {
                wrong.push(format!("{:?}\n{}", made.outcomes, context()));
                break;
            }
            let findings = diagnosis.report.findings.iter().zip(&made.outcomes);
            let stays: Vec<&str> =
                findings.filter(|(_, one)| !one.is_cleared()).map(|(f, _)| f.rule).collect();
            for rule in problems(&made.recheck.report) {
                if !stays.contains(&rule) {
                    wrong.push(format!("{rule} is new\n{}", context()));
                }
            }
            let again = corrected(&input, &made);
            let second = repair(&again, &diagnose(&again), &Choices::default());
            if !second.corrected.is_empty() {
                wrong.push(format!("{:?}\n{}", second.corrected, context()));
            }
            match script(&diagnosis, &made) {
                Ok(_) => scripts += 1,
                Err(Refusal::NothingToDo) => {}
                Err(refusal) => panic!("{refusal}\n{}", context()),
            }
            if problems(&made.recheck.report).is_empty() { mended += 1 } else { left += 1 }
        }
    }
    println!(
        "{mended} broken set-ups mended, {left} left to the reader in part, {scripts} scripts"
    );
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(mended >= 300, "{mended} mended, {left} left");
}

/// The files with the corrections in their places.
fn corrected(input: &Input, made: &Repair) -> Input {
    let mut res = input.clone();
    for one in &made.corrected {
        res.files[one.file.0].text.clone_from(&one.text);
    }
    res
}

#[test]
fn what_means_the_same_is_found_the_same() {
    let mut tried = 0;
    for seed in (0..60).chain(seeds()) {
        let random = &mut Random::new(seed);
        let mut set_up = SetUp::new(random);
        let way = &BREAKS[random.below(BREAKS.len())];
        let is_broken = random.chance(70) && way.rewrite.is_none();
        let is_broken = is_broken && (way.change)(&mut set_up, random);
        let input = set_up.input(&mut Style::plain());
        let expected = harmless::findings(&diagnose(&input).report, &set_up);
        for (name, edited) in harmless::edits(&set_up, &input, random) {
            let report = diagnose(&edited).report;
            // Quotes around the URI are what this rule asks for, and these edits put them there.
            let requoted = ["quotes", "another hand"].contains(&name);
            let holds = |text: &String| !requoted || !text.contains("[uri-unescaped]");
            let mut found = harmless::findings(&report, &set_up);
            found.retain(holds);
            assert_eq!(
                found,
                expected.iter().filter(|text| holds(text)).cloned().collect::<Vec<_>>(),
                "seed {seed}: {name}, {}\n{}\nwas\n{}",
                if is_broken { way.name } else { "healthy" },
                shown(&edited, &report),
                shown(&input, &diagnose(&input).report),
            );
            tried += 1;
        }
    }
    println!("{tried} harmless edits");
    assert!(tried >= 300, "{tried} harmless edits");
}
