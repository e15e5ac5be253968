use leptos::prelude::*;

use super::examples_menu::ExamplesMenu;
use super::state::app_state;
use super::theme_picker::ThemePicker;

/// The name, the promise, and what is set for the whole page.
#[component]
pub fn TopBar() -> impl IntoView {
    let state = app_state();
    view! {
        <header class="bar">
            <h1 class="brand">
                <img src="favicon.svg" alt="" width="28" height="28" />
                "lima-doctor"
            </h1>
            <p class="tagline">"Why Docker, Lima and libvirt do not see the same files"</p>
            <p class="promise">
                <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                    <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2M3.5 7h9v6.5h-9z"></path>
                </svg>
                "Nothing leaves this tab"
            </p>
            <span class="bar-actions">
                <ExamplesMenu />
                <ThemePicker />
            </span>
            <p class="visually-hidden" role="status" data-testid="announcer">
                {move || state.announcement.get()}
            </p>
        </header>
    }
}
