//! What is left to do by hand where no edit of `lima.yaml` is right, and why.

use super::{NewMount, are_new, steps};
use crate::diagnostic::Fix;
use crate::intake::LimaVersion;
use crate::rules::by_hand;
use crate::syntax::yaml::{Segment, YamlEditError};
use crate::topology::Setup;

/// The fix for mounts that cannot be added by an edit.
pub(super) fn fix(setup: &Setup, mounts: &[NewMount]) -> Fix {
    if let Some(mount) = mounts.iter().find(|mount| mount.is_refused()) {
        return by_hand(
            format!(
                "Bind `{}` at another path in the container: Lima refuses to mount at `{}`",
                mount.location, mount.mount_point
            ),
            Vec::new(),
        );
    }
    let words: Vec<String> = mounts.iter().map(NewMount::to_words).collect();
    let words = words.join(" and ");
    let title = match why_no_edit(setup, mounts) {
        _ if !are_new(setup, mounts) => match setup.lima_version >= LimaVersion::new(2, 0, 0) {
            true => format!("Mount {words}, in place of what is mounted there now"),
            false => {
                format!("Mount {words}, and nowhere else: before 2.0, Lima has one place for it")
            }
        },
        Some(YamlEditError::Shared(anchor)) => format!(
            "Mount {words} by hand: an edit of `mounts` would change what else the anchor \
             `{anchor}` stands for"
        ),
        Some(YamlEditError::TooLong) => {
            format!("Mount {words} by hand: `{}` is too long for an edit", setup.lima_name())
        }
        _ => format!(
            "Mount {words} by hand: as `{}` is written, no edit of it is safe",
            setup.lima_name()
        ),
    };
    by_hand(title, steps(setup, mounts))
}

fn why_no_edit(setup: &Setup, mounts: &[NewMount]) -> Option<YamlEditError> {
    let (document, text) = setup.document(setup.lima.as_ref()?.file)?;
    let path = [Segment::Key("mounts".to_owned())];
    document.append(text, &path, &mounts.first()?.to_value(setup)).err()
}

#[cfg(test)]
mod tests {
    use crate::diagnose;
    use crate::rules::testing::input;

    #[test]
    fn why_no_edit_is_made() {
        const JOBS: &[&str] = &["~/jobs:/v/jobs"];
        for (version, lima, binds, expected) in [
            (
                "2.2",
                "mounts: &m [{location: /x}]\nx: *m",
                JOBS,
                "Mount `~/jobs` at `/v/jobs` (writable) by hand: an edit of `mounts` would change \
                 what else the anchor `m` stands for",
            ),
            (
                "2.2",
                "x: &m [{location: /x}]\nmounts: *m",
                JOBS,
                "Mount `~/jobs` at `/v/jobs` (writable) by hand: as `lima.yaml` is written, no \
                 edit of it is safe",
            ),
            (
                "2.2",
                "mounts: []",
                &["~/jobs:/opt"],
                "Bind `~/jobs` at another path in the container: Lima refuses to mount at `/opt`",
            ),
            (
                "2.2",
                "mounts: [{location: ~/old, mountPoint: /v/jobs, writable: true}]",
                &["/jobs:/v/jobs"],
                "Mount `/jobs` at `/v/jobs` (writable), in place of what is mounted there now",
            ),
            (
                "1.2",
                "mounts: [{location: ~/jobs, mountPoint: /mnt/jobs, writable: true}]",
                &["~/jobs:/mnt/jobs", "~/jobs:/v/jobs"],
                "Mount `~/jobs` at `/v/jobs` (writable), and nowhere else: before 2.0, Lima has \
                 one place for it",
            ),
        ] {
            let targets = binds.iter().filter_map(|bind| bind.rsplit_once(':'));
            let variables: String =
                targets.enumerate().map(|(i, (_, at))| format!(", JOBS_{i}: {at}")).collect();
            let fixture = format!(
                "#- answers\n--lima-version {version}\n#- lima.yaml\n{lima}\n#- compose.yaml\n\
                 services:\n  api:\n    image: api\n    environment: \
                 {{LIBVIRT_URI: 'qemu:///system'{variables}}}\n    volumes: {binds:?}\n"
            );
            let report = diagnose(&input(&fixture)).report;
            let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
            let titles: Vec<&str> = fixes.map(|fix| fix.title.as_str()).collect();
            assert!(titles.contains(&expected), "{fixture}{titles:#?}");
        }
    }
}
