#![doc = include_str!("mount_type_unusable.md")]

use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::LimaVersion;
use crate::intake::error_text::PathFailure;
use crate::rules::Rule;
use crate::syntax::yaml::{Segment, Value};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::mounts::EffectiveMount;
use crate::topology::share::Share;

/// The way in which directories are shared does not work in this VM, and nothing says so.
pub const RULE: Rule = Rule {
    name: "mount-type-unusable",
    severity: Severity::Error,
    summary: "the VM cannot use the type of its mounts, and shows empty directories",
    docs: include_str!("mount_type_unusable.md"),
    covers: &["M17"],
    check,
};

/// The `securityModel`s that QEMU knows.
const SECURITY_MODELS: [&str; 4] = ["passthrough", "mapped-xattr", "mapped-file", "none"];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let mut res: Vec<Diagnostic> = Vec::new();
    res.extend(kernel_without_9p(setup, lima));
    res.extend(virtiofs_on_linux(setup, lima));
    res.extend(setup.mounts.iter().filter_map(|mount| blank_in_mount_point(setup, mount)));
    res.extend(security_models(setup, lima));
    res
}

/// The kernel of the image has no 9p, and Lima's mounts may fail at boot without a word.
fn kernel_without_9p(setup: &Setup, lima: &Lima) -> Option<Diagnostic> {
    let system = lima.image_without_9p()?;
    let first = setup.mounts.first().filter(|_| setup.share() == Share::NineP)?;
    let written = lima.mount_type.as_ref().map(|(_, span)| *span);
    let image = lima.images.first().map(|(_, span)| *span);
    let image = image.or_else(|| lima.bases.first().map(|base| base.span))?;
    let lost =
        setup.errors.paths.iter().find(|path| {
            path.failure == PathFailure::Missing && setup.mount_at(&path.path).is_some()
        });
    let because = setup.mount_type.as_ref().map_or("", |in_force| in_force.because.as_str());
    let mut evidence =
        vec![Evidence::new(image, format!("{system}, whose kernel cannot mount 9p"))];
    evidence.push(match written {
        Some(span) => Evidence::new(span, "the mounts are of type `9p`"),
        None => Evidence::new(first.span, format!("the mounts are of type `9p`: {because}")),
    });
    evidence.extend(lost.map(|path| Evidence::new(path.span, "the very path in your error")));
    // An image of one's own may go by a distribution's name.
    let likely = if lost.is_some() { "" } else { "likely: " };
    Some(Diagnostic {
        severity: if lost.is_some() { Severity::Error } else { Severity::Warning },
        detail:
            "A mount that fails at boot is passed over (`nofail`): the directory is there, and \
                 empty."
                .to_owned(),
        evidence,
        fixes: to_type(setup, lima, "reverse-sshfs", "").into_iter().collect(),
        ..RULE.finding(
            written.unwrap_or(image),
            format!("{likely}{system} cannot mount 9p, so the VM's mounts stay empty"),
        )
    })
}

/// The server of virtiofs on Linux lets only root make files.
fn virtiofs_on_linux(setup: &Setup, lima: &Lima) -> Option<Diagnostic> {
    let written = setup.mount_type.as_ref()?.span?;
    let mount = setup.mounts.iter().find(|mount| mount.writable)?;
    if setup.share() != Share::VirtiofsOfQemu || setup.host != crate::intake::Host::Linux {
        return None;
    }
    let kind = if lima.image_without_9p().is_some() { "reverse-sshfs" } else { "9p" };
    Some(Diagnostic {
        severity: Severity::Warning,
        detail:
            "Only root makes files there; for others it ends in `Invalid argument`, although the \
                 mount is writable."
                .to_owned(),
        evidence: vec![
            Evidence::new(written, "virtiofs of QEMU, which Lima calls experimental"),
            Evidence::new(mount.span, "the VM is to write here"),
        ],
        fixes: to_type(setup, lima, kind, "").into_iter().collect(),
        ..RULE.finding(
            written,
            format!(
                "likely: with virtiofs on Linux, only root makes files in the VM's `{}`",
                mount.mount_point
            ),
        )
    })
}

/// Before 2.2 a mount of VZ at a path with a blank was not made, and nothing said so.
fn blank_in_mount_point(setup: &Setup, mount: &EffectiveMount) -> Option<Diagnostic> {
    let is_old = setup.lima_version < LimaVersion::new(2, 2, 0);
    if !is_old || setup.share() != Share::Virtiofs || !mount.mount_point.contains(' ') {
        return None;
    }
    let span = mount.mount_point_span.unwrap_or(mount.span);
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "Let it arrive at a path without a blank, or use Lima 2.2 or later.".to_owned(),
        evidence: vec![Evidence::new(span, "the path holds a blank")],
        ..RULE.finding(
            span,
            format!(
                "Lima {} does not make the mount at `{}`, for the blank in it",
                setup.lima_version, mount.mount_point
            ),
        )
    })
}

