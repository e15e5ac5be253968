#![doc = include_str!("ssh_key_missing.md")]

use super::{
    add_parameter, bind_key, denials, leads_to_vm, lima_key, ssh_connections, ssh_user_wrong,
};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;
use crate::topology::ports::Connection;

/// The container has no key that the VM lets in.
pub const RULE: Rule = Rule {
    name: "ssh-key-missing",
    severity: Severity::Error,
    summary: "the container has no SSH key that the VM lets in",
    docs: include_str!("ssh_key_missing.md"),
    covers: &["C6"],
    check,
};

/// The end of the path of Lima's one key, below `LIMA_HOME` (Lima, `pkg/limatype/filenames`).
const LIMA_KEY: &str = "/_config/user";

/// Keys that ssh tries by itself, in `~/.ssh` (ssh_config(5), `IdentityFile`).
const USUAL_KEYS: [&str; 4] = ["id_rsa", "id_ecdsa", "id_ed25519", "id_dsa"];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut res: Vec<Diagnostic> = Vec::new();
    for connection in ssh_connections(setup) {
        let Some(finding) = of_files(setup, connection) else { continue };
        // What is foretold of one service is enough for all.
        let is_told = res.iter().any(|o| o.span == finding.span || (o.is_next && finding.is_next));
        if !is_told {
            res.push(finding);
        }
    }
    let told = |known: &&KnownMessage| {
        !res.iter().any(|finding| finding.evidence.iter().any(|link| link.span == known.span))
    };
    let missing = setup.errors.reports(Message::IdentityMissing);
    let all = setup.errors.reports(Message::PublicKeyDenied).chain(missing).filter(told);
    let open: Vec<&KnownMessage> = all.collect();
    res.extend(unexplained(setup, &open));
    res
}

/// What the files of a connection lack.
fn of_files(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let (service, ..) = setup.connection(connection)?;
    let has_host_path = setup.key_path(connection).is_some_and(|path| setup.is_host_path(&path));
    if connection.uri.has_own_login() || !(leads_to_vm(setup, connection) || has_host_path) {
        return None;
    }
    let denied = denials(setup, connection);
    let is_denied = !denied.is_empty() && !ssh_user_wrong::is_wrong(setup, connection);
    match setup.key_path(connection) {
        Some(path) if !service.holds(&path) => {
            let missing = setup.errors.reports(Message::IdentityMissing);
            let missing: Vec<&KnownMessage> = missing.filter(|known| known.value == path).collect();
            Some(not_held(setup, connection, &path, &missing, &denied, is_denied)?)
        }
        None if !service.brings_key() && is_denied => no_key(setup, connection, &denied),
        None if is_denied => not_named(setup, connection, &denied),
        None if !service.brings_key() && !service.brings_ssh_config() && setup.is_cut_off() => {
            foretold(setup, connection)
        }
        _ => None,
    }
}

fn not_held(
    setup: &Setup,
    connection: &Connection,
    path: &str,
    missing: &[&KnownMessage],
    denied: &[&KnownMessage],
    is_denied: bool,
) -> Option<Diagnostic> {
    let part = key_part(setup, connection)?;
    let name = &part.service.name;
    let on_host = setup.is_host_path(path);
    let (severity, likely) = match () {
        () if !missing.is_empty() => (Severity::Error, ""),
        () if is_denied || on_host => (Severity::Warning, "likely: "),
        () => (Severity::Hint, "likely: "),
    };
    let detail = match on_host {
        true => {
            "`keyfile=` is a path in the container; this is one of the host. Lima's key is \
                 `_config/user`, one for every VM."
        }
        false => "Unless the image brings it: nothing is bound at that place.",
    };
    let mut evidence = part.evidence(format!("`keyfile=` names `{path}`"));
    evidence.extend(missing.iter().map(|known| Evidence::new(known.span, "ssh does not find it")));
    if is_denied || !missing.is_empty() {
        evidence.extend(denied.iter().map(|known| Evidence::new(known.span, "the VM took no key")));
    }
    Some(Diagnostic {
        severity,
        detail: detail.to_owned(),
        evidence,
        fixes: vec![bind_key(setup, connection).unwrap_or_else(|| by_hand_fix(setup))],
        ..RULE.finding(part.span, format!("{likely}`{name}` has no key `{path}`"))
    })
}

