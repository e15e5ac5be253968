#![doc = include_str!("libvirt_socket_bound.md")]

use super::{SOCKET_DIRS, may_run_on_host};
use crate::config::compose::{Bind, Service};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;
use crate::topology::path::{below, clean};
use crate::topology::ports::Target;

/// A libvirt socket of the host is bound where the host has none.
pub const RULE: Rule = Rule {
    name: "libvirt-socket-bound",
    severity: Severity::Error,
    summary: "a libvirt socket of the Mac is bound, and the Mac has none",
    docs: include_str!("libvirt_socket_bound.md"),
    covers: &["C13"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let reported: Vec<&KnownMessage> = setup
        .errors
        .reports(Message::BindSourceRefused)
        .filter(|known| SOCKET_DIRS.iter().any(|dir| known.value.contains(dir)))
        .collect();
    let mut res: Vec<Diagnostic> = Vec::new();
    for service in &setup.compose.services {
        for bind in &service.binds {
            let source = clean(bind.source.as_str());
            let source = source.strip_prefix("/private").unwrap_or(&source);
            let is_socket = SOCKET_DIRS.iter().any(|dir| below(dir, source).is_some());
            if is_socket && (!may_run_on_host(setup) || !reported.is_empty()) {
                res.push(finding(setup, service, bind, &reported));
            }
        }
    }
    if let (Some(first), true) = (reported.first(), res.is_empty()) {
        res.push(Diagnostic {
            fixes: vec![by_hand(
                "Remove the volume with libvirt's socket from the Compose file",
                Vec::new(),
            )],
            ..RULE.finding(
                first.span,
                format!("the engine may not make `{}` to bind it", first.value),
            )
        });
    }
    res
}

fn finding(
    setup: &Setup,
    service: &Service,
    bind: &Bind,
    reported: &[&KnownMessage],
) -> Diagnostic {
    let source = bind.source.as_str();
    let mut evidence = vec![Evidence::new(bind.span, format!("`{}` binds it", service.name))];
    evidence
        .extend(reported.iter().map(|known| Evidence::new(known.span, "the path in your error")));
    // An empty directory does no harm to a container that asks over SSH.
    let is_asked = setup.connections.iter().any(|connection| {
        connection.target == Target::Socket
            && setup.compose.services.get(connection.service) == Some(service)
    });
    let severity = match (reported.is_empty(), is_asked) {
        (false, _) => Severity::Error,
        (true, true) => Severity::Warning,
        (true, false) => Severity::Hint,
    };
    let likely = if reported.is_empty() { "likely: " } else { "" };
    Diagnostic {
        severity,
        detail: "Docker then fails to make the directory, or binds an empty one. libvirt runs in \
                 the VM, and a `qemu+ssh` URI needs no socket."
            .to_owned(),
        evidence,
        fixes: vec![remove(setup, service, bind)],
        ..RULE.finding(
            bind.span,
            format!("{likely}the host has no `{source}` that `{}` could bind", service.name),
        )
    }
}

fn remove(setup: &Setup, service: &Service, bind: &Bind) -> Fix {
    let title = format!("Remove the volume `{}` from `{}`", bind.source.as_str(), service.name);
    let steps = vec![Step::RecreateService(service.name.clone())];
    let edits = setup
        .document(bind.span.file)
        .and_then(|(document, text)| document.remove(text, &document.path_to(bind.span)?).ok());
    let Some(edits) = edits.filter(|_| bind.volume.is_none()) else {
        return by_hand(title, steps);
    };
    let applicability = Applicability::Review;
    Fix { name: "remove", title, suits: "", applicability, edits, steps }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_volume_goes_and_the_others_stay() {
        check(
            r#"
#- docker-compose.yml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
    volumes:
      - ./src:/app # code
      - type: bind
        source: /var/run/libvirt/libvirt-sock
        target: /var/run/libvirt/libvirt-sock
#- error
Error response from daemon: error while creating mount source path '/host_mnt/private/var/run/libvirt/libvirt-sock': mkdir /host_mnt/private/var/run/libvirt: permission denied
"#,
            &expect![[r#"
                error[libvirt-socket-bound] docker-compose.yml:6:9: the host has no `/var/run/libvirt/libvirt-sock` that `api` could bind
                  docker-compose.yml:6:9: `api` binds it
                  error:1:69: the path in your error
                  fix remove: Remove the volume `/var/run/libvirt/libvirt-sock` from `api`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- docker-compose.yml
                -      - type: bind
                -        source: /var/run/libvirt/libvirt-sock
                -        target: /var/run/libvirt/libvirt-sock
            "#]],
        );
    }

    #[test]
    fn an_error_alone_is_enough() {
        check(
            "#- error\nerror while creating mount source path \
             '/host_mnt/private/var/run/libvirt/libvirt-sock': mkdir /x: permission denied\n",
            &expect![[r#"
                error[host-directory-denied] error:1:96: `/x` cannot be made: its parent belongs to another user
                  error:1:96: the path in your error
                  fix elsewhere: Keep the directory below your home directory
                error[libvirt-socket-bound] error:1:41: the engine may not make `/host_mnt/private/var/run/libvirt/libvirt-sock` to bind it
                  fix by-hand: Remove the volume with libvirt's socket from the Compose file
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn linux_and_other_paths_are_left_alone() {
        for (host, source) in [
            ("linux", "/var/run/libvirt"),
            ("macos", "/opt/homebrew/var/run/libvirt"),
            ("macos", "/var/run/docker.sock"),
            ("macos", "/var/lib/libvirt/images"),
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n--host {host}\n#- compose.yaml\nservices:\n  api: {{volumes: \
                     [\"{source}:/x\"]}}\n"
                ),
            );
        }
    }

    #[test]
    fn a_compose_file_alone_may_be_of_a_host_with_libvirt() {
        let compose = "services:\n  api:\n    environment: {LIBVIRT_URI: \"qemu:///system\"}\n    \
                       volumes: [\"/var/run/libvirt/libvirt-sock:/var/run/libvirt/libvirt-sock\"]\n";
        let report = |files: &str| {
            let mut input = crate::rules::testing::input(files);
            input.answers.host = None;
            crate::diagnose(&input).report
        };
        let alone = report(&format!("#- compose.yaml\n{compose}"));
        assert!(alone.findings.is_empty(), "{alone:#?}");
        let beside = report(&format!("#- lima.yaml\ncpus: 2\n#- compose.yaml\n{compose}"));
        assert!(beside.findings.iter().any(|found| found.rule == RULE.name), "{beside:#?}");
    }
}
