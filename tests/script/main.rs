//! The script under every shell that is here, against recording stand-ins for Lima and Docker.

mod apply;
mod bench;
mod engine;
mod failures;
mod faults;
mod follow;
mod hardened;
mod hostile;
mod many_hostile;
mod options;
#[path = "../support/oracles.rs"]
#[allow(dead_code)]
mod oracles;
mod paste;
mod real_limactl;
#[path = "../support/setups.rs"]
mod setups;
mod userland;
mod vm;
