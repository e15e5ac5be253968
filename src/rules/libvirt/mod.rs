//! The libvirt URI itself, and the libvirt that it leads to.

pub mod libvirt_access_open;
pub mod libvirt_group_missing;
pub mod libvirt_host_is_container;
pub mod libvirt_session;
pub mod libvirt_socket_bound;
pub mod libvirt_tcp_not_listening;
pub mod libvirt_uri_local;
pub mod libvirtd_not_running;

use crate::intake::error_text::{KnownMessage, Message};
use crate::intake::{Host, Runtime};
use crate::topology::Setup;
use crate::topology::path::below;
use crate::topology::ports::SshPort;

/// The directories of libvirt's sockets; the second is a link to the first.
const SOCKET_DIRS: [&str; 2] = ["/run/libvirt", "/var/run/libvirt"];

/// Whether a path is one of libvirt's sockets, or holds them, or would.
fn concerns_socket(path: &str) -> bool {
    SOCKET_DIRS.iter().any(|dir| below(dir, path).is_some() || below(path, dir).is_some())
}

/// Whether libvirt may run on the host itself, where its sockets are: on Linux, or where nothing
/// that was pasted speaks of a VM or of another host.
fn may_run_on_host(setup: &Setup) -> bool {
    let speaks_of_vm = setup.lima.is_some() || !setup.instances.is_empty();
    setup.host == Host::Linux || (!setup.host_is_known && !speaks_of_vm)
}

/// The reports of a socket that is not there, where the client runs; `virt-ssh-helper` says the
/// same words in the VM.
fn missing_sockets(setup: &Setup) -> Vec<&KnownMessage> {
    let missing = setup.errors.reports(Message::LibvirtSocketMissing);
    let in_vm = |known: &&KnownMessage| {
        let mut remote = setup.errors.reports(Message::RemoteDaemonDown);
        !remote.any(|other| other.span.file == known.span.file)
    };
    missing.filter(in_vm).collect()
}

/// The URI that leads to the VM, with words in capitals for what is not known.
pub(super) fn uri_to_vm(setup: &Setup) -> String {
    let listed = setup.chosen_instance().and_then(|instance| instance.user.as_ref());
    let written = setup.lima.as_ref().and_then(|lima| lima.user.name.as_ref());
    let user = listed.or(written).map_or("USER", |(name, _)| name.as_str());
    let on_linux = setup.runtime == Runtime::Engine && setup.host == Host::Linux;
    let host = if on_linux { "127.0.0.1" } else { "host.docker.internal" };
    let port = match setup.ssh_port() {
        SshPort::Pinned(port, _) | SshPort::InUse(port, ..) => port.to_string(),
        SshPort::Unknown(_) => "PORT".to_owned(),
    };
    format!("qemu+ssh://{user}@{host}:{port}/system")
}

/// A command in the VM, as the reader types it.
fn in_vm(setup: &Setup, command: &str) -> String {
    let name = setup.instance.as_deref().unwrap_or("NAME");
    format!("limactl shell --workdir / {name} {command}")
}
