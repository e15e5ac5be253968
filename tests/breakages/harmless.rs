//! Changes that mean nothing to Lima and Compose.

use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Input, Report};

use super::set_up::SetUp;
use super::style::Style;
use super::support::random::Random;

/// Another name for the service.
const OTHER_NAME: &str = "other-name";

/// What is found, without places: each finding's kind, rule and message, in order of these. The
/// service has its first name in them. Quotes around a value are what `uri-unescaped` asks for, so
/// they may take its hint away.
pub(crate) fn findings(report: &Report, set_up: &SetUp) -> Vec<String> {
    let mut res: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.rule != "uri-unescaped")
        .map(|finding| format!("{}[{}] {}", finding.kind(), finding.rule, finding.message))
        .map(|text| text.replace(OTHER_NAME, &set_up.service))
        .collect();
    res.sort();
    res
}

/// The set-up with one harmless change each; `input` is how it is written plainly.
pub(crate) fn edits(
    set_up: &SetUp,
    input: &Input,
    random: &mut Random,
) -> Vec<(&'static str, Input)> {
    let plain = Style::plain;
    let styles = [
        ("comments", Style { comments: 60, ..plain() }),
        ("blank lines", Style { blank_lines: 60, ..plain() }),
        ("quotes", Style { quotes: 80, ..plain() }),
        ("flow style", Style { flow: 60, ..plain() }),
        ("another order of keys", Style { shuffles: true, ..plain() }),
        ("another hand", Style::new(random)),
    ];
    let mut res: Vec<(&str, Input)> = styles
        .into_iter()
        .map(|(name, style)| (name, set_up.input(&mut style.seeded(random))))
        .collect();
    let each = |change: &dyn Fn(&SourceFile) -> String| {
        let mut input = input.clone();
        for file in &mut input.files {
            file.text = change(file);
        }
        input
    };
    let is_yaml = |file: &SourceFile| matches!(file.kind, FileKind::Lima | FileKind::Compose);
    res.push(("CR LF", each(&|file| file.text.replace('\n', "\r\n"))));
    res.push(("no last line break", each(&|file| file.text.trim_end().to_owned())));
    res.push(("blank lines at the end", each(&|file| format!("{}\n\n\n", file.text))));
    res.push((
        "a document's marker",
        each(&|file| match is_yaml(file) {
            true => format!("---\n{}", file.text),
            false => file.text.clone(),
        }),
    ));
    res.push((
        "an `x-` key",
        each(&|file| match file.kind {
            FileKind::Compose => format!("x-team: {{name: lab}}\n{}", file.text),
            _ => file.text.clone(),
        }),
    ));
    res.push((
        "a variable that nothing uses",
        each(&|file| match file.kind {
            FileKind::Env => format!("PAGER=less\n{}", file.text),
            _ => file.text.clone(),
        }),
    ));
    let renamed = SetUp { service: OTHER_NAME.to_owned(), ..set_up.clone() };
    res.push(("another name of the service", renamed.input(&mut plain())));
    res
}
