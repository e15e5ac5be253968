use leptos::prelude::*;
use lima_doctor::examples::EXAMPLES;

use super::rich_text::RichText;
use super::state::app_state;

/// The examples: whole set-ups, each with something to find.
#[component]
pub fn ExamplesMenu() -> impl IntoView {
    let state = app_state();
    let items = EXAMPLES
        .iter()
        .map(|example| {
            view! {
                <li>
                    <button
                        type="button"
                        popovertarget="examples"
                        popovertargetaction="hide"
                        on:click=move |_| state.show(example)
                    >
                        <strong>{example.title}</strong>
                        " "
                        <span><RichText text=example.summary /></span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <button type="button" class="button" popovertarget="examples">"Examples"</button>
        <div id="examples" class="examples" popover="auto" role="dialog" aria-label="Examples">
            <h2>"Examples"</h2>
            <ul>{items}</ul>
        </div>
    }
}
