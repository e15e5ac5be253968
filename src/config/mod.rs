//! Documents to typed settings, defaults filled in. Every value knows its origin.

pub mod compose;
pub mod env;
pub mod libvirt_uri;
pub mod lima;
