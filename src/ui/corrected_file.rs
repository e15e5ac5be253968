use leptos::prelude::*;
use lima_doctor::repair::plan::LineCount;
use lima_doctor::text::FileId;
use lima_doctor::words;

use super::browser;
use super::code_block::CodeBlock;
use super::copy_button::CopyButton;
use super::diff_view::{SideBySide, Unified};

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which of the pasted files.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// Its text as pasted.
    pub original: String,
    /// Its text with the fixes made.
    pub corrected: String,
    /// How much of it changes.
    pub count: LineCount,
    /// Whether it names a port that the restart of the VM takes back.
    pub is_stale: bool,
}

/// The ways to look at a corrected file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Changed lines with a few around them, removed above added.
    Changes,
    /// The same in two columns.
    SideBySide,
    /// All of the corrected text.
    Whole,
}

/// One corrected file: as changes, side by side or whole; to copy and to download.
#[component]
pub fn CorrectedFile(changed: Changed, view: RwSignal<View>) -> impl IntoView {
    let Changed { name, original, corrected, count, is_stale, .. } = changed;
    let option = move |which: View, label: &'static str| {
        view! {
            <label class="view-option" data-view=format!("{which:?}")>
                <input
                    type="radio"
                    name="corrected-view"
                    prop:checked=move || view.get() == which
                    on:change=move |_| view.set(which)
                />
                <span>{label}</span>
            </label>
        }
    };
    let text = StoredValue::new(corrected.clone());
    let file_name = words::file_name(&name);
    let save = {
        let file_name = file_name.clone();
        move |_| text.with_value(|text| browser::download(&file_name, text))
    };
    let title = format!("Changes to {name}");
    let whole = format!("Corrected {name}");
    view! {
        <div class="corrected-head">
            <fieldset class="view-picker">
                <legend class="visually-hidden">"View"</legend>
                {option(View::Changes, "Changes")}
                {option(View::SideBySide, "Side by side")}
                {option(View::Whole, "Whole file")}
            </fieldset>
            <span class="quiet">{words::line_count(count)}</span>
            <span class="actions">
                <CopyButton what=name.clone() text=corrected.clone() />
                <button type="button" class="button" data-kind="plain" on:click=save>
                    {format!("Download {name}")}
                </button>
            </span>
        </div>
        {is_stale.then(|| view! {
            <p class="note" role="note">
                "Its port is that of before the restart: the script writes the new one"
            </p>
        })}
        {move || match view.get() {
            View::Changes => {
                view! { <Unified title=title.clone() original=original.clone() corrected=corrected.clone() /> }
                    .into_any()
            }
            View::SideBySide => {
                view! { <SideBySide title=title.clone() original=original.clone() corrected=corrected.clone() /> }
                    .into_any()
            }
            View::Whole => {
                view! { <CodeBlock label=whole.clone() text=corrected.clone() /> }.into_any()
            }
        }}
    }
}
