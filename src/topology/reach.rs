//! What stands between a container and a port of the host although the URI names the host: the
//! network that the container engine makes.
//!
//! Docker Engine on Linux gives containers no name for the host by itself, and the address that
//! `host-gateway` stands for is the bridge's, where a port on the host's loopback address does not
//! listen. Engines that run in a VM of their own offer a name, and let `network_mode: host` mean
//! the network of that VM. (Docker, `dockerd --host-gateway-ip`, "Host network driver"; Rancher
//! Desktop, "FAQ".)

use std::net::IpAddr;

use super::ports::{Connection, SshPort, Target, is_host_name, is_loopback};
use super::setup::Setup;
use crate::config::compose::{ExtraHost, Service};
use crate::config::lima::PortForward;
use crate::intake::{Host, Runtime};
use crate::text::Span;

/// Why a container does not reach the host by the name in its URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The engine gives the container no such name.
    NameUnknown,
    /// The name leads to the bridge's address, and the port is on the host's loopback address. The
    /// entry of `extra_hosts` that makes it so, where there is one.
    LoopbackOnly(Option<Span>),
    /// An entry of `extra_hosts` leads the engine's own name to an address in its VM.
    GatewayInVm(Span),
    /// `network_mode: host` is the network of the engine's VM, or would have to be allowed.
    HostNetworkInVm(Span),
}

/// The port of libvirtd for TCP without TLS (libvirt, `tcp_port`).
pub const LIBVIRT_TCP: u16 = 16509;

/// What Lima does with a port that a `qemu+tcp` URI names on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpForward {
    /// It leads to libvirtd: by this entry of `portForwards`, or by Lima's own rule for every port.
    Forwarded(Option<Span>),
    /// An entry forwards libvirtd's port to another one of the host.
    OtherPort(u16, Span),
    /// An entry keeps libvirtd's port in the VM.
    Ignored(Span),
    /// `plain: true` turns forwarding off.
    Plain(Span),
    /// The port is not libvirtd's own; what the VM has there is not known.
    Unknown,
}

/// The address of Docker's default bridge, unless it is set otherwise.
const BRIDGE: &str = "172.17.0.1";

impl ExtraHost {
    /// Whether the address is that of the engine's bridge.
    fn leads_to_bridge(&self) -> bool {
        self.address == "host-gateway" || self.address == BRIDGE
    }
}

impl PortForward {
    /// Whether the port listens on the host's loopback address only.
    pub fn is_on_loopback(&self) -> bool {
        self.host_ip.is_none_or(|(address, _)| address.is_loopback())
    }

    /// Whether the port listens on every address of the host, or on one that others reach.
    pub fn is_open(&self) -> bool {
        let is_bridge = |address: &IpAddr| address.to_string() == BRIDGE;
        !self.is_on_loopback() && !self.host_ip.is_some_and(|(address, _)| is_bridge(&address))
    }
}

impl Setup {
    /// What keeps a connection from the host that its URI names, in the order in which it bites.
    pub fn obstacles(&self, connection: &Connection) -> Vec<Obstacle> {
        let Some((service, ..)) = self.connection(connection) else { return Vec::new() };
        let Some(host) = connection.uri.host.as_ref().map(|host| host.value.as_str()) else {
            return Vec::new();
        };
        let mode = service.network_mode.as_ref();
        if mode.is_none() && self.is_refused_at_bridge(connection) {
            return vec![Obstacle::LoopbackOnly(None)];
        }
        // Another container's network comes with that one's names.
        if connection.target != Target::Host || mode.is_some_and(|m| m.as_str().contains(':')) {
            return Vec::new();
        }
        let host_network = mode.filter(|mode| mode.as_str() == "host");
        let entry = service.extra_hosts.iter().find(|extra| extra.host == host);
        let bridge_entry = entry.filter(|entry| entry.leads_to_bridge());
        let mut res = Vec::new();
        match self.runtime {
            Runtime::Engine if self.host == Host::Linux && !is_loopback(host) => {
                if entry.is_none() && is_host_name(host) {
                    res.push(Obstacle::NameUnknown);
                }
                if (entry.is_none() || bridge_entry.is_some()) && self.is_on_loopback(connection) {
                    res.push(Obstacle::LoopbackOnly(bridge_entry.map(|entry| entry.span)));
                }
            }
            Runtime::Rancher if host_network.is_none() => {
                res.extend(bridge_entry.map(|entry| Obstacle::GatewayInVm(entry.span)));
            }
            Runtime::DockerDesktop | Runtime::Colima | Runtime::Rancher | Runtime::Podman
                if is_loopback(host) && (self.host == Host::MacOs || self.has_vm_on_linux()) =>
            {
                let place = host_network.map(|mode| mode_span(service, mode.outermost()));
                res.extend(place.map(Obstacle::HostNetworkInVm));
            }
            _ => {}
        }
        res
    }

