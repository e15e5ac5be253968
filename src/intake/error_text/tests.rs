use expect_test::{Expect, expect};

use super::*;

/// Reads a text and lists what was found, with the text under each span.
fn check(text: &str, expected: Expect) {
    let facts = facts(FileId(0), text);
    let mut res = String::new();
    for path in &facts.paths {
        let at = &text[path.span.range()];
        res += &format!("path {} {:?} at {at:?}\n", path.path, path.failure);
    }
    for (uri, span) in &facts.uris {
        res += &format!("uri {:?} {} at {:?}\n", uri.port, uri.path, &text[span.range()]);
    }
    for (host, port, span) in &facts.endpoints {
        res += &format!("endpoint {host} {port} at {:?}\n", &text[span.range()]);
    }
    expected.assert_eq(&res);
}

#[test]
fn a_response_body_with_escapes_wrapped_at_blanks() {
    check(
        r#"HTTP response body: {"error":"start: virsh --connect
qemu+ssh://ada@host.docker.internal:52136/system start vm-1 failed:
exit status 1: error: Failed to start domain 'vm-1'\nerror: Cannot
access storage file '/srv/images/jobs/vm-1/seed.iso':
No such file or directory","code":500}"#,
        expect![[r#"
            path /srv/images/jobs/vm-1/seed.iso Missing at "/srv/images/jobs/vm-1/seed.iso"
            uri Some(Part { value: 52136, range: 36..41 }) /system at "qemu+ssh://ada@host.docker.internal:52136/system"
        "#]],
    );
}

#[test]
fn quotes_of_every_kind_and_ids() {
    for (text, path, failure) in [
        (
            "Cannot access storage file '/a/b.iso': No such file or directory",
            "/a/b.iso",
            PathFailure::Missing,
        ),
        (
            "error: Cannot access storage file '/a/b' (as uid:64055, gid:109): Permission denied",
            "/a/b",
            PathFailure::Denied,
        ),
        (
            "Cannot access backing file '/a/base' of storage file '/a/o' (as uid:1, gid:1): No such file or directory",
            "/a/base",
            PathFailure::Missing,
        ),
        (r#"{"m":"Could not open \"/a/b c\": Permission denied"}"#, "/a/b c", PathFailure::Denied),
        (
            r#""{\"m\":\"Could not open \\\"/a/b\\\": Read-only file system\"}""#,
            "/a/b",
            PathFailure::ReadOnly,
        ),
        ("Could not open `/a/b`: Permission denied", "/a/b", PathFailure::Denied),
        ("Could not open `/a/b': Permission denied", "/a/b", PathFailure::Denied),
        ("Could not open ‘/a/b’: Permission denied", "/a/b", PathFailure::Denied),
        (
            "could not open disk image /a/b: Could not open '/a/b': Permission denied",
            "/a/b",
            PathFailure::Denied,
        ),
        (
            "unable to set user and group to '64055:109' on '/a/b': Permission denied",
            "/a/b",
            PathFailure::Denied,
        ),
        ("Could not open '/a/b': Input/output error", "/a/b", PathFailure::Other),
        ("Cannot access storage file '/a/b'", "/a/b", PathFailure::Other),
        (
            r"Cannot access storage file '\/a\/b': No such file or directory",
            "/a/b",
            PathFailure::Missing,
        ),
    ] {
        let found = facts(FileId(0), text).paths;
        let last = found.last().unwrap_or_else(|| panic!("{text}"));
        assert_eq!((last.path.as_str(), last.failure), (path, failure), "{text}");
    }
}

#[test]
fn a_path_and_a_port_broken_by_a_terminal() {
    check(
        "error: Cannot access storage file '/srv/images/jo\nbs/vm-1/seed.iso': No such file or dir\nectory",
        expect![[r#"
            path /srv/images/jobs/vm-1/seed.iso Missing at "/srv/images/jo\nbs/vm-1/seed.iso"
        "#]],
    );
    check(
        "error: Cannot recv data: ssh: connect to host host.docker.internal port 584\n11: Connection refused: Connection reset by peer",
        expect![[r#"
            endpoint host.docker.internal 58411 at "584\n11"
        "#]],
    );
    check(
        "> error: Cannot recv data: ssh: connect to host host.docker.internal port\r\n> 58411: Connection refused",
        expect![[r#"
            endpoint host.docker.internal 58411 at "58411"
        "#]],
    );
    check(
        "virsh --connect qemu+ssh://ada@host.docker.inter\nnal:52136/system list",
        expect![[r#"
            uri Some(Part { value: 52136, range: 36..41 }) /system at "qemu+ssh://ada@host.docker.inter\nnal:52136/system"
        "#]],
    );
}

#[test]
fn a_value_that_ends_with_its_line_is_not_joined_with_the_next() {
    check(
        "LIBVIRT_URI is qemu+ssh://ada@localhost:52136/system\nstart vm-1 failed\n",
        expect![[r#"
            uri Some(Part { value: 52136, range: 25..30 }) /system at "qemu+ssh://ada@localhost:52136/system"
        "#]],
    );
    check(
        "ssh: connect to host localhost port 22\n2026-01-10 10:00 next line\nssh: connect to host h port 4000\n12:00:01 next",
        expect![[r#"
            endpoint localhost 22 at "22"
            endpoint h 4000 at "4000"
        "#]],
    );
}

#[test]
fn endpoints_of_ssh_and_of_libvirt() {
    check(
        "error: Cannot recv data: ssh: connect to host 192.168.5.2 port 58411: Network is unreachable\n\
         error: unable to connect to server at 'localhost:16509': Connection refused\n\
         error: unable to connect to server at 'h:x': Connection refused\n\
         ssh: connect to host 192.168.5.2 port 58411: Network is unreachable\n\
         ssh: connect to host h port 99999: Network is unreachable",
        expect![[r#"
            endpoint 192.168.5.2 58411 at "58411"
            endpoint localhost 16509 at "16509"
        "#]],
    );
}

#[test]
fn uris_among_punctuation_and_escapes() {
    check(
        r#"use `qemu:///system`, (qemu+tcp://h:16509/system); see https://libvirt.org/uri.html.
{"uri":"qemu+ssh://ada@h:1/system?keyfile=/root/k\u0026no_verify=1"} and qemu+ssh://[::1]:22/session."#,
        expect![[r#"
            uri None /system at "qemu:///system"
            uri Some(Part { value: 16509, range: 13..18 }) /system at "qemu+tcp://h:16509/system"
            uri Some(Part { value: 1, range: 17..18 }) /system at "qemu+ssh://ada@h:1/system?keyfile=/root/k\\u0026no_verify=1"
            uri Some(Part { value: 22, range: 17..19 }) /session at "qemu+ssh://[::1]:22/session"
        "#]],
    );
}

#[test]
fn text_without_a_failure_has_no_facts() {
    for text in
        ["", "\\", "://", "Could not open", "Could not open 'x': y", "port 22", "connect to host"]
    {
        assert_eq!(facts(FileId(0), text), ErrorFacts::default(), "{text:?}");
    }
}

proptest::proptest! {
    /// Whatever the width of the terminal, the same path and port are found, and the span holds
    /// all of it.
    #[test]
    fn a_wrapped_message_reads_like_the_whole_one(
        width in 45_usize..160,
        path in "/[a-z0-9._-]{1,20}(/[a-z0-9._-]{1,30}){1,5}",
        port in 1024_u16..,
    ) {
        let text = format!(
            "error: Cannot recv data: ssh: connect to host host.docker.internal port {port}: \
             Connection refused: Connection reset by peer; then error: Cannot access storage file \
             '{path}' (as uid:64055, gid:109): No such file or directory"
        );
        let chars: Vec<char> = text.chars().collect();
        let wrapped =
            chars.chunks(width).map(String::from_iter).collect::<Vec<String>>().join("\n");
        let found = facts(FileId(0), &wrapped);
        proptest::prop_assert_eq!(found.paths.len(), 1, "{}", wrapped);
        let first = &found.paths[0];
        proptest::prop_assert_eq!(&first.path, &path);
        proptest::prop_assert_eq!(first.failure, PathFailure::Missing);
        proptest::prop_assert_eq!(wrapped[first.span.range()].replace('\n', ""), path);
        proptest::prop_assert_eq!(found.endpoints.len(), 1, "{}", wrapped);
        let (host, found_port, span) = &found.endpoints[0];
        proptest::prop_assert_eq!(host, "host.docker.internal");
        proptest::prop_assert_eq!(*found_port, port);
        proptest::prop_assert_eq!(wrapped[span.range()].replace('\n', ""), port.to_string());
    }

    #[test]
    fn any_text_is_read_and_spans_fit_it(
        text in "(Cannot access storage file |'|\"|/a|\\\\n|\\\\|\n|> |qemu:///|connect to host |port |: |[0-9]{1,3}|\u{1b}\\[1m|ü|[ -~])*"
    ) {
        let found = facts(FileId(0), &text);
        let spans = found.paths.iter().map(|path| path.span)
            .chain(found.uris.iter().map(|uri| uri.1))
            .chain(found.endpoints.iter().map(|endpoint| endpoint.2));
        for span in spans {
            proptest::prop_assert!(text.get(span.range()).is_some_and(|slice| !slice.is_empty()));
        }
    }
}

#[test]
fn a_long_text_of_beginnings_gets_an_answer() {
    for piece in [
        "Cannot access storage file '",
        "Cannot ",
        "qemu://",
        "\\n",
        "connect to host ",
        "'\n",
        "\u{1b}",
    ] {
        let text = piece.repeat((1 << 18) / piece.len());
        for path in facts(FileId(0), &text).paths {
            assert!(text.get(path.span.range()).is_some(), "{piece:?}");
        }
    }
}
