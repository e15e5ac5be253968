//! Sweeps over a folder of real configuration files, where there is one beside the checkout.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

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
