#![doc = include_str!("ssh_host_key.md")]

use super::{leads_to_vm, no_verify, ssh_connections};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::guest::append_script;
use crate::rules::uri::UriPart;
use crate::rules::{Rule, by_hand};
use crate::topology::Setup;
use crate::topology::ports::Connection;
use crate::topology::ssh_access::keeps_host_keys;

/// ssh in the container does not know the VM's host key.
pub const RULE: Rule = Rule {
    name: "ssh-host-key",
    severity: Severity::Error,
    summary: "ssh in the container does not know the VM's host key",
    docs: include_str!("ssh_host_key.md"),
    covers: &["C8"],
    check,
};

/// What keeps cloud-init from making new host keys when Lima gives the VM a new identity, which it
/// does at each start (Lima, `pkg/cidata`; cloud-init, `ssh_deletekeys`).
const KEEP: &str = "#!/bin/sh\nset -eu\nprintf 'ssh_deletekeys: false\\n' > \
                    /etc/cloud/cloud.cfg.d/99-keep-host-keys.cfg";

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let mut reports: Vec<&KnownMessage> = setup.errors.reports(Message::HostKeyChanged).collect();
    let is_changed = !reports.is_empty();
    reports.extend(setup.errors.reports(Message::HostKeyUnverified));
    if reports.is_empty() {
        return foretold(setup).into_iter().collect();
    }
    // Once the VM keeps its keys, what is left is the old one in the list of known hosts.
    let is_kept = is_changed && setup.lima.as_ref().is_some_and(keeps_host_keys);
    let checking = ssh_connections(setup).find(|c| !c.uri.skips_host_key());
    let checking = checking.filter(|_| !is_kept);
    let found = checking.and_then(|connection| of_files(setup, connection, &reports, is_changed));
    found.or_else(|| unexplained(setup, &reports, is_changed, is_kept)).into_iter().collect()
}

fn said(reports: &[&KnownMessage]) -> Vec<Evidence> {
    reports.iter().map(|known| Evidence::new(known.span, "what ssh says")).collect()
}

fn message(service: &str, is_changed: bool) -> String {
    match is_changed {
        true => format!("{service} knows another host key than the VM has now"),
        false => format!("{service} does not know the VM's host key"),
    }
}

const NEW_KEYS: &str = "Lima gives the VM new host keys at each start, and nobody is there to \
                        confirm one.";

fn of_files(
    setup: &Setup,
    connection: &Connection,
    reports: &[&KnownMessage],
    is_changed: bool,
) -> Option<Diagnostic> {
    let part = UriPart::whole(setup, connection)?;
    let mut evidence = part.evidence("lets ssh check the host key");
    evidence.extend(said(reports));
    let keep = keep_keys(setup).filter(|_| is_changed);
    let first = keep.unwrap_or_else(configure);
    Some(Diagnostic {
        detail: NEW_KEYS.to_owned(),
        evidence,
        fixes: std::iter::once(first).chain(no_verify(setup, connection)).collect(),
        ..RULE.finding(part.span, message(&format!("`{}`", part.service.name), is_changed))
    })
}

/// The fix that lets the VM keep its keys.
fn keep_keys(setup: &Setup) -> Option<Fix> {
    setup.lima.as_ref().filter(|lima| !keeps_host_keys(lima) && lima.plain.is_none())?;
    Some(Fix {
        name: "keep-keys",
        title:
            "Let the VM keep its host keys, by a provision script; then take the old key out of \
                `known_hosts` once more, and the new one in"
                .to_owned(),
        suits: "keeps the check",
        applicability: Applicability::Review,
        edits: append_script(setup, KEEP)?,
        steps: vec![Step::RestartInstance, Step::RenewHostKey],
    })
}

fn configure() -> Fix {
    by_hand(
        "Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a \
         `known_hosts` with them",
        Vec::new(),
    )
}

/// The files have no part in it, or are not pasted.
fn unexplained(
    setup: &Setup,
    reports: &[&KnownMessage],
    is_changed: bool,
    is_kept: bool,
) -> Option<Diagnostic> {
    let (first, rest) = reports.split_first()?;
    let skipping = ssh_connections(setup).find(|c| c.uri.skips_host_key() && !is_kept);
    let (severity, text, fix) = match skipping.and_then(|c| UriPart::whole(setup, c)) {
        Some(part) => {
            let name = &part.service.name;
            (
                Severity::Warning,
                format!("likely: `{name}` is older than the files: their URI skips the check"),
                by_hand(
                    format!("Recreate the container: `docker compose up -d {name}`"),
                    vec![Step::RecreateService(name.clone())],
                ),
            )
        }
        None if is_kept => (
            Severity::Warning,
            "likely: `known_hosts` in the container is older than the keys that the VM keeps"
                .to_owned(),
            by_hand("Take the host's lines out of that file, and add its new key", Vec::new()),
        ),
        None => (Severity::Error, message("ssh in the container", is_changed), configure()),
    };
    Some(Diagnostic {
        severity,
        detail: NEW_KEYS.to_owned(),
        evidence: said(rest),
        fixes: vec![fix],
        ..RULE.finding(first.span, text)
    })
}

