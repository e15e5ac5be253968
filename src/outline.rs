//! A diagnosis in the order in which a person reads it: causes with what follows from them, and
//! every place by the name that the person knows.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::Diagnosis;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Sources, Span};
use crate::topology::Place;
use crate::words;

/// A place in a pasted file as a person names it: `docker-compose.yml:64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// The place.
    pub span: Span,
    /// The file's name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
}

/// A finding with its places named, and the findings that follow from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Its index in the report.
    pub index: usize,
    /// The finding itself.
    pub diagnostic: Diagnostic,
    /// Where to look first.
    pub location: Location,
    /// The chain behind the verdict: place and note.
    pub evidence: Vec<(Location, String)>,
    /// What follows from it, directly or not.
    pub follows: Vec<Finding>,
}

/// How strongly a place in a file is marked; the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkLevel {
    /// A finding points here.
    Finding(Severity),
    /// A finding's evidence lies here.
    Evidence,
}

/// The marks in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The marked ranges, in order of the report.
    pub ranges: Vec<(Range<usize>, MarkLevel)>,
    /// The strongest mark that starts in each line, by line from 1.
    pub lines: BTreeMap<usize, MarkLevel>,
}

/// A column of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The word of the [`Place`].
    pub place: &'static str,
    /// What kind of place it is.
    pub title: &'static str,
    /// Which one; may be empty.
    pub name: String,
}

/// Numbers of lines that look alike, to be set one below the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineNumbers {
    /// The numbers, one a line.
    pub text: String,
    /// How these lines are marked; a marked line stands alone.
    pub level: Option<MarkLevel>,
    /// Whether this is the line that was jumped to.
    pub is_here: bool,
}

impl Marks {
    /// The numbers of all lines of a text with `line_count` lines; `here` is the line that was
    /// jumped to.
    pub fn line_numbers(&self, line_count: usize, here: Option<usize>) -> Vec<LineNumbers> {
        let mut res: Vec<LineNumbers> = Vec::new();
        for line in 1..=line_count {
            let level = self.lines.get(&line).copied();
            let is_here = here == Some(line);
            match res.last_mut() {
                Some(last)
                    if level.is_none() && !is_here && !last.is_here && last.level.is_none() =>
                {
                    last.text.push_str(&format!("\n{line}"));
                }
                _ => res.push(LineNumbers { text: line.to_string(), level, is_here }),
            }
        }
        res
    }
}

impl Location {
    /// Names the place of a span.
    pub fn new(sources: &Sources, span: Span) -> Self {
        Self { span, name: sources.name(span.file).to_owned(), line: sources.position(span).line }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}

impl MarkLevel {
    /// The word used in attributes: `error`, `warning`, `hint`, `evidence`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finding(severity) => severity.as_str(),
            Self::Evidence => "evidence",
        }
    }
}

/// What is wrong now, in the report's order, each that follows from another one under its root
/// cause.
pub fn findings(diagnosis: &Diagnosis) -> Vec<Finding> {
    let all = &diagnosis.report.findings;
    let present = || all.iter().enumerate().filter(|(_, diagnostic)| !diagnostic.is_next);
    let roots: Vec<usize> = (0..all.len()).map(|index| root_cause(all, index)).collect();
    let mut res: Vec<Finding> = Vec::new();
    for (index, diagnostic) in present() {
        if roots.get(index) == Some(&index) {
            res.push(outlined(diagnosis, index, diagnostic));
        }
    }
    for (index, diagnostic) in present() {
        let root = roots.get(index).copied().filter(|root| *root != index);
        if let Some(cause) = res.iter_mut().find(|finding| Some(finding.index) == root) {
            cause.follows.push(outlined(diagnosis, index, diagnostic));
        }
    }
    res
}

/// What is foretold: failures that come once what is wrong now is mended.
pub fn foretold(diagnosis: &Diagnosis) -> Vec<Finding> {
    let all = diagnosis.report.findings.iter().enumerate();
    all.filter(|(_, diagnostic)| diagnostic.is_next)
        .map(|(index, diagnostic)| outlined(diagnosis, index, diagnostic))
        .collect()
}

fn outlined(diagnosis: &Diagnosis, index: usize, diagnostic: &Diagnostic) -> Finding {
    let sources = &diagnosis.setup.sources;
    let place = |span| Location::new(sources, span);
    let evidence = diagnostic.evidence.iter();
    Finding {
        index,
        diagnostic: diagnostic.clone(),
        location: place(diagnostic.span),
        evidence: evidence.map(|link| (place(link.span), link.note.clone())).collect(),
        follows: Vec::new(),
    }
}

/// The places of the map, from the containers over the host to the VM.
pub fn columns(diagnosis: &Diagnosis) -> Vec<Column> {
    let assumed = |name: &str| {
        let assumptions = diagnosis.report.assumptions.iter();
        let mut fitting = assumptions.filter(|one| one.name == name);
        fitting.next().map(|one| words::assumption(name, &one.value).1)
    };
    let stops = diagnosis.setup.routes.iter().flat_map(|route| &route.stops);
    let mut services: Vec<String> = stops
        .filter_map(|stop| match &stop.place {
            Place::Container(service) => Some(service.clone()),
            Place::Host | Place::Guest => None,
        })
        .collect();
    services.sort();
    services.dedup();
    let host: Vec<String> = ["host", "runtime"].into_iter().filter_map(assumed).collect();
    let column = |place, title, name| Column { place, title, name };
    vec![
        column("container", "Container", services.join(", ")),
        column("host", "Host", host.join(", ")),
        column("guest", "Lima VM", assumed("instance").unwrap_or_default()),
    ]
}

