use leptos::prelude::*;
use lima_doctor::diagnostic::Severity;
use lima_doctor::outline::Finding;
use lima_doctor::words;

use super::evidence_list::EvidenceList;
use super::fix_picker::FixPicker;
use super::glyph::Glyph;
use super::location_button::LocationButton;
use super::rich_text::RichText;
use super::rule_page::RulePage;
use super::state::app_state;

/// One finding: its message, the evidence for it, the fixes on offer, and what follows from it.
#[component]
pub fn DiagnosticCard(
    finding: Finding,
    /// Whether it stands under a heading of its own: that of its cause, or of the foretold.
    #[prop(optional)]
    is_deep: bool,
) -> AnyView {
    let state = app_state();
    let Finding { index, diagnostic, location, evidence, follows } = finding;
    let id = format!("finding-{index}");
    let chosen = Signal::derive(move || state.chosen(index));
    let outcome = Memo::new(move |_| state.outcome(index));
    let on_pick = Callback::new(move |fix: &'static str| state.choose(index, fix));
    let word = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Hint if diagnostic.is_next => "Next",
        Severity::Hint => "Hint",
    };
    let message = words::capitalised(&diagnostic.message);
    let heading = if is_deep {
        view! { <h4 id=id.clone()><RichText text=message /></h4> }.into_any()
    } else {
        view! { <h3 id=id.clone()><RichText text=message /></h3> }.into_any()
    };
    let consequences = follows
        .into_iter()
        .map(|finding| view! { <DiagnosticCard finding is_deep=true /> })
        .collect_view();
    view! {
        <article
            class="diagnostic"
            aria-labelledby=id.clone()
            data-severity=diagnostic.severity.as_str()
            data-rule=diagnostic.rule
        >
            <header class="diagnostic-head">
                <p class="severity"><Glyph name=diagnostic.severity.as_str() /> {word}</p>
                {heading}
                <p class="diagnostic-place">
                    <LocationButton location id=format!("{id}-place") />
                    <span class="rule-name">{diagnostic.rule}</span>
                </p>
            </header>
            {(!diagnostic.detail.is_empty())
                .then(|| view! { <p><RichText text=diagnostic.detail /></p> })}
            {(!evidence.is_empty())
                .then(|| view! { <EvidenceList evidence id=format!("{id}-evidence") /> })}
            // What goes with its cause needs no choice of its own.
            <div hidden=move || is_deep && state.is_cleared_by_another(index)>
                <FixPicker fixes=diagnostic.fixes group=format!("fix-{index}") chosen on_pick />
            </div>
            {move || outcome.get().map(|outcome| view! {
                <p class="outcome"><RichText text=words::capitalised(&outcome) /></p>
            })}
            <RulePage rule=diagnostic.rule is_deep />
            {consequences}
        </article>
    }
    .into_any()
}
