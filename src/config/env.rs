//! The variables that Compose follows references with: the shell first, then `.env`.
//!
//! A variable that the shell exports wins over the entry in `.env`, even where it is empty
//! (Docker docs, "Environment variables precedence"). The shell's variables are not in the pasted
//! files; the few that every shell has stand for themselves, see [`Environment::lookup`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::syntax::dotenv::{EnvFile, Quote};
use crate::syntax::interpolation::{InterpolationError, Lookup, interpolate};
use crate::text::{FileId, Reference, Span, Traced, ValueFrom};

/// How many bytes the values of one file may come to by references in all.
const MAX_TOTAL: usize = 16 * 1024 * 1024;

/// The variables in force, resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether a `.env` was pasted at all; without one, an unset name may still have a value.
    pub file: Option<FileId>,
    /// The entries of `.env`, resolved, in order, the live one of each name. A bare name is there
    /// where the shell has it.
    pub variables: Vec<(String, Traced)>,
    /// Names without a value that `.env` refers to.
    pub unset: Vec<Reference>,
    /// Why Compose would refuse the file.
    pub errors: Vec<InterpolationError>,
    shell: BTreeMap<String, String>,
    index: BTreeMap<String, usize>,
    /// The environment that wins over this one.
    outer: Option<Arc<Environment>>,
}

/// The entries of a file with their references followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResolvedEntries {
    /// The live entry of each name with its place, in order.
    pub(crate) variables: Vec<(String, Span, Traced)>,
    pub(crate) unset: Vec<Reference>,
    pub(crate) errors: Vec<InterpolationError>,
}

/// The values of files that are read one after the other: what the later ones refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct EarlierEntries {
    pub(crate) variables: Vec<(String, Span, Traced)>,
    index: BTreeMap<String, usize>,
}

impl EarlierEntries {
    pub(crate) fn get(&self, name: &str) -> Option<&Traced> {
        self.variables.get(*self.index.get(name)?).map(|(_, _, value)| value)
    }

    /// Adds the entries of one more file, which win over those before.
    pub(crate) fn extend(&mut self, entries: Vec<(String, Span, Traced)>) {
        for entry in entries {
            match self.index.get(&entry.0).and_then(|at| self.variables.get_mut(*at)) {
                Some(before) => *before = entry,
                None => {
                    self.index.insert(entry.0.clone(), self.variables.len());
                    self.variables.push(entry);
                }
            }
        }
    }
}

impl Environment {
    /// Follows the references of `.env`; `shell` holds the variables that Compose would see.
    pub fn resolve(
        file: Option<(FileId, &EnvFile)>,
        shell: &BTreeMap<String, String>,
    ) -> Environment {
        let mut res = Environment { shell: shell.clone(), ..Environment::default() };
        let Some((id, entries)) = file else { return res };
        let resolved = resolve_entries(entries, &|name| res.shell_value(name), &|_| None);
        res.file = Some(id);
        res.add(resolved.variables);
        res.unset = resolved.unset;
        res.errors = resolved.errors;
        res
    }

