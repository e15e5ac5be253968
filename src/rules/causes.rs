//! Which finding follows from which.

use crate::diagnostic::Diagnostic;

/// A rule whose findings only follow from those of another.
const CAUSES: [(&str, &str); 1] = [("ssh-port-not-pinned", "ssh-port-stale")];

/// Lets each finding name the one that it follows from.
///
/// That the port is not pinned is the reason behind a stale port: where both are found, the hint
/// stands under the error, since one fix heals both.
pub(super) fn link(findings: &mut [Diagnostic]) {
    for i in 0..findings.len() {
        let Some(rule) = findings.get(i).map(|finding| finding.rule) else { continue };
        let cause = CAUSES
            .iter()
            .filter(|(effect, _)| *effect == rule)
            .find_map(|(_, cause)| findings.iter().position(|other| other.rule == *cause));
        if let Some(finding) = findings.get_mut(i) {
            finding.caused_by = cause;
        }
    }
}
