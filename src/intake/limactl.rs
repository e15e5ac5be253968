//! What Lima prints of its VMs: `limactl list` as a table or as JSON, `ssh.config`, a start log.

use crate::text::{FileId, Span};

/// A VM as Lima printed it. Whatever the text does not show is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The VM's name.
    pub name: Option<String>,
    /// What it was doing; a start log and an `ssh.config` do not tell.
    pub status: Option<Status>,
    /// The SSH port on the host's loopback address; never 0.
    pub port: Option<(u16, Span)>,
    /// What told the port.
    pub told_by: ToldBy,
    /// The SSH user, which only `ssh.config` and JSON show.
    pub user: Option<(String, Span)>,
    /// `qemu`, `vz`, where shown.
    pub vm_type: Option<String>,
    /// The version of Lima that made or runs the VM, where shown.
    pub lima_version: Option<String>,
    /// `/Users/…`, where shown.
    pub dir: Option<String>,
    /// The row, object or block.
    pub span: Span,
}

/// The kinds of text that show a VM's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// `limactl list`, as a table or as JSON.
    List,
    /// `~/.lima/NAME/ssh.config`, rewritten at each start.
    SshConfig,
    /// `SSH Local Port: N` in the output of `limactl start`.
    StartLog,
}

/// The states that `limactl list` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The port is the one in use.
    Running,
    /// The port is 0, the pinned one or the last one.
    Stopped,
    /// The VM runs without its host agent, or the reverse.
    Broken,
    /// Only on Windows.
    Uninitialized,
    /// Only on Windows.
    Installing,
    /// No status: the instance's `lima.yaml` does not load.
    Invalid,
}

/// Finds every VM that a text shows. Text of another kind shows none.
pub fn instances(file: FileId, text: &str) -> Vec<Instance> {
    let _ = (file, text);
    Vec::new()
}
