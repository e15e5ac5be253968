#![doc = include_str!("provision_stops.md")]

use super::{package_unconfigured, places_to_be};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::mounts::{distinct, listed};
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::path::{below, clean};
use crate::topology::provision::{Link, Resolved, links, resolve};
use crate::topology::scripts::{AccessChange, access_changes, append_to_each};
use crate::topology::share::Share;

/// A provision script ends early, at a mount whose owner or mode it may not change.
pub const RULE: Rule = Rule {
    name: "provision-stops",
    severity: Severity::Warning,
    summary: "a provision script stops where it may not change a mount's owner or mode",
    docs: include_str!("provision_stops.md"),
    covers: &["M20"],
    check,
};

/// How surely a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Refused {
    /// The mount may only be read.
    Surely,
    /// The mount takes no other owner.
    Likely,
    /// Only the owner may change a mode, or nothing need be made: what is on the host decides.
    Perhaps,
}

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let changes = setup.lima.as_ref().map(access_changes).unwrap_or_default();
    let reports = reports(setup);
    let mut res: Vec<Diagnostic> = reported(setup, &reports, &changes).into_iter().collect();
    if res.is_empty() {
        res.extend(on_mounts(setup, &changes));
    }
    res
}

/// The texts that a script leaves when it fails, and the refusals that it may have met.
fn reports(setup: &Setup) -> Vec<&KnownMessage> {
    let of_packages = package_unconfigured::reports(setup);
    [Message::ProvisionFailed, Message::ChmodRefused, Message::ChownRefused]
        .into_iter()
        .flat_map(|message| setup.errors.reports(message))
        .filter(|known| !of_packages.contains(known) && may_be_of_vm(setup, known))
        .collect()
}

/// Whether a refusal may be one in the VM: a container's own files are none of its mounts.
fn may_be_of_vm(setup: &Setup, known: &KnownMessage) -> bool {
    let path = clean(&known.value);
    let is_pasted = setup.lima.is_some() || !setup.compose.services.is_empty();
    let in_script = setup.lima.as_ref().map(access_changes).unwrap_or_default();
    known.message == Message::ProvisionFailed
        || !is_pasted
        || setup.errors.reports(Message::ProvisionFailed).next().is_some()
        || setup.mounts.iter().any(|mount| below(&mount.mount_point, &path).is_some())
        || setup.shared.iter().any(|dir| below(&dir.target, &path).is_some())
        || in_script.iter().any(|change| change.path == path)
        || ["/var/lib/libvirt", "/mnt/lima"].iter().any(|dir| path.starts_with(dir))
}

fn reported(
    setup: &Setup,
    reports: &[&KnownMessage],
    changes: &[AccessChange],
) -> Option<Diagnostic> {
    let first = reports.first()?;
    let is_told = |change: &&AccessChange| {
        reports.iter().any(|known| {
            let program = match known.message {
                Message::ChmodRefused => "chmod",
                _ => "chown",
            };
            change.program == program && clean(&known.value) == change.path
        })
    };
    let met: Vec<&AccessChange> = changes.iter().filter(is_told).collect();
    let script = reports.iter().find(|known| known.message == Message::ProvisionFailed);
    let refused = reports.iter().find(|known| known.message != Message::ProvisionFailed);
    let message = match (refused, script) {
        (Some(known), _) => {
            let program = if known.message == Message::ChmodRefused { "chmod" } else { "chown" };
            // Without the script nothing tells where it ran.
            let place = if met.is_empty() { "" } else { " in the VM" };
            format!("`{program}` may not change `{}`{place}", clean(&known.value))
        }
        (None, _) => format!("the provision script `{}` failed in the VM", first.value),
    };
    let goes_on = !met.is_empty() && !met.iter().any(|change| change.command.is_fatal);
    let mut evidence: Vec<Evidence> = met.iter().map(|change| evidence_of(change)).collect();
    let mounts = distinct(met.iter().filter_map(|change| mount_evidence(setup, change)));
    evidence.extend(mounts);
    evidence.extend(reports.iter().map(|known| Evidence::new(known.span, "the very failure")));
    let (detail, by_hand) = match (script.is_some() || !met.is_empty(), refused) {
        (false, Some(known)) => {
            let title =
                format!("Change `{}` on the host, if a mount brings it from there", known.value);
            (OWNERS, only_shown("host", title, ""))
        }
        _ => (DETAIL, only_shown("read", READ, "")),
    };
    let fix = tolerate(setup, &met).unwrap_or(by_hand);
    Some(Diagnostic {
        severity: if goes_on { Severity::Hint } else { Severity::Warning },
        detail: detail.to_owned(),
        evidence,
        fixes: if goes_on { Vec::new() } else { vec![fix] },
        ..RULE.finding(met.first().map_or(first.span, |change| change.command.span), message)
    })
}

