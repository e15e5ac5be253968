use leptos::ev::{ClipboardEvent, KeyboardEvent};
use leptos::html::{Div, Pre, Textarea};
use leptos::prelude::*;
use lima_doctor::outline;
use lima_doctor::text::{FileKind, LineIndex, SourceFile, from_text_area, segments};
use lima_doctor::words;

use super::browser;
use super::state::app_state;

/// The editor of one text: a plain text area, line numbers with marks beside it, and behind it the
/// same text unseen, which carries the underlines.
#[component]
pub fn SourceEditor(
    /// The sheet that the text lies on.
    sheet: usize,
) -> impl IntoView {
    let state = app_state();
    let area = NodeRef::<Textarea>::new();
    let numbers = NodeRef::<Div>::new();
    let underlines = NodeRef::<Pre>::new();
    let here = RwSignal::new(None::<usize>);
    let file = Memo::new(move |_| {
        let file = state.desk.read().sheet(sheet).map(|sheet| sheet.file.clone());
        file.unwrap_or_else(|| SourceFile::new("", FileKind::Error, ""))
    });
    let marks = Memo::new(move |_| {
        let id = state.desk.read().file_of(sheet);
        id.map(|id| outline::marks(&state.diagnosis.get(), id)).unwrap_or_default()
    });
    let line_count = Memo::new(move |_| LineIndex::new(&file.read().text).line_count());

    Effect::new(move |opened: Option<bool>| {
        let Some(area) = area.get() else { return false };
        if opened != Some(true) {
            browser::open(&area, &as_shown(&file.read_untracked().text));
        }
        let Some(jump) = state.jump.get().filter(|jump| jump.sheet == sheet) else { return true };
        here.set(Some(jump.line));
        browser::select(&area, &jump);
        state.jump.set(None);
        true
    });
    let scroll_along = move || {
        let Some(area) = area.get_untracked() else { return };
        if let Some(numbers) = numbers.get_untracked() {
            browser::scroll_along(&area, &numbers);
        }
        if let Some(underlines) = underlines.get_untracked() {
            browser::scroll_along(&area, &underlines);
        }
    };
    let set_text = move |text: String| {
        here.set(None);
        state.desk.update(|desk| desk.set_text(sheet, text));
    };
    let on_paste = move |event: ClipboardEvent| {
        let (Some(text), Some(area)) = (browser::pasted_text(&event), area.get_untracked()) else {
            return;
        };
        if state.example.get_untracked().is_some() && text.contains('\n') {
            event.prevent_default();
            state.replace_example(file.read_untracked().kind, text);
        } else if browser::is_all_selected(&area) {
            // The text area would take the line ends of a file for its own.
            event.prevent_default();
            set_text(text);
        }
    };
    let go_back = move || {
        if let Some(from) = state.came_from.get_untracked() {
            state.came_from.set(None);
            here.set(None);
            browser::go_to(&from);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && state.came_from.get_untracked().is_some() {
            event.prevent_default();
            go_back();
        }
    };

    let number_views = move || {
        let parts = marks.read().line_numbers(line_count.get(), here.get());
        parts
            .into_iter()
            .map(|part| {
                view! {
                    <span
                        data-level=part.level.map(|level| level.as_str())
                        data-here=part.is_here.then_some("")
                    >
                        {part.text}
                    </span>
                }
            })
            .collect_view()
    };
    let underline_views = move || {
        let file = file.read();
        let shown = |range: std::ops::Range<usize>| as_shown(file.text.get(range).unwrap_or(""));
        segments(&file.text, &marks.read().ranges)
            .into_iter()
            .map(|(range, level)| match level {
                Some(level) => {
                    view! { <mark data-level=level.as_str()>{shown(range)}</mark> }.into_any()
                }
                None => shown(range).into_any(),
            })
            .collect_view()
    };
    let kinds = FileKind::ALL
        .into_iter()
        .map(|kind| {
            view! {
                <option value=kind.as_str() prop:selected=move || file.read().kind == kind>
                    {words::kind(kind)}
                </option>
            }
        })
        .collect_view();

    view! {
        <div class="editor">
            <div class="editor-numbers" aria-hidden="true" node_ref=numbers>{number_views}</div>
            <div class="editor-text">
                <pre class="editor-underlines" aria-hidden="true" node_ref=underlines>
                    {underline_views}
                </pre>
                <textarea
                    class="editor-area"
                    wrap="off"
                    spellcheck="false"
                    autocomplete="off"
                    autocapitalize="none"
                    aria-label=move || file.read().name.clone()
                    placeholder=move || words::invitation(file.read().kind)
                    node_ref=area
                    prop:value=move || as_shown(&file.read().text)
                    on:input:target=move |event| {
                        let text = from_text_area(&file.read_untracked().text, event.target().value());
                        set_text(text);
                    }
                    on:paste=on_paste
                    on:keydown=on_key
                    on:scroll=move |_| scroll_along()
                ></textarea>
            </div>
        </div>
        <div class="editor-foot">
            <label class="read-as">
                <span>"Read as"</span>
                <select on:change:target=move |event| {
                    let word = event.target().value();
                    if let Some(kind) = FileKind::ALL.into_iter().find(|kind| kind.as_str() == word) {
                        state.desk.update(|desk| desk.set_kind(sheet, kind));
                    }
                }>{kinds}</select>
            </label>
            <span>{move || words::count(line_count.get(), "line", "lines")}</span>
            <Show when=move || state.came_from.read().is_some()>
                <button
                    type="button"
                    class="button back"
                    data-kind="primary"
                    on:click=move |_| go_back()
                >
                    "Back to the finding"
                </button>
            </Show>
        </div>
    }
}

/// A text as a text area shows it: with LF for every line end.
fn as_shown(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}