    /// Whether the URI names the bridge's own address, and an error says so. Without one, something
    /// may pass its ports on to where Lima listens.
    fn is_refused_at_bridge(&self, connection: &Connection) -> bool {
        let is_named = |host: &str| {
            let port = connection.uri.effective_port();
            let mut endpoints = self.errors.endpoints.iter();
            endpoints.any(|(name, named, _)| name == host && Some(*named) == port)
        };
        let host = connection.uri.host.as_ref().map(|host| host.value.as_str());
        self.runtime == Runtime::Engine
            && self.host == Host::Linux
            && host == Some(BRIDGE)
            && is_named(BRIDGE)
            && self.is_on_loopback(connection)
    }

    /// Podman runs on Linux itself; the others bring a VM there, too.
    fn has_vm_on_linux(&self) -> bool {
        self.runtime != Runtime::Podman
    }

    /// Whether the port of a connection is one that Lima opens on the host's loopback address.
    fn is_on_loopback(&self, connection: &Connection) -> bool {
        let Some(wanted) = connection.uri.effective_port() else { return false };
        if connection.uri.is_ssh() {
            let is_lima = self.lima.is_some() || !self.instances.is_empty();
            // Without a port, the host's own SSH server may be meant.
            return is_lima && (wanted != 22 || !matches!(self.ssh_port(), SshPort::Unknown(_)));
        }
        let forwards = self.lima.iter().flat_map(|lima| &lima.port_forwards);
        let mut forwards = forwards.filter(|forward| forward.host_port == wanted);
        forwards.next().is_some_and(PortForward::is_on_loopback)
    }

    /// What Lima does with the port of a `qemu+tcp` URI that names the host; `None` for another
    /// URI, or without a `lima.yaml`.
    ///
    /// The first entry that fits counts; behind them Lima forwards every port that listens on the
    /// VM's loopback address to the same one of the host (Lima, `pkg/hostagent/port.go`).
    pub fn tcp_forward(&self, connection: &Connection) -> Option<TcpForward> {
        let is_tcp = connection.uri.transport.as_deref() == Some("tcp");
        let lima = self.lima.as_ref().filter(|lima| is_tcp && !lima.incomplete)?;
        if connection.target != Target::Host && connection.target != Target::Container {
            return None;
        }
        let wanted = connection.uri.effective_port()?;
        let own = lima.port_forwards.iter().find(|forward| forward.guest_port == LIBVIRT_TCP);
        if let Some(plain) = lima.plain.filter(|_| !own.is_some_and(|own| own.is_static)) {
            return Some(TcpForward::Plain(plain));
        }
        Some(match own {
            Some(own) if own.is_ignored => TcpForward::Ignored(own.span),
            Some(own) if own.host_port == wanted => TcpForward::Forwarded(Some(own.span)),
            Some(own) => TcpForward::OtherPort(own.host_port, own.span),
            None if wanted == LIBVIRT_TCP => TcpForward::Forwarded(None),
            None => TcpForward::Unknown,
        })
    }

    /// Whether what runs the containers was said, and not only inferred.
    pub fn runtime_is_said(&self) -> bool {
        self.answers.runtime.is_some()
    }
}

