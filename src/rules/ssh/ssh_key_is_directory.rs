#![doc = include_str!("ssh_key_is_directory.md")]

use super::ssh_connections;
use crate::config::compose::{Bind, Service};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::{Rule, by_hand};
use crate::text::Edit;
use crate::topology::Setup;

/// The key in the container is a directory, or one that ssh does not take.
pub const RULE: Rule = Rule {
    name: "ssh-key-is-directory",
    severity: Severity::Error,
    summary: "the SSH key in the container is a directory that Docker made, or open to others",
    docs: include_str!("ssh_key_is_directory.md"),
    covers: &["C7"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    let services = setup.compose.services.iter();
    for (service, bind) in services.flat_map(|s| s.binds.iter().map(move |bind| (s, bind))) {
        res.extend(misnamed(setup, service, bind));
    }
    if res.is_empty() {
        res.extend(reported(setup));
    }
    res
}

/// What ssh says of the key, and that the VM took none for it.
fn reports(setup: &Setup) -> Vec<&KnownMessage> {
    let [directory, open, denied] =
        [Message::KeyIsDirectory, Message::KeyTooOpen, Message::PublicKeyDenied];
    let key: Vec<&KnownMessage> =
        setup.errors.reports(directory).chain(setup.errors.reports(open)).collect();
    let denied = setup.errors.reports(denied).filter(|_| !key.is_empty());
    key.iter().copied().chain(denied).collect()
}

/// Names of keys in a VM's own directory, where Lima has none.
fn misnomer(source: &str) -> Option<usize> {
    let start = source.find("/.lima/")? + "/.lima/".len();
    let (vm, rest) = source.get(start..)?.split_once('/')?;
    let is_key = ["identityfile", "ssh/id_ed25519", "id_ed25519"].contains(&rest);
    (is_key && vm != "_config").then_some(start)
}

/// A bind of a key that Lima does not make.
fn misnamed(setup: &Setup, service: &Service, bind: &Bind) -> Option<Diagnostic> {
    let source = bind.source.as_str();
    let start = misnomer(source)?;
    let reported = reports(setup);
    let becomes =
        if bind.create_host_path { "Docker makes a directory of it" } else { "it is not there" };
    let place = bind.source.written_at(start..source.len());
    let fix = place.map(|place| Fix {
        name: "key",
        title: format!("Bind `{}_config/user`", source.get(..start).unwrap_or_default()),
        suits: "",
        applicability: Applicability::Review,
        edits: vec![Edit::replace(place, "_config/user")],
        steps: vec![Step::RecreateService(service.name.clone())],
    });
    Some(Diagnostic {
        severity: if reported.is_empty() { Severity::Warning } else { Severity::Error },
        detail: format!(
            "Lima has one key for every VM, `_config/user`. Docker may have made \
             an empty directory at `{source}` by now: remove that."
        ),
        evidence: said(&reported),
        fixes: fix.into_iter().collect(),
        ..RULE.finding(bind.span, format!("Lima makes no key `{source}`: {becomes}"))
    })
}

fn said(reports: &[&KnownMessage]) -> Vec<Evidence> {
    let note = |known: &KnownMessage| match known.message {
        Message::PublicKeyDenied => "so the VM took no key",
        _ => "what ssh says of it",
    };
    reports.iter().map(|known| Evidence::new(known.span, note(known))).collect()
}

fn reported(setup: &Setup) -> Option<Diagnostic> {
    let reports = reports(setup);
    let (first, rest) = reports.split_first()?;
    let is_key = |known: &&&KnownMessage| known.message != Message::PublicKeyDenied;
    let path = reports.iter().filter(is_key).map(|known| known.value.as_str());
    let path = path.into_iter().find(|path| !path.is_empty());
    let key = path.map_or("the key".to_owned(), |path| format!("the key `{path}`"));
    let is_directory = setup.errors.reports(Message::KeyIsDirectory).next().is_some();
    let bind = ssh_connections(setup).find_map(|connection| {
        let (service, ..) = setup.connection(connection)?;
        service.bind_at(path?)
    });
    let source = bind.map_or("SOURCE", |bind| bind.source.as_str());
    let mut evidence = said(rest);
    if let Some(bind) = bind {
        evidence.push(Evidence::new(bind.span, format!("binds `{source}` there")));
    }
    let by_sudo = setup.terminal.compose.iter().find(|command| command.by_sudo);
    if let Some(command) = by_sudo.filter(|_| source.starts_with('~')) {
        evidence.push(Evidence::new(command.span, "with `sudo`, `~` is the home of root"));
    }
    let (message, detail, title) = match is_directory {
        true => (
            format!("{key} in the container is a directory"),
            "Docker makes a directory where the source of a bind is missing: `~` is another home \
             with `sudo`, and `LIMA_HOME` may be elsewhere.",
            format!(
                "See what `{source}` is on the host of the user who started Compose: remove it where \
                 it is an empty directory, and bind the key by its absolute path"
            ),
        ),
        false => (
            format!("ssh does not take {key}: others may read it"),
            "With mode 0755 it is likely a directory that Docker made where the source of the bind \
             was missing; with another one it is a file.",
            format!("See what `{source}` is on the host: remove a directory, `chmod 600` a file"),
        ),
    };
    Some(Diagnostic {
        detail: detail.to_owned(),
        evidence,
        fixes: vec![by_hand(title, Vec::new())],
        ..RULE.finding(first.span, message)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    fn files(source: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n#- compose.yaml\nservices:\n  api:\n    \
             environment:\n      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/key&no_verify=1\n    \
             volumes:\n      - {source}:/key:ro # ssh\n"
        )
    }

    const OPEN: &str = "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\nPermissions 0755 \
                        for '/key' are too open.\nLoad key \"/key\": bad permissions\n\
                        dev@host.docker.internal: Permission denied (publickey).\n";

    #[test]
    fn lima_makes_no_such_key() {
        check(
            &files("~/.lima/dev/identityfile"),
            &expect![[r#"
            warning[ssh-key-is-directory] compose.yaml:6:9: Lima makes no key `~/.lima/dev/identityfile`: Docker makes a directory of it
              fix key: Bind `~/.lima/_config/user`
            --- compose.yaml
            -      - ~/.lima/dev/identityfile:/key:ro # ssh
            +      - ~/.lima/_config/user:/key:ro # ssh
        "#]],
        );
        check(
            &format!(
                "{}#- error\nLoad key \"/key\": Is a directory\n",
                files("/Users/dev/.lima/dev/ssh/id_ed25519")
            ),
            &expect![[r#"
                error[ssh-key-is-directory] compose.yaml:6:9: Lima makes no key `/Users/dev/.lima/dev/ssh/id_ed25519`: Docker makes a directory of it
                  error:1:11: what ssh says of it
                  fix key: Bind `/Users/dev/.lima/_config/user`
                --- compose.yaml
                -      - /Users/dev/.lima/dev/ssh/id_ed25519:/key:ro # ssh
                +      - /Users/dev/.lima/_config/user:/key:ro # ssh
            "#]],
        );
    }

    #[test]
    fn ssh_says_so_of_the_right_source() {
        check(
            &format!(
                "{}#- error\n$ sudo docker compose up -d\nLoad key \"/key\": Is a directory\n",
                files("~/.lima/_config/user")
            ),
            &expect![[r#"
                error[ssh-key-is-directory] error:2:11: the key `/key` in the container is a directory
                  compose.yaml:6:9: binds `~/.lima/_config/user` there
                  error:1:3: with `sudo`, `~` is the home of root
                  fix by-hand: See what `~/.lima/_config/user` is on the host of the user who started Compose: remove it where it is an empty directory, and bind the key by its absolute path
            "#]],
        );
        check(
            &format!("{}#- error\n{OPEN}", files("~/.lima/_config/user")),
            &expect![[r#"
                error[ssh-key-is-directory] error:1:20: ssh does not take the key `/key`: others may read it
                  error:2:23: what ssh says of it
                  error:4:1: so the VM took no key
                  compose.yaml:6:9: binds `~/.lima/_config/user` there
                  fix by-hand: See what `~/.lima/_config/user` is on the host: remove a directory, `chmod 600` a file
            "#]],
        );
        check(
            &format!("#- error\n{OPEN}"),
            &expect![[r#"
                error[ssh-key-is-directory] error:1:20: ssh does not take the key `/key`: others may read it
                  error:2:23: what ssh says of it
                  error:4:1: so the VM took no key
                  fix by-hand: See what `SOURCE` is on the host: remove a directory, `chmod 600` a file
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn usual_keys_are_left_alone() {
        for source in
            ["~/.lima/_config/user", "~/.ssh/id_ed25519", "./keys/identityfile", "~/.lima/_config"]
        {
            check_clean(&RULE, &files(source));
        }
    }
}
