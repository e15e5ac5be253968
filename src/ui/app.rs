use leptos::prelude::*;

use super::assumptions::Assumptions;
use super::corrected_files::CorrectedFiles;
use super::inputs::Inputs;
use super::paste_box::PasteBox;
use super::report_view::ReportView;
use super::rich_text::RichText;
use super::script_view::ScriptView;
use super::state::AppState;
use super::step_list::StepList;
use super::top_bar::TopBar;

/// The page: texts on one side, what is made of them on the other.
#[component]
pub fn App() -> impl IntoView {
    let state = AppState::new();
    provide_context(state);
    view! {
        <a class="skip" href="#diagnosis-title">"Skip to the diagnosis"</a>
        <TopBar />
        <StepList />
        <main class="page">
            <section id="paste" class="desk" aria-labelledby="paste-title">
                <h2 id="paste-title" class="visually-hidden" tabindex="-1">"Paste"</h2>
                {move || state.example.get().map(|example| view! {
                    <p class="note" role="note">
                        <strong>"This is an example. "</strong>
                        <RichText text=example.summary />
                        " Paste your own files: it is replaced."
                    </p>
                })}
                <PasteBox />
                <Inputs />
                <Assumptions />
            </section>
            <div class="results">
                <ReportView />
                <CorrectedFiles />
                <ScriptView />
            </div>
        </main>
    }
}