const DETAIL: &str = "Where a provision script fails, its further commands are left out; Lima only \
                      notes it in the VM's log, and still calls the VM ready. \
                      The scripts run at every start.";

const OWNERS: &str = "A mount has the owners and modes of the host: 9p and reverse-sshfs take no \
                      other owner, and only the owner may change a mode.";

const READ: &str = "Read `/var/log/cloud-init-output.log` in the VM: the command that failed stands \
                    above the warning";

/// The changes that a script will not be let make, on the mounts there are or are to be.
fn on_mounts(setup: &Setup, changes: &[AccessChange]) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    let fatal = changes.iter().filter(|change| change.command.is_fatal);
    let links = links(lima);
    let places = places_to_be(setup);
    let mut now: Vec<(&AccessChange, Refused)> = Vec::new();
    let mut next: Vec<(&AccessChange, Refused)> = Vec::new();
    for change in fatal {
        if let Some(refused) = refusal(setup, &links, change) {
            now.push((change, refused));
        } else if setup.mount_at(&change.path).is_none()
            && places.iter().any(|place| below(place, &change.path).is_some())
            && resolve(&links, &change.path) == Resolved::Itself
            && let Some(refused) = of_share(setup.share(), change)
        {
            next.push((change, refused));
        }
    }
    let is_next = now.is_empty();
    let met = if is_next { next } else { now };
    let worst = met.iter().map(|(_, refused)| *refused).min()?;
    let met: Vec<&AccessChange> = met.into_iter().map(|(change, _)| change).collect();
    let programs = listed(met.iter().map(|change| change.program.clone()));
    let paths = listed(met.iter().map(|change| change.path.clone()));
    let likely = if worst == Refused::Surely { "" } else { "likely: " };
    let when = if is_next { ", once it is mounted" } else { "" };
    let mut evidence: Vec<Evidence> = met.iter().map(|change| evidence_of(change)).collect();
    evidence.extend(distinct(met.iter().filter_map(|change| mount_evidence(setup, change))));
    Some(Diagnostic {
        severity: match worst {
            Refused::Perhaps => Severity::Hint,
            _ if is_next => Severity::Hint,
            Refused::Surely | Refused::Likely => Severity::Warning,
        },
        is_next,
        detail: DETAIL.to_owned(),
        evidence,
        fixes: tolerate(setup, &met).into_iter().collect(),
        ..RULE.finding(
            met.first()?.command.span,
            format!("{likely}a provision script stops at {programs} of {paths}{when}"),
        )
    })
}

/// Whether a mount that is there refuses a change.
fn refusal(setup: &Setup, links: &[Link], change: &AccessChange) -> Option<Refused> {
    let path = match resolve(links, &change.path) {
        Resolved::Itself => change.path.clone(),
        Resolved::Through(_, path) => path,
        Resolved::Unknown => return None,
    };
    let (_, mount) = setup.mount_at(&path)?;
    if !mount.writable {
        // What is there already need not be made.
        return match (change.program.as_str(), path == mount.mount_point) {
            ("mkdir", true) => None,
            ("mkdir", false) => Some(Refused::Perhaps),
            _ => Some(Refused::Surely),
        };
    }
    of_share(setup.share_of(mount), change)
}

fn of_share(share: Share, change: &AccessChange) -> Option<Refused> {
    match (share, change.program.as_str()) {
        (Share::NineP, "chmod") => Some(Refused::Perhaps),
        (Share::NineP | Share::ReverseSshfs, "chown" | "chgrp") => Some(Refused::Likely),
        _ => None,
    }
}

fn evidence_of(change: &AccessChange) -> Evidence {
    let note = match change.command.is_fatal {
        true => "with `set -e`, the script ends here when this fails",
        false => "the script goes on when this fails",
    };
    Evidence::new(change.command.span, note)
}

fn mount_evidence(setup: &Setup, change: &AccessChange) -> Option<Evidence> {
    let (_, mount) = setup.mount_at(&change.path)?;
    let note = match mount.writable {
        true => "the directory is the host's, mounted here",
        false => "the directory is the host's, mounted here read-only",
    };
    Some(Evidence::new(mount.span, note))
}

/// Lets the scripts go on behind each of the commands.
fn tolerate(setup: &Setup, changes: &[&AccessChange]) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    let (_, text) = setup.document(lima.file)?;
    let fatal = changes.iter().filter(|change| change.command.is_fatal);
    let commands = distinct(fatal.map(|change| &change.command));
    let edits = append_to_each(lima, text, &commands, " || true");
    Some(Fix {
        name: "tolerate",
        title: "Let the script go on where it may not change the directory: append ` || true`"
            .to_owned(),
        suits: "",
        applicability: Applicability::Review,
        edits: edits.filter(|edits| !edits.is_empty())?,
        steps: vec![Step::RestartInstance],
    })
}

#[cfg(test)]
mod tests;
