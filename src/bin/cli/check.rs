//! `lima-doctor check`.

use lima_doctor::diagnose;
use lima_doctor::repair::report;

use crate::args::{CheckArgs, ReportFormat};
use crate::{Done, Problems, human, input, status_of};

pub(crate) fn check(args: &CheckArgs) -> Result<Done, Problems> {
    let input = input::read(&args.given)?;
    let diagnosis = diagnose(&input);
    let text = match args.format {
        ReportFormat::Human => human::render(&diagnosis),
        ReportFormat::Json => pretty(&report::json(&diagnosis)),
        ReportFormat::Markdown => report::markdown(&diagnosis, None),
    };
    Ok(Done { text, status: status_of(&diagnosis.report) })
}

/// Indented JSON with a line break at its end.
pub(crate) fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
