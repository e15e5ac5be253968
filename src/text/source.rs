use super::{LineIndex, Position, Span};

/// Which of the pasted files; an index into [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub usize);

/// What a pasted text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A `lima.yaml`: an instance's file, a template, or a part of one.
    Lima,
    /// A `.env` file as Docker Compose reads it.
    Env,
    /// A Compose file.
    Compose,
    /// What Lima prints of a VM: `limactl list` in any layout, `ssh.config`, or a start log.
    Limactl,
    /// The failure that is suffered: an error message, a log, a ticket's prose.
    Error,
}

impl FileKind {
    /// Every kind, in the order in which the page shows them.
    pub const ALL: [FileKind; 5] =
        [Self::Lima, Self::Env, Self::Compose, Self::Limactl, Self::Error];

    /// The word used in reports and attributes: `lima`, `env`, `compose`, `limactl`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lima => "lima",
            Self::Env => "env",
            Self::Compose => "compose",
            Self::Limactl => "limactl",
            Self::Error => "error",
        }
    }

    /// The name that a pasted text of this kind gets when it comes without one.
    pub fn default_name(self) -> &'static str {
        match self {
            Self::Lima => "lima.yaml",
            Self::Env => ".env",
            Self::Compose => "docker-compose.yml",
            Self::Limactl => "limactl list",
            Self::Error => "error",
        }
    }
}

/// One pasted file: its name as the person knows it, what it is, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Shown in every message; a path is shown as given.
    pub name: String,
    /// Which reader it goes to.
    pub kind: FileKind,
    /// The text, byte for byte as pasted.
    pub text: String,
}

impl SourceFile {
    /// A file with a name of its own.
    pub fn new(name: impl Into<String>, kind: FileKind, text: impl Into<String>) -> Self {
        Self { name: name.into(), kind, text: text.into() }
    }

    /// The name without its folders.
    pub fn short_name(&self) -> &str {
        short_name(&self.name)
    }
}

/// A file's name without its folders; a name that ends in a slash stays whole.
pub fn short_name(name: &str) -> &str {
    name.rsplit('/').next().filter(|short| !short.is_empty()).unwrap_or(name)
}

/// The pasted files in the order given, each with its line index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
    lines: Vec<LineIndex>,
    aside: Vec<FileId>,
}

impl Sources {
    /// Indexes the lines of every file.
    pub fn new(files: Vec<SourceFile>) -> Self {
        let lines = files.iter().map(|file| LineIndex::new(&file.text)).collect();
        Self { files, lines, aside: Vec::new() }
    }

    /// Takes a file for one of another kind.
    pub fn take_as(&mut self, id: FileId, kind: FileKind) {
        if let Some(file) = self.files.get_mut(id.0) {
            file.kind = kind;
        }
    }

    /// Leaves a file unread: it counts as none of its kind.
    pub fn set_aside(&mut self, id: FileId) {
        self.aside.push(id);
    }

    /// Whether a file is left unread.
    pub fn is_aside(&self, id: FileId) -> bool {
        self.aside.contains(&id)
    }

    /// Every file with its id, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(i), file))
    }

    /// The files of one kind that are read, in the order given.
    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.iter().filter(move |(id, file)| file.kind == kind && !self.is_aside(*id))
    }

    /// The file with this id, if there is one.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0)
    }

    /// The name of a file; empty for an id of other sources.
    pub fn name(&self, id: FileId) -> &str {
        self.get(id).map_or("", |file| file.name.as_str())
    }

    /// The name of a file without its folders, for sentences.
    pub fn short_name(&self, id: FileId) -> &str {
        self.get(id).map_or("", SourceFile::short_name)
    }

    /// The text of a file; empty for an id of other sources.
    pub fn text(&self, id: FileId) -> &str {
        self.get(id).map_or("", |file| file.text.as_str())
    }

    /// The text under a span; empty where the span does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Where a span starts, as a person counts: line and column from 1.
    pub fn position(&self, span: Span) -> Position {
        match self.lines.get(span.file.0) {
            Some(index) => index.position(self.text(span.file), span.start),
            None => Position { line: 1, column: 1 },
        }
    }

    /// The line index of a file, if there is such a file.
    pub fn line_index(&self, id: FileId) -> Option<&LineIndex> {
        self.lines.get(id.0)
    }
}
