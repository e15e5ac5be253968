//! Values that matter and that the texts do not show: blacked out, or not filled in yet. They are
//! unknown, and nothing is concluded from what stands in their place.

use super::setup::{MOST, Setup, Unchecked};
use crate::config::libvirt_uri::LibvirtUri;
use crate::config::lima::Lima;
use crate::syntax::SyntaxError;
use crate::text::{FileKind, Sources, Span, StandIn, Traced, stand_in};

/// A value that matters and is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// What stands in its place, or the whole value where that is put together.
    pub span: Span,
    /// Why it is not known.
    pub kind: StandIn,
    /// What stands in its place.
    pub text: String,
    /// Whose value it is: "`LIBVIRT_URI` of `api`".
    pub place: String,
    /// What cannot be told without it, as a clause.
    pub hides: String,
    /// What the value is for.
    pub role: Role,
}

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The host and the port of a URI.
    Address,
    /// The rest of a URI: its user.
    User,
    /// A path, or the VM's port.
    Setting,
}

/// Whether a part of the value is not known.
pub fn is_unfilled(value: &str) -> bool {
    stand_in(value).is_some()
}

/// Whether it is not known where a URI leads.
pub(super) fn leads_nowhere(uri: &LibvirtUri, text: &str) -> bool {
    let host = uri.host.as_ref().map_or(uri.authority_end, |host| host.range.start);
    let end =
        text.get(host..).and_then(|rest| rest.find(['/', '?'])).map_or(text.len(), |i| host + i);
    text.get(host..end).is_some_and(is_unfilled)
}

/// Leaves out what is wrong only with what stands for a value.
pub(super) fn keep_certain(errors: &mut Vec<SyntaxError>, sources: &Sources) {
    errors.retain(|error| !is_about_unfilled(error, sources));
}

/// Drops what is said of an empty part of a volume that only a variable leaves empty: without `.env`
/// it is not known to be empty.
pub(super) fn drop_gaps(errors: &mut Vec<SyntaxError>, sources: &Sources) {
    let is_gap = |error: &SyntaxError| {
        let written = sources.text(error.span.file).get(error.span.range());
        error.message.contains("empty section between colons")
            && written.is_some_and(|text| text.contains('$'))
    };
    errors.retain(|error| !is_gap(error));
}

pub(super) fn is_about_unfilled(error: &SyntaxError, sources: &Sources) -> bool {
    let text = sources.text(error.span.file);
    let start =
        text.get(..error.span.start).and_then(|before| before.rfind('\n')).map_or(0, |i| i + 1);
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let content = line.split(" #").next().unwrap_or_default();
    // Compose follows references; only elsewhere is `${PORT}` left to be filled in.
    let is_lima = sources.get(error.span.file).is_some_and(|file| file.kind == FileKind::Lima);
    let content = if is_lima { content.to_owned() } else { content.replace("${", "$") };
    is_unfilled(&content) && !content.trim_start().starts_with('#')
}

impl Setup {
    /// The values of the connections, the binds and the mounts that are not known.
    pub(super) fn find_unfilled(&self) -> Vec<Unfilled> {
        let mut res: Vec<Unfilled> = Vec::new();
        let mut add = |value: &Traced, place: String, hides: String, role: Role| {
            let Some((range, kind)) = stand_in(value.as_str()) else { return };
            let text = value.as_str().get(range.clone()).unwrap_or_default().to_owned();
            let span = value.written_at(range).or_else(|| value.outermost());
            if let Some(span) = span.filter(|span| res.iter().all(|other| other.span != *span)) {
                res.push(Unfilled { span, kind, text, place, hides, role });
            }
        };
        for service in self.compose.services.iter().take(MOST) {
            for variable in &service.environment {
                let Some(value) = &variable.value else { continue };
                let name = &variable.name;
                let uri = LibvirtUri::parse(value.as_str());
                if uri.is_none() && !is_uri_by_name(name) {
                    continue;
                }
                let leads = uri.is_none_or(|uri| leads_nowhere(&uri, value.as_str()));
                let (role, hides) = match leads {
                    true => (Role::Address, format!("where `{name}` leads")),
                    false => (Role::User, format!("as whom `{name}` logs in")),
                };
                add(value, format!("`{name}` of `{}`", service.name), hides, role);
            }
        }
        for (_, service) in self.clients().take(MOST) {
            for bind in &service.binds {
                let (name, target) = (&service.name, bind.target.as_str());
                let place = format!("what `{name}` binds at `{target}`");
                let hides = format!("which directory `{name}` binds at `{target}`");
                add(&bind.source, place, hides, Role::Setting);
                let hides = format!("which path the VM must have for `{name}`");
                add(&bind.target, format!("a target in `{name}`"), hides, Role::Setting);
            }
        }
        for mount in self.lima.iter().flat_map(|lima| &lima.mounts).take(MOST) {
            if let Some(location) = &mount.location {
                let hides = "which directories the VM sees".to_owned();
                add(location, "the `location` of a mount".to_owned(), hides, Role::Setting);
            }
            if let Some((point, span)) = &mount.mount_point {
                let point = Traced::opaque(point.clone(), Some(*span));
                let hides = "where the VM sees its mounts".to_owned();
                add(&point, "the `mountPoint` of a mount".to_owned(), hides, Role::Setting);
            }
        }
        let unread = self.lima.as_ref().and_then(|lima| lima.ssh_port_unread.as_ref());
        if let Some((port, span)) = unread {
            let port = Traced::opaque(port.clone(), Some(*span));
            let hides = "on which port the VM listens".to_owned();
            add(&port, "`ssh.localPort`".to_owned(), hides, Role::Setting);
        }
        res
    }

    /// Whether a URI is there of which it is not known where it leads.
    pub(super) fn has_unfilled_uri(&self) -> bool {
        self.unfilled.iter().any(|one| one.role == Role::Address)
    }

    /// What cannot be checked since a value is not known.
    pub(super) fn unfilled_unchecked(&self) -> Vec<Unchecked> {
        let mut res: Vec<Unchecked> = Vec::new();
        for one in &self.unfilled {
            let (why, needs) = match one.kind {
                StandIn::Redacted => ("blacked out", "the value, or one name for it everywhere"),
                StandIn::Placeholder => ("not filled in", "the value"),
            };
            let what = format!("{}: a value is {why}", one.hides);
            if res.iter().all(|other| other.what != what) {
                res.push(Unchecked { what, needs: needs.to_owned() });
            }
        }
        res
    }
}

impl Lima {
    /// Whether the place of a mount is not known.
    pub(super) fn has_unfilled_mount(&self) -> bool {
        self.mounts.iter().any(|mount| {
            mount.location.as_ref().is_some_and(|location| is_unfilled(location.as_str()))
                || mount.mount_point.as_ref().is_some_and(|(point, _)| is_unfilled(point))
        })
    }
}

fn is_uri_by_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.contains("LIBVIRT") && name.ends_with("URI")
}
