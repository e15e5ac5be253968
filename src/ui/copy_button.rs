use leptos::prelude::*;

use super::browser;
use super::state::app_state;

/// Copies a text and says whether that worked.
#[component]
pub fn CopyButton(
    /// What is copied, for the button's name: "script".
    #[prop(into)]
    what: Signal<String>,
    #[prop(into)] text: Signal<String>,
    /// Whether this is the section's main action.
    #[prop(optional)]
    is_primary: bool,
) -> impl IntoView {
    let state = app_state();
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let name = what.get_untracked();
        browser::copy(text.get_untracked(), move |worked| {
            copied.set(Some(worked));
            state.announcement.set(if worked {
                format!("Copied {name}")
            } else {
                format!(
                    "The browser does not let this page copy: select {name} and copy it by hand"
                )
            });
            browser::after(2_500, move || {
                copied.try_set(None);
            });
        });
    };
    let kind = if is_primary { "primary" } else { "plain" };
    view! {
        <button type="button" class="button" data-kind=kind on:click=copy>
            <span aria-hidden="true" data-copied=move || copied.get().map(|worked| worked.to_string())>
                {move || match copied.get() {
                    None => format!("Copy {}", what.get()),
                    Some(true) => "Copied".to_owned(),
                    Some(false) => "Not copied".to_owned(),
                }}
            </span>
            <span class="visually-hidden">{move || format!("Copy {}", what.get())}</span>
        </button>
    }
}
