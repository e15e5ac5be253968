//! Later files over earlier ones, and services over those they extend.
//!
//! Mappings are merged by key, lists are appended; `!reset` removes what came before and
//! `!override` takes its place. (Compose specification, 13-merge.md and 05-services.md, "extends".)

use std::collections::HashMap;

use super::scalar::Kind;
use super::tree::{Builder, Data, Field, Tag, Tree};
use crate::syntax::go;
use crate::text::Span;

/// Keys of a service that may be a mapping or a list; the forms mix.
const MIXED: [&str; 10] = [
    "annotations",
    "dns",
    "dns_opt",
    "dns_search",
    "env_file",
    "environment",
    "extra_hosts",
    "labels",
    "sysctls",
    "tmpfs",
];
/// Keys of a service whose values replace earlier ones, or merge in ways of no interest here.
const REPLACED: [&str; 7] =
    ["build", "command", "depends_on", "entrypoint", "healthcheck", "logging", "ulimits"];

/// Lays `over` over `base`; `None` where `!reset` leaves nothing.
pub(super) fn merge(
    base: Tree,
    over: Tree,
    path: &mut Vec<String>,
    builder: &mut Builder,
) -> Option<Tree> {
    match over.tag {
        Tag::Reset => return None,
        // The tag stays, for an earlier file under the one whose `extends` is followed here.
        Tag::Override => return settle(over).map(|over| Tree { tag: Tag::Override, ..over }),
        Tag::None => {}
    }
    let service_key = match path.as_slice() {
        [first, _, key] if first == "services" => key.as_str(),
        _ => "",
    };
    if MIXED.contains(&service_key) {
        return Some(mixed(base, over));
    }
    if REPLACED.contains(&service_key) {
        return settle(over);
    }
    let (span, tag) = (over.span, Tag::None);
    let data = match (base.data, over.data) {
        (data, Data::Null) => return Some(Tree { span: base.span, tag, data }),
        (Data::Map(mut fields), Data::Map(over)) => {
            for field in over {
                lay_field(&mut fields, field, path, builder);
            }
            Data::Map(fields)
        }
        (Data::List(mut items), Data::List(over)) => {
            items.extend(over.into_iter().filter_map(settle));
            Data::List(items)
        }
        (Data::Map(_) | Data::List(_), data) => {
            builder.error(span, format!("cannot override {}", path.join(".")), "");
            data
        }
        (_, data) => return settle(Tree { span, tag, data }),
    };
    Some(Tree { span, tag, data })
}

fn lay_field(fields: &mut Vec<Field>, over: Field, path: &mut Vec<String>, builder: &mut Builder) {
    let Some(i) = fields.iter().position(|field| field.key == over.key) else {
        fields.extend(settle_field(over));
        return;
    };
    let base = fields.remove(i);
    path.push(base.key.clone());
    // A value that is kept stays where it was written.
    let (key_span, span) = match over.value.is_null() {
        true => (base.key_span, base.span),
        false => (over.key_span, over.span),
    };
    if let Some(value) = merge(base.value, over.value, path, builder) {
        fields.insert(i, Field { key: base.key, key_span, span, value });
    }
    path.pop();
}

/// Puts a mapping or list over others of either form.
fn mixed(base: Tree, over: Tree) -> Tree {
    let span = if over.is_null() { base.span } else { over.span };
    let mut layers = match base.data {
        Data::Layers(layers) => layers,
        Data::Null => Vec::new(),
        data => vec![Tree { span: base.span, tag: Tag::None, data }],
    };
    let reset: Vec<&str> = over
        .fields()
        .iter()
        .filter(|field| field.value.tag == Tag::Reset)
        .map(|field| field.key.as_str())
        .collect();
    for layer in &mut layers {
        if let Data::Map(fields) = &mut layer.data {
            fields.retain(|field| !reset.contains(&field.key.as_str()));
        }
    }
    if let Some(over) = settle(over) {
        match over.data {
            Data::Layers(more) => layers.extend(more),
            // Compose makes a list of what it merges, in which these have no place.
            Data::Null => {}
            Data::Scalar(scalar) if scalar.kind != Kind::Text => {}
            data => layers.push(Tree { span: over.span, tag: Tag::None, data }),
        }
    }
    Tree { span, tag: Tag::None, data: Data::Layers(layers) }
}

