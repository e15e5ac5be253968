//! Model to diagnostics. A rule asks [`Setup`] and words the answer; it reads no text itself.

pub mod binds;
#[cfg(test)]
mod catalogue;
pub(crate) mod causes;
pub mod compose;
pub mod guest;
pub mod hygiene;
pub mod in_force;
#[cfg(test)]
mod laws;
pub mod libvirt;
pub mod machine;
pub mod mounts;
pub mod network;
#[cfg(test)]
mod second_reader;
pub mod settings;
pub mod ssh;
pub mod syntax;
#[cfg(test)]
pub(crate) mod testing;
mod uri;

use std::collections::BTreeSet;

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity, Step};
use crate::text::FileKind;
use crate::topology::{Setup, Unchecked};

/// One thing that can be wrong with a set-up.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// States the problem: `mount-missing`. A released name is never reused.
    pub name: &'static str,
    /// The severity at its worst.
    pub severity: Severity,
    /// A clause for lists.
    pub summary: &'static str,
    /// The rule's page, Markdown.
    pub docs: &'static str,
    /// The rows of the catalogue of failures that it finds: `C1`, `M2`.
    pub covers: &'static [&'static str],
    /// Finds every case in a set-up.
    pub check: fn(&Setup) -> Vec<Diagnostic>,
}

/// Every rule, in the order in which the problems bite.
pub const RULES: &[Rule] = &[
    hygiene::wrong_kind_of_file::RULE,
    hygiene::file_not_read::RULE,
    hygiene::file_truncated::RULE,
    hygiene::lines_wrapped::RULE,
    hygiene::paste_debris::RULE,
    hygiene::bidi_control::RULE,
    hygiene::invisible_character::RULE,
    hygiene::smart_quotes::RULE,
    hygiene::placeholder_left::RULE,
    hygiene::value_redacted::RULE,
    syntax::lima_syntax::RULE,
    syntax::lima_setting_refused::RULE,
    ssh::ssh_port_forwarded::RULE,
    settings::lima_file_rejected::RULE,
    settings::lima_reported::RULE,
    settings::lima_key_unknown::RULE,
    settings::mount_merged::RULE,
    syntax::env_syntax::RULE,
    hygiene::env_name_twice::RULE,
    syntax::compose_syntax::RULE,
    compose::compose_refused::RULE,
    compose::variable_unset::RULE,
    compose::home_of_another_user::RULE,
    compose::target_bound_twice::RULE,
    compose::volume_device_relative::RULE,
    compose::volume_option_ignored::RULE,
    guest::plain_ignores_mounts::RULE,
    binds::engine_does_not_share::RULE,
    binds::named_volume_not_shared::RULE,
    binds::path_outside_binds::RULE,
    binds::bind_read_only::RULE,
    binds::variable_misspelled::RULE,
    mounts::mount_missing::RULE,
    mounts::mount_path_differs::RULE,
    mounts::mount_read_only::RULE,
    binds::host_directory_denied::RULE,
    network::host_name_unresolved::RULE,
    network::host_gateway_unsupported::RULE,
    guest::mount_type_unusable::RULE,
    guest::vm_images_hidden::RULE,
    guest::package_unconfigured::RULE,
    guest::provision_stops::RULE,
    ssh::uri_unescaped::RULE,
    libvirt::libvirt_host_is_container::RULE,
    libvirt::libvirt_uri_local::RULE,
    libvirt::libvirt_socket_bound::RULE,
    in_force::env_file_not_read::RULE,
    in_force::shell_variable_wins::RULE,
    in_force::container_not_recreated::RULE,
    ssh::vm_not_running::RULE,
    ssh::ssh_port_taken::RULE,
    ssh::ssh_port_stale::RULE,
    ssh::ssh_port_absent::RULE,
    ssh::ssh_port_unconfirmed::RULE,
    machine::nested_virtualization_unsupported::RULE,
    machine::kvm_missing::RULE,
    machine::guest_arch_differs::RULE,
    machine::ip_timeout_short::RULE,
    ssh::ssh_port_not_pinned::RULE,
    ssh::ssh_port_repeated::RULE,
    settings::port_forward_shadowed::RULE,
    network::loopback_unreachable::RULE,
    network::host_network_in_vm::RULE,
    ssh::ssh_host_key::RULE,
    ssh::ssh_user_wrong::RULE,
    ssh::ssh_key_is_directory::RULE,
    ssh::ssh_key_missing::RULE,
    libvirt::libvirt_tcp_not_listening::RULE,
    libvirt::libvirtd_not_running::RULE,
    libvirt::libvirt_group_missing::RULE,
    libvirt::libvirt_session::RULE,
    in_force::change_not_in_effect::RULE,
    libvirt::libvirt_access_open::RULE,
    guest::share_permission::RULE,
    guest::selinux_denies_share::RULE,
    guest::vm_degraded::RULE,
];