fn mode_span(service: &Service, written: Option<Span>) -> Span {
    written.unwrap_or(service.name_span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    /// The obstacles of the only connection, `-` for none.
    fn obstacles(answers: &str, uri: &str, settings: &str, lima: &str) -> String {
        let setup = Setup::new(&input(&format!(
            "#- answers\n{answers}\n#- lima.yaml\n{lima}\n#- compose.yaml\nservices:\n  api:\n    \
             environment: {{LIBVIRT_URI: \"{uri}\"}}\n    {settings}\n"
        )));
        let names: Vec<&str> = setup
            .connections
            .iter()
            .flat_map(|connection| setup.obstacles(connection))
            .map(|obstacle| match obstacle {
                Obstacle::NameUnknown => "name",
                Obstacle::LoopbackOnly(_) => "loopback",
                Obstacle::GatewayInVm(_) => "gateway",
                Obstacle::HostNetworkInVm(_) => "network",
            })
            .collect();
        if names.is_empty() { "-".to_owned() } else { names.join(" ") }
    }

    #[test]
    fn obstacles_go_by_the_engine() {
        let ssh = "qemu+ssh://dev@host.docker.internal:2222/system";
        let local = "qemu+ssh://dev@127.0.0.1:2222/system";
        let tcp = "qemu+tcp://host.docker.internal/system";
        let pin = "ssh: {localPort: 2222}";
        let gateway = "extra_hosts: [\"host.docker.internal:host-gateway\"]";
        let engine = "--host linux --runtime engine";
        for (answers, uri, settings, lima, expected) in [
            (engine, ssh, "", pin, "name loopback"),
            (engine, ssh, gateway, pin, "loopback"),
            (engine, ssh, "extra_hosts: {host.docker.internal: 172.17.0.1}", pin, "loopback"),
            (engine, ssh, "extra_hosts: {host.docker.internal: 192.168.1.2}", pin, "-"),
            (engine, ssh, "network_mode: \"service:vpn\"", pin, "-"),
            (engine, local, "network_mode: host", pin, "-"),
            (engine, ssh, "network_mode: host", pin, "name loopback"),
            // The host's own SSH server listens on every address.
            (engine, "qemu+ssh://root@host.docker.internal/system", gateway, "cpus: 2", "-"),
            (engine, "qemu+ssh://root@kvm.example.com/system", "", pin, "-"),
            (engine, tcp, gateway, "portForwards: [{guestPort: 16509}]", "loopback"),
            (engine, tcp, gateway, "portForwards: [{guestPort: 16509, hostIP: 0.0.0.0}]", "-"),
            (engine, tcp, gateway, "cpus: 2", "-"),
            ("--host linux --runtime docker-desktop", ssh, "", pin, "-"),
            ("--runtime docker-desktop", ssh, gateway, pin, "-"),
            ("--runtime docker-desktop", local, "network_mode: host", pin, "network"),
            ("--runtime docker-desktop", ssh, "network_mode: host", pin, "-"),
            ("--runtime orbstack", local, "network_mode: host", pin, "-"),
            ("--runtime colima", local, "network_mode: host", pin, "network"),
            ("--runtime colima", ssh, gateway, pin, "-"),
            ("--runtime podman", local, "network_mode: host", pin, "network"),
            ("--host linux --runtime podman", local, "network_mode: host", pin, "-"),
            ("--runtime rancher", ssh, "", pin, "-"),
            ("--runtime rancher", ssh, gateway, pin, "gateway"),
        ] {
            let found = obstacles(answers, uri, settings, lima);
            assert_eq!(found, expected, "{answers} {uri} {settings} {lima}");
        }
    }

    #[test]
    fn a_name_may_be_led_back_to_the_container() {
        for (mode, expected) in [("bridge", Target::Container), ("host", Target::Host)] {
            let setup = Setup::new(&input(&format!(
                "#- compose.yaml\nservices:\n  api:\n    network_mode: {mode}\n    extra_hosts: \
                 [\"host.docker.internal:127.0.0.1\"]\n    environment: {{LIBVIRT_URI: \
                 \"qemu+ssh://dev@host.docker.internal:2222/system\"}}\n"
            )));
            assert_eq!(setup.connections[0].target, expected, "{mode}");
        }
    }

    #[test]
    fn the_first_entry_for_the_port_of_libvirtd_counts() {
        let to = |port: u16, lima: &str| {
            let setup = Setup::new(&input(&format!(
                "#- lima.yaml\n{lima}\n#- compose.yaml\nservices:\n  api: {{environment: \
                 {{LIBVIRT_URI: \"qemu+tcp://host.docker.internal:{port}/system\"}}}}\n"
            )));
            setup.tcp_forward(&setup.connections[0])
        };
        for (port, lima, expected) in [
            (16509, "cpus: 2", "Forwarded(None)"),
            (16510, "cpus: 2", "Unknown"),
            (16509, "portForwards: [{guestPort: 80}, {guestPort: 16509}]", "Forwarded(Some"),
            (16510, "portForwards: [{guestPort: 16509, hostPort: 16510}]", "Forwarded(Some"),
            (16509, "portForwards: [{guestPort: 16509, hostPort: 16510}]", "OtherPort(16510"),
            (16509, "portForwards: [{guestPort: 16509, ignore: true}]", "Ignored"),
            (16509, "plain: true", "Plain"),
            (16509, "plain: true\nportForwards: [{guestPort: 16509, static: true}]", "Forwarded"),
        ] {
            let found = format!("{:?}", to(port, lima).unwrap());
            assert!(found.starts_with(expected), "{port} {lima}: {found}");
        }
    }
}
