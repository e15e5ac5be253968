use std::ops::Range;

/// Why a text does not say what the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StandIn {
    /// The value is blacked out: `***`, `[REDACTED]`.
    Redacted,
    /// The value is yet to be filled in: `<user>`, `CHANGEME`.
    Placeholder,
}

/// Words that stand alone for a value that is not to be seen.
const REDACTED: [&str; 8] =
    ["redacted", "removed", "hidden", "masked", "censored", "secret removed", "snip", "obfuscated"];

/// Words that stand alone for a value that is yet to be filled in.
const PLACEHOLDERS: [&str; 9] = [
    "changeme",
    "change_me",
    "change-me",
    "replaceme",
    "replace_me",
    "replace-me",
    "fixme",
    "todo",
    "tbd",
];

/// What is written in place of a value or of a part of it, where it is the first such thing.
///
/// Only what nobody gives as a name or a path is taken for it: a word counts where it stands alone
/// between other characters.
pub fn stand_in(text: &str) -> Option<(Range<usize>, StandIn)> {
    let found = [runs(text), brackets(text), words(text), elided(text)];
    found.into_iter().flatten().min_by_key(|(range, _)| range.start)
}

/// Three or more of a character that blacks out; four of an `x` that stands alone.
fn runs(text: &str) -> Option<(Range<usize>, StandIn)> {
    let mut at = 0;
    while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let end = at + rest.len() - rest.trim_start_matches(char).len();
        let count = (end - at) / char.len_utf8();
        let blacks_out = matches!(char, '*' | '•' | '●' | '█' | '▇' | '▒' | '▓' | '■' | '×');
        let is_alone = matches!(char, 'x' | 'X') && is_word(text, &(at..end)) && count > 3;
        if (blacks_out && count > 2) || is_alone {
            return Some((at..end, StandIn::Redacted));
        }
        at = end;
    }
    None
}

/// `[REDACTED]`, `<redacted>`, `<user>`, `__PORT__`, `${PORT}`.
fn brackets(text: &str) -> Option<(Range<usize>, StandIn)> {
    let between = |open: &str, close: &str| {
        let start = text.find(open)?;
        let inner = start + open.len();
        let length = text.get(inner..)?.find(close)?;
        let name = text.get(inner..inner + length)?;
        Some((start..inner + length + close.len(), name))
    };
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic())
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
    };
    let is_redacted = |name: &str| REDACTED.contains(&name.to_lowercase().as_str());
    let pairs = [("[", "]"), ("<", ">"), ("(", ")"), ("{{", "}}"), ("${", "}"), ("__", "__")];
    pairs.into_iter().find_map(|(open, close)| {
        let (range, name) = between(open, close)?;
        let name = name.trim();
        let is_placeholder = match open {
            "<" | "{{" | "${" => is_name(name),
            "__" => is_name(name) && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'),
            _ => false,
        };
        match is_redacted(name) {
            true => Some((range, StandIn::Redacted)),
            false => is_placeholder.then_some((range, StandIn::Placeholder)),
        }
    })
}

/// Words that say it: `CHANGEME`, `your-user`, `/path/to/jobs`, `xREDACTEDx`.
fn words(text: &str) -> Option<(Range<usize>, StandIn)> {
    let lower = text.to_ascii_lowercase();
    let alone = |word: &str| {
        let mut found = lower.match_indices(word).map(|(at, _)| at..at + word.len());
        found.find(|range| is_word(text, range))
    };
    let placeholder = PLACEHOLDERS.iter().find_map(|word| alone(word));
    let path = lower.find("/path/to/").map(|at| at..at + "/path/to".len());
    let yours = ["your-", "your_"].iter().find_map(|word| {
        let at = lower.find(word)?;
        let starts = !lower.get(..at)?.ends_with(|c: char| c.is_alphanumeric());
        let rest = lower.get(at + word.len()..)?;
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
        let end = at + word.len() + length.unwrap_or(rest.len());
        (starts && end > at + word.len()).then_some(at..end)
    });
    let found = [placeholder, path, yours].into_iter().flatten();
    let first = found.min_by_key(|range| range.start).map(|range| (range, StandIn::Placeholder));
    // The word is written large where it stands for something.
    let redacted = text.find("REDACTED").map(|at| (at..at + "REDACTED".len(), StandIn::Redacted));
    first.or(redacted)
}

/// A part of a path that is left out: `/Users/.../jobs`.
fn elided(text: &str) -> Option<(Range<usize>, StandIn)> {
    let dots = text.find("/.../").map(|at| at + 1..at + 4);
    let range = dots.or_else(|| text.find('…').map(|at| at..at + '…'.len_utf8()))?;
    Some((range, StandIn::Redacted))
}

