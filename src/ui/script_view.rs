use leptos::prelude::*;
use lima_doctor::repair::script::Script;

use super::browser;
use super::code_block::CodeBlock;
use super::copy_button::CopyButton;
use super::rich_text::RichText;
use super::state::app_state;

/// The name of the script's file.
const NAME: &str = "apply.sh";

/// The script that applies the corrected files, its steps beside it; or why there is none.
#[component]
pub fn ScriptView() -> impl IntoView {
    let state = app_state();
    let script = Memo::new(move |_| state.script.get().ok());
    let refusal = Memo::new(move |_| state.script.get().err().map(|refusal| refusal.to_string()));
    let text = Memo::new(move |_| script.get().map(|script| script.text).unwrap_or_default());
    let save = move |_| text.with_untracked(|text| browser::download(NAME, text));
    view! {
        <section id="run" class="section" aria-labelledby="run-title">
            <header class="section-head">
                <h2 id="run-title" tabindex="-1">"Run"</h2>
                <Show when=move || script.read().is_some()>
                    <p class="quiet">
                        "prints its plan and changes nothing until you add " <code>"--apply"</code>
                    </p>
                    <span class="actions">
                        <CopyButton what="script".to_owned() text is_primary=true />
                        <button type="button" class="button" on:click=save>"Download apply.sh"</button>
                    </span>
                </Show>
            </header>
            <Show when=move || script.read().is_some()>
                <div class="script">
                    <ol class="script-steps" aria-label="What the script does">
                        {move || script.get().map(steps)}
                    </ol>
                    <CodeBlock label=NAME.to_owned() text />
                </div>
            </Show>
            {move || refusal.get().map(|reason| view! {
                <p class="note" role="note">
                    <strong>"No script: "</strong>
                    <RichText text=reason />
                </p>
            })}
        </section>
    }
}

fn steps(script: Script) -> Vec<AnyView> {
    let step = |step: lima_doctor::repair::script::ScriptStep| {
        let detail = (!step.detail.is_empty())
            .then(|| view! { <span class="script-detail"><RichText text=step.detail /></span> });
        view! { <li><span><RichText text=step.title /> {detail}</span></li> }.into_any()
    };
    script.steps.into_iter().map(step).collect()
}
