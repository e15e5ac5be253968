#![doc = include_str!("variable_unset.md")]

use std::collections::BTreeSet;

use crate::config::compose::Service;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::Message;
use crate::rules::libvirt::uri_to_vm;
use crate::rules::{Rule, by_hand};
use crate::text::{Reference, Traced, ValueFrom};
use crate::topology::Setup;
use crate::topology::shared::is_unset_uri;

/// A variable without a value leaves a gap in a path or in the URI.
pub const RULE: Rule = Rule {
    name: "variable-unset",
    severity: Severity::Warning,
    summary: "a variable that is not set leaves a gap in a path or in the libvirt URI",
    docs: include_str!("variable_unset.md"),
    covers: &["D4"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    let mut res: Vec<Diagnostic> = Vec::new();
    // Without the whole `.env`, it is not known what it sets.
    if setup.env_is_whole() {
        for service in &setup.compose.services {
            for (what, value) in values(service) {
                for reference in value.references() {
                    let is_gap = reference.from == ValueFrom::Unset && !value.is_empty();
                    if is_gap && told.insert(reference.name.clone()) {
                        res.extend(gap(setup, &what, value, reference));
                    }
                }
            }
        }
    }
    res.extend(empty_uris(setup, &mut told));
    for known in setup.errors.reports(Message::VariableUnset) {
        if let Some(finding) = res.iter_mut().find(|f| f.message.contains(&quoted(&known.value))) {
            finding.evidence.push(Evidence::new(known.span, "Compose warns of it"));
        } else if told.insert(known.value.clone()) {
            let message = format!("Compose reports that {} is not set", quoted(&known.value));
            res.push(Diagnostic {
                detail: "It goes on with an empty text in its place. Set it in the `.env` beside \
                         the Compose file."
                    .to_owned(),
                ..RULE.finding(known.span, message)
            });
        }
    }
    res
}

/// Variables that would hold the URI to the VM, and are empty.
fn empty_uris(setup: &Setup, told: &mut BTreeSet<String>) -> Vec<Diagnostic> {
    let has_vm = setup.lima.is_some() || !setup.instances.is_empty();
    if !has_vm || !setup.env_is_whole() || !setup.connections.is_empty() {
        return Vec::new();
    }
    let mut res = Vec::new();
    for service in &setup.compose.services {
        for variable in service.environment.iter().filter(|variable| is_unset_uri(variable)) {
            let references = variable.value.as_ref().map(Traced::references).unwrap_or_default();
            let reference = references.first();
            let name = reference.map_or(&variable.name, |reference| &reference.name);
            if !told.insert(name.clone()) {
                continue;
            }
            let span = reference.and_then(|reference| reference.at).unwrap_or(variable.span);
            let title =
                format!("Set {} in `{}`: `{}`", quoted(name), setup.env_name(), uri_to_vm(setup));
            res.push(Diagnostic {
                detail:
                    "Without a URI, libvirt is asked for over a socket in the container, which \
                         has none."
                        .to_owned(),
                fixes: vec![by_hand(title, Vec::new())],
                ..RULE.finding(
                    span,
                    format!("likely: {} of `{}` is empty", quoted(&variable.name), service.name),
                )
            });
        }
    }
    res
}

/// The values in which a gap goes unnoticed, and what each is.
fn values(service: &Service) -> Vec<(String, &Traced)> {
    let binds = service.binds.iter().flat_map(|bind| {
        [("the bind's source".to_owned(), &bind.source), ("the target".to_owned(), &bind.target)]
    });
    let uris = service.environment.iter().filter_map(|variable| {
        let value = variable.value.as_ref()?;
        value.as_str().contains("://").then(|| (quoted(&variable.name), value))
    });
    binds.chain(uris).collect()
}

fn gap(setup: &Setup, what: &str, value: &Traced, reference: &Reference) -> Option<Diagnostic> {
    let name = quoted(&reference.name);
    let at = reference.at?;
    Some(Diagnostic {
        detail: format!(
            "Compose puts an empty text in its place, with no more than a warning. Set {name} in \
             `{}`; with `${{{}:?}}` Compose would stop.",
            setup.env_name(),
            reference.name
        ),
        ..RULE.finding(at, format!("{name} is not set, so {what} is `{}`", value.as_str()))
    })
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_gap_in_a_path_and_in_a_uri() {
        check(
            r#"
#- compose.yaml
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: "qemu+ssh://$USER_IN_VM@host.docker.internal:$PORT/system"
      LEVEL: $LEVEL
    volumes: ["/srv/$STAGE/jobs:/jobs"]
#- .env
PORT=20022
#- error
time="2026-01-09T10:00:00Z" level=warning msg="The \"STAGE\" variable is not set. Defaulting to a blank string."
"#,
            &expect![[r#"
                warning[variable-unset] compose.yaml:7:21: `STAGE` is not set, so the bind's source is `/srv//jobs`
                  error:1:54: Compose warns of it
                warning[variable-unset] compose.yaml:5:32: `USER_IN_VM` is not set, so `LIBVIRT_URI` is `qemu+ssh://@host.docker.internal:20022/system`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            "#]],
        );
    }

    #[test]
    fn a_uri_that_is_empty() {
        for (uri, env) in [
            ("${LIBVIRT_URI}", "A=1"),
            ("$LIBVIRT_URI", "LIBVIRT_URI="),
            ("${LIBVIRT_URI-}", "A=1"),
        ] {
            let files = format!(
                "#- lima.yaml\nssh: {{localPort: 20022}}\n#- compose.yaml\nservices:\n  api:\n    \
                 environment:\n      LIBVIRT_URI: {uri}\n#- .env\n{env}\n"
            );
            let report = crate::diagnose(&crate::rules::testing::input(&files)).report;
            let found = report.findings.iter().find(|f| f.rule == RULE.name);
            let message = found.map(|f| f.message.as_str());
            assert_eq!(message, Some("likely: `LIBVIRT_URI` of `api` is empty"), "{files}");
        }
        check_clean(
            &RULE,
            "#- compose.yaml\nservices: {api: {environment: {LIBVIRT_URI: $LIBVIRT_URI}}}\n#- .env\nA=1\n",
        );
    }

    #[test]
    fn what_compose_reports_of_files_that_are_not_pasted() {
        check(
            "#- error\nlevel=warning msg=\"The \\\"JOBS\\\" variable is not set. Defaulting to a blank string.\"\n",
            &expect![[r#"
                warning[variable-unset] error:1:26: Compose reports that `JOBS` is not set
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn defaults_and_a_missing_env_file_leave_no_gap() {
        for fixture in [
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['/srv/${STAGE:-dev}:/x']}}\n#- .env\nA=1\n",
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['/srv/$STAGE/a:/x']}}\n",
            "#- compose.yaml\nservices: {api: {image: $IMAGE, environment: {LEVEL: $LEVEL}}}\n#- .env\nA=1\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
