//! What Lima refuses though it can read the file: settings against its own rules (Lima,
//! pkg/limayaml/validate.go and the drivers).
//!
//! Only what the file itself shows is judged, never what depends on the host's files. Messages are
//! Lima's own, so that they can be found again in its log.

mod machine;
mod mounts;
mod port_forwards;
mod rest;
mod size;

use super::{Circumstances, Lima, merge};
use crate::syntax::yaml::{Document, Node};
use crate::syntax::{SyntaxError, go};
use crate::text::Span;

/// A setting that Lima refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When Lima notices.
    pub when: When,
    /// The place, Lima's message, and what to do.
    pub error: SyntaxError,
    /// The key at the top of the file, and the text that Lima takes under it, where one is surely
    /// meant or is what the VM would have without the key.
    pub instead: Option<(&'static str, &'static str)>,
}

/// When Lima notices a setting that it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whenever it loads the file; `limactl validate` says so.
    Load,
    /// Only when a VM is made or started.
    Start,
}

/// Everything that this version of Lima refuses in the file's first document. Nothing where the
/// document could not be read.
pub fn refusals(lima: &Lima, document: &Document, circumstances: &Circumstances) -> Vec<Refusal> {
    let Some(root) = document.root.as_ref().filter(|_| !document.incomplete) else {
        return Vec::new();
    };
    let mut check = Check { lima, document, root, circumstances, res: Vec::new() };
    check.base();
    check.version();
    check.mounts(&merge::mounts(lima, circumstances));
    check.ssh();
    check.arch();
    check.mount_type();
    check.port_forwards();
    check.name_servers();
    check.user();
    check.provision();
    check.param();
    check.res.sort_by_key(|refusal| refusal.error.span.start);
    check.res
}

/// The file while it is checked.
struct Check<'a> {
    lima: &'a Lima,
    document: &'a Document,
    root: &'a Node,
    circumstances: &'a Circumstances,
    res: Vec<Refusal>,
}

impl<'a> Check<'a> {
    /// The value of a key, unless it is null.
    fn field(&self, node: &'a Node, key: &str) -> Option<&'a Node> {
        let value = self.document.resolve(&self.document.get(node, key)?.value);
        (!value.is_null()).then_some(value)
    }

    fn refuse(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.refuse_when(When::Load, span, message, help);
    }

    fn refuse_when(&mut self, when: When, span: Span, message: impl Into<String>, help: &str) {
        let error = SyntaxError { span, message: message.into(), help: help.to_owned(), fix: None };
        self.res.push(Refusal { when, error, instead: None });
    }

    /// Refuses a text under a key at the top of the file, and says which one to write.
    fn refuse_for(
        &mut self,
        when: When,
        span: Span,
        message: impl Into<String>,
        (key, text): (&'static str, &'static str),
    ) {
        self.refuse_when(when, span, message, &format!("write `{text}`"));
        if let Some(refusal) = self.res.last_mut() {
            refusal.instead = Some((key, text));
        }
    }

    /// Refuses what is no port in Lima's words; 0 is not set.
    fn refuse_port(&mut self, span: Span, field: &str, port: i64) {
        let why = match port {
            ..0 => "must be > 0",
            0 => "must be set",
            22 => "must not be 22",
            65536.. => "must be < 65536",
            _ => return,
        };
        self.refuse(span, format!("field `{field}` {why}"), "choose a port from 1024 to 65535");
    }
}

/// A text as Go's `%#q` prints it: in backticks where they can hold it.
fn quoted(text: &str) -> String {
    let fits = !text.contains('`') && text.chars().all(|c| c == '\t' || !c.is_control());
    if fits { format!("`{text}`") } else { go::quote(text) }
}

#[cfg(test)]
mod tests;
