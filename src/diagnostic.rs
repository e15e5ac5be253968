//! What a rule finds, and what can be done about it.

use crate::text::{Edit, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot start, or silently loses data.
    Error,
    /// It runs, but not as the files say.
    Warning,
    /// Better known.
    Hint,
}

impl Severity {
    /// The word used in reports and attributes: `error`, `warning`, `hint`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One finding of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// The rule's name, `mount-missing`.
    pub rule: &'static str,
    /// How bad it is here; a rule may be milder where it is less sure.
    pub severity: Severity,
    /// One clause without a full stop; names in backticks.
    pub message: String,
    /// One or two sentences on what follows from it; may be empty.
    pub detail: String,
    /// Where to look first.
    pub span: Span,
    /// The chain behind the verdict, in reading order.
    pub evidence: Vec<Evidence>,
    /// The finding that this one follows from: an index into the report's findings.
    pub caused_by: Option<usize>,
    /// Whether it does not bite yet: it will, once what is wrong now is mended, unless something is
    /// done before. A failure foretold is a hint.
    pub is_next: bool,
    /// What would remove it; several are alternatives, the recommended one first.
    pub fixes: Vec<Fix>,
}

/// One link in the chain behind a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// The place; for something absent, where it would be.
    pub span: Span,
    /// A clause that says what the place shows.
    pub note: String,
}

impl Evidence {
    /// A place and what it shows.
    pub fn new(span: Span, note: impl Into<String>) -> Self {
        Self { span, note: note.into() }
    }
}

/// One way to remove a finding. Its edits are made all or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fix {
    /// Names the alternative in `--choose RULE=NAME`: `pin`, `follow`, `parent`.
    pub name: &'static str,
    /// An imperative clause without a full stop.
    pub title: String,
    /// Whom this alternative suits, as a short phrase; may be empty.
    pub suits: &'static str,
    /// How surely it is right.
    pub applicability: Applicability,
    /// The changes to the pasted files; empty for a fix that is only shown.
    pub edits: Vec<Edit>,
    /// What has to happen beyond the files.
    pub steps: Vec<Step>,
}

/// How surely a fix is right; in doubt, the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Only shown.
    Manual,
    /// Changes what runs or what is exposed: to be read before it is taken.
    Review,
    /// Surely meant, and nothing of the reader's is lost.
    Safe,
}

impl Applicability {
    /// The word used in reports and attributes: `manual`, `review`, `safe`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Review => "review",
            Self::Safe => "safe",
        }
    }
}

/// Something to do beyond editing the files. The script knows how; a rule only says what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A directory of the host must exist and belong to the user before the VM starts.
    CreateHostDirectory(String),
    /// The VM must be stopped and started to read its file again.
    RestartInstance,
    /// Before Lima 2.1, the VM must then be restarted once more: mounts that change their places in
    /// the list have each other's contents at the first start (lima#3957).
    RestartInstanceAgain,
    /// The port that the VM gets at its next start is to be written where the URI names one.
    FollowPort,
    /// The container of this service must be recreated to see the change.
    RecreateService(String),
    /// The VM's old host key must go from the container's `known_hosts`, and its new one come in.
    RenewHostKey,
}

impl Diagnostic {
    /// What the finding is called in reports: its severity's word, or `next` for one foretold.
    pub fn kind(&self) -> &'static str {
        if self.is_next { "next" } else { self.severity.as_str() }
    }

    /// The fix with this name, if the finding offers it.
    pub fn fix(&self, name: &str) -> Option<&Fix> {
        self.fixes.iter().find(|fix| fix.name == name)
    }
}
