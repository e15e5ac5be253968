//! The pasted files that a project is made of: those that Compose starts with, and its `.env`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::catalog::{Catalog, directory, join};
use super::mentions::Mentions;
use crate::config::env::Environment;
use crate::syntax::yaml::Yaml;
use crate::text::{FileId, short_name};

/// The names that Compose looks for, in its order. It reads the first that is there.
const STANDARD: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The names of which Compose adds the first that is there.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The pasted files that Compose may read, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Pasted<'a> {
    /// The Compose files with their names.
    pub compose: Vec<(FileId, &'a str, &'a Yaml)>,
    /// The environment files with their names and texts.
    pub env: Vec<(FileId, &'a str, &'a str)>,
}

/// The Compose files that a project starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roots {
    /// In the order in which they are merged.
    pub(super) files: Vec<FileId>,
    /// Pasted, and neither among them nor named by another file.
    pub(super) unread: Vec<FileId>,
    /// Named by `COMPOSE_FILE` and not pasted.
    pub(super) missing: Vec<String>,
}

impl<'a> Pasted<'a> {
    /// The project's own `.env`: the one of that name beside the Compose file, or else the first
    /// environment file that no Compose file names. `shell` holds the variables that the shell has.
    pub fn project_env(&self, shell: &BTreeMap<String, String>) -> Option<FileId> {
        let environment = Environment::resolve(None, shell);
        let mentions = self.mentions(&environment);
        let roots = self.roots_by_name(&mentions);
        let main = roots.files.first().map_or("", |file| self.name(*file));
        let mut catalog = Catalog::new(self.env.iter().map(|(id, name, _)| (*id, *name)));
        let beside = catalog.find(&join(directory(main), ".env"));
        beside.or_else(|| {
            let mut named = HashSet::new();
            for root in &roots.files {
                self.walk(*root, &mentions, |path| named.extend(catalog.find(path)));
            }
            self.env.iter().map(|(id, ..)| *id).find(|id| !named.contains(id))
        })
    }

    /// The files that Compose starts with: those that `COMPOSE_FILE` names, or else all that no
    /// other file names, by their names.
    pub(super) fn roots(&self, environment: &Environment) -> Roots {
        let mentions = self.mentions(environment);
        let by_name = self.roots_by_name(&mentions);
        let value = |name| environment.lookup(name).map(|(value, _)| value.as_str().to_owned());
        let Some(list) = value("COMPOSE_FILE").filter(|list| !list.is_empty()) else {
            return by_name;
        };
        let separator = value("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
        let mut catalog = Catalog::new(self.compose.iter().map(|(id, name, _)| (*id, *name)));
        let base = by_name.files.first().map_or(".", |file| directory(self.name(*file)));
        let mut res = Roots::default();
        for path in list.split(separator.as_deref().unwrap_or(":")) {
            match catalog.find(&join(base, path)) {
                Some(file) if !res.files.contains(&file) => res.files.push(file),
                Some(_) => {}
                None => res.missing.push(path.to_owned()),
            }
        }
        // None of the files has its name: they may be called otherwise where they come from.
        if res.files.is_empty() {
            return by_name;
        }
        let mut read: HashSet<FileId> = res.files.iter().copied().collect();
        for root in &res.files {
            read.extend(self.reached(*root, &mentions));
        }
        res.unread = self.ids().filter(|id| !read.contains(id)).collect();
        res
    }

    fn roots_by_name(&self, mentions: &HashMap<FileId, Mentions>) -> Roots {
        let mut named: HashSet<FileId> = HashSet::new();
        for id in self.ids() {
            if !named.contains(&id) {
                let is_override = OVERRIDES.contains(&short_name(self.name(id)));
                let reached = self.reached(id, mentions).into_iter();
                // What Compose adds to the main file does not make it another's part.
                named.extend(reached.filter(|other| {
                    !(is_override && STANDARD.contains(&short_name(self.name(*other))))
                }));
            }
        }
        let mut files: Vec<FileId> = self.ids().filter(|id| !named.contains(id)).collect();
        if files.is_empty() {
            files = self.ids().collect();
            files.sort_by_key(|id| self.rank(*id));
            files.truncate(1);
        }
        files.sort_by_key(|id| self.rank(*id));
        // Of several main files in one directory Compose reads the first.
        let mut directories = HashSet::new();
        let (files, unread) = files.into_iter().partition(|id| {
            let name = self.name(*id);
            !STANDARD.contains(&short_name(name)) || directories.insert(directory(name).to_owned())
        });
        Roots { files, unread, missing: Vec::new() }
    }

    /// Where a file stands by its name: main files, what Compose adds to them, others, and what
    /// others are overridden with.
    fn rank(&self, file: FileId) -> usize {
        let short = short_name(self.name(file));
        let place = |names: &[&str]| names.iter().position(|name| *name == short);
        match (place(&STANDARD), place(&OVERRIDES)) {
            (Some(place), _) => place,
            (_, Some(place)) => STANDARD.len() + place,
            _ if short.contains(".override.") => STANDARD.len() + OVERRIDES.len() + 1,
            _ => STANDARD.len() + OVERRIDES.len(),
        }
    }

    /// The other files that a file leads to.
    fn reached(&self, file: FileId, mentions: &HashMap<FileId, Mentions>) -> HashSet<FileId> {
        let mut reached = self.walk(file, mentions, |_| {});
        reached.remove(&file);
        reached
    }

    /// Follows what a file names from file to file, and hands on the paths of environment files.
    fn walk(
        &self,
        start: FileId,
        mentions: &HashMap<FileId, Mentions>,
        mut on_env: impl FnMut(&str),
    ) -> HashSet<FileId> {
        let mut catalog = Catalog::new(self.compose.iter().map(|(id, name, _)| (*id, *name)));
        catalog.locate(start);
        let mut seen = HashSet::from([start]);
        let mut open = vec![(start, directory(self.name(start)).to_owned())];
        while let Some((file, working)) = open.pop() {
            let Some(mentions) = mentions.get(&file) else { continue };
            mentions.env.iter().for_each(|path| on_env(&join(&working, path)));
            for (path, inner) in &mentions.compose {
                let found = catalog.find(&join(&working, path)).filter(|file| seen.insert(*file));
                open.extend(found.map(|file| (file, join(&working, inner))));
            }
        }
        seen
    }

    fn mentions(&self, environment: &Environment) -> HashMap<FileId, Mentions> {
        let lookup = |name: &str| environment.lookup(name);
        self.compose.iter().map(|(id, _, yaml)| (*id, Mentions::of(yaml, &lookup))).collect()
    }

    fn ids(&self) -> impl Iterator<Item = FileId> {
        self.compose.iter().map(|(id, ..)| *id)
    }

    pub(super) fn name(&self, file: FileId) -> &'a str {
        self.compose.iter().find(|(id, ..)| *id == file).map_or("", |(_, name, _)| *name)
    }

    pub(super) fn yaml(&self, file: FileId) -> Option<&'a Yaml> {
        self.compose.iter().find(|(id, ..)| *id == file).map(|(_, _, yaml)| *yaml)
    }

    /// The text of an environment file.
    pub(super) fn env_text(&self, file: FileId) -> &'a str {
        self.env.iter().find(|(id, ..)| *id == file).map_or("", |(_, _, text)| *text)
    }
}
