//! Laws of reading and changing YAML, over awkward files, with a second reader as the judge.

mod support;

use lima_doctor::syntax::yaml::{Data, Document, Node, Yaml};
use lima_doctor::text::FileId;
use proptest::prelude::*;
use proptest::sample::Index;
use support::changes::{Action, change, paths, values};
use support::{awkward, check_spans, readers_agree, second_reading};

const FILE: FileId = FileId(0);

#[test]
fn awkward_files_read_as_the_second_reader_has_them() {
    for (name, text) in awkward::all() {
        let yaml = readers_agree(&text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
        check_spans(&text, &yaml).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
    }
}

#[test]
fn every_prefix_of_a_file_gets_an_answer() {
    for text in awkward::FILES {
        for (end, _) in text.char_indices() {
            let prefix = &text[..end];
            let yaml = Yaml::parse(FILE, prefix);
            check_spans(prefix, &yaml).unwrap_or_else(|e| panic!("{e}\n{prefix}"));
            for error in &yaml.errors {
                assert!(prefix.get(error.span.range()).is_some(), "{prefix}");
            }
        }
    }
}

#[test]
fn every_single_change_is_as_meant_or_refused() {
    let (mut made, mut refused) = (0, 0);
    for text in awkward::FILES {
        let yaml = Yaml::parse(FILE, text);
        for (path, _) in paths(&yaml.documents[0]) {
            for action in [Action::Set, Action::Append, Action::AddKey] {
                for value in values() {
                    match change(text, &path, action, &value) {
                        Ok(Some(_)) => made += 1,
                        Ok(None) => refused += 1,
                        Err(e) => panic!("{action:?} {value:?} at {path:?}: {e}\nin\n{text}"),
                    }
                }
            }
        }
    }
    println!("{made} changes made, {refused} refused");
    assert!(made > 800, "{made} made, {refused} refused");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chains_of_changes_are_as_meant(
        file in 0..awkward::FILES.len(),
        variant in 0..awkward::VARIANTS.len(),
        picks in prop::collection::vec((any::<Index>(), 0..3usize, any::<Index>()), 1..4),
    ) {
        let mut text = awkward::VARIANTS[variant].1(awkward::FILES[file]);
        for (at, action, value) in picks {
            let yaml = Yaml::parse(FILE, &text);
            let all = paths(&yaml.documents[0]);
            // A second marker makes the first document empty.
            prop_assume!(!all.is_empty());
            let path = &all[at.index(all.len())].0;
            let action = [Action::Set, Action::Append, Action::AddKey][action];
            let values = values();
            let value = &values[value.index(values.len())];
            match change(&text, path, action, value) {
                Ok(Some(new)) => text = new,
                Ok(None) => {}
                Err(e) => prop_assert!(false, "{action:?} {value:?} at {path:?}: {e}\nin\n{text}"),
            }
        }
    }

    #[test]
    fn a_mutilated_file_is_read_soundly_and_only_changed_where_it_is_whole(
        file in 0..awkward::FILES.len(),
        cuts in prop::collection::vec((any::<Index>(), 0..8usize, "[ \t\n'\":\\[\\]{}|&*#x-]{0,2}"), 1..4),
        at in any::<Index>(),
    ) {
        let mut text = awkward::FILES[file].to_owned();
        for (place, len, insertion) in cuts {
            let mut bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            bounds.push(text.len());
            let start = place.index(bounds.len());
            let end = (start + len).min(bounds.len() - 1);
            text.replace_range(bounds[start]..bounds[end], &insertion);
        }
        let yaml = Yaml::parse(FILE, &text);
        prop_assert_eq!(check_spans(&text, &yaml), Ok(()));
        for error in &yaml.errors {
            prop_assert!(text.get(error.span.range()).is_some());
        }
        for document in &yaml.documents {
            let all = paths(document);
            if all.is_empty() {
                continue;
            }
            let path = &all[at.index(all.len())].0;
            let Ok(edits) = document.set(&text, path, &values()[0]) else { continue };
            for edit in edits {
                for broken in document.broken() {
                    let touches = edit.span.start < broken.end && broken.start < edit.span.end;
                    prop_assert!(!touches, "{edit:?} within {broken:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_accepted_has_sound_spans_and_the_second_readers_data(
        lines in prop::collection::vec(
            (0..4usize, "(- |\\? |k: |l: |\"m\": |&a |!t |: |)(- |k: |)(v|'v w'|\"\\\\t\"|\\[a, b: c\\]|\\{x: y\\}|\\||>-|\\|\\+|\\*a|# c|1|)( # c)?"),
            1..8,
        ),
    ) {
        let lines: Vec<_> = lines.iter().map(|(n, l)| format!("{}{l}\n", "  ".repeat(*n))).collect();
        let text = lines.concat();
        let yaml = Yaml::parse(FILE, &text);
        prop_assert_eq!(check_spans(&text, &yaml), Ok(()), "{}", text);
        // libyaml ends a block text that is the whole document at a `#` in the first column.
        let is_text = |document: &Document| {
            matches!(document.root, Some(Node { data: Data::Scalar(_), .. }))
        };
        let comparable = !yaml.documents.iter().any(is_text);
        if comparable && yaml.errors.is_empty() && second_reading(&text).is_ok() {
            prop_assert_eq!(readers_agree(&text).map(|_| ()), Ok(()), "{}", text);
        }
    }
}
