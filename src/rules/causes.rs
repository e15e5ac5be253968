//! Which finding follows from which.

use crate::diagnostic::{Diagnostic, Severity};

/// A rule whose findings only follow from those of others, or come after they are mended: the
/// first of the causes that is found counts.
const CAUSES: &[(&str, &[&str])] = &[
    // That the port is not pinned is the reason behind a stale port, and one fix heals both.
    ("ssh-port-not-pinned", &["ssh-port-stale", "ssh-port-absent", "ssh-port-unconfirmed"]),
    ("kvm-missing", &["nested-virtualization-unsupported"]),
    ("ip-timeout-short", &["guest-arch-differs", "kvm-missing"]),
    // The socket is bound for the URI that names no host.
    ("libvirt-socket-bound", &["libvirt-uri-local"]),
    // Where no mount is made at all, none is missing by itself.
    ("mount-missing", &["plain-ignores-mounts"]),
    // The script that installs it fails with the package.
    ("provision-stops", &["package-unconfigured"]),
    ("lima-syntax", UNSEEN),
    ("compose-syntax", UNSEEN),
    ("env-syntax", UNSEEN),
    ("lima-setting-refused", UNSEEN),
    ("lima-key-unknown", UNSEEN),
];

/// The rules of what is in a text unseen. They explain what is wrong with a file's syntax, and
/// with the very value that it stands in.
const UNSEEN: &[&str] = &["bidi-control", "invisible-character", "smart-quotes"];

/// Where a rule's foretold findings stand: under the first of these that is found, whose mending
/// brings them on.
const NEXT: &[(&str, &[&str])] = &[
    ("package-unconfigured", MOUNTING),
    ("provision-stops", MOUNTING),
    ("selinux-denies-share", MOUNTING),
    ("share-permission", MOUNTING),
    ("vm-images-hidden", MOUNTING),
    // A name has to be known before it can lead to the wrong address.
    ("loopback-unreachable", &["host-name-unresolved"]),
    ("libvirt-group-missing", CONNECTING),
    ("ssh-host-key", CONNECTING),
    ("ssh-key-missing", CONNECTING_OR_LOGGING_IN),
];

/// The rules whose fixes let a URI lead to the VM.
const CONNECTING: &[&str] = &[
    "host-name-unresolved",
    "host-gateway-unsupported",
    "libvirt-host-is-container",
    "libvirt-uri-local",
    "ssh-port-stale",
    "ssh-port-absent",
    "ssh-port-unconfirmed",
    "loopback-unreachable",
];

/// Those, and the ones after which the VM asks for a key.
const CONNECTING_OR_LOGGING_IN: &[&str] = &[
    "host-name-unresolved",
    "host-gateway-unsupported",
    "libvirt-host-is-container",
    "libvirt-uri-local",
    "ssh-port-stale",
    "ssh-port-absent",
    "ssh-port-unconfirmed",
    "loopback-unreachable",
    "ssh-host-key",
    "ssh-user-wrong",
];

/// The rules whose fixes mount something.
const MOUNTING: &[&str] = &["mount-missing", "mount-path-differs", "mount-read-only"];

/// Rules that explain an error only where no other does.
const FALLBACKS: &[&str] = &["change-not-in-effect"];

/// Drops what a fallback says of an error that another finding explains.
pub(super) fn drop_fallbacks(findings: &mut Vec<Diagnostic>) {
    let is_fallback = |finding: &Diagnostic| FALLBACKS.contains(&finding.rule);
    let explains = |other: &Diagnostic, span| {
        let counts = other.severity < Severity::Hint && !is_fallback(other);
        counts && (other.span == span || other.evidence.iter().any(|link| link.span == span))
    };
    let is_explained = |finding: &Diagnostic| {
        is_fallback(finding) && findings.iter().any(|other| explains(other, finding.span))
    };
    let keep: Vec<bool> = findings.iter().map(|finding| !is_explained(finding)).collect();
    let mut keep = keep.into_iter();
    findings.retain(|_| keep.next().unwrap_or(true));
}

/// Lets each finding name the one that it follows from, or comes after.
pub(super) fn link(findings: &mut [Diagnostic]) {
    for i in 0..findings.len() {
        let Some(finding) = findings.get(i) else { continue };
        let table = if finding.is_next { NEXT } else { &[] };
        let causes = table.iter().chain(CAUSES).find(|(effect, _)| *effect == finding.rule);
        // A failure that is here is not put off to a later one.
        let may_cause = |other: &Diagnostic| {
            (finding.severity > Severity::Error || !other.is_next) && is_near(other, finding)
        };
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

/// Whether what is unseen is where it could cause the other; what may be seen is near to all.
fn is_near(cause: &Diagnostic, effect: &Diagnostic) -> bool {
    if !UNSEEN.contains(&cause.rule) {
        return true;
    }
    let mut places = cause.evidence.iter().map(|link| link.span).chain([cause.span]);
    match effect.rule.ends_with("-syntax") {
        true => cause.span.file == effect.span.file,
        false => places.any(|place| effect.span.contains(place)),
    }
}
