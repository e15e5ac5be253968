//! How ssh in a container logs in to the VM: with which key, and whether it insists on knowing the
//! VM's host key; and where its port is written without counting.

use super::ports::Connection;
use super::scripts::script_commands;
use super::setup::Setup;
use super::ssh_files::SshFile;
use super::{Subject, Verdict};
use crate::config::compose::{Bind, Service};
use crate::config::libvirt_uri::LibvirtUri;
use crate::config::lima::Lima;
use crate::intake::limactl::HostBlock;
use crate::text::{Span, ValueFrom};

/// A part of a path.
fn has_part(path: &str, part: &str) -> bool {
    path.split('/').any(|one| one == part)
}

/// A home directory in a container.
fn is_home(target: &str) -> bool {
    let below_home = target.strip_prefix("/home/").is_some_and(|name| !name.contains('/'));
    matches!(target, "/root" | "/home" | "/etc") || below_home
}

impl Service {
    /// Whether the files give the container a key, or an agent that has one.
    pub fn brings_key(&self) -> bool {
        let has_agent = self.environment.iter().any(|variable| variable.name == "SSH_AUTH_SOCK");
        let is_key = |file| matches!(file, SshFile::Key | SshFile::Directory);
        has_agent || self.has_secrets || self.has_home() || self.is_given_for_ssh(is_key)
    }

    /// Whether the files give the container a configuration of ssh, or known hosts.
    pub fn brings_ssh_config(&self) -> bool {
        self.has_secrets || self.has_home() || self.is_given_for_ssh(|file| file != SshFile::Key)
    }

    /// Whether a home directory, or the one for ssh, comes from outside the image.
    fn has_home(&self) -> bool {
        let volumes = self.volumes.iter().map(|volume| volume.target.as_str());
        let mut targets = volumes.chain(self.binds.iter().map(|bind| bind.target.as_str()));
        targets
            .any(|target| is_home(target) || has_part(target, ".ssh") && target.ends_with(".ssh"))
    }

    /// Whether the files put something at a path in the container: a bind, a volume, a secret.
    pub fn holds(&self, path: &str) -> bool {
        let is_run = ["/run", "/var/run"].iter().any(|run| super::path::below(run, path).is_some());
        is_run || self.may_bring(path)
    }

    /// The bind that ends at just this path.
    pub fn bind_at(&self, path: &str) -> Option<&Bind> {
        self.binds.iter().find(|bind| bind.target.as_str() == path)
    }
}

impl LibvirtUri {
    /// Whether the URI itself says how ssh is called or logs in, beyond user, host, port and key.
    pub fn has_own_login(&self) -> bool {
        ["command", "sshauth", "proxy"].iter().any(|name| self.parameter(name).is_some())
    }
}

/// Whether a provision script keeps the VM's host keys from being made anew.
pub fn keeps_host_keys(lima: &Lima) -> bool {
    let names = |text: &str| text.contains("ssh_deletekeys") || text.contains("ssh_host_");
    lima.provision.iter().any(|provision| {
        provision.path.as_deref().is_some_and(|path| path.starts_with("/etc/cloud"))
    }) || script_commands(lima).iter().any(|command| {
        command.all_words().any(names) || command.documents.iter().any(|text| names(text))
    })
}

/// A port that a file holds beside the one that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortCopy {
    /// The port.
    pub port: u16,
    /// Its digits.
    pub span: Span,
}

impl Setup {
    /// Whether something that the files show keeps a container from the VM's port.
    pub fn is_cut_off(&self) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|r| r.subject == Subject::Connection && r.verdict() == Verdict::Broken)
    }

    /// The ports of defaults that the value of a variable replaces: they do not count.
    pub fn default_ports(&self, connection: &Connection) -> Vec<PortCopy> {
        let Some((.., value)) = self.connection(connection) else { return Vec::new() };
        let references = value.references().into_iter();
        let replaced = references.filter(|reference| reference.from != ValueFrom::Default);
        let copy = |at: Span| {
            let (start, uri) = default_uri(self.sources.slice(at))?;
            let port = uri.port.filter(|_| uri.transport.as_deref() == Some("ssh"))?;
            let start = at.start + start;
            let span = Span::new(at.file, start + port.range.start, start + port.range.end);
            Some(PortCopy { port: port.value, span })
        };
        replaced.filter_map(|reference| copy(reference.at?)).collect()
    }

    /// The blocks of pasted ssh configurations that are for the host of a connection.
    pub fn ssh_blocks(&self, connection: &Connection) -> impl Iterator<Item = &HostBlock> {
        let host = connection.uri.host.as_ref().map(|host| host.value.clone());
        self.ssh_blocks.iter().filter(move |block| {
            host.as_ref()
                .is_some_and(|host| block.hosts.iter().any(|one| one == host || one == "*"))
        })
    }

    /// Whether a pasted text is a connection's failure to reach its port: the place of the port.
    pub fn refused_at(&self, connection: &Connection) -> Option<Span> {
        let port = connection.uri.effective_port()?;
        let host = &connection.uri.host.as_ref()?.value;
        let told = self.errors.endpoints.iter();
        told.filter(|(name, named, _)| *named == port && name.eq_ignore_ascii_case(host))
            .map(|(.., span)| *span)
            .next()
    }
}

/// The URI that stands as the default in `${NAME:-URI}`, and where it starts.
fn default_uri(text: &str) -> Option<(usize, LibvirtUri)> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let at = inner.find('-')?;
    let default = inner.get(at + 1..)?;
    Some((2 + at + 1, LibvirtUri::parse(default)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    #[test]
    fn what_the_files_give_a_container_for_ssh() {
        for (volume, key, config) in [
            ("~/.lima/_config/user:/key:ro", true, false),
            ("~/.lima/_config:/lima", true, false),
            ("~/.ssh:/root/.ssh:ro", true, true),
            ("~/.ssh/id_ed25519:/k", true, false),
            ("./known_hosts:/root/.ssh/known_hosts", false, true),
            ("./ssh_config:/etc/ssh/ssh_config.d/lima.conf", false, true),
            ("./home:/root", true, true),
            ("ssh:/home/app/.ssh", true, true),
            ("./jobs:/jobs", false, false),
        ] {
            let text = format!(
                "#- compose.yaml\nservices: {{api: {{image: a, volumes: [\"{volume}\"]}}}}\nvolumes: {{ssh: {{}}}}\n"
            );
            let setup = Setup::new(&input(&text));
            let service = &setup.compose.services[0];
            assert_eq!(
                (service.brings_key(), service.brings_ssh_config()),
                (key, config),
                "{volume}"
            );
        }
    }

    #[test]
    fn a_default_that_is_replaced_holds_a_port() {
        for (text, expected) in [
            ("${U:-qemu+ssh://a@h:60022/system}", Some(60022)),
            ("${U-qemu+ssh://a@h:60022/system}", Some(60022)),
            ("${U:-qemu:///system}", None),
            ("${U}", None),
            ("$U", None),
        ] {
            let port = default_uri(text).and_then(|(_, uri)| Some(uri.port?.value));
            assert_eq!(port, expected, "{text}");
        }
        let text = "${U:-qemu+ssh://a@h:60022/system}";
        let (start, uri) = default_uri(text).unwrap();
        let range = uri.port.unwrap().range;
        assert_eq!(&text[start + range.start..start + range.end], "60022");
    }
}
