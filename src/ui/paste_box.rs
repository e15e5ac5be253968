use leptos::ev::{ClipboardEvent, KeyboardEvent};
use leptos::html::Textarea;
use leptos::prelude::*;

use super::browser::{self, OpenedFile, Pasted};
use super::state::{AppState, app_state};

/// The box for anything, and the buttons that fill and clear the desk.
#[component]
pub fn PasteBox() -> impl IntoView {
    let state = app_state();
    let area = NodeRef::<Textarea>::new();
    let is_over = RwSignal::new(false);
    browser::on_paste(move |pasted| take(state, pasted));
    browser::on_drop(move |over| is_over.set(over), move |pasted| take(state, pasted));
    let sort_typed = move || {
        let Some(area) = area.get_untracked() else { return };
        let text = area.value();
        if !text.trim().is_empty() {
            area.set_value("");
            state.paste(None, &text);
        }
    };
    let on_paste = move |event: ClipboardEvent| {
        if let Some(text) = browser::pasted_text(&event) {
            event.prevent_default();
            state.paste(None, &text);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            sort_typed();
        }
    };
    view! {
        <div class="paste-box" data-over=move || is_over.get().then_some("")>
            <div class="paste-head">
                <label class="paste-label" for="anything">"Paste anything"</label>
                <Show when=move || state.before.read().is_some()>
                    <button
                        type="button"
                        class="button"
                        data-kind="plain"
                        on:click=move |_| state.undo()
                    >
                        "Undo"
                    </button>
                </Show>
                <button
                    type="button"
                    class="button"
                    data-kind="plain"
                    on:click=move |_| state.clear()
                >
                    "Clear all"
                </button>
                <button
                    type="button"
                    class="button"
                    on:click=move |_| browser::open_picker("open-files")
                >
                    "Open files"
                </button>
                <input
                    type="file"
                    id="open-files"
                    class="visually-hidden"
                    tabindex="-1"
                    multiple
                    aria-label="Files to open"
                    on:change=move |event| browser::chosen_files(&event, move |files| open(state, files))
                />
            </div>
            <textarea
                id="anything"
                class="paste-area"
                rows="2"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                placeholder="Files, a whole ticket, limactl list, the error: paste or drop them anywhere, each part is put where it belongs"
                node_ref=area
                on:paste=on_paste
                on:keydown=on_key
                on:change=move |_| sort_typed()
            ></textarea>
        </div>
    }
}

fn take(state: AppState, pasted: Pasted) {
    match pasted {
        Pasted::Text(text) => state.paste(None, &text),
        Pasted::Files(files) => browser::read(&files, move |files| open(state, files)),
    }
}

fn open(state: AppState, files: Vec<OpenedFile>) {
    let mut sorted = Vec::new();
    let mut failures = Vec::new();
    for OpenedFile { name, text } in files {
        match text {
            Ok(text) => sorted.extend(lima_doctor::intake::sort(Some(&name), &text)),
            Err(reason) => failures.push(format!("{name} {reason}")),
        }
    }
    if !sorted.is_empty() {
        state.put(sorted);
    }
    if !failures.is_empty() {
        state.announcement.set(failures.join("; "));
    }
}
