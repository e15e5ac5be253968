//! Settings of Lima that have no effect, or another than they seem to have.

pub mod lima_file_rejected;
pub mod lima_key_unknown;
pub mod lima_reported;
pub mod mount_merged;
pub mod port_forward_shadowed;
