//! `volumes` of a service: binds, named volumes that are binds, and volumes.

use std::collections::HashMap;

use super::named_volume::device;
use super::paths::{clean, resolve_source};
use super::tree::{Builder, Data, Field, Tree};
use super::volume_spec::{VolumeSpec, VolumeSpecError};
use super::{Bind, ReplacedVolume, Volume};
use crate::syntax::go;
use crate::text::{Span, Traced};

/// The volumes that the project declares.
#[derive(Clone)]
pub(super) struct Declared<'a> {
    pub(super) volumes: HashMap<&'a str, &'a Tree>,
    /// Whether others may be declared where nothing was pasted.
    pub(super) open: bool,
    /// Whether the service that is read runs; Compose does not compare the volumes of others.
    pub(super) runs: bool,
}

struct Mount {
    /// The target as written.
    written: String,
    /// The target by which doubled ones are known: cleaned, in long form as written.
    key: String,
    target: Traced,
    span: Span,
    source: Source,
    read_only: bool,
    ignored: Vec<Traced>,
}

enum Source {
    /// `located` is the path as seen from the project directory.
    Bind {
        path: Option<Traced>,
        located: String,
        create: bool,
    },
    Volume {
        name: Option<Traced>,
        subpath: Option<Traced>,
    },
    Other,
}

/// The binds and volumes of a service; of one target the last.
pub(super) fn read(
    service: &Field,
    declared: &Declared,
    builder: &mut Builder,
) -> (Vec<Bind>, Vec<Volume>) {
    let (mut binds, mut volumes) = (Vec::new(), Vec::new());
    for mount in mounts(service, declared.runs, builder) {
        let Mount { target, span, read_only, ignored, .. } = mount;
        match mount.source {
            Source::Bind { path: None, .. } => refuse_missing_source(span, builder),
            Source::Bind { path: Some(path), located, create } => binds.push(Bind {
                resolved_source: resolve_source(&located, None, None),
                source: path,
                target,
                read_only,
                create_host_path: create,
                is_as_written: false,
                ignored_options: ignored,
                volume: None,
                span,
            }),
            Source::Volume { name: Some(name), subpath } => {
                let declaration = declared.volumes.get(name.as_str());
                if declaration.is_none() && !declared.open && declared.runs {
                    let message = format!(
                        "service {} refers to undefined volume {}: invalid compose project",
                        go::quote(&service.key),
                        name.as_str()
                    );
                    let help = "declare it under the top-level `volumes`, or write `./` before a \
                                directory's name";
                    builder.error(span, message, help);
                }
                match declaration.and_then(|volume| device(volume)) {
                    Some(device) => {
                        binds.push(device.bind(&name, subpath, target, read_only, span));
                    }
                    None => volumes.push(Volume {
                        name: Some(name.as_str().to_owned()),
                        target: target.as_str().to_owned(),
                        span,
                    }),
                }
            }
            Source::Volume { name: None, .. } => {
                volumes.push(Volume { name: None, target: target.as_str().to_owned(), span });
            }
            Source::Other => {}
        }
    }
    (binds, volumes)
}

/// Notes what Compose refuses in the entries of one document, whatever later ones lay over it.
pub(super) fn refuse_entries(document: &Tree, builder: &mut Builder) {
    for service in document.get("services").map(|field| field.value.fields()).unwrap_or_default() {
        let Some(field) = service.value.get("volumes") else { continue };
        let path = format!("services.{}.volumes", service.key);
        let mut seen: HashMap<String, Span> = HashMap::new();
        for (i, item) in field.value.items().iter().enumerate() {
            let Some(mount) = mount(&path, i, item, builder) else { continue };
            if let Some(span) = seen.insert(mount.key.clone(), mount.span) {
                builder.replaced.push(ReplacedVolume {
                    service: service.key.clone(),
                    target: mount.key,
                    span,
                    by: mount.span,
                });
            }
        }
    }
}

/// Notes what Compose refuses in a file that is included or extended when it resolves its paths,
/// whatever is laid over it.
pub(super) fn refuse_missing_sources(model: &Tree, builder: &mut Builder) {
    for service in model.get("services").map(|field| field.value.fields()).unwrap_or_default() {
        let Some(volumes) = service.value.get("volumes") else { continue };
        for item in volumes.value.items() {
            let kind = item.get("type").and_then(|field| field.value.text());
            let is_bind = kind.is_some_and(|kind| kind.as_str() == "bind");
            if is_bind && item.get("source").is_none_or(|field| field.value.is_null()) {
                refuse_missing_source(item.span, builder);
            }
        }
    }
}

fn refuse_missing_source(span: Span, builder: &mut Builder) {
    let message = "invalid mount config for type \"bind\": field Source must not be empty";
    builder.error(span, message, "add `source`");
}

