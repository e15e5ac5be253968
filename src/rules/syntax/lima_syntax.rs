#![doc = include_str!("lima_syntax.md")]

use super::{finding, yaml_errors};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::syntax::SyntaxError;
use crate::text::{Edit, FileId, FileKind, Span};
use crate::topology::Setup;

/// Lima cannot read the file.
pub const RULE: Rule = Rule {
    name: "lima-syntax",
    severity: Severity::Error,
    summary: "Lima cannot read `lima.yaml` as it is written",
    docs: include_str!("lima_syntax.md"),
    covers: &["M19", "S6"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mark = setup.lima.iter().filter_map(|lima| byte_order_mark(setup, lima.file));
    let settings = setup.lima.iter().flat_map(|lima| &lima.errors);
    yaml_errors(setup, FileKind::Lima)
        .chain(settings)
        .cloned()
        .chain(mark)
        .map(|error| finding(setup, &RULE, &error))
        .collect()
}

/// Lima takes a byte order mark for a part of the first key (goccy/go-yaml), so that setting is
/// lost, or the file does not load.
fn byte_order_mark(setup: &Setup, file: FileId) -> Option<SyntaxError> {
    const MARK: char = '\u{feff}';
    let span = Span::new(file, 0, MARK.len_utf8());
    setup.sources.text(file).starts_with(MARK).then(|| SyntaxError {
        span,
        message:
            "the file starts with a byte order mark, which Lima takes for a part of the first key"
                .to_owned(),
        help: "save the file as UTF-8 without a mark".to_owned(),
        fix: Some(Edit::replace(span, "")),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::rules::testing::check;

    #[test]
    fn each_place_that_lima_refuses() {
        check(
            "#- lima.yaml\nssh:\n\tlocalPort: 2222\nmounts: /srv\nssh: {}\n",
            &expect![[r#"
            error[lima-syntax] lima.yaml:2:1: a tab stands where only spaces may
              fix mend: Indent with spaces
            error[lima-syntax] lima.yaml:4:1: `ssh` is given twice, first in line 1
            error[lima-syntax] lima.yaml:3:9: `mounts` must be a list
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            --- lima.yaml
            -	localPort: 2222
            +  localPort: 2222
        "#]],
        );
    }

    #[test]
    fn settings_of_the_wrong_type() {
        check(
            "#- lima.yaml\nmounts:\n- location: /srv\n  writable: \"true\"\nssh:\n  localPort: 70000\n",
            &expect![[r#"
                error[lima-syntax] lima.yaml:3:13: `writable` must be `true` or `false`
                error[lima-setting-refused] lima.yaml:5:14: field `ssh.localPort` must be < 65536
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn a_byte_order_mark_is_taken_away() {
        check(
            "#- lima.yaml\n\u{feff}vmType: qemu\n",
            &expect![[r#"
            error[lima-syntax] lima.yaml:1:1: the file starts with a byte order mark, which Lima takes for a part of the first key
              fix mend: Save the file as UTF-8 without a mark
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            --- lima.yaml
            -﻿vmType: qemu
            +vmType: qemu
        "#]],
        );
    }
}
