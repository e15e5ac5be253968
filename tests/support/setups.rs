//! The whole set-ups in `src/examples/`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong so")]
// Every test program uses a part of this.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::Input;
use lima_doctor::intake::{Answers, sort};
use lima_doctor::text::{FileKind, SourceFile};

/// The kind of each file of a set-up, and what it is called among the pasted files.
pub(crate) const KINDS: [(&str, &str, FileKind); 8] = [
    ("lima.yaml", "lima.yaml", FileKind::Lima),
    ("env", ".env", FileKind::Env),
    ("docker-compose.yml", "docker-compose.yml", FileKind::Compose),
    ("compose.yaml", "compose.yaml", FileKind::Compose),
    ("compose.override.yaml", "compose.override.yaml", FileKind::Compose),
    ("limactl-list.txt", "limactl list", FileKind::Limactl),
    ("ssh.config", "ssh.config", FileKind::Limactl),
    ("error.txt", "error", FileKind::Error),
];

/// Every set-up's folder, by name.
pub(crate) fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/examples");
    let entries = fs::read_dir(root).expect("there are examples").map(|entry| entry.unwrap());
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What a folder holds, as if pasted. `answers` has one a line, `host = linux`; `ticket.txt` is
/// sorted as the page's box does.
pub(crate) fn input(folder: &Path) -> Input {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let mut files: Vec<SourceFile> = KINDS
        .iter()
        .filter_map(|(name, pasted_as, kind)| Some(SourceFile::new(*pasted_as, *kind, read(name)?)))
        .collect();
    files.extend(read("ticket.txt").iter().flat_map(|ticket| sort(None, ticket)));
    assert!(!files.is_empty(), "{}: nothing to diagnose", folder.display());
    let mut answers = Answers::default();
    for line in read("answers").unwrap_or_default().lines() {
        let (name, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{line:?}"));
        match name {
            "host" => answers.host = Some(value.parse().unwrap()),
            "runtime" => answers.runtime = Some(value.parse().unwrap()),
            "lima-version" => answers.lima_version = Some(value.parse().unwrap()),
            "instance" => answers.instance = Some(value.to_owned()),
            "vm" => answers.vm = Some(value.parse().unwrap()),
            "port" => answers.port = Some(value.parse().unwrap()),
            _ => panic!("{}: `{name}` is no answer", folder.display()),
        }
    }
    Input { files, answers }
}
