//! Observed behaviour of Docker Compose, case by case, where the collection is at hand: a file of
//! inputs with the values, warnings and messages that compose-go gave for them.

use std::collections::BTreeMap;
use std::path::Path;

use lima_doctor::config::compose::{VolumeSpec, clean, resolve_source};
use lima_doctor::config::env::Environment;
use lima_doctor::syntax::dotenv::EnvFile;
use lima_doctor::syntax::interpolation::{Interpolated, interpolate};
use lima_doctor::text::{FileId, Reference, Span, Traced, ValueFrom};
use serde_json::{Value, json};

type Names = BTreeMap<String, String>;

#[test]
fn observed_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts/compose-cases.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("no collection of observed cases beside the repository: nothing compared");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the collection is JSON");
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let kind = case["kind"].as_str().unwrap_or_default();
        let env: Names = serde_json::from_value(case["env"].clone()).expect("env is a map");
        let input = case["input"].as_str().expect("input is text");
        let actual = match kind {
            "interpolate" => interpolated(input, &env),
            "dotenv" => dotenv(input, &env),
            "volume" => volume(input, &env, &case["context"]),
            other => panic!("no reader for the kind {other}"),
        };
        let (right, all) = counts.entry(kind).or_default();
        *all += 1;
        match difference(case, &actual) {
            None => *right += 1,
            Some(difference) => failures.push(format!("{}: {difference}", case["id"])),
        }
    }
    println!("{counts:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What differs between what was observed and what came out, if anything.
fn difference(case: &Value, actual: &Value) -> Option<String> {
    if let Some(expected) = case["error"].as_str() {
        let message = actual["error"].as_str().unwrap_or_default();
        let warned = case.get("warnings").is_none_or(|names| *names == actual["warnings"]);
        return (!message.contains(expected) || !warned)
            .then(|| format!("expected the error {expected:?}, got {actual}"));
    }
    let expected = case["expect"].as_object().expect("a case expects something");
    let same = actual.get("error").is_none()
        && expected.iter().all(|(key, value)| actual.get(key) == Some(value));
    (!same).then(|| format!("expected {}, got {actual}", case["expect"]))
}

fn follow(template: &str, env: &Names) -> Interpolated {
    let template = Traced::verbatim(template, Span::new(FileId(0), 0, template.len()));
    interpolate(&template, &|name| {
        env.get(name).map(|value| (Traced::opaque(value.as_str(), None), ValueFrom::Shell))
    })
}

fn names(unset: &[Reference]) -> Vec<&str> {
    unset.iter().map(|reference| reference.name.as_str()).collect()
}

fn interpolated(input: &str, env: &Names) -> Value {
    let res = follow(input, env);
    match res.error {
        Some(error) => json!({"error": error.message, "warnings": names(&res.unset)}),
        None => json!({"value": res.value.as_str(), "warnings": names(&res.unset)}),
    }
}

fn dotenv(input: &str, env: &Names) -> Value {
    let file = EnvFile::parse(FileId(0), input);
    let environment = Environment::resolve(Some((FileId(0), &file)), env);
    let warnings = names(&environment.unset);
    if let Some(error) = file.errors.first() {
        return json!({"error": error.message, "warnings": warnings});
    }
    if let Some(error) = environment.errors.first() {
        return json!({"error": error.message, "warnings": warnings});
    }
    let vars: BTreeMap<&str, &str> =
        environment.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    json!({"vars": vars, "warnings": warnings})
}

fn volume(input: &str, env: &Names, context: &Value) -> Value {
    let followed = context["interpolate"].as_bool() == Some(true);
    let (text, unset) = match followed {
        true => {
            let res = follow(input, env);
            (res.value, res.unset)
        }
        false => (Traced::opaque(input, None), Vec::new()),
    };
    let spec = match VolumeSpec::parse(&text) {
        Ok(spec) => spec,
        Err(error) => return json!({"error": error.to_string(), "warnings": names(&unset)}),
    };
    let source = spec.source.as_ref().map(Traced::as_str);
    let bind = json!({
        "create_host_path": true, "propagation": spec.propagation, "selinux": spec.selinux,
    });
    let mut res = json!({
        "type": if spec.is_bind { "bind" } else { "volume" },
        "source": source,
        "target": spec.target.as_str(),
        "read_only": spec.read_only,
        "bind": if spec.is_bind { bind } else { Value::Null },
        "volume": if spec.is_bind { Value::Null } else { json!({"nocopy": spec.nocopy}) },
        "warnings": names(&unset),
    });
    if followed {
        let (dir, home) = (context["project_dir"].as_str(), context["home"].as_str());
        res["resolved_target"] = json!(clean(spec.target.as_str()));
        res["resolved_source"] = match source {
            Some(path) if spec.is_bind => json!(resolve_source(path, dir, home)),
            name => json!(name),
        };
    }
    res
}
