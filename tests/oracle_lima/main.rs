//! What lima-doctor foretells of a `lima.yaml`, against what limactl makes of it: accepted or
//! refused, and which mounts come out.
//!
//! The files are made up from a seed; `LIMA_DOCTOR_SEED` chooses another. All files of a run go to
//! limactl at once: as the files of VMs, which `limactl list` loads and validates each.

#[path = "../support/mod.rs"]
mod support;

mod corrected;
mod generate;
mod reading;
mod stored;
mod templates;
