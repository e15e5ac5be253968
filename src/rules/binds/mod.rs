//! What the containers bind, and whether it is a directory of the host at all.

pub mod bind_read_only;
pub mod engine_does_not_share;
pub mod host_directory_denied;
pub mod named_volume_not_shared;
pub mod path_outside_binds;
pub mod variable_misspelled;
