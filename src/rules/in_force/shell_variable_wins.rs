#![doc = include_str!("shell_variable_wins.md")]

use super::references;
use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::rules::{Rule, by_hand};
use crate::text::{Span, ValueFrom};
use crate::topology::Setup;

/// A variable of the shell wins over the entry in `.env`.
pub const RULE: Rule = Rule {
    name: "shell-variable-wins",
    severity: Severity::Warning,
    summary: "a variable of the shell wins over the entry in `.env`",
    docs: include_str!("shell_variable_wins.md"),
    covers: &["C10"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for (name, value) in &setup.answers.shell {
        let other = entry(setup, name).filter(|(_, written)| written != value);
        if let Some((span, _)) = other {
            res.extend(finding(setup, name, span, None));
        }
    }
    for export in &setup.terminal.exports {
        if setup.answers.shell.contains_key(&export.name) {
            continue;
        }
        match entry(setup, &export.name) {
            Some((_, written)) if written == export.value => {}
            Some((span, _)) => res.extend(finding(setup, &export.name, span, Some(export.span))),
            // Without an entry, a default of the Compose file loses.
            None => {
                let is_default = |(_, reference, _): &(&str, &crate::text::Reference, Span)| {
                    matches!(reference.from, ValueFrom::Default | ValueFrom::Unset)
                };
                let found = references(setup, &export.name).into_iter().find(is_default);
                if let Some((_, reference, span)) = found {
                    let at = reference.at.unwrap_or(span);
                    res.extend(finding(setup, &export.name, at, Some(export.span)));
                }
            }
        }
    }
    res
}

/// The entry of `.env` with a name, and its value.
fn entry<'a>(setup: &'a Setup, name: &str) -> Option<(Span, &'a str)> {
    let (_, file) = setup.env_file.as_ref()?;
    let entry = file.get(name)?;
    let (_, value) = setup.environment.variables.iter().find(|(key, _)| key == name)?;
    Some((entry.key_span, value.as_str()))
}

fn finding(setup: &Setup, name: &str, at: Span, export: Option<Span>) -> Option<Diagnostic> {
    let used = references(setup, name);
    let (service, _, place) = *used.first()?;
    let file = setup.sources.short_name(at.file);
    let likely = if export.is_some() { "likely: " } else { "" };
    let mut evidence = vec![
        Evidence::new(place, format!("`{service}` takes `{name}` from here")),
        Evidence::new(at, format!("`{file}` does not count for it")),
    ];
    evidence.extend(export.map(|span| Evidence::new(span, "the shell has another value")));
    let mut services: Vec<&str> = used.iter().map(|(service, ..)| *service).collect();
    services.dedup();
    let steps = services.into_iter().map(|name| Step::RecreateService(name.to_owned())).collect();
    Some(Diagnostic {
        detail: "Compose takes what the shell exports first, even where it is empty; \
                 `docker compose config --environment` shows what it takes."
            .to_owned(),
        evidence,
        fixes: vec![by_hand(
            format!(
                "Run `unset {name}` in the shell that starts Compose, then recreate the container"
            ),
            steps,
        )],
        ..RULE.finding(at, format!("{likely}the shell's `{name}` wins over the one in `{file}`"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn an_export_in_a_pasted_terminal_is_a_likely_cause() {
        check(
            r#"
#- .env
LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system
#- docker-compose.yml
services:
  api:
    environment:
      - LIBVIRT_URI
#- error
me@mac api % export LIBVIRT_URI=qemu:///system
me@mac api % docker compose up -d
"#,
            &expect![[r#"
                warning[shell-variable-wins] .env:1:1: likely: the shell's `LIBVIRT_URI` wins over the one in `.env`
                  docker-compose.yml:4:9: `api` takes `LIBVIRT_URI` from here
                  .env:1:1: `.env` does not count for it
                  error:1:14: the shell has another value
                  fix by-hand: Run `unset LIBVIRT_URI` in the shell that starts Compose, then recreate the container
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
            "#]],
        );
    }

    #[test]
    fn what_the_reader_says_of_the_shell_is_certain() {
        check(
            r#"
#- answers
--set JOBS_DIR=/tmp/jobs
#- .env
JOBS_DIR=/srv/jobs
#- docker-compose.yml
services:
  api:
    volumes: ["${JOBS_DIR}:/data"]
"#,
            &expect![[r#"
                warning[shell-variable-wins] .env:1:1: the shell's `JOBS_DIR` wins over the one in `.env`
                  docker-compose.yml:3:15: `api` takes `JOBS_DIR` from here
                  .env:1:1: `.env` does not count for it
                  fix by-hand: Run `unset JOBS_DIR` in the shell that starts Compose, then recreate the container
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn the_same_value_or_another_variable_is_left_alone() {
        for (answers, shell) in [
            ("--set A=1", ""),
            ("--set OTHER=2", ""),
            ("", "$ export A=1"),
            ("", "$ export A=2\n$ unset A"),
            ("", "$ export OTHER=2"),
        ] {
            check_clean(
                &RULE,
                &format!(
                    "#- answers\n{answers}\n#- .env\nA=1\nOTHER_ENTRY=3\n#- \
                     compose.yaml\nservices:\n  api: {{environment: {{A: \"${{A}}\"}}}}\n#- \
                     error\n{shell}\n"
                ),
            );
        }
    }
}
