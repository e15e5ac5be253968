use leptos::prelude::*;
use lima_doctor::words;

use super::browser;
use super::corrected_file::{Changed, CorrectedFile, View};
use super::state::app_state;
use super::tabs::{Tab, Tabs, tab_id};

/// The files with the chosen fixes made: what changes in each, to copy and to download.
#[component]
pub fn CorrectedFiles() -> impl IntoView {
    let state = app_state();
    let changed = Memo::new(move |_| {
        let diagnosis = state.diagnosis.get();
        let repair = state.repair.get();
        let sources = &diagnosis.setup.sources;
        let stale = lima_doctor::repair::stale_files(&repair);
        let changed = |file: &lima_doctor::repair::plan::CorrectedFile| Changed {
            file: file.file,
            name: sources.name(file.file).to_owned(),
            original: sources.text(file.file).to_owned(),
            corrected: file.text.clone(),
            count: file.count,
            is_stale: stale.contains(&file.file),
        };
        repair.corrected.iter().map(changed).collect::<Vec<_>>()
    });
    let picked = RwSignal::new(0);
    let selected = Memo::new(move |_| {
        let changed = changed.read();
        let keys = || changed.iter().map(|one| one.file.0);
        keys().find(|key| *key == picked.get()).or(keys().next()).unwrap_or_default()
    });
    let tabs = Memo::new(move |_| {
        let tab = |one: &Changed| Tab {
            key: one.file.0,
            name: one.name.clone(),
            count: format!("+{} \u{2212}{}", one.count.added, one.count.removed),
            count_in_words: words::line_count(one.count),
            level: "",
            is_blank: false,
        };
        changed.read().iter().map(tab).collect::<Vec<_>>()
    });
    let shown = Memo::new(move |_| {
        let selected = selected.get();
        changed.read().iter().find(|one| one.file.0 == selected).cloned()
    });
    let view = RwSignal::new(View::Changes);
    let recheck = move || {
        let (diagnosis, repair) = (state.diagnosis.get(), state.repair.get());
        words::recheck(&diagnosis.report, &repair.recheck.report)
    };
    let download_all = move |_| {
        for one in changed.get_untracked() {
            browser::download(&words::file_name(&one.name), &one.corrected);
        }
    };
    let several = move || changed.read().len() > 1;
    let is_empty = move || changed.read().is_empty();
    view! {
        <section id="corrected" class="section" aria-labelledby="corrected-title">
            <header class="section-head">
                <h2 id="corrected-title" tabindex="-1">"Corrected files"</h2>
                <Show when=move || !is_empty()>
                    <p class="quiet">{move || words::line_count(words::total(&state.repair.get()))}</p>
                    <Show when=several>
                        <span class="actions">
                            <button type="button" class="button" on:click=download_all>
                                "Download all"
                            </button>
                        </span>
                    </Show>
                </Show>
            </header>
            <Show
                when=move || !is_empty()
                fallback=|| view! { <p class="quiet">"No file changes."</p> }
            >
                <div class="corrected">
                    <Tabs
                        label="Files that change"
                        id="corrected-files"
                        tabs
                        selected
                        on_select=Callback::new(move |key| picked.set(key))
                    />
                    <div
                        role="tabpanel"
                        class="corrected-panel"
                        id="corrected-files-panel"
                        aria-labelledby=move || tab_id("corrected-files", selected.get())
                    >
                        {move || shown.get().map(|changed| view! { <CorrectedFile changed view /> })}
                    </div>
                </div>
                <p class="recheck" data-testid="recheck">{recheck}</p>
            </Show>
        </section>
    }
}
