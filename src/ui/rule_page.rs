use leptos::prelude::*;
use lima_doctor::rules;

use super::rich_text::RichPage;

/// The page of a rule, folded away.
#[component]
pub fn RulePage(
    rule: &'static str,
    /// Whether it stands under an `h4`.
    is_deep: bool,
) -> impl IntoView {
    rules::rule(rule).map(|rule| {
        view! {
            <details class="rule-page">
                <summary>"Explain " <code>{rule.name}</code></summary>
                <div class="prose">
                    <RichPage text=rule.docs is_deep />
                </div>
            </details>
        }
    })
}
