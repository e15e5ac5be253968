#![doc = include_str!("variable_misspelled.md")]

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Evidence, Severity};
use crate::rules::Rule;
use crate::text::{FileKind, Span, ValueFrom};
use crate::topology::Setup;

/// `.env` sets a name that nothing reads, and one that is all but the same falls to its default.
pub const RULE: Rule = Rule {
    name: "variable-misspelled",
    severity: Severity::Warning,
    summary: "`.env` sets a name that nothing reads, beside one that is all but the same",
    docs: include_str!("variable_misspelled.md"),
    covers: &["M6"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let Some((file, env)) = &setup.env_file else { return Vec::new() };
    let compose: Vec<&str> =
        setup.sources.of_kind(FileKind::Compose).map(|(_, file)| file.text.as_str()).collect();
    if compose.is_empty() {
        return Vec::new();
    }
    // A service that reads the whole file reads every name.
    let services = setup.compose.services.iter();
    if services.flat_map(|service| &service.env_files).any(|other| other.file == Some(*file)) {
        return Vec::new();
    }
    let set: BTreeSet<&str> = env.entries.iter().map(|entry| entry.key.as_str()).collect();
    let fallen = fallen(setup);
    let read: BTreeSet<&str> = compose.iter().flat_map(|text| referred(text)).collect();
    let mut told = BTreeSet::new();
    let mut res = Vec::new();
    for entry in &env.entries {
        let name = entry.key.as_str();
        if read.contains(name) || hands_on(setup, name) || !told.insert(name) {
            continue;
        }
        let near = fallen.iter().find(|(other, _, value)| {
            is_near(name, other, value.is_some()) && !set.contains(other)
        });
        if let Some((other, at, value)) = near {
            let span = Span { file: *file, ..entry.key_span };
            let used = match value {
                Some(value) => format!("reads `{other}`, which falls to its default `{value}`"),
                None => format!("reads `{other}`, which is not set"),
            };
            res.push(Diagnostic {
                detail: format!("Write `{other}` in `{}`, if that is meant.", setup.env_name()),
                evidence: vec![
                    Evidence::new(span, "set, and read by nothing that is pasted"),
                    Evidence::new(*at, used),
                ],
                ..RULE.finding(
                    span,
                    format!("likely: `{name}` has no effect, and `{other}` is meant"),
                )
            });
        }
    }
    res
}

/// The variables that the Compose files read and that nothing sets: name, place and default.
fn fallen(setup: &Setup) -> Vec<(&str, Span, Option<String>)> {
    let mut res: Vec<(&str, Span, Option<String>)> = Vec::new();
    let unset = setup.compose.unset.iter();
    res.extend(unset.filter_map(|reference| Some((reference.name.as_str(), reference.at?, None))));
    for service in &setup.compose.services {
        let sources = service.binds.iter().flat_map(|bind| [&bind.source, &bind.target]);
        let values = service.environment.iter().filter_map(|variable| variable.value.as_ref());
        for piece in sources.chain(values).flat_map(|value| value.pieces()) {
            let Some(reference) = piece.via.first() else { continue };
            if reference.from == ValueFrom::Default
                && let Some(at) = reference.at
            {
                let value = piece.span.map(|span| setup.sources.text(span.file).get(span.range()));
                res.push((&reference.name, at, value.flatten().map(str::to_owned)));
            }
        }
    }
    res
}

/// The variables that a Compose file refers to.
fn referred(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('$').filter_map(move |(at, _)| {
        let rest = text.get(at + 1..)?;
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

/// Whether a variable is handed on to a container under its own name.
fn hands_on(setup: &Setup, name: &str) -> bool {
    let variables = setup.compose.services.iter().flat_map(|service| &service.environment);
    let mut own = variables.filter(|variable| variable.name == name);
    own.any(|variable| {
        let references = variable.value.as_ref().map(|value| value.references());
        references.is_none_or(|references| references.iter().any(|r| r.name == name))
    })
}

/// Whether two names differ in one letter that is added or left out, or is another: not in a digit,
/// which tells things apart. `APP_PORT` and `API_PORT` are two things, so another letter counts only
/// where the name that is read has no default, and one more letter only in a long name.
fn is_near(one: &str, other: &str, has_default: bool) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let is_same_length = short.len() == long.len();
    if short.len() < if has_default { 8 } else { 4 } || (has_default && is_same_length) {
        return false;
    }
    if long.len() - short.len() > 1 || short == long {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (rest_short, rest_long) = (short.get(same..), long.get(same + 1..));
    let is_letter = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_digit());
    let tail = match short.len() == long.len() {
        true => short.get(same + 1..) == rest_long,
        false => rest_short == rest_long,
    };
    tail && is_letter(long.get(same))
        && is_letter(short.get(same).filter(|_| short.len() == long.len()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{RULE, is_near};
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_singular_for_a_plural() {
        check(
            r#"
#- compose.yaml
services:
  api:
    image: api
    environment: {BASE_IMAGE_DIR: /base}
    volumes:
      - ${BASE_IMAGES_DIR:-/srv/base}:/base
      - $JOBS_ROOT:/jobs
#- .env
BASE_IMAGE_DIR=/Users/me/base
JOB_ROOT=/Users/me/jobs
PORT1=1
"#,
            &expect![[r#"
                error[compose-syntax] compose.yaml:7:9: invalid spec: :/jobs: empty section between colons
                warning[variable-misspelled] .env:1:1: likely: `BASE_IMAGE_DIR` has no effect, and `BASE_IMAGES_DIR` is meant
                  .env:1:1: set, and read by nothing that is pasted
                  compose.yaml:6:9: reads `BASE_IMAGES_DIR`, which falls to its default `/srv/base`
                warning[variable-misspelled] .env:2:1: likely: `JOB_ROOT` has no effect, and `JOBS_ROOT` is meant
                  .env:2:1: set, and read by nothing that is pasted
                  compose.yaml:7:9: reads `JOBS_ROOT`, which is not set
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn names_that_are_read_or_far_from_any() {
        for fixture in [
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['${BASE_DIR:-/b}:/b'], environment: [BASES_DIR]}}\n#- .env\nBASES_DIR=/x\n",
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['${BASE_DIR:-/b}:/b'], env_file: .env}}\n#- .env\nBASES_DIR=/x\n",
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['${BASE_DIR:-/b}:/b']}}\n#- .env\nOTHER=1\nBASE_DIR=/x\nBASE_DIRS=/y\n",
            "#- compose.yaml\nservices: {api: {image: api, environment: {A: '${HOST_2:-x}'}}}\n#- .env\nHOST_1=/x\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }

    #[test]
    fn names_are_near_by_one_letter() {
        for (one, other, near, with_default) in [
            ("BASE_DIR", "BASES_DIR", true, true),
            ("LIBVIRT_URI", "LIBVIRT_URL", true, false),
            ("APP_PORT", "API_PORT", true, false),
            ("USER_ID", "USER_UID", true, false),
            ("JOBS_DIR", "JOBS_DIR", false, false),
            ("HOST_1", "HOST_2", false, false),
            ("HOST", "HOST2", false, false),
            ("ABC", "ABCD", false, false),
            ("BASE_DIR", "JOBS_DIR", false, false),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(is_near(one, other, false), near, "{one} {other}");
                assert_eq!(is_near(one, other, true), with_default, "{one} {other}");
            }
        }
    }
}
