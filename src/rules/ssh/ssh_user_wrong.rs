#![doc = include_str!("ssh_user_wrong.md")]

use super::{denied, ssh_connections};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::KnownMessage;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::text::{Edit, Span};
use crate::topology::Setup;
use crate::topology::ports::Connection;
use crate::topology::unfilled::is_unfilled;
use crate::topology::vm_user::{UserFrom, VmUser, may_let_others_in};

/// A URI logs in as somebody else than the VM's user.
pub const RULE: Rule = Rule {
    name: "ssh-user-wrong",
    severity: Severity::Error,
    summary: "a libvirt URI logs in as another user than the VM has",
    docs: include_str!("ssh_user_wrong.md"),
    covers: &["C5"],
    check,
};

/// Names that stand for one to fill in.
const PLACEHOLDERS: [&str; 6] =
    ["user", "username", "your_user", "your-user", "youruser", "your_username"];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in ssh_connections(setup) {
        if let Some(finding) = of_connection(setup, connection)
            && !res.iter().any(|other| other.span == finding.span)
        {
            res.push(finding);
        }
    }
    if res.is_empty() && ssh_connections(setup).next().is_none() {
        res.extend(denied(setup).filter(|(user, _)| *user == "root").map(|(_, at)| {
            from_text(setup, "likely: the VM's user is not `root`".to_owned(), at.span)
        }));
    }
    res
}

/// Whether a connection's user is found to be the wrong one.
pub(super) fn is_wrong(setup: &Setup, connection: &Connection) -> bool {
    of_connection(setup, connection).is_some_and(|finding| finding.severity < Severity::Hint)
}

fn of_connection(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let written = connection.uri.user.as_deref();
    let host = connection.uri.host.as_ref()?.value.as_str();
    // Without a user in the URI, an `ssh_config` may name it, or it is the container's own.
    let reported: Vec<(&str, &KnownMessage)> = denied(setup)
        .filter(|(user, known)| {
            written.is_none_or(|name| name == *user) && known.value.ends_with(&format!("@{host}"))
        })
        .collect();
    let named = written.or(reported.first().map(|(user, _)| *user))?;
    // What is blacked out is not known.
    if named.is_empty() || named.contains(['*', '%', '$', '{']) {
        return None;
    }
    let is_placeholder = PLACEHOLDERS.iter().any(|one| one.eq_ignore_ascii_case(named))
        || named.starts_with('<')
        || named.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    // Of one that is to be filled in another rule tells, unless the right one is known.
    let right = setup.vm_user();
    let is_right = right.as_ref().is_some_and(|user| user.name == named);
    if is_right || (right.is_none() && named != "root" && (!is_placeholder || is_unfilled(named))) {
        return None;
    }
    if reported.is_empty() && setup.lima.as_ref().is_some_and(may_let_others_in) {
        return None;
    }
    let range = connection.uri.user_range();
    let part = UriPart::of(setup, connection, range.clone())?;
    let mut evidence = part.evidence(match written {
        Some(_) => format!("logs in as `{named}`"),
        None => format!("names no user, and ssh takes `{named}`"),
    });
    let is_certain = right.as_ref().is_some_and(|user| !matches!(user.from, UserFrom::Home(_)));
    let message = match &right {
        Some(user) if is_certain => {
            format!("the URI logs in as `{named}`; the VM's user is `{}`", user.name)
        }
        Some(user) => {
            format!("likely: the URI logs in as `{named}`; the VM's user is `{}`", user.name)
        }
        None => format!("likely: the URI logs in as `{named}`, who is not the VM's user"),
    };
    evidence.extend(right.as_ref().and_then(|user| told_by(setup, user)));
    let has_failed = !reported.is_empty();
    evidence.extend(
        reported.iter().map(|(_, known)| Evidence::new(known.span, "the user in your error")),
    );
    let mut res = from_text(setup, message, part.span);
    // A home directory is only likely that of the user who made the VM: without an error, no edit
    // rests on it.
    let known = right.as_ref().filter(|_| is_certain || has_failed);
    if let Some(fix) = known.and_then(|user| name_user(connection, &part, user)) {
        res.fixes = vec![fix];
    }
    Some(Diagnostic {
        severity: match (is_certain && has_failed, right.is_none() && !has_failed) {
            (true, _) => Severity::Error,
            (_, true) => Severity::Hint,
            _ => Severity::Warning,
        },
        evidence,
        ..res
    })
}

fn from_text(setup: &Setup, message: String, at: Span) -> Diagnostic {
    let name = setup.instance.as_deref().unwrap_or("NAME");
    Diagnostic {
        severity: Severity::Warning,
        detail: "Lima lets one user in with its key: the one under `User` in the VM's \
                 `ssh.config`, never `root`."
            .to_owned(),
        fixes: vec![by_hand(
            format!("Name the user that `limactl shell --workdir / {name} id -un` prints"),
            Vec::new(),
        )],
        ..RULE.finding(at, message)
    }
}

