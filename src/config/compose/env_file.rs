//! `env_file` of a service: which files it lists, and what the pasted ones set.

use super::EnvFileReference;
use super::catalog::join;
use super::load::Loader;
use super::tree::{Data, Field, Scalar, Tree};
use crate::config::env::{EarlierEntries, resolve_entries};
use crate::syntax::{SyntaxError, go};
use crate::text::{Span, Traced, ValueFrom};

/// The files listed under `env_file`.
pub(super) fn listed(service: &Field, loader: &mut Loader) -> Vec<EnvFileReference> {
    let Some(field) = service.value.get("env_file") else { return Vec::new() };
    let mut res: Vec<EnvFileReference> = Vec::new();
    let path = format!("services.{}.env_file", service.key);
    for layer in field.value.layers() {
        match (&layer.data, layer.scalar().filter(|_| layer.text().is_some())) {
            (_, Some(scalar)) => add(scalar, None, layer.span, loader, &mut res),
            (Data::List(items), _) => {
                for (i, item) in items.iter().enumerate() {
                    let inner = item.get("path").map_or(item, |field| &field.value);
                    match inner.scalar().filter(|_| inner.text().is_some()) {
                        Some(scalar) => add(scalar, Some(item), item.span, loader, &mut res),
                        None => refuse(item.span, format!("{path}.{i}"), loader),
                    }
                }
            }
            _ => refuse(field.span, path.clone(), loader),
        }
    }
    res
}

fn refuse(span: Span, path: String, loader: &mut Loader) {
    let message = format!("{path} must be a string");
    loader.builder.error(span, message, "write the file's path");
}

fn add(
    scalar: &Scalar,
    item: Option<&Tree>,
    span: Span,
    loader: &mut Loader,
    res: &mut Vec<EnvFileReference>,
) {
    let option = |key: &str| {
        let scalar = item?.get(key)?.value.scalar()?;
        Some(scalar.text.as_str().to_owned())
    };
    let text = scalar.text.as_str();
    // Only where it is seen from another file is `./a` the same as `a` to Compose.
    let located = match &scalar.directory {
        Some(directory) => join(directory, text),
        None => text.to_owned(),
    };
    let reference = EnvFileReference {
        path: scalar.text.clone(),
        file: loader.find_env(&located),
        required: option("required").as_deref() != Some("false"),
        format: option("format").filter(|format| !format.is_empty()),
        located,
        span,
    };
    match res.iter_mut().find(|file| file.located == reference.located) {
        Some(before) => *before = reference,
        None => res.push(reference),
    }
}

/// What the pasted ones of the files set together, later ones over earlier ones. References and
/// bare names see the project's variables, then those of the service's `own` environment; only
/// references see the entries before them.
pub(super) fn entries(
    files: &[EnvFileReference],
    own: &dyn Fn(&str) -> Option<Traced>,
    loader: &mut Loader,
) -> Vec<(String, Span, Traced)> {
    let mut earlier = EarlierEntries::default();
    for reference in files {
        let Some(file) = reference.file else { continue };
        let read = match reference.format.as_deref() {
            None | Some(".env") => loader.env_file(file, false),
            Some("raw") => loader.env_file(file, true),
            Some(other) => {
                let message = format!("unsupported env_file format {}", go::quote(other));
                let help = "write `raw`, or leave `format` out";
                loader.builder.error(reference.span, message, help);
                continue;
            }
        };
        // Each service follows each entry anew.
        if !loader.builder.spend(read.entries.len(), reference.span) {
            break;
        }
        let lookup = |name: &str| {
            let own = || Some((own(name)?, ValueFrom::Default));
            loader.builder.lookup(name).or_else(own)
        };
        let resolved = resolve_entries(&read, &lookup, &|name| earlier.get(name).cloned());
        // What `.env` itself misses is told of it as the project's own.
        if Some(file) != loader.builder.environment.file {
            loader.builder.miss(resolved.unset);
        }
        let references = resolved.errors.into_iter().map(|error| SyntaxError {
            span: error.span.unwrap_or(Span::at(file, 0)),
            message: error.message,
            help: String::new(),
            fix: None,
        });
        loader.refuse_env(read.errors.iter().cloned().chain(references));
        earlier.extend(resolved.variables);
    }
    earlier.variables
}
