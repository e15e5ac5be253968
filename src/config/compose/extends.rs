//! Services over those they extend, in the same file or another.
//! (Compose specification, 05-services.md, "extends"; compose-go, loader/extends.go.)

use std::collections::HashMap;
use std::rc::Rc;

use super::catalog::directory;
use super::load::{Loader, Scope};
use super::merge::{merge, settle};
use super::tree::{Data, Field, Tag, Tree};
use crate::syntax::go;
use crate::text::FileId;

/// How many services a chain of `extends` may lead through.
const MAX_CHAIN: usize = 32;

/// The services that names under `extends` stand for.
#[derive(Clone)]
pub(super) struct Services {
    /// The other file that they are in; `None` for the document at hand.
    file: Option<FileId>,
    all: Rc<HashMap<String, Tree>>,
    /// Whether others may be there that cannot be read.
    incomplete: bool,
}

impl Services {
    pub(super) fn new(file: Option<FileId>, root: &Tree, incomplete: bool) -> Services {
        let fields = root.get("services").map(|field| field.value.fields()).unwrap_or_default();
        let all = fields.iter().map(|field| (field.key.clone(), field.value.clone())).collect();
        Services { file, all: Rc::new(all), incomplete }
    }
}

/// Follows `extends` of every service of a document. What extends a service of a file that is not
/// pasted is left as it is.
pub(super) fn extend(root: &mut Tree, loader: &mut Loader, scope: &Scope, incomplete: bool) {
    let services = root.get("services").map(|field| field.value.fields()).unwrap_or_default();
    if !services.iter().any(|service| service.value.get("extends").is_some()) {
        return;
    }
    let services = Services::new(None, root, incomplete);
    let mut extending = Extending { done: HashMap::new(), loader, scope };
    let Some(fields) = root.get_mut("services").map(Tree::fields_mut) else { return };
    for field in fields {
        if let Some(extended) = extending.extended(&services, &field.key, &mut Vec::new()) {
            field.value = extended;
        }
    }
}

struct Extending<'a, 'b> {
    done: HashMap<(Option<FileId>, String), Tree>,
    loader: &'a mut Loader<'b>,
    scope: &'a Scope,
}

/// A service on the way from the one that extends to the last that is extended.
type Link = (Option<FileId>, String);

impl Extending<'_, '_> {
    /// The service with all that it extends; `chain` leads to it.
    fn extended(&mut self, services: &Services, name: &str, chain: &mut Vec<Link>) -> Option<Tree> {
        let link = (services.file, name.to_owned());
        if let Some(done) = self.done.get(&link) {
            return self.loader.builder.spend(done.size(), done.span).then(|| done.clone());
        }
        let own = services.all.get(name)?;
        let Some(extends) = own.get("extends") else { return Some(own.clone()) };
        if !self.loader.builder.spend(own.size(), own.span) {
            return None;
        }
        let mut res = own.clone();
        if let Data::Map(fields) = &mut res.data {
            fields.retain(|field| field.key != "extends");
        }
        chain.push(link.clone());
        if let Some(base) = self.base(services, name, extends, chain) {
            // The name under which Compose speaks of it here.
            let mut path = vec!["services".to_owned(), "x".to_owned()];
            res = merge(base, res, &mut path, &mut self.loader.builder)?;
            keep_tags(own, &mut res);
        }
        chain.pop();
        self.done.insert(link, res.clone());
        Some(res)
    }

    /// The service that `name` extends.
    fn base(
        &mut self,
        services: &Services,
        name: &str,
        extends: &Field,
        chain: &mut Vec<Link>,
    ) -> Option<Tree> {
        let value = &extends.value;
        let service = match &value.data {
            Data::Map(_) => value.get("service").and_then(|field| field.value.text()),
            _ => value.text(),
        };
        let Some(service) = service.map(|text| text.as_str().to_owned()) else {
            let message = format!("extends.{name}.service is required");
            self.loader.builder.error(extends.span, message, "name the service to extend");
            return None;
        };
        let file = value.get("file").filter(|field| !field.value.is_null());
        let others = match file {
            Some(file) => self.other_file(name, file)?,
            None => services.clone(),
        };
        if !others.all.contains_key(&service) {
            if !others.incomplete {
                let mut message = format!(
                    "cannot extend service {}: service {} not found",
                    go::quote(name),
                    go::quote(&service)
                );
                let mut help = "name a service of the same file";
                if let Some(path) = file.and_then(|field| field.value.text()) {
                    message += &format!(" in {}", path.as_str());
                    help = "name a service of that file";
                }
                self.loader.builder.error(value.span, message, help);
            }
            return None;
        }
        if chain.contains(&(others.file, service.clone())) || chain.len() >= MAX_CHAIN {
            let names: Vec<&str> = chain.iter().map(|(_, name)| name.as_str()).collect();
            let message =
                format!("Circular reference: {} extends {service}", names.join(" extends "));
            let help = "remove one `extends` of the circle";
            self.loader.builder.error(value.span, message, help);
            return None;
        }
        self.extended(&others, &service, chain).and_then(settle).filter(|base| !base.is_null())
    }

    /// The services of the file under `extends.file`, if it is pasted.
    fn other_file(&mut self, name: &str, file: &Field) -> Option<Services> {
        let scalar = file.value.scalar()?;
        let path = scalar.located(scalar.text.as_str());
        let Some(found) = self.loader.find(self.scope, &path) else {
            self.loader.external.push((scalar.text.as_str().to_owned(), file.span));
            return None;
        };
        let (services, has_services) = self.loader.base_services(found, directory(&path));
        if !has_services && !services.incomplete {
            let message = format!(
                "cannot extend service {} in {}: no services section",
                go::quote(name),
                scalar.text.as_str()
            );
            self.loader.builder.error(file.span, message, "name the file that has the service");
            return None;
        }
        Some(services)
    }
}

/// What is reset or replaced in a service is so in earlier files, too: puts the tags of its own
/// settings on what came of them.
pub(super) fn keep_tags(own: &Tree, merged: &mut Tree) {
    let Data::Map(fields) = &mut merged.data else { return };
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
