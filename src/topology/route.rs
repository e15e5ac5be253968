//! Routes: what leads from a container to the VM, hop by hop.

use crate::text::Span;

/// Where something is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The container of a service.
    Container(String),
    /// The machine that runs Lima and the container engine.
    Host,
    /// The Lima VM that runs libvirt.
    Guest,
}

impl Place {
    /// The word used in reports and attributes: `container`, `host`, `guest`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Container(_) => "container",
            Self::Host => "host",
            Self::Guest => "guest",
        }
    }
}

/// What a route carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A directory that libvirt opens files in.
    Path,
    /// The connection to libvirt.
    Connection,
}

impl Subject {
    /// The word used in reports and attributes: `path`, `connection`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Connection => "connection",
        }
    }
}

/// From a container over the host to the VM: always one stop more than hops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it carries.
    pub subject: Subject,
    /// The places it goes through, the container's first.
    pub stops: Vec<Stop>,
    /// What leads from each stop to the next.
    pub hops: Vec<Hop>,
}

/// A place on a route, and what the route is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Where.
    pub place: Place,
    /// The path, or `host:port`, as seen from there; empty where unknown.
    pub label: String,
    /// What happens there, a short clause: "libvirt looks here".
    pub note: String,
    /// Where it is written.
    pub span: Option<Span>,
}

/// What leads from one stop to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Whether it leads there.
    pub verdict: Verdict,
    /// One or two words: `bind`, `mount`, `no mount`, `port`.
    pub label: String,
    /// A clause that says why.
    pub note: String,
    /// The line that makes it so; for something absent, where it would be.
    pub span: Option<Span>,
}

/// Whether a hop leads where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It does.
    Good,
    /// The pasted texts do not tell.
    Unknown,
    /// It does not.
    Broken,
}

impl Verdict {
    /// The word used in reports and attributes: `good`, `unknown`, `broken`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Unknown => "unknown",
            Self::Broken => "broken",
        }
    }
}

impl Route {
    /// The worst of its hops.
    pub fn verdict(&self) -> Verdict {
        self.hops.iter().map(|hop| hop.verdict).max().unwrap_or(Verdict::Unknown)
    }
}
