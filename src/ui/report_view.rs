use leptos::prelude::*;
use lima_doctor::repair::report;
use lima_doctor::text::FileKind;
use lima_doctor::words;

use super::diagnostic_card::DiagnosticCard;
use super::rich_text::RichText;
use super::state::app_state;
use super::topology_map::TopologyMap;

/// The diagnosis: a sentence, the map, the findings, and what could not be checked.
#[component]
pub fn ReportView() -> impl IntoView {
    let state = app_state();
    let summary = Memo::new(move |_| report::summary(&state.diagnosis.get()));
    let unchecked = Memo::new(move |_| state.diagnosis.get().report.unchecked.clone());
    view! {
        <section id="diagnosis" class="section" aria-labelledby="diagnosis-title">
            <h2 id="diagnosis-title" tabindex="-1">"Diagnosis"</h2>
            <p class="summary" role="status">
                {move || view! { <RichText text=summary.get() /> }}
            </p>
            <Show when=move || state.desk.read().is_blank()>
                <ul class="to-paste">{invitations()}</ul>
            </Show>
            <TopologyMap />
            <div class="diagnostics">
                <For each=move || state.findings.get() key=|finding| finding.clone() let(finding)>
                    <DiagnosticCard finding />
                </For>
            </div>
            <Show when=move || !state.foretold.read().is_empty()>
                <section class="foretold" aria-labelledby="foretold-title">
                    <h3 id="foretold-title">"What comes next"</h3>
                    <p class="quiet">
                        "Not there yet, but likely once the above is mended. Better done in one go."
                    </p>
                    <div class="diagnostics">
                        <For
                            each=move || state.foretold.get()
                            key=|finding| finding.clone()
                            let(finding)
                        >
                            <DiagnosticCard finding is_deep=true />
                        </For>
                    </div>
                </section>
            </Show>
            <Show when=move || !unchecked.read().is_empty()>
                <section class="unchecked" aria-labelledby="unchecked-title">
                    <h3 id="unchecked-title">"Not checked"</h3>
                    <ul>
                        {move || {
                            unchecked
                                .get()
                                .into_iter()
                                .map(|one| view! {
                                    <li>
                                        <span><RichText text=words::capitalised(&one.what) /></span>
                                        <span class="needs">"paste " <RichText text=one.needs /></span>
                                    </li>
                                })
                                .collect_view()
                        }}
                    </ul>
                </section>
            </Show>
        </section>
    }
}

/// What to paste, kind by kind.
fn invitations() -> Vec<AnyView> {
    FileKind::ALL
        .into_iter()
        .map(|kind| {
            view! {
                <li>
                    <code>{kind.default_name()}</code>
                    <span>{words::invitation(kind)}</span>
                </li>
            }
            .into_any()
        })
        .collect()
}
