//! The report as data (`"version": 1`) and as text.

use crate::repair::plan::Repair;
use crate::{Diagnosis, Report};

/// The report as JSON, `"version": 1`: keys are only ever added.
pub fn json(diagnosis: &Diagnosis) -> serde_json::Value {
    let _ = diagnosis;
    serde_json::Value::Null
}

/// The report as Markdown, for a ticket; with the corrected files' diffs where a repair is given.
pub fn markdown(diagnosis: &Diagnosis, repair: Option<&Repair>) -> String {
    let _ = (diagnosis, repair);
    String::new()
}

/// The model as JSON: services, environment, binds, effective mounts, routes.
pub fn model_json(diagnosis: &Diagnosis) -> serde_json::Value {
    let _ = diagnosis;
    serde_json::Value::Null
}

/// One sentence that sums a report up, always saying in what it looked:
/// "Two problems. One restart of the VM fixes both."
pub fn summary(diagnosis: &Diagnosis) -> String {
    let _ = (diagnosis, Report::default());
    String::new()
}
