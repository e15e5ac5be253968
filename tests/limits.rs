//! Texts made to be slow are read in bounded time, by all of the engine.

#[path = "support/hostile.rs"]
mod hostile;

use std::time::Duration;

use lima_doctor::repair::plan::Choices;
use lima_doctor::text::FileKind;
use lima_doctor::{Input, diagnose, repair};

/// Far more than any shape takes in a debug build, and far less than one that is read in
/// quadratic time.
const BOUND: Duration = Duration::from_secs(5);

fn assert_bounded(size: usize, run: impl Fn(&Input)) {
    let mut slow = Vec::new();
    for shape in hostile::shapes() {
        let input = shape.input(size);
        let time = hostile::processor_time(|| run(&input));
        if time > BOUND {
            slow.push(format!("{}, {}: {time:.1?}", shape.kind.as_str(), shape.name));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn hostile_texts_are_diagnosed_in_bounded_time() {
    assert_bounded(1 << 15, |input| drop(diagnose(input)));
}

#[test]
fn hostile_texts_are_repaired_in_bounded_time() {
    assert_bounded(1 << 13, |input| {
        let diagnosis = diagnose(input);
        let made = repair(input, &diagnosis, &Choices::default());
        assert_eq!(made.outcomes.len(), diagnosis.report.findings.len());
    });
}

#[test]
fn what_is_not_looked_at_is_told() {
    for (kind, name, what) in [
        (FileKind::Lima, "mounts", "the mounts beyond the first 100"),
        (FileKind::Compose, "volumes", "the binds beyond the first 100"),
        (FileKind::Compose, "URIs", "the libvirt URIs beyond the first 100"),
    ] {
        let shapes = hostile::shapes();
        let shape = shapes.iter().find(|shape| shape.kind == kind && shape.name == name);
        let unchecked = |size| diagnose(&shape.expect(name).input(size)).report.unchecked;
        let told = |size| unchecked(size).iter().any(|entry| entry.what == what);
        assert!(told(1 << 16), "{name}: {:#?}", unchecked(1 << 16));
        assert!(!told(1 << 10), "{name}: {:#?}", unchecked(1 << 10));
    }
}
