//! The report for a terminal, in the manner of compilers.

use std::fmt::Write;

use lima_doctor::Diagnosis;
use lima_doctor::diagnostic::{Diagnostic, Fix};
use lima_doctor::repair::report::summary;
use lima_doctor::text::printable;
use lima_doctor::topology::{Assumption, Unchecked};

use crate::excerpt::{self, Mark};
use crate::markup::{GUTTER, STRONG, severity_style};

/// The whole report. It carries escapes for colours; the writer takes them out where they are not
/// wanted.
pub(crate) fn render(diagnosis: &Diagnosis) -> String {
    let report = &diagnosis.report;
    let mut res = String::new();
    for finding in &report.findings {
        res += &render_finding(diagnosis, finding);
        res.push('\n');
    }
    res += &render_unchecked(&report.unchecked);
    res += &render_assumptions(&report.assumptions);
    let _ = writeln!(res, "{STRONG}{}{STRONG:#}", summary(diagnosis));
    res
}

fn render_finding(diagnosis: &Diagnosis, finding: &Diagnostic) -> String {
    let style = severity_style(finding.severity);
    let severity = finding.kind();
    let message = printable(&finding.message);
    let rule = finding.rule;
    let mut res = format!("{style}{severity}[{rule}]{style:#}{STRONG}: {message}{STRONG:#}\n");

    // A note on the very place of the finding stands under its own mark.
    let own = finding.evidence.iter().find(|evidence| evidence.span == finding.span);
    let mut marks = vec![Mark {
        span: finding.span,
        note: own.map_or("", |evidence| &evidence.note),
        is_primary: true,
    }];
    marks.extend(
        finding
            .evidence
            .iter()
            .filter(|evidence| evidence.span != finding.span)
            .map(|evidence| Mark { span: evidence.span, note: &evidence.note, is_primary: false }),
    );
    res += &excerpt::render(&diagnosis.setup.sources, &marks, style);

    let blank = " ".repeat(excerpt::gutter(&diagnosis.setup.sources, &marks));
    let mut footer = |label: &str, text: &str| {
        let text = printable(text);
        let _ = writeln!(res, "{blank} {GUTTER}={GUTTER:#} {STRONG}{label}{STRONG:#}: {text}");
    };
    if !finding.detail.is_empty() {
        footer("note", &finding.detail);
    }
    let cause = finding.caused_by.and_then(|index| diagnosis.report.findings.get(index));
    if let Some(cause) = cause {
        let follows = if finding.is_next { "it comes after" } else { "it follows from" };
        footer("note", &format!("{follows} `{}`: {}", cause.rule, cause.message));
    }
    for (i, fix) in finding.fixes.iter().enumerate() {
        footer(if i == 0 { "fix" } else { "or" }, &fix_text(fix));
    }
    res
}

/// `Pin the port (pin, safe; for a VM of one's own)`.
fn fix_text(fix: &Fix) -> String {
    let suits = if fix.suits.is_empty() { "" } else { "; " };
    format!("{} ({}, {}{suits}{})", fix.title, fix.name, fix.applicability.as_str(), fix.suits)
}

/// What could not be checked, each with what to paste; nothing where there is none.
pub(crate) fn render_unchecked(all: &[Unchecked]) -> String {
    let lines = all.iter().map(|each| format!("{}: needs {}", each.what, each.needs));
    section("not checked", lines)
}

/// What was taken for granted, each with the reason; nothing where there is none.
pub(crate) fn render_assumptions(all: &[Assumption]) -> String {
    let lines = all.iter().map(|each| format!("{} = {}, {}", each.name, each.value, each.because));
    section("assumed", lines)
}