/// QEMU takes no other model, and Lima does not look.
fn security_models(setup: &Setup, lima: &Lima) -> Vec<Diagnostic> {
    let is_9p = setup.share() == Share::NineP;
    let models = lima.mounts.iter().filter_map(|mount| mount.security_model.as_ref());
    let unknown = models.filter(|(model, _)| {
        is_9p && !model.is_empty() && !SECURITY_MODELS.contains(&model.as_str())
    });
    unknown
        .map(|(model, span): &(String, Span)| Diagnostic {
            severity: Severity::Warning,
            detail: format!(
                "QEMU knows {}.",
                crate::rules::mounts::listed(SECURITY_MODELS.map(str::to_owned).into_iter())
            ),
            evidence: vec![Evidence::new(*span, "Lima hands it on without a look")],
            ..RULE.finding(
                *span,
                format!("likely: QEMU does not start with the `securityModel` `{model}`"),
            )
        })
        .collect()
}

/// Another type for all mounts.
fn to_type(setup: &Setup, lima: &Lima, kind: &str, suits: &'static str) -> Option<Fix> {
    let (document, text) = setup.document(lima.file)?;
    let value = Value::Text(kind.to_owned());
    let edits = match (&lima.mount_type, &lima.hardware_key) {
        (None, Some(key)) => document.insert_after(text, key, "mountType", &value),
        _ => document.set(text, &[Segment::Key("mountType".to_owned())], &value),
    };
    Some(Fix {
        name: "mount-type",
        title: format!("Share by `{kind}`"),
        suits,
        applicability: Applicability::Review,
        edits: edits.ok()?,
        steps: vec![Step::RestartInstance],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::diagnose;
    use crate::intake::Host;
    use crate::rules::testing::{check, check_clean, input};

    const FIXTURE: &str = r#"
#- lima.yaml
vmType: qemu
images: [{location: "https://example.com/debian-12-generic-arm64.qcow2"}]
mounts:
- {location: /v, writable: true}
"#;

    #[test]
    fn an_image_whose_kernel_has_no_9p() {
        check(
            FIXTURE,
            &expect![[r#"
            warning[mount-type-unusable] lima.yaml:2:21: likely: Debian cannot mount 9p, so the VM's mounts stay empty
              lima.yaml:2:21: Debian, whose kernel cannot mount 9p
              lima.yaml:4:3: the mounts are of type `9p`: Lima 2.2 shares so with a VM of type `qemu`
              fix mount-type: Share by `reverse-sshfs`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            --- lima.yaml
            +mountType: "reverse-sshfs"
        "#]],
        );
        let error = "#- error\nCannot access storage file '/v/a.iso': No such file or directory\n";
        check(
            &format!("{}{error}", FIXTURE.replace("vmType: qemu", "vmType: qemu\nmountType: 9p")),
            &expect![[r#"
                error[mount-type-unusable] lima.yaml:2:12: Debian cannot mount 9p, so the VM's mounts stay empty
                  lima.yaml:3:21: Debian, whose kernel cannot mount 9p
                  lima.yaml:2:12: the mounts are of type `9p`
                  error:1:29: the very path in your error
                  fix mount-type: Share by `reverse-sshfs`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -mountType: 9p
                +mountType: "reverse-sshfs"
            "#]],
        );
    }

    #[test]
    fn virtiofs_on_linux() {
        let mut input =
            input(&FIXTURE.replace("vmType: qemu", "vmType: qemu\nmountType: virtiofs"));
        input.answers.host = Some(Host::Linux);
        let messages: Vec<String> =
            diagnose(&input).report.findings.into_iter().map(|finding| finding.message).collect();
        assert_eq!(
            messages,
            ["likely: with virtiofs on Linux, only root makes files in the VM's `/v`"]
        );
    }

    #[test]
    fn a_blank_in_a_mount_point_before_2_2() {
        let mut input = input("#- lima.yaml\nvmType: vz\nmounts: [{location: /v/my images}]\n");
        for (version, expected) in [("2.1.4", 1), ("2.2.0", 0)] {
            input.answers.lima_version = Some(version.parse().unwrap());
            assert_eq!(diagnose(&input).report.findings.len(), expected, "{version}");
        }
    }

    #[test]
    fn a_security_model_that_qemu_knows_not() {
        let fixture =
            FIXTURE.replace("debian-12-generic-arm64", "ubuntu-24.04-server-cloudimg-arm64");
        let with = |model: &str| {
            fixture.replace("writable: true", &format!("9p: {{securityModel: {model}}}"))
        };
        check(
            &with("mapped_xattr"),
            &expect![[r#"
            warning[mount-type-unusable] lima.yaml:4:38: likely: QEMU does not start with the `securityModel` `mapped_xattr`
              lima.yaml:4:38: Lima hands it on without a look
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
        "#]],
        );
        for model in ["none", "mapped-xattr", "passthrough", "null"] {
            check_clean(&RULE, &with(model));
        }
    }

    #[test]
    fn what_works_is_left_alone() {
        for (old, new) in [
            ("debian-12-generic-arm64", "ubuntu-24.04-server-cloudimg-arm64"),
            ("vmType: qemu", "vmType: vz"),
            ("vmType: qemu", "vmType: qemu\nmountType: reverse-sshfs"),
            ("vmType: qemu", "vmType: qemu\nmountTypesUnsupported: [9p]"),
            ("mounts:\n- {location: /v, writable: true}", "mounts: []"),
        ] {
            let fixture = FIXTURE.replace(old, new);
            assert_ne!(fixture, FIXTURE, "{old}");
            check_clean(&RULE, &fixture);
        }
    }
}