    /// The variables of `outer`, and those of further files where it has none of the name: what
    /// an included file refers to. The files share their entries, of which the last one wins.
    /// `unset` and `errors` are those of the files.
    pub(crate) fn within<'a>(
        outer: Arc<Environment>,
        files: impl Iterator<Item = &'a EnvFile>,
    ) -> Environment {
        let mut res = Environment { file: outer.file, ..Environment::default() };
        let mut earlier = EarlierEntries::default();
        for file in files {
            let before = |name: &str| earlier.get(name).cloned();
            let resolved = resolve_entries(file, &|name| outer.lookup(name), &before);
            res.unset.extend(resolved.unset);
            res.errors.extend(resolved.errors);
            earlier.extend(resolved.variables);
        }
        res.add(earlier.variables);
        res.outer = Some(outer);
        res
    }

    fn add(&mut self, entries: Vec<(String, Span, Traced)>) {
        for (name, _, value) in entries {
            self.index.insert(name.clone(), self.variables.len());
            self.variables.push((name, value));
        }
    }

    /// The value of a name as Compose finds it: the shell's, else that of `.env`.
    ///
    /// Four variables that a shell always has stand for themselves where their values are not
    /// known: `HOME` is `~`, `PWD` is `.`, `USER` and `LOGNAME` are `$USER`.
    pub fn lookup(&self, name: &str) -> Option<(Traced, ValueFrom)> {
        let before = match &self.outer {
            Some(outer) => outer.lookup(name),
            None => self.shell_value(name),
        };
        if before.is_some() {
            return before;
        }
        let (_, value) = self.variables.get(*self.index.get(name)?)?;
        Some((value.clone(), ValueFrom::EnvFile))
    }

    fn shell_value(&self, name: &str) -> Option<(Traced, ValueFrom)> {
        let value = self.shell.get(name).map(String::as_str).or(match name {
            "HOME" => Some("~"),
            "PWD" => Some("."),
            "USER" | "LOGNAME" => Some("$USER"),
            _ => None,
        })?;
        Some((Traced::opaque(value, None), ValueFrom::Shell))
    }
}

