//! Who sees which path where: the mounts in force, and what they do for a directory of the host.

use super::path::{below, clean, is_anchored, join, normal_host};
use super::setup::MOST;
use crate::config::lima::{Circumstances, Lima, merge, template};
use crate::text::Span;

/// A mount as Lima makes it, after merging what the list says twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveMount {
    /// The entry of the list that it comes from, where later ones may have set `writable`; `None`
    /// for a mount that the template's `base` brings.
    pub index: Option<usize>,
    /// The host's directory in normal form; `None` where Lima refuses it (absent, relative).
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

/// The mounts in force, in the list's order. What cannot be filled into a path stays a hole in it,
/// see [`template`].
pub fn effective_mounts(lima: &Lima, circumstances: &Circumstances) -> Vec<EffectiveMount> {
    // Of a list longer than anyone writes, nothing is said.
    if lima.mounts.len() > MOST {
        return Vec::new();
    }
    let home = circumstances.home.as_deref();
    let is_template = |path: &str| circumstances.since(1, 0, 0) && path.starts_with("{{");
    let effective = |mount: merge::MergedMount| EffectiveMount {
        index: mount.index,
        location: Some(normal_host(&mount.location, circumstances.host, home))
            .filter(|location| is_anchored(location) || is_template(location)),
        mount_point: clean(&mount.mount_point),
        writable: mount.writable,
        span: mount.span,
        writable_span: mount.writable_span,
        mount_point_span: mount.mount_point_span,
    };
    merge::mounts(lima, circumstances).into_iter().map(effective).collect()
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
    let arrivals = arrivals(mounts, host_path);
    let point = |i: usize| mounts.get(i).map_or("", |mount| mount.mount_point.as_str());
    // Of several that fit, the deepest is the one that the VM sees, and of two at one place the
    // later.
    let fit = arrivals
        .iter()
        .filter(|(_, path)| path == guest_path)
        .map(|(i, _)| *i)
        .max_by_key(|i| (point(*i).len(), *i));
    let Some(fit) = fit else { return without_fit(mounts, arrivals, host_path, guest_path) };
    let over = (0..mounts.len()).find(|i| {
        (point(*i).len(), *i) > (point(fit).len(), fit) && below(point(*i), guest_path).is_some()
    });
    if let Some(by) = over {
        return Sharing::Hidden { mount: fit, by };
    }
    match mounts.get(fit) {
        Some(mount) if write && !mount.writable => Sharing::ReadOnly(fit),
        _ => Sharing::Shared(fit),
    }
}

/// Each mount that covers a directory of the host, and where the directory arrives.
fn arrivals(mounts: &[EffectiveMount], host_path: &str) -> Vec<(usize, String)> {
    let covering = mounts.iter().enumerate().filter_map(|(i, mount)| {
        let rest = below(mount.location.as_deref()?, host_path)?;
        Some((i, join(&mount.mount_point, rest)))
    });
    covering.collect()
}

/// The verdict where no mount surely arrives at the place.
fn without_fit(
    mounts: &[EffectiveMount],
    arrivals: Vec<(usize, String)>,
    host_path: &str,
    guest_path: &str,
) -> Sharing {
    if arrivals.iter().any(|(_, path)| template::may_be(path, guest_path)) {
        return Sharing::Unknown(
            "the pasted files do not tell what the mount point's template gives",
        );
    }
    let may_cover = |mount: &EffectiveMount| {
        let parts = host_path.match_indices('/').map(|(at, _)| at).chain([host_path.len()]);
        let mut dirs = parts.filter_map(|at| host_path.get(..at));
        let arrives = template::has_holes(&mount.mount_point)
            || below(&mount.mount_point, guest_path).is_some();
        let location = mount.location.as_deref();
        arrives && location.is_some_and(|location| dirs.any(|dir| template::may_be(location, dir)))
    };
    if arrivals.is_empty() && mounts.iter().any(may_cover) {
        return Sharing::Unknown("the pasted files do not tell what the location's template gives");
    }
    if arrivals.is_empty() { Sharing::Missing } else { Sharing::Elsewhere(arrivals) }
}

