#![doc = include_str!("env_syntax.md")]

use super::finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::syntax::SyntaxError;
use crate::text::Span;
use crate::topology::Setup;

/// Compose cannot read `.env`, or another environment file.
pub const RULE: Rule = Rule {
    name: "env-syntax",
    severity: Severity::Error,
    summary: "Compose cannot read `.env` as it is written",
    docs: include_str!("env_syntax.md"),
    covers: &[],
    check,
};

/// More errors than anyone reads; those behind them are not told.
const MOST: usize = 100;

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut all: Vec<SyntaxError> = Vec::new();
    if let Some((file, env)) = &setup.env_file {
        all.extend(env.errors.iter().cloned());
        all.extend(setup.environment.errors.iter().map(|error| SyntaxError {
            span: error.span.unwrap_or(Span::at(*file, 0)),
            message: error.message.clone(),
            help: String::new(),
            fix: None,
        }));
    }
    all.iter()
        .chain(&setup.compose.env_errors)
        .take(MOST)
        .map(|error| finding(setup, &RULE, error))
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::rules::testing::check;

    #[test]
    fn each_line_that_compose_refuses() {
        check(
            "#- .env\nA=1\nmy var=2\nB=${A\nC='it''s'\n",
            &expect![[r#"
            error[env-syntax] .env:2:1: line 2: key cannot contain a space
            error[env-syntax] .env:4:7: line 4: unexpected character "'" in variable name "'s'"
            error[env-syntax] .env:3:3: Invalid template: "${A"
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn a_quote_without_its_end_is_closed_where_that_is_certain() {
        check(
            "#- .env\nA=\"x\nB=2\n",
            &expect![[r#"
            error[env-syntax] .env:1:3: line 3: unterminated quoted value "x
              fix mend: Close the value with `"`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            --- .env
            -A="x
            +A="x"
        "#]],
        );
    }
}
