use super::{Check, When, quoted};
use crate::intake::LimaVersion;
use crate::syntax::yaml::{Data, Node};

impl Check<'_> {
    pub(super) fn base(&mut self) {
        let Some(value) = self.field(self.root, "base") else { return };
        if !self.circumstances.since(1, 1, 0) {
            return;
        }
        if let Some(span) = self.lima.base.filter(|_| self.circumstances.is_stored) {
            let message = "field `base` must be empty for YAML validation";
            self.refuse(span, message, "take it away: the file of a VM holds all of its settings");
        }
        let items = match &value.data {
            Data::Sequence(_) => self.document.items(value),
            _ => vec![value],
        };
        let digests: Vec<_> = items
            .into_iter()
            .filter_map(|item| self.field(item, "digest"))
            .map(|d| d.span)
            .collect();
        for span in digests {
            let message = "`base` has specified a digest; digest support is not yet implemented";
            self.refuse(span, message, "take the digest away");
        }
    }

    pub(super) fn version(&mut self) {
        let Some((written, span)) = self.lima.minimum_version.clone() else { return };
        if !self.circumstances.since(1, 0, 0) {
            return;
        }
        let Some(wanted) = version(&written) else {
            let message = format!(
                "field `minimumLimaVersion` must be a semvar value, got {}",
                quoted(&written)
            );
            return self.refuse(span, message, "write a version such as `2.0.0`");
        };
        let have = self.circumstances.version;
        if self.circumstances.version_is_known && have < wanted {
            let message = format!(
                "template requires Lima version {}; this is only {}",
                quoted(&written),
                quoted(&have.to_string())
            );
            self.refuse(span, message, "install a newer Lima");
        }
    }

    pub(super) fn ssh(&mut self) {
        let Some(ssh) = self.field(self.root, "ssh") else { return };
        let Some(value) = self.field(ssh, "localPort") else { return };
        if let Some(port) = value.as_int().filter(|port| *port != 0) {
            self.refuse_port(value.span, "ssh.localPort", port);
        }
    }

    pub(super) fn name_servers(&mut self) {
        let Some(dns) = self.field(self.root, "dns") else { return };
        let resolver = self.field(self.root, "hostResolver");
        let enabled = resolver.and_then(|node| self.field(node, "enabled")?.as_bool());
        if enabled != Some(false) && !self.document.items(dns).is_empty() {
            let message = "field `dns` must be empty when field `HostResolver.Enabled` is true";
            self.refuse(dns.span, message, "write `hostResolver: {enabled: false}` as well");
        }
    }

    pub(super) fn user(&mut self) {
        let user = self.lima.user.clone();
        if self.circumstances.since(1, 0, 0) {
            if let Some((_, span)) = user.name.filter(|(name, _)| name == "root") {
                let message = "field User must not be \"root\"";
                self.refuse_when(When::Start, span, message, "choose another name");
            }
            if let Some((_, span)) = user.uid.filter(|(uid, _)| uid == "0") {
                let message = "field UID must not be 0";
                self.refuse_when(When::Start, span, message, "choose another number");
            }
        }
        let Some(user) =
            self.field(self.root, "user").filter(|_| self.circumstances.since(2, 2, 0))
        else {
            return;
        };
        let is_linux = self.field(self.root, "os").is_none_or(|os| {
            let os = os.as_lima_text().unwrap_or_default();
            os.is_empty() || os == "Linux" || os == "default"
        });
        let without_sudo =
            self.field(user, "passwordlessSudo").filter(|v| v.as_bool() == Some(false));
        if let Some(value) = without_sudo.filter(|_| is_linux && self.lima.plain.is_none()) {
            let message = "`user.passwordlessSudo: false` requires `plain: true`";
            self.refuse(value.span, message, "write `plain: true` as well");
        }
        let shell = self.field(user, "shell").filter(|_| is_linux);
        if let Some((text, span)) = shell.and_then(|node| Some((node.as_lima_text()?, node.span)))
            && !text.starts_with('/')
        {
            let message =
                format!("field `user.shell` must be an absolute path, got {}", quoted(&text));
            self.refuse(span, message, "write the path out, such as `/bin/bash`");
        }
    }

    pub(super) fn provision(&mut self) {
        let Some(list) = self.field(self.root, "provision") else { return };
        for (i, entry) in self.document.items(list).into_iter().enumerate() {
            let text = |key| self.field(entry, key).and_then(Node::as_lima_text);
            let needs_script =
                !["data", "yq", "ansible"].contains(&text("mode").as_deref().unwrap_or(""));
            let is_elsewhere =
                ["file", "playbook"].iter().any(|key| self.field(entry, key).is_some());
            let is_empty = text("script").is_none_or(|script| script.is_empty());
            if needs_script && !is_elsewhere && is_empty && self.circumstances.since(1, 0, 0) {
                let message = format!("field `provision[{i}].script` must not be empty");
                self.refuse(entry.span, message, "write a script, or take the entry away");
            }
        }
    }

    pub(super) fn param(&mut self) {
        let Some(params) = self.field(self.root, "param") else { return };
        if !self.circumstances.since(0, 23, 0) {
            return;
        }
        for entry in self.document.entries(params) {
            let (Some(name), value) = (entry.key_text(), self.document.resolve(&entry.value))
            else {
                continue;
            };
            let span = entry.key.span;
            let is_legal = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_legal {
                let message = format!(
                    "param {} name does not match regex `^[a-zA-Z][a-zA-Z0-9_]*$`",
                    quoted(name)
                );
                self.refuse(span, message, "write letters, digits and `_` only");
            } else if !self.is_used(name) {
                let message = format!(
                    "field `param` key {} is not used in any provision, probe, copyToHost, or portForward",
                    quoted(name)
                );
                self.refuse(span, message, "use it or take it away");
            }
            let text = value.as_lima_text().unwrap_or_default();
            if let Some(c) = text.chars().find(|c| *c != '\t' && c.is_control()) {
                let message = format!(
                    "param {} value contains unprintable character {}",
                    quoted(name),
                    crate::syntax::go::quote(&c.to_string())
                );
                self.refuse(value.span, message, "take it out");
            }
        }
    }

    /// Whether a parameter is used, or may be: in a script that stands in another file.
    fn is_used(&self, name: &str) -> bool {
        if self.lima.base.is_some() || name == "internal_netplanOptional" {
            return true;
        }
        let sections = ["provision", "probes", "copyToHost", "portForwards", "mounts"];
        let entries = sections
            .iter()
            .filter_map(|section| self.field(self.root, section))
            .flat_map(|list| self.document.items(list));
        for entry in entries {
            if ["file", "playbook"].iter().any(|key| self.field(entry, key).is_some()) {
                return true;
            }
            let texts = self.document.entries(entry).into_iter();
            let mut texts = texts.filter_map(|entry| self.document.resolve(&entry.value).scalar());
            if texts.any(|scalar| uses(scalar.text.as_str(), name)) {
                return true;
            }
        }
        false
    }
}

/// Whether a text refers to a parameter: `{{.Param.NAME}}` or `PARAM_NAME`.
fn uses(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let variable = format!("PARAM_{name}");
    let in_variable = text.match_indices(&variable).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + variable.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    });
    let field = format!(".Param.{name}");
    let in_template = text.split("{{").skip(1).any(|rest| {
        rest.split_once('}')
            .is_some_and(|(hole, after)| after.starts_with('}') && hole.contains(&field))
    });
    in_variable || in_template
}

/// `2.0.0`, perhaps with `v` in front and a build behind `-`.
fn version(text: &str) -> Option<LimaVersion> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('-').next().unwrap_or_default();
    let parts = text.split('.').count();
    text.parse().ok().filter(|_| parts == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_used_as_a_variable_or_in_a_template() {
        for (text, expected) in [
            ("echo $PARAM_x", true),
            ("echo ${PARAM_x}", true),
            ("echo $PARAM_xy", false),
            ("echo $MY_PARAM_x", false),
            ("{{.Param.x}}", true),
            ("{{ if .Param.x }}a{{ end }}", true),
            ("{.Param.x}", false),
            ("x", false),
        ] {
            assert_eq!(uses(text, "x"), expected, "{text}");
        }
    }
}
