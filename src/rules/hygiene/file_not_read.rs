#![doc = include_str!("file_not_read.md")]

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::{Rule, by_hand};
use crate::text::{FileId, FileKind, Span};
use crate::topology::Setup;

/// A second file in the place of one.
pub const RULE: Rule = Rule {
    name: "file-not-read",
    severity: Severity::Warning,
    summary: "of several files in one place, only the first is read",
    docs: include_str!("file_not_read.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let finding = |(read, other): (FileId, FileId)| {
        let (name, other_name) = (setup.sources.name(read), setup.sources.name(other));
        let is_lima = setup.sources.get(read).is_some_and(|file| file.kind == FileKind::Lima);
        let (detail, title) = match is_lima {
            true => (OF_LIMA, "Paste only the file of the VM that fails"),
            false => (OF_COMPOSE, "Paste only the file that Compose reads"),
        };
        let message = match other_name == name {
            true => format!("of the files `{name}` only the first is read"),
            false => format!("`{other_name}` is not read beside `{name}`"),
        };
        Diagnostic {
            detail: detail.to_owned(),
            evidence: vec![Evidence::new(Span::at(read, 0), "this one is read")],
            fixes: vec![by_hand(title, Vec::new())],
            ..RULE.finding(Span::at(other, 0), message)
        }
    };
    setup.doubles().into_iter().map(finding).collect()
}

const OF_LIMA: &str = "A VM has one file, `~/.lima/NAME/lima.yaml`; `limactl list` shows the \
                       directory. A template is not read again once the VM is made.";

const OF_COMPOSE: &str = "Two files of one name cannot be in one directory: they are of two \
                          places, or of two times.";

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

    #[test]
    fn of_files_with_one_name_the_first_counts() {
        check(
            r#"
#- .env
JOBS=/srv/jobs
#- .env
JOBS=/srv/old
#- docker-compose.yml
services:
  api:
    image: api
    volumes: ["$JOBS:/jobs"]
#- docker-compose.yml
services:
  api:
    image: api
    volumes: ["/srv/old:/jobs"]
"#,
            &expect![[r#"
                warning[file-not-read] docker-compose.yml:1:1: of the files `docker-compose.yml` only the first is read
                  docker-compose.yml:1:1: this one is read
                  fix by-hand: Paste only the file that Compose reads
                warning[file-not-read] .env:1:1: of the files `.env` only the first is read
                  .env:1:1: this one is read
                  fix by-hand: Paste only the file that Compose reads
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
        check_clean(
            &RULE,
            "#- a/.env\nA=1\n#- b/.env\nA=2\n#- a/compose.yaml\nservices: {a: {image: a}}\n\
             #- a/compose.override.yaml\nservices: {a: {image: b}}\n",
        );
    }
}
