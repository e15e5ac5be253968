//! The libvirt URI itself.

pub mod libvirt_host_is_container;
