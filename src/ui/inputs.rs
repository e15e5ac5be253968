use leptos::prelude::*;
use lima_doctor::outline::{self, MarkLevel};
use lima_doctor::words;

use super::source_editor::SourceEditor;
use super::state::app_state;
use super::tabs::{Tab, Tabs, tab_id};

/// The pasted texts, a tab and an editor for each.
#[component]
pub fn Inputs() -> impl IntoView {
    let state = app_state();
    let tabs = Memo::new(move |_| {
        let diagnosis = state.diagnosis.get();
        let desk = state.desk.read();
        let tab = |sheet: &lima_doctor::desk::Sheet| {
            let marks = desk.file_of(sheet.id).map(|file| outline::marks(&diagnosis, file));
            let lines = marks.map(|marks| marks.lines).unwrap_or_default();
            let strongest = lines.values().min().copied();
            Tab {
                key: sheet.id,
                name: sheet.file.name.clone(),
                count: if lines.is_empty() { String::new() } else { lines.len().to_string() },
                count_in_words: words::count(lines.len(), "mark", "marks"),
                level: strongest.map_or("", MarkLevel::as_str),
                is_blank: sheet.is_blank(),
            }
        };
        desk.sheets().iter().map(tab).collect::<Vec<_>>()
    });
    let selected = Memo::new(move |_| {
        let selected = state.selected.get();
        let desk = state.desk.read();
        let sheet = desk.sheet(selected).or(desk.sheets().first());
        sheet.map_or(selected, |sheet| sheet.id)
    });
    view! {
        <div class="inputs">
            <Tabs
                label="Inputs"
                id="inputs"
                tabs
                selected
                on_select=Callback::new(move |sheet| state.selected.set(sheet))
            />
            <div
                class="inputs-panel"
                role="tabpanel"
                id="inputs-panel"
                aria-labelledby=move || tab_id("inputs", selected.get())
            >
                // Keyed, so that every text gets a text area of its own.
                <For each=move || [selected.get()] key=|sheet| *sheet let(sheet)>
                    <SourceEditor sheet />
                </For>
            </div>
        </div>
    }
}
