//! Which names the script may use, and how its files are called.

use crate::intake::instance_name;
use crate::text::{FileKind, short_name};

use super::quote::check;
use super::{Refusal, ScriptInput};

/// The names of Compose's and Docker's files as pasted.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// The Compose files in order; the first is the main one.
    pub(super) compose: Vec<&'a str>,
    /// How many of them Compose is started with; the others are named by these.
    pub(super) started: usize,
    /// The project's `.env` file.
    pub(super) env: Option<&'a str>,
    /// The changed environment files that the Compose files name.
    pub(super) other_env: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// Collects the names, each once, and lets them through the gate.
    pub(super) fn new(input: &ScriptInput<'a>) -> Result<Self, Refusal> {
        let mut compose = Vec::new();
        let changed = |kind| {
            let files = input.files.iter().filter(move |file| file.kind == kind);
            files.filter(|file| file.changes()).map(|file| file.name)
        };
        for name in input.compose_files.iter().copied().chain(changed(FileKind::Compose)) {
            if !compose.contains(&name) {
                compose.push(name);
            }
        }
        let started = compose.iter().filter(|name| input.compose_files.contains(name)).count();
        let is_default = |name: &&str| short_name(name) == FileKind::Env.default_name();
        let env = input.env_file.or_else(|| changed(FileKind::Env).find(is_default));
        let other_env = changed(FileKind::Env).filter(|name| Some(*name) != env).collect();
        let all = compose.iter().copied().chain(env).chain(changed(FileKind::Env));
        for name in all.chain(changed(FileKind::Lima)).chain(input.new_vm) {
            check("the name of a file", name)?;
        }
        Ok(Self { compose, started, env, other_env })
    }

    /// What the script calls a file of this kind; none for what is no file on disk.
    pub(super) fn key(&self, kind: FileKind, name: &str) -> Option<String> {
        match kind {
            FileKind::Lima => Some("lima".to_owned()),
            FileKind::Env if self.env == Some(name) => Some("env".to_owned()),
            FileKind::Env => {
                let index = self.other_env.iter().position(|&other| other == name)?;
                Some(format!("env_{}", index + 2))
            }
            FileKind::Compose => {
                let index = self.compose.iter().position(|&compose| compose == name)?;
                Some(format!("compose_{}", index + 1))
            }
            FileKind::Limactl | FileKind::Error => None,
        }
    }

    /// A file's name in a sentence. The VM's own file is the one that Lima calls so.
    pub(super) fn short(&self, kind: FileKind, name: &'a str) -> &'a str {
        if kind == FileKind::Lima {
            return FileKind::Lima.default_name();
        }
        let short = short_name(name);
        let all = self.compose.iter().chain(&self.other_env).copied().chain(self.env);
        let alike = all.filter(|other| short_name(other) == short).count();
        if alike > 1 || short == FileKind::Lima.default_name() { name } else { short }
    }

    /// Whether Compose finds its files without being told.
    pub(super) fn compose_finds_files(&self) -> bool {
        let mut started = self.compose.iter().take(self.started);
        started.all(|name| STANDARD.contains(name) || OVERRIDES.contains(name))
    }

    /// Whether Compose finds the `.env` file without being told.
    pub(super) fn compose_finds_env(&self) -> bool {
        matches!(self.env, None | Some(".env"))
    }
}

/// What Compose looks for, in its order.
pub(super) const STANDARD: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// What Compose adds to the first of [`STANDARD`] that it finds.
const OVERRIDES: [&str; 4] = [
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Refuses what Lima refuses as the name of a VM.
pub(super) fn check_instance(name: &str) -> Result<(), Refusal> {
    instance_name(name).map(drop).map_err(|_| Refusal::InstanceName(name.to_owned()))
}

/// Refuses what Compose refuses as the name of a service, and a name that starts like an option.
pub(super) fn check_service(name: &str) -> Result<(), Refusal> {
    let legal = !name.is_empty()
        && !name.starts_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if legal { Ok(()) } else { Err(Refusal::ServiceName(name.to_owned())) }
}

/// Whether a shell can hold a variable of this name.
pub(super) fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_files_without_folders_where_that_is_clear() {
        let names = Names {
            compose: vec!["./a/compose.yml", "./b/compose.yml", "c/more.yml", "d/", "lima.yaml"],
            started: 5,
            env: Some("../x/.env"),
            other_env: vec!["e/api.env"],
        };
        for (kind, name, expected) in [
            (FileKind::Compose, "./a/compose.yml", "./a/compose.yml"),
            (FileKind::Compose, "c/more.yml", "more.yml"),
            (FileKind::Compose, "d/", "d/"),
            (FileKind::Env, "../x/.env", ".env"),
            (FileKind::Env, "e/api.env", "api.env"),
            (FileKind::Lima, "./dev.yaml", "lima.yaml"),
        ] {
            assert_eq!(names.short(kind, name), expected, "{name}");
        }
    }

    #[test]
    fn a_service_has_a_name_that_compose_accepts() {
        for (name, legal) in [
            ("api", true),
            ("_a.b-c", true),
            ("", false),
            ("-d", false),
            ("a b", false),
            ("$(x)", false),
        ] {
            assert_eq!(check_service(name).is_ok(), legal, "{name:?}");
        }
    }
}