/// Whether the characters around a range are none of a word.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let before = text.get(..range.start).unwrap_or_default();
    let behind = text.get(range.end..).unwrap_or_default();
    !before.ends_with(is_part) && !behind.starts_with(is_part)
}

/// The YAML text with values that are only stars or brackets written as words of the same length,
/// so that they can be read as values.
pub fn legible(text: &str) -> Option<String> {
    let mut res = text.to_owned();
    let mut is_changed = false;
    for mark in ["***", "[REDACTED]", "[redacted]", "[removed]", "[hidden]"] {
        let mut at = 0;
        while let Some(found) = res.get(at..).and_then(|rest| rest.find(mark)) {
            let start = at + found;
            let rest = res.get(start..).unwrap_or_default();
            let end = match mark {
                "***" => res.len() - rest.trim_start_matches('*').len(),
                _ => start + mark.len(),
            };
            let before = res.get(..start).unwrap_or_default();
            let behind = res.get(end..).unwrap_or_default();
            let is_value = before.ends_with([' ', '\t'])
                && !before.trim_end_matches([' ', '\t']).ends_with('#')
                && (behind.is_empty() || behind.starts_with(char::is_whitespace));
            if is_value {
                let word = match mark {
                    "***" => "x".repeat(end - start),
                    mark => mark.replace(['[', ']'], "x").replace("redacted", "REDACTED"),
                };
                // Too short to be told from a name.
                let word = if word.len() < 4 { "XXX".to_owned() } else { word };
                res.replace_range(start..end, &word);
                is_changed = true;
            }
            at = end;
        }
    }
    is_changed.then_some(res)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_for_a_value() {
        for (text, expected) in [
            ("qemu+ssh://***@h:22/system", Some(("***", StandIn::Redacted))),
            ("/Users/••••/jobs", Some(("••••", StandIn::Redacted))),
            ("[REDACTED]", Some(("[REDACTED]", StandIn::Redacted))),
            ("/Users/<redacted>/x", Some(("<redacted>", StandIn::Redacted))),
            ("xxxxx", Some(("xxxxx", StandIn::Redacted))),
            ("/home/XXXX/x", Some(("XXXX", StandIn::Redacted))),
            ("/Users/.../jobs", Some(("...", StandIn::Redacted))),
            ("/Users/…/jobs", Some(("…", StandIn::Redacted))),
            ("qemu+ssh://<user>@h/system", Some(("<user>", StandIn::Placeholder))),
            ("qemu+ssh://u@h:<new-port>/system", Some(("<new-port>", StandIn::Placeholder))),
            ("qemu+ssh://u@h:__SSH_PORT__/system", Some(("__SSH_PORT__", StandIn::Placeholder))),
            ("qemu+ssh://u@h:${PORT}/system", Some(("${PORT}", StandIn::Placeholder))),
            ("/Users/{{ user }}/x", Some(("{{ user }}", StandIn::Placeholder))),
            ("CHANGEME", Some(("CHANGEME", StandIn::Placeholder))),
            ("/home/your-user/x", Some(("your-user", StandIn::Placeholder))),
            ("YOUR_HOST", Some(("YOUR_HOST", StandIn::Placeholder))),
            ("/path/to/jobs", Some(("/path/to", StandIn::Placeholder))),
            // Values.
            ("", None),
            ("/srv/**/jobs", None),
            ("{{.Home}}/jobs", None),
            ("/home/xxx-large/x", None),
            ("/srv/xxxx-jobs", None),
            ("/srv/todos", None),
            ("/srv/__pycache__", None),
            ("/srv/hidden", None),
            ("/srv/our-jobs", None),
            ("qemu+ssh://dev@[::1]:22/system", None),
            ("$USER/jobs", None),
            ("..", None),
            ("../../jobs", None),
        ] {
            let found = stand_in(text).map(|(range, kind)| (&text[range], kind));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn blacked_out_values_become_words_of_the_same_length() {
        for (text, expected) in [
            ("a: ****\nb: x\n", Some("a: xxxx\nb: x\n")),
            ("- ***\n", Some("- XXX\n")),
            ("a: [REDACTED]\n", Some("a: xREDACTEDx\n")),
            ("a: \"***\"\n", None),
            ("a: /Users/***/x\n", None),
            ("# ***\na: b\n", None),
        ] {
            assert_eq!(legible(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_stand_in_lies_in_its_text(text in "[-x*•<>{}$_ \\[\\]REDACTEDyour./…]{0,30}") {
            if let Some((range, _)) = stand_in(&text) {
                prop_assert!(text.get(range).is_some_and(|found| !found.is_empty()));
            }
            if let Some(legible) = legible(&text) {
                prop_assert_eq!(legible.len(), text.len());
            }
        }
    }
}
