//! Who reaches which port: where a libvirt URI leads, and where the VM listens.

use super::setup::{MOST, Setup};
use crate::config::compose::{Service, Variable};
use crate::config::libvirt_uri::LibvirtUri;
pub use crate::config::libvirt_uri::is_host_name;
use crate::intake::limactl::{Instance, Status, ToldBy};
use crate::text::{Span, Traced};

/// A service's connection to libvirt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The service, as an index.
    pub service: usize,
    /// The variable that holds the URI, as an index into the service's environment.
    pub variable: usize,
    /// The URI.
    pub uri: LibvirtUri,
    /// Where its host leads, seen from the container.
    pub target: Target,
}

/// Where the host of a URI leads, seen from a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The host: `host.docker.internal` and its like, or `localhost` on the host's network.
    Host,
    /// The container itself: `localhost` on a network of its own.
    Container,
    /// A local socket: the URI names no host.
    Socket,
    /// Some other machine, of which the pasted texts tell nothing.
    Elsewhere,
}

/// The VM's SSH port, as far as the pasted texts tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SshPort {
    /// Pinned in `lima.yaml`: this port at every start.
    Pinned(u16, Span),
    /// Not pinned; this is the one in use, and the next start draws another.
    InUse(u16, Span, ToldBy),
    /// Not pinned, and nothing tells the one in use; a clause that says why.
    Unknown(&'static str),
}

/// Whether a host name or address means the machine that asks for it.
pub fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name == "::1" || name.starts_with("127.") || name == "0.0.0.0"
}

impl Setup {
    /// The service and the variable of a connection, and the URI as written.
    pub fn connection(&self, connection: &Connection) -> Option<(&Service, &Variable, &Traced)> {
        let service = self.compose.services.get(connection.service)?;
        let variable = service.environment.get(connection.variable)?;
        Some((service, variable, variable.value.as_ref()?))
    }

    /// The variables of the services that hold a libvirt URI, up to [`MOST`].
    pub(super) fn find_connections(&self) -> Vec<Connection> {
        let mut res = Vec::new();
        for (service_index, service) in self.compose.services.iter().enumerate() {
            for (variable_index, variable) in service.environment.iter().enumerate() {
                let Some(uri) = variable.value.as_ref().and_then(|v| LibvirtUri::parse(v.as_str()))
                else {
                    continue;
                };
                let text = variable.value.as_ref().map_or("", Traced::as_str);
                if super::unfilled::leads_nowhere(&uri, text) {
                    continue;
                }
                let target = target(service, &uri);
                if res.len() == MOST {
                    return res;
                }
                res.push(Connection {
                    service: service_index,
                    variable: variable_index,
                    uri,
                    target,
                });
            }
        }
        res
    }

    /// The VM's SSH port: pinned, in use, or unknown.
    ///
    /// The port of a stopped VM is not trusted: up to 2.0 it shows as 0, from 2.1 on as the last
    /// one (Lima, pkg/store/instance.go).
    pub fn ssh_port(&self) -> SshPort {
        if let Some((port, span)) = self.lima.as_ref().and_then(|lima| lima.ssh_local_port) {
            return SshPort::Pinned(port, span);
        }
        if self.lima.as_ref().is_some_and(|lima| lima.ssh_port_unread.is_some()) {
            return SshPort::Unknown("`ssh.localPort` is no port that Lima takes");
        }
        match self.port_in_use() {
            Ok((port, span, told_by)) => SshPort::InUse(port, span, told_by),
            Err(why) => SshPort::Unknown(why),
        }
    }

    /// The port that the VM is shown to listen on where `lima.yaml` pins another: the pin takes
    /// effect at the next start only.
    pub fn port_until_restart(&self) -> Option<(u16, Span)> {
        let (pinned, _) = self.lima.as_ref()?.ssh_local_port?;
        let (port, span, told_by) = self.port_in_use().ok()?;
        // `ssh.config` outlives the run that it was written for.
        (port != pinned && told_by != ToldBy::SshConfig).then_some((port, span))
    }

    fn port_in_use(&self) -> Result<(u16, Span, ToldBy), &'static str> {
        if self.instances.is_empty() {
            return Err("neither `limactl list` nor `ssh.config` is pasted");
        }
        let instance = self.chosen_instance().ok_or(match self.instance {
            Some(_) => "the list does not show the VM that is meant",
            None => "several VMs are listed, and nothing tells which one is meant",
        })?;
        match (instance.status, instance.port) {
            (Some(Status::Running) | None, Some((port, span))) => {
                Ok((port, span, instance.told_by))
            }
            (Some(Status::Running), None) => Err("the list shows no port for the VM"),
            _ => Err("the VM does not run, so the port that is shown is not in use"),
        }
    }

    /// The VM that the set-up is about: the named one, or the only one.
    pub fn chosen_instance(&self) -> Option<&Instance> {
        let named = |instance: &&Instance| match (&self.instance, &instance.name) {
            // `ssh.config` has the host's name, in which `.` and `_` are `-`
            // (Lima, pkg/instance/hostname).
            (Some(wanted), Some(name)) => {
                wanted == name
                    || (instance.told_by == ToldBy::SshConfig
                        && wanted.replace(['.', '_'], "-") == *name)
            }
            _ => false,
        };
        // A list is fresher than ssh.config, which a stopped VM keeps.
        let by_freshness = |instance: &&Instance| match instance.told_by {
            ToldBy::List => 2,
            ToldBy::StartLog => 1,
            ToldBy::SshConfig => 0,
        };
        let chosen = self.instances.iter().filter(named).max_by_key(by_freshness);
        match (chosen, self.instances.as_slice()) {
            (Some(instance), _) => Some(instance),
            (None, [only]) if self.instance.is_none() || only.name.is_none() => Some(only),
            _ => None,
        }
    }
}

/// How many of a service's variables hold a libvirt URI.
pub(super) fn uri_count(service: &Service) -> usize {
    let values = service.environment.iter().filter_map(|variable| variable.value.as_ref());
    values.filter(|value| LibvirtUri::parse(value.as_str()).is_some()).count()
}

fn target(service: &Service, uri: &LibvirtUri) -> Target {
    let Some(host) = &uri.host else { return Target::Socket };
    let mode = service.network_mode.as_ref().map(|mode| mode.as_str());
    // What `extra_hosts` says of a name wins over what the engine says.
    let given = service.extra_hosts.iter().find(|extra| extra.host == host.value);
    let to_itself = given.is_some_and(|extra| is_loopback(&extra.address));
    if is_host_name(&host.value) && !to_itself {
        return Target::Host;
    }
    if is_loopback(&host.value) || to_itself {
        return match mode {
            Some("host") => Target::Host,
            // Another container's network: its own loopback, of which nothing is known.
            Some(mode) if mode.contains(':') => Target::Elsewhere,
            _ => Target::Container,
        };
    }
    let gateway = given.is_some_and(|extra| extra.address == "host-gateway");
    if gateway { Target::Host } else { Target::Elsewhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_lima_refuses_is_not_pinned() {
        let input = crate::rules::testing::input("#- lima.yaml\nssh: {localPort: 22}\n");
        assert!(matches!(Setup::new(&input).ssh_port(), SshPort::Unknown(_)));
    }

    #[test]
    fn loopback_in_all_its_spellings() {
        for host in
            ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["host.docker.internal", "192.168.5.2", "localhost.example", "128.0.0.1"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
