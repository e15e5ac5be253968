//! The browser: clipboard, files, downloads, scrolling, the theme. The only code that calls it.

use gloo_events::{EventListener, EventListenerOptions};
use gloo_file::{Blob, ObjectUrl};
use leptos::web_sys::{
    ClipboardEvent, DataTransfer, Document, DragEvent, Element, Event, FileList, FocusOptions,
    HtmlAnchorElement, HtmlDocument, HtmlElement, HtmlInputElement, HtmlTextAreaElement,
    ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition, Window, window,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::state::Jump;

/// Files larger than this are not read: the page would stand still, and no such file is meant.
pub const LARGEST_FILE: u64 = 5_000_000;

/// A file as it was opened or dropped: its name, and its text or why there is none.
pub struct OpenedFile {
    /// The name, without folders.
    pub name: String,
    /// The text, or why it was not read.
    pub text: Result<String, &'static str>,
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The element with this id.
pub fn by_id(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Says to the style sheets, and to whoever waits, that the page runs.
pub fn mark_ready() {
    if let Some(root) = root() {
        let _ = root.set_attribute("data-ready", "true");
    }
}

fn root() -> Option<Element> {
    document()?.document_element()
}

/// Focuses the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = by_id(id) {
        let _ = element.focus();
    }
}

/// Focuses the element with this id and scrolls it into view.
pub fn go_to(id: &str) -> bool {
    let Some(element) = by_id(id) else { return false };
    focus_in_place(&element);
    reveal(&element, ScrollLogicalPosition::Center);
    true
}

/// Focuses an element without scrolling to it.
fn focus_in_place(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

fn reveal(element: &Element, block: ScrollLogicalPosition) {
    let options = ScrollIntoViewOptions::new();
    options.set_behavior(ScrollBehavior::Instant);
    options.set_block(block);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Selects a place in a text area and scrolls it into view, there and on the page.
pub fn select(area: &HtmlTextAreaElement, jump: &Jump) {
    let as_u32 = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let (start, end) = (as_u32(jump.selection.start), as_u32(jump.selection.end));
    focus_in_place(area);
    let _ = area.set_selection_range(start, end);
    let height = line_height(area);
    let top = (jump.line.saturating_sub(1)) as f64 * height;
    area.set_scroll_top((top - f64::from(area.client_height()) / 3.0) as i32);
    area.set_scroll_left(0);
    reveal(area, ScrollLogicalPosition::Nearest);
}

/// Shows a text from its start: a text area whose value is set has the caret behind it.
pub fn open(area: &HtmlTextAreaElement, text: &str) {
    // The framework sets the value a little later, and would move the caret then.
    area.set_value(text);
    let _ = area.set_selection_range(0, 0);
}

fn line_height(area: &HtmlTextAreaElement) -> f64 {
    let style = window().and_then(|window| window.get_computed_style(area).ok().flatten());
    let height = style.and_then(|style| style.get_property_value("line-height").ok());
    height.and_then(|height| height.strip_suffix("px")?.parse().ok()).unwrap_or(20.0)
}

/// Scrolls `follower` to where `leader` is.
pub fn scroll_along(leader: &Element, follower: &Element) {
    follower.set_scroll_top(leader.scroll_top());
    follower.set_scroll_left(leader.scroll_left());
}

/// Whether a text area's whole text is selected, or it has none.
pub fn is_all_selected(area: &HtmlTextAreaElement) -> bool {
    let length = area.value().encode_utf16().count() as u32;
    let start = area.selection_start().ok().flatten();
    let end = area.selection_end().ok().flatten();
    start == Some(0) && end == Some(length)
}

/// The text that a paste event carries.
pub fn pasted_text(event: &ClipboardEvent) -> Option<String> {
    event.clipboard_data()?.get_data("text/plain").ok().filter(|text| !text.is_empty())
}

/// Listens for pastes outside text fields, anywhere on the page, for as long as the page lives.
pub fn on_paste(react: impl Fn(Pasted) + 'static) {
    let Some(document) = document() else { return };
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document, "paste", options, move |event| {
        let Some(event) = event.dyn_ref::<ClipboardEvent>() else { return };
        if event.default_prevented() || is_in_text_field(event) {
            return;
        }
        let data = event.clipboard_data();
        if let Some(files) = data.as_ref().and_then(files_of) {
            event.prevent_default();
            react(Pasted::Files(files));
        } else if let Some(text) = pasted_text(event) {
            event.prevent_default();
            react(Pasted::Text(text));
        }
    })
    .forget();
}

/// What a paste or a drop brings.
pub enum Pasted {
    /// Text.
    Text(String),
    /// Files, yet to be read.
    Files(FileList),
}

/// Listens for what is dropped on the page; `hover` hears whether something hangs over it.
pub fn on_drop(hover: impl Fn(bool) + Copy + 'static, react: impl Fn(Pasted) + 'static) {
    let Some(document) = document() else { return };
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document, "dragover", options, move |event| {
        if has_something(event) {
            event.prevent_default();
            hover(true);
        }
    })
    .forget();
    EventListener::new(&document, "dragleave", move |event| {
        let left =
            event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none());
        if left {
            hover(false);
        }
    })
    .forget();
    EventListener::new_with_options(&document, "drop", options, move |event| {
        hover(false);
        let Some(data) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) else {
            return;
        };
        if let Some(files) = files_of(&data) {
            event.prevent_default();
            react(Pasted::Files(files));
        } else if !is_in_text_field(event)
            && let Some(text) = data.get_data("text/plain").ok().filter(|text| !text.is_empty())
        {
            event.prevent_default();
            react(Pasted::Text(text));
        }
    })
    .forget();
}

