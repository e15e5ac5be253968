use std::str::FromStr;

use leptos::prelude::*;
use lima_doctor::intake::{Host, PortStrategy, Runtime, UnknownAnswer, VmState, instance_name};
use lima_doctor::words;

use super::rich_text::RichText;
use super::state::app_state;

/// What the diagnosis takes for granted: each answer with its reason, and a field to correct it.
#[component]
pub fn Assumptions() -> impl IntoView {
    let state = app_state();
    let assumptions = Memo::new(move |_| state.diagnosis.get().report.assumptions.clone());
    let assumed = move |name: &'static str| {
        let assumptions = assumptions.read();
        assumptions.iter().find(|one| one.name == name).map(|one| one.value.clone())
    };
    let reason = move |name: &'static str| {
        let assumptions = assumptions.read();
        assumptions.iter().find(|one| one.name == name).map(|one| one.because.clone())
    };
    let answers = state.answers;
    let host = words_of(Host::ALL, Host::as_str, words::host);
    let runtime = words_of(Runtime::ALL, Runtime::as_str, words::runtime);
    let vm = words_of(VmState::ALL, VmState::as_str, words::vm);
    let port = vec![("pin", "pin it"), ("follow", "follow it")];
    view! {
        <div class="assumptions" role="group" aria-labelledby="assumed-title">
            <div class="chips">
                <h3 id="assumed-title">"Assumed"</h3>
                <Choice
                    name="host"
                    label="Host"
                    options=host
                    assumed=Signal::derive(move || assumed("host"))
                    reason=Signal::derive(move || reason("host"))
                    answer=Signal::derive(move || answers.read().host.map(|host| host.to_string()))
                    on_answer=Callback::new(move |word| answers.update(|a| a.host = parsed(word)))
                />
                <Choice
                    name="runtime"
                    label="Containers"
                    options=runtime
                    assumed=Signal::derive(move || assumed("runtime"))
                    reason=Signal::derive(move || reason("runtime"))
                    answer=Signal::derive(move || answers.read().runtime.map(|word| word.to_string()))
                    on_answer=Callback::new(move |word| answers.update(|a| a.runtime = parsed(word)))
                />
                <Choice
                    name="vm"
                    label="VM"
                    options=vm
                    assumed=Signal::derive(move || assumed("vm"))
                    reason=Signal::derive(move || reason("vm"))
                    answer=Signal::derive(move || answers.read().vm.map(|word| word.to_string()))
                    on_answer=Callback::new(move |word| answers.update(|a| a.vm = parsed(word)))
                />
                <Field
                    name="instance"
                    label="Instance"
                    assumed=Signal::derive(move || assumed("instance"))
                    reason=Signal::derive(move || reason("instance"))
                    answer=Signal::derive(move || answers.read().instance.clone())
                    on_answer=Callback::new(move |word: String| {
                        let name = read(&word, instance_name)?;
                        answers.update(|a| a.instance = name);
                        Ok(())
                    })
                />
                <Field
                    name="lima-version"
                    label="Lima"
                    assumed=Signal::derive(move || assumed("lima-version"))
                    reason=Signal::derive(move || reason("lima-version"))
                    answer=Signal::derive(move || {
                        answers.read().lima_version.map(|version| version.to_string())
                    })
                    on_answer=Callback::new(move |word: String| {
                        let version = read(&word, str::parse)?;
                        answers.update(|a| a.lima_version = version);
                        Ok(())
                    })
                />
                <Choice
                    name="port"
                    label="SSH port"
                    options=port
                    assumed=Signal::derive(move || assumed("port"))
                    reason=Signal::derive(move || reason("port"))
                    unknown="as each fix says"
                    answer=Signal::derive(move || {
                        answers
                            .read()
                            .port
                            .map(|port| match port {
                                PortStrategy::Pin(_) => "pin".to_owned(),
                                PortStrategy::Follow => "follow".to_owned(),
                            })
                    })
                    on_answer=Callback::new(move |word| answers.update(|a| a.port = parsed(word)))
                />
                <Show when=move || matches!(answers.read().port, Some(PortStrategy::Pin(_)))>
                    <Field
                        name="pinned-port"
                        label="Port to pin"
                        assumed=Signal::derive(|| Some("a free one".to_owned()))
                        reason=Signal::derive(|| None)
                        answer=Signal::derive(move || match answers.read().port {
                            Some(PortStrategy::Pin(Some(port))) => Some(port.to_string()),
                            _ => None,
                        })
                        on_answer=Callback::new(move |word: String| {
                            let port = read(&word, |word| format!("pin:{word}").parse())?;
                            answers.update(|a| a.port = port.or(Some(PortStrategy::Pin(None))));
                            Ok(())
                        })
                    />
                </Show>
                <Show when=move || state.diagnosis.read().setup.project_directory_matters()>
                    <Field
                        name="project-directory"
                        label="Project directory"
                        assumed=Signal::derive(|| None)
                        reason=Signal::derive(move || reason("project-directory"))
                        answer=Signal::derive(move || answers.read().shell.get("PWD").cloned())
                        on_answer=Callback::new(move |word: String| {
                            let word = word.trim().to_owned();
                            answers
                                .update(|a| {
                                    a.shell.remove("PWD");
                                    if !word.is_empty() {
                                        a.shell.insert("PWD".to_owned(), word);
                                    }
                                });
                            Ok(())
                        })
                    />
                </Show>
            <Show when=move || !assumptions.read().is_empty()>
                <details class="reasons">
                    <summary>"Why these"</summary>
                    <dl>
                        {move || {
                            assumptions
                                .get()
                                .into_iter()
                                .map(|one| {
                                    let (label, value) = words::assumption(one.name, &one.value);
                                    view! {
                                        <div>
                                            <dt>{label} " " <b>{value}</b></dt>
                                            <dd><RichText text=one.because /></dd>
                                        </div>
                                    }
                                })
                                .collect_view()
                        }}
                    </dl>
                </details>
            </Show>
            </div>
        </div>
    }
}

