use leptos::prelude::*;
use lima_doctor::markdown::{self, Block, Inline};

/// A clause with names in backticks, as elements.
#[component]
pub fn RichText(#[prop(into)] text: String) -> impl IntoView {
    inlines(markdown::inline(&text))
}

/// A page of Markdown, as elements. Its headings start at `h5`: it stands within a finding.
#[component]
pub fn RichPage(#[prop(into)] text: String) -> impl IntoView {
    markdown::blocks(&text).into_iter().map(block).collect_view()
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Heading(1, _) => ().into_any(),
        Block::Heading(_, words) => view! { <h5>{inlines(words)}</h5> }.into_any(),
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
