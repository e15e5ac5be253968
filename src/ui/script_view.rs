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
                {move || usage(is_paste.get())}
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

/// How it is run, checked and undone: each command and what it does.
fn usage(is_paste: bool) -> impl IntoView {
    let (intro, commands) = if is_paste {
        (
            "Paste it in the directory of your Compose file. It does all of the steps below as \
             soon as you press Enter. Its last word says what to do:",
            ["--apply", "--plan", "--verify", "--undo"],
        )
    } else {
        (
            "Save it in the directory of your Compose file, and run it there:",
            ["sh apply.sh --apply", "sh apply.sh", "sh apply.sh --verify", "sh apply.sh --undo"],
        )
    };
    let meanings = [
        "does all of the steps, and stops at the first surprise; run twice, it changes nothing more",
        "prints the plan and changes nothing",
        "only checks",
        "puts the files back as they were",
    ];
    let rows = commands.into_iter().zip(meanings).map(|(command, meaning)| {
        view! { <div><dt><code>{command}</code></dt><dd>{meaning}</dd></div> }
    });
    view! {
        <p>{intro}</p>
        <dl class="script-usage">{rows.collect_view()}</dl>
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
