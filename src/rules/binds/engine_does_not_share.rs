#![doc = include_str!("engine_does_not_share.md")]

use crate::diagnostic::{Diagnostic, Evidence, Fix, Severity};
use crate::intake::error_text::Message;
use crate::intake::{Host, Runtime};
use crate::rules::{Rule, only_shown};
use crate::topology::Setup;
use crate::topology::path::below;
use crate::topology::shared::SharedDir;

/// The engine's own VM does not see the host's directory.
pub const RULE: Rule = Rule {
    name: "engine-does-not-share",
    severity: Severity::Error,
    summary: "the container engine's own VM does not see a directory that is bound",
    docs: include_str!("engine_does_not_share.md"),
    covers: &["M11", "M12", "E1", "E5"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let denied: Vec<Diagnostic> = setup
        .errors
        .reports(Message::MountsDenied)
        .map(|known| {
            let path = known.value.as_str();
            Diagnostic {
                detail: "Docker Desktop binds only what its list of shared directories holds, by \
                         the path as it is written."
                    .to_owned(),
                evidence: vec![Evidence::new(known.span, "the path in your error")],
                fixes: vec![fix(Runtime::DockerDesktop, path)],
                ..RULE.finding(known.span, format!("Docker Desktop does not share `{path}`"))
            }
        })
        .collect();
    if !denied.is_empty() || setup.host != Host::MacOs {
        return denied;
    }
    let outside: Vec<&SharedDir> =
        setup.shared.iter().filter(|d| !is_seen(setup, &d.host)).collect();
    finding(setup, &outside).into_iter().collect()
}

/// Whether the engine's VM sees a directory of the host, or nothing is known of it.
fn is_seen(setup: &Setup, host: &str) -> bool {
    let seen: &[&str] = match setup.runtime {
        // Docker Desktop says so itself when it does not share a directory, and the list may have
        // been added to.
        Runtime::DockerDesktop | Runtime::OrbStack | Runtime::Engine | Runtime::Podman => {
            return true;
        }
        Runtime::Colima => &["~"],
        Runtime::Rancher => &["~", "/tmp/rancher-desktop"],
    };
    let home = setup.home.as_deref().map_or("/Users", |home| home);
    !host.starts_with(['/', '~'])
        || seen.iter().any(|dir| below(dir, host).is_some())
        || below(home, host).is_some()
}

fn finding(setup: &Setup, outside: &[&SharedDir]) -> Option<Diagnostic> {
    let first = outside.first()?;
    let (_, bind) = setup.bind(first)?;
    let engine = name(setup.runtime);
    let hosts: Vec<String> =
        outside.iter().map(|dir| format!("`{}`", dir.host)).collect::<Vec<_>>();
    let mut hosts = hosts;
    hosts.dedup();
    let mut evidence: Vec<Evidence> =
        outside.iter().flat_map(|dir| setup.bind_evidence(dir).into_iter().take(1)).collect();
    evidence.extend(outside.iter().flat_map(|dir| setup.error_evidence(dir)));
    evidence.dedup();
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: format!(
            "{engine} runs the containers in a VM of its own, which mounts the home \
             directory unless it is told otherwise. A directory outside it is made anew inside that \
             VM, empty, and without an error."
        ),
        evidence,
        fixes: vec![fix(setup.runtime, &first.host)],
        ..RULE.finding(
            bind.span,
            format!(
                "likely: what the container writes to {} stays in {engine}'s VM",
                hosts.join(" and ")
            ),
        )
    })
}

fn name(runtime: Runtime) -> &'static str {
    crate::words::runtime(runtime)
}

fn fix(runtime: Runtime, path: &str) -> Fix {
    let title = match runtime {
        Runtime::Colima => format!(
            "Keep the directory below your home directory, or add `{path}` to `mounts:` in \
             `~/.colima/default/colima.yaml` and run `colima restart`"
        ),
        Runtime::Rancher => format!(
            "Keep the directory below your home directory, or add `{path}` to `mounts:` in Rancher \
             Desktop's `lima/_config/override.yaml`"
        ),
        _ => format!(
            "Add `{path}` in Docker Desktop under Settings, Resources, File sharing, or keep the \
             directory below your home directory"
        ),
    };
    only_shown("share", title, "")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FILES: &str = r#"
#- lima.yaml
ssh: {localPort: 20022}
mounts: [{location: /opt/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
#- compose.yaml
services:
  api:
    image: api
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1"}
    volumes: ["/opt/jobs:/var/lib/libvirt/images/jobs", "/Users/me/.ssh:/root/.ssh:ro"]
"#;

    #[test]
    fn colima_and_rancher_mount_the_home_directory() {
        for (answer, engine) in [("colima", "Colima"), ("rancher", "Rancher Desktop")] {
            let report = crate::diagnose(&crate::rules::testing::input(&format!(
                "#- answers\n--runtime {answer}\n{}",
                FILES.trim_start()
            )))
            .report;
            let found = report.findings.iter().find(|f| f.rule == RULE.name);
            let found = found.unwrap_or_else(|| panic!("{answer}: {report:#?}"));
            let expected =
                format!("likely: what the container writes to `/opt/jobs` stays in {engine}'s VM");
            assert_eq!(found.message, expected);
        }
    }

    #[test]
    fn docker_desktop_says_so_itself() {
        check(
            "#- error\nError response from daemon: Mounts denied:\nThe path /var/lib/libvirt/images/jobs is not shared from the host and is not known to Docker.\n",
            &expect![[r#"
                error[engine-does-not-share] error:2:10: Docker Desktop does not share `/var/lib/libvirt/images/jobs`
                  error:2:10: the path in your error
                  fix share: Add `/var/lib/libvirt/images/jobs` in Docker Desktop under Settings, Resources, File sharing, or keep the directory below your home directory
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn engines_that_see_it() {
        check_clean(&RULE, FILES);
        for runtime in ["orbstack", "docker-desktop", "podman"] {
            check_clean(&RULE, &format!("#- answers\n--runtime {runtime}\n{}", FILES.trim_start()));
        }
        let in_home = FILES.replace("/opt/jobs", "/Users/me/jobs");
        check_clean(&RULE, &format!("#- answers\n--runtime colima\n{}", in_home.trim_start()));
    }
}
