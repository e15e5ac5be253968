//! What an error text names: the path that libvirt missed, where the connection went.
//!
//! The text comes as people copy it: out of a JSON body (`\n`, `\"`), wrapped by a terminal or by
//! a mail program, quoted in one of several ways. It is first made plain, with a way back to the
//! bytes as pasted; the phrases are then looked for with any line end in them.

mod messages;
mod phrases;
mod plain;
mod scan;

use std::collections::BTreeSet;

use crate::config::libvirt_uri::LibvirtUri;
use crate::text::{FileId, Span};
pub use messages::Message;
#[cfg(test)]
pub(crate) use messages::every_wording;
use scan::Scan;

/// What a pasted error names, each once, where it first stands. Values that are broken over lines
/// are given whole, and their spans cover the break.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorFacts {
    /// Files that libvirt or QEMU could not open.
    pub paths: Vec<ErrorPath>,
    /// Libvirt URIs in the text.
    pub uris: Vec<(LibvirtUri, Span)>,
    /// Ports that could not be reached, with their host; the span is the port's.
    pub endpoints: Vec<(String, u16, Span)>,
    /// Failures that are known by their words.
    pub messages: Vec<KnownMessage>,
}

/// A failure that a program reports in words of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMessage {
    /// Which failure.
    pub message: Message,
    /// What the text names with it, see [`Message`]; empty where it names nothing.
    pub value: String,
    /// Where it names it, without the quotes; all the words where it names nothing.
    pub span: Span,
}

impl KnownMessage {
    /// The port of the host in an address: that of `127.0.0.1:60022`, and of QEMU's
    /// `tcp:127.0.0.1:60022-:22`.
    pub fn host_port(&self) -> Option<u16> {
        let address = self.value.split('-').next()?;
        address.rsplit(':').next()?.parse().ok()
    }
}

/// A file that could not be opened, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPath {
    /// The path in the VM.
    pub path: String,
    /// Where the text names it, without the quotes.
    pub span: Span,
    /// What was wrong with it.
    pub failure: PathFailure,
}

/// Why a file could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathFailure {
    /// `No such file or directory`
    Missing,
    /// `Permission denied`
    Denied,
    /// `Read-only file system`
    ReadOnly,
    /// Another reason, or a text that breaks off before it.
    Other,
}

impl ErrorFacts {
    /// Takes up the facts of another text.
    pub fn extend(&mut self, other: ErrorFacts) {
        self.paths.extend(other.paths);
        self.uris.extend(other.uris);
        self.endpoints.extend(other.endpoints);
        self.messages.extend(other.messages);
    }

    /// The ports that a program found in use, with their places.
    pub fn ports_in_use(&self) -> impl Iterator<Item = (u16, &KnownMessage)> {
        self.reports(Message::AddressInUse).filter_map(|known| Some((known.host_port()?, known)))
    }

    /// The places where a text reports this failure.
    pub fn reports(&self, message: Message) -> impl Iterator<Item = &KnownMessage> {
        self.messages.iter().filter(move |known| known.message == message)
    }
}

/// Whether a path is one of a program and what it reads, where no machine has its disks: a library
/// that user-mode QEMU misses, a device, the XML that virsh is given.
fn is_no_disk(path: &str) -> bool {
    const OF_PROGRAMS: [&str; 8] =
        ["/lib/", "/lib64/", "/usr/", "/etc/", "/proc/", "/sys/", "/bin/", "/dev/"];
    path.ends_with(".xml") || OF_PROGRAMS.iter().any(|dir| path.starts_with(dir))
}

/// Reads the facts out of an error text, a log or prose; escaped quotes and wrapped lines included.
pub fn facts(file: FileId, text: &str) -> ErrorFacts {
    let mapped = plain::plain(text);
    let scan = Scan::new(mapped.as_str());
    let span = |range| Span::of(file, mapped.origin(range));
    let mut res = ErrorFacts::default();

    let mut seen = BTreeSet::new();
    for path in phrases::paths(&scan) {
        if is_no_disk(&path.text) {
            continue;
        }
        if seen.insert((path.text.clone(), path.failure)) {
            let span = span(path.range);
            res.paths.push(ErrorPath { path: path.text, span, failure: path.failure });
        }
    }
    let mut seen = BTreeSet::new();
    for (uri, range) in phrases::uris(&scan) {
        if let Some(parsed) = LibvirtUri::parse(&uri)
            && seen.insert(uri)
        {
            res.uris.push((parsed, span(range)));
        }
    }
    let mut seen = BTreeSet::new();
    for (host, port, range) in phrases::endpoints(&scan) {
        if seen.insert((host.clone(), port)) {
            res.endpoints.push((host, port, span(range)));
        }
    }
    let mut seen = BTreeSet::new();
    for found in messages::messages(&scan) {
        if seen.insert((found.message, found.value.clone())) {
            let span = span(found.range);
            res.messages.push(KnownMessage { message: found.message, value: found.value, span });
        }
    }
    res
}

#[cfg(test)]
mod tests;
