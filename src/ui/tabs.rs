use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::browser;

/// One tab of a list of tabs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tab {
    /// Tells it from the others of its list.
    pub key: usize,
    /// What it is called.
    pub name: String,
    /// A count beside the name; may be empty.
    pub count: String,
    /// The same count for someone who does not see it.
    pub count_in_words: String,
    /// What the count is of, for its colour: `error`, `good`; may be empty.
    pub level: &'static str,
    /// Whether there is nothing behind it yet.
    pub is_blank: bool,
}

/// A list of tabs with one panel, whose id is `{id}-panel`. Arrow keys, Home and End select.
#[component]
pub fn Tabs(
    /// What the tabs are, for their list's name.
    label: &'static str,
    /// The start of the ids of the tabs and the panel.
    id: &'static str,
    #[prop(into)] tabs: Signal<Vec<Tab>>,
    #[prop(into)] selected: Signal<usize>,
    on_select: Callback<usize>,
) -> impl IntoView {
    let on_key = move |event: KeyboardEvent| {
        let keys: Vec<usize> = tabs.read().iter().map(|tab| tab.key).collect();
        let Some(at) = keys.iter().position(|key| *key == selected.get()) else { return };
        let last = keys.len() - 1;
        let next = match event.key().as_str() {
            "ArrowRight" if at == last => 0,
            "ArrowRight" => at + 1,
            "ArrowLeft" if at == 0 => last,
            "ArrowLeft" => at - 1,
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        if let Some(key) = keys.get(next) {
            on_select.run(*key);
            browser::focus(&tab_id(id, *key));
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            <For each=move || tabs.get() key=|tab| tab.clone() let(tab)>
                <button
                    type="button"
                    role="tab"
                    id=tab_id(id, tab.key)
                    aria-controls=format!("{id}-panel")
                    aria-selected=move || (selected.get() == tab.key).to_string()
                    tabindex=move || if selected.get() == tab.key { "0" } else { "-1" }
                    data-blank=tab.is_blank.then_some("")
                    on:click=move |_| on_select.run(tab.key)
                >
                    {tab.name.clone()}
                    {(!tab.count.is_empty())
                        .then(|| view! {
                            <span class="count" data-level=tab.level aria-hidden="true">
                                {tab.count.clone()}
                            </span>
                            <span class="visually-hidden">", " {tab.count_in_words.clone()}</span>
                        })}
                </button>
            </For>
        </div>
    }
}

/// The id of a tab, for what is labelled by it.
pub fn tab_id(id: &str, key: usize) -> String {
    format!("{id}-tab-{key}")
}