/// Keeps the last volume of each target, as Compose does after each document, when it also makes
/// the short forms of volumes and ports long ones.
pub(super) fn settle_targets(project: &mut Tree) {
    for service in project.get_mut("services").map(Tree::fields_mut).unwrap_or_default() {
        if let Some(Tree { data: Data::List(ports), .. }) = service.value.get_mut("ports") {
            ports.iter_mut().for_each(Tree::settle_form);
        }
        let Some(volumes) = service.value.get_mut("volumes") else { continue };
        let Data::List(items) = &mut volumes.data else { continue };
        let keyed = std::mem::take(items).into_iter().enumerate().map(|(i, mut item)| {
            let (written, key) = match item.text().map(VolumeSpec::parse) {
                Some(Ok(spec)) => (written_target(&item, &spec), clean(spec.target.as_str())),
                Some(Err(_)) => (format!(":{i}"), format!(":{i}")),
                None => {
                    let target = item.get("target").and_then(|field| field.value.text());
                    let target = target.map_or(format!(":{i}"), |text| text.as_str().to_owned());
                    (target.clone(), target)
                }
            };
            item.settle_form();
            (written, key, item)
        });
        let written =
            last_of_each(keyed.collect(), |(written, _, _): &(String, String, Tree)| written);
        let kept = last_of_each(written, |(_, key, _)| key);
        items.extend(kept.into_iter().map(|(_, _, item)| item));
    }
}

/// The target of a short form as Compose finds it: as written in the document that is read, cleaned
/// from then on.
fn written_target(item: &Tree, spec: &VolumeSpec) -> String {
    let is_settled = item.scalar().is_some_and(|scalar| scalar.is_settled);
    if is_settled { clean(spec.target.as_str()) } else { spec.target.as_str().to_owned() }
}

fn mounts(service: &Field, runs: bool, builder: &mut Builder) -> Vec<Mount> {
    let Some(field) = service.value.get("volumes") else { return Vec::new() };
    let path = format!("services.{}.volumes", service.key);
    let Data::List(items) = &field.value.data else {
        builder.error(field.span, format!("{path} must be a array"), "write a list");
        return Vec::new();
    };
    let (mut all, mut refused) = (Vec::new(), 0);
    for item in items {
        match mount(&path, all.len() + refused, item, builder) {
            Some(mount) => all.push(mount),
            None => refused += 1,
        }
    }
    // Compose looks for doubled targets twice: first as written, then as cleaned.
    let written = last_of_each(all, |mount| &mount.written);
    let res = last_of_each(written, |mount| &mount.key);
    if runs {
        refuse_doubled(&service.value, &path, &res, builder);
    }
    res
}

/// Of the mounts with one key the last, at the place of the first.
fn last_of_each<T>(mounts: Vec<T>, key: impl Fn(&T) -> &str) -> Vec<T> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut res: Vec<T> = Vec::new();
    for mount in mounts {
        match places.get(key(&mount)).and_then(|place| res.get_mut(*place)) {
            Some(before) => *before = mount,
            None => {
                places.insert(key(&mount).to_owned(), res.len());
                res.push(mount);
            }
        }
    }
    res
}

/// Targets that are the same only once they are cleaned, or that a `tmpfs` has.
fn refuse_doubled(service: &Tree, path: &str, mounts: &[Mount], builder: &mut Builder) {
    let mut seen: HashMap<String, String> = HashMap::new();
    let tmpfs = service.get("tmpfs").map(|field| &field.value);
    let mut i = 0;
    for layer in tmpfs.map(Tree::layers).unwrap_or_default() {
        for text in layer.items().iter().chain([layer]).filter_map(Tree::text) {
            let target = text.as_str().split(':').next().unwrap_or_default();
            seen.insert(clean(target), format!("{}[{i}]", path.replace(".volumes", ".tmpfs")));
            i += 1;
        }
    }
    for (i, mount) in mounts.iter().enumerate() {
        let target = mount.target.as_str();
        if let Some(other) = seen.get(target) {
            let message = format!("{path}[{i}]: target {target} already mounted as {other}");
            builder.error(mount.span, message, "remove one of the two");
        }
        seen.insert(target.to_owned(), format!("{path}[{i}]"));
    }
}

