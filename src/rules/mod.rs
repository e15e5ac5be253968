//! Model to diagnostics. A rule asks [`Setup`] and words the answer; it reads no text itself.

use crate::diagnostic::{Diagnostic, Severity};
use crate::topology::Setup;

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
    /// Finds every case in a set-up.
    pub check: fn(&Setup) -> Vec<Diagnostic>,
}

/// Every rule, in the order in which the problems bite.
pub const RULES: &[Rule] = &[];

/// The rule with this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}
