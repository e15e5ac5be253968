#![doc = include_str!("lines_wrapped.md")]

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::intake::Wrapped;
use crate::rules::Rule;
use crate::text::{Edit, FileId, Span};
use crate::topology::Setup;

/// A value goes on in the next line.
pub const RULE: Rule = Rule {
    name: "lines-wrapped",
    severity: Severity::Warning,
    summary: "a path or a URI goes on in the next line",
    docs: include_str!("lines_wrapped.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    setup.condition.wrapped.iter().map(|(file, one)| finding(setup, *file, one)).collect()
}

fn finding(setup: &Setup, file: FileId, wrapped: &Wrapped) -> Diagnostic {
    let name = setup.sources.short_name(file);
    let span = Span::of(file, wrapped.range.clone());
    let lines = match wrapped.breaks.len() {
        1 => "the next line".to_owned(),
        count => format!("the next {count} lines"),
    };
    let join = |range: &std::ops::Range<usize>| Edit::replace(Span::of(file, range.clone()), "");
    Diagnostic {
        detail: "A terminal or a mail wraps long lines. What the value leads to is checked once \
                 it is whole."
            .to_owned(),
        fixes: vec![Fix {
            name: "join",
            title: "Join the lines".to_owned(),
            suits: "",
            applicability: Applicability::Review,
            edits: wrapped.breaks.iter().map(join).collect(),
            steps: Vec::new(),
        }],
        ..RULE.finding(span, format!("likely: a value in `{name}` goes on in {lines}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_wrapped_value_is_joined_and_not_judged() {
        check(
            r#"
#- lima.yaml
mounts:
- location: "/Users/ada/a-directory-with-a-lo
  ng-name/jobs"
  mountPoint: /srv/jobs
  writable: true
ssh:
  localPort: 20022
#- .env
URI=qemu+ssh://ada@host.docker.internal:20022/sys
tem?no_tty=1
#- compose.yaml
services:
  api:
    image: api
    volumes:
    - /Users/ada/a-directory-with-a-long-name/jobs:/srv/
      jobs
    environment:
      LIBVIRT_URI: $URI
"#,
            &expect![[r#"
                error[env-syntax] .env:2:4: line 2: unexpected character "?" in variable name "tem?no_tty=1"
                warning[lines-wrapped] lima.yaml:2:1: likely: a value in `lima.yaml` goes on in the next line
                  fix join: Join the lines
                warning[lines-wrapped] .env:1:1: likely: a value in `.env` goes on in the next line
                  fix join: Join the lines
                warning[lines-wrapped] compose.yaml:5:5: likely: a value in `compose.yaml` goes on in the next line
                  fix join: Join the lines
                unchecked: which directories of `api` libvirt opens files in: no variable and no error names one that it binds (paste the error, or the variable that holds the path)
                --- lima.yaml
                -- location: "/Users/ada/a-directory-with-a-lo
                -  ng-name/jobs"
                +- location: "/Users/ada/a-directory-with-a-long-name/jobs"
                --- .env
                -URI=qemu+ssh://ada@host.docker.internal:20022/sys
                -tem?no_tty=1
                +URI=qemu+ssh://ada@host.docker.internal:20022/system?no_tty=1
                --- compose.yaml
                -    - /Users/ada/a-directory-with-a-long-name/jobs:/srv/
                -      jobs
                +    - /Users/ada/a-directory-with-a-long-name/jobs:/srv/jobs
            "#]],
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_for_it() {
        check(
            r#"
#- compose.yaml
services:
  api:
    image: api
    environment:
      LIBVIRT_URI: qemu+ssh://ada@host.docker.internal:20022/sys
tem?no_tty=1
"#,
            &expect![[r#"
                error[compose-syntax] compose.yaml:6:1: the line is neither a key with a colon nor a list item
                warning[lines-wrapped] compose.yaml:5:7: likely: a value in `compose.yaml` goes on in the next line
                  fix join: Join the lines
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://ada@host.docker.internal:20022/sys
                -tem?no_tty=1
                +      LIBVIRT_URI: qemu+ssh://ada@host.docker.internal:20022/system?no_tty=1
            "#]],
        );
    }

    #[test]
    fn values_on_lines_of_their_own() {
        for fixture in [
            "#- .env\nURI=qemu+ssh://ada@host.docker.internal:20022/system\nHTTP_PROXY\n",
            "#- lima.yaml\nmounts:\n- location:\n    /Users/ada/a-directory-with-a-long-name\n",
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    command: /usr/local/bin/serve-the-jobs\n      --now\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
