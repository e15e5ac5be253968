#![doc = include_str!("bind_read_only.md")]

use crate::config::compose::{Bind, Service, Variable};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::{Rule, by_hand};
use crate::syntax::yaml::{Segment, Value};
use crate::text::{Edit, Span};
use crate::topology::Setup;
use crate::topology::path::{below, clean};
use crate::topology::shared::is_private;

/// A service must write where its bind is read-only.
pub const RULE: Rule = Rule {
    name: "bind-read-only",
    severity: Severity::Error,
    summary: "a service writes to a directory that it binds read-only",
    docs: include_str!("bind_read_only.md"),
    covers: &["M9"],
    check,
};

/// Parts of variable names that speak of files that the service itself makes.
const WRITTEN: [&str; 5] = ["JOB", "WORKDIR", "WORK_DIR", "OVERLAY", "SCRATCH"];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for service in &setup.compose.services {
        for bind in service.binds.iter().filter(|bind| bind.read_only) {
            let told: Vec<Evidence> = refused(setup, bind)
                .map(|known| Evidence::new(known.span, "the path in your error"))
                .collect();
            if !told.is_empty() {
                res.push(finding(setup, service, bind, told, true));
            }
        }
    }
    if res.is_empty() {
        res.extend(by_name(setup));
        res.extend(from_text(setup));
    }
    res
}

/// Where an error names a file below the bind that could not be written.
fn refused<'a>(setup: &'a Setup, bind: &Bind) -> impl Iterator<Item = &'a KnownMessage> {
    let target = clean(bind.target.as_str());
    setup
        .errors
        .reports(Message::ReadOnlyFileSystem)
        .filter(move |known| below(&target, &clean(&known.value)).is_some())
}

/// Binds whose directory the service is told to write to, where no other service does.
fn by_name(setup: &Setup) -> Vec<Diagnostic> {
    let writers = || setup.compose.services.iter().flat_map(|service| &service.binds);
    let is_written = |bind: &Bind| {
        writers().any(|other| !other.read_only && other.resolved_source == bind.resolved_source)
    };
    let mut res = Vec::new();
    for (_, service) in setup.clients() {
        for bind in service.binds.iter().filter(|bind| bind.read_only && !is_written(bind)) {
            if let Some(variable) = told_to_write(service, bind) {
                let note = format!("`{}` tells the service to keep its files there", variable.name);
                let told = vec![Evidence::new(variable.span, note)];
                res.push(finding(setup, service, bind, told, false));
            }
        }
    }
    res
}

/// Whether a variable's name speaks of files that the service itself makes.
pub(crate) fn speaks_of_making(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    WRITTEN.iter().any(|word| name.contains(word))
}

/// The variable that tells the service to make files in the bind's directory.
pub(crate) fn told_to_write<'a>(service: &'a Service, bind: &Bind) -> Option<&'a Variable> {
    let target = clean(bind.target.as_str());
    service.environment.iter().find(|variable| {
        let path = variable.value.as_ref().map(|value| clean(value.as_str()));
        speaks_of_making(&variable.name) && path.is_some_and(|path| below(&target, &path).is_some())
    })
}

fn finding(
    setup: &Setup,
    service: &Service,
    bind: &Bind,
    told: Vec<Evidence>,
    is_certain: bool,
) -> Diagnostic {
    let target = clean(bind.target.as_str());
    let mut evidence = vec![Evidence::new(bind.span, "binds it read-only")];
    evidence.extend(told);
    let likely = if is_certain { "" } else { "likely: " };
    Diagnostic {
        severity: if is_certain { Severity::Error } else { Severity::Hint },
        detail: "Whatever the host's directory and the VM's mount allow, the container only reads."
            .to_owned(),
        evidence,
        fixes: vec![writable(setup, service, bind)],
        ..RULE.finding(
            bind.span,
            format!("{likely}`{}` may only read `{target}`, and writes there", service.name),
        )
    }
}

/// Takes the option away, in the short form, or says `false`, in the long one.
fn writable(setup: &Setup, service: &Service, bind: &Bind) -> Fix {
    let steps = vec![Step::RecreateService(service.name.clone())];
    let title = format!("Let `{}` write to `{}`", service.name, clean(bind.target.as_str()));
    let edits = match bind.volume {
        Some(_) => None,
        None => short(setup, bind).or_else(|| long(setup, bind)),
    };
    match edits {
        Some(edits) => Fix {
            name: "writable",
            title,
            suits: "",
            applicability: Applicability::Review,
            edits,
            steps,
        },
        None => by_hand(title, steps),
    }
}

/// `source:target:ro` without its `ro`.
fn short(setup: &Setup, bind: &Bind) -> Option<Vec<Edit>> {
    let (_, text) = setup.document(bind.span.file)?;
    let written = text.get(bind.span.start..bind.span.end)?;
    let end = written.trim_end_matches(['"', '\'']).len();
    let options = written.get(..end)?.rfind(':')? + 1;
    let mut at = options;
    for option in written.get(options..end)?.split(',') {
        let option_end = at + option.len();
        if option == "ro" {
            // The sign before it goes with it, or, where others follow the first, the one behind.
            let followed = at == options && option_end < end;
            let range = if followed { at..option_end + 1 } else { at - 1..option_end };
            let start = bind.span.start;
            let span = Span::new(bind.span.file, start + range.start, start + range.end);
            return Some(vec![Edit::replace(span, "")]);
        }
        at = option_end + 1;
    }
    None
}

fn long(setup: &Setup, bind: &Bind) -> Option<Vec<Edit>> {
    let (document, text) = setup.document(bind.span.file)?;
    let mut path = document.path_to(bind.span)?;
    path.push(Segment::Key("read_only".to_owned()));
    document.set(text, &path, &Value::Bool(false)).ok()
}