fn no_key(setup: &Setup, connection: &Connection, denied: &[&KnownMessage]) -> Option<Diagnostic> {
    let part = UriPart::whole(setup, connection)?;
    let name = &part.service.name;
    let mut evidence = part.evidence("names no key, and none is bound");
    evidence.extend(denied.iter().map(|known| Evidence::new(known.span, "the VM took no key")));
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "Lima lets in its own key, `_config/user`, which serves every VM; keys of \
                 `~/.ssh` only where `ssh.loadDotSSHPubKeys` is true."
            .to_owned(),
        evidence,
        fixes: vec![bind_key(setup, connection).unwrap_or_else(|| by_hand_fix(setup))],
        ..RULE.finding(part.span, format!("likely: `{name}` has no key that the VM lets in"))
    })
}

/// Lima's key is bound where ssh does not look for one by itself.
fn not_named(
    setup: &Setup,
    connection: &Connection,
    denied: &[&KnownMessage],
) -> Option<Diagnostic> {
    let part = UriPart::whole(setup, connection)?;
    let service = part.service;
    let is_looked_for =
        |target: &str| USUAL_KEYS.iter().any(|name| target.ends_with(&format!("/.ssh/{name}")));
    let mut keys = service.binds.iter().filter(|bind| bind.source.as_str().ends_with(LIMA_KEY));
    let key = keys.next().filter(|bind| !is_looked_for(bind.target.as_str()))?;
    let target = key.target.as_str();
    if keys.next().is_some() || service.brings_ssh_config() || target.contains(['&', '#', '$', '%'])
    {
        return None;
    }
    let mut evidence = part.evidence("names no key");
    evidence.push(Evidence::new(key.span, format!("binds Lima's key at `{target}`")));
    evidence.extend(denied.iter().map(|known| Evidence::new(known.span, "the VM took no key")));
    let fix = Fix {
        name: "keyfile",
        title: format!(
            "Let `{}` name the key that is bound: `keyfile={target}`",
            part.variable.name
        ),
        suits: "",
        applicability: Applicability::Review,
        edits: add_parameter(setup, connection, "keyfile", target)?,
        steps: vec![Step::RecreateService(service.name.clone())],
    };
    Some(Diagnostic {
        severity: Severity::Warning,
        detail: "By itself ssh tries the keys in `~/.ssh` that are called `id_rsa`, `id_ecdsa` or \
                 `id_ed25519`, and those that its configuration names."
            .to_owned(),
        evidence,
        fixes: vec![fix],
        ..RULE.finding(
            part.span,
            format!("likely: ssh in `{}` does not use `{target}`", service.name),
        )
    })
}

/// Nothing in the files gives the container a key, and the connection does not get that far.
fn foretold(setup: &Setup, connection: &Connection) -> Option<Diagnostic> {
    let part = UriPart::whole(setup, connection)?;
    let name = &part.service.name;
    // Without a key of its own, the image most likely has a configuration as well, or neither.
    let fix = bind_key(setup, connection).filter(|_| connection.uri.skips_host_key());
    Some(Diagnostic {
        severity: Severity::Hint,
        is_next: true,
        detail: "ssh then says `Permission denied (publickey)`, or before that `Host key \
                 verification failed`. Nothing to do where the image has a key and an ssh \
                 configuration."
            .to_owned(),
        evidence: part.evidence("names no key, and none is bound"),
        fixes: vec![fix.unwrap_or_else(|| by_hand_fix(setup))],
        ..RULE.finding(
            part.span,
            format!("likely: `{name}` has no key for the VM, unless its image brings one"),
        )
    })
}

/// What the files do not explain.
fn unexplained(setup: &Setup, open: &[&KnownMessage]) -> Option<Diagnostic> {
    let (first, rest) = open.split_first()?;
    let is_told = |message| setup.errors.reports(message).next().is_some();
    let is_wrong = ssh_connections(setup).any(|c| {
        ssh_user_wrong::is_wrong(setup, c)
            && denials(setup, c).iter().any(|known| known.span == first.span)
    });
    let is_root = first.value.starts_with("root@") && setup.connections.is_empty();
    // The key itself, or the user, is told to be the reason.
    if is_root || is_wrong || is_told(Message::KeyIsDirectory) || is_told(Message::KeyTooOpen) {
        return None;
    }
    let (message, title) = match (first.message, first.value.as_str()) {
        (Message::IdentityMissing, path) => (
            format!("the container has no key `{path}`"),
            format!("Bind `{}` there, and recreate the container", lima_key(setup)),
        ),
        (_, "") => ("the VM took no key".to_owned(), check_both(setup)),
        (_, who) => (format!("the VM took no key of `{who}`"), check_both(setup)),
    };
    // Files that show a user and a key may be newer than the error.
    let is_seen = ssh_connections(setup).next().is_some();
    Some(Diagnostic {
        severity: if is_seen { Severity::Warning } else { Severity::Error },
        detail: "Either the user is not the VM's, or the key in the container is not Lima's; or \
                 the container is older than the files."
            .to_owned(),
        evidence: rest.iter().map(|known| Evidence::new(known.span, "here, too")).collect(),
        fixes: vec![by_hand(title, Vec::new())],
        ..RULE.finding(first.span, message)
    })
}

