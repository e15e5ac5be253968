#![doc = include_str!("env_name_twice.md")]

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::Rule;
use crate::syntax::dotenv::{EnvEntry, Quote};
use crate::topology::Setup;

/// `.env` sets a name to two values.
pub const RULE: Rule = Rule {
    name: "env-name-twice",
    severity: Severity::Warning,
    summary: "`.env` sets a name twice, and only the last value counts",
    docs: include_str!("env_name_twice.md"),
    covers: &[],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some((_, env)) = &setup.env_file else { return Vec::new() };
    let mut used: Vec<(usize, &str)> = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, entry) in env.entries.iter().enumerate() {
        used.extend(references(entry).map(|name| (i, name)));
        last.insert(&entry.key, i);
    }
    used.sort_unstable_by_key(|(at, name)| (*name, *at));
    let is_used = |name: &str, after: usize, until: usize| {
        let first = used.partition_point(|(at, other)| (*other, *at) <= (name, after));
        used.get(first).is_some_and(|(at, other)| *other == name && *at <= until)
    };
    let replaced = env.entries.iter().enumerate().filter_map(|(i, entry)| {
        let live = *last.get(entry.key.as_str())?;
        let by = env.entries.get(live).filter(|_| live > i)?;
        let differ = value(entry)? != value(by)?;
        // What an entry below builds on is no slip.
        (differ && !is_used(&entry.key, i, live)).then(|| finding(entry, by))
    });
    replaced.collect()
}

fn value(entry: &EnvEntry) -> Option<&str> {
    entry.value.as_ref().map(|value| value.text.as_str())
}

/// The names that the value refers to, by their looks: one too many only keeps the rule silent.
fn references(entry: &EnvEntry) -> impl Iterator<Item = &str> {
    let value = entry.value.as_ref().filter(|value| value.quote != Quote::Single);
    let parts = value.into_iter().flat_map(|value| value.text.as_str().split('$').skip(1));
    parts.map(|part| {
        let part = part.trim_start_matches('{');
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        part.get(..end.unwrap_or(part.len())).unwrap_or_default()
    })
}

fn finding(entry: &EnvEntry, by: &EnvEntry) -> Diagnostic {
    Diagnostic {
        detail: "The last one counts. Remove the one that is not meant.".to_owned(),
        evidence: vec![
            Evidence::new(entry.span, "this value takes no effect"),
            Evidence::new(by.span, "this one counts"),
        ],
        ..RULE.finding(entry.span, format!("`{}` is set again below, to another value", entry.key))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_last_one_counts() {
        check(
            "#- .env\nPORT=20022\nJOBS=/srv/jobs\nPORT='52136'\nexport PORT=52137 # new\n",
            &expect![[r#"
                warning[env-name-twice] .env:1:1: `PORT` is set again below, to another value
                  .env:1:1: this value takes no effect
                  .env:4:1: this one counts
                warning[env-name-twice] .env:3:1: `PORT` is set again below, to another value
                  .env:3:1: this value takes no effect
                  .env:4:1: this one counts
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn repetitions_and_values_that_build_on_each_other() {
        for text in [
            "PORT=1\nPORT=1\n",
            "PORT=1\nPORT='1'\n",
            "PORT\nPORT=1\n",
            "OPTS=-a\nOPTS=\"$OPTS -b\"\n",
            "PORT=1\nURI=h:${PORT}/x\nPORT=2\nV=$PORT\n",
            "PORT=1\n#PORT=2\nport=3\n",
        ] {
            check_clean(&RULE, &format!("#- .env\n{text}"));
        }
    }
}
