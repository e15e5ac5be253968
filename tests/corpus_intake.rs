//! Real files of others, where the corpus lies beside the project: each is recognised by its
//! content and stays one file, byte for byte.

use std::fs;
use std::path::Path;

use lima_doctor::intake::sort;
use lima_doctor::text::FileKind;

#[test]
fn real_files_are_recognised_and_stay_whole() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !corpus.is_dir() {
        println!("no corpus at {}: nothing was checked", corpus.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (folder, kind) in [("lima", FileKind::Lima), ("compose", FileKind::Compose)] {
        for entry in fs::read_dir(corpus.join(folder)).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            let text = fs::read_to_string(&path).expect("the file can be read");
            let found = sort(None, &text);
            checked += 1;
            if found.len() != 1 || found[0].kind != kind || found[0].text != text {
                let found: Vec<_> =
                    found.iter().map(|file| (&file.name, file.text.len())).collect();
                wrong.push(format!("{}: {found:?}", path.display()));
            }
        }
    }
    println!("{checked} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
