use leptos::prelude::*;

use super::browser;

/// Light, dark, or as the system has it.
#[component]
pub fn ThemePicker() -> impl IntoView {
    let theme = RwSignal::new(browser::theme());
    let options = [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")]
        .map(|(word, name)| {
            view! { <option value=word prop:selected=move || theme.get() == word>{name}</option> }
        })
        .into_iter()
        .collect_view();
    view! {
        <label class="theme-picker">
            <span>"Theme"</span>
            <select on:change:target=move |event| {
                let word = event.target().value();
                browser::set_theme(&word);
                theme.set(word);
            }>{options}</select>
        </label>
    }
}
