use leptos::prelude::*;
use lima_doctor::outline::Location;

use super::state::app_state;

/// A place in a pasted file; a click selects it in its editor. `id` is where the way back leads.
#[component]
pub fn LocationButton(location: Location, id: String) -> impl IntoView {
    let state = app_state();
    let name = location.to_string();
    let from = id.clone();
    view! {
        <button
            type="button"
            class="location"
            id=id
            on:click=move |_| state.jump_to(&location, Some(from.clone()))
        >
            {name}
        </button>
    }
}
