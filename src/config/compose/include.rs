//! `include`: projects of other files that become a part of this one.
//! (Compose specification, 14-include.md; compose-go, loader/include.go.)

use std::rc::Rc;
use std::sync::Arc;

use super::catalog::{directory, join};
use super::extends::keep_tags;
use super::load::{Loader, Scope};
use super::merge::{lay_field, settle};
use super::rebase::rebase;
use super::tree::{Data, Field, Tag, Tree};
use super::volumes;
use crate::config::env::Environment;
use crate::syntax::SyntaxError;
use crate::syntax::dotenv::EnvFile;
use crate::text::{FileId, Reference, Span};

/// One entry of `include`.
struct Entry {
    /// The main file, and those that override it.
    paths: Vec<(String, Span)>,
    project_directory: Option<String>,
    /// As written; none for the default.
    env_files: Vec<(String, Span)>,
    span: Span,
}

impl Entry {
    fn read(item: &Tree) -> Entry {
        let texts = |key: &str| -> Vec<(String, Span)> {
            let texts = item.get(key).map(|field| field.value.texts()).unwrap_or_default();
            texts.into_iter().map(|(text, span)| (text.as_str().to_owned(), span)).collect()
        };
        let mut paths = texts("path");
        paths.extend(item.text().map(|text| (text.as_str().to_owned(), item.span)));
        let project = texts("project_directory").into_iter().map(|(text, _)| text).next();
        Entry {
            paths,
            project_directory: project.filter(|text| !text.is_empty()),
            env_files: texts("env_file"),
            span: item.span,
        }
    }

    /// The directory that the paths in its files are relative to, as seen from the file that
    /// includes them.
    fn directory(&self) -> String {
        let main = self.paths.first().map_or("", |(path, _)| path.as_str());
        self.project_directory.clone().unwrap_or_else(|| directory(main).to_owned())
    }
}

