use leptos::prelude::*;

/// A small picture in the line's own colour. Whatever it says is said in words as well.
#[component]
pub fn Glyph(
    /// `good`, `broken`, `unknown`, or a severity.
    name: &'static str,
) -> impl IntoView {
    let (disc, stroke) = match name {
        "good" => (true, "M4.6 8.3 7 10.7l4.6-5.2"),
        "broken" => (true, "m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6"),
        "error" => (true, "M8 4.4v4.4M8 11.4v.1"),
        "warning" => (false, "M8 6v3.6M8 11.9v.1"),
        "hint" => (true, "M8 7.4v4M8 4.6v.1"),
        _ => (true, "M5.9 6.2a2.1 2.1 0 1 1 3.2 1.8c-.8.5-1.1.8-1.1 1.6M8 11.7v.1"),
    };
    view! {
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true" focusable="false" data-name=name>
            {if disc {
                view! { <circle class="glyph-ground" cx="8" cy="8" r="7"></circle> }.into_any()
            } else {
                view! { <path class="glyph-ground" d="M8 1.4 15.2 14.4H.8Z"></path> }.into_any()
            }}
            <path class="glyph-stroke" d=stroke></path>
        </svg>
    }
}
