#![doc = include_str!("target_bound_twice.md")]

use crate::config::compose::ReplacedVolume;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::Rule;
use crate::topology::Setup;

/// Two volumes of one list have the same target.
pub const RULE: Rule = Rule {
    name: "target-bound-twice",
    severity: Severity::Warning,
    summary: "a volume takes no effect, since a later one has the same target",
    docs: include_str!("target_bound_twice.md"),
    covers: &["D6"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let differ = |one: &&ReplacedVolume| {
        let text = |span: crate::text::Span| setup.sources.text(span.file).get(span.range());
        text(one.span) != text(one.by)
    };
    setup.compose.replaced.iter().filter(differ).map(finding).collect()
}

fn finding(replaced: &ReplacedVolume) -> Diagnostic {
    let ReplacedVolume { service, target, span, by } = replaced;
    Diagnostic {
        detail: "Compose merges nothing here: the later entry counts, whole. Remove the other."
            .to_owned(),
        evidence: vec![
            Evidence::new(*span, "this entry takes no effect"),
            Evidence::new(*by, "this one counts"),
        ],
        ..RULE.finding(*span, format!("`{service}` has two volumes at `{target}`"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_later_one_counts() {
        check(
            r#"
#- compose.yaml
services:
  api:
    image: api
    volumes:
      - /srv/old:/jobs/
      - /srv/logs:/logs
      - /srv/new:/jobs
"#,
            &expect![[r#"
                warning[target-bound-twice] compose.yaml:5:9: `api` has two volumes at `/jobs`
                  compose.yaml:5:9: this entry takes no effect
                  compose.yaml:7:9: this one counts
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn an_override_and_a_repetition_are_meant() {
        for fixture in [
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['/a:/x']}}\n#- compose.override.yaml\nservices: {api: {volumes: ['/b:/x']}}\n",
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['/a:/x', '/a:/x']}}\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
