//! Later files over earlier ones.
//!
//! Mappings are merged by key, lists are appended; `!reset` removes what came before and
//! `!override` takes its place. (Compose specification, 13-merge.md and 05-services.md, "extends".)

use std::collections::HashSet;

use super::scalar::Kind;
use super::tree::{Builder, Data, Field, Tag, Tree};

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
            // An entry that is there already is not appended. Short forms of earlier documents
            // have become long ones, which are not the same.
            let mut there: HashSet<String> = items.iter().map(Tree::values).collect();
            let over = over.into_iter().filter_map(settle);
            items.extend(over.filter(|item| there.insert(item.values())));
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

/// Lays a field over the one of its key.
pub(super) fn lay_field(
    fields: &mut Vec<Field>,
    over: Field,
    path: &mut Vec<String>,
    builder: &mut Builder,
) {
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
        mut data => {
            // What was merged before is a list to Compose, in which names are not found.
            if let Data::Map(fields) = &mut data {
                let is_reset = |field: &Field| {
                    over.get(&field.key).is_some_and(|over| over.value.tag == Tag::Reset)
                };
                fields.retain(|field| !is_reset(field));
            }
            vec![Tree { span: base.span, tag: Tag::None, data }]
        }
    };
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
