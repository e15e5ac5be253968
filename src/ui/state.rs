//! What the page holds: the texts and the reader's choices. All else is derived from them.

use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use lima_doctor::desk::Desk;
use lima_doctor::examples::{EXAMPLES, Example};
use lima_doctor::intake::{self, Answers};
use lima_doctor::outline::{self, Finding, Location};
use lima_doctor::repair::plan::{Choices, Outcome, Repair};
use lima_doctor::repair::script::{Refusal, Script};
use lima_doctor::text::{FileKind, SourceFile, to_text_area};
use lima_doctor::{Diagnosis, Input, words};

/// The page's state, shared by context.
#[derive(Clone, Copy)]
pub struct AppState {
    /// The open texts.
    pub desk: RwSignal<Desk>,
    /// What was said beyond them.
    pub answers: RwSignal<Answers>,
    /// The fixes that were chosen.
    pub choices: RwSignal<Choices>,
    /// The example that is shown, until something is pasted.
    pub example: RwSignal<Option<&'static Example>>,
    /// The sheet whose tab is selected.
    pub selected: RwSignal<usize>,
    /// Where the editor is to jump.
    pub jump: RwSignal<Option<Jump>>,
    /// The element that the last jump came from.
    pub came_from: RwSignal<Option<String>>,
    /// What is read out to those who do not see the page change.
    pub announcement: RwSignal<String>,
    /// How it was before the last paste or clearing.
    pub before: RwSignal<Option<Snapshot>>,
    /// The texts and answers to diagnose.
    pub input: Memo<Input>,
    /// What the library says of them.
    pub diagnosis: Memo<Arc<Diagnosis>>,
    /// The findings as a person reads them.
    pub findings: Memo<Vec<Finding>>,
    /// The failures that are foretold.
    pub foretold: Memo<Vec<Finding>>,
    /// The corrected files.
    pub repair: Memo<Arc<Repair>>,
    /// The script, or why there is none.
    pub script: Memo<Result<Script, Refusal>>,
}

/// A place to select in an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The sheet that the place lies on.
    pub sheet: usize,
    /// The selection, as the text area counts.
    pub selection: Range<usize>,
    /// The line, from 1.
    pub line: usize,
}

/// All that a paste replaces.
#[derive(Clone)]
pub struct Snapshot {
    desk: Desk,
    answers: Answers,
    choices: Choices,
    example: Option<&'static Example>,
}

impl AppState {
    /// The state of a first visit: an example, already diagnosed.
    pub fn new() -> Self {
        let example = EXAMPLES.first();
        let desk = RwSignal::new(Desk::with(example.map(texts).unwrap_or_default()));
        let answers = RwSignal::new(Answers::default());
        let choices = RwSignal::new(Choices::default());
        let selected = RwSignal::new(first_sheet(&desk.get_untracked()));
        let input =
            Memo::new(move |_| Input { files: desk.read().files(), answers: answers.get() });
        let diagnosis =
            Memo::new_with_compare(move |_| Arc::new(input.with(lima_doctor::diagnose)), always);
        let findings = Memo::new(move |_| outline::findings(&diagnosis.get()));
        let foretold = Memo::new(move |_| outline::foretold(&diagnosis.get()));
        let repair = Memo::new_with_compare(
            move |_| {
                let diagnosis = diagnosis.get();
                Arc::new(lima_doctor::repair(&input.read(), &diagnosis, &choices.read()))
            },
            always,
        );
        let script = Memo::new(move |_| lima_doctor::script(&diagnosis.get(), &repair.get()));
        Self {
            desk,
            answers,
            choices,
            example: RwSignal::new(example),
            selected,
            jump: RwSignal::new(None),
            came_from: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            before: RwSignal::new(None),
            input,
            diagnosis,
            findings,
            foretold,
            repair,
            script,
        }
    }

    /// Sorts a paste of anything into its sheets. `name` is the file's, where it is one.
    pub fn paste(self, name: Option<&str>, text: &str) {
        self.put(intake::sort(name, text));
    }

    /// Puts sorted texts where they belong; the first paste clears the example away.
    pub fn put(self, files: Vec<SourceFile>) {
        let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        self.remember();
        if self.example.get_untracked().is_some() {
            self.start_afresh(Desk::default());
        }
        let first = self.desk.try_update(|desk| desk.put(files)).flatten();
        if let Some(first) = first {
            self.selected.set(first);
        }
        self.announcement.set(words::sorted(&names));
    }

