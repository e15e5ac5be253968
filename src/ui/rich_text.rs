use leptos::prelude::*;
use lima_doctor::markdown::{self, Block, Inline};

/// A clause with names in backticks, as elements.
#[component]
pub fn RichText(#[prop(into)] text: String) -> impl IntoView {
    inlines(markdown::inline(&text))
}

/// A page of Markdown, as elements, without its title.
#[component]
pub fn RichPage(
    #[prop(into)] text: String,
    /// Whether it stands under an `h4`, so that its headings are `h5`; else they are `h4`.
    is_deep: bool,
) -> impl IntoView {
    markdown::blocks(&text).into_iter().map(|part| block(part, is_deep)).collect_view()
}

fn block(block: Block, is_deep: bool) -> AnyView {
    match block {
        Block::Heading(1, _) => ().into_any(),
        Block::Heading(_, words) if is_deep => view! { <h5>{inlines(words)}</h5> }.into_any(),
        Block::Heading(_, words) => view! { <h4>{inlines(words)}</h4> }.into_any(),
        Block::Paragraph(words) => view! { <p>{inlines(words)}</p> }.into_any(),
        Block::List { ordered, items } => {
            let items =
                items.into_iter().map(|words| view! { <li>{inlines(words)}</li> }).collect_view();
            if ordered {
                view! { <ol>{items}</ol> }.into_any()
            } else {
                view! { <ul>{items}</ul> }.into_any()
            }
        }
        Block::Code(_, text) => view! { <pre tabindex="0"><code>{text}</code></pre> }.into_any(),
    }
}

fn inlines(parts: Vec<Inline>) -> Vec<AnyView> {
    parts.into_iter().map(inline).collect()
}

fn inline(part: Inline) -> AnyView {
    match part {
        Inline::Text(text) => text.into_any(),
        Inline::Code(text) => view! { <code>{text}</code> }.into_any(),
        Inline::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
        Inline::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
        Inline::Link(text, address) => {
            view! { <a href=address rel="noreferrer" target="_blank">{text}</a> }.into_any()
        }
    }
}
