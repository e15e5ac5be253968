#![doc = include_str!("file_truncated.md")]

use super::MOST_SHOWN;
use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::{Rule, by_hand};
use crate::text::{FileId, Span};
use crate::topology::Setup;

/// A part of a file was left out.
pub const RULE: Rule = Rule {
    name: "file-truncated",
    severity: Severity::Warning,
    summary: "a part of a file was left out when it was pasted",
    docs: include_str!("file_truncated.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    setup.sources.iter().filter_map(|(id, _)| finding(setup, id)).collect()
}

fn finding(setup: &Setup, file: FileId) -> Option<Diagnostic> {
    let name = setup.sources.short_name(file);
    let mut cuts = setup.condition.cuts.iter().copied().filter(|cut| cut.file == file);
    let end = end(setup, file);
    let (span, message) = match (cuts.next(), end) {
        (Some(cut), _) => (cut, format!("a part of `{name}` is left out here")),
        (None, Some(end)) => {
            (end, format!("likely: the end of `{name}` is missing: its last line breaks off"))
        }
        (None, None) => return None,
    };
    let broken = end.filter(|end| *end != span);
    let more = cuts.map(|cut| Evidence::new(cut, "another part is left out"));
    let broken = broken.map(|end| Evidence::new(end, "the last line breaks off"));
    Some(Diagnostic {
        detail: "What is not there cannot be checked, and must not be lost in a corrected file."
            .to_owned(),
        evidence: more.chain(broken).take(MOST_SHOWN).collect(),
        fixes: vec![by_hand("Paste the whole file", Vec::new())],
        ..RULE.finding(span, message)
    })
}

/// The last line, where it breaks off and cannot be read for that.
fn end(setup: &Setup, file: FileId) -> Option<Span> {
    let line = setup.condition.broken_off.iter().copied().find(|line| line.file == file)?;
    let yaml = setup.yaml.iter().filter(|(id, _)| *id == file);
    let env = setup.env_file.iter().filter(|(id, _)| *id == file);
    let mut errors = yaml
        .flat_map(|(_, yaml)| &yaml.errors)
        .chain(env.flat_map(|(_, env)| &env.errors))
        .chain(&setup.compose.env_errors);
    errors
        .any(|error| error.span.file == file && setup.condition.is_broken_off(error.span))
        .then_some(line)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn parts_that_are_left_out() {
        check(
            r#"
#- lima.yaml
mounts:
  ...
- location: /srv
#- .env
A=1
--More--(40%)
"#,
            &expect![[r#"
                warning[file-truncated] lima.yaml:2:3: a part of `lima.yaml` is left out here
                  fix by-hand: Paste the whole file
                warning[file-truncated] .env:2:1: a part of `.env` is left out here
                  fix by-hand: Paste the whole file
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn what_is_left_out_may_hold_what_is_missed() {
        check(
            r#"
#- lima.yaml
mounts:
- location: /srv/isos
[...]
ssh: {localPort: 20022}
#- .env
A=1
[...]
#- compose.yaml
services:
  api:
    image: "api:${TAG:?}"
    volumes: ["/srv/jobs/$NAME:/srv/jobs"]
    environment:
      LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"
      JOBS_DIR: /srv/jobs
"#,
            &expect![[r#"
                warning[file-truncated] lima.yaml:3:1: a part of `lima.yaml` is left out here
                  fix by-hand: Paste the whole file
                warning[file-truncated] .env:2:1: a part of `.env` is left out here
                  fix by-hand: Paste the whole file
            "#]],
        );
    }

    #[test]
    fn whole_files() {
        check_clean(&RULE, "#- lima.yaml\nmounts: []\n...\n");
        check_clean(&RULE, "#- .env\n# ...\nA=...\n");
    }

    #[test]
    fn a_last_line_that_breaks_off() {
        check(
            "#- .env\nURI=\"qemu+ssh://dev@host.docker.internal:20022/sys",
            &expect![[r#"
            error[env-syntax] .env:1:5: line 1: unterminated quoted value "qemu+ssh://dev@host.docker.internal:20022/sys
              fix mend: Close the value with `"`
            warning[file-truncated] .env:1:1: likely: the end of `.env` is missing: its last line breaks off
              fix by-hand: Paste the whole file
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            --- .env
            -URI="qemu+ssh://dev@host.docker.internal:20022/sys
            +URI="qemu+ssh://dev@host.docker.internal:20022/sys"
        "#]],
        );
        check(
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    volumes: [\"/srv/jobs:/jo",
            &expect![[r#"
                error[compose-syntax] compose.yaml:4:15: the quote opened here is never closed
                warning[file-truncated] compose.yaml:4:5: likely: the end of `compose.yaml` is missing: its last line breaks off
                  fix by-hand: Paste the whole file
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }
}