fn mount(path: &str, i: usize, item: &Tree, builder: &mut Builder) -> Option<Mount> {
    if let Data::Map(_) = item.data {
        return long(path, i, item, builder);
    }
    let (Some(text), Some(scalar)) = (item.text(), item.scalar()) else {
        builder.error(item.span, format!("{path}.{i} must be a string"), "put it in quotes");
        return None;
    };
    match VolumeSpec::parse(text) {
        Ok(spec) if spec.target.is_empty() => {
            let message = format!("service volume {path}.[{i}] is missing a mount target");
            builder.error(item.span, message, "close the `${` with `}`");
            None
        }
        Ok(spec) => {
            let written = written_target(item, &spec);
            let target = cleaned(spec.target);
            let source = match spec.source {
                path if spec.is_bind => {
                    let located = path.as_ref().map(|path| scalar.located(path.as_str()));
                    Source::Bind { path, located: located.unwrap_or_default(), create: true }
                }
                name => Source::Volume { name, subpath: None },
            };
            let (key, read_only) = (target.as_str().to_owned(), spec.read_only);
            let ignored = spec.ignored;
            Some(Mount { written, key, target, span: item.span, source, read_only, ignored })
        }
        Err(error) => {
            let help = match error {
                _ if !text.references().is_empty() => {
                    "give the variable a value, or a default as in `${NAME:-/path}`"
                }
                VolumeSpecError::TooManyColons(_) => "write `SOURCE:TARGET:OPTIONS`",
                _ => "write `SOURCE:TARGET`",
            };
            builder.error(item.span, error.to_string(), help);
            None
        }
    }
}

const LONG_KEYS: [&str; 9] =
    ["type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs", "image"];

fn long(path: &str, i: usize, item: &Tree, builder: &mut Builder) -> Option<Mount> {
    let Some(target) = item.get("target").and_then(|field| field.value.text()) else {
        let message = format!("service volume {path}.[{i}] is missing a mount target");
        builder.error(item.span, message, "add `target`");
        return None;
    };
    for field in item.fields() {
        if !LONG_KEYS.contains(&field.key.as_str()) && !field.key.starts_with("x-") {
            let message = format!("{path}.{i} additional properties '{}' not allowed", field.key);
            let help = match field.key.as_str() {
                "readonly" | "ro" => "write `read_only`",
                "src" => "write `source`",
                "dst" | "destination" => "write `target`",
                _ => "remove it",
            };
            builder.error(field.key_span, message, help);
        }
    }
    let Some(kind) = item.get("type").map(|field| &field.value) else {
        let help = "add `type: bind`, or `type: volume` for a volume's name";
        builder.error(item.span, format!("{path}.{i} must be a string"), help);
        return None;
    };
    let written = item.get("source").map(|field| &field.value);
    if let Some(other) = written.filter(|value| value.text().is_none()) {
        let message = format!("{path}.{i}.source must be a string");
        builder.error(other.span, message, "write a path, or leave `source` out");
        return None;
    }
    let located = written.and_then(Tree::scalar).map(|path| path.located(path.text.as_str()));
    let source = written.and_then(Tree::text).cloned();
    let source = match kind.text().map(Traced::as_str) {
        Some("bind") => {
            let bind = item.get("bind").map(|field| &field.value);
            let create = bind.and_then(|bind| bind.get("create_host_path"));
            let create = create.and_then(boolean) != Some(false);
            Source::Bind { path: source, located: located.unwrap_or_default(), create }
        }
        Some("volume") => {
            let options = item.get("volume").map(|field| &field.value);
            let subpath = options.and_then(|options| options.get("subpath"));
            let subpath = subpath.and_then(|field| field.value.text()).cloned();
            Source::Volume { name: source.filter(|name| !name.is_empty()), subpath }
        }
        Some("tmpfs" | "cluster" | "npipe" | "image") => Source::Other,
        _ => {
            let message = format!(
                "{path}.{i}.type value must be one of 'bind', 'volume', 'tmpfs', 'cluster', \
                 'npipe', 'image'"
            );
            builder.error(kind.span, message, "write `bind` for a directory of the host");
            return None;
        }
    };
    let read_only = item.get("read_only");
    if let Some(field) = read_only.filter(|field| boolean(field).is_none()) {
        let text = field.value.scalar().map_or("", |scalar| scalar.text.as_str());
        let message = format!(
            "error while interpolating {path}.[].read_only: failed to cast to expected type: \
             invalid boolean: {text}"
        );
        builder.error(field.span, message, "write `true` or `false`");
    }
    Some(Mount {
        written: target.as_str().to_owned(),
        key: target.as_str().to_owned(),
        target: cleaned(target.clone()),
        span: item.span,
        source,
        read_only: read_only.and_then(boolean) == Some(true),
        ignored: Vec::new(),
    })
}

/// A boolean as Compose casts it, quoted or not.
fn boolean(field: &Field) -> Option<bool> {
    match field.value.scalar()?.text.as_str().to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// A path in the container, cleaned; its origin stays where only its end is cut off.
fn cleaned(target: Traced) -> Traced {
    let path = clean(target.as_str());
    if target.as_str().starts_with(&path) {
        return target.slice(0..path.len());
    }
    let span = target.outermost();
    Traced::opaque(path, span)
}
