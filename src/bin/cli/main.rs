//! The command-line program: the library on files.
//!
//! Reads files and writes results; what is found and how it is worded is the library's.

mod args;
mod check;
mod excerpt;
mod explain;
mod fix;
mod human;
mod input;
mod markup;
mod show;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use lima_doctor::Report;
use lima_doctor::diagnostic::Severity;
use lima_doctor::text::printable;

use args::{Cli, Command};

/// The exit status when there is no finding that is an error.
const HEALTHY: u8 = 0;
/// The exit status when there is one.
const UNHEALTHY: u8 = 1;
/// The exit status when the program could not do what was asked.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(args) => check::check(&args),
        Command::Fix(args) => fix::fix(&args),
        Command::Script(args) => fix::script(&args),
        Command::Show(args) => show::show(&args),
        Command::Explain { rule } => explain::explain(rule.as_deref()),
    };
    match done {
        Ok(done) => done.print(),
        Err(problems) => {
            for problem in problems.0 {
                complain("error", &problem);
            }
            ExitCode::from(FAILED)
        }
    }
}

/// What goes to standard output, and the exit status.
struct Done {
    text: String,
    status: u8,
}

impl Done {
    /// Prints the text, without colours where they are not wanted.
    fn print(self) -> ExitCode {
        match anstream::stdout().write_all(self.text.as_bytes()) {
            Ok(()) => ExitCode::from(self.status),
            // `lima-doctor check … | head` is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(self.status),
            Err(error) => {
                complain("error", &format!("cannot write: {error}"));
                ExitCode::from(FAILED)
            }
        }
    }
}

/// Why the program could not do what was asked; every reason that is known, not only the first.
#[derive(Debug)]
struct Problems(Vec<String>);

impl From<String> for Problems {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

/// A line on standard error. When nobody can read it, nothing is left to be done.
fn complain(kind: &str, message: &str) {
    let style =
        markup::severity_style(if kind == "error" { Severity::Error } else { Severity::Warning });
    let _ = writeln!(anstream::stderr(), "{style}{kind}{style:#}: {}", printable(message));
}

/// The exit status that a report calls for.
fn status_of(report: &Report) -> u8 {
    let is_error = |severity| severity == Severity::Error;
    if report.findings.iter().any(|finding| is_error(finding.severity)) {
        UNHEALTHY
    } else {
        HEALTHY
    }
}