fn told_by(setup: &Setup, user: &VmUser) -> Option<Evidence> {
    let name = &user.name;
    match &user.from {
        UserFrom::Printed(span) => Some(Evidence::new(*span, format!("Lima tells `{name}`"))),
        UserFrom::Written(span) => {
            let note = format!("`{}` makes the user `{name}`", setup.lima_name());
            Some(Evidence::new(*span, note))
        }
        UserFrom::Home(home) => {
            let lima = setup.lima.as_ref()?;
            let note = match home.ends_with(&format!("/{name}")) {
                true => format!("no `user.name`, so the one of `{home}`"),
                false => format!("no `user.name`, and Linux does not take that of `{home}`"),
            };
            Some(Evidence::new(Span::at(lima.file, 0), note))
        }
    }
}

fn name_user(connection: &Connection, part: &UriPart, user: &VmUser) -> Option<Fix> {
    let fits = user.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let place = part.written.filter(|_| fits)?;
    let edit = match connection.uri.user {
        Some(_) => Edit::replace(place, user.name.clone()),
        None => Edit::replace(Span::at(place.file, place.start), format!("{}@", user.name)),
    };
    Some(Fix {
        name: "user",
        title: format!("Log in as `{}`", user.name),
        suits: "",
        applicability: Applicability::Review,
        edits: vec![edit],
        steps: vec![Step::RecreateService(part.service.name.clone())],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_right_user_is_known_from_the_hosts_home() {
        check(
            r#"
#- lima.yaml
ssh: {localPort: 20022}
mounts: [{location: /Users/eva.k/jobs, mountPoint: /jobs, writable: true}]
#- .env
LIBVIRT_URI=qemu+ssh://eva@host.docker.internal:20022/system
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}}
"#,
            &expect![[r#"
                warning[ssh-user-wrong] .env:1:24: likely: the URI logs in as `eva`; the VM's user is `lima`
                  compose.yaml:2:37: `api` takes its `LIBVIRT_URI` from here
                  .env:1:24: logs in as `eva`
                  lima.yaml:1:1: no `user.name`, and Linux does not take that of `/Users/eva.k`
                  fix by-hand: Name the user that `limactl shell --workdir / NAME id -un` prints
            "#]],
        );
    }

    #[test]
    fn a_user_that_the_uri_leaves_out_is_the_containers() {
        check(
            r#"
#- lima.yaml
ssh: {localPort: 20022}
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "qemu+ssh://host.docker.internal:20022/system"}}
#- ssh.config
Host lima-dev
  User eva
  Port 20022
#- error
root@host.docker.internal: Permission denied (publickey).
"#,
            &expect![[r#"
                error[ssh-user-wrong] compose.yaml:2:48: the URI logs in as `root`; the VM's user is `eva`
                  compose.yaml:2:48: names no user, and ssh takes `root`
                  ssh.config:2:8: Lima tells `eva`
                  error:1:1: the user in your error
                  fix user: Log in as `eva`
                --- compose.yaml
                -  api: {environment: {LIBVIRT_URI: "qemu+ssh://host.docker.internal:20022/system"}}
                +  api: {environment: {LIBVIRT_URI: "qemu+ssh://eva@host.docker.internal:20022/system"}}
            "#]],
        );
    }

    #[test]
    fn an_error_of_root_alone_is_enough() {
        check(
            "#- error\nCannot recv data: root@host.docker.internal: Permission denied \
             (publickey).: Connection reset by peer\n",
            &expect![[r#"
                warning[ssh-user-wrong] error:1:19: likely: the VM's user is not `root`
                  fix by-hand: Name the user that `limactl shell --workdir / NAME id -un` prints
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_placeholder_is_better_known() {
        check(
            "#- compose.yaml\nservices:\n  api: {environment: {LIBVIRT_URI: \
             \"qemu+ssh://YOUR_USER@host.docker.internal:20022/system\"}}\n",
            &expect![[r#"
                warning[placeholder-left] compose.yaml:2:48: `YOUR_USER` is left to be filled in, in `LIBVIRT_URI` of `api`
                  fix by-hand: Write the value for `YOUR_USER`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: whether the URI names the VM's SSH port: neither `limactl list` nor `ssh.config` is pasted (paste the output of `limactl list` while the VM runs)
                unchecked: as whom `LIBVIRT_URI` logs in: a value is not filled in (paste the value)
            "#]],
        );
    }

    #[test]
    fn the_right_user_and_what_is_not_known_are_left_alone() {
        let files = |user: &str, lima: &str| {
            format!(
                "#- lima.yaml\nssh: {{localPort: 20022}}\n{lima}\n#- compose.yaml\nservices:\n  \
                 api: {{environment: {{LIBVIRT_URI: \
                 \"qemu+ssh://{user}@host.docker.internal:20022/system\"}}}}\n"
            )
        };
        for (user, lima) in [
            ("dev", ""),
            ("dev", "user: {name: dev}"),
            ("***", "user: {name: dev}"),
            ("dev", "base: template://x\nmounts: [{location: /Users/eva/jobs}]"),
            ("root", "provision: [{mode: system, script: 'cp -r /home/*/.ssh /root/'}]"),
            ("ci", "user: {name: dev}\nprovision: [{mode: system, script: useradd ci}]"),
        ] {
            check_clean(&RULE, &files(user, lima));
        }
    }
}
