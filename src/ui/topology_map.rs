use leptos::prelude::*;
use lima_doctor::outline::{self, Location};
use lima_doctor::text::Sources;
use lima_doctor::topology::{Hop, Place, Route, Stop, Subject};
use lima_doctor::words;

use super::glyph::Glyph;
use super::rich_text::RichText;
use super::state::app_state;

/// The map of the set-up: a column for each place, a row for each route. On narrow screens each
/// route is a list from top to bottom.
#[component]
pub fn TopologyMap() -> impl IntoView {
    let state = app_state();
    let routes = Memo::new(move |_| state.diagnosis.get().setup.routes.clone());
    let columns = move || {
        let diagnosis = state.diagnosis.get();
        outline::columns(&diagnosis)
            .into_iter()
            .map(|column| {
                view! {
                    <div class="map-place" data-place=column.place>
                        <strong>{column.title}</strong>
                        " "
                        <span>{column.name}</span>
                    </div>
                }
            })
            .collect_view()
    };
    let rows = move || {
        let diagnosis = state.diagnosis.get();
        let sources = &diagnosis.setup.sources;
        routes
            .get()
            .into_iter()
            .enumerate()
            .map(|(number, route)| view! { <MapRoute route number sources=sources.clone() /> })
            .collect_view()
    };
    view! {
        <Show when=move || !routes.read().is_empty()>
            <figure class="map" aria-label="Map of the set-up">
                <div class="map-places" aria-hidden="true">{columns}</div>
                {rows}
            </figure>
        </Show>
    }
}

/// One route: its stops in order, with the hops between them.
#[component]
fn MapRoute(route: Route, number: usize, sources: Sources) -> impl IntoView {
    let what = match route.subject {
        Subject::Path => "Path",
        Subject::Connection => "Connection",
    };
    let start = route.stops.first().map(|stop| stop.label.clone()).unwrap_or_default();
    let mut hops = route.hops.into_iter().enumerate();
    let items = route
        .stops
        .into_iter()
        .enumerate()
        .map(|(at, stop)| {
            let stop = stop_view(stop, format!("stop-{number}-{at}"), &sources);
            let hop =
                hops.next().map(|(at, hop)| hop_view(hop, format!("hop-{number}-{at}"), &sources));
            view! { {stop} {hop} }
        })
        .collect_view();
    view! {
        <ol class="map-route" data-subject=route.subject.as_str() aria-label=format!("{what} {start}")>
            {items}
        </ol>
    }
}

fn stop_view(stop: Stop, id: String, sources: &Sources) -> AnyView {
    let place = match &stop.place {
        Place::Container(service) => format!("Container {service}"),
        Place::Host => "Host".to_owned(),
        Place::Guest => "Lima VM".to_owned(),
    };
    let location = stop.span.map(|span| Location::new(sources, span));
    let label = if stop.label.is_empty() { "unknown".to_owned() } else { stop.label };
    view! {
        <li class="map-stop" data-place=stop.place.as_str()>
            <span class="map-stop-place">{place}</span>
            <span class="map-stop-note"><RichText text=stop.note /></span>
            {match location {
                Some(location) => jump_view("map-stop-label", label.clone(), label, location, id),
                None => view! { <span class="map-stop-label">{breakable(&label)}</span> }.into_any(),
            }}
        </li>
    }
    .into_any()
}

fn hop_view(hop: Hop, id: String, sources: &Sources) -> AnyView {
    let verdict = hop.verdict.as_str();
    let name = words::hop(&hop.label, hop.verdict, &hop.note);
    let label = if hop.label.is_empty() { verdict.to_owned() } else { hop.label };
    let note = (!hop.note.is_empty())
        .then(|| view! { <span class="map-hop-note"><RichText text=hop.note.clone() /></span> });
    view! {
        <li class="map-hop" data-verdict=verdict title=hop.note.clone()>
            {match hop.span {
                Some(span) => {
                    let location = Location::new(sources, span);
                    jump_view("map-hop-label", label, name, location, id)
                }
                None => {
                    view! {
                        <span class="map-hop-label">
                            {label} <span class="visually-hidden">", " {verdict}</span>
                        </span>
                    }
                        .into_any()
                }
            }}
            <span class="map-hop-line" aria-hidden="true"><Glyph name=verdict /></span>
            {note}
        </li>
    }
    .into_any()
}

/// A word on the map that leads to the line that makes it so.
fn jump_view(
    class: &'static str,
    text: String,
    name: String,
    location: Location,
    id: String,
) -> AnyView {
    let state = app_state();
    let from = id.clone();
    view! {
        <button
            type="button"
            class=class
            id=id
            aria-label=name
            on:click=move |_| state.jump_to(&location, Some(from.clone()))
        >
            {breakable(&text)}
        </button>
    }
    .into_any()
}

/// A path or an address that breaks between its parts before it breaks within one.
fn breakable(text: &str) -> Vec<AnyView> {
    text.split_inclusive(['/', ':', '.'])
        .map(|part| view! { {part.to_owned()} <wbr /> }.into_any())
        .collect()
}
