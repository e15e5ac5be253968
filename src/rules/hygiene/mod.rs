//! What happened to the texts on their way here, before anything they say is wrong.

pub mod env_name_twice;
pub mod paste_debris;
pub mod placeholder_left;
pub mod value_redacted;
pub mod wrong_kind_of_file;
