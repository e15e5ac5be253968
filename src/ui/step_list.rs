use leptos::prelude::*;
use lima_doctor::words;

use super::browser;
use super::state::app_state;

/// The sections, from top to bottom.
const SECTIONS: &[&str] = &["paste", "diagnosis", "corrected", "run"];

/// The steps, each with how much there is in it; the one being read is marked.
#[component]
pub fn StepList() -> impl IntoView {
    let state = app_state();
    let read = RwSignal::new("diagnosis");
    browser::on_section(SECTIONS, move |id| {
        if read.get_untracked() != id {
            read.set(id);
        }
    });
    let is_blank = Memo::new(move |_| state.desk.read().is_blank());
    let current = move |id: &'static str| {
        let current = if is_blank.get() { "paste" } else { read.get() };
        (current == id).then_some("step")
    };
    let counts = Memo::new(move |_| {
        words::step_counts(
            &state.input.read(),
            &state.diagnosis.get(),
            &state.repair.get(),
            &state.script.read(),
        )
    });
    let step = move |number: usize, id: &'static str, title: &'static str| {
        let count = move || counts.read().get(number).cloned().unwrap_or_default();
        view! {
            <li>
                <a href=format!("#{id}") aria-current=move || current(id)>
                    <span class="step-number" aria-hidden="true">{number + 1}</span>
                    <span class="step-title">{title}</span>
                    " "
                    <span class="count" data-level=move || count().level>
                        {move || count().text}
                    </span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="steps" aria-label="Steps">
            <ol>
                {step(0, "paste", "Paste")} {step(1, "diagnosis", "Diagnosis")}
                {step(2, "corrected", "Corrected files")} {step(3, "run", "Run")}
            </ol>
        </nav>
    }
}