/// Follows the references of the entries in order: with `lookup` first, then with the entries
/// before, then with `earlier`. A bare name takes what `lookup` has, and is left out where that has
/// nothing.
pub(crate) fn resolve_entries(
    file: &EnvFile,
    lookup: Lookup,
    earlier: &dyn Fn(&str) -> Option<Traced>,
) -> ResolvedEntries {
    let mut res = ResolvedEntries::default();
    let mut live: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all: Vec<Option<(String, Span, Traced)>> = Vec::new();
    let mut room = MAX_TOTAL;
    for entry in &file.entries {
        let value = match &entry.value {
            None => match lookup(&entry.key) {
                Some((value, from)) => {
                    let (name, at) = (entry.key.clone(), Some(entry.key_span));
                    value.through(&Reference { name, at, from })
                }
                None => continue,
            },
            Some(value) if matches!(value.quote, Quote::Single | Quote::Raw) => value.text.clone(),
            Some(value) => {
                let followed = interpolate(&value.text, &|name| {
                    let own = || {
                        let (_, _, value) = all.get(*live.get(name)?)?.as_ref()?;
                        Some(value.clone())
                    };
                    lookup(name).or_else(|| {
                        let value = own().or_else(|| earlier(name))?;
                        Some((value, ValueFrom::EnvFile))
                    })
                });
                res.unset.extend(followed.unset);
                res.errors.extend(followed.error);
                followed.value
            }
        };
        let Some(left) = room.checked_sub(value.as_str().len()) else {
            let message = "the values grow too long".to_owned();
            res.errors.push(InterpolationError { span: Some(entry.span), message });
            break;
        };
        room = left;
        if let Some(before) = live.insert(&entry.key, all.len())
            && let Some(slot) = all.get_mut(before)
        {
            *slot = None;
        }
        all.push(Some((entry.key.clone(), entry.span, value)));
    }
    res.variables = all.into_iter().flatten().collect();
    res
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: FileId = FileId(3);

    fn environment(text: &str, shell: &[(&str, &str)]) -> Environment {
        let shell = shell.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Environment::resolve(Some((FILE, &EnvFile::parse(FILE, text))), &shell)
    }

    fn variables(environment: &Environment) -> Vec<(&str, &str)> {
        environment.variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
    }

    #[test]
    fn references_see_the_shell_then_the_entries_before() {
        for (text, shell, expected) in [
            ("P=1\nU=<$P>\n", &[][..], &[("P", "1"), ("U", "<1>")][..]),
            ("P=1\nU=$P\n", &[("P", "2")], &[("P", "1"), ("U", "2")]),
            ("P=${P:-1}\nU=$P\n", &[("P", "5")], &[("P", "5"), ("U", "5")]),
            ("U=${P-d}\nP=1\n", &[], &[("U", "d"), ("P", "1")]),
            ("P=1\nU=\"$P\"\nV='$P'\n", &[], &[("P", "1"), ("U", "1"), ("V", "$P")]),
            ("U=\"\\$P $$P\"\n", &[], &[("U", "$P $P")]),
            ("P=1\nQ=0\nP=2\nU=$P\n", &[], &[("Q", "0"), ("P", "2"), ("U", "2")]),
            ("A\nB\n", &[("A", "from the shell")], &[("A", "from the shell")]),
            ("A=1\nA\n", &[], &[("A", "1")]),
            ("D=$HOME/x:$PWD\n", &[], &[("D", "~/x:.")]),
            ("HOME=/in/the/file\nD=$HOME\n", &[], &[("HOME", "/in/the/file"), ("D", "~")]),
        ] {
            let res = environment(text, shell);
            assert_eq!(variables(&res), expected, "{text:?} {shell:?}");
            assert_eq!((&res.unset[..], &res.errors[..]), (&[][..], &[][..]), "{text:?}");
        }
    }

    #[test]
    fn the_shell_wins_even_when_it_is_empty() {
        let res = environment("A=1\nB=2\n", &[("A", "")]);
        let lookup = |name| res.lookup(name).map(|(v, from)| (v.as_str().to_owned(), from));
        assert_eq!(lookup("A"), Some((String::new(), ValueFrom::Shell)));
        assert_eq!(lookup("B"), Some(("2".to_owned(), ValueFrom::EnvFile)));
        assert_eq!(lookup("C"), None);
    }

    #[test]
    fn what_is_missing_is_told_and_the_rest_resolved() {
        let text = "U=$LATER\nLATER=1\nR=${X:?say}\nS=2\n";
        let res = environment(text, &[]);
        assert_eq!(res.unset.len(), 1);
        let error = &res.errors[0];
        assert_eq!(error.message, "required variable X is missing a value: say");
        assert_eq!(&text[error.span.unwrap().range()], "${X:?say}");
        assert_eq!(res.lookup("S").unwrap().0.as_str(), "2");
    }

    #[test]
    fn a_value_is_traced_through_other_entries() {
        let text = "PORT=52136\nSSH=h:${PORT}\nURI=\"qemu+ssh://$SSH/system\"\n";
        let res = environment(text, &[]);
        let uri = &res.lookup("URI").unwrap().0;
        let at = uri.as_str().find("52136").unwrap();
        assert_eq!(uri.written_at(at..at + 5), Some(Span::new(FILE, 5, 10)));
        let via: Vec<_> = uri.references().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(via, ["SSH", "PORT"]);
    }

    #[test]
    fn values_that_multiply_each_other_have_an_end() {
        let mut text = "A0=xxxxxxxxxxxxxxxx\n".to_owned();
        for i in 1..40 {
            text += &format!("A{i}=$A{p}$A{p}$A{p}$A{p}\nB{i}=$A{i}\n", p = i - 1);
        }
        let res = environment(&text, &[]);
        assert!(!res.errors.is_empty());
        let total: usize = res.variables.iter().map(|(_, value)| value.as_str().len()).sum();
        assert!(total <= MAX_TOTAL, "{total}");
        let mut chain = "A0=x\n".to_owned();
        for i in 1..2000 {
            chain += &format!("A{i}=$A{}$NONE\n", i - 1);
        }
        let res = environment(&chain, &[]);
        assert_eq!(res.lookup("A1999").unwrap().0.as_str(), "x");
    }

    proptest! {
        #[test]
        fn any_file_resolves(text in "[AB=:'\"\\\\ #$\n?0{}-]{0,60}") {
            let res = environment(&text, &[("B", "$A")]);
            for (name, _) in &res.variables {
                prop_assert!(res.lookup(name).is_some());
            }
        }
    }
}
