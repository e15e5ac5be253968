//! Settings to one model of the set-up: who sees which path where, and who reaches which port.
//!
//! The two sentences that every mount and port rule tests:
//! *the path in the container and the path in the VM are the same string and are backed by the
//! same host directory, writable where it must be*; and *the host and port in the URI, seen from
//! that container, is where the VM's sshd (or libvirtd) listens now*.

mod assumptions;
pub mod condition;
pub mod daemon;
mod foreign;
pub mod guests;
pub mod machine;
mod map;
pub mod mounts;
pub mod path;
pub mod ports;
pub mod provision;
pub mod reach;
pub mod route;
pub mod scripts;
mod setup;
pub mod share;
pub mod shared;
mod shell;
pub mod ssh_access;
pub mod ssh_files;
pub mod terminal;
mod unchecked;
pub mod unfilled;
pub mod vm_user;

pub use route::{Hop, Place, Route, Stop, Subject, Verdict};
pub use setup::{Assumption, Setup, Unchecked};
