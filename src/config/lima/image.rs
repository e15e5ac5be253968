//! What the name of an image tells of the system in it.

use super::Lima;

/// A distribution, by the name of its images.
struct Distribution {
    /// How it is called.
    name: &'static str,
    /// What the file's name starts with, in lower case.
    starts: &'static [&'static str],
    /// Whether its kernel has no 9p, or one that does not work (Lima, templates/_images and the
    /// page of frequent questions).
    lacks_9p: bool,
    /// Whether it runs with SELinux enforced.
    has_selinux: bool,
}

const DISTRIBUTIONS: &[Distribution] = &[
    entry("AlmaLinux", &["almalinux"], true, true),
    entry("CentOS Stream", &["centos-stream"], true, true),
    entry("Debian", &["debian-11", "debian-12", "debian-13", "debian-sid"], true, false),
    entry(
        "Fedora 41",
        &["fedora-41", "fedora-cloud-base-generic-41", "fedora-cloud-base-41"],
        true,
        true,
    ),
    entry("Fedora", &["fedora"], false, true),
    entry("openSUSE Leap 15", &["opensuse-leap-15"], true, false),
    entry("Oracle Linux", &["oraclelinux", "ol8u", "ol9u", "ol10u"], true, true),
    entry("Rocky Linux", &["rocky"], true, true),
    entry("Ubuntu 24.10", &["ubuntu-24.10", "oracular-"], true, false),
];

const fn entry(
    name: &'static str,
    starts: &'static [&'static str],
    lacks_9p: bool,
    has_selinux: bool,
) -> Distribution {
    Distribution { name, starts, lacks_9p, has_selinux }
}

fn distribution(location: &str) -> Option<&'static Distribution> {
    let file = location.rsplit('/').next()?.to_ascii_lowercase();
    DISTRIBUTIONS.iter().find(|one| one.starts.iter().any(|start| file.starts_with(start)))
}

impl Lima {
    /// The distribution of every image, where none can use 9p.
    pub fn image_without_9p(&self) -> Option<&'static str> {
        self.images_are(|one| one.lacks_9p)
    }

    /// The distribution of every image, where each runs with SELinux enforced.
    pub fn image_with_selinux(&self) -> Option<&'static str> {
        self.images_are(|one| one.has_selinux)
    }

    /// The first image's distribution, where all images, or else one of `base`, are so. Lima takes
    /// the first image that fits the architecture, so one alone tells nothing.
    fn images_are(&self, so: fn(&Distribution) -> bool) -> Option<&'static str> {
        let of_base =
            || self.bases.iter().filter(|base| base.is_image()).map(|b| b.locator.as_str());
        let named: Vec<&str> = match self.images.is_empty() {
            true => of_base().collect(),
            false => self.images.iter().map(|(location, _)| location.as_str()).collect(),
        };
        let found: Option<Vec<_>> = named.into_iter().map(distribution).collect();
        let found = found?;
        let first = found.first().filter(|_| found.iter().all(|one| so(one)))?;
        Some(first.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    #[test]
    fn a_distribution_is_known_by_its_images() {
        for (yaml, without_9p, with_selinux) in [
            (
                "images: [{location: 'https://x/debian-12-generic-arm64.qcow2'}]",
                Some("Debian"),
                None,
            ),
            (
                "images: [{location: /img/Rocky-9-GenericCloud.qcow2}]",
                Some("Rocky Linux"),
                Some("Rocky Linux"),
            ),
            (
                "images: [{location: 'https://x/OL9U5_x86_64-kvm.qcow2'}]",
                Some("Oracle Linux"),
                Some("Oracle Linux"),
            ),
            (
                "images: [{location: 'https://x/Fedora-Cloud-Base-Generic-42-1.1.x86_64.qcow2'}]",
                None,
                Some("Fedora"),
            ),
            (
                "images: [{location: 'https://x/ubuntu-24.04-server-cloudimg-arm64.img'}]",
                None,
                None,
            ),
            ("images: [{location: debian-12-a.qcow2}, {location: ubuntu-24.04-a.img}]", None, None),
            ("base: template:_images/rocky-9", Some("Rocky Linux"), Some("Rocky Linux")),
            ("base: template:_images/ubuntu-24.04", None, None),
            ("cpus: 2", None, None),
        ] {
            let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), yaml));
            assert_eq!(lima.image_without_9p(), without_9p, "{yaml}");
            assert_eq!(lima.image_with_selinux(), with_selinux, "{yaml}");
        }
    }
}
