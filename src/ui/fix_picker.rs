use leptos::prelude::*;
use lima_doctor::diagnostic::{Applicability, Fix};
use lima_doctor::repair::plan::Choices;
use lima_doctor::words;

use super::rich_text::RichText;

/// The ways to remove a finding, to choose one of. Those that cannot be made here are shown below.
#[component]
pub fn FixPicker(
    fixes: Vec<Fix>,
    /// The name of the radio buttons' group.
    group: String,
    /// The name of the fix that is made, or [`Choices::SKIP`].
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the name of the fix that the reader picks.
    on_pick: Callback<&'static str>,
) -> impl IntoView {
    let (by_hand, offered): (Vec<Fix>, Vec<Fix>) =
        fixes.into_iter().partition(|fix| fix.applicability == Applicability::Manual);
    let option = move |name: &'static str, group: String, title: AnyView| {
        view! {
            <label class="fix-option">
                <input
                    type="radio"
                    name=group
                    value=name
                    prop:checked=move || chosen.get() == name
                    on:change=move |_| on_pick.run(name)
                />
                <span>{title}</span>
            </label>
        }
    };
    let options = (!offered.is_empty()).then(|| {
        let mut options: Vec<_> = offered
            .into_iter()
            .map(|fix| option(fix.name, group.clone(), fix_title(fix)))
            .collect();
        options.push(option(Choices::SKIP, group, "Leave it as it is".into_any()));
        view! {
            <fieldset class="fix-picker">
                <legend>"Fix"</legend>
                {options}
            </fieldset>
        }
    });
    let by_hand = (!by_hand.is_empty()).then(|| {
        let items =
            by_hand.into_iter().map(|fix| view! { <li>{fix_title(fix)}</li> }).collect_view();
        view! {
            <div class="by-hand">
                <h4>"To be done by hand"</h4>
                <ul>{items}</ul>
            </div>
        }
    });
    view! {
        {options}
        {by_hand}
    }
}

fn fix_title(fix: Fix) -> AnyView {
    let review = fix.applicability == Applicability::Review;
    let steps: Vec<String> = fix.steps.iter().map(words::step).collect();
    view! {
        <RichText text=fix.title />
        <span class="fix-notes">
            {(!fix.suits.is_empty()).then(|| view! { <span class="suits">{fix.suits}</span> })}
            {review.then(|| view! { <span class="review">"read it before you take it"</span> })}
            {(!steps.is_empty()).then(|| view! { <span>"then " <RichText text=steps.join(", ") /></span> })}
        </span>
    }
    .into_any()
}