/// Whether a new list of mounts moves, changes or drops an entry of the old one. Then the first
/// start with Lima before 2.1 gives them wrong contents, since it counts them; a first mount and one
/// at the end do no harm (lima#3957).
pub fn changes_places(before: &[EffectiveMount], after: &[EffectiveMount]) -> bool {
    let alike = |(old, new): (&EffectiveMount, &EffectiveMount)| {
        old.location == new.location && old.mount_point == new.mount_point
    };
    before.len() > after.len() || !before.iter().zip(after).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::LimaVersion;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn mounts(yaml: &str, version: LimaVersion) -> Vec<EffectiveMount> {
        let circumstances = Circumstances {
            version,
            home: Some("/Users/me".to_owned()),
            ..Circumstances::default()
        };
        mounts_in(yaml, &circumstances)
    }

    fn mounts_in(yaml: &str, circumstances: &Circumstances) -> Vec<EffectiveMount> {
        let file = FileId(0);
        let lima = Lima::resolve(file, &Yaml::parse(file, yaml));
        effective_mounts(&lima, circumstances)
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
    fn only_a_mount_at_the_end_leaves_the_others_in_place() {
        let (a, b) = ("{location: /a}", "{location: /b}");
        for (before, after, expected) in [
            ("", a.to_owned(), false),
            (a, format!("{a}, {b}"), false),
            (a, "{location: /a, writable: true}".to_owned(), false),
            (a, format!("{b}, {a}"), true),
            (a, "{location: /a, mountPoint: /b}".to_owned(), true),
            (a, String::new(), true),
        ] {
            let list = |text: &str| mounts(&format!("mounts: [{text}]"), V1);
            assert_eq!(changes_places(&list(before), &list(&after)), expected, "{before} {after}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_a_mount_point_is_none_of_the_path() {
        let made = mounts("mounts: [{location: /v/, mountPoint: /x/, writable: true}]", V2);
        assert_eq!(sharing(&made, "/v/jobs", "/x/jobs", true), Sharing::Shared(0));
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

    fn shown(mounts: &[EffectiveMount]) -> Vec<String> {
        let shown = mounts.iter().map(|mount| {
            let location = mount.location.as_deref().unwrap_or("?");
            format!("{location} {} {}", mount.mount_point, if mount.writable { "rw" } else { "ro" })
        });
        shown.collect()
    }

    #[test]
    fn each_version_reads_paths_in_its_own_way() {
        let home = Some("/Users/me".to_owned());
        for (yaml, version, expected) in [
            ("mounts: [{location: ~/x/, mountPoint: /y/}]", "2.2", ["~/x /y ro"]),
            ("mounts: [{location: ~/x/, mountPoint: /y/}]", "1.0", ["~/x /y ro"]),
            ("mounts: [{location: /x, mountPoint: ~/y}]", "1.0", ["/x /Users/me/y ro"]),
            ("mounts: [{location: /x, mountPoint: ~/y}]", "1.1", ["/x ~/y ro"]),
            ("mounts: [{location: '{{.Home}}/x'}]", "2.2", ["~/x /Users/me/x ro"]),
            ("mounts: [{location: '{{.Home}}/x'}]", "0.23", ["? {{.Home}}/x ro"]),
            (
                "mounts: [{location: /x, mountPoint: '/m/{{ .Name }}'}]",
                "2.2",
                ["/x /m/{{.Name}} ro"],
            ),
            ("mounts: [{location: /x, mountPoint: '{{.Home}}/y'}]", "2.2", ["/x {{.Home}}/y ro"]),
            (
                "user: {home: /h}\nmounts: [{location: /x, mountPoint: '{{.Home}}/y'}]",
                "2.2",
                ["/x /h/y ro"],
            ),
            ("param: {p: /s}\nmounts: [{location: '{{.Param.p}}/x'}]", "2.2", ["/s/x /s/x ro"]),
            ("mounts: [{location: ~}]", "2.2", ["? . ro"]),
            ("mounts: [{location: ~/../x}]", "2.2", ["? x ro"]),
            ("mounts: [{location: ~/../x}]", "1.0", ["/Users/x /Users/x ro"]),
        ] {
            let version = version.parse().unwrap();
            let circumstances =
                Circumstances { version, home: home.clone(), ..Circumstances::default() };
            assert_eq!(shown(&mounts_in(yaml, &circumstances)), expected, "{yaml} in {version}");
        }
    }

    #[test]
    fn a_template_takes_the_first_of_entries_given_twice_and_fills_it_up() {
        let template = Circumstances {
            home: Some("/Users/me".to_owned()),
            is_template: true,
            ..Circumstances::default()
        };
        for (yaml, expected) in [
            (
                "mounts: [{location: /a, writable: false}, {location: /a, writable: true}]",
                vec!["/a /a ro"],
            ),
            (
                "mounts: [{location: /a}, {location: /b}, {location: '*', writable: true}]",
                vec!["/a /a rw", "/b /b rw"],
            ),
            ("base: template:_default/mounts\nmounts: []", vec!["~ /Users/me ro"]),
            ("base: [template:_images/ubuntu, template:_default/mounts]", vec!["~ /Users/me ro"]),
            ("base: template:_default/mounts\nmounts: null", vec![]),
            (
                "base: template:_default/mounts\nmounts: [{location: '~', writable: true}]",
                vec!["~ /Users/me rw"],
            ),
        ] {
            assert_eq!(shown(&mounts_in(yaml, &template)), expected, "{yaml}");
        }
        let old = Circumstances { version: V1, ..template };
        let yaml = "base: template://_default/mounts";
        assert_eq!(shown(&mounts_in(yaml, &old)), ["~ /Users/me ro", "/tmp/lima /tmp/lima rw"]);
    }

    #[test]
    fn what_a_template_leaves_open_is_not_called_wrong() {
        for (yaml, guest, known) in [
            ("mounts: [{location: ~/x, mountPoint: '/m/{{.Name}}'}]", "/m/dev", false),
            ("mounts: [{location: ~/x, mountPoint: '/m/{{.Name}}'}]", "/n/dev", true),
            ("mounts: [{location: ~/x, mountPoint: '{{.Home}}/x'}]", "/var/lib/x", true),
            ("mounts: [{location: ~/x, mountPoint: '{{.Home}}/x'}]", "/home/me.guest/x", false),
            ("mounts: [{location: '{{.Dir}}/x', mountPoint: /x}]", "/x", false),
            ("mounts: [{location: '{{.Dir}}/x', mountPoint: /y}]", "/x", true),
        ] {
            let sharing = sharing(&mounts(yaml, V2), "~/x", guest, false);
            assert_eq!(
                !matches!(sharing, Sharing::Unknown(_)),
                known,
                "{yaml} {guest}: {sharing:?}"
            );
        }
    }

    #[test]
    fn of_two_mounts_at_one_place_the_later_hides_the_earlier() {
        let made =
            mounts("mounts: [{location: /a, mountPoint: /x}, {location: /b, mountPoint: /x}]", V1);
        assert_eq!(sharing(&made, "/a", "/x", false), Sharing::Hidden { mount: 0, by: 1 });
        assert_eq!(sharing(&made, "/b", "/x", false), Sharing::Shared(1));
    }
}
