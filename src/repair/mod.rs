//! Diagnostics to corrected files, script and report.

pub mod diff;
pub mod plan;
pub mod report;
pub mod script;
pub(crate) mod script_input;
pub mod side_by_side;

pub use script_input::stale_files;
