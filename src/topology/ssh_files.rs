//! What a container is given for ssh: the VM's key, settings, known hosts.

use super::path::{below, is_anchored};
use super::ports::Connection;
use super::setup::Setup;
use crate::config::compose::{Bind, Service};

/// What a bind brings for ssh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SshFile {
    /// A private key.
    Key,
    /// An `ssh_config`, which may name a key, a user, a port, and how hosts are checked.
    Config,
    /// The keys of hosts.
    KnownHosts,
    /// A directory that may hold all of these: `~/.ssh`, `/etc/ssh`.
    Directory,
}

/// Where Lima keeps the one key of all its VMs, below the home directory (Lima,
/// `pkg/limatype/filenames`).
pub const LIMA_KEY: &str = "/.lima/_config/user";

impl Bind {
    /// What the bind brings for ssh, as far as its paths tell.
    pub fn ssh_file(&self) -> Option<SshFile> {
        let (source, target) = (self.source.as_str(), self.target.as_str());
        let ends = |name: &str| {
            [source, target].iter().any(|path| path.trim_end_matches('/').ends_with(name))
        };
        if ends("/known_hosts") || ends("/ssh_known_hosts") {
            Some(SshFile::KnownHosts)
        } else if ends("/ssh_config")
            || ends("/.ssh/config")
            || ends("/ssh.config")
            || target.contains("/ssh_config.d")
        {
            Some(SshFile::Config)
        } else if ends("/.ssh") || target == "/etc/ssh" {
            Some(SshFile::Directory)
        } else if source.ends_with("/_config/user")
            || source.trim_end_matches('/').ends_with("/.lima")
            || source.trim_end_matches('/').ends_with("/.lima/_config")
            || target.contains("/.ssh/")
            || is_key_name(source)
        {
            Some(SshFile::Key)
        } else {
            None
        }
    }
}

/// Whether a file is called like the keys that ssh-keygen makes.
fn is_key_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["id_rsa", "id_ecdsa", "id_ed25519", "identityfile"].contains(&name)
}

impl Service {
    /// Whether it is given something for ssh by a bind.
    pub fn is_given_for_ssh(&self, which: impl Fn(SshFile) -> bool) -> bool {
        self.binds.iter().filter_map(Bind::ssh_file).any(which)
    }

    /// The bind that brings what is at a path in the container.
    pub fn bind_over(&self, path: &str) -> Option<&Bind> {
        self.binds.iter().find(|bind| below(bind.target.as_str(), path).is_some())
    }

    /// Whether something may bring what is at a path: a bind, a volume, a secret or a config.
    pub fn may_bring(&self, path: &str) -> bool {
        let by_volume = self.volumes.iter().any(|volume| below(&volume.target, path).is_some());
        self.has_secrets || by_volume || self.bind_over(path).is_some()
    }
}

impl Setup {
    /// The key file that a URI names, a path in the container.
    pub fn key_path(&self, connection: &Connection) -> Option<String> {
        let path = connection.uri.decoded_parameter("keyfile")?;
        (!path.is_empty() && !path.contains('$')).then_some(path)
    }

    /// Whether a path can only be one of the host: in the home directory, in Lima's own.
    pub fn is_host_path(&self, path: &str) -> bool {
        let in_home = self.home.as_ref().is_some_and(|home| below(home, path).is_some());
        let in_root = self.home.as_deref() == Some("/root");
        let in_lima = path.contains("/.lima/") && is_anchored(path);
        path.starts_with("/Users/") || in_lima || (in_home && !in_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    #[test]
    fn a_bind_tells_by_its_paths_what_it_brings() {
        for (bind, expected) in [
            ("~/.lima/_config/user:/key:ro", Some(SshFile::Key)),
            ("/Users/eva/.lima/_config:/keys", Some(SshFile::Key)),
            ("./id_ed25519:/keys/lima", Some(SshFile::Key)),
            ("./lima-key:/root/.ssh/id_lima", Some(SshFile::Key)),
            ("~/.ssh:/root/.ssh:ro", Some(SshFile::Directory)),
            ("./ssh:/etc/ssh", Some(SshFile::Directory)),
            ("./ssh_config:/root/.ssh/config", Some(SshFile::Config)),
            ("./lima.conf:/etc/ssh/ssh_config.d/lima.conf", Some(SshFile::Config)),
            ("~/.lima/dev/ssh.config:/ssh/lima", Some(SshFile::Config)),
            ("./hosts:/root/.ssh/known_hosts", Some(SshFile::KnownHosts)),
            ("/srv/images:/images", None),
        ] {
            let fixture = format!("#- compose.yaml\nservices: {{api: {{volumes: ['{bind}']}}}}\n");
            let setup = Setup::new(&input(&fixture));
            let found = setup.compose.services[0].binds[0].ssh_file();
            assert_eq!(found, expected, "{bind}");
        }
    }

    #[test]
    fn a_key_path_is_decoded() {
        for (query, expected) in [
            ("?keyfile=/keys/lima", Some("/keys/lima")),
            ("?no_verify=1&keyfile=/keys/my%20key", Some("/keys/my key")),
            ("?keyfile=%zz", Some("%zz")),
            ("?no_verify=1", None),
            ("", None),
        ] {
            let uri = format!("qemu+ssh://dev@host.docker.internal:20022/system{query}");
            let fixture = format!(
                "#- compose.yaml\nservices: {{api: {{environment: {{LIBVIRT_URI: '{uri}'}}}}}}\n"
            );
            let setup = Setup::new(&input(&fixture));
            let found = setup.key_path(&setup.connections[0]);
            assert_eq!(found.as_deref(), expected, "{query}");
        }
    }
}