/// The files give a key, and no word on the host's.
fn foretold(setup: &Setup) -> Option<Diagnostic> {
    // Who was asked for a key has passed this.
    let is_past = setup.errors.reports(Message::PublicKeyDenied).next().is_some();
    if is_past || setup.lima.as_ref().is_some_and(keeps_host_keys) {
        return None;
    }
    let connection = ssh_connections(setup).find(|c| {
        let Some((service, ..)) = setup.connection(c) else { return false };
        let gives_key = setup.key_path(c).is_some() || service.brings_key();
        let is_open = c.uri.skips_host_key() || c.uri.has_own_login();
        let is_plain = c.uri.transport.as_deref() == Some("ssh");
        is_plain && gives_key && !is_open && !service.brings_ssh_config() && leads_to_vm(setup, c)
    })?;
    let part = UriPart::whole(setup, connection)?;
    let name = &part.service.name;
    Some(Diagnostic {
        severity: Severity::Hint,
        is_next: true,
        detail: format!("{NEW_KEYS} ssh then says `Host key verification failed`."),
        evidence: part.evidence("has no `no_verify=1`, and no ssh configuration is bound"),
        fixes: std::iter::once(configure()).chain(no_verify(setup, connection)).collect(),
        ..RULE.finding(
            part.span,
            format!("likely: `{name}` does not know the VM's host key after its next start"),
        )
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean, input};

    fn files(query: &str, volumes: &str, lima: &str) -> String {
        format!(
            "#- lima.yaml\nssh: {{localPort: 20022}}\n{lima}\n#- .env\nLIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system{query}\n#- compose.yaml\nservices:\n  api:\n    \
             environment: [LIBVIRT_URI]\n    volumes: [{volumes}]\n"
        )
    }

    const KEY: &str = "\"~/.lima/_config/user:/key:ro\"";
    const UNKNOWN: &str = "#- error\nCannot recv data: Host key verification failed.: Connection \
                           reset by peer\n";
    const CHANGED: &str = "#- error\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     \
                           @\nHost key verification failed.: Connection reset by peer\n";

    #[test]
    fn ssh_does_not_know_the_key() {
        check(
            &format!("{}{UNKNOWN}", files("", "", "")),
            &expect![[r#"
            error[ssh-host-key] .env:1:13: `api` does not know the VM's host key
              compose.yaml:3:19: `api` takes its `LIBVIRT_URI` from here
              .env:1:13: lets ssh check the host key
              error:1:19: what ssh says
              fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
              fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
        "#]],
        );
        check(
            &format!("{}{UNKNOWN}", files("?keyfile=/key", KEY, "")),
            &expect![[r#"
            error[ssh-host-key] .env:1:13: `api` does not know the VM's host key
              compose.yaml:3:19: `api` takes its `LIBVIRT_URI` from here
              .env:1:13: lets ssh check the host key
              error:1:19: what ssh says
              fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
              fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
        "#]],
        );
        check(
            UNKNOWN,
            &expect![[r#"
            error[ssh-host-key] error:1:19: ssh in the container does not know the VM's host key
              fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn ssh_knows_another_key() {
        check(
            &format!("{}{CHANGED}", files("?keyfile=/key", KEY, "")),
            &expect![[r#"
                error[ssh-host-key] .env:1:13: `api` knows another host key than the VM has now
                  compose.yaml:3:19: `api` takes its `LIBVIRT_URI` from here
                  .env:1:13: lets ssh check the host key
                  error:1:15: what ssh says
                  error:2:1: what ssh says
                  fix keep-keys: Let the VM keep its host keys, by a provision script; then take the old key out of `known_hosts` once more, and the new one in
                  fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
                --- lima.yaml
                +provision:
                +- mode: "system"
                +  script: |-
                +    #!/bin/sh
                +    set -eu
                +    printf 'ssh_deletekeys: false\n' > /etc/cloud/cloud.cfg.d/99-keep-host-keys.cfg
            "#]],
        );
    }

    #[test]
    fn the_files_are_newer_than_the_error() {
        check(
            &format!("{}{UNKNOWN}", files("?no_verify=1", "", "")),
            &expect![[r#"
            warning[ssh-host-key] error:1:19: likely: `api` is older than the files: their URI skips the check
              fix by-hand: Recreate the container: `docker compose up -d api`
        "#]],
        );
        let kept =
            "provision: [{script: \"echo ssh_deletekeys: false >/etc/cloud/cloud.cfg.d/x.cfg\"}]";
        check(
            &format!("{}{CHANGED}", files("", "", kept)),
            &expect![[r#"
            warning[ssh-host-key] error:1:15: likely: `known_hosts` in the container is older than the keys that the VM keeps
              error:2:1: what ssh says
              fix by-hand: Take the host's lines out of that file, and add its new key
        "#]],
        );
    }

    #[test]
    fn it_is_foretold_where_only_a_key_is_given() {
        check(
            &files("?keyfile=/key", KEY, ""),
            &expect![[r#"
            next[ssh-host-key] .env:1:13: likely: `api` does not know the VM's host key after its next start
              compose.yaml:3:19: `api` takes its `LIBVIRT_URI` from here
              .env:1:13: has no `no_verify=1`, and no ssh configuration is bound
              fix by-hand: Let the VM keep its host keys (`ssh_deletekeys: false` for cloud-init), and bind a `known_hosts` with them
              fix no-verify: Add `no_verify=1`: ssh then trusts whoever answers on that port
        "#]],
        );
        let silent = |query: &str, volumes: &str, more: &str| {
            let report =
                crate::diagnose(&input(&format!("{}{more}", files(query, volumes, "")))).report;
            assert!(!report.findings.iter().any(|f| f.rule == RULE.name), "{query} {volumes}");
        };
        silent("", "", "");
        silent("?keyfile=/key&no_verify=1", KEY, "");
        silent(
            "?keyfile=/key",
            "\"~/.lima/_config/user:/key:ro\", \"./known_hosts:/root/.ssh/known_hosts\"",
            "",
        );
        silent(
            "?keyfile=/key",
            KEY,
            "#- error\ndev@host.docker.internal: Permission denied (publickey).\n",
        );
        check_clean(&RULE, &files("?keyfile=/key&no_verify=1", KEY, ""));
    }
}
