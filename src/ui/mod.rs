//! The page's components. They show what the library says; they sort, count and word nothing.

mod app;
mod assumptions;
mod browser;
mod code_block;
mod copy_button;
mod corrected_file;
mod corrected_files;
mod diagnostic_card;
mod diff_view;
mod evidence_list;
mod examples_menu;
mod fix_picker;
mod glyph;
mod inputs;
mod location_button;
mod paste_box;
mod report_view;
mod rich_text;
mod rule_page;
mod script_view;
mod source_editor;
mod state;
mod step_list;
mod tabs;
mod theme_picker;
mod top_bar;
mod topology_map;

use leptos::prelude::*;

/// Puts the page in the place that the static document leaves for it.
pub fn start() {
    let Some(place) = browser::by_id("app") else { return };
    leptos::mount::mount_to(place, || view! { <app::App /> }).forget();
    browser::mark_ready();
}
