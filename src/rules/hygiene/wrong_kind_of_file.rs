#![doc = include_str!("wrong_kind_of_file.md")]

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::{Rule, by_hand};
use crate::text::{FileKind, Span};
use crate::topology::Setup;
use crate::topology::condition::Misplaced;

/// A text is something else than it was given as.
pub const RULE: Rule = Rule {
    name: "wrong-kind-of-file",
    severity: Severity::Warning,
    summary: "a text is something else than what it was given as",
    docs: include_str!("wrong_kind_of_file.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    setup.condition.misplaced.iter().map(|one| finding(setup, one)).collect()
}

fn finding(setup: &Setup, misplaced: &Misplaced) -> Diagnostic {
    let Misplaced { file, given, found, is_read } = *misplaced;
    let (name, content) = (setup.sources.short_name(file), described(found));
    let (severity, rest, detail) = match is_read {
        true => (Severity::Hint, "is read as such", ""),
        false => (
            Severity::Warning,
            "is not read beside the other one",
            " Where both are parts of one set-up, paste both as what they are.",
        ),
    };
    let span = first_line(file, setup.sources.text(file));
    Diagnostic {
        severity,
        detail: format!("It was given as {}.{detail}", described(given)),
        fixes: vec![by_hand(
            format!("Give this text as {content}, and {} in its place", described(given)),
            Vec::new(),
        )],
        ..RULE.finding(span, format!("`{name}` holds {content}, and {rest}"))
    }
}

fn first_line(file: crate::text::FileId, text: &str) -> Span {
    let start = text.len() - text.trim_start().len();
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    Span::new(file, start, start + line.len())
}

fn described(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Lima => "a `lima.yaml`",
        FileKind::Env => "an environment file",
        FileKind::Compose => "a Compose file",
        FileKind::Limactl => "what limactl prints",
        FileKind::Error => "an error text",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn each_text_is_read_as_what_it_is() {
        check(
            r#"
#- lima.yaml
services:
  api:
    image: api
    volumes: ["/srv/jobs:/jobs"]
    environment: {LIBVIRT_URI: "${URI}"}
#- docker-compose.yml
mounts:
- location: /srv/jobs
  mountPoint: /jobs
  writable: true
ssh:
  localPort: 20022
#- .env
NAME  STATUS   SSH              CPUS
dev   Running  127.0.0.1:20022  4
#- error
URI=qemu+ssh://dev@host.docker.internal:20022/system
"#,
            &expect![[r#"
                hint[wrong-kind-of-file] lima.yaml:1:1: `lima.yaml` holds a Compose file, and is read as such
                  fix by-hand: Give this text as a Compose file, and a `lima.yaml` in its place
                hint[wrong-kind-of-file] docker-compose.yml:1:1: `docker-compose.yml` holds a `lima.yaml`, and is read as such
                  fix by-hand: Give this text as a `lima.yaml`, and a Compose file in its place
                hint[wrong-kind-of-file] .env:1:1: `.env` holds what limactl prints, and is read as such
                  fix by-hand: Give this text as what limactl prints, and an environment file in its place
                unchecked: what `.env` sets for the variables in the Compose file (paste `.env`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the file that sets it, such as `.env`)
            "#]],
        );
    }

    #[test]
    fn one_that_is_there_already_counts() {
        check(
            r#"
#- lima.yaml
services:
  api:
    image: api
    volumes: ["/srv/old:/old"]
#- docker-compose.yml
services:
  api:
    image: api
    volumes: ["/srv/jobs:/jobs"]
"#,
            &expect![[r#"
                warning[wrong-kind-of-file] lima.yaml:1:1: `lima.yaml` holds a Compose file, and is not read beside the other one
                  fix by-hand: Give this text as a Compose file, and a `lima.yaml` in its place
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn in_doubt_a_text_is_what_it_was_given_as() {
        for fixture in [
            "#- lima.yaml\ncpus: 4\n",
            "#- lima.yaml\n# services:\n#   api:\nmounts:\n- location: \"~\"\n",
            "#- compose.yaml\nvolumes:\n  data: {}\n",
            "#- .env\n# nothing yet\n",
            "#- limactl list\ntime=\"x\" level=info msg=\"READY\"\n",
            "#- error\nLIBVIRT_URI=qemu:///system\nHOME=/root\n",
            "#- error\nFATA[0000] x\nservices:\n  api: {}\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
