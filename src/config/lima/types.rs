//! Which kind of value each key takes. Lima refuses a file with any other (Lima,
//! pkg/limatype/lima_yaml.go, read by goccy/go-yaml); null is taken everywhere.

use crate::syntax::SyntaxError;
use crate::syntax::yaml::{Data, Document, Node};

/// A kind of value.
enum Type {
    /// Any scalar.
    Text,
    /// `true` or `false`, unquoted.
    Bool,
    /// A whole number, quoted or not; a fraction is cut off.
    Int,
    /// Like `Int`, but not below 0.
    Uint,
    /// A list with entries of one kind.
    List(&'static Type),
    /// A map with these keys; others are passed over.
    Map(&'static [(&'static str, Type)]),
    /// A map with values of one kind.
    MapOf(&'static Type),
}

use Type::{Bool, Int, List, Map, MapOf, Text, Uint};

/// The keys at the top level whose values are of one kind in every version. `base`,
/// `additionalDisks` and files take several kinds.
const ROOT: Type = Map(&[
    ("minimumLimaVersion", Text),
    ("vmType", Text),
    ("os", Text),
    ("arch", Text),
    ("cpus", Int),
    ("memory", Text),
    ("disk", Text),
    ("mounts", List(&MOUNT)),
    ("mountTypesUnsupported", List(&Text)),
    ("mountType", Text),
    ("mountInotify", Bool),
    ("ssh", SSH),
    ("provision", List(&PROVISION)),
    ("upgradePackages", Bool),
    (
        "probes",
        List(&Map(&[("mode", Text), ("description", Text), ("script", Text), ("hint", Text)])),
    ),
    ("portForwards", List(&PORT_FORWARD)),
    ("message", Text),
    ("env", MapOf(&Text)),
    ("param", MapOf(&Text)),
    ("hostResolver", Map(&[("enabled", Bool), ("ipv6", Bool), ("hosts", MapOf(&Text))])),
    ("dns", List(&Text)),
    ("propagateProxyEnv", Bool),
    ("plain", Bool),
    ("nestedVirtualization", Bool),
    ("user", USER),
]);

const MOUNT: Type = Map(&[
    ("location", Text),
    ("mountPoint", Text),
    ("writable", Bool),
    ("sshfs", Map(&[("cache", Bool), ("followSymlinks", Bool), ("sftpDriver", Text)])),
    (
        "9p",
        Map(&[
            ("securityModel", Text),
            ("protocolVersion", Text),
            ("msize", Text),
            ("cache", Text),
        ]),
    ),
    ("virtiofs", Map(&[("queueSize", Int)])),
]);

const SSH: Type = Map(&[
    ("localPort", Int),
    ("loadDotSSHPubKeys", Bool),
    ("forwardAgent", Bool),
    ("forwardX11", Bool),
    ("forwardX11Trusted", Bool),
]);

const PROVISION: Type = Map(&[("mode", Text), ("script", Text)]);

const PORT_FORWARD: Type = Map(&[
    ("guestIPMustBeZero", Bool),
    ("guestIP", Text),
    ("guestPort", Int),
    ("guestPortRange", List(&Int)),
    ("guestSocket", Text),
    ("hostIP", Text),
    ("hostPort", Int),
    ("hostPortRange", List(&Int)),
    ("hostSocket", Text),
    ("proto", Text),
    ("reverse", Bool),
    ("ignore", Bool),
]);

const USER: Type =
    Map(&[("name", Text), ("comment", Text), ("home", Text), ("shell", Text), ("uid", Uint)]);

/// Every value in the document that is not of its key's kind.
pub(super) fn check(document: &Document, root: &Node) -> Vec<SyntaxError> {
    let mut res = Vec::new();
    check_value(document, root, &ROOT, "the file", &mut res);
    res
}

fn check_value(
    document: &Document,
    node: &Node,
    kind: &'static Type,
    name: &str,
    res: &mut Vec<SyntaxError>,
) {
    let value = document.resolve(node);
    if value.is_null() {
        return;
    }
    let is_scalar = value.scalar().is_some();
    let (fits, expected, help) = match kind {
        Text => (is_scalar, "text", "write one value"),
        Bool => (
            value.as_bool().is_some(),
            "`true` or `false`",
            "write `true` or `false` without quotes",
        ),
        Int => (value.as_int().is_some(), "a number", "write a number"),
        Uint => (value.as_int().is_some_and(|n| n >= 0), "a number", "write a number"),
        List(_) => (
            matches!(value.data, Data::Sequence(_)),
            "a list",
            "start each entry in a line of its own with `- `",
        ),
        Map(_) | MapOf(_) => {
            (matches!(value.data, Data::Mapping(_)), "a map", "write `key: value` below it")
        }
    };
    if !fits {
        res.push(SyntaxError {
            span: value.span,
            message: format!("{name} must be {expected}"),
            help: help.to_owned(),
            fix: None,
        });
        return;
    }
    match kind {
        List(of) => {
            for item in document.items(value) {
                check_value(document, item, of, &format!("an entry of {name}"), res);
            }
        }
        Map(keys) => {
            for entry in document.entries(value) {
                let Some(key) = entry.key_text() else { continue };
                if let Some((_, of)) = keys.iter().find(|(name, _)| *name == key) {
                    check_value(document, &entry.value, of, &format!("`{key}`"), res);
                }
            }
        }
        MapOf(of) => {
            for entry in document.entries(value) {
                let key = entry.key_text().unwrap_or_default();
                check_value(document, &entry.value, of, &format!("`{key}`"), res);
            }
        }
        Text | Bool | Int | Uint => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    #[test]
    fn each_value_is_of_its_keys_kind() {
        for (yaml, expected) in [
            ("mounts: /srv", "`mounts` must be a list"),
            ("mounts: ['~']", "an entry of `mounts` must be a map"),
            ("mounts: [{writable: yes}]", "`writable` must be `true` or `false`"),
            ("mounts: [{location: [a]}]", "`location` must be text"),
            ("ssh: 2222", "`ssh` must be a map"),
            ("ssh: {localPort: ssh}", "`localPort` must be a number"),
            ("portForwards: [{guestPort: web}]", "`guestPort` must be a number"),
            (
                "portForwards: [{guestPortRange: [1, x]}]",
                "an entry of `guestPortRange` must be a number",
            ),
            ("user: {uid: -1}", "`uid` must be a number"),
            ("param: {a: [b]}", "`a` must be text"),
            ("- a", "the file must be a map"),
        ] {
            let parsed = Yaml::parse(FileId(0), yaml);
            let document = &parsed.documents[0];
            let errors = check(document, document.root.as_ref().unwrap());
            let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            assert_eq!(messages, [expected], "{yaml}");
        }
    }

    #[test]
    fn numbers_may_be_quoted_and_null_is_taken_everywhere() {
        let yaml = "mounts:\nssh: {localPort: '2222', forwardAgent: null}\ncpus: 4.5\n\
                    vmType: 1\nportForwards: [{guestPort: 0x50, proto: ~}, ~]\nunknown: [a]\n";
        let parsed = Yaml::parse(FileId(0), yaml);
        let document = &parsed.documents[0];
        assert_eq!(check(document, document.root.as_ref().unwrap()), []);
    }
}
