use leptos::prelude::*;
use lima_doctor::outline::Location;

use super::location_button::LocationButton;
use super::rich_text::RichText;

/// The chain behind a verdict, in reading order.
#[component]
pub fn EvidenceList(
    evidence: Vec<(Location, String)>,
    /// The start of the ids of its places.
    id: String,
) -> impl IntoView {
    let items = evidence
        .into_iter()
        .enumerate()
        .map(|(number, (location, note))| {
            view! {
                <li>
                    <LocationButton location id=format!("{id}-{number}") />
                    <span><RichText text=note /></span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="evidence" aria-label="Evidence">{items}</ol> }
}
