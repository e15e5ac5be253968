//! The command line's words.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lima_doctor::intake::{
    Answers, Host, LimaVersion, PortStrategy, Runtime, VmState, instance_name,
};

/// Finds why Docker, Lima and libvirt do not see the same files and ports, and corrects the files
/// that say so.
///
/// Everything is read from the files named; nothing is run, nothing is sent anywhere.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_STATUS: &str = "\
Exit status: 0 when no finding is an error, 1 when one is, 2 when the program could not run.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says what is wrong, where, and what would mend it
    #[command(after_help = EXIT_STATUS)]
    Check(CheckArgs),
    /// Writes the corrected files, a script that applies them, a patch and a report
    #[command(after_help = "\
Writes into DIR: each corrected file under its base name, `apply.sh`, `fix.patch` and `REPORT.md`. \
A file that is there already is left alone: if it differs, nothing at all is written, unless \
--force is given.

Exit status: 0 when no finding that is an error remains after the correction, 1 when one does, 2 \
when the program could not run.")]
    Fix(FixArgs),
    /// Prints the script that applies the corrected files and checks the result
    #[command(after_help = "\
Exit status: 0 when the script was printed or there is nothing to apply, 2 when no script can be \
made.")]
    Script(ScriptArgs),
    /// Shows the set-up as understood: every path and connection, hop by hop
    Show(ShowArgs),
    /// Explains a rule; without a name, lists them
    Explain {
        /// The rule's name, as a finding shows it
        rule: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// How the report is written
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) given: Given,
}

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// The directory to write into; made where it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Overwrites files in DIR that differ
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    #[command(flatten)]
    pub(crate) given: Given,
}

#[derive(Debug, Args)]
pub(crate) struct ScriptArgs {
    /// Prints it as one command to paste into a terminal: it does what `apply.sh --apply` does
    #[arg(long)]
    pub(crate) paste: bool,
    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,
    #[command(flatten)]
    pub(crate) given: Given,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// How the model is written
    #[arg(long, value_enum, default_value_t = ModelFormat::Human)]
    pub(crate) format: ModelFormat,
    #[command(flatten)]
    pub(crate) given: Given,
}

#[derive(Debug, Args)]
pub(crate) struct ChoiceArgs {
    /// Takes this alternative for a rule's findings; `none` leaves them as they are
    ///
    /// A report names the alternatives of a finding behind their titles, `(each, review)`: taken by
    /// `--choose mount-missing=each`, or by `mount-missing#2=each` for that rule's second finding
    /// alone. `safe` is surely meant, `review` is to be read before it is taken, `manual` is done
    /// by hand. Without a choice, the first alternative of each error and warning is taken
    #[arg(long, value_name = "RULE=ALTERNATIVE", value_parser = pair)]
    pub(crate) choose: Vec<(String, String)>,
}

/// What was given to look at.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// Files of any kind, sorted by name and content; `-` reads standard input
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,
    /// A `lima.yaml`
    #[arg(long, value_name = "F", help_heading = "Files of a known kind")]
    pub(crate) lima: Option<PathBuf>,
    /// A `.env`
    #[arg(long, value_name = "F", help_heading = "Files of a known kind")]
    pub(crate) env: Option<PathBuf>,
    /// A Compose file; later ones override earlier ones
    #[arg(long, value_name = "F", help_heading = "Files of a known kind")]
    pub(crate) compose: Vec<PathBuf>,
    /// What `limactl list` printed, an `ssh.config` or a start log
    #[arg(long, value_name = "F", help_heading = "Files of a known kind")]
    pub(crate) limactl: Option<PathBuf>,
    /// The error message or log
    #[arg(long, value_name = "F", help_heading = "Files of a known kind")]
    pub(crate) error: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Answers (otherwise inferred)")]
pub(crate) struct AnswerArgs {
    /// The system that runs Lima: macos, linux
    #[arg(long)]
    host: Option<Host>,
    /// What runs the containers: docker-desktop, orbstack, colima, rancher, podman, engine
    #[arg(long)]
    runtime: Option<Runtime>,
    /// The version of Lima: 1.0, 2.1, …
    #[arg(long, value_name = "VERSION")]
    lima_version: Option<LimaVersion>,
    /// The name of the VM
    #[arg(long, value_name = "NAME", value_parser = instance_name)]
    instance: Option<String>,
    /// Whether the VM exists: existing, new
    #[arg(long)]
    vm: Option<VmState>,
    /// What to do about a port that changes: pin, pin:PORT, follow
    #[arg(long)]
    port: Option<PortStrategy>,
    /// A variable of the shell that starts Compose
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

impl AnswerArgs {
    pub(crate) fn answers(&self) -> Answers {
        Answers {
            host: self.host,
            runtime: self.runtime,
            lima_version: self.lima_version,
            instance: self.instance.clone(),
            vm: self.vm,
            port: self.port,
            shell: self.set.iter().cloned().collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a terminal
    Human,
    /// `"version": 1`
    Json,
    /// For a ticket
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ModelFormat {
    /// For a terminal
    Human,
    /// `"version": 1`
    Json,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a name, `=` and a value are expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_do_not_contradict_each_other() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn answers_are_taken_over() {
        let line = "lima-doctor check - --host macos --runtime colima --lima-version 2.1 \
                    --instance dev --vm new --port pin:20022 --set A=b=c --set D=";
        let Command::Check(args) = Cli::parse_from(line.split_whitespace()).command else {
            panic!("another command");
        };
        let answers = args.given.answers.answers();
        assert_eq!(answers.host, Some(Host::MacOs));
        assert_eq!(answers.lima_version, Some(LimaVersion::new(2, 1, 0)));
        assert_eq!(answers.port, Some(PortStrategy::Pin(Some(20022))));
        let shell: Vec<_> = answers.shell.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(shell, [("A", "b=c"), ("D", "")]);
    }
}
