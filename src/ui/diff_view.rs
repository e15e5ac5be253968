use leptos::prelude::*;
use lima_doctor::repair::diff::{DiffKind, DiffLine, Hunk, hunks};
use lima_doctor::repair::side_by_side::{gap, rows};
use lima_doctor::words;

/// How many equal lines are shown around a change.
const CONTEXT: usize = 3;

/// The changes, removed lines above added ones.
#[component]
pub fn Unified(title: String, original: String, corrected: String) -> impl IntoView {
    let row = |line: &DiffLine| {
        view! {
            <tr data-kind=kind(line)>
                <td class="diff-number">{line.old}</td>
                <td class="diff-number">{line.new}</td>
                <td class="diff-sign">{sign(line)}</td>
                <td class="diff-text">{text(line)}</td>
            </tr>
        }
        .into_any()
    };
    let body = with_gaps(&hunks(&original, &corrected, CONTEXT), 4, |hunk| {
        hunk.lines.iter().map(row).collect()
    });
    view! {
        <div class="diff">
            <table aria-label=title>
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">"Line before"</th>
                        <th scope="col">"Line after"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Text"</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

/// The changes in two columns, before and after.
#[component]
pub fn SideBySide(title: String, original: String, corrected: String) -> impl IntoView {
    let half = |line: Option<DiffLine>, number: fn(&DiffLine) -> Option<usize>| match line {
        Some(line) => view! {
            <td class="diff-number" data-kind=kind(&line)>{number(&line)}</td>
            <td class="diff-text" data-kind=kind(&line)>{text(&line)}</td>
        }
        .into_any(),
        None => view! {
            <td class="diff-number" data-kind="none"></td>
            <td class="diff-text" data-kind="none"></td>
        }
        .into_any(),
    };
    let body = with_gaps(&hunks(&original, &corrected, CONTEXT), 4, |hunk| {
        rows(hunk)
            .into_iter()
            .map(|(old, new)| {
                let is_same = old == new;
                view! {
                    <tr data-kind=if is_same { "same" } else { "changed" }>
                        {half(old, |line| line.old)} {half(new, |line| line.new)}
                    </tr>
                }
                .into_any()
            })
            .collect()
    });
    view! {
        <div class="diff" data-view="side-by-side">
            <table aria-label=title>
                <colgroup>
                    <col class="diff-number" />
                    <col />
                    <col class="diff-number" />
                    <col />
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col" colspan="2">"Before"</th>
                        <th scope="col" colspan="2">"After"</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

/// The rows of all hunks, with a row for the lines left out before each.
fn with_gaps(hunks: &[Hunk], columns: usize, rows: impl Fn(&Hunk) -> Vec<AnyView>) -> Vec<AnyView> {
    let mut res = Vec::new();
    let mut before = None;
    for hunk in hunks {
        let lines = gap(before, hunk);
        if lines > 0 {
            let words = words::as_before(lines);
            res.push(
                view! { <tr data-kind="gap"><td colspan=columns.to_string()>{words}</td></tr> }
                    .into_any(),
            );
        }
        res.extend(rows(hunk));
        before = Some(hunk);
    }
    res
}

fn kind(line: &DiffLine) -> &'static str {
    match line.kind {
        DiffKind::Same => "same",
        DiffKind::Removed => "removed",
        DiffKind::Added => "added",
    }
}

fn sign(line: &DiffLine) -> &'static str {
    match line.kind {
        DiffKind::Same => "",
        DiffKind::Removed => "\u{2212}",
        DiffKind::Added => "+",
    }
}

fn text(line: &DiffLine) -> AnyView {
    let text = line.text.clone();
    match line.kind {
        DiffKind::Same => text.into_any(),
        DiffKind::Removed => view! { <del>{text}</del> }.into_any(),
        DiffKind::Added => view! { <ins>{text}</ins> }.into_any(),
    }
}
