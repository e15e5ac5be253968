//! Another way to bring directories to their places: one mount out of the way, and a link to it
//! from each place.

use super::{NewMount, distinct, steps, together, write_mounts};
use crate::diagnostic::{Applicability, Fix};
use crate::rules::guest::script_entry;
use crate::syntax::yaml::Segment;
use crate::topology::Setup;
use crate::topology::path::{below, join};
use crate::topology::shared::SharedDir;

/// Mounts `parent`, which holds all of `dirs`, out of the way, and lets a provision script link the
/// directories there. The directory that holds the links stays the VM's own.
///
/// `None` where a directory is the parent itself or lies in another, where the place is taken, and
/// for paths that a shell does not read as they are.
pub(super) fn fix(setup: &Setup, dirs: &[&SharedDir], parent: &NewMount) -> Option<Fix> {
    let name = parent.mount_point.rsplit('/').next()?;
    let place = format!("/mnt/host-{name}");
    let mut links: Vec<(&str, String)> = Vec::new();
    for dir in dirs {
        let rest = below(&parent.mount_point, &dir.target).filter(|rest| !rest.is_empty())?;
        let link = (dir.target.as_str(), join(&place, rest));
        if !links.contains(&link) {
            links.push(link);
        }
    }
    let meet = |one: &str, other: &str| below(one, other).is_some() || below(other, one).is_some();
    let is_nested = links
        .iter()
        .any(|(one, _)| links.iter().any(|(other, _)| one != other && below(one, other).is_some()));
    let is_taken = setup.mounts.iter().any(|mount| {
        meet(&mount.mount_point, &place) || links.iter().any(|(at, _)| meet(&mount.mount_point, at))
    });
    if is_nested || is_taken || !links.iter().all(|(at, to)| is_plain(at) && is_plain(to)) {
        return None;
    }
    let mount = NewMount { mount_point: place.clone(), ..parent.clone() };
    let script = script_entry(&script(&links));
    let lima = setup.lima.as_ref()?;
    let (document, text) = setup.document(lima.file)?;
    let values = [mount.to_value(setup)];
    let edits = together(
        document,
        text,
        &[&|document, text| write_mounts(lima, document, text, &values), &|document, text| {
            document.append(text, &[Segment::Key("provision".to_owned())], &script).ok()
        }],
    )?;
    let places: Vec<String> = links.iter().map(|(at, _)| format!("`{at}`")).collect();
    let access = if mount.writable { "writable" } else { "read-only" };
    Some(Fix {
        name: "linked",
        title: format!(
            "Mount `{}` at `{place}` ({access}), and link {} to it by a provision script",
            mount.location,
            places.join(" and ")
        ),
        suits: "one mount for all, and libvirt's own directory stays the VM's",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &[mount]),
    })
}

/// Makes the links at every start. An empty directory gives way to its link; one that holds files
/// is not touched, and the script fails there.
fn script(links: &[(&str, String)]) -> String {
    let parent = |at: &str| at.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    let mut lines = vec!["#!/bin/sh".to_owned(), "set -eu".to_owned()];
    let parents = distinct(links.iter().filter_map(|(at, _)| parent(at)));
    lines.extend(parents.iter().map(|parent| format!("mkdir -p {parent}")));
    for (at, to) in links {
        lines.push(format!("rmdir {at} 2>/dev/null || true"));
        lines.push(format!("[ -L {at} ] || ln -sT {to} {at}"));
    }
    lines.join("\n")
}

