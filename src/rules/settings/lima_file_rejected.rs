#![doc = include_str!("lima_file_rejected.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::intake::error_text::Message;
use crate::rules::Rule;
use crate::text::{FileKind, Span};
use crate::topology::Setup;

/// Lima laid an edited file by, and runs the VM with the old one.
pub const RULE: Rule = Rule {
    name: "lima-file-rejected",
    severity: Severity::Error,
    summary: "Lima refused an edited `lima.yaml`, and the VM has the old one",
    docs: include_str!("lima_file_rejected.md"),
    covers: &["M19"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let file = setup
        .sources
        .of_kind(FileKind::Lima)
        .find(|(_, file)| file.short_name().eq_ignore_ascii_case("lima.REJECTED.yaml"));
    let mut told = setup.errors.reports(Message::EditRejected).map(|known| known.span);
    let told = told.next();
    let Some(span) = file.map(|(id, _)| Span::at(id, 0)).or(told) else { return Vec::new() };
    let message = match file {
        Some((id, _)) => {
            format!("`{}` was never in effect: Lima refused it", setup.sources.short_name(id))
        }
        None => "Lima refused the edited file, so nothing of it is in effect".to_owned(),
    };
    vec![Diagnostic {
        detail: "Lima writes a file that it refuses beside where you ran it, and the VM keeps the \
                 one that it had. Mend what it refuses, and edit again; the file in use is \
                 `~/.lima/NAME/lima.yaml`."
            .to_owned(),
        evidence: told.map(|at| Evidence::new(at, "what Lima reported")).into_iter().collect(),
        ..RULE.finding(span, message)
    }]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn what_lima_reported() {
        check(
            "#- error\nlevel=fatal msg=\"the YAML is invalid, saved the buffer as \\\"lima.REJECTED.yaml\\\": field `mounts[0].mountPoint` must not start with \\\"~\\\"\"\n",
            &expect![[r#"
                error[lima-file-rejected] error:1:61: Lima refused the edited file, so nothing of it is in effect
                  error:1:61: what Lima reported
                error[lima-reported] error:1:90: Lima refuses the setting `mounts[0].mountPoint`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn other_files_and_errors() {
        check_clean(&RULE, "#- lima.yaml\ncpus: 2\n#- error\nlima.yaml is fine\n");
    }
}
