//! From files to one tree: documents over each other, what they include, what they extend.

use std::collections::HashMap;
use std::rc::Rc;

use super::catalog::{Catalog, directory, join};
use super::extends::{self, Services};
use super::merge::{merge, settle};
use super::pasted::Pasted;
use super::rebase::rebase;
use super::tree::{Builder, Data, Tree};
use super::{environment, volumes};
use crate::syntax::SyntaxError;
use crate::syntax::dotenv::EnvFile;
use crate::syntax::yaml::Document;
use crate::text::{FileId, Span, short_name};

/// Reads the files of a project, and finds those that they name among the pasted ones.
pub(super) struct Loader<'a> {
    pub(super) builder: Builder,
    pub(super) pasted: &'a Pasted<'a>,
    compose: Catalog,
    env: Catalog,
    /// The directory of the main file, as its name has it.
    root: String,
    /// The Compose files that are named and not pasted.
    pub(super) external: Vec<(String, Span)>,
    /// The environment files that included files are read with and that are not pasted.
    pub(super) external_env: Vec<(String, Span)>,
    /// The files whose variables may be set by an environment file that is not pasted.
    pub(super) partly_set: Vec<FileId>,
    /// What is refused in a document although a later one replaces it.
    pub(super) early: Vec<SyntaxError>,
    /// What Compose refuses in environment files.
    pub(super) env_errors: Vec<SyntaxError>,
    /// The files that services extend, by the directory in which they are found.
    bases: HashMap<(FileId, String), (Services, bool)>,
    /// The environment files that were read, as `.env` files or raw.
    env_read: HashMap<(FileId, bool), Rc<EnvFile>>,
    /// How many more times a file may be included.
    pub(super) includes: usize,
}

/// How many times files may be included in all.
const MAX_INCLUDES: usize = 1_000;

/// Where the files of a model stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// The directory that their paths are relative to, as seen from the project directory.
    pub(super) directory: String,
    /// The files that lead here by `include`, the one that is read included.
    pub(super) including: Vec<FileId>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(builder: Builder, pasted: &'a Pasted<'a>, roots: &[FileId]) -> Self {
        let mut compose = Catalog::new(pasted.compose.iter().map(|(id, name, _)| (*id, *name)));
        roots.iter().for_each(|file| compose.locate(*file));
        let root = roots.first().map_or(".", |file| directory(pasted.name(*file))).to_owned();
        let mut env = Catalog::new(pasted.env.iter().map(|(id, name, _)| (*id, *name)));
        // The project's own lies beside the main file, whatever it is called.
        if let Some(file) = builder.environment.file {
            env.locate_at(file, join(&root, ".env"));
        }
        Loader {
            builder,
            pasted,
            compose,
            env,
            root,
            external: Vec::new(),
            external_env: Vec::new(),
            partly_set: Vec::new(),
            early: Vec::new(),
            env_errors: Vec::new(),
            bases: HashMap::new(),
            env_read: HashMap::new(),
            includes: MAX_INCLUDES,
        }
    }

    /// The pasted Compose file at a path that a file of `scope` names.
    pub(super) fn find(&mut self, scope: &Scope, path: &str) -> Option<FileId> {
        self.compose.find(&join(&self.root, &join(&scope.directory, path)))
    }

    /// The pasted environment file at a path that is relative to the project directory.
    pub(super) fn find_env(&mut self, path: &str) -> Option<FileId> {
        self.env.find(&join(&self.root, path))
    }

    /// An environment file as read, raw or not.
    pub(super) fn env_file(&mut self, file: FileId, raw: bool) -> Rc<EnvFile> {
        let text = self.pasted.env_text(file);
        let read = self.env_read.entry((file, raw)).or_insert_with(|| {
            let read = if raw { EnvFile::parse_raw } else { EnvFile::parse };
            Rc::new(read(file, text))
        });
        Rc::clone(read)
    }

    /// Whether a path led to this environment file.
    pub(super) fn is_env_found(&self, file: FileId) -> bool {
        self.env.is_found(file)
    }

    pub(super) fn short_name(&self, file: FileId) -> &'a str {
        short_name(self.pasted.name(file))
    }

    /// What files say together, later ones over earlier ones.
    pub(super) fn model(&mut self, files: &[FileId], scope: &Scope) -> Option<Tree> {
        let mut model: Option<Tree> = None;
        for file in files {
            let mut scope = scope.clone();
            scope.including.push(*file);
            for document in
                self.pasted.yaml(*file).map(|yaml| &yaml.documents).into_iter().flatten()
            {
                let Some(mut root) = self.document(document) else { continue };
                self.include(&mut root, &scope);
                extends::extend(&mut root, self, &scope, document.incomplete);
                model = match model {
                    Some(base) => merge(base, root, &mut Vec::new(), &mut self.builder),
                    None => settle(root),
                };
                if let Some(model) = &mut model {
                    volumes::settle_targets(model);
                }
            }
        }
        model
    }

    /// The services of a file that others extend, as seen from the directory of those; and
    /// whether it has any.
    pub(super) fn base_services(&mut self, file: FileId, directory: &str) -> (Services, bool) {
        let key = (file, directory.to_owned());
        if let Some(known) = self.bases.get(&key) {
            return known.clone();
        }
        let documents = self.pasted.yaml(file).map(|yaml| &yaml.documents).into_iter().flatten();
        let mut model: Option<Tree> = None;
        let mut incomplete = false;
        for document in documents {
            incomplete |= document.incomplete;
            let Some(root) = self.document(document) else { continue };
            // Its tags act on what its services extend.
            model = match model {
                Some(base) => merge(base, root, &mut Vec::new(), &mut self.builder),
                None => Some(root),
            };
            if let Some(model) = &mut model {
                volumes::settle_targets(model);
            }
        }
        let mut model = model.unwrap_or_else(|| Tree::null(Span::at(file, 0)));
        volumes::refuse_missing_sources(&model, &mut self.builder);
        rebase(&mut model, directory);
        let has_services = model.get("services").is_some();
        let res = (Services::new(Some(file), &model, incomplete), has_services);
        self.bases.insert(key, res.clone());
        res
    }

    /// A document that is a mapping; anything else is refused.
    fn document(&mut self, document: &Document) -> Option<Tree> {
        let root = self.builder.document(document)?;
        if !matches!(root.data, Data::Map(_)) {
            if !root.is_null() {
                let help = "start the file with `services:`";
                self.builder.error(root.span, "top-level object must be a mapping", help);
            }
            return None;
        }
        let early = self.builder.aside(|builder| {
            volumes::refuse_entries(&root, builder);
            environment::refuse_entries(&root, builder);
        });
        self.early.extend(early);
        Some(root)
    }

    /// Reads what is included with an environment of its own.
    pub(super) fn with_environment<T>(
        &mut self,
        environment: crate::config::env::Environment,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = std::mem::replace(&mut self.builder.environment, environment.into());
        let bases = std::mem::take(&mut self.bases);
        let res = read(self);
        self.builder.environment = outer;
        self.bases = bases;
        res
    }
}
