//! Which finding follows from which.

use crate::diagnostic::{Diagnostic, Severity};

/// A rule whose findings only follow from those of others, or come after they are mended: the
/// first of the causes that is found counts.
const CAUSES: &[(&str, &[&str])] = &[
    // That the port is not pinned is the reason behind a stale port, and one fix heals both.
    ("ssh-port-not-pinned", &["ssh-port-stale"]),
    ("kvm-missing", &["nested-virtualization-unsupported"]),
    ("ip-timeout-short", &["guest-arch-differs", "kvm-missing"]),
];

/// Lets each finding name the one that it follows from, or comes after.
pub(super) fn link(findings: &mut [Diagnostic]) {
    for i in 0..findings.len() {
        let Some(finding) = findings.get(i) else { continue };
        let causes = CAUSES.iter().find(|(effect, _)| *effect == finding.rule);
        // A failure that is here is not put off to a later one.
        let may_cause = |other: &Diagnostic| finding.severity > Severity::Error || !other.is_next;
        let cause = causes.and_then(|(_, causes)| {
            let first = |rule: &&str| {
                findings.iter().position(|other| other.rule == *rule && may_cause(other))
            };
            causes.iter().find_map(first)
        });
        if let Some(finding) = findings.get_mut(i) {
            finding.caused_by = cause;
        }
    }
}
