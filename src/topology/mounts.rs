//! Who sees which path where: the mounts in force, and what they do for a directory of the host.

use super::path::{below, clean, fill_home, is_anchored, join, normal_host};
use super::setup::MOST;
use crate::config::lima::Lima;
use crate::intake::{Host, LimaVersion};
use crate::text::Span;

/// A mount as Lima makes it, after merging what the list says twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveMount {
    /// The entry of the list that it comes from; later entries may have set `writable`.
    pub index: usize,
    /// The host's directory in normal form; `None` where it is none (absent,
    /// relative). A template that cannot be filled in, such as `{{.Dir}}`, stays.
    pub location: Option<String>,
    /// The directory in the VM, cleaned; a template in it, such as `{{.Home}}`, stays.
    pub mount_point: String,
    /// Whether the VM may write.
    pub writable: bool,
    /// The entry.
    pub span: Span,
    /// Where `writable` is written, if it is.
    pub writable_span: Option<Span>,
    /// Where `mountPoint` is written, if it is.
    pub mount_point_span: Option<Span>,
}

/// The mounts in force, in the list's order.
///
/// From 2.0 on, entries with the same mount point are one: the first keeps its location, the last
/// explicit `writable` wins. Before, entries with the same location are one, and the last explicit
/// mount point wins as well (Lima, pkg/limayaml/defaults.go, changed by commit ac04c69a).
pub fn effective_mounts(
    lima: &Lima,
    version: LimaVersion,
    host: Host,
    home: Option<&str>,
) -> Vec<EffectiveMount> {
    let by_mount_point = version >= LimaVersion::new(2, 0, 0);
    let mut res: Vec<EffectiveMount> = Vec::new();
    if lima.plain.is_some() {
        return res;
    }
    // What Lima takes entries for one by, as written: `/a` and `/a/` are two mount points, and
    // before 2.0 `~` and `/Users/me` two locations.
    let mut keys: Vec<Option<String>> = Vec::new();
    for mount in lima.mounts.iter().take(MOST) {
        let written = mount.location.as_ref().map(|location| location.as_str());
        let location = written
            .map(|written| normal_host(written, host, home))
            .filter(|location| is_anchored(location) || location.contains("{{"));
        // By default a mount arrives in the VM at the location's own path on the host, with the
        // home directory written out.
        let default_point = written.map(|written| guest_default(written, home)).unwrap_or_default();
        let key = match (&mount.mount_point, written) {
            (Some((path, _)), _) if by_mount_point => Some(path.clone()),
            _ if by_mount_point => Some(default_point.clone()),
            (_, written) => written.map(clean),
        };
        let made = EffectiveMount {
            index: mount.index,
            location,
            mount_point: mount.mount_point.as_ref().map_or(default_point, |(path, _)| clean(path)),
            writable: mount.writable.is_some_and(|(writable, _)| writable),
            span: mount.span,
            writable_span: mount.writable.map(|(_, span)| span),
            mount_point_span: mount.mount_point.as_ref().map(|(_, span)| *span),
        };
        let same = keys.iter().position(|earlier| key.is_some() && *earlier == key);
        let Some(earlier) = same.and_then(|i| res.get_mut(i)) else {
            res.push(made);
            keys.push(key);
            continue;
        };
        if made.writable_span.is_some() {
            earlier.writable = made.writable;
            earlier.writable_span = made.writable_span;
        }
        if !by_mount_point && made.mount_point_span.is_some() {
            earlier.mount_point = made.mount_point;
            earlier.mount_point_span = made.mount_point_span;
        }
    }
    res
}

impl EffectiveMount {
    /// Whether it may bring `host_path` to `guest_path`, for all that a template in it (`{{.Dir}}`
    /// as a location, `{{.Home}}` as a mount point) leaves open.
    pub(super) fn may_share(&self, host_path: &str, guest_path: &str) -> bool {
        let open = |path: &str| path.contains("{{");
        let Some(location) = &self.location else { return false };
        let comes = open(location) || below(location, host_path).is_some();
        let arrives = open(&self.mount_point) || below(&self.mount_point, guest_path).is_some();
        (open(location) || open(&self.mount_point)) && comes && arrives
    }
}

/// Where a location without a mount point arrives: cleaned, `~` written out where the home
/// directory is known. `/private/var` stays what it is.
fn guest_default(written: &str, home: Option<&str>) -> String {
    let path = clean(&fill_home(written));
    match (home, below("~", &path)) {
        (Some(home), Some(rest)) => join(home, rest),
        _ => path,
    }
}

/// What the mounts do for one directory of the host that must arrive at one path in the VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// It arrives there, writable if it must be. The mount, as an index into the effective ones.
    Shared(usize),
    /// It arrives there, but the VM may not write.
    ReadOnly(usize),
    /// It is shared, but arrives elsewhere: each mount that covers it, and where it arrives.
    Elsewhere(Vec<(usize, String)>),
    /// It arrives there, but another mount lies over it.
    Hidden {
        /// The mount that fits.
        mount: usize,
        /// The mount over it.
        by: usize,
    },
    /// No mount covers it.
    Missing,
    /// The pasted texts do not tell; a clause that says why.
    Unknown(&'static str),
}

