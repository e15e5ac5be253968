use crate::Diagnosis;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Step};
use crate::repair::diff::unified_with_context;
use crate::repair::plan::{Outcome, Repair};
use crate::repair::report::summary;
use crate::repair::script::Script;
use crate::text::{FileKind, Sources, Span, printable};

/// The report as Markdown, for a ticket; with the corrected files' diffs where a repair is given.
///
/// Only the lines that a finding speaks of are shown. The diffs of `.env` and Compose files come
/// without the lines around a change, since passwords stand there.
pub fn markdown(diagnosis: &Diagnosis, repair: Option<&Repair>) -> String {
    let mut out = Out(String::from("# lima-doctor report\n\n"));
    let report = &diagnosis.report;
    out.line(&summary(diagnosis));
    for (index, finding) in report.findings.iter().enumerate() {
        out.finding(diagnosis, index, finding, repair);
    }
    if !report.unchecked.is_empty() {
        out.heading("Not checked");
        for unchecked in &report.unchecked {
            out.item(&format!("{}: paste {}", unchecked.what, unchecked.needs));
        }
    }
    if !report.assumptions.is_empty() {
        out.heading("Assumed");
        for each in &report.assumptions {
            out.item(&format!("{}: {}, because {}", each.name, code(&each.value), each.because));
        }
    }
    if let Some(repair) = repair {
        out.repair(&diagnosis.setup.sources, repair);
        if let Ok(script) = crate::script(diagnosis, repair) {
            out.script(&script);
        }
    }
    out.0
}

/// The text so far. Whatever comes from the pasted files goes through [`code`], [`Out::fenced`] or
/// [`printable`].
struct Out(String);

impl Out {
    fn line(&mut self, text: &str) {
        self.0 += &printable(text);
        self.0.push('\n');
    }

    fn item(&mut self, text: &str) {
        self.line(&format!("- {text}"));
    }

    fn heading(&mut self, text: &str) {
        self.0.push('\n');
        self.line(&format!("## {text}"));
        self.0.push('\n');
    }

    fn fenced(&mut self, language: &str, text: &str) {
        let fence = "`".repeat(3.max(longest_run(text) + 1));
        self.0.push('\n');
        self.line(&format!("{fence}{language}"));
        for line in text.split_terminator('\n') {
            // A tab is no danger, and indentation would be hard to read without it.
            let shown: Vec<_> = line.trim_end_matches('\r').split('\t').map(printable).collect();
            self.0 += &shown.join("\t");
            self.0.push('\n');
        }
        self.line(&fence);
    }

    fn finding(
        &mut self,
        diagnosis: &Diagnosis,
        index: usize,
        finding: &Diagnostic,
        repair: Option<&Repair>,
    ) {
        let sources = &diagnosis.setup.sources;
        let number = index + 1;
        self.heading(&format!("{number}. {}: {}", finding.kind(), finding.message));
        self.line(&format!("Rule `{}`, at {}.", finding.rule, place(sources, finding.span)));
        if let Some(cause) = finding.caused_by {
            let follows = if finding.is_next { "It comes after" } else { "It follows from" };
            self.line(&format!("{follows} finding {}.", cause + 1));
        }
        if !finding.detail.is_empty() {
            self.0.push('\n');
            self.line(&finding.detail);
        }
        if !finding.evidence.is_empty() {
            self.0.push('\n');
        }
        for evidence in &finding.evidence {
            self.item(&format!("{}: {}", place(sources, evidence.span), evidence.note));
        }
        if !finding.fixes.is_empty() {
            self.0.push('\n');
        }
        let taken = match repair.and_then(|repair| repair.outcomes.get(index)) {
            Some(Outcome::Fixed(name)) => Some(*name),
            _ => None,
        };
        for (i, fix) in finding.fixes.iter().enumerate() {
            let label = if i == 0 { "Fix" } else { "Or" };
            let made = if taken == Some(fix.name) { ", made below" } else { "" };
            self.item(&format!("{label} (`{}`, {}{made}): {}", fix.name, kind(fix), fix.title));
        }
    }

    fn repair(&mut self, sources: &Sources, repair: &Repair) {
        if !repair.corrected.is_empty() {
            self.heading("Corrected files");
        }
        for (i, corrected) in repair.corrected.iter().enumerate() {
            let Some(file) = sources.get(corrected.file) else { continue };
            if i > 0 {
                self.0.push('\n');
            }
            let count = corrected.count;
            self.line(&format!(
                "{}: {} added, {} removed, {} untouched.",
                code(&file.name),
                lines(count.added),
                count.removed,
                count.untouched
            ));
            let context = match file.kind {
                FileKind::Lima => 3,
                _ => 0,
            };
            let diff = unified_with_context(&file.name, &file.text, &corrected.text, context);
            self.fenced("diff", &diff);
        }
        if !repair.steps.is_empty() {
            self.heading("To be done");
            for step in &repair.steps {
                self.item(&step_text(step));
            }
        }
        if !repair.corrected.is_empty() {
            self.heading("After the correction");
            if repair.recheck.report.findings.is_empty() {
                self.line("No finding remains.");
            }
            for finding in &repair.recheck.report.findings {
                self.item(&format!("{} `{}`: {}", finding.kind(), finding.rule, finding.message));
            }
        }
    }
}

impl Out {
    fn script(&mut self, script: &Script) {
        self.heading("What apply.sh does");
        for (step, number) in script.steps.iter().zip(1..) {
            self.line(&format!("{number}. {}", step.what));
            for (label, text) in step.details() {
                self.line(&format!("   - {label}: {text}"));
            }
        }
    }
}

fn kind(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Manual => "by hand",
        Applicability::Review => "to be reviewed",
        Applicability::Safe => "safe",
    }
}

fn step_text(step: &Step) -> String {
    match step {
        Step::CreateHostDirectory(path) => {
            format!("create the directory {} on the host, owned by your user", code(path))
        }
        Step::RestartInstance => "stop and start the VM".to_owned(),
        Step::RestartInstanceAgain => {
            "restart the VM once more if its Lima is older than 2.1".to_owned()
        }
        Step::FollowPort => "write the VM's SSH port after its start into the URI".to_owned(),
        Step::RenewHostKey => {
            "take the VM's old host key out of the container's `known_hosts`, and add its new one"
                .to_owned()
        }
        Step::RecreateService(service) => {
            format!("recreate the container of the service {}", code(service))
        }
    }
}

fn lines(count: usize) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}

/// `file:line:column`.
fn place(sources: &Sources, span: Span) -> String {
    let position = sources.position(span);
    code(&format!("{}:{}:{}", sources.name(span.file), position.line, position.column))
}

/// A code span around a text of any kind (CommonMark 6.1).
fn code(text: &str) -> String {
    let text = printable(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}
