//! The files that a Compose file names, before anything of it is read.

use super::catalog::{directory, join};
use crate::syntax::interpolation::{Lookup, interpolate};
use crate::syntax::yaml::{Document, Node, Yaml};

/// The most files that one file is expected to name; those beyond are not looked for.
const MOST: usize = 200;

/// What a Compose file names. Paths are relative to the directory that its own are relative to.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentions {
    /// The Compose files under `include` and `extends`, each with the directory that the paths in
    /// it are relative to.
    pub(super) compose: Vec<(String, String)>,
    /// The files under `env_file`, and the `.env` of what is included.
    pub(super) env: Vec<String>,
}

impl Mentions {
    /// What the file names, references followed with `lookup`.
    pub(super) fn of(yaml: &Yaml, lookup: Lookup) -> Mentions {
        let mut res = Mentions::default();
        for document in &yaml.documents {
            let Some(root) = &document.root else { continue };
            let reader = Reader { document, lookup };
            for item in reader.all(root, "include") {
                reader.include(item, &mut res);
            }
            let Some(services) = document.get(root, "services") else { continue };
            for service in document.entries(&services.value) {
                reader.service(&service.value, &mut res);
            }
        }
        res.compose.sort_unstable();
        res.compose.dedup();
        res.compose.truncate(MOST);
        res.env.sort_unstable();
        res.env.dedup();
        res.env.truncate(MOST);
        res
    }
}

struct Reader<'a> {
    document: &'a Document,
    lookup: Lookup<'a>,
}

impl<'a> Reader<'a> {
    fn include(&self, item: &Node, res: &mut Mentions) {
        let mut paths = self.texts(item, "path");
        paths.extend(self.text(item));
        let Some(main) = paths.first() else { return };
        let project = self.texts(item, "project_directory").into_iter().next();
        let working = project.unwrap_or_else(|| directory(main).to_owned());
        let mut files = self.texts(item, "env_file");
        if files.is_empty() {
            files.push(join(&working, ".env"));
        }
        res.env.extend(files);
        res.compose.extend(paths.into_iter().map(|path| (path, working.clone())));
    }

    fn service(&self, service: &Node, res: &mut Mentions) {
        if let Some(extends) = self.document.get(service, "extends") {
            let files = self.texts(&extends.value, "file").into_iter();
            res.compose.extend(files.map(|path| {
                let working = directory(&path).to_owned();
                (path, working)
            }));
        }
        for item in self.all(service, "env_file") {
            res.env.extend(self.text(item));
            res.env.extend(self.texts(item, "path"));
        }
    }

    /// The items of a list under `key`; a value that is no list is its only item.
    fn all(&self, node: &'a Node, key: &str) -> Vec<&'a Node> {
        let Some(entry) = self.document.get(node, key) else { return Vec::new() };
        let items = self.document.items(&entry.value);
        if items.is_empty() { vec![self.document.resolve(&entry.value)] } else { items }
    }

    fn texts(&self, node: &Node, key: &str) -> Vec<String> {
        let Some(entry) = self.document.get(node, key) else { return Vec::new() };
        let items = self.document.items(&entry.value);
        let own = self.text(&entry.value);
        items.into_iter().filter_map(|item| self.text(item)).chain(own).collect()
    }

    fn text(&self, node: &Node) -> Option<String> {
        let scalar = self.document.resolve(node).scalar()?;
        let text = interpolate(&scalar.text, self.lookup).value.as_str().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }
}