/// Follows `caused_by` to its end; a finding in a circle, or with a cause that does not exist, is
/// its own root.
fn root_cause(all: &[Diagnostic], index: usize) -> usize {
    let mut at = index;
    for _ in 0..=all.len() {
        match all.get(at).and_then(|diagnostic| diagnostic.caused_by) {
            Some(cause) if cause != at && all.get(cause).is_some_and(|one| !one.is_next) => {
                at = cause
            }
            _ => return at,
        }
    }
    index
}

/// The places in one file that findings point to.
pub fn marks(diagnosis: &Diagnosis, file: FileId) -> Marks {
    let mut res = Marks::default();
    let mut mark = |span: Span, level: MarkLevel| {
        if span.file != file {
            return;
        }
        res.ranges.push((span.range(), level));
        let line = diagnosis.setup.sources.position(span).line;
        let strongest = res.lines.entry(line).or_insert(level);
        *strongest = (*strongest).min(level);
    };
    for diagnostic in &diagnosis.report.findings {
        mark(diagnostic.span, MarkLevel::Finding(diagnostic.severity));
        for link in &diagnostic.evidence {
            mark(link.span, MarkLevel::Evidence);
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Evidence;
    use crate::text::{FileKind, SourceFile};
    use crate::topology::{Assumption, Route, Stop, Subject};
    use crate::{Input, Report, diagnose};

    fn diagnosis(causes: &[Option<usize>]) -> Diagnosis {
        let file = SourceFile::new("lima.yaml", FileKind::Lima, "cpus: 4\nmounts: []\n");
        let input = Input { files: vec![file], ..Input::default() };
        let findings = causes
            .iter()
            .map(|caused_by| Diagnostic {
                rule: "mount-missing",
                severity: Severity::Error,
                message: String::new(),
                detail: String::new(),
                span: Span::new(FileId(0), 8, 14),
                evidence: vec![Evidence::new(Span::new(FileId(0), 0, 4), "note")],
                caused_by: *caused_by,
                is_next: false,
                fixes: Vec::new(),
            })
            .collect();
        Diagnosis { report: Report { findings, ..Report::default() }, ..diagnose(&input) }
    }

    #[test]
    fn findings_stand_under_their_root_cause() {
        for (causes, expected) in [
            (vec![None, Some(0), Some(1), None], vec![(0, vec![1, 2]), (3, vec![])]),
            (vec![Some(9), Some(1)], vec![(0, vec![]), (1, vec![])]),
            (vec![Some(1), Some(0)], vec![(0, vec![]), (1, vec![])]),
            (vec![Some(1), None], vec![(1, vec![0])]),
        ] {
            let found: Vec<(usize, Vec<usize>)> = findings(&diagnosis(&causes))
                .iter()
                .map(|one| (one.index, one.follows.iter().map(|other| other.index).collect()))
                .collect();
            assert_eq!(found, expected, "{causes:?}");
        }
    }

    #[test]
    fn what_is_foretold_stands_by_itself() {
        let mut diagnosis = diagnosis(&[None, Some(0), Some(1)]);
        diagnosis.report.findings[1].is_next = true;
        let indices = |all: Vec<Finding>| all.iter().map(|one| one.index).collect::<Vec<_>>();
        assert_eq!(indices(foretold(&diagnosis)), [1]);
        assert_eq!(indices(findings(&diagnosis)), [0, 2], "not lost with a cause that is to come");
    }

    #[test]
    fn places_are_named_by_file_and_line() {
        let all = findings(&diagnosis(&[None]));
        assert_eq!(all[0].location.to_string(), "lima.yaml:2");
        assert_eq!(all[0].evidence[0].0.to_string(), "lima.yaml:1");
    }

    #[test]
    fn the_map_names_its_places() {
        let mut diagnosis = diagnosis(&[]);
        diagnosis.report.assumptions =
            [("host", "macos"), ("runtime", "colima"), ("instance", "dev")]
                .map(|(name, value)| Assumption {
                    name,
                    value: value.to_owned(),
                    because: String::new(),
                })
                .to_vec();
        let stop = |place| Stop { place, label: String::new(), note: String::new(), span: None };
        diagnosis.setup.routes = vec![Route {
            subject: Subject::Path,
            stops: vec![stop(Place::Container("api".to_owned())), stop(Place::Host)],
            hops: Vec::new(),
        }];
        let names: Vec<String> = columns(&diagnosis).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["api", "macOS, Colima", "dev"]);
    }

    #[test]
    fn a_line_shows_its_strongest_mark() {
        let marks = marks(&diagnosis(&[None]), FileId(0));
        let lines: Vec<_> =
            marks.lines.iter().map(|(line, level)| (*line, level.as_str())).collect();
        assert_eq!(lines, [(1, "evidence"), (2, "error")]);
        assert_eq!(marks.ranges.len(), 2);
        let numbers = marks.line_numbers(5, Some(4));
        let shown: Vec<&str> = numbers.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(shown, ["1", "2", "3", "4", "5"]);
        let plain = Marks::default().line_numbers(3, None);
        assert_eq!(plain.len(), 1);
        assert_eq!(plain[0].text, "1\n2\n3");
    }
}
