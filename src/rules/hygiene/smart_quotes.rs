#![doc = include_str!("smart_quotes.md")]

use super::{Told, unseen_finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::intake::Unseen;
use crate::rules::Rule;
use crate::topology::Setup;

/// Curly quotes stand around a value.
pub const RULE: Rule = Rule {
    name: "smart-quotes",
    severity: Severity::Warning,
    summary: "curly quotes stand around a value, and become a part of it",
    docs: include_str!("smart_quotes.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let told = Told {
        kinds: &[Unseen::Quote],
        what: "curly quotes around a value",
        detail: "To the program they are a part of the value.",
        title: "Write straight quotes",
        is_surely_meant: true,
    };
    unseen_finding(setup, &RULE, &told)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn values_between_curly_quotes() {
        check(
            r#"
#- lima.yaml
mounts:
- location: “/srv/jobs”
  mountPoint: ‘/jobs’ # “jobs”
#- .env
A=„x“
"#,
            &expect![[r#"
                error[lima-setting-refused] lima.yaml:2:13: field `mounts[0].location` must be an absolute path, got `“/srv/jobs”`
                error[lima-setting-refused] lima.yaml:3:15: field mounts[0] must be absolute, got `‘/jobs’`
                warning[smart-quotes] lima.yaml:2:13: `lima.yaml` has curly quotes around a value (U+201C)
                  lima.yaml:2:23: U+201D
                  lima.yaml:3:15: U+2018
                  lima.yaml:3:21: U+2019
                  fix clean: Write straight quotes
                warning[smart-quotes] .env:1:3: `.env` has curly quotes around a value (U+201E)
                  .env:1:5: U+201C
                  fix clean: Write straight quotes
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -- location: “/srv/jobs”
                -  mountPoint: ‘/jobs’ # “jobs”
                +- location: "/srv/jobs"
                +  mountPoint: '/jobs' # “jobs”
                --- .env
                -A=„x“
                +A="x"
            "#]],
        );
    }

    #[test]
    fn sentences_keep_theirs() {
        check_clean(&RULE, "#- lima.yaml\n# “a”\nmessage: Say “hello”, or “bye”\n");
        check_clean(&RULE, "#- .env\nA=it’s\n");
    }
}
