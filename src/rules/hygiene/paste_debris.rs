#![doc = include_str!("paste_debris.md")]

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::intake::{Debris, DebrisKind};
use crate::rules::{Rule, by_hand};
use crate::text::{Edit, FileId, Span};
use crate::topology::Setup;

/// Something in the pasted text is not the file's.
pub const RULE: Rule = Rule {
    name: "paste-debris",
    severity: Severity::Warning,
    summary: "the pasted text has something in it that is not the file's",
    docs: include_str!("paste_debris.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let found = setup.condition.debris.iter();
    found.filter_map(|(file, debris)| finding(setup, *file, debris)).collect()
}

fn finding(setup: &Setup, file: FileId, debris: &[Debris]) -> Option<Diagnostic> {
    let name = setup.sources.short_name(file);
    let mut kinds: Vec<DebrisKind> = debris.iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let words: Vec<&str> = kinds.iter().map(|kind| described(*kind)).collect();
    let words = words.join(" and ");
    let ranges = debris.iter().flat_map(|one| &one.ranges);
    let spans = ranges.map(|range| Span::new(file, range.start, range.end));
    let first = spans.clone().next()?;
    let shown = setup.sources.slice(first).trim_end().len();
    let fix = match kinds.iter().all(|kind| kind.can_be_removed()) {
        true => Fix {
            name: "remove",
            title: "Remove what is not the file's".to_owned(),
            suits: "",
            applicability: Applicability::Safe,
            edits: spans.map(|span| Edit::replace(span, "")).collect(),
            steps: Vec::new(),
        },
        false => by_hand("Paste the file itself: a diff shows only parts of it", Vec::new()),
    };
    let is_read = !kinds.iter().any(|kind| kind.is_column());
    Some(Diagnostic {
        detail: match is_read {
            true => "The rest is read without it.",
            false => "Like this the file cannot be read, so what it says is not checked yet.",
        }
        .to_owned(),
        fixes: vec![fix],
        ..RULE.finding(
            Span::new(file, first.start, first.start + shown),
            format!("`{name}` was pasted with {words}"),
        )
    })
}

fn described(kind: DebrisKind) -> &'static str {
    match kind {
        DebrisKind::Fence => "a Markdown fence",
        DebrisKind::Prompt => "the shell's prompt",
        DebrisKind::Pager => "a pager's last line",
        DebrisKind::Copy => "a second copy of it",
        DebrisKind::QuoteMarks => "`>` in front of its lines",
        DebrisKind::LineNumbers => "numbers in front of its lines",
        DebrisKind::Diff => "a diff's columns",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn lines_around_a_file_are_read_over() {
        check(
            r#"
#- lima.yaml
```yaml
mounts:
- location: /srv/jobs
```
#- .env
$ cat .env
JOBS=/srv/jobs
#- compose.yaml
services:
  api:
    image: api
    volumes: ["$JOBS:/srv/jobs"]
    environment: {LIBVIRT_URI: "qemu+ssh://dev@host.docker.internal:20022/system"}
(END)
"#,
            &expect![[r#"
                warning[paste-debris] lima.yaml:1:1: `lima.yaml` was pasted with a Markdown fence
                  fix remove: Remove what is not the file's
                warning[paste-debris] .env:1:1: `.env` was pasted with the shell's prompt
                  fix remove: Remove what is not the file's
                warning[paste-debris] compose.yaml:6:1: `compose.yaml` was pasted with a pager's last line
                  fix remove: Remove what is not the file's
                hint[ssh-port-not-pinned] lima.yaml:4:4: the VM's SSH port is not pinned: it changes at the next start
                  lima.yaml:4:4: no `ssh.localPort`, so each start draws another port
                  compose.yaml:5:69: names port 20022
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                unchecked: which directories of `api` libvirt opens files in: no variable and no error names one that it binds (paste the error, or the variable that holds the path)
                --- lima.yaml
                -```yaml
                -```
                --- .env
                -$ cat .env
                --- compose.yaml
                -(END)
            "#]],
        );
    }

    #[test]
    fn a_file_behind_columns_is_not_read() {
        check(
            r#"
#- lima.yaml
     1	mounts:
     2	- location: /srv/jobs
     3	  writable: "yes"
#- compose.yaml
@@ -1,3 +1,3 @@
 services:
   api:
-    image: old
+    image: new
#- .env
> JOBS=/srv/jobs
> PORT=20022
"#,
            &expect![[r#"
                warning[paste-debris] lima.yaml:1:1: `lima.yaml` was pasted with numbers in front of its lines
                  fix remove: Remove what is not the file's
                warning[paste-debris] compose.yaml:1:1: `compose.yaml` was pasted with a diff's columns
                  fix by-hand: Paste the file itself: a diff shows only parts of it
                warning[paste-debris] .env:1:1: `.env` was pasted with `>` in front of its lines
                  fix remove: Remove what is not the file's
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                --- .env
                -> JOBS=/srv/jobs
                -> PORT=20022
                +JOBS=/srv/jobs
                +PORT=20022
            "#]],
        );
    }

    #[test]
    fn files_as_they_are() {
        for fixture in [
            "#- .env\n# $ cat .env\nA=1\n",
            "#- lima.yaml\nmessage: |\n  ```\n  $ limactl shell dev\n  ```\n",
            "#- compose.yaml\nservices:\n  api:\n    image: api\n    command: >\n      run\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
