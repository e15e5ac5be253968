//! Texts made to be slow get an answer from all of the engine; `cargo bench` measures how soon.

#[path = "support/hostile.rs"]
mod hostile;

use lima_doctor::repair::plan::Choices;
use lima_doctor::text::FileKind;
use lima_doctor::{diagnose, repair};

#[test]
fn hostile_texts_are_diagnosed() {
    for shape in hostile::shapes() {
        let diagnosis = diagnose(&shape.input(1 << 15));
        for finding in &diagnosis.report.findings {
            let text = diagnosis.setup.sources.text(finding.span.file);
            assert!(text.get(finding.span.range()).is_some(), "{}: {finding:?}", shape.name);
        }
    }
}

#[test]
fn hostile_texts_are_repaired() {
    for shape in hostile::shapes() {
        let input = shape.input(1 << 13);
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        assert_eq!(made.outcomes.len(), diagnosis.report.findings.len(), "{}", shape.name);
    }
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
