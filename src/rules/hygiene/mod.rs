//! What happened to the texts on their way here, before anything they say is wrong.

pub mod bidi_control;
pub mod env_name_twice;
pub mod file_not_read;
pub mod file_truncated;
pub mod invisible_character;
pub mod lines_wrapped;
pub mod paste_debris;
pub mod placeholder_left;
pub mod smart_quotes;
pub mod value_redacted;
pub mod wrong_kind_of_file;

use super::{Rule, by_hand};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix};
use crate::intake::{Unseen, UnseenCharacter, unseen};
use crate::text::{Edit, FileKind, Span};
use crate::topology::Setup;

/// What a rule tells of characters that are not what they seem.
struct Told {
    /// The kinds of characters.
    kinds: &'static [Unseen],
    /// What the file has, with its article.
    what: &'static str,
    detail: &'static str,
    title: &'static str,
    /// Whether what is meant may be written without being read first.
    is_surely_meant: bool,
}

/// More places than anyone reads one by one.
const MOST_SHOWN: usize = 8;

/// One finding for each settings file with such characters, and one fix for all of them.
fn unseen_finding(setup: &Setup, rule: &Rule, told: &Told) -> Vec<Diagnostic> {
    let is_settings = |kind| matches!(kind, FileKind::Lima | FileKind::Env | FileKind::Compose);
    let files = setup.sources.iter().filter(|(_, file)| is_settings(file.kind));
    let findings = files.filter_map(|(id, file)| {
        let mut found = unseen(file.kind, &file.text);
        found.retain(|one| told.kinds.contains(&one.kind));
        let place = |one: &UnseenCharacter| Span::new(id, one.range.start, one.range.end);
        let first = found.first()?;
        let char = setup.sources.slice(place(first)).chars().next()?;
        let name = format!("U+{:04X}", u32::from(char));
        let count = match (first.kind, found.len()) {
            (Unseen::Quote, _) | (_, 1) => String::new(),
            (_, count) => format!("{count} times "),
        };
        let evidence = found.iter().skip(1).take(MOST_SHOWN).map(|one| {
            let char = setup.sources.slice(place(one)).chars().next().unwrap_or_default();
            Evidence::new(place(one), format!("U+{:04X}", u32::from(char)))
        });
        let edits: Option<Vec<Edit>> =
            found.iter().map(|one| Some(Edit::replace(place(one), one.meant?))).collect();
        let is_sure = told.is_surely_meant && found.iter().all(|one| one.is_sure);
        let fix = match edits {
            Some(edits) => Fix {
                name: "clean",
                title: told.title.to_owned(),
                suits: "",
                applicability: if is_sure { Applicability::Safe } else { Applicability::Review },
                edits,
                steps: Vec::new(),
            },
            None => by_hand(told.title, Vec::new()),
        };
        Some(Diagnostic {
            detail: told.detail.to_owned(),
            evidence: evidence.collect(),
            fixes: vec![fix],
            ..rule.finding(
                place(first),
                format!("`{}` has {count}{} ({name})", file.short_name(), told.what),
            )
        })
    });
    findings.collect()
}
