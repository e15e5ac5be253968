#![doc = include_str!("libvirt_host_is_container.md")]

use crate::config::compose::{ExtraHost, Service};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::{Host, Runtime};
use crate::rules::Rule;
use crate::rules::network::unname;
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::ports::{Connection, Target};

/// `localhost` in a container's URI is the container itself.
pub const RULE: Rule = Rule {
    name: "libvirt-host-is-container",
    severity: Severity::Error,
    summary: "a libvirt URI names `localhost`, which in the container is the container itself",
    docs: include_str!("libvirt_host_is_container.md"),
    covers: &["C2"],
    check,
};

/// The name under which container engines offer the host.
const HOST_NAME: &str = "host.docker.internal";

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in setup.connections.iter().filter(|c| c.target == Target::Container) {
        if let Some(finding) = finding(setup, connection)
            && !res.iter().any(|earlier| earlier.span == finding.span)
        {
            res.push(finding);
        }
    }
    res
}

fn finding(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let (service, variable, value) = setup.connection(connection)?;
    let host = connection.uri.host.as_ref()?;
    if let Some(entry) = service.extra_hosts.iter().find(|extra| extra.host == host.value) {
        return Some(by_extra_hosts(setup, service, entry));
    }
    // The brackets of an IPv6 address go with it.
    let is_bracketed =
        value.as_str().get(..host.range.start).is_some_and(|text| text.ends_with('['));
    let outer = usize::from(is_bracketed);
    let written = value.written_at(host.range.start - outer..host.range.end + outer);
    let span = written.or(value.outermost()).unwrap_or(variable.span);
    let mut evidence =
        vec![Evidence::new(span, format!("`{}` names `{}`", variable.name, host.value))];
    if !variable.span.contains(span) {
        let at = value.outermost().unwrap_or(variable.span);
        evidence.push(Evidence::new(at, format!("`{}` takes it from here", service.name)));
    }
    let note = match &service.network_mode {
        Some(mode) => format!(
            "`{}` has `network_mode: {}`, not the host's network",
            service.name,
            mode.as_str()
        ),
        None => format!("`{}` has a network of its own", service.name),
    };
    evidence.push(Evidence::new(service.name_span, note));
    let in_error = setup.errors.endpoints.iter().filter(|(name, ..)| *name == host.value);
    evidence.extend(
        in_error.map(|(.., at)| Evidence::new(*at, "the connection that your error tells of")),
    );
    // With the engine on Linux itself, that name leads to the bridge, where Lima does not listen.
    let on_bridge = setup.runtime == Runtime::Engine && setup.host == Host::Linux;
    let fix = written.filter(|_| !on_bridge).map(|place| Fix {
        name: "host",
        title: format!("Name `{HOST_NAME}` instead of `{}`", host.value),
        suits: "",
        applicability: Applicability::Review,
        edits: vec![Edit::replace(place, HOST_NAME)],
        steps: vec![Step::RecreateService(service.name.clone())],
    });
    Some(Diagnostic {
        detail: format!(
            "A container has its own `{}`, and no SSH server or libvirt listens there.{}",
            host.value,
            if on_bridge {
                " With Docker Engine on Linux, give the service `network_mode: host`: then this \
                 URI is right as it is."
            } else {
                ""
            }
        ),
        evidence,
        fixes: fix.into_iter().collect(),
        ..RULE.finding(
            span,
            format!(
                "`{}` in the container of `{}` is that container itself",
                host.value, service.name
            ),
        )
    })
}

/// An entry of `extra_hosts` leads the host's name back into the container.
fn by_extra_hosts(setup: &Setup, service: &Service, entry: &ExtraHost) -> Diagnostic {
    Diagnostic {
        detail: "Container engines offer the name by themselves, and then it is the host; Docker \
                 Engine on Linux takes `host-gateway` for its address."
            .to_owned(),
        evidence: vec![Evidence::new(entry.span, format!("leads it to `{}`", entry.address))],
        fixes: unname(setup, &service.name, &entry.host, entry.span)
            .filter(|_| setup.host == Host::MacOs)
            .into_iter()
            .collect(),
        ..RULE.finding(
            entry.span,
            format!(
                "`{}` in the container of `{}` is that container itself",
                entry.host, service.name
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::diagnose;
    use crate::intake::Host;
    use crate::rules::testing::{check, check_clean, input};

    #[test]
    fn the_host_is_mended_where_it_is_written() {
        check(
            r#"
#- .env
LIBVIRT_URI=qemu+ssh://dev@127.0.0.1:2222/system # from the host
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}
  worker:
    environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}
"#,
            &expect![[r#"
                error[libvirt-host-is-container] .env:1:28: `127.0.0.1` in the container of `api` is that container itself
                  .env:1:28: `LIBVIRT_URI` names `127.0.0.1`
                  compose.yaml:3:33: `api` takes it from here
                  compose.yaml:2:3: `api` has a network of its own
                  fix host: Name `host.docker.internal` instead of `127.0.0.1`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- .env
                -LIBVIRT_URI=qemu+ssh://dev@127.0.0.1:2222/system # from the host
                +LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:2222/system # from the host
            "#]],
        );
    }

    #[test]
    fn with_the_engine_on_linux_another_name_would_not_help() {
        let mut input = input(
            r#"
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://dev@localhost:2222/system"}}
"#,
        );
        input.answers.host = Some(Host::Linux);
        let report = diagnose(&input).report;
        let finding = report.findings.iter().find(|finding| finding.rule == RULE.name).unwrap();
        assert!(finding.fixes.is_empty(), "{:?}", finding.fixes);
        assert!(finding.detail.contains("network_mode: host"), "{}", finding.detail);
    }

    #[test]
    fn on_the_hosts_network_localhost_is_right() {
        for mode in ["host", "service:vpn"] {
            let fixture = format!(
                r#"
#- compose.yaml
services:
  vpn: {{image: vpn}}
  api:
    image: api
    network_mode: {mode}
    environment: {{LIBVIRT_URI: "qemu+ssh://dev@localhost:2222/system"}}
"#
            );
            check_clean(&RULE, &fixture);
        }
    }

    #[test]
    fn an_entry_that_leads_back_and_the_brackets_of_an_address() {
        check(
            r#"
#- compose.yaml
services:
  api:
    extra_hosts: ["host.docker.internal:127.0.0.1"]
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:2222/system?keyfile=/k&no_verify=1"}
    volumes: ["~/.lima/_config/user:/k:ro"]
"#,
            &expect![[r#"
                error[libvirt-host-is-container] compose.yaml:3:19: `host.docker.internal` in the container of `api` is that container itself
                  compose.yaml:3:19: leads it to `127.0.0.1`
                  fix remove: Remove `host.docker.internal` from `extra_hosts`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- compose.yaml
                -    extra_hosts: ["host.docker.internal:127.0.0.1"]
            "#]],
        );
        check(
            r#"
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu+ssh://dev@[::1]:2222/system?keyfile=/k&no_verify=1"}
    volumes: ["~/.lima/_config/user:/k:ro"]
"#,
            &expect![[r#"
                error[libvirt-host-is-container] compose.yaml:3:48: `::1` in the container of `api` is that container itself
                  compose.yaml:3:48: `LIBVIRT_URI` names `::1`
                  compose.yaml:2:3: `api` has a network of its own
                  fix host: Name `host.docker.internal` instead of `::1`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- compose.yaml
                -    environment: {LIBVIRT_URI: "qemu+ssh://dev@[::1]:2222/system?keyfile=/k&no_verify=1"}
                +    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:2222/system?keyfile=/k&no_verify=1"}
            "#]],
        );
    }
}
