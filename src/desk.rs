//! The texts that lie open, one sheet each: always a sheet for every kind, in the order of the
//! kinds, so that there is a place for each text even before it is pasted.

use crate::text::{FileId, FileKind, SourceFile};

/// A text and the place where it is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Tells this sheet from all others that ever lay on the desk.
    pub id: usize,
    /// The text, its kind and its name.
    pub file: SourceFile,
}

/// Every open text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    sheets: Vec<Sheet>,
    next_id: usize,
}

impl Default for Desk {
    fn default() -> Self {
        let mut desk = Self { sheets: Vec::new(), next_id: 0 };
        desk.complete();
        desk
    }
}

impl Sheet {
    /// Whether there is nothing on it to be read.
    pub fn is_blank(&self) -> bool {
        self.file.text.trim().is_empty()
    }
}

impl Desk {
    /// A desk with these texts on it.
    pub fn with(files: Vec<SourceFile>) -> Self {
        let mut desk = Self::default();
        desk.put(files);
        desk
    }

    /// Every sheet, blank ones included.
    pub fn sheets(&self) -> &[Sheet] {
        &self.sheets
    }

    /// The sheet with this id.
    pub fn sheet(&self, id: usize) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.id == id)
    }

    /// Whether nothing is pasted.
    pub fn is_blank(&self) -> bool {
        self.sheets.iter().all(Sheet::is_blank)
    }

    /// The texts to diagnose; a [`FileId`] counts these.
    pub fn files(&self) -> Vec<SourceFile> {
        self.filled().map(|sheet| sheet.file.clone()).collect()
    }

    /// The sheet that holds a diagnosed file.
    pub fn sheet_of(&self, file: FileId) -> Option<&Sheet> {
        self.filled().nth(file.0)
    }

    /// The diagnosed file that a sheet holds; a blank sheet holds none.
    pub fn file_of(&self, id: usize) -> Option<FileId> {
        self.filled().position(|sheet| sheet.id == id).map(FileId)
    }

    /// Puts texts in the place of those that they are new versions of, and returns the sheet of
    /// the first. A Compose or environment file takes the place of the one with its name, since
    /// several are read together; of the other kinds one is read, so a new one takes the place of
    /// all.
    pub fn put(&mut self, files: Vec<SourceFile>) -> Option<usize> {
        let first_new = self.next_id;
        for mut file in files {
            self.sheets.retain(|old| {
                let replaced = old.id < first_new
                    && old.file.kind == file.kind
                    && (!matches!(file.kind, FileKind::Compose | FileKind::Env)
                        || old.is_blank()
                        || old.file.name == file.name);
                !replaced
            });
            file.name = self.free_name(&file);
            self.add(file);
        }
        let first = self.sheets.iter().map(|sheet| sheet.id).filter(|id| *id >= first_new).min();
        self.complete();
        first
    }

    /// Changes the text of a sheet.
    pub fn set_text(&mut self, id: usize, text: String) {
        if let Some(sheet) = self.sheets.iter_mut().find(|sheet| sheet.id == id) {
            sheet.file.text = text;
        }
    }

    /// Says what a sheet's text is. The blank sheet of that kind makes way.
    pub fn set_kind(&mut self, id: usize, kind: FileKind) {
        if let Some(sheet) = self.sheets.iter_mut().find(|sheet| sheet.id == id) {
            if sheet.file.name == sheet.file.kind.default_name() {
                sheet.file.name = kind.default_name().to_owned();
            }
            sheet.file.kind = kind;
            self.sheets
                .retain(|other| other.id == id || other.file.kind != kind || !other.is_blank());
            self.complete();
        }
    }

    fn filled(&self) -> impl Iterator<Item = &Sheet> {
        self.sheets.iter().filter(|sheet| !sheet.is_blank())
    }

    fn add(&mut self, file: SourceFile) {
        self.sheets.push(Sheet { id: self.next_id, file });
        self.next_id += 1;
    }

    /// The file's name, numbered where another sheet has it.
    fn free_name(&self, file: &SourceFile) -> String {
        let taken = |name: &str| self.sheets.iter().any(|sheet| sheet.file.name == name);
        if !taken(&file.name) {
            return file.name.clone();
        }
        let numbered = |number: usize| format!("{} ({number})", file.name);
        (2..).map(numbered).find(|name| !taken(name)).unwrap_or_else(|| file.name.clone())
    }

    fn complete(&mut self) {
        for kind in FileKind::ALL {
            if !self.sheets.iter().any(|sheet| sheet.file.kind == kind) {
                self.add(SourceFile::new(kind.default_name(), kind, ""));
            }
        }
        self.sheets.sort_by_key(|sheet| sheet.file.kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, kind: FileKind, text: &str) -> SourceFile {
        SourceFile::new(name, kind, text)
    }

    fn shown(desk: &Desk) -> Vec<(&str, &str)> {
        let filled = desk.filled();
        filled.map(|sheet| (sheet.file.name.as_str(), sheet.file.text.as_str())).collect()
    }

    #[test]
    fn an_empty_desk_has_a_sheet_for_every_kind() {
        let desk = Desk::default();
        let kinds: Vec<FileKind> = desk.sheets().iter().map(|sheet| sheet.file.kind).collect();
        assert_eq!(kinds, FileKind::ALL);
        assert!(desk.is_blank());
        assert_eq!(desk.files(), []);
    }

    #[test]
    fn a_new_text_takes_the_place_of_the_old_one() {
        use FileKind::{Compose, Env, Lima};
        let before = vec![
            file("lima.yaml", Lima, "a"),
            file(".env", Env, "e"),
            file("compose.yaml", Compose, "b"),
        ];
        for (files, expected) in [
            (
                vec![file("dev.yaml", Lima, "x")],
                vec![("dev.yaml", "x"), (".env", "e"), ("compose.yaml", "b")],
            ),
            (
                vec![file("compose.yaml", Compose, "x")],
                vec![("lima.yaml", "a"), (".env", "e"), ("compose.yaml", "x")],
            ),
            (
                vec![file("compose.override.yaml", Compose, "x")],
                vec![
                    ("lima.yaml", "a"),
                    (".env", "e"),
                    ("compose.yaml", "b"),
                    ("compose.override.yaml", "x"),
                ],
            ),
            (
                vec![file(".env", Env, "x"), file(".env", Env, "y")],
                vec![("lima.yaml", "a"), (".env", "x"), (".env (2)", "y"), ("compose.yaml", "b")],
            ),
            (
                vec![file("api.env", Env, "x")],
                vec![("lima.yaml", "a"), (".env", "e"), ("api.env", "x"), ("compose.yaml", "b")],
            ),
            (vec![], vec![("lima.yaml", "a"), (".env", "e"), ("compose.yaml", "b")]),
        ] {
            let mut desk = Desk::with(before.clone());
            let first = desk.put(files.clone());
            assert_eq!(shown(&desk), expected, "{files:?}");
            let first = first.and_then(|id| desk.sheet(id)).map(|sheet| sheet.file.text.as_str());
            assert_eq!(first, files.first().map(|file| file.text.as_str()), "{files:?}");
        }
    }

    #[test]
    fn diagnosed_files_count_the_filled_sheets() {
        let mut desk = Desk::with(vec![file("docker-compose.yml", FileKind::Compose, "b")]);
        let id = desk.sheet_of(FileId(0)).map(|sheet| sheet.id).unwrap();
        assert_eq!(desk.file_of(id), Some(FileId(0)));
        let lima = desk.sheets()[0].id;
        assert_eq!(desk.file_of(lima), None);
        desk.set_text(lima, "cpus: 4".to_owned());
        assert_eq!((desk.file_of(lima), desk.file_of(id)), (Some(FileId(0)), Some(FileId(1))));
    }

    #[test]
    fn a_text_taken_for_another_kind_moves() {
        let mut desk = Desk::with(vec![file("error", FileKind::Error, "A=1")]);
        let id = desk.sheet_of(FileId(0)).map(|sheet| sheet.id).unwrap();
        desk.set_kind(id, FileKind::Env);
        assert_eq!(shown(&desk), [(".env", "A=1")]);
        let kinds: Vec<FileKind> = desk.sheets().iter().map(|sheet| sheet.file.kind).collect();
        assert_eq!(kinds, FileKind::ALL);
    }
}
