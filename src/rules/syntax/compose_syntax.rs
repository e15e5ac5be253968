#![doc = include_str!("compose_syntax.md")]

use super::{finding, yaml_errors};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::syntax::SyntaxError;
use crate::text::FileKind;
use crate::topology::Setup;

/// Compose cannot read the file.
pub const RULE: Rule = Rule {
    name: "compose-syntax",
    severity: Severity::Error,
    summary: "Compose cannot read the Compose file as it is written",
    docs: include_str!("compose_syntax.md"),
    covers: &["D2", "D5", "D9", "D11"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    // Without an environment file, what comes of a variable that it may set is nobody's mistake.
    let may_be_set = |error: &SyntaxError| {
        let unset = setup.compose.unset.iter().filter_map(|reference| reference.at);
        (setup.env_file.is_none() || setup.compose.may_be_set(error.span))
            && (error.message.contains("is missing a value")
                || unset.into_iter().any(|at| error.span.contains(at)))
    };
    let settings = setup.compose.errors.iter().filter(|error| !may_be_set(error));
    let is_read = |error: &&SyntaxError| !setup.compose.unread.contains(&error.span.file);
    yaml_errors(setup, FileKind::Compose)
        .filter(is_read)
        .chain(settings)
        .map(|error| finding(&RULE, error))
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::rules::testing::check;

    #[test]
    fn each_place_that_compose_refuses() {
        check(
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    volumes:\n    - jobs:/jobs\n    - ':/x'\n  api:\n    image: ${IMAGE?}\n",
            &expect![[r#"
                error[compose-syntax] compose.yaml:7:3: `api` is given twice, first in line 2
                error[compose-syntax] compose.yaml:5:7: service "api" refers to undefined volume jobs: invalid compose project
                error[compose-syntax] compose.yaml:6:7: invalid spec: :/x: empty section between colons
                unchecked: what `.env` sets for the variables in the Compose file (paste `.env`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the file that sets it, such as `.env`)
            "#]],
        );
    }

    #[test]
    fn a_reference_on_the_same_line_hides_no_slip() {
        check(
            "#- compose.yaml\nservices:\n  api: {image: \"a:${TAG}\", volumez: []}\n#- .env\nTAG=1\n",
            &expect![[r#"
                error[compose-syntax] compose.yaml:2:28: services.api additional properties 'volumez' not allowed
                  fix mend: Write `volumes`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
                --- compose.yaml
                -  api: {image: "a:${TAG}", volumez: []}
                +  api: {image: "a:${TAG}", volumes: []}
            "#]],
        );
    }
}