/// Rules that hold an error text against the files: it is older than a correction, and tells
/// nothing of corrected files.
const OF_AN_OLDER_TEXT: [&str; 7] = [
    "change-not-in-effect",
    "container-not-recreated",
    "libvirt-session",
    "ssh-host-key",
    "ssh-key-is-directory",
    "ssh-key-missing",
    "ssh-port-taken",
];

/// The same where the files hold something against the text, too: with other evidence than before,
/// the text is older than what is found.
const OF_AN_OLDER_STATE: [&str; 2] = ["libvirt-socket-bound", "share-permission"];

/// Rules of how a text is written: what they find in a value that goes on in the next line is so
/// whatever the whole value is. The others tell of it once its lines are joined.
const OF_THE_TEXT: [&str; 11] = [
    "lines-wrapped",
    "file-truncated",
    "paste-debris",
    "bidi-control",
    "invisible-character",
    "smart-quotes",
    "placeholder-left",
    "value-redacted",
    "lima-syntax",
    "env-syntax",
    "compose-syntax",
];

/// Asks every rule. Findings stand in the rules' order, errors before warnings before hints; one
/// that only follows from another names it.
pub fn check(setup: &Setup) -> Vec<Diagnostic> {
    ask(setup, |_| true)
}

/// Asks every rule of corrected files; `before` are the findings of the original ones, with the
/// same texts. What [`OF_AN_OLDER_TEXT`] find only now is left out.
pub(crate) fn check_again(setup: &Setup, before: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_older = |finding: &Diagnostic| {
        let file = setup.sources.get(finding.span.file);
        (OF_AN_OLDER_TEXT.contains(&finding.rule) || OF_AN_OLDER_STATE.contains(&finding.rule))
            && file.is_some_and(|file| file.kind == FileKind::Error)
    };
    let notes = |finding: &Diagnostic| -> BTreeSet<String> {
        finding.evidence.iter().map(|link| link.note.clone()).collect()
    };
    let was_found = |finding: &Diagnostic| {
        let is_older_state = OF_AN_OLDER_STATE.contains(&finding.rule);
        before.iter().any(|one| {
            let is_same = one.rule == finding.rule && one.span.file == finding.span.file;
            is_same && (!is_older_state || notes(one) == notes(finding))
        })
    };
    ask(setup, |finding| !is_older(finding) || was_found(finding))
}

fn ask(setup: &Setup, holds: impl Fn(&Diagnostic) -> bool) -> Vec<Diagnostic> {
    let all = RULES.iter().flat_map(|rule| (rule.check)(setup));
    let is_judged = |finding: &Diagnostic| {
        let places = finding.evidence.iter().map(|link| link.span).chain([finding.span]);
        let is_of_text = OF_THE_TEXT.contains(&finding.rule);
        is_of_text || !places.into_iter().any(|place| setup.condition.is_wrapped(place))
    };
    let mut findings: Vec<Diagnostic> = all.filter(holds).filter(is_judged).collect();
    causes::drop_fallbacks(&mut findings);
    causes::raise(&mut findings);
    findings.sort_by_key(|finding| finding.severity);
    causes::link(&mut findings);
    findings
}

/// The error texts that no finding points at: a healthy set-up does not explain its error.
pub fn unexplained(setup: &Setup, findings: &[Diagnostic]) -> Vec<Unchecked> {
    let points_at = |finding: &Diagnostic, file| {
        finding.span.file == file || finding.evidence.iter().any(|e| e.span.file == file)
    };
    let texts = setup.sources.of_kind(FileKind::Error).filter(|(id, file)| {
        tells_of_failure(&file.text) && !findings.iter().any(|f| points_at(f, *id))
    });
    texts
        .map(|(id, _)| Unchecked {
            what: format!(
                "where `{}` comes from: no finding explains it",
                setup.sources.short_name(id)
            ),
            needs: "the files that are not pasted yet, and the whole error".to_owned(),
        })
        .collect()
}

/// Whether a text speaks of anything that went wrong: a log of a start that went well needs no
/// explanation.
fn tells_of_failure(text: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "error",
        "fail",
        "denied",
        "refused",
        "cannot",
        "can't",
        "could not",
        "no such",
        "not found",
        "unable",
        "fatal",
        "timeout",
    ];
    let text = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// A fix that is only shown, under a name of its own.
fn only_shown(name: &'static str, title: impl Into<String>, suits: &'static str) -> Fix {
    Fix {
        name,
        title: title.into(),
        suits,
        applicability: Applicability::Manual,
        edits: Vec::new(),
        steps: Vec::new(),
    }
}

/// What is to be done by hand, and the steps behind it.
fn by_hand(title: impl Into<String>, steps: Vec<Step>) -> Fix {
    Fix { steps, ..only_shown("by-hand", title, "") }
}

impl Rule {
    /// A finding of this rule at its own severity, still without evidence and fixes.
    fn finding(&self, span: crate::text::Span, message: String) -> Diagnostic {
        Diagnostic {
            rule: self.name,
            severity: self.severity,
            message,
            detail: String::new(),
            span,
            evidence: Vec::new(),
            caused_by: None,
            is_next: false,
            fixes: Vec::new(),
        }
    }
}