fn section(title: &str, lines: impl ExactSizeIterator<Item = String>) -> String {
    if lines.len() == 0 {
        return String::new();
    }
    let mut res = format!("{STRONG}{title}{STRONG:#}\n");
    for line in lines {
        let _ = writeln!(res, "  - {}", printable(&line));
    }
    res.push('\n');
    res
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use lima_doctor::diagnostic::{Applicability, Evidence, Severity};
    use lima_doctor::text::{FileKind, SourceFile, Span};
    use lima_doctor::{Input, Report, diagnose};

    use super::*;

    const ENV: &str = "# the VM\nLIBVIRT_URI=qemu+ssh://ada@host.docker.internal:52136/system\n";
    const LIST: &str = "NAME    STATUS     SSH\ndev     Running    127.0.0.1:58411\n";

    fn diagnosis() -> Diagnosis {
        let input = Input {
            files: vec![
                SourceFile::new(".env", FileKind::Env, ENV),
                SourceFile::new("limactl list", FileKind::Limactl, LIST),
            ],
            ..Input::default()
        };
        let mut diagnosis = diagnose(&input);
        let sources = &diagnosis.setup.sources;
        let span = |part: &str| {
            let found = sources.iter().find_map(|(id, file)| Some((id, file.text.find(part)?)));
            let (file, start) = found.expect("the part is there");
            Span::new(file, start, start + part.len())
        };
        let fix = |name, title: &str, suits, applicability| Fix {
            name,
            title: title.into(),
            suits,
            applicability,
            edits: Vec::new(),
            steps: Vec::new(),
        };
        let stale = Diagnostic {
            rule: "ssh-port-stale",
            severity: Severity::Error,
            message: "`LIBVIRT_URI` names port 52136, but `dev` listens on 58411".into(),
            detail: "Lima picks a new port at each start.".into(),
            span: span("52136"),
            evidence: vec![
                Evidence::new(span("52136"), "the connection goes here"),
                Evidence::new(span("58411"), "the VM listens here"),
            ],
            caused_by: None,
            is_next: false,
            fixes: vec![
                fix("pin", "Pin the port", "a VM of one's own", Applicability::Safe),
                fix("follow", "Write the current port", "", Applicability::Review),
            ],
        };
        let follows = Diagnostic {
            rule: "libvirt-unreachable",
            severity: Severity::Warning,
            message: "libvirt cannot be reached\u{1b}[2J".into(),
            detail: String::new(),
            span: span("LIBVIRT_URI"),
            evidence: Vec::new(),
            caused_by: Some(0),
            is_next: false,
            fixes: Vec::new(),
        };
        diagnosis.report = Report {
            findings: vec![stale, follows],
            unchecked: vec![Unchecked { what: "the mounts".into(), needs: "`lima.yaml`".into() }],
            assumptions: vec![Assumption {
                name: "host",
                value: "macos".into(),
                because: "a path starts with `/Users`".into(),
            }],
        };
        diagnosis
    }

    #[test]
    fn a_report_with_everything() {
        let plain = anstream::adapter::strip_str(&render(&diagnosis())).to_string();
        expect![[r#"
            error[ssh-port-stale]: `LIBVIRT_URI` names port 52136, but `dev` listens on 58411
             --> .env:2:49
              |
            2 | LIBVIRT_URI=qemu+ssh://ada@host.docker.internal:52136/system
              |                                                 ^^^^^ the connection goes here
              |
             ::: limactl list:2:30
              |
            2 | dev     Running    127.0.0.1:58411
              |                              ----- the VM listens here
              |
              = note: Lima picks a new port at each start.
              = fix: Pin the port (pin, safe; a VM of one's own)
              = or: Write the current port (follow, review)

            warning[libvirt-unreachable]: libvirt cannot be reached␛[2J
             --> .env:2:1
              |
            2 | LIBVIRT_URI=qemu+ssh://ada@host.docker.internal:52136/system
              | ^^^^^^^^^^^
              |
              = note: it follows from `ssh-port-stale`: `LIBVIRT_URI` names port 52136, but `dev` listens on 58411

            not checked
              - the mounts: needs `lima.yaml`

            assumed
              - host = macos, a path starts with `/Users`

            Two problems. One thing could not be checked.
        "#]].assert_eq(&plain);
    }

    #[test]
    fn no_problem_found() {
        let mut diagnosis = diagnosis();
        diagnosis.report = Report::default();
        let plain = anstream::adapter::strip_str(&render(&diagnosis)).to_string();
        assert_eq!(plain, "No problem found in `.env` and `limactl list`.\n");
    }

    #[test]
    fn severities_have_their_colours() {
        let shown = render(&diagnosis());
        assert!(shown.contains("\u{1b}[1m\u{1b}[31merror[ssh-port-stale]\u{1b}[0m"), "{shown:?}");
        assert!(shown.contains("\u{1b}[1m\u{1b}[33mwarning["), "{shown:?}");
        assert!(!shown.contains("\u{1b}[2J"), "{shown:?}");
    }
}
