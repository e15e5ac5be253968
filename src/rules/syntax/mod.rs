//! What the programs that read the files would refuse.

pub mod compose_syntax;
pub mod env_syntax;
pub mod lima_setting_refused;
pub mod lima_syntax;

use super::Rule;
use crate::diagnostic::{Applicability, Diagnostic, Fix};
use crate::syntax::SyntaxError;
use crate::text::FileKind;
use crate::topology::Setup;
use crate::words::capitalised;

/// The errors of every pasted YAML file of one kind.
fn yaml_errors(setup: &Setup, kind: FileKind) -> impl Iterator<Item = &SyntaxError> {
    setup
        .yaml
        .iter()
        .filter(move |(id, _)| setup.sources.get(*id).is_some_and(|file| file.kind == kind))
        .flat_map(|(_, yaml)| &yaml.errors)
}

/// A syntax error as a finding of `rule`. Where the text breaks off, what would mend it is not
/// surely what was there.
fn finding(setup: &Setup, rule: &Rule, error: &SyntaxError) -> Diagnostic {
    let applicability = match setup.condition.is_broken_off(error.span) {
        true => Applicability::Review,
        false => Applicability::Safe,
    };
    let fix = error.fix.clone().map(|edit| Fix {
        name: "mend",
        title: if error.help.is_empty() { "Mend it".to_owned() } else { capitalised(&error.help) },
        suits: "",
        applicability,
        edits: vec![edit],
        steps: Vec::new(),
    });
    Diagnostic {
        detail: if error.help.is_empty() {
            String::new()
        } else {
            format!("{}.", capitalised(&error.help))
        },
        fixes: fix.into_iter().collect(),
        ..rule.finding(error.span, error.message.clone())
    }
}
