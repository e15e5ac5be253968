//! Where a part of a libvirt URI is written, for findings about it.

use std::ops::Range;

use crate::config::compose::{Service, Variable};
use crate::diagnostic::Evidence;
use crate::text::{Span, Traced, ValueFrom};
use crate::topology::Setup;
use crate::topology::ports::Connection;

/// A part of a URI: its host, its path, the whole.
pub(super) struct UriPart<'a> {
    pub(super) service: &'a Service,
    pub(super) variable: &'a Variable,
    pub(super) value: &'a Traced,
    /// The place of just these bytes, where they are written in one place.
    pub(super) written: Option<Span>,
    /// That place, or the nearest to it.
    pub(super) span: Span,
}

impl<'a> UriPart<'a> {
    /// The part under a range of the URI's bytes.
    pub(super) fn of(
        setup: &'a Setup,
        connection: &Connection,
        range: Range<usize>,
    ) -> Option<UriPart<'a>> {
        let (service, variable, value) = setup.connection(connection)?;
        let written = value.written_at(range);
        let span = written.or(value.outermost()).unwrap_or(variable.span);
        Some(UriPart { service, variable, value, written, span })
    }

    /// The host.
    pub(super) fn host(setup: &'a Setup, connection: &Connection) -> Option<UriPart<'a>> {
        Self::of(setup, connection, connection.uri.host.as_ref()?.range.clone())
    }

    /// The whole URI.
    pub(super) fn whole(setup: &'a Setup, connection: &Connection) -> Option<UriPart<'a>> {
        let (.., value) = setup.connection(connection)?;
        Self::of(setup, connection, 0..value.as_str().len())
    }

    /// The way from the service to the place, and what the place says.
    pub(super) fn evidence(&self, says: impl Into<String>) -> Vec<Evidence> {
        let mut res = Vec::new();
        if !self.variable.span.contains(self.span) {
            let note =
                format!("`{}` takes its `{}` from here", self.service.name, self.variable.name);
            res.push(Evidence::new(self.value.outermost().unwrap_or(self.variable.span), note));
        }
        res.push(Evidence::new(self.span, says));
        res
    }

    /// Whether the value is a default that an unseen `.env` may replace.
    pub(super) fn is_unseen_default(&self, setup: &Setup) -> bool {
        setup.environment.file.is_none() && self.is_default()
    }

    /// Whether the value is a default in the Compose file.
    pub(super) fn is_default(&self) -> bool {
        self.value.references().iter().any(|reference| reference.from == ValueFrom::Default)
    }
}

/// Where the path of a URI stands in it.
pub(super) fn path_range(connection: &Connection) -> Range<usize> {
    let uri = &connection.uri;
    let start = uri.port.as_ref().map_or(uri.authority_end, |port| port.range.end);
    start..start + uri.path.len()
}
