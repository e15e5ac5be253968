#![doc = include_str!("env_file_not_read.md")]

use std::collections::BTreeSet;

use super::{references, values};
use crate::diagnostic::{Diagnostic, Evidence, Severity, Step};
use crate::rules::{Rule, by_hand};
use crate::text::ValueFrom;
use crate::topology::Setup;
use crate::topology::terminal::ComposeCommand;

/// The pasted environment file has a name that Compose does not look for.
pub const RULE: Rule = Rule {
    name: "env-file-not-read",
    severity: Severity::Hint,
    summary: "Compose reads `.env`, and the pasted file has another name",
    docs: include_str!("env_file_not_read.md"),
    covers: &["C11"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    finding(setup).into_iter().collect()
}

fn finding(setup: &Setup) -> Option<Diagnostic> {
    let (file, entries) = setup.env_file.as_ref()?;
    let name = setup.sources.short_name(*file);
    let is_other = name.starts_with(".env.") || (name.ends_with(".env") && name != ".env");
    let listed = |path: &str| crate::text::short_name(path) == name;
    let services = setup.compose.services.iter();
    let by_service =
        services.flat_map(|service| &service.env_files).any(|file| listed(file.path.as_str()));
    let by_command = setup.terminal.compose.iter().flat_map(ComposeCommand::env_files).any(listed);
    let by_shell = setup.answers.shell.get("COMPOSE_ENV_FILES");
    let by_shell = by_shell.is_some_and(|files| files.split(',').any(listed));
    if !is_other || by_service || by_command || by_shell {
        return None;
    }
    let from_here: BTreeSet<&str> = values(setup)
        .flat_map(|(_, value, _)| value.references())
        .filter(|reference| reference.from == ValueFrom::EnvFile)
        .map(|reference| reference.name.as_str())
        .collect();
    let entry = entries.entries.iter().find(|entry| from_here.contains(entry.key.as_str()))?;
    let used = references(setup, &entry.key);
    let (service, _, place) = *used.first()?;
    Some(Diagnostic {
        detail: "Compose looks for a file named just `.env`, beside the Compose file. Here it is \
                 taken for read."
            .to_owned(),
        evidence: vec![
            Evidence::new(place, format!("`{service}` takes `{}` from here", entry.key)),
            Evidence::new(entry.key_span, format!("only `{name}` sets it")),
        ],
        fixes: vec![by_hand(
            format!("Start Compose with `--env-file {name}`, or name the file `.env`"),
            vec![Step::RecreateService(service.to_owned())],
        )],
        ..RULE.finding(
            entry.key_span,
            format!("Compose reads `.env`, and `{name}` only with `--env-file {name}`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const COMPOSE: &str = "#- compose.yaml\nservices:\n  api: {environment: {A: \"${A}\"}}\n";

    #[test]
    fn another_name_is_told_once() {
        check(
            &format!("#- .env.lima\nB=2\nA=1\n{COMPOSE}"),
            &expect![[r#"
            hint[env-file-not-read] .env.lima:2:1: Compose reads `.env`, and `.env.lima` only with `--env-file .env.lima`
              compose.yaml:2:23: `api` takes `A` from here
              .env.lima:2:1: only `.env.lima` sets it
              fix by-hand: Start Compose with `--env-file .env.lima`, or name the file `.env`
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
        "#]],
        );
    }

    #[test]
    fn a_file_that_is_named_somewhere_is_read() {
        for fixture in [
            format!("#- .env\nA=1\n{COMPOSE}"),
            format!("#- .env.lima\nB=1\n{COMPOSE}"),
            format!(
                "#- .env.lima\nA=1\n{COMPOSE}#- error\n$ docker compose --env-file .env.lima up -d\n"
            ),
            format!(
                "#- answers\n--set COMPOSE_ENV_FILES=a.env,.env.lima\n#- .env.lima\nA=1\n{COMPOSE}"
            ),
            "#- api.env\nA=1\n#- compose.yaml\nservices:\n  api: {env_file: ./api.env}\n"
                .to_owned(),
        ] {
            check_clean(&RULE, &fixture);
        }
    }
}
