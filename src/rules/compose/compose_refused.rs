#![doc = include_str!("compose_refused.md")]

use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::Rule;
use crate::text::FileKind;
use crate::topology::Setup;

/// Compose said that it refuses the project.
pub const RULE: Rule = Rule {
    name: "compose-refused",
    severity: Severity::Error,
    summary: "Compose reported why it does not start the project",
    docs: include_str!("compose_refused.md"),
    covers: &["D8", "D12"],
    check,
};

/// What Compose reported, with `{}` for what it names, and what to do.
const REPORTS: [(Message, &str, &str); 9] = [
    (
        Message::UndefinedVolume,
        "the volume `{}` is declared nowhere",
        "Declare it under the top-level `volumes`, or write `./` before it if a directory is meant.",
    ),
    (
        Message::EmptySection,
        "a part of the volume `{}` is empty",
        "A variable in it is not set: give it a value in `.env`.",
    ),
    (
        Message::VariableRequired,
        "the variable `{}` must have a value",
        "Set it in the `.env` beside the Compose file, or in the shell that runs Compose.",
    ),
    (
        Message::KeyNotAllowed,
        "the key `{}` is not one that Compose knows there",
        "Look for a slip in its spelling, or in the indentation above it.",
    ),
    (Message::TargetTwice, "two volumes have the target `{}`", "Remove one of the two."),
    (
        Message::NetworkModeWithNetworks,
        "`network_mode` and `networks` exclude each other",
        "Keep one of the two keys in that service.",
    ),
    (
        Message::VolumeDiffers,
        "the volume `{}` was made with other settings",
        "It keeps its old ones until it is removed, and with it what it holds: copy that out first.",
    ),
    (
        Message::DependencyLeftOut,
        "the service `{}` is needed and not there",
        "Its profile may leave it out: name that with `--profile`, or in `COMPOSE_PROFILES`.",
    ),
    (
        Message::BindSourceMissing,
        "the directory `{}` to bind is not there",
        "Make it on the host, or let the engine do so by leaving `create_host_path` out.",
    ),
];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let report = |(message, what, advice): &(Message, &str, &str)| {
        let all: Vec<&KnownMessage> = setup.errors.reports(*message).collect();
        // The same report with and without what it names is one.
        let named = all.iter().any(|known| !known.value.is_empty());
        let all = all.into_iter().filter(move |known| !named || !known.value.is_empty());
        all.map(|known| finding(setup, known, what, advice)).collect::<Vec<_>>()
    };
    REPORTS.iter().flat_map(report).collect()
}

fn finding(setup: &Setup, known: &KnownMessage, what: &str, advice: &str) -> Diagnostic {
    let what = match known.value.as_str() {
        "" => what.replace(" `{}`", ""),
        value => what.replace("{}", value),
    };
    let pasted = setup.sources.of_kind(FileKind::Compose).next().is_some();
    let shown = !setup.compose.errors.is_empty();
    let doubt = match pasted && !shown {
        true => {
            " The pasted Compose file does not show it: it may have changed since, or another is meant."
        }
        false => "",
    };
    Diagnostic {
        severity: if pasted && !shown { Severity::Warning } else { Severity::Error },
        detail: format!("{advice}{doubt}"),
        ..RULE.finding(known.span, format!("Compose reports that {what}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn each_report_is_told_once() {
        check(
            r#"
#- error
service "api" refers to undefined volume jobs: invalid compose project
invalid spec: :/jobs: empty section between colons
error while interpolating services.api.environment.LIBVIRT_URI: required variable LIBVIRT_URI is missing a value: see README
validating /srv/compose.yaml: services.api additional properties 'volumez' not allowed
services.api.volumes[1]: target /data already mounted as services.api.volumes[0]
service "api" declares mutually exclusive `network_mode` and `networks`: invalid compose project
Volume "lab_jobs" exists but doesn't match configuration in compose file. Recreate (data will be lost)?
service "api" depends on undefined service "db": invalid compose project
"#,
            &expect![[r#"
                error[compose-refused] error:1:42: Compose reports that the volume `jobs` is declared nowhere
                error[compose-refused] error:2:23: Compose reports that a part of the volume is empty
                error[compose-refused] error:3:83: Compose reports that the variable `LIBVIRT_URI` must have a value
                error[compose-refused] error:4:67: Compose reports that the key `volumez` is not one that Compose knows there
                error[compose-refused] error:5:33: Compose reports that two volumes have the target `/data`
                error[compose-refused] error:6:15: Compose reports that `network_mode` and `networks` exclude each other
                error[compose-refused] error:7:9: Compose reports that the volume `lab_jobs` was made with other settings
                error[compose-refused] error:8:45: Compose reports that the service `db` is needed and not there
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_file_that_does_not_show_it_leaves_a_doubt() {
        check(
            r#"
#- compose.yaml
services: {api: {image: api}}
#- error
service "api" refers to undefined volume jobs: invalid compose project
"#,
            &expect![[r#"
                warning[compose-refused] error:1:42: Compose reports that the volume `jobs` is declared nowhere
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn without_a_report_there_is_nothing_to_tell() {
        check_clean(&RULE, "#- compose.yaml\nservices: {api: {image: api}}\n");
    }
}