/// A tree that is laid over nothing: what `!reset` marks is gone, `!override` changes nothing.
pub(super) fn settle(tree: Tree) -> Option<Tree> {
    if tree.tag == Tag::Reset {
        return None;
    }
    let data = match tree.data {
        Data::Map(fields) => Data::Map(fields.into_iter().filter_map(settle_field).collect()),
        Data::List(items) => Data::List(items.into_iter().filter_map(settle).collect()),
        data => data,
    };
    Some(Tree { span: tree.span, tag: Tag::None, data })
}

fn settle_field(field: Field) -> Option<Field> {
    Some(Field { value: settle(field.value)?, ..field })
}

/// Follows `extends` within one document. What extends a service of another file is left as it
/// is, and told in `external`.
pub(super) fn extend(root: &mut Tree, builder: &mut Builder, external: &mut Vec<(String, Span)>) {
    let Data::Map(fields) = &mut root.data else { return };
    let Some(services) = fields.iter_mut().find(|field| field.key == "services") else { return };
    let Data::Map(services) = &mut services.value.data else { return };
    if !services.iter().any(|service| service.value.get("extends").is_some()) {
        return;
    }
    let by_name = services.iter().map(|service| (service.key.as_str(), &service.value)).collect();
    let mut extending = Extending { services: by_name, done: HashMap::new(), builder, external };
    let extended: Vec<Option<Tree>> =
        services.iter().map(|service| extending.extended(&service.key, &mut Vec::new())).collect();
    for (service, extended) in services.iter_mut().zip(extended) {
        if let Some(extended) = extended {
            service.value = extended;
        }
    }
}

struct Extending<'a, 'b, 'c> {
    services: HashMap<&'a str, &'a Tree>,
    done: HashMap<String, Tree>,
    builder: &'b mut Builder<'c>,
    external: &'b mut Vec<(String, Span)>,
}

impl Extending<'_, '_, '_> {
    /// The service with all that it extends; `chain` leads to it.
    fn extended(&mut self, name: &str, chain: &mut Vec<String>) -> Option<Tree> {
        if let Some(done) = self.done.get(name) {
            return self.builder.spend(done.size(), done.span).then(|| done.clone());
        }
        let own = self.services.get(name).copied()?;
        let Some(extends) = own.get("extends") else { return Some(own.clone()) };
        if !self.builder.spend(own.size(), own.span) {
            return None;
        }
        let mut res = own.clone();
        if let Data::Map(fields) = &mut res.data {
            fields.retain(|field| field.key != "extends");
        }
        chain.push(name.to_owned());
        if let Some(base) = self.base(name, extends, chain) {
            // The name under which Compose speaks of it here.
            let mut path = vec!["services".to_owned(), "x".to_owned()];
            res = merge(base, res, &mut path, self.builder)?;
            if let Data::Map(fields) = &mut res.data {
                // What is reset or replaced here is so in earlier files, too.
                for field in own.fields() {
                    match field.value.tag {
                        Tag::Reset => fields.push(field.clone()),
                        tag => {
                            let same = fields.iter_mut().find(|other| other.key == field.key);
                            same.into_iter().for_each(|same| same.value.tag = tag);
                        }
                    }
                }
            }
        }
        chain.pop();
        self.done.insert(name.to_owned(), res.clone());
        Some(res)
    }

    fn base(&mut self, name: &str, extends: &Field, chain: &mut Vec<String>) -> Option<Tree> {
        let value = &extends.value;
        let service = match &value.data {
            Data::Map(_) => value.get("service").and_then(|field| field.value.text()),
            _ => value.text(),
        };
        let Some(service) = service.map(|text| text.as_str().to_owned()) else {
            let message = format!("extends.{name}.service is required");
            self.builder.error(extends.span, message, "name the service to extend");
            return None;
        };
        if let Some(file) = value.get("file") {
            let path = file.value.text().map_or("", |text| text.as_str());
            self.external.push((path.to_owned(), file.span));
            return None;
        }
        if !self.services.contains_key(service.as_str()) {
            let (name, other) = (go::quote(name), go::quote(&service));
            let message = format!("cannot extend service {name}: service {other} not found");
            self.builder.error(value.span, message, "name a service of the same file");
            return None;
        }
        if chain.contains(&service) || chain.len() >= 32 {
            let message =
                format!("Circular reference: {} extends {service}", chain.join(" extends "));
            self.builder.error(value.span, message, "remove one `extends` of the circle");
            return None;
        }
        self.extended(&service, chain).and_then(settle).filter(|base| !base.is_null())
    }
}
