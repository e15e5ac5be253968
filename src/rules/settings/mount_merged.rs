#![doc = include_str!("mount_merged.md")]

use crate::config::lima::Mount;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::LimaVersion;
use crate::rules::Rule;
use crate::topology::Setup;
use crate::topology::mounts::EffectiveMount;
use crate::topology::path::clean;

/// Lima takes two mounts for one, and drops what the later one says.
pub const RULE: Rule = Rule {
    name: "mount-merged",
    severity: Severity::Warning,
    summary: "Lima takes two entries of `mounts` for one, and drops a directory",
    docs: include_str!("mount_merged.md"),
    covers: &["M19"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    // Of a list that is not looked at, or that a template may still change, nothing is said.
    if setup.mounts.is_empty() || !lima.bases.is_empty() {
        return Vec::new();
    }
    let dropped = lima
        .mounts
        .iter()
        .filter(|mount| !setup.mounts.iter().any(|effective| effective.index == Some(mount.index)));
    dropped.filter_map(|mount| finding(setup, mount)).collect()
}

fn finding(setup: &Setup, mount: &Mount) -> Option<Diagnostic> {
    let by_mount_point = setup.lima_version >= LimaVersion::new(2, 0, 0);
    let location = mount.location.as_ref()?.as_str();
    let point = mount.mount_point.as_ref().map_or(location, |(point, _)| point.as_str());
    let same = |effective: &&EffectiveMount| match by_mount_point {
        true => effective.mount_point == clean(point),
        false => written(setup, effective) == Some(location),
    };
    let kept = setup.mounts.iter().find(same)?;
    let kept_location = written(setup, kept)?;
    let (message, rest) = match by_mount_point {
        true if clean(kept_location) == clean(location) => return None,
        true => (
            format!("`{location}` is not mounted: `{kept_location}` is at `{point}` already"),
            "Of entries with one mount point, the first keeps its location.",
        ),
        false => (
            format!("`{location}` is mounted once, at `{}`", kept.mount_point),
            "Before Lima 2.0, entries with one location are one mount, at the last mount point.",
        ),
    };
    if !by_mount_point && clean(point) == kept.mount_point {
        return None;
    }
    Some(Diagnostic {
        detail: format!("{rest} Give each its own, or remove one of them."),
        evidence: vec![
            Evidence::new(kept.span, "the entry that is mounted"),
            Evidence::new(mount.span, "the entry that Lima takes for the same"),
        ],
        ..RULE.finding(mount.span, message)
    })
}

fn written<'a>(setup: &'a Setup, mount: &EffectiveMount) -> Option<&'a str> {
    let lima = setup.lima.as_ref()?;
    Some(lima.mounts.get(mount.index?)?.location.as_ref()?.as_str())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn two_directories_at_one_mount_point() {
        check(
            "#- lima.yaml\nmounts:\n- {location: ~/old, mountPoint: /jobs}\n- {location: ~/new, mountPoint: /jobs, writable: true}\n",
            &expect![[r#"
                warning[mount-merged] lima.yaml:3:3: `~/new` is not mounted: `~/old` is at `/jobs` already
                  lima.yaml:2:3: the entry that is mounted
                  lima.yaml:3:3: the entry that Lima takes for the same
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn before_lima_2_one_directory_at_two_mount_points() {
        check(
            "#- answers\n--lima-version 1.2\n#- lima.yaml\nmounts:\n- {location: ~/jobs, mountPoint: /a}\n- {location: ~/jobs, mountPoint: /b}\n",
            &expect![[r#"
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn an_entry_that_only_adds_to_another() {
        for fixture in [
            "#- lima.yaml\nmounts:\n- {location: ~/jobs}\n- {location: ~/jobs, writable: true}\n",
            "#- lima.yaml\nmounts:\n- {location: ~/a, mountPoint: /a}\n- {location: ~/a, mountPoint: /b}\n",
            "#- lima.yaml\nmounts: []\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
