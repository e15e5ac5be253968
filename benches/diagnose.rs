//! How long a diagnosis takes: of real set-ups, and of hostile texts of 1 MiB.
//!
//! `cargo bench` prints the processor time of each, and fails where a bound is passed: 10 ms for a
//! set-up as people paste it, 50 ms for what nests without end, and four seconds for a text
//! that is as long as any that is read. `cargo bench -- WORD` measures the shapes whose names
//! hold the word.

#[path = "../tests/support/hostile.rs"]
mod hostile;

use std::env;
use std::fs;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lima_doctor::examples::EXAMPLES;
use lima_doctor::repair::plan::Choices;
use lima_doctor::{diagnose, repair};

/// How long this thread runs for, where the system tells (Linux): on a busy machine that is less
/// than the time that passes.
fn processor_time(run: impl FnOnce()) -> Duration {
    let ran = || {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let (start, before) = (Instant::now(), ran());
    run();
    match (before, ran()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    }
}

/// The least time of a few runs.
fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    (0..runs).map(|_| processor_time(&mut run)).min().unwrap_or_default()
}

fn main() -> ExitCode {
    let only = env::args().nth(1).filter(|word| !word.starts_with('-'));
    let mut slow = Vec::new();
    let mut tell = |name: &str, time: Duration, bound: u64| {
        println!("{:>10.2} ms  {name}", time.as_secs_f64() * 1000.0);
        if time > Duration::from_millis(bound) {
            slow.push(name.to_owned());
        }
    };
    for example in EXAMPLES {
        let input = example.input();
        // The processor time is told in steps too long for these.
        let runs = (0..20).map(|_| {
            let start = Instant::now();
            drop(black_box(diagnose(&input)));
            start.elapsed()
        });
        tell(example.name, runs.min().unwrap_or_default(), 10);
    }
    for shape in hostile::shapes() {
        let name = format!("{}: {}", shape.kind.as_str(), shape.name);
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let input = shape.input(1 << 20);
        let bound = if shape.name.starts_with("nested") { 50 } else { 4000 };
        tell(&name, best(2, || drop(black_box(diagnose(&input)))), bound);
        let input = shape.input(1 << 16);
        let mend = || drop(black_box(repair(&input, &diagnose(&input), &Choices::default())));
        tell(&format!("{name}, 64 KiB, repaired"), best(1, mend), bound);
    }
    if slow.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("too slow: {}", slow.join(", "));
    ExitCode::FAILURE
}