/// Whether a shell reads a path as it is.
fn is_plain(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::repair::plan::Choices;
    use crate::rules::testing::input;
    use crate::{diagnose, repair};

    const LIMA: &str = "\
#- answers
--host macos --vm new
#- lima.yaml
vmType: qemu
ssh: {localPort: 20022}
provision:
- mode: system
  script: |
    apt-get install -y libvirt-daemon-system
";

    fn with_binds(lima: &str, binds: &[&str]) -> crate::Input {
        let volumes: String = binds.iter().map(|bind| format!("    - {bind}\n")).collect();
        input(&format!(
            "{lima}#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: \
             {{LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1\"}}\n    \
             volumes:\n{volumes}"
        ))
    }

    const BINDS: [&str; 2] =
        ["~/lab/base:/var/lib/libvirt/images/base:ro", "~/lab/jobs:/var/lib/libvirt/images/jobs"];

    #[test]
    fn the_model_sees_the_directories_through_the_links() {
        let input = with_binds(LIMA, &BINDS);
        let diagnosis = diagnose(&input);
        let choices = Choices([("mount-missing".to_owned(), "linked".to_owned())].into());
        let made = repair(&input, &diagnosis, &choices);
        let left: Vec<&str> = made.recheck.report.findings.iter().map(|f| f.rule).collect();
        assert!(!left.iter().any(|rule| rule.starts_with("mount-")), "{left:?}");
        assert!(!left.contains(&"package-unconfigured"), "{left:?}");
        assert!(!left.contains(&"provision-stops"), "{left:?}");
        let links: Vec<String> = made
            .recheck
            .setup
            .shared
            .iter()
            .flat_map(|dir| &dir.links)
            .map(|link| format!("{} -> {}", link.path, link.leads_to))
            .collect();
        assert_eq!(
            links,
            [
                "/var/lib/libvirt/images/base -> /mnt/host-images/base",
                "/var/lib/libvirt/images/jobs -> /mnt/host-images/jobs",
            ]
        );
        let lima = made.corrected.first().unwrap();
        expect![[r#"
            vmType: qemu
            mounts:
            - location: "~/lab"
              mountPoint: "/mnt/host-images"
              writable: true
            ssh: {localPort: 20022}
            provision:
            - mode: system
              script: |
                apt-get install -y libvirt-daemon-system
            - mode: "system"
              script: |-
                #!/bin/sh
                set -eu
                mkdir -p /var/lib/libvirt/images
                rmdir /var/lib/libvirt/images/base 2>/dev/null || true
                [ -L /var/lib/libvirt/images/base ] || ln -sT /mnt/host-images/base /var/lib/libvirt/images/base
                rmdir /var/lib/libvirt/images/jobs 2>/dev/null || true
                [ -L /var/lib/libvirt/images/jobs ] || ln -sT /mnt/host-images/jobs /var/lib/libvirt/images/jobs
        "#]].assert_eq(&lima.text);
    }

    #[test]
    fn where_links_would_not_do() {
        let names = |lima: &str, binds: &[&str]| {
            let report = diagnose(&with_binds(lima, binds)).report;
            let missing = report.findings.iter().filter(|f| f.rule == "mount-missing");
            missing.flat_map(|f| f.fixes.iter().map(|fix| fix.name)).collect::<Vec<_>>()
        };
        let taken = LIMA.replace("ssh:", "mounts: [{location: /x, mountPoint: /mnt}]\nssh:");
        let existing = LIMA.replace("--vm new", "--vm existing");
        let virtiofs = LIMA.replace("vmType: qemu", "vmType: vz");
        let in_each_other = [
            "~/lab/jobs:/var/lib/libvirt/images/jobs",
            "~/lab/jobs/a:/var/lib/libvirt/images/jobs/a",
        ];
        let blank = [
            "~/lab/base:/var/lib/libvirt/images/my base",
            "~/lab/jobs:/var/lib/libvirt/images/jobs",
        ];
        for (lima, binds, expected) in [
            (LIMA, &BINDS[..], vec!["each", "linked"]),
            (&virtiofs, &BINDS[..], vec!["each", "parent", "linked"]),
            (&existing, &BINDS[..], vec!["parent", "each"]),
            (LIMA, &BINDS[1..], vec!["each"]),
            (&taken, &BINDS[..], vec!["each"]),
            (LIMA, &in_each_other[..], vec!["each", "parent"]),
            (LIMA, &blank[..], vec!["each"]),
        ] {
            assert_eq!(names(lima, binds), expected, "{lima}{binds:?}");
        }
    }
}