fn has_something(event: &Event) -> bool {
    let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    data.is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}

fn files_of(data: &DataTransfer) -> Option<FileList> {
    data.files().filter(|files| files.length() > 0)
}

fn is_in_text_field(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest("textarea, input").ok().flatten().is_some())
}

/// The files that an `input` element holds; it forgets them, so that the same can be opened again.
pub fn chosen_files(event: &Event, react: impl FnOnce(Vec<OpenedFile>) + 'static) {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = target else { return };
    let Some(files) = input.files() else { return };
    read(&files, move |opened| {
        input.set_value("");
        react(opened);
    });
}

/// Opens the file picker of the `input` element with this id.
pub fn open_picker(id: &str) {
    if let Some(input) = by_id(id) {
        input.click();
    }
}

/// Reads files one after another, as UTF-8.
pub fn read(files: &FileList, react: impl FnOnce(Vec<OpenedFile>) + 'static) {
    let files = gloo_file::FileList::from(files.clone());
    spawn_local(async move {
        let mut opened = Vec::new();
        for file in files.iter() {
            let text = if file.size() > LARGEST_FILE {
                Err("is larger than 5 MB and was not read")
            } else {
                gloo_file::futures::read_as_text(file).await.map_err(|_| "could not be read")
            };
            opened.push(OpenedFile { name: file.name(), text });
        }
        react(opened);
    });
}

/// Copies a text. Hears whether that worked: some browsers and embedding pages forbid it.
pub fn copy(text: String, react: impl FnOnce(bool) + 'static) {
    spawn_local(async move {
        let copied = match clipboard_write(&text) {
            Some(writing) => JsFuture::from(writing).await.is_ok(),
            None => false,
        };
        react(copied || copy_by_selection(&text));
    });
}

/// Starts writing to the clipboard; `None` where the browser has none, as on plain `http:`.
fn clipboard_write(text: &str) -> Option<js_sys::Promise> {
    let navigator = window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    let clipboard = clipboard.dyn_into::<leptos::web_sys::Clipboard>().ok()?;
    Some(clipboard.write_text(text))
}

/// The old way to copy, which also works on plain `http:`.
fn copy_by_selection(text: &str) -> bool {
    let attempt = || -> Option<bool> {
        let document = document()?;
        let focused = document.active_element();
        let area: HtmlTextAreaElement =
            document.create_element("textarea").ok()?.dyn_into().ok()?;
        area.set_class_name("visually-hidden");
        area.set_value(text);
        document.body()?.append_child(&area).ok()?;
        area.select();
        let document = document.dyn_into::<HtmlDocument>().ok()?;
        let copied = document.exec_command("copy").unwrap_or(false);
        area.remove();
        if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = focused.focus();
        }
        Some(copied)
    };
    attempt().unwrap_or(false)
}

/// Saves a text as a file, byte for byte as UTF-8.
pub fn download(name: &str, text: &str) {
    let attempt = || -> Option<()> {
        let blob = Blob::new_with_options(text, Some("application/octet-stream"));
        let address = ObjectUrl::from(blob);
        let document = document()?;
        let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&address);
        link.set_download(name);
        link.click();
        gloo_timers::callback::Timeout::new(10_000, move || drop(address)).forget();
        Some(())
    };
    let _ = attempt();
}

/// Calls `react` after a time.
pub fn after(milliseconds: u32, react: impl FnOnce() + 'static) {
    gloo_timers::callback::Timeout::new(milliseconds, react).forget();
}

/// Tells `react`, whenever the page is scrolled or resized, which of the sections is being read:
/// the last that starts above the upper third of the window.
pub fn on_section(ids: &'static [&'static str], react: impl Fn(&'static str) + Clone + 'static) {
    let Some(window) = window() else { return };
    let view = window.clone();
    let look = move || {
        if let Some(id) = section_in_view(&view, ids) {
            react(id);
        }
    };
    for event in ["scroll", "resize"] {
        let look = look.clone();
        EventListener::new(&window, event, move |_| look()).forget();
    }
    // The sections are not there yet.
    after(0, look);
}

fn section_in_view(window: &Window, ids: &'static [&'static str]) -> Option<&'static str> {
    let height = window.inner_height().ok()?.as_f64()?;
    let scrolled = window.scroll_y().ok()?;
    let page = f64::from(root()?.scroll_height());
    if scrolled > 0.0 && scrolled + height >= page - 2.0 {
        let fits = |id: &&&str| {
            by_id(id).is_some_and(|element| element.get_bounding_client_rect().top() < height * 0.8)
        };
        return ids.iter().rev().find(fits).copied();
    }
    let started = |id: &&&str| {
        by_id(id).is_some_and(|element| element.get_bounding_client_rect().top() <= height / 3.0)
    };
    ids.iter().rev().find(started).copied()
}

const THEME: &str = "theme";

/// The theme that the reader chose: `light`, `dark`, or `auto` where there is no choice.
pub fn theme() -> String {
    let chosen = root().and_then(|root| root.get_attribute("data-theme"));
    chosen.unwrap_or_else(|| "auto".to_owned())
}

/// Sets the theme and remembers it. Nothing else is ever stored.
pub fn set_theme(theme: &str) {
    let Some(root) = root() else { return };
    let storage = window().and_then(|window| window.local_storage().ok().flatten());
    if theme == "auto" {
        let _ = root.remove_attribute("data-theme");
        let _ = storage.map(|storage| storage.remove_item(THEME));
    } else {
        let _ = root.set_attribute("data-theme", theme);
        let _ = storage.map(|storage| storage.set_item(THEME, theme));
    }
}
