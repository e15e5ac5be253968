//! The libvirt URI itself, and the libvirt that it leads to.

pub mod libvirt_host_is_container;
