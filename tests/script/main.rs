//! The script under every shell that is here, against recording stand-ins for Lima and Docker.

mod apply;
mod bench;
mod engine;
mod failures;
mod follow;
mod hostile;
mod options;
