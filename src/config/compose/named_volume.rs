//! Named volumes that are directories of the host.

use super::Bind;
use super::paths::resolve_source;
use super::tree::Tree;
use crate::text::{Span, Traced};

/// A directory of the host behind a named volume of the `local` driver.
pub(super) struct Device {
    path: Traced,
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
    Some(Device {
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
        if let Some(subpath) = subpath {
            source.push(&Traced::opaque("/", None));
            source.push(&subpath);
        }
        let resolved_source = match self.resolved {
            true => resolve_source(source.as_str(), None, None),
            false => source.as_str().to_owned(),
        };
        Bind {
            source,
            target,
            read_only: read_only || self.read_only,
            create_host_path: false,
            volume: Some(volume.as_str().to_owned()),
            resolved_source,
            span,
        }
    }
}
