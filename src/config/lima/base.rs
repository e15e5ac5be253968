//! What a template builds on: `base` (since Lima 1.1).

use super::Lima;
use crate::text::Span;

/// One entry of `base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The locator as written: `template:_default/mounts`, a path, a URL.
    pub locator: String,
    /// Where it is written.
    pub span: Span,
}

/// Images that Lima's own templates mark as unable to use 9p (Lima, templates/_images).
const WITHOUT_9P: [&str; 8] = [
    "almalinux",
    "centos-stream",
    "debian",
    "fedora-41",
    "opensuse-leap-15",
    "oraclelinux",
    "rocky",
    "ubuntu-24.10",
];

impl Base {
    /// The name of one of Lima's own templates: `_default/mounts` for `template:_default/mounts`,
    /// which 1.1 and 1.2 write `template://_default/mounts`.
    fn template(&self) -> Option<&str> {
        let name = self.locator.strip_prefix("template:")?;
        Some(name.strip_prefix("//").unwrap_or(name))
    }

    /// Whether it brings the mounts that Lima's default template has, and nothing else.
    pub fn is_default_mounts(&self) -> bool {
        self.template() == Some("_default/mounts")
    }

    /// Whether it is one of Lima's own images, which bring neither mounts nor a port.
    pub fn is_image(&self) -> bool {
        self.template().is_some_and(|name| name.starts_with("_images/"))
    }

    /// Whether it is an image that cannot use 9p.
    pub fn is_image_without_9p(&self) -> bool {
        let image = self.template().and_then(|name| name.strip_prefix("_images/"));
        image.is_some_and(|name| WITHOUT_9P.iter().any(|prefix| name.starts_with(prefix)))
    }
}

impl Lima {
    /// Whether all that `base` brings is known: it names nothing but images and the default mounts.
    pub fn bases_are_known(&self) -> bool {
        self.base.is_none()
            || (!self.bases.is_empty()
                && self.bases.iter().all(|base| base.is_default_mounts() || base.is_image()))
    }

    /// Whether the mounts are all here: no base can bring others. `mounts: null` keeps those of
    /// every base out (Lima, pkg/limatmpl/embed.go).
    pub fn mounts_are_whole(&self) -> bool {
        !self.incomplete && (self.bases_are_known() || self.mounts_null)
    }
}
