//! `environment` of a service.

use std::collections::HashMap;

use super::load::Loader;
use super::scalar::Kind;
use super::tree::{Builder, Data, Field, Tree};
use super::{EnvFileReference, Variable, env_file};
use crate::text::{Reference, Span, Traced};

/// The variables that the service's files set: those of `environment`, then those of the pasted
/// files under `env_file`.
pub(super) fn read(
    service: &Field,
    env_files: &[EnvFileReference],
    loader: &mut Loader,
) -> Vec<Variable> {
    let builder = &mut loader.builder;
    let mut res = Variables::default();
    if let Some(field) = service.value.get("environment") {
        let path = format!("services.{}.environment", service.key);
        for layer in field.value.layers() {
            match &layer.data {
                Data::Map(fields) => {
                    fields.iter().for_each(|field| map_entry(&path, field, builder, &mut res));
                }
                Data::List(items) => {
                    for (i, item) in items.iter().enumerate() {
                        list_entry(&path, i, item, builder, &mut res);
                    }
                }
                _ => {
                    let help = "write `NAME: value` below it";
                    builder.error(field.span, format!("{path} must be a mapping"), help);
                }
            }
        }
    }
    let own = res.clone();
    let own = |name: &str| own.get(name)?.value.clone();
    for (name, span, value) in env_file::entries(env_files, &own, loader) {
        // A name without a value under `environment` hides the file's value, too.
        if res.get(&name).is_none() {
            res.set(Variable { name, span, value: Some(value) });
        }
    }
    res.all
}

#[derive(Clone, Default)]
struct Variables {
    all: Vec<Variable>,
    index: HashMap<String, usize>,
}

impl Variables {
    fn get(&self, name: &str) -> Option<&Variable> {
        self.all.get(*self.index.get(name)?)
    }

    /// The last one of a name wins, at the place of the first.
    fn set(&mut self, variable: Variable) {
        match self.index.get(&variable.name).and_then(|i| self.all.get_mut(*i)) {
            Some(before) => *before = variable,
            None => {
                self.index.insert(variable.name.clone(), self.all.len());
                self.all.push(variable);
            }
        }
    }
}

fn map_entry(path: &str, field: &Field, builder: &mut Builder, res: &mut Variables) {
    let value = match &field.value.data {
        Data::Null => inherited(&field.key, field.key_span, builder),
        Data::Scalar(scalar) => {
            let text = scalar.text.as_str();
            if scalar.kind == Kind::Float && matches!(text, "+Inf" | "-Inf" | "NaN") {
                let message = format!("json: unsupported value: {text}");
                builder.error(field.value.span, message, "put the value in quotes");
            }
            Some(scalar.text.clone())
        }
        _ => {
            let message = format!("{path}.{} must be a boolean, null, number or string", field.key);
            builder.error(field.span, message, "write a single value");
            return;
        }
    };
    res.set(Variable { name: field.key.clone(), span: field.span, value });
}

fn list_entry(path: &str, i: usize, item: &Tree, builder: &mut Builder, res: &mut Variables) {
    let Some(text) = item.text() else {
        return refuse_kind(path, i, item, builder);
    };
    let (name, value) = match text.as_str().find('=') {
        Some(at) => (text.slice(0..at), Some(text.slice(at + 1..text.as_str().len()))),
        None => (text.clone(), inherited(text.as_str(), item.span, builder)),
    };
    let name = name.as_str();
    if name.is_empty() {
        return;
    }
    // Compose takes the last byte for a character: that of `à` is a no-break space then.
    if name.bytes().last().is_some_and(|byte| matches!(byte, b'\t'..=b'\r' | b' ' | 0x85 | 0xa0)) {
        let message = format!("environment variable {name} is declared with a trailing space");
        builder.error(item.span, message, "remove the blank before `=`");
    }
    res.set(Variable { name: name.to_owned(), span: item.span, value });
}

/// Notes what Compose refuses in the lists of one document, whatever later ones lay over it.
pub(super) fn refuse_entries(document: &Tree, builder: &mut Builder) {
    for service in document.get("services").map(|field| field.value.fields()).unwrap_or_default() {
        let Some(field) = service.value.get("environment") else { continue };
        let path = format!("services.{}.environment", service.key);
        for (i, item) in field.value.items().iter().enumerate() {
            if item.text().is_none() {
                refuse_kind(&path, i, item, builder);
            }
        }
    }
}

fn refuse_kind(path: &str, i: usize, item: &Tree, builder: &mut Builder) {
    let kind = match &item.data {
        Data::Null => "<nil>",
        Data::Map(_) => "map[string]interface {}",
        Data::List(_) | Data::Layers(_) => "[]interface {}",
        Data::Scalar(scalar) => match scalar.kind {
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Float => "float64",
            Kind::Time => "time.Time",
            Kind::Text => "string",
        },
    };
    let message = format!("{path}.[{i}]: unexpected type {kind}");
    builder.error(item.span, message, "write `NAME=value`");
}

/// The value of a name that is written without one.
fn inherited(name: &str, at: Span, builder: &Builder) -> Option<Traced> {
    let (value, from) = builder.lookup(name)?;
    Some(value.through(&Reference { name: name.to_owned(), at: Some(at), from }))
}
