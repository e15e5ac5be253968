//! The variables that Compose follows references with: the shell first, then `.env`.

use std::collections::BTreeMap;

use crate::syntax::dotenv::EnvFile;
use crate::syntax::interpolation::InterpolationError;
use crate::text::{FileId, Reference, Traced, ValueFrom};

/// The variables in force, resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether a `.env` was pasted at all; without one, an unset name may still have a value.
    pub file: Option<FileId>,
    /// The entries of `.env`, resolved, in order, the live one of each name.
    pub variables: Vec<(String, Traced)>,
    /// Names without a value that `.env` refers to.
    pub unset: Vec<Reference>,
    /// Why Compose would refuse the file.
    pub errors: Vec<InterpolationError>,
    shell: BTreeMap<String, String>,
}

impl Environment {
    /// Follows the references of `.env`; `shell` holds the variables that Compose would see.
    pub fn resolve(
        file: Option<(FileId, &EnvFile)>,
        shell: &BTreeMap<String, String>,
    ) -> Environment {
        Environment { file: file.map(|(id, _)| id), shell: shell.clone(), ..Environment::default() }
    }

    /// The value of a name as Compose finds it: the shell's, else that of `.env`.
    pub fn lookup(&self, name: &str) -> Option<(Traced, ValueFrom)> {
        if let Some(value) = self.shell.get(name) {
            return Some((Traced::opaque(value.clone(), None), ValueFrom::Shell));
        }
        let (_, value) = self.variables.iter().find(|(key, _)| key == name)?;
        Some((value.clone(), ValueFrom::EnvFile))
    }
}