    /// Takes the place of the example with one text, pasted into the sheet of its kind.
    pub fn replace_example(self, kind: FileKind, text: String) {
        self.put(vec![SourceFile::new(kind.default_name(), kind, text)]);
    }

    /// Shows an example.
    pub fn show(self, example: &'static Example) {
        self.remember();
        self.start_afresh(Desk::with(texts(example)));
        self.example.set(Some(example));
        self.announcement.set(format!("Example: {}", example.title));
    }

    /// Takes everything off the desk.
    pub fn clear(self) {
        self.remember();
        self.start_afresh(Desk::default());
        self.announcement.set("Everything is cleared".to_owned());
    }

    /// Puts back what the last paste, example or clearing replaced.
    pub fn undo(self) {
        let Some(before) = self.before.get_untracked() else { return };
        self.before.set(None);
        self.start_afresh(before.desk);
        self.answers.set(before.answers);
        self.choices.set(before.choices);
        self.example.set(before.example);
        self.announcement.set("Put back".to_owned());
    }

    /// Selects a place in its editor; `from` is the id of the element to come back to.
    pub fn jump_to(self, location: &Location, from: Option<String>) {
        let desk = self.desk.read_untracked();
        let Some(sheet) = desk.sheet_of(location.span.file) else { return };
        let jump = Jump {
            sheet: sheet.id,
            selection: to_text_area(&sheet.file.text, location.span.range()),
            line: location.line,
        };
        drop(desk);
        self.came_from.set(from);
        self.selected.set(jump.sheet);
        self.jump.set(Some(jump));
    }

    /// Chooses the fix of a finding by its name, or [`Choices::SKIP`].
    pub fn choose(self, finding: usize, fix: &str) {
        let key = self.diagnosis.get_untracked().report.key(finding);
        self.choices.update(|choices| {
            choices.0.insert(key, fix.to_owned());
        });
    }

    /// The name of the fix that is made for a finding, or [`Choices::SKIP`].
    pub fn chosen(self, finding: usize) -> String {
        let key = self.diagnosis.get().report.key(finding);
        if let Some(chosen) = self.choices.read().0.get(&key) {
            return chosen.clone();
        }
        match self.repair.get().outcomes.get(finding) {
            Some(Outcome::Fixed(name)) => (*name).to_owned(),
            _ => Choices::SKIP.to_owned(),
        }
    }

    /// What became of a finding, where that is not plain from the choice.
    pub fn outcome(self, finding: usize) -> Option<String> {
        self.repair.get().outcomes.get(finding).and_then(words::outcome)
    }

    /// Whether the fix of another finding removes this one as well.
    pub fn is_cleared_by_another(self, finding: usize) -> bool {
        let repair = self.repair.read();
        matches!(repair.outcomes.get(finding), Some(Outcome::ClearedBy(_)))
    }

    fn remember(self) {
        self.before.set(Some(Snapshot {
            desk: self.desk.get_untracked(),
            answers: self.answers.get_untracked(),
            choices: self.choices.get_untracked(),
            example: self.example.get_untracked(),
        }));
    }

    fn start_afresh(self, desk: Desk) {
        self.selected.set(first_sheet(&desk));
        self.desk.set(desk);
        self.answers.set(Answers::default());
        self.choices.set(Choices::default());
        self.example.set(None);
        self.came_from.set(None);
        self.jump.set(None);
    }
}

/// The state of the page around a component.
pub fn app_state() -> AppState {
    expect_context::<AppState>()
}

fn texts(example: &'static Example) -> Vec<SourceFile> {
    example.files.iter().map(|(name, kind, text)| SourceFile::new(*name, *kind, *text)).collect()
}

/// The sheet to show first: the first with a text, else the first.
fn first_sheet(desk: &Desk) -> usize {
    let filled = desk.sheets().iter().find(|sheet| !sheet.is_blank());
    filled.or(desk.sheets().first()).map_or(0, |sheet| sheet.id)
}

/// A diagnosis is only made anew when its input has changed.
fn always<T>(_: Option<&T>, _: Option<&T>) -> bool {
    true
}
