//! The examples' files, damaged in every way that a copy or a hurried edit damages files: each
//! still gets an answer, and no repair touches what it should not.
//!
//! The same damage each time, and some that is new: the seed of what fails is printed, and
//! `LIMA_DOCTOR_SEED=…` repeats it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use lima_doctor::diagnostic::Severity;
use lima_doctor::examples::EXAMPLES;
use lima_doctor::intake::sort;
use lima_doctor::repair::plan::Choices;
use lima_doctor::text::Span;
use lima_doctor::{Diagnosis, Input, diagnose, repair, script};

/// Words that mean something somewhere.
const TOKENS: [&str; 48] = [
    "mounts:",
    "- location: ",
    "\"~\"",
    "writable: true",
    "mountPoint: ",
    "ssh:",
    "localPort: ",
    "60022",
    "base: ",
    "plain: true",
    "portForwards:",
    "provision:",
    "script: |",
    "services:",
    "volumes:",
    "environment:",
    "- LIBVIRT_URI=",
    "qemu+ssh://a@localhost:1/system",
    "extra_hosts:",
    "extends: ",
    "network_mode: host",
    "/var/lib/libvirt/images",
    ":ro",
    "${JOBS_DIR:-",
    "}",
    "$",
    "<<: *a",
    "&a ",
    "*a",
    "!reset ",
    "!!str ",
    "---",
    "...",
    "|",
    ">-",
    "[",
    "]",
    "{",
    "? ",
    ": ",
    "- ",
    "#",
    "'",
    "\"",
    "\\",
    "\t",
    "export ",
    "=",
];

/// Characters that break readers.
const CHARACTERS: [char; 16] = [
    '\0', '\t', '\r', '\n', ' ', '\u{a0}', '\u{85}', '\u{2028}', '\u{feff}', '\u{202e}', '\u{1b}',
    'é', '😀', '%', '@', '`',
];

/// Numbers from a seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// A set-up with one to four places damaged.
fn damaged(seed: u64) -> Input {
    let numbers = &mut Numbers(seed);
    let mut input = numbers.pick(EXAMPLES).input();
    for _ in 0..=numbers.below(4) {
        let other = numbers.pick(&input.files).text.clone();
        let at = numbers.below(input.files.len());
        let text = &mut input.files[at].text;
        *text = damage(text, &other, numbers);
    }
    input
}

fn damage(text: &str, other: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let line = numbers.below(lines.len());
    let place = numbers.place(text);
    let (before, after) = text.split_at(place);
    match numbers.below(14) {
        0 if !lines.is_empty() => drop(lines.remove(line)),
        1 if !lines.is_empty() => lines.insert(line, lines[line].clone()),
        2 if !lines.is_empty() => {
            let to = numbers.below(lines.len());
            lines.swap(line, to);
        }
        3 => {
            let others: Vec<&str> = other.split_inclusive('\n').collect();
            if !others.is_empty() {
                lines.insert(line, (*numbers.pick(&others)).to_owned());
            }
        }
        4 if !lines.is_empty() => lines[line].insert_str(0, &" ".repeat(1 + numbers.below(5))),
        5 if !lines.is_empty() => lines[line] = lines[line].trim_start().to_owned(),
        6 if !lines.is_empty() => lines[line] = lines[line].trim_end().to_owned(),
        7 => return before.to_owned(),
        8 => return format!("{before}{}{after}", numbers.pick(&TOKENS)),
        9 => return format!("{before}\n{}{after}", numbers.pick(&TOKENS)),
        10 => return format!("{before}{}{after}", numbers.pick(&CHARACTERS)),
        11 => {
            let end = numbers.place(after).min(12);
            return format!("{before}{}", after.get(end..).unwrap_or_default());
        }
        12 => return text.replace('\n', "\r\n"),
        _ => {
            let from = numbers.place(other);
            let piece: String = other[from..].chars().take(numbers.below(60)).collect();
            return format!("{before}{piece}{after}");
        }
    }
    lines.concat()
}

fn check(input: &Input) -> Result<(), String> {
    let diagnosis = diagnose(input);
    spans_fit(&diagnosis)?;
    let made = repair(input, &diagnosis, &Choices::default());
    let claim = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    claim(made.outcomes.len() == diagnosis.report.findings.len(), "a finding without outcome")?;
    spans_fit(&made.recheck)?;
    for (id, file) in made.recheck.setup.sources.iter() {
        let corrected = made.corrected.iter().find(|corrected| corrected.file == id);
        let expected = corrected.map_or(&input.files[id.0].text, |corrected| &corrected.text);
        claim(file.text == *expected, "a file changed, and the repair does not say so")?;
        if corrected.is_some() {
            claim(*expected != input.files[id.0].text, "a file corrected into itself")?;
        }
    }
    let errors = |diagnosis: &Diagnosis| diagnosis.report.count(Severity::Error);
    claim(errors(&made.recheck) <= errors(&diagnosis), "a repair that adds an error")?;
    if errors(&made.recheck) == 0 {
        let files = made.recheck.setup.sources.iter().map(|(_, file)| file.clone()).collect();
        let again = Input { files, answers: input.answers.clone() };
        let second = repair(&again, &diagnose(&again), &Choices::default());
        claim(second.corrected.is_empty(), "a second repair changes what the first made")?;
    }
    // Whether there is a script or a refusal is for others to say; there is an answer.
    let _ = script(&diagnosis, &made);
    let ticket: Vec<&str> = input.files.iter().map(|file| file.text.as_str()).collect();
    let files = sort(None, &ticket.join("\n```\n"));
    spans_fit(&diagnose(&Input { files, ..Input::default() }))
}

/// Every place that is spoken of, or that would be changed, is in its file and splits no character.
fn spans_fit(diagnosis: &Diagnosis) -> Result<(), String> {
    let sources = &diagnosis.setup.sources;
    for finding in &diagnosis.report.findings {
        let evidence = finding.evidence.iter().map(|evidence| evidence.span);
        let edits = finding.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        let all: Vec<Span> = evidence.chain(edits).chain([finding.span]).collect();
        for span in all {
            if sources.text(span.file).get(span.range()).is_none() {
                return Err(format!("{}: {span:?} does not fit its file", finding.rule));
            }
        }
    }
    Ok(())
}

fn run(mut seeds: impl Iterator<Item = u64>) -> Result<(), String> {
    seeds.try_for_each(|seed| {
        let input = damaged(seed);
        let outcome = std::panic::catch_unwind(|| check(&input));
        let problem = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(problem)) => problem,
            Err(_) => "a panic".to_owned(),
        };
        let files: Vec<String> =
            input.files.iter().map(|file| format!("--- {}\n{:?}", file.name, file.text)).collect();
        Err(format!("LIMA_DOCTOR_SEED={seed}: {problem}\n{}", files.join("\n")))
    })
}

#[test]
fn damaged_files_get_an_answer_and_no_harm() {
    run(0..2000).unwrap_or_else(|problem| panic!("{problem}"));
}

#[test]
fn files_damaged_anew_get_an_answer_and_no_harm() {
    let given = std::env::var("LIMA_DOCTOR_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = match given {
        Some(seed) => seed..seed + 1,
        None => {
            let first = RandomState::new().hash_one(0) >> 16;
            first..first + 500
        }
    };
    println!("seeds {seeds:?}");
    run(seeds).unwrap_or_else(|problem| panic!("{problem}"));
}