/// An answer out of a few.
#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    /// The words of the answers, each with what is shown for it.
    options: Vec<(&'static str, &'static str)>,
    assumed: Signal<Option<String>>,
    reason: Signal<Option<String>>,
    answer: Signal<Option<String>>,
    on_answer: Callback<String>,
    /// What is shown where nothing is assumed.
    #[prop(default = "not known")]
    unknown: &'static str,
) -> impl IntoView {
    let shown = options.clone();
    let assumption = move || match assumed.get().filter(|_| answer.read().is_none()) {
        Some(value) => {
            let known = shown.iter().find(|(word, _)| *word == value);
            known.map_or_else(|| value.clone(), |(_, name)| (*name).to_owned())
        }
        None if answer.read().is_some() => "as it seems".to_owned(),
        None => unknown.to_owned(),
    };
    let options = options
        .into_iter()
        .map(|(word, name)| {
            let selected = move || answer.get().as_deref() == Some(word);
            view! { <option value=word prop:selected=selected>{name}</option> }
        })
        .collect_view();
    view! {
        <label class="chip" data-answered=move || answer.read().is_some().then_some("")>
            <span class="chip-label">{label}</span>
            <select
                aria-describedby=format!("because-{name}")
                on:change:target=move |event| on_answer.run(event.target().value())
            >
                <option value="" prop:selected=move || answer.read().is_none()>{assumption}</option>
                {options}
            </select>
            <Because name reason />
        </label>
    }
}

/// An answer in the reader's own words.
#[component]
fn Field(
    name: &'static str,
    label: &'static str,
    assumed: Signal<Option<String>>,
    reason: Signal<Option<String>>,
    answer: Signal<Option<String>>,
    /// Takes the answer; an empty one takes it back.
    on_answer: Callback<String, Result<(), UnknownAnswer>>,
) -> impl IntoView {
    // What was typed last, where it is no answer, and why.
    let refused = RwSignal::new(None::<(String, String)>);
    Effect::new(move |_| {
        answer.track();
        refused.set(None);
    });
    let take = move |word: String| {
        let refusal = on_answer.run(word.clone()).err();
        refused.set(refusal.map(|refusal| (word, refusal.to_string())));
    };
    let shown = move || match refused.get() {
        Some((word, _)) => word,
        None => answer.get().unwrap_or_default(),
    };
    view! {
        <label
            class="chip"
            data-name=name
            data-answered=move || answer.read().is_some().then_some("")
            data-refused=move || refused.read().is_some().then_some("")
        >
            <span class="chip-label">{label}</span>
            <input
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=format!("because-{name} refused-{name}")
                aria-invalid=move || refused.read().is_some().then_some("true")
                placeholder=move || assumed.get().unwrap_or_else(|| "not known".to_owned())
                prop:value=shown
                on:change:target=move |event| take(event.target().value())
            />
            <Because name reason />
        </label>
        <span class="chip-refusal" id=format!("refused-{name}") role="status">
            {move || refused.get().map(|(_, why)| view! { <RichText text=why /> })}
        </span>
    }
}

/// The reason for an assumption, for those who do not open the list of reasons.
#[component]
fn Because(name: &'static str, reason: Signal<Option<String>>) -> impl IntoView {
    view! {
        <span class="visually-hidden" id=format!("because-{name}") aria-hidden="true">
            {move || reason.get().map(|reason| format!("assumed, because {reason}"))}
        </span>
    }
}

fn words_of<T: Copy>(
    all: &[T],
    word: fn(T) -> &'static str,
    name: fn(T) -> &'static str,
) -> Vec<(&'static str, &'static str)> {
    all.iter().map(|one| (word(*one), name(*one))).collect()
}

/// Reads what was typed; nothing is no answer.
fn read<T>(
    word: &str,
    as_answer: impl Fn(&str) -> Result<T, UnknownAnswer>,
) -> Result<Option<T>, UnknownAnswer> {
    match word.trim() {
        "" => Ok(None),
        word => as_answer(word).map(Some),
    }
}

fn parsed<T: FromStr>(word: impl AsRef<str>) -> Option<T> {
    word.as_ref().parse().ok()
}
