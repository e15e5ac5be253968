//! What a text can only be, whatever it was given as.

use super::kind::{is_assignment, is_failure, is_other_yaml, key, kind_of};
use crate::intake::limactl;
use crate::text::{FileId, FileKind};

/// The kind of a text that fits no other; `None` in doubt. It is stricter than
/// [`super::kind_of`], which has to choose.
pub fn certain_kind(text: &str) -> Option<FileKind> {
    let text = text.trim_start_matches('\u{feff}');
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let lines: Vec<&str> = text.lines().filter(is_content).collect();
    let first = lines.first()?;
    if first.split_whitespace().take(3).eq(["NAME", "STATUS", "SSH"]) {
        return Some(FileKind::Limactl);
    }
    if first.starts_with('{') && first.contains("\"sshLocalPort\"") {
        let instances = limactl::instances(FileId(0), text);
        return (!instances.is_empty()).then_some(FileKind::Limactl);
    }
    if lines.iter().all(|line| is_assignment(line) && line.starts_with(is_name_start)) {
        return Some(FileKind::Env);
    }
    let is_message =
        |line: &&str| is_failure(line) || (!is_assignment(line) && key(line).is_none());
    if is_failure(first) && lines.iter().all(is_message) {
        return (kind_of(None, text) == FileKind::Error).then_some(FileKind::Error);
    }
    if is_other_yaml(text) { None } else { yaml_kind(&lines) }
}

fn is_name_start(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_'
}

/// Block YAML with keys at the top that only one of the programs knows, and none of the other's.
fn yaml_kind(lines: &[&str]) -> Option<FileKind> {
    let is_indented = |line: &&str| line.starts_with([' ', '\t', '-', '}', ']', '.']);
    let mut top = lines.iter().filter(|line| !is_indented(line)).map(|line| key(line));
    // A line at the margin that is no key makes it something else, or mixed.
    let keys = top.by_ref().collect::<Option<Vec<&str>>>()?;
    let nests = lines.iter().any(is_indented);
    let has = |known: &[&str]| keys.iter().any(|key| known.contains(key));
    match (has(&LIMA), has(&COMPOSE)) {
        (true, false) if nests => Some(FileKind::Lima),
        (false, true) if nests && keys.contains(&"services") => Some(FileKind::Compose),
        _ => None,
    }
}

/// Keys at the top of a `lima.yaml` that no Compose file has there.
const LIMA: [&str; 10] = [
    "minimumLimaVersion",
    "vmType",
    "vmOpts",
    "images",
    "mounts",
    "mountType",
    "ssh",
    "provision",
    "portForwards",
    "containerd",
];

/// Keys at the top of a Compose file that no `lima.yaml` has there.
const COMPOSE: [&str; 6] = ["services", "volumes", "networks", "include", "secrets", "configs"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_can_only_be() {
        use FileKind::{Compose, Env, Error, Lima, Limactl};
        for (text, expected) in [
            ("services:\n  api:\n    image: api\n", Some(Compose)),
            ("# api\nname: x\nservices:\n  api: {}\nvolumes:\n  a:\n", Some(Compose)),
            ("vmType: qemu\nmounts:\n- location: \"~\"\n", Some(Lima)),
            ("cpus: 4\nssh:\n  localPort: 60022\n", Some(Lima)),
            ("A=1\n# b\nexport B='2'\n", Some(Env)),
            ("NAME  STATUS  SSH\ndev   Running  127.0.0.1:60022\n", Some(Limactl)),
            ("{\"name\":\"dev\",\"status\":\"Running\",\"sshLocalPort\":60022}\n", Some(Limactl)),
            ("error: Cannot access storage file '/a': No such file or directory\n", Some(Error)),
            // In doubt.
            ("", None),
            ("# vmType: qemu\n", None),
            ("services: {}\n", None),
            ("cpus: 4\n", None),
            ("mounts: x\n", None),
            ("volumes:\n  a: {}\n", None),
            ("services:\n  a: {}\nmounts:\n- location: /a\n", None),
            ("It fails:\nservices:\n  api: {}\n", None),
            ("A=1\nservices:\n  api: {}\n", None),
            ("A=\"1\n2\"\n", None),
            ("time=\"x\" level=info msg=y\n", None),
            ("error: x\nA=1\n", None),
        ] {
            assert_eq!(certain_kind(text), expected, "{text:?}");
        }
    }
}
