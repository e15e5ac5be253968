//! Model to diagnostics. A rule asks [`Setup`] and words the answer; it reads no text itself.

pub mod binds;
mod causes;
pub mod compose;
pub mod guest;
pub mod in_force;
#[cfg(test)]
mod laws;
pub mod libvirt;
pub mod machine;
pub mod mounts;
pub mod network;
#[cfg(test)]
mod second_reader;
pub mod ssh;
pub mod syntax;
#[cfg(test)]
pub(crate) mod testing;
mod uri;

use crate::diagnostic::{Diagnostic, Severity};
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
    syntax::lima_syntax::RULE,
    syntax::lima_setting_refused::RULE,
    syntax::env_syntax::RULE,
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
    libvirt::libvirt_host_is_container::RULE,
    in_force::env_file_not_read::RULE,
    in_force::shell_variable_wins::RULE,
    in_force::container_not_recreated::RULE,
    ssh::ssh_port_stale::RULE,
    machine::nested_virtualization_unsupported::RULE,
    machine::kvm_missing::RULE,
    machine::guest_arch_differs::RULE,
    machine::ip_timeout_short::RULE,
    ssh::ssh_port_not_pinned::RULE,
    network::loopback_unreachable::RULE,
    network::host_network_in_vm::RULE,
    in_force::change_not_in_effect::RULE,
    guest::share_permission::RULE,
    guest::selinux_denies_share::RULE,
    guest::vm_degraded::RULE,
];

/// Rules that hold a pasted text against the files: of files that were just corrected the text
/// tells nothing, since it is older.
const OF_AN_OLDER_TEXT: &[&str] = &["change-not-in-effect", "container-not-recreated"];

/// Asks every rule. Findings stand in the rules' order, errors before warnings before hints; one
/// that only follows from another names it.
pub fn check(setup: &Setup) -> Vec<Diagnostic> {
    ask(setup, &RULES.iter().collect::<Vec<_>>())
}

/// Asks every rule of corrected files; `before` are the findings of the original ones, with the
/// same texts.
pub(crate) fn check_again(setup: &Setup, before: &[Diagnostic]) -> Vec<Diagnostic> {
    let fired = |rule: &&Rule| before.iter().any(|finding| finding.rule == rule.name);
    let holds = |rule: &&Rule| !OF_AN_OLDER_TEXT.contains(&rule.name) || fired(rule);
    ask(setup, &RULES.iter().filter(holds).collect::<Vec<_>>())
}

fn ask(setup: &Setup, rules: &[&Rule]) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = rules.iter().flat_map(|rule| (rule.check)(setup)).collect();
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
        !file.text.trim().is_empty() && !findings.iter().any(|f| points_at(f, *id))
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

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
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
