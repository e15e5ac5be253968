//! Sweeps over a folder of real configuration files, where there is one beside the checkout.

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::syntax::yaml::{Segment, Value};
use support::changes::{Action, change, paths, values};
use support::{check_spans, readers_agree};

fn corpus() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut todo = vec![root.clone()];
    let mut res = Vec::new();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("readable").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            res.push((path, text));
        }
    }
    if res.is_empty() {
        println!("no corpus at {}", root.display());
    }
    res.sort();
    res
}

#[test]
fn real_files_read_without_errors_and_as_the_second_reader_has_them() {
    let corpus = corpus();
    for (path, text) in &corpus {
        let yaml = readers_agree(text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        check_spans(text, &yaml).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    println!("{} files", corpus.len());
}

#[test]
fn changes_to_real_files_are_as_meant() {
    let (mut made, mut refused) = (0, 0);
    for (path, text) in corpus() {
        let yaml = readers_agree(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let Some(document) = yaml.documents.first() else { continue };
        let all = paths(document);
        // A dozen places spread over the file, each with another action and value.
        for (i, (at, _)) in all.iter().step_by(all.len() / 12 + 1).enumerate() {
            let action = [Action::Set, Action::Append, Action::AddKey][i % 3];
            let values = values();
            match change(&text, at, action, &values[i % values.len()]) {
                Ok(Some(_)) => made += 1,
                Ok(None) => refused += 1,
                Err(e) => panic!("{}: {action:?} at {at:?}: {e}", path.display()),
            }
        }
    }
    println!("{made} changes made, {refused} refused");
}

#[test]
fn real_files_take_a_mount_and_a_port() {
    let key = |key: &str| Segment::Key(key.to_owned());
    let mount = &values()[2];
    let mut made = 0;
    for (path, text) in corpus() {
        let change =
            |text: &str, at: &[Segment], action, value| match change(text, at, action, value) {
                Ok(Some(new)) => new,
                other => panic!("{}: {other:?}", path.display()),
            };
        let port = [key("ssh"), key("localPort")];
        let with_port = change(&text, &port, Action::Set, &Value::Int(60022));
        let with_mount = change(&with_port, &[key("mounts")], Action::Append, mount);
        // At most the two lines that held the old values are others now.
        let lines: HashSet<&str> = with_mount.lines().collect();
        let gone: Vec<&str> = text.lines().filter(|line| !lines.contains(line)).collect();
        assert!(gone.len() <= 2, "{}: {gone:?}", path.display());
        made += 1;
    }
    println!("{made} files changed");
}
