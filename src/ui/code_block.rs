use leptos::prelude::*;
use lima_doctor::outline::Marks;
use lima_doctor::text::LineIndex;

/// A text with line numbers, to be read and selected. Its `pre` holds the text byte for byte.
#[component]
pub fn CodeBlock(
    /// Its name for someone who does not see the heading beside it.
    #[prop(into)]
    label: Signal<String>,
    #[prop(into)] text: Signal<String>,
) -> impl IntoView {
    let numbers = move || {
        let lines =
            text.with(|text| LineIndex::new(text.strip_suffix('\n').unwrap_or(text)).line_count());
        Marks::default().line_numbers(lines, None).into_iter().map(|part| part.text).collect_view()
    };
    view! {
        <div class="code" role="region" tabindex="0" aria-label=move || label.get()>
            <div class="code-numbers" aria-hidden="true">{numbers}</div>
            <pre class="code-text">{move || text.get()}</pre>
        </div>
    }
}
