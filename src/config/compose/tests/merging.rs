//! Documents over each other, and services over those they extend, in the finer points.

use super::*;

#[test]
fn what_a_later_document_replaces_must_still_be_valid() {
    let base = "services:\n  a: {image: x, volumes: ['/x:']}\n";
    let over = "services:\n  a: {volumes: !override ['/y:/y']}\n";
    assert_eq!(
        messages(&resolve_files(&[base, over], None)),
        ["invalid spec: /x:: empty section between colons"]
    );
    // A bind without a source is refused in the end only.
    let base = "services:\n  a: {image: x, volumes: [{type: bind, target: /y}]}\n";
    assert_eq!(messages(&resolve_files(&[base, over], None)), [""; 0]);
    assert_eq!(messages(&resolve_files(&[base, "# nothing\n"], None)).len(), 1);
}

#[test]
fn doubled_targets_are_looked_for_after_each_document() {
    let base = "services:\n  a: {image: x, volumes: ['/x:/d', '/y:/d']}\n";
    for (over, expected) in [
        ("['/x:/d', '/z:/e']", [("/x", "/d", false), ("/z", "/e", false)]),
        ("['/z:/e', '/w:/d', '/y:/d']", [("/y", "/d", false), ("/z", "/e", false)]),
    ] {
        let over = format!("services:\n  a: {{volumes: {over}}}\n");
        let project = resolve_files(&[base, &over], None);
        assert_eq!(binds_of(&project.compose.services[0]), expected, "{over}");
    }
}

#[test]
fn an_entry_that_is_there_already_is_not_appended() {
    let long = "{type: bind, source: /x, target: /d}";
    let base = format!("volumes: [{long}, {{type: tmpfs, target: /d}}]");
    let text =
        format!("services:\n  a: {{image: x, {base}}}\n  b: {{extends: a, volumes: [{long}]}}\n");
    let project = resolve_files(&[&text], None);
    assert_eq!(binds_of(&project.compose.services[1]), []);
}

#[test]
fn an_override_beside_extends_replaces_earlier_files_too() {
    let base = "services:\n  a: {image: x, ports: ['80:80']}\n  b: {image: x}\n";
    let over = "services:\n  a: {extends: b, ports: !override ['81:81']}\n  b: {image: x}\n";
    let project = resolve_files(&[base, over], None);
    let ports: Vec<u16> =
        project.compose.services[0].published_ports.iter().map(|(port, _)| *port).collect();
    assert_eq!(ports, [81]);
}

#[test]
fn services_that_share_a_network_in_a_circle() {
    for (modes, expected) in [
        (&["a"][..], &["dependency cycle detected: a -> a"][..]),
        (&["b", "a"], &["dependency cycle detected: a -> b -> a"]),
        (&["b", "c", "b"], &["dependency cycle detected: b -> c -> b"]),
        (&["b", "c", "c"], &["dependency cycle detected: c -> c"]),
    ] {
        let mut text = "services:\n  d: {image: x, network_mode: 'service:a'}\n".to_owned();
        for (name, mode) in ["a", "b", "c"].iter().zip(modes) {
            text += &format!("  {name}: {{image: x, network_mode: 'service:{mode}'}}\n");
        }
        assert_eq!(messages(&resolve_files(&[&text], None)), expected, "{modes:?}");
    }
}

#[test]
fn lists_of_several_files_are_freed_of_doubles() {
    let base = "services:\n  a: {image: x, profiles: [p, q], extra_hosts: ['h:1.1.1.1']}\n";
    let over = "services:\n  a: {profiles: [q, r], extra_hosts: ['k:2.2.2.2', 'k:2.2.2.2']}\n";
    let project = resolve_files(&[base, over], None);
    assert_eq!(messages(&project), [""; 0]);
    assert_eq!(project.compose.services[0].profiles, ["p", "q", "r"]);
}

#[test]
fn a_variable_is_reset_in_a_mapping_but_not_in_what_was_merged() {
    let files = [
        "services:\n  a: {image: x, environment: {A: 1, B: 2}}\n",
        "services:\n  a: {environment: {A: !reset null}}\n",
        "services:\n  a: {environment: {B: !reset null}}\n",
    ];
    let project = resolve_files(&files, None);
    assert_eq!(environment_of(&project.compose.services[0]), [("B", Some("2"))]);
}