/// Decides what `mounts` do for the host's directory `host_path` (in normal form), which must
/// arrive at `guest_path`, writable if `write`.
pub fn sharing(
    mounts: &[EffectiveMount],
    host_path: &str,
    guest_path: &str,
    write: bool,
) -> Sharing {
    let mut arrivals = Vec::new();
    for (i, mount) in mounts.iter().enumerate() {
        let Some(rest) = mount.location.as_deref().and_then(|dir| below(dir, host_path)) else {
            continue;
        };
        arrivals.push((i, join(&mount.mount_point, rest)));
    }
    let Some(&(fit, _)) = arrivals.iter().rfind(|(_, path)| path == guest_path) else {
        return if arrivals.is_empty() { Sharing::Missing } else { Sharing::Elsewhere(arrivals) };
    };
    let fit_depth = mounts.get(fit).map_or(0, |mount| mount.mount_point.len());
    let over = mounts.iter().enumerate().position(|(i, mount)| {
        i != fit
            && mount.mount_point.len() > fit_depth
            && below(&mount.mount_point, guest_path).is_some()
            && !arrivals.iter().any(|(arrival, path)| *arrival == i && path == guest_path)
    });
    if let Some(by) = over {
        return Sharing::Hidden { mount: fit, by };
    }
    // Of several that fit, the deepest is the one that the VM sees.
    let seen = arrivals
        .iter()
        .filter(|(_, path)| path == guest_path)
        .max_by_key(|(i, _)| mounts.get(*i).map_or(0, |mount| mount.mount_point.len()))
        .map_or(fit, |(i, _)| *i);
    match mounts.get(seen) {
        Some(mount) if write && !mount.writable => Sharing::ReadOnly(seen),
        _ => Sharing::Shared(seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn mounts(yaml: &str, version: LimaVersion) -> Vec<EffectiveMount> {
        let file = FileId(0);
        let lima = Lima::resolve(file, &Yaml::parse(file, yaml));
        effective_mounts(&lima, version, Host::MacOs, Some("/Users/me"))
    }

    const V2: LimaVersion = LimaVersion::new(2, 1, 0);
    const V1: LimaVersion = LimaVersion::new(1, 2, 0);

    #[test]
    fn a_directory_must_arrive_at_the_containers_path() {
        for (yaml, host, guest, expected) in [
            ("mounts: []", "/v/images/jobs", "/v/images/jobs", Sharing::Missing),
            ("mounts: [{location: /v}]", "/v/images", "/v/images", Sharing::ReadOnly(0)),
            (
                "mounts: [{location: /v, writable: true}]",
                "/v/images",
                "/v/images",
                Sharing::Shared(0),
            ),
            ("mounts: [{location: /v/}]", "/vv", "/vv", Sharing::Missing),
            (
                "mounts: [{location: ~/jobs, writable: true}]",
                "~/jobs",
                "/v/jobs",
                Sharing::Elsewhere(vec![(0, "/Users/me/jobs".into())]),
            ),
            (
                "mounts: [{location: ~/jobs, mountPoint: /v/jobs, writable: true}]",
                "~/jobs",
                "/v/jobs",
                Sharing::Shared(0),
            ),
            (
                "mounts: [{location: /private/var/x, writable: true}]",
                "/var/x",
                "/var/x",
                Sharing::Elsewhere(vec![(0, "/private/var/x".into())]),
            ),
            (
                "mounts: [{location: ~}, {location: '~', writable: true}]",
                "~/x",
                "/Users/me/x",
                Sharing::Shared(1),
            ),
            (
                "mounts: [{location: /v, writable: true}, {location: /other, mountPoint: /v/a}]",
                "/v/a/b",
                "/v/a/b",
                Sharing::Hidden { mount: 0, by: 1 },
            ),
            ("mounts: [{location: /v}]\nplain: true", "/v", "/v", Sharing::Missing),
        ] {
            assert_eq!(sharing(&mounts(yaml, V2), host, guest, true), expected, "{yaml}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_a_mount_point_is_none_of_the_path() {
        let made = mounts("mounts: [{location: /v/, mountPoint: /x/, writable: true}]", V2);
        assert_eq!(sharing(&made, "/v/jobs", "/x/jobs", true), Sharing::Shared(0));
    }

    #[test]
    fn a_template_leaves_open_what_it_shares() {
        for (yaml, host, guest, expected) in [
            ("{location: '{{.Dir}}/jobs', mountPoint: /x}", "~/.lima/dev/jobs", "/x", true),
            ("{location: '{{.Dir}}/jobs', mountPoint: /x}", "~/.lima/dev/jobs", "/y", false),
            ("{location: ~/jobs, mountPoint: '{{.Home}}/jobs'}", "~/jobs", "/home/me/jobs", true),
            ("{location: ~/jobs, mountPoint: '{{.Home}}/jobs'}", "/srv", "/home/me/jobs", false),
            ("{location: '{{ .Home }}/jobs', mountPoint: /x}", "~/jobs", "/x", false),
            ("{location: ~/jobs, mountPoint: /x}", "~/jobs", "/x", false),
        ] {
            let made = mounts(&format!("mounts: [{yaml}]"), V2);
            assert_eq!(made[0].may_share(host, guest), expected, "{yaml} {host} {guest}");
        }
    }

    #[test]
    fn what_is_not_written_may_be_read_only() {
        let made = mounts("mounts: [{location: /v}]", V2);
        assert_eq!(sharing(&made, "/v/base", "/v/base", false), Sharing::Shared(0));
    }

    #[test]
    fn entries_given_twice_are_one_by_mount_point_from_2_0_on() {
        let yaml = "mounts: [{location: /a, mountPoint: /x}, {location: /b, mountPoint: /x, writable: true}]";
        let made = mounts(yaml, V2);
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].location.as_deref(), made[0].writable), (Some("/a"), true));
        assert_eq!(mounts(yaml, V1).len(), 2);
    }

    #[test]
    fn entries_given_twice_are_one_by_location_before_2_0() {
        let yaml = "mounts: [{location: /a}, {location: /a, mountPoint: /x, writable: true}]";
        let made = mounts(yaml, V1);
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].mount_point.as_str(), made[0].writable), ("/x", true));
        assert_eq!(mounts(yaml, V2).len(), 2);
    }
}
