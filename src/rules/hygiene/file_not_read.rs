#![doc = include_str!("file_not_read.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::{Rule, by_hand};
use crate::text::{FileId, FileKind, SourceFile, Span};
use crate::topology::Setup;

/// A second `lima.yaml`.
pub const RULE: Rule = Rule {
    name: "file-not-read",
    severity: Severity::Warning,
    summary: "of several `lima.yaml`, only the first is read",
    docs: include_str!("file_not_read.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some(lima) = &setup.lima else { return Vec::new() };
    let (text, name) = (setup.sources.text(lima.file).trim(), setup.sources.name(lima.file));
    let others = setup.sources.of_kind(FileKind::Lima).filter(|(id, file)| {
        let other = file.text.trim();
        *id != lima.file && !other.is_empty() && other != text
    });
    let finding = |(id, file): (FileId, &SourceFile)| {
        let message = match file.name == name {
            true => format!("of the files `{name}` only the first is read"),
            false => format!("`{}` is not read beside `{name}`", file.name),
        };
        Diagnostic {
            detail: "A VM has one file, `~/.lima/NAME/lima.yaml`; `limactl list` shows the \
                     directory. A template is not read again once the VM is made."
                .to_owned(),
            evidence: vec![Evidence::new(Span::at(lima.file, 0), "this one is read")],
            fixes: vec![by_hand("Paste only the file of the VM that fails", Vec::new())],
            ..RULE.finding(Span::at(id, 0), message)
        }
    };
    others.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_first_counts() {
        check(
            "#- lima.yaml\nmounts: []\n#- lima.yaml\nmounts: []\nplain: true\n",
            &expect![[r#"
                warning[file-not-read] lima.yaml:1:1: of the files `lima.yaml` only the first is read
                  lima.yaml:1:1: this one is read
                  fix by-hand: Paste only the file of the VM that fails
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn the_same_file_twice_says_nothing_new() {
        check_clean(&RULE, "#- lima.yaml\nmounts: []\n#- lima.yaml\nmounts: []\n\n");
        check_clean(&RULE, "#- lima.yaml\nmounts: []\n#- lima.yaml\n\n");
    }
}
