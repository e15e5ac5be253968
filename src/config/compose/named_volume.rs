//! Named volumes that are directories of the host.

use super::Bind;
use super::paths::resolve_source;
use super::tree::Tree;
use crate::text::{Span, Traced};

/// A directory of the host behind a named volume of the `local` driver.
pub(super) struct Device {
    path: Traced,
    /// The path as seen from the project directory.
    located: String,
    /// Whether Compose makes the path absolute.
    resolved: bool,
    read_only: bool,
}

/// The directory that a declared volume binds, if it is one.
pub(super) fn device(volume: &Tree) -> Option<Device> {
    let text = |tree: &Tree, key| tree.get(key).and_then(|field| field.value.text()).cloned();
    let driver = text(volume, "driver");
    if driver.as_ref().is_some_and(|driver| driver.as_str() != "local") {
        return None;
    }
    let options = &volume.get("driver_opts")?.value;
    let kind = text(options, "o")?;
    let mut kinds = kind.as_str().split(',');
    if !kinds.clone().any(|kind| matches!(kind, "bind" | "rbind")) {
        return None;
    }
    let path = options.get("device")?.value.scalar()?;
    Some(Device {
        located: path.located(path.text.as_str()),
        path: text(options, "device").filter(|path| !path.is_empty())?,
        resolved: driver.is_some() && kind.as_str() == "bind",
        read_only: kinds.any(|kind| kind == "ro"),
    })
}

impl Device {
    /// The bind that a service makes of it by mounting `volume`.
    pub(super) fn bind(
        self,
        volume: &Traced,
        subpath: Option<Traced>,
        target: Traced,
        read_only: bool,
        span: Span,
    ) -> Bind {
        let mut source = self.path;
        let mut located = if self.resolved { self.located } else { source.as_str().to_owned() };
        if let Some(subpath) = subpath {
            source.push(&Traced::opaque("/", None));
            source.push(&subpath);
            located = format!("{located}/{}", subpath.as_str());
        }
        let resolved_source = match self.resolved {
            true => resolve_source(&located, None, None),
            false => located,
        };
        Bind {
            source,
            target,
            read_only: read_only || self.read_only,
            create_host_path: false,
            is_as_written: !self.resolved,
            ignored_options: Vec::new(),
            volume: Some(volume.as_str().to_owned()),
            resolved_source,
            span,
        }
    }
}
