//! What Compose makes of the file, where that is not what it looks like.

pub mod compose_refused;
pub mod home_of_another_user;
pub mod target_bound_twice;
pub mod variable_unset;
pub mod volume_device_relative;
pub mod volume_option_ignored;
