//! What an error text says of other hosts and programs: it is none of the set-up's, and no rule
//! may take it for the VM's.

use super::Setup;
use super::ports::{is_host_name, is_loopback};
use crate::intake::error_text::Message;
use crate::text::{FileId, FileKind};

/// What ssh says of whatever host it is asked for.
const OF_SSH: [Message; 7] = [
    Message::HostUnresolved,
    Message::PublicKeyDenied,
    Message::HostKeyUnverified,
    Message::HostKeyChanged,
    Message::KeyTooOpen,
    Message::KeyIsDirectory,
    Message::IdentityMissing,
];

/// Words of texts that speak of libvirt or of the VM.
const OURS: [&str; 6] = ["libvirt", "virsh", "qemu+", "Cannot recv data", "hypervisor", "lima"];

impl Setup {
    /// Takes what ssh says out of texts that name another host, and nothing of libvirt or Lima.
    pub(super) fn drop_foreign_errors(&mut self) {
        let hosts = self.connections.iter().filter_map(|connection| connection.uri.host.as_ref());
        let hosts: Vec<String> = hosts.map(|host| host.value.to_ascii_lowercase()).collect();
        let texts = self.sources.of_kind(FileKind::Error);
        let foreign: Vec<FileId> =
            texts.filter(|(_, file)| is_foreign(&file.text, &hosts)).map(|(id, _)| id).collect();
        self.errors.messages.retain(|known| {
            !(OF_SSH.contains(&known.message) && foreign.contains(&known.span.file))
        });
    }
}

/// Whether a text names a host that is none of these, and speaks of nothing that is ours.
fn is_foreign(text: &str, hosts: &[String]) -> bool {
    let is_ours = |name: &str| {
        let name = name.to_ascii_lowercase();
        hosts.contains(&name) || is_host_name(&name) || is_loopback(&name)
    };
    let is_other = |name: &str| {
        let is_domain = name.contains('.') && name.parse::<std::net::IpAddr>().is_err();
        let is_named = !name.is_empty() && !is_ours(name);
        // Without a URI, an address or a bare name may be the VM's.
        is_named && (is_domain || !hosts.is_empty())
    };
    let words = || {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "@._-".contains(c);
        text.split(move |c: char| !is_part(c)).map(|word| word.trim_end_matches('.'))
    };
    if OURS.iter().any(|word| text.contains(word))
        || words().any(|word| is_ours(word.rsplit('@').next().unwrap_or(word)))
    {
        return false;
    }
    let mut before = "";
    words().filter(|word| !word.is_empty()).any(|word| {
        let host = match word.split_once('@') {
            Some((user, host)) => Some(host).filter(|_| !user.is_empty()),
            // A key "for" a host; a path in quotes is none.
            None if before == "for" => {
                Some(word).filter(|_| word.contains('.') && text.contains(&format!("for {word}")))
            }
            None => Some(word).filter(|_| before == "hostname" || before == "host"),
        };
        before = word;
        host.is_some_and(is_other) || word.ends_with(".pem")
    })
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn other_hosts_are_told_from_the_vms() {
        let ours = ["host.docker.internal".to_owned()];
        for (text, with_uri, without) in [
            ("git@github.com: Permission denied (publickey).", true, true),
            ("deploy@10.0.0.5: Permission denied (publickey).", true, false),
            ("ssh: Could not resolve hostname prod-web-1: Name or service not known", true, false),
            ("The ED25519 host key for github.com has changed", true, true),
            ("Permissions 0644 for '/root/aws.pem' are too open.", true, true),
            ("dev@host.docker.internal: Permission denied (publickey).", false, false),
            ("dev@127.0.0.1: Permission denied (publickey).", false, false),
            (
                "Permissions 0755 for '/key' are too open.\nLoad key \"/key\": bad permissions",
                false,
                false,
            ),
            ("Permissions 0644 for '/keys/id.key' are too open.", false, false),
            ("Host key verification failed.", false, false),
            ("Load key \"/root/.ssh/id\": Is a directory", false, false),
            ("Cannot recv data: a@b.example: Permission denied (publickey).", false, false),
        ] {
            assert_eq!(is_foreign(text, &ours), with_uri, "{text}");
            assert_eq!(is_foreign(text, &[]), without, "{text}");
        }
    }
}
