//! Which finding follows from which.

use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// A rule whose findings only follow from those of others, or come after they are mended: the
/// first of the causes that is found counts.
const CAUSES: &[(&str, &[&str])] = &[
    // That the port is not pinned is the reason behind a stale port, and one fix heals both.
    (
        "ssh-port-not-pinned",
        &["lima-key-unknown", "ssh-port-stale", "ssh-port-absent", "ssh-port-unconfirmed"],
    ),
    ("ssh-port-stale", &["lima-key-unknown"]),
    ("kvm-missing", &["nested-virtualization-unsupported"]),
    ("ip-timeout-short", &["guest-arch-differs", "kvm-missing"]),
    // The socket is bound for the URI that names no host.
    ("libvirt-socket-bound", &["libvirt-uri-local"]),
    // Where no mount is made at all, none is missing by itself.
    (
        "mount-missing",
        &[
            "plain-ignores-mounts",
            "lima-key-unknown",
            "home-of-another-user",
            "target-bound-twice",
            "env-name-twice",
        ],
    ),
    ("mount-path-differs", &["lima-key-unknown"]),
    ("mount-read-only", &["lima-key-unknown"]),
    // The script that installs it fails with the package.
    ("provision-stops", &["package-unconfigured"]),
    ("lima-syntax", MANGLED),
    ("compose-syntax", MANGLED),
    ("env-syntax", MANGLED),
    ("lima-setting-refused", UNSEEN),
    ("lima-key-unknown", UNSEEN),
];

/// What is wrong with a path itself. A directory that is missing for it is left as it is until the
/// path is the one that is meant: a mount would follow the slip.
const SLIPS: &[&str] = &["home-of-another-user", "target-bound-twice", "env-name-twice"];

/// Whether a finding is left to the one that it follows from.
pub(crate) fn is_left_to_its_cause(finding: &Diagnostic, all: &[Diagnostic]) -> bool {
    let cause = finding.caused_by.and_then(|index| all.get(index));
    cause.is_some_and(|cause| SLIPS.contains(&cause.rule))
}

/// The rules of what is in a text unseen. They explain what is wrong with a file's syntax, and
/// with the very value that it stands in.
const UNSEEN: &[&str] = &["bidi-control", "invisible-character", "smart-quotes"];

/// The rules of what happened to a text, which explain what is wrong with its syntax.
const MANGLED: &[&str] =
    &["lines-wrapped", "file-truncated", "bidi-control", "invisible-character", "smart-quotes"];

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

/// The rules that fail where a key of `lima.yaml` is misspelt, by the key that is meant.
const MISSPELT: &[(&str, &[&str])] = &[
    ("mounts", MOUNTING),
    ("location", MOUNTING),
    ("mountPoint", MOUNTING),
    ("writable", MOUNTING),
    ("ssh", &["ssh-port-stale", "ssh-port-not-pinned"]),
    ("localPort", &["ssh-port-stale", "ssh-port-not-pinned"]),
];

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

/// Whether a cause is where it could bring about the other: what may be seen is near to all, but for
/// a key that is misspelt.
fn is_near(cause: &Diagnostic, effect: &Diagnostic) -> bool {
    if cause.rule == "lima-key-unknown" {
        return is_misspelt(cause, effect);
    }
    if SLIPS.contains(&cause.rule) {
        let places = |one: &Diagnostic| -> Vec<Span> {
            one.evidence.iter().map(|link| link.span).chain([one.span]).collect()
        };
        let causes = places(cause);
        return places(effect)
            .iter()
            .any(|place| causes.iter().any(|c| place.contains(*c) || c.contains(*place)));
    }
    if !UNSEEN.contains(&cause.rule) && !MANGLED.contains(&cause.rule) {
        return true;
    }
    let mut places = cause.evidence.iter().map(|link| link.span).chain([cause.span]);
    match effect.rule.ends_with("-syntax") {
        true => cause.span.file == effect.span.file,
        false => places.any(|place| effect.span.contains(place)),
    }
}

/// Whether a key that Lima does not know is the one whose absence the other finding is about. A key
/// of a mount counts for that mount.
fn is_misspelt(cause: &Diagnostic, effect: &Diagnostic) -> bool {
    let edits = cause.fixes.iter().flat_map(|fix| &fix.edits);
    let meant = edits.filter_map(|edit| MISSPELT.iter().find(|(key, _)| *key == edit.text)).next();
    let mut places = effect.evidence.iter().map(|link| link.span).chain([effect.span]);
    meant.is_some_and(|(key, effects)| {
        let is_of_mount = ["location", "mountPoint", "writable"].contains(key);
        effects.contains(&effect.rule)
            && (!is_of_mount || places.any(|place| place.contains(cause.span)))
    })
}

/// Gives a key that is misspelt the severity of what comes of it, so that it is mended first.
pub(super) fn raise(findings: &mut [Diagnostic]) {
    for i in 0..findings.len() {
        let Some(cause) = findings.get(i).filter(|one| one.rule == "lima-key-unknown") else {
            continue;
        };
        let effects = findings.iter().filter(|effect| is_misspelt(cause, effect));
        let worst = effects.map(|effect| effect.severity).min();
        if let (Some(worst), Some(cause)) = (worst, findings.get_mut(i)) {
            cause.severity = cause.severity.min(worst);
        }
    }
}