impl Loader<'_> {
    /// Brings into a document what it includes.
    pub(super) fn include(&mut self, root: &mut Tree, scope: &Scope) {
        let Some(field) = root.get("include") else { return };
        if !matches!(field.value.data, Data::List(_) | Data::Null) {
            let help = "write a list of paths";
            return self.builder.error(field.value.span, "`include` must be a list", help);
        }
        let entries: Vec<Entry> = field.value.items().iter().map(Entry::read).collect();
        // What the document resets, it resets in each of several: the first takes the marks along.
        let marked = (entries.len() > 1).then(|| root.get("services").map(|f| f.value.clone()));
        let marked = marked.flatten();
        for entry in entries {
            if let Some(mut model) = self.included(&entry, scope) {
                if let Some(marked) = &marked {
                    take_out_reset(&mut model, marked);
                }
                self.import(model, root);
            }
        }
    }

    /// What the files of an entry say together, as seen from the file that includes them.
    fn included(&mut self, entry: &Entry, scope: &Scope) -> Option<Tree> {
        let mut files = Vec::new();
        for (path, span) in &entry.paths {
            let Some(file) = self.find(scope, path) else {
                self.external.push((path.clone(), *span));
                continue;
            };
            if scope.including.contains(&file) {
                let chain = scope.including.iter().chain([&file]);
                let names: Vec<&str> = chain.map(|file| self.short_name(*file)).collect();
                let message = format!("include cycle detected: {}", names.join(" include "));
                self.builder.error(*span, message, "remove one `include` of the circle");
                return None;
            }
            files.push(file);
        }
        let Some(left) = self.includes.checked_sub(files.len()) else {
            self.builder.refuse_growth(entry.span);
            return None;
        };
        self.includes = left;
        if files.is_empty() {
            return None;
        }
        let inner = Scope {
            directory: join(&scope.directory, &entry.directory()),
            including: scope.including.clone(),
        };
        let environment = self.environment_of(entry, scope, &inner, &files);
        self.with_environment(environment, |loader| {
            let mut model = settle(loader.model(&files, &inner)?)?;
            volumes::refuse_missing_sources(&model, &mut loader.builder);
            rebase(&mut model, &entry.directory());
            loader.inherit(&mut model);
            Some(model)
        })
    }

    /// The variables that the files of an entry refer to: those of the file that includes them,
    /// then those of their own `.env` or of the files under `env_file`.
    fn environment_of(
        &mut self,
        entry: &Entry,
        scope: &Scope,
        inner: &Scope,
        files: &[FileId],
    ) -> Environment {
        let outer = Arc::clone(&self.builder.environment);
        let mut found: Vec<(FileId, Rc<EnvFile>)> = Vec::new();
        let mut missing = false;
        let default = [(join(&inner.directory, ".env"), entry.span)];
        let is_default = entry.env_files.is_empty();
        let paths = match is_default {
            true => default.to_vec(),
            false => {
                let paths = entry.env_files.iter().filter(|(path, _)| path != "/dev/null");
                paths.map(|(path, span)| (join(&scope.directory, path), *span)).collect()
            }
        };
        for (path, span) in paths {
            match self.find_env(&path) {
                Some(file) => {
                    let read = self.env_file(file, false);
                    // Each entry is followed anew.
                    if self.builder.spend(read.entries.len(), span) {
                        found.push((file, read));
                    }
                }
                None => {
                    missing = true;
                    // Whether there is one by default is not known.
                    if !is_default {
                        self.external_env.push((path, span));
                    }
                }
            }
        }
        if missing {
            self.partly_set.extend(files);
        }
        let res = Environment::within(outer, found.iter().map(|(_, file)| &**file));
        let own = self.builder.environment.file;
        if found.iter().any(|(file, _)| Some(*file) != own) {
            self.builder.miss(res.unset.clone());
            for (file, read) in &found {
                self.refuse_env(read.errors.iter().cloned());
                self.refuse_env(res.errors.iter().map(|error| SyntaxError {
                    span: error.span.unwrap_or(Span::at(*file, 0)),
                    message: error.message.clone(),
                    help: String::new(),
                    fix: None,
                }));
            }
        }
        res
    }

    /// Notes what Compose refuses in an environment file other than the project's own, once.
    pub(super) fn refuse_env(&mut self, errors: impl Iterator<Item = SyntaxError>) {
        for error in errors {
            let is_own = Some(error.span.file) == self.builder.environment.file;
            if !is_own && !self.env_errors.contains(&error) {
                self.env_errors.push(error);
            }
        }
    }

    /// Gives names without a value, in lists, the value that is known here: that of a name of the
    /// same file that includes this one is another.
    fn inherit(&mut self, model: &mut Tree) {
        for service in model.get_mut("services").map(Tree::fields_mut).unwrap_or_default() {
            let Some(environment) = service.value.get_mut("environment") else { continue };
            match &mut environment.data {
                Data::List(items) => items.iter_mut().for_each(|item| self.inherit_item(item)),
                // What was merged is a list to Compose.
                Data::Layers(layers) => {
                    for layer in layers {
                        match &mut layer.data {
                            Data::List(items) => {
                                items.iter_mut().for_each(|item| self.inherit_item(item));
                            }
                            Data::Map(fields) => {
                                fields.iter_mut().for_each(|field| self.inherit_field(field));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn inherit_item(&mut self, item: &mut Tree) {
        let span = item.span;
        let Data::Scalar(scalar) = &mut item.data else { return };
        let name = scalar.text.as_str().to_owned();
        if name.contains('=') {
            return;
        }
        let Some((value, from)) = self.builder.lookup(&name) else { return };
        scalar.text.push(&crate::text::Traced::opaque("=", None));
        scalar.text.push(&value.through(&Reference { name, at: Some(span), from }));
    }

    fn inherit_field(&mut self, field: &mut Field) {
        if !field.value.is_null() {
            return;
        }
        let Some((value, from)) = self.builder.lookup(&field.key) else { return };
        let reference = Reference { name: field.key.clone(), at: Some(field.key_span), from };
        field.value.data = Data::Scalar(super::tree::Scalar {
            text: value.through(&reference),
            kind: super::scalar::Kind::Text,
            directory: None,
            is_settled: false,
        });
    }

    /// Puts what is included under what the document says itself.
    fn import(&mut self, model: Tree, root: &mut Tree) {
        let Data::Map(sections) = model.data else { return };
        for section in sections {
            if !matches!(section.key.as_str(), "services" | "volumes") {
                continue;
            }
            let Data::Map(imported) = section.value.data else { continue };
            let Data::Map(own) = &mut root.data else { return };
            let at = match own.iter().position(|field| field.key == section.key) {
                Some(at) => at,
                None => {
                    let span = section.value.span;
                    let value = Tree { span, tag: Tag::None, data: Data::Map(Vec::new()) };
                    own.push(Field {
                        value,
                        ..Field::without_value(&section.key, section.key_span)
                    });
                    own.len() - 1
                }
            };
            let Some(own) = own.get_mut(at) else { return };
            if own.value.is_null() {
                own.value.data = Data::Map(Vec::new());
            }
            let Data::Map(own) = &mut own.value.data else { continue };
            for field in imported {
                self.import_field(&section.key, field, own);
            }
        }
    }

    fn import_field(&mut self, section: &str, field: Field, own: &mut Vec<Field>) {
        let Some(same) = own.iter_mut().find(|other| other.key == field.key) else {
            own.push(field);
            return;
        };
        let tag = std::mem::replace(&mut same.value.tag, Tag::None);
        if tag == Tag::Reset {
            // It removes what earlier files say, and not what is included.
            *same = Field { value: Tree { tag: Tag::Override, ..field.value }, ..field };
            return;
        }
        if !self.builder.spend(same.value.size(), same.span) {
            return;
        }
        let own = same.value.clone();
        let mut merged = vec![field];
        let mut path = vec![section.to_owned()];
        lay_field(&mut merged, same.clone(), &mut path, &mut self.builder);
        if let Some(mut merged) = merged.pop() {
            keep_tags(&own, &mut merged.value);
            merged.value.tag = tag;
            *same = merged;
        }
    }
}

/// Takes out of each service what `marked`, the services that include it, resets in a mapping of
/// its own, such as one variable.
fn take_out_reset(model: &mut Tree, marked: &Tree) {
    for service in model.get_mut("services").map(Tree::fields_mut).unwrap_or_default() {
        let Some(own) = marked.get(&service.key) else { continue };
        for setting in service.value.fields_mut() {
            let Some(own) = own.value.get(&setting.key) else { continue };
            let Data::Map(fields) = &mut setting.value.data else { continue };
            let is_reset =
                |key: &str| own.value.get(key).is_some_and(|own| own.value.tag == Tag::Reset);
            fields.retain(|field| !is_reset(&field.key));
        }
    }
}