fn check_both(setup: &Setup) -> String {
    format!(
        "Compare the user with `User` in the VM's `ssh.config`, and the key with `{}`",
        lima_key(setup)
    )
}

fn by_hand_fix(setup: &Setup) -> Fix {
    let key = lima_key(setup);
    by_hand(format!("Bind `{key}` into the container, and name it as `keyfile=`"), Vec::new())
}

/// The value of `keyfile=`.
fn key_part<'a>(setup: &'a Setup, connection: &Connection) -> Option<UriPart<'a>> {
    let (.., value) = setup.connection(connection)?;
    let start = value.as_str().find("keyfile=")? + "keyfile=".len();
    let length = connection.uri.parameter("keyfile")?.len();
    UriPart::of(setup, connection, start..start + length)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    /// Files with this query in the URI and these volumes.
    fn files(port: u16, query: &str, volumes: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n#- compose.yaml\nservices:\n  api:\n    \
             environment:\n      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:{port}/system{query}\n    \
             volumes: [{volumes}]\n"
        )
    }

    const DENIED: &str = "#- error\nCannot recv data: dev@host.docker.internal: Permission denied \
                          (publickey).: Connection reset by peer\n";

    #[test]
    fn the_vm_takes_no_key_and_the_files_have_none() {
        check(
            &format!("{}{DENIED}", files(20022, "", "\"./x:/x\"")),
            &expect![[r#"
            warning[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key that the VM lets in
              compose.yaml:4:20: names no key, and none is bound
              error:1:19: the VM took no key
              fix bind-key: Bind Lima's key `~/.lima/_config/user` into `api`, and let `LIBVIRT_URI` name it
            --- compose.yaml
            -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
            -    volumes: ["./x:/x"]
            +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/root/.ssh/id_lima
            +    volumes: ["./x:/x", "~/.lima/_config/user:/root/.ssh/id_lima:ro"]
        "#]],
        );
    }

    #[test]
    fn the_key_is_bound_where_ssh_does_not_look() {
        let denied = |query: &str, target: &str| {
            let volume = format!("\"~/.lima/_config/user:{target}:ro\"");
            format!("{}{DENIED}", files(20022, query, &volume))
        };
        check(
            &denied("?no_verify=1", "/keys/lima"),
            &expect![[r#"
                warning[ssh-key-missing] compose.yaml:4:20: likely: ssh in `api` does not use `/keys/lima`
                  compose.yaml:4:20: names no key
                  compose.yaml:5:15: binds Lima's key at `/keys/lima`
                  error:1:19: the VM took no key
                  fix keyfile: Let `LIBVIRT_URI` name the key that is bound: `keyfile=/keys/lima`
                unchecked: which directories of `api` libvirt opens files in: no variable and no error names one that it binds (paste the error, or the variable that holds the path)
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1
                +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1&keyfile=/keys/lima
            "#]],
        );
        // ssh tries this one by itself, so something else is wrong.
        check(
            &denied("?no_verify=1", "/root/.ssh/id_ed25519"),
            &expect![[r#"
            warning[ssh-key-missing] error:1:19: the VM took no key of `dev@host.docker.internal`
              fix by-hand: Compare the user with `User` in the VM's `ssh.config`, and the key with `~/.lima/_config/user`
        "#]],
        );
    }

    #[test]
    fn the_key_is_named_and_not_there() {
        let text =
            "Warning: Identity file /root/.ssh/id not accessible: No such file or directory.";
        check(
            &format!(
                "{}#- error\n{text}\n",
                files(20022, "?keyfile=/root/.ssh/id&no_verify=1", "")
            ),
            &expect![[r#"
                error[ssh-key-missing] compose.yaml:4:77: `api` has no key `/root/.ssh/id`
                  compose.yaml:4:77: `keyfile=` names `/root/.ssh/id`
                  error:1:24: ssh does not find it
                  fix bind-key: Bind Lima's key `~/.lima/_config/user` into `api`, and let `LIBVIRT_URI` name it
                --- compose.yaml
                -    volumes: []
                +    volumes: ["~/.lima/_config/user:/root/.ssh/id:ro"]
            "#]],
        );
        check(
            &files(20022, "?keyfile=/Users/ada/.lima/dev/identityfile&no_verify=1", ""),
            &expect![[r#"
                warning[ssh-user-wrong] compose.yaml:4:31: likely: the URI logs in as `dev`; the VM's user is `ada`
                  compose.yaml:4:31: logs in as `dev`
                  lima.yaml:1:1: no `user.name`, so the one of `/Users/ada`
                  fix by-hand: Name the user that `limactl shell --workdir / NAME id -un` prints
                warning[ssh-key-missing] compose.yaml:4:77: likely: `api` has no key `/Users/ada/.lima/dev/identityfile`
                  compose.yaml:4:77: `keyfile=` names `/Users/ada/.lima/dev/identityfile`
                  fix bind-key: Bind Lima's key `~/.lima/_config/user` into `api`, and let `LIBVIRT_URI` name it
                --- compose.yaml
                -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/Users/ada/.lima/dev/identityfile&no_verify=1
                -    volumes: []
                +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?keyfile=/root/.ssh/id_lima&no_verify=1
                +    volumes: ["~/.lima/_config/user:/root/.ssh/id_lima:ro"]
            "#]],
        );
    }

    #[test]
    fn it_is_foretold_while_the_port_is_wrong() {
        check(
            &files(52136, "", ""),
            &expect![[r#"
            error[ssh-port-stale] compose.yaml:4:56: `compose.yaml` names port 52136; the VM is pinned to 20022
              compose.yaml:4:56: says 52136
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix use-pinned: Name the pinned port 20022
            next[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key for the VM, unless its image brings one
              compose.yaml:4:20: names no key, and none is bound
              fix by-hand: Bind `~/.lima/_config/user` into the container, and name it as `keyfile=`
            --- compose.yaml
            -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:52136/system
            +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
        "#]],
        );
        check(
            &files(52136, "?no_verify=1", ""),
            &expect![[r#"
            error[ssh-port-stale] compose.yaml:4:56: `compose.yaml` names port 52136; the VM is pinned to 20022
              compose.yaml:4:56: says 52136
              lima.yaml:1:18: `lima.yaml` pins 20022
              fix use-pinned: Name the pinned port 20022
            next[ssh-key-missing] compose.yaml:4:20: likely: `api` has no key for the VM, unless its image brings one
              compose.yaml:4:20: names no key, and none is bound
              fix bind-key: Bind Lima's key `~/.lima/_config/user` into `api`, and let `LIBVIRT_URI` name it
            --- compose.yaml
            -      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:52136/system?no_verify=1
            +      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system?no_verify=1
        "#]],
        );
    }

    #[test]
    fn an_error_that_the_files_do_not_explain() {
        let key = "\"~/.lima/_config/user:/key:ro\"";
        check(
            &format!("{}{DENIED}", files(20022, "?keyfile=/key&no_verify=1", key)),
            &expect![[r#"
                warning[ssh-key-missing] error:1:19: the VM took no key of `dev@host.docker.internal`
                  fix by-hand: Compare the user with `User` in the VM's `ssh.config`, and the key with `~/.lima/_config/user`
            "#]],
        );
        check(
            DENIED,
            &expect![[r#"
            error[ssh-key-missing] error:1:19: the VM took no key of `dev@host.docker.internal`
              fix by-hand: Compare the user with `User` in the VM's `ssh.config`, and the key with `~/.lima/_config/user`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn keys_that_come_otherwise() {
        for (port, query, volumes) in [
            (20022, "", ""),
            (20022, "?keyfile=/key&no_verify=1", "\"~/.lima/_config/user:/key:ro\""),
            (20022, "?keyfile=/run/secrets/lima&no_verify=1", ""),
            (20022, "?keyfile=/keys/a%20b&no_verify=1", "\"./keys:/keys\""),
        ] {
            check_clean(&RULE, &files(port, query, volumes));
        }
        for (query, volumes) in
            [("", "\"~/.ssh:/root/.ssh:ro\""), ("?command=/usr/bin/lima-ssh", "")]
        {
            let report =
                crate::diagnose(&crate::rules::testing::input(&files(52136, query, volumes)))
                    .report;
            assert!(!report.findings.iter().any(|f| f.rule == RULE.name), "{query} {volumes}");
        }
    }
}
