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
use lima_doctor::{Input, Report, diagnose};

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

#[test]
fn each_way_to_break_a_set_up_is_found_and_named() {
    let seeds = seeds();
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (number, way) in BREAKS.iter().enumerate() {
        let mut of_this = 0;
        for &seed in &seeds {
            let random = &mut Random::new(seed.wrapping_mul(1000).wrapping_add(number as u64));
            let mut set_up = SetUp::new(random);
            if !(way.change)(&mut set_up, random) {
                continue;
            }
            let mut input = set_up.input(&mut Style::new(random));
            if let Some(rewrite) = way.rewrite {
                let before: Vec<String> = input.files.iter().map(|f| f.text.clone()).collect();
                rewrite(&mut input.files, random);
                assert!(input.files.iter().zip(&before).any(|(f, b)| f.text != *b), "{}", way.name);
            }
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
