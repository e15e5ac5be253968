use serde_json::{Value, json};

use crate::Diagnosis;
use crate::diagnostic::{Diagnostic, Evidence, Fix, Step};
use crate::text::{Edit, Sources, Span};
use crate::topology::{Assumption, Hop, Place, Route, Stop, Unchecked};

/// The report as JSON, `"version": 1`: keys are only ever added.
///
/// Keys stand in the order of the alphabet. A `span` is `{start, end, line, column}`: bytes from 0, line and column in characters from 1.
pub fn json(diagnosis: &Diagnosis) -> Value {
    let sources = &diagnosis.setup.sources;
    let findings = &diagnosis.report.findings;
    json!({
        "version": 1,
        "findings": findings.iter().map(|each| finding(sources, findings, each)).collect::<Vec<_>>(),
        "unchecked": unchecked(&diagnosis.report.unchecked),
        "assumptions": assumptions(&diagnosis.report.assumptions),
    })
}

fn finding(sources: &Sources, findings: &[Diagnostic], finding: &Diagnostic) -> Value {
    let cause = finding.caused_by.and_then(|index| {
        findings.get(index).map(|cause| json!({ "rule": cause.rule, "index": index }))
    });
    json!({
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "detail": finding.detail,
        "file": sources.name(finding.span.file),
        "span": span(sources, finding.span),
        "evidence": finding.evidence.iter().map(|each| evidence(sources, each)).collect::<Vec<_>>(),
        "caused_by": cause,
        "next": finding.is_next,
        "fixes": finding.fixes.iter().map(|each| fix(sources, each)).collect::<Vec<_>>(),
    })
}

fn evidence(sources: &Sources, evidence: &Evidence) -> Value {
    json!({
        "file": sources.name(evidence.span.file),
        "span": span(sources, evidence.span),
        "note": evidence.note,
    })
}

fn fix(sources: &Sources, fix: &Fix) -> Value {
    json!({
        "name": fix.name,
        "title": fix.title,
        "suits": fix.suits,
        "applicability": fix.applicability.as_str(),
        "edits": fix.edits.iter().map(|each| edit(sources, each)).collect::<Vec<_>>(),
        "steps": fix.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn edit(sources: &Sources, edit: &Edit) -> Value {
    json!({
        "file": sources.name(edit.span.file),
        "span": span(sources, edit.span),
        "text": edit.text,
    })
}

fn step(step: &Step) -> Value {
    match step {
        Step::CreateHostDirectory(path) => json!({ "name": "create-host-directory", "path": path }),
        Step::RestartInstance => json!({ "name": "restart-instance" }),
        Step::RestartInstanceAgain => json!({ "name": "restart-instance-again" }),
        Step::FollowPort => json!({ "name": "follow-port" }),
        Step::RenewHostKey => json!({ "name": "renew-host-key" }),
        Step::RecreateService(service) => {
            json!({ "name": "recreate-service", "service": service })
        }
    }
}

fn span(sources: &Sources, span: Span) -> Value {
    let position = sources.position(span);
    json!({
        "start": span.start,
        "end": span.end,
        "line": position.line,
        "column": position.column,
    })
}

pub(super) fn unchecked(all: &[Unchecked]) -> Vec<Value> {
    all.iter().map(|each| json!({ "what": each.what, "needs": each.needs })).collect()
}

pub(super) fn assumptions(all: &[Assumption]) -> Vec<Value> {
    all.iter()
        .map(|each| json!({ "name": each.name, "value": each.value, "because": each.because }))
        .collect()
}

pub(super) fn route(sources: &Sources, route: &Route) -> Value {
    json!({
        "subject": route.subject.as_str(),
        "verdict": route.verdict().as_str(),
        "stops": route.stops.iter().map(|each| stop(sources, each)).collect::<Vec<_>>(),
        "hops": route.hops.iter().map(|each| hop(sources, each)).collect::<Vec<_>>(),
    })
}

fn stop(sources: &Sources, stop: &Stop) -> Value {
    let service = match &stop.place {
        Place::Container(service) => Some(service),
        _ => None,
    };
    json!({
        "place": stop.place.as_str(),
        "service": service,
        "label": stop.label,
        "note": stop.note,
        "file": stop.span.map(|span| sources.name(span.file)),
        "span": stop.span.map(|at| span(sources, at)),
    })
}

fn hop(sources: &Sources, hop: &Hop) -> Value {
    json!({
        "verdict": hop.verdict.as_str(),
        "label": hop.label,
        "note": hop.note,
        "file": hop.span.map(|span| sources.name(span.file)),
        "span": hop.span.map(|at| span(sources, at)),
    })
}