/// What an error alone tells: without a Compose file, nothing else can be said of it.
fn from_text(setup: &Setup) -> Option<Diagnostic> {
    let is_of_share = |known: &&KnownMessage| {
        let path = clean(&known.value);
        path.starts_with('/')
            && !is_private(&path)
            && !["/app", "/code", "/tmp", "/var/cache"]
                .iter()
                .any(|dir| below(dir, &path).is_some())
    };
    let known = setup.errors.reports(Message::ReadOnlyFileSystem).find(is_of_share)?;
    // These words have an explanation of their own.
    let others = [Message::BindSourceRefused, Message::ChmodRefused, Message::ChownRefused];
    let is_of_other = others.iter().any(|other| setup.errors.reports(*other).next().is_some());
    if !setup.compose.services.is_empty() || setup.lima.is_some() || is_of_other {
        return None;
    }
    let what = format!("the directory of `{}`", known.value);
    Some(Diagnostic {
        severity: Severity::Warning,
        detail:
            "Look for `:ro` or `read_only: true` at the volume of the service, and for a mount \
                 without `writable: true` in `lima.yaml`."
                .to_owned(),
        ..RULE.finding(known.span, format!("likely: {what} is shared to be read only"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    const LIMA: &str = "
#- lima.yaml
mounts: [{location: ~/lab, mountPoint: /srv/lab, writable: true}]
ssh: {localPort: 20022}
";

    fn compose(volume: &str) -> String {
        format!(
            "#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/k
      STATE: /srv/lab/state
    volumes:
      - ~/.lima/_config:/k
      - {volume}
"
        )
    }

    #[test]
    fn each_way_to_bind_read_only_is_made_writable() {
        let error = "#- error\nOSError: [Errno 30] Read-only file system: '/srv/lab/state/a1'\n";
        check(
            &format!("{LIMA}{}{error}", compose("~/lab:/srv/lab:ro")),
            &expect![[r#"
                error[bind-read-only] compose.yaml:8:9: `api` may only read `/srv/lab`, and writes there
                  compose.yaml:8:9: binds it read-only
                  error:1:45: the path in your error
                  fix writable: Let `api` write to `/srv/lab`
                next[ssh-host-key] compose.yaml:4:20: likely: `api` does not know the VM's host key after its next start
                  compose.yaml:4:20: has no `no_verify=1`, and no ssh configuration is bound
                  fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
                  fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
                unchecked: which directories of `api` libvirt opens files in: no variable and no error names one that it binds (paste the error, or the variable that holds the path)
                --- compose.yaml
                -      - ~/lab:/srv/lab:ro
                +      - ~/lab:/srv/lab
            "#]],
        );
        for (volume, fixed) in [
            ("\"~/lab:/srv/lab:ro\"", "\"~/lab:/srv/lab\""),
            ("~/lab:/srv/lab:ro,z", "~/lab:/srv/lab:z"),
            ("'~/lab:/srv/lab:z,ro'", "'~/lab:/srv/lab:z'"),
            ("~/lab:/srv/lab:z,ro,cached", "~/lab:/srv/lab:z,cached"),
            (
                "{type: bind, source: ~/lab, target: /srv/lab, read_only: true}",
                "{type: bind, source: ~/lab, target: /srv/lab, read_only: false}",
            ),
        ] {
            let input = crate::rules::testing::input(&format!("{LIMA}{}{error}", compose(volume)));
            let made = crate::repair(
                &input,
                &crate::diagnose(&input),
                &crate::repair::plan::Choices::default(),
            );
            let texts: Vec<&str> = made.corrected.iter().map(|file| file.text.as_str()).collect();
            let [text] = texts[..] else { panic!("{volume}: {texts:?}") };
            assert!(text.ends_with(&format!("      - {fixed}\n")), "{volume}: {text}");
        }
    }

    #[test]
    fn a_name_that_speaks_of_writing_is_a_hint() {
        let compose = compose("~/lab:/srv/lab:ro").replace("STATE", "JOBS_DIR");
        check(
            &format!("{LIMA}{compose}"),
            &expect![[r#"
            hint[bind-read-only] compose.yaml:8:9: likely: `api` may only read `/srv/lab`, and writes there
              compose.yaml:8:9: binds it read-only
              compose.yaml:5:7: `JOBS_DIR` tells the service to keep its files there
              fix writable: Let `api` write to `/srv/lab`
            next[ssh-host-key] compose.yaml:4:20: likely: `api` does not know the VM's host key after its next start
              compose.yaml:4:20: has no `no_verify=1`, and no ssh configuration is bound
              fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
              fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
        "#]],
        );
        // Another service writes there, and this one only looks.
        check_clean(
            &RULE,
            &format!("{LIMA}{compose}  worker: {{volumes: [\"~/lab:/srv/lab\"]}}\n"),
        );
    }

    #[test]
    fn other_binds_and_other_words_are_left_alone() {
        check_clean(&RULE, &format!("{LIMA}{}", compose("~/lab:/srv/lab:ro")));
        let volume = compose("~/lab:/srv/lab:ro");
        let error = "open /etc/hosts: read-only file system";
        check_clean(&RULE, &format!("{LIMA}{volume}#- error\n{error}\n"));
        let volume = compose("~/lab:/srv/lab");
        let error = "open /srv/lab/state/a1: read-only file system";
        check_clean(&RULE, &format!("{LIMA}{volume}#- error\n{error}\n"));
    }

    #[test]
    fn an_error_alone_says_where_to_look() {
        check(
            "#- error\nmkdir /srv/lab/a1: read-only file system\n",
            &expect![[r#"
            warning[bind-read-only] error:1:7: likely: the directory of `/srv/lab/a1` is shared to be read only
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }
}
