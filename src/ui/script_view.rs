use leptos::prelude::*;
use lima_doctor::repair::script::{Script, ScriptStep};

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
    let to_paste = RwSignal::new(false);
    // Too long a script can only be downloaded.
    let paste = Memo::new(move |_| script.get().and_then(|script| script.paste));
    let is_paste = Memo::new(move |_| to_paste.get() && paste.read().is_some());
    let text = Memo::new(move |_| match paste.get().filter(|_| to_paste.get()) {
        Some(paste) => paste,
        None => script.get().map(|script| script.text).unwrap_or_default(),
    });
    let label =
        Signal::derive(move || if is_paste.get() { "command to paste" } else { NAME }.to_owned());
    let what = Signal::derive(move || if is_paste.get() { "command" } else { "script" }.to_owned());
    let save = move |_| text.with_untracked(|text| browser::download(NAME, text));
    let form = move |value: bool, name: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="script-form"
                    prop:checked=move || is_paste.get() == value
                    on:change=move |_| to_paste.set(value)
                />
                {name}
            </label>
        }
    };
    view! {
        <section id="run" class="section" aria-labelledby="run-title">
            <header class="section-head">
                <h2 id="run-title" tabindex="-1">"Run"</h2>
                <Show when=move || script.read().is_some()>
                    <p class="quiet">
                        <Show
                            when=move || is_paste.get()
                            fallback=|| view! {
                                "prints its plan and changes nothing until you add "
                                <code>"--apply"</code>
                            }
                        >
                            "does all of it at once, as soon as you press Enter"
                        </Show>
                    </p>
                    <span class="actions">
                        <CopyButton what text is_primary=true />
                        <Show when=move || !is_paste.get()>
                            <button type="button" class="button" on:click=save>
                                "Download apply.sh"
                            </button>
                        </Show>
                    </span>
                </Show>
            </header>
            <Show when=move || paste.read().is_some()>
                <fieldset class="script-form">
                    <legend class="visually-hidden">"How to run it"</legend>
                    {form(false, "Download apply.sh")}
                    {form(true, "Paste into a terminal")}
                </fieldset>
            </Show>
            <Show when=move || script.read().is_some()>
                <div class="script">
                    <ol class="script-steps" aria-label="What the script does">
                        {move || script.get().map(steps)}
                    </ol>
                    <CodeBlock label text />
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
    let step = |step: ScriptStep| {
        let details = step
            .details()
            .map(|(label, text)| {
                view! {
                    <div><dt>{label}</dt><dd><RichText text=text.to_owned() /></dd></div>
                }
            })
            .collect_view();
        view! {
            <li>
                <div>
                    <RichText text=step.what.clone() />
                    <dl class="script-detail">{details}</dl>
                </div>
            </li>
        }
        .into_any()
    };
    script.steps.into_iter().map(step).collect()
}
