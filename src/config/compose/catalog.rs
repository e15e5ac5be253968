//! Which pasted file a path in a Compose file names.
//!
//! A person gives files names with or without folders, absolute or relative to where they stand,
//! so a name may be the end of a path or a path the end of a name. Once it is known where a file
//! lies, it is found there only.

use std::collections::HashMap;

use super::paths::clean;
use crate::text::{FileId, short_name};

/// Pasted files of one kind by the places where they may lie.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    by_short_name: HashMap<String, Vec<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    file: FileId,
    /// The name, cleaned.
    name: String,
    /// The path at which it was found.
    located: Option<String>,
}

impl Catalog {
    pub(super) fn new<'a>(files: impl Iterator<Item = (FileId, &'a str)>) -> Catalog {
        let mut res = Catalog::default();
        for (file, name) in files {
            let name = clean(name);
            let short = short_name(&name).to_owned();
            let entry = Entry { file, name, located: None };
            res.by_short_name.entry(short).or_default().push(entry);
        }
        res
    }

    /// The one file that may lie at `path`, which is clean; it is found there only from now on.
    pub(super) fn find(&mut self, path: &str) -> Option<FileId> {
        if is_remote(path) {
            return None;
        }
        let entries = self.by_short_name.get_mut(short_name(path))?;
        if let Some(entry) = entries.iter().find(|e| e.located.as_deref() == Some(path)) {
            return Some(entry.file);
        }
        let free = |entry: &&mut Entry| entry.located.is_none();
        let exact = entries.iter_mut().filter(free).find(|entry| entry.name == path);
        let found = match exact {
            Some(entry) => entry,
            None => {
                let mut fitting = entries.iter_mut().filter(free).filter(|e| fits(&e.name, path));
                let first = fitting.next()?;
                if fitting.next().is_some() {
                    return None;
                }
                first
            }
        };
        found.located = Some(path.to_owned());
        Some(found.file)
    }

    /// Whether a path led to this file.
    pub(super) fn is_found(&self, file: FileId) -> bool {
        let mut entries = self.by_short_name.values().flatten();
        entries.any(|entry| entry.file == file && entry.located.is_some())
    }

    /// Notes that a file lies where its name says.
    pub(super) fn locate(&mut self, file: FileId) {
        for entry in self.by_short_name.values_mut().flatten().filter(|e| e.file == file) {
            entry.located = Some(entry.name.clone());
        }
    }

    /// Notes that a file lies at `path`, whatever its name says; its name still finds it.
    pub(super) fn locate_at(&mut self, file: FileId, path: String) {
        let mut same = self.by_short_name.values_mut().flatten().filter(|e| e.file == file);
        let Some(entry) = same.next() else { return };
        let entry = Entry { located: Some(path.clone()), ..entry.clone() };
        let short = short_name(&path).to_owned();
        if short == short_name(&entry.name) {
            self.locate(file);
        }
        self.by_short_name.entry(short).or_default().push(entry);
    }
}

/// Whether a file of this name may lie at `path`: one of the two is the end of the other. A
/// relative path in a folder is the end of no relative name, since both start at one place.
fn fits(name: &str, path: &str) -> bool {
    if ends_with(path, name) {
        return true;
    }
    let up = path.trim_start_matches("../");
    name.starts_with('/') && !path.starts_with('/') && ends_with(name, up)
}

/// Whether the last parts of `path` are those of `end`.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether Compose fetches it from elsewhere: `https://…`, `oci://…`, `git@…`.
fn is_remote(path: &str) -> bool {
    path.contains(":/") || path.starts_with("git@")
}

/// `path` as seen from where `directory` is: an absolute one stays.
pub(super) fn join(directory: &str, path: &str) -> String {
    if path.starts_with('/') || path.contains("://") || directory.is_empty() {
        return clean(path);
    }
    clean(&format!("{directory}/{path}"))
}

/// The directory of a path, `.` for a name alone.
pub(super) fn directory(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
        None => ".",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_the_one_file_that_may_lie_there() {
        for (names, path, expected) in [
            (&["base.yaml"][..], "base.yaml", Some(0)),
            (&["./base.yaml"], "base.yaml", Some(0)),
            (&["base.yaml"], "../common/base.yaml", Some(0)),
            (&["common/base.yaml"], "../common/base.yaml", Some(0)),
            (&["other/base.yaml"], "common/base.yaml", None),
            (&["sub/base.yaml"], "base.yaml", None),
            (&["/home/me/p/base.yaml"], "base.yaml", Some(0)),
            (&["/home/me/p/base.yaml"], "../p/base.yaml", Some(0)),
            (&["/home/me/p/base.yaml"], "q/base.yaml", None),
            (&["p/base.yaml"], "/home/me/p/base.yaml", Some(0)),
            (&["b/base.yaml", "base.yaml"], "base.yaml", Some(1)),
            (&["/b/base.yaml", "/a/base.yaml"], "base.yaml", None),
            (&["base.yaml", "sub/base.yaml"], "sub/base.yaml", Some(1)),
            (&["mybase.yaml"], "base.yaml", None),
            (&["base.yaml"], "https:/example.com/base.yaml", None),
        ] {
            let files = names.iter().enumerate().map(|(i, name)| (FileId(i), *name));
            let found = Catalog::new(files).find(path);
            assert_eq!(found, expected.map(FileId), "{names:?} {path}");
        }
    }

    #[test]
    fn a_file_that_was_found_lies_nowhere_else() {
        let mut catalog = Catalog::new([(FileId(0), "base.yaml")].into_iter());
        assert_eq!(catalog.find("a/base.yaml"), Some(FileId(0)));
        assert_eq!(catalog.find("b/base.yaml"), None);
        assert_eq!(catalog.find("a/base.yaml"), Some(FileId(0)));
        let mut catalog = Catalog::new([(FileId(0), "compose.yaml")].into_iter());
        catalog.locate(FileId(0));
        assert_eq!(catalog.find("sub/compose.yaml"), None);
    }
}
