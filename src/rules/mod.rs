//! Model to diagnostics. A rule asks [`Setup`] and words the answer; it reads no text itself.

mod causes;
#[cfg(test)]
mod laws;
pub mod libvirt;
pub mod machine;
pub mod mounts;
#[cfg(test)]
mod second_reader;
pub mod ssh;
pub mod syntax;
#[cfg(test)]
pub(crate) mod testing;

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
    mounts::mount_missing::RULE,
    mounts::mount_path_differs::RULE,
    mounts::mount_read_only::RULE,
    libvirt::libvirt_host_is_container::RULE,
    ssh::ssh_port_stale::RULE,
    machine::nested_virtualization_unsupported::RULE,
    machine::kvm_missing::RULE,
    machine::guest_arch_differs::RULE,
    machine::ip_timeout_short::RULE,
    ssh::ssh_port_not_pinned::RULE,
];

/// Asks every rule. Findings stand in the rules' order, errors before warnings before hints; one
/// that only follows from another names it.
pub fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = RULES.iter().flat_map(|rule| (rule.check)(setup)).collect();
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
