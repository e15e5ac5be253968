#![doc = include_str!("path_outside_binds.md")]

use crate::config::compose::{Service, Variable};
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::{Message, PathFailure};
use crate::rules::Rule;
use crate::rules::binds::bind_read_only::speaks_of_making;
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::path::{below, clean, normal_host};
use crate::topology::shared::{is_private, speaks_of_storage};

/// A service is told to keep files for libvirt where it binds nothing.
pub const RULE: Rule = Rule {
    name: "path-outside-binds",
    severity: Severity::Error,
    summary: "a service keeps files for libvirt outside of every bind",
    docs: include_str!("path_outside_binds.md"),
    covers: &["M5", "M7"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res = Vec::new();
    // A bind whose source `.env` sets is not seen without it.
    if !setup.env_is_whole() && !setup.compose.unset.is_empty() {
        return res;
    }
    for (_, service) in setup.clients() {
        // A service that binds nothing that libvirt needs may only name paths of the VM.
        let shares = setup
            .shared
            .iter()
            .any(|dir| setup.bind(dir).is_some_and(|(other, _)| other.name == service.name));
        for variable in &service.environment {
            let Some(path) = storage_path(variable) else { continue };
            if is_held(service, &path) || is_of_host(setup, service, &path) || is_of_vm(variable) {
                continue;
            }
            let told = in_error(setup, &path);
            if shares || !told.is_empty() || speaks_of_making(&variable.name) {
                res.push(finding(setup, service, variable, &path, told));
            }
        }
    }
    if res.is_empty() {
        res.extend(lost(setup));
    }
    res
}

/// The directory that a variable tells the service to keep its files in.
fn storage_path(variable: &Variable) -> Option<String> {
    let path = clean(variable.value.as_ref()?.as_str());
    let is_deep = path.trim_start_matches('/').contains('/');
    let fits = path.starts_with('/') && is_deep && !is_private(&path);
    (fits && speaks_of_storage(&variable.name)).then_some(path)
}

/// Whether the path is one of the host's, which the service has since it gets the whole `.env`.
fn is_of_host(setup: &Setup, service: &Service, path: &str) -> bool {
    let host = |path: &str| normal_host(path, setup.host, setup.home.as_deref());
    service.binds.iter().any(|bind| below(&setup.normal_source(bind), &host(path)).is_some())
}

/// Whether a variable's name speaks of what libvirt makes by itself, in a directory of the VM.
fn is_of_vm(variable: &Variable) -> bool {
    let name = variable.name.to_ascii_uppercase();
    name.contains("OVERLAY") || name.starts_with("VM_")
}

/// Whether a bind or a volume holds the path, or something in it.
fn is_held(service: &Service, path: &str) -> bool {
    let binds = service.binds.iter().map(|bind| clean(bind.target.as_str()));
    let volumes = service.volumes.iter().map(|volume| volume.target.clone());
    binds
        .chain(volumes)
        .any(|target| below(&target, path).is_some() || below(path, &target).is_some())
}

/// Where errors name missing files below a path.
fn in_error(setup: &Setup, path: &str) -> Vec<Span> {
    let missing = setup.errors.paths.iter().filter(|p| p.failure == PathFailure::Missing);
    missing.filter(|p| below(path, &p.path).is_some()).map(|p| p.span).collect()
}

fn finding(
    setup: &Setup,
    service: &Service,
    variable: &Variable,
    path: &str,
    told: Vec<Span>,
) -> Diagnostic {
    let place = |bind: &crate::config::compose::Bind| {
        Evidence::new(bind.span, format!("binds `{}`", clean(bind.target.as_str())))
    };
    let span = variable.value.as_ref().and_then(|v| v.written_at(0..v.as_str().len()));
    let note = format!("`{}` tells the service to keep its files there", variable.name);
    let mut evidence = vec![Evidence::new(span.unwrap_or(variable.span), note)];
    let own = setup.shared.iter().filter_map(|dir| setup.bind(dir));
    evidence.extend(own.filter(|(other, _)| other.name == service.name).map(|(_, b)| place(b)));
    evidence.truncate(4);
    let certain = !told.is_empty();
    evidence.extend(told.into_iter().map(|at| Evidence::new(at, "the path in your error")));
    let likely = if certain { "" } else { "likely: " };
    Diagnostic {
        severity: if certain { Severity::Error } else { Severity::Hint },
        detail: "What is written there stays in the container's own layer: the host and the VM do \
                 not see it, and it is gone when the container is recreated. Bind the directory, or \
                 name one that is bound."
            .to_owned(),
        evidence,
        ..RULE.finding(
            span.unwrap_or(variable.span),
            format!("{likely}no volume of `{}` holds `{path}`", service.name),
        )
    }
}

/// What an error names, and no service of the pasted files holds: an API's image, a stray path.
fn lost(setup: &Setup) -> Vec<Diagnostic> {
    let mut res = Vec::new();
    if !setup.shared.is_empty()
        && let Some(lost) = setup.lost_paths().into_iter().find(|lost| {
            !setup.mounts.iter().any(|mount| below(&mount.mount_point, &lost.path).is_some())
        })
    {
        res.push(Diagnostic {
            severity: Severity::Warning,
            detail: "The VM looks for it in a directory of its own. If the container makes the \
                     file, bind its directory and mount that in the VM; if the VM has it, see that \
                     it is there."
                .to_owned(),
            ..RULE.finding(lost.span, format!("likely: no bind and no mount holds `{}`", lost.path))
        });
    }
    for known in setup.errors.reports(Message::BaseImageMissing) {
        res.push(Diagnostic {
            severity: Severity::Warning,
            detail: "The API looks for the image in its container. Bind the directory of the base \
                     images there, at the path that libvirt has it at in the VM."
                .to_owned(),
            ..RULE.finding(known.span, "the API finds no base image in its container".to_owned())
        });
    }
    res.truncate(1);
    res
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const FILES: &str = r#"
#- lima.yaml
ssh: {localPort: 20022}
mounts: [{location: ~/lab/jobs, mountPoint: /var/lib/libvirt/images/jobs, writable: true}]
#- compose.yaml
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/k&no_verify=1
      JOBS_DIR: /var/lib/libvirt/images/jobs
      BASE_IMAGE_DIR: /var/lib/libvirt/images/base
    volumes:
      - ~/lab/jobs:/var/lib/libvirt/images/jobs
      - ~/.lima/_config/user:/k:ro
"#;

    #[test]
    fn a_directory_that_is_named_and_not_bound() {
        check(
            FILES,
            &expect![[r#"
            hint[path-outside-binds] compose.yaml:7:23: likely: no volume of `api` holds `/var/lib/libvirt/images/base`
              compose.yaml:7:23: `BASE_IMAGE_DIR` tells the service to keep its files there
              compose.yaml:9:9: binds `/var/lib/libvirt/images/jobs`
        "#]],
        );
    }

    #[test]
    fn with_the_error_it_is_certain() {
        check(
            &format!(
                "{FILES}#- error\nCannot access backing file '/var/lib/libvirt/images/base/a.qcow2' of storage file '/var/lib/libvirt/images/jobs/1/d.qcow2': No such file or directory\n"
            ),
            &expect![[r#"
                error[path-outside-binds] compose.yaml:7:23: no volume of `api` holds `/var/lib/libvirt/images/base`
                  compose.yaml:7:23: `BASE_IMAGE_DIR` tells the service to keep its files there
                  compose.yaml:9:9: binds `/var/lib/libvirt/images/jobs`
                  error:1:29: the path in your error
            "#]],
        );
    }

    #[test]
    fn an_error_of_an_api_alone() {
        check(
            "#- error\n{\"error\":\"base image not accessible\"}\n",
            &expect![[r#"
            warning[path-outside-binds] error:1:11: the API finds no base image in its container
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn what_is_bound_or_of_another_kind() {
        for fixture in [
            // All of it is bound, one level up.
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: {LIBVIRT_URI: 'qemu:///system', JOBS_DIR: /srv/lab/jobs, ISO_DIR: /srv/lab/isos}\n    volumes: ['/srv/lab:/srv/lab']\n",
            // A service that shares nothing names paths of the VM.
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: {LIBVIRT_URI: 'qemu:///system', POOL_DIR: /var/lib/libvirt/images}\n",
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    environment: {LIBVIRT_URI: 'qemu:///system', JOBS_DIR: /srv/jobs, IMAGE_CACHE: /srv/cache, VM_CONFIG: /etc/vms/x}\n    volumes: ['/srv/jobs:/srv/jobs']\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }

    #[test]
    fn paths_of_the_host_and_of_the_vm_are_left_alone() {
        let compose = "#- compose.yaml\nservices:\n  api:\n    env_file: .env\n    environment: \
                       {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:20022/system\", \
                       OVERLAY_DIR: /var/lib/libvirt/overlays, WORK_DIR: /srv/jobs}\n    volumes: \
                       [\"${JOBS_DIR}:/srv/jobs\"]\n#- .env\nJOBS_DIR=/Users/me/jobs\n";
        check_clean(&RULE, compose);
        // Without the whole `.env`, the bind itself is not seen.
        let error = "Cannot access storage file '/srv/jobs/a.iso': No such file or directory";
        let (compose, _) = compose.split_once("#- .env").unwrap();
        check_clean(&RULE, &format!("{compose}#- error\n{error}\n"));
    }
}
