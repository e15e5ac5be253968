//! What lima-doctor and Docker Compose read from a project, in one form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lima_doctor::config::compose::{Compose, Pasted, Service, resolve_source};
use lima_doctor::config::env::Environment;
use lima_doctor::syntax::dotenv::EnvFile;
use lima_doctor::syntax::yaml::Yaml;
use lima_doctor::text::{FileId, Traced};
use serde_json::{Value, json};

use super::HOME;
use super::compose::{Outcome, shell};
use super::project::Project;

/// What is read from a project.
pub(crate) struct Reading {
    /// Why it is refused; empty if it is not.
    pub(crate) errors: Vec<String>,
    /// The names of the variables that are missed.
    pub(crate) unset: BTreeSet<String>,
    /// The names that the Compose files may refer to.
    pub(crate) named: BTreeSet<String>,
    /// The services by name.
    pub(crate) services: BTreeMap<String, Value>,
}

/// How lima-doctor reads a project in a directory.
pub(crate) fn ours(project: &Project, directory: &Path) -> Reading {
    let files = || project.files.iter().zip(0..).map(|((name, text), id)| (FileId(id), name, text));
    let yaml: Vec<(FileId, &str, Yaml)> = files()
        .filter(|(_, name, _)| is_yaml(name))
        .map(|(id, name, text)| (id, name.as_str(), Yaml::parse(id, text)))
        .collect();
    let pasted = Pasted {
        compose: yaml.iter().map(|(id, name, yaml)| (*id, *name, yaml)).collect(),
        env: files()
            .filter(|(_, name, _)| !is_yaml(name))
            .map(|(id, name, text)| (id, name.as_str(), text.as_str()))
            .collect(),
    };
    let mut shell = shell(directory, project);
    // What no other file names is merged, too, unless it is said what is.
    if project.main.len() < yaml.len() {
        shell.insert("COMPOSE_FILE".to_owned(), project.main.join(":"));
    }
    let env_id = pasted.project_env(&shell);
    let env_file = files().find(|(id, ..)| Some(*id) == env_id);
    let env_file = env_file.map(|(id, _, text)| (id, EnvFile::parse(id, text)));
    let environment = Environment::resolve(env_file.as_ref().map(|(id, file)| (*id, file)), &shell);
    let compose = Compose::resolve(&pasted, &environment);

    let mut errors = Vec::new();
    let all = env_file.iter().flat_map(|(_, file)| &file.errors).chain(&compose.env_errors);
    errors.extend(all.map(|error| error.message.clone()));
    errors.extend(environment.errors.iter().map(|error| error.message.clone()));
    let read = yaml.iter().filter(|(id, ..)| !compose.unread.contains(id));
    let all = read.flat_map(|(_, _, yaml)| &yaml.errors);
    errors.extend(all.map(|error| error.message.clone()));
    errors.extend(compose.errors.iter().map(|error| error.message.clone()));
    let unset = environment.unset.iter().chain(&compose.unset);
    let unset = unset.map(|reference| reference.name.clone()).collect();
    let services = compose.services.iter();
    let services = services.map(|s| (s.name.clone(), our_service(s, directory))).collect();
    let texts = files().filter(|(_, name, _)| is_yaml(name)).map(|(_, _, text)| text);
    let names =
        |text: &str| text.split(|c: char| !is_name(c)).map(str::to_owned).collect::<Vec<_>>();
    let mut named: BTreeSet<String> = texts.flat_map(|text| names(text)).collect();
    // Where `.env` gives a name twice, it is the last value that Compose reads the file with the
    // second time.
    if let Some((id, file)) = &env_file {
        let keys: BTreeSet<&str> = file.entries.iter().map(|entry| entry.key.as_str()).collect();
        if keys.len() < file.entries.len() {
            let text =
                pasted.env.iter().find(|(other, ..)| other == id).map_or("", |(_, _, text)| text);
            names(text).iter().for_each(|name| {
                named.remove(name);
            });
        }
    }
    Reading { errors, unset, named, services }
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn our_service(service: &Service, directory: &Path) -> Value {
    let environment: BTreeMap<&str, Option<&str>> = service
        .environment
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.as_ref().map(Traced::as_str)))
        .collect();
    let binds = service.binds.iter().map(|bind| {
        json!({
            "target": bind.target.as_str(),
            "source": absolute(&bind.resolved_source, directory),
            "read_only": bind.read_only,
            "create_host_path": bind.create_host_path,
        })
    });
    let volumes =
        service.volumes.iter().map(|volume| json!({"target": volume.target, "name": volume.name}));
    let hosts = service.extra_hosts.iter().map(|host| format!("{}={}", host.host, host.address));
    json!({
        "environment": environment,
        "binds": sorted(binds),
        "volumes": sorted(volumes),
        "extra_hosts": sorted(hosts.map(Value::from)),
        "network_mode": service.network_mode.as_ref().map(Traced::as_str),
        "ports": sorted(service.published_ports.iter().map(|(port, _)| Value::from(*port))),
        "profiles": service.profiles,
    })
}

/// How Docker Compose reads a project in a directory.
pub(crate) fn theirs(outcome: &Outcome, directory: &Path) -> Reading {
    let (unset, named) = (outcome.unset(), BTreeSet::new());
    if !outcome.error.is_empty() {
        return Reading {
            errors: vec![outcome.error.clone()],
            unset,
            named,
            services: BTreeMap::new(),
        };
    }
    let project = outcome.project();
    let services = project["services"].as_object().into_iter().flatten();
    let services = services
        .map(|(name, service)| (name.clone(), their_service(service, &project, directory)))
        .collect();
    Reading { errors: Vec::new(), unset, named, services }
}

fn their_service(service: &Value, project: &Value, directory: &Path) -> Value {
    let (mut binds, mut volumes) = (Vec::new(), Vec::new());
    for mount in items(&service["volumes"]) {
        let source = mount["source"].as_str();
        let mut bind = json!({
            "target": mount["target"],
            "source": source,
            "read_only": mount["read_only"].as_bool().unwrap_or_default(),
            "create_host_path": mount["bind"]["create_host_path"].as_bool().unwrap_or(true),
        });
        match mount["type"].as_str() {
            Some("bind") => binds.push(bind),
            Some("volume") => {
                let volume = &project["volumes"][source.unwrap_or_default()];
                let Some((device, read_only)) = bound_device(volume) else {
                    volumes.push(json!({"target": mount["target"], "name": source}));
                    continue;
                };
                let subpath = mount["volume"]["subpath"].as_str();
                let path = subpath.map_or(device.to_owned(), |sub| format!("{device}/{sub}"));
                bind["source"] = absolute(&path, directory).into();
                bind["create_host_path"] = false.into();
                if read_only {
                    bind["read_only"] = true.into();
                }
                binds.push(bind);
            }
            _ => {}
        }
    }
    // A range of the host's ports of which any may be taken is none for sure.
    let ports = items(&service["ports"]).iter().filter_map(|port| port["published"].as_str());
    let ports = ports.filter_map(|port| port.parse().ok()).filter(|port: &u16| *port > 0);
    let none = json!({});
    let environment = Some(&service["environment"]).filter(|environment| !environment.is_null());
    json!({
        "environment": environment.unwrap_or(&none),
        "binds": sorted(binds.into_iter()),
        "volumes": sorted(volumes.into_iter()),
        "extra_hosts": sorted(items(&service["extra_hosts"]).iter().cloned()),
        "network_mode": service["network_mode"],
        "ports": sorted(ports.map(Value::from)),
        "profiles": items(&service["profiles"]),
    })
}

/// The directory that a declared volume binds, and whether it may not be written to.
fn bound_device(volume: &Value) -> Option<(&str, bool)> {
    let is_local = volume["driver"].as_str().is_none_or(|driver| driver == "local");
    let options = &volume["driver_opts"];
    let kinds: Vec<&str> = options["o"].as_str()?.split(',').collect();
    let binds = kinds.contains(&"bind") || kinds.contains(&"rbind");
    let device = options["device"].as_str().filter(|device| !device.is_empty())?;
    (is_local && binds).then_some((device, kinds.contains(&"ro")))
}

fn absolute(path: &str, directory: &Path) -> String {
    resolve_source(path, directory.to_str(), Some(HOME))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn sorted(items: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut res: Vec<Value> = items.collect();
    res.sort_by_key(Value::to_string);
    res.dedup();
    res
}

/// A difference between the two readings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// What is read in another way; the same for the same reason, more or less.
    pub(crate) what: String,
    pub(crate) details: String,
}

/// Where the two readings differ, if they do.
pub(crate) fn difference(ours: &Reading, theirs: &Reading) -> Option<Difference> {
    let found = |what: &str, details: String| Some(Difference { what: what.to_owned(), details });
    let words = |error: &str| {
        let error = error.split_once(".yaml: ").map_or(error, |(_, rest)| rest).trim_start();
        error.split(['/', '"', '[', '$', '{']).next().unwrap_or_default().to_owned()
    };
    match (ours.errors.first(), theirs.errors.first()) {
        (None, Some(error)) => return found(&words(error), format!("Compose refuses it: {error}")),
        (Some(error), None) => {
            return found(&words(error), format!("Compose takes it, against {:#?}", ours.errors));
        }
        // What comes behind an error is not read by Compose, and told by us.
        (Some(_), Some(_)) => return None,
        (None, None) => {}
    }
    // Compose reads `.env` twice, the second time with its own values for the shell's, and may warn
    // of what stands behind `:-` although it used another value.
    let only_in_env = |name: &String| !ours.named.contains(name);
    let same = ours.unset.is_subset(&theirs.unset)
        && theirs.unset.difference(&ours.unset).all(only_in_env);
    if !same {
        return found(
            "unset",
            format!("unset: {:?} against Compose's {:?}", ours.unset, theirs.unset),
        );
    }
    let names = |reading: &Reading| reading.services.keys().cloned().collect::<Vec<_>>();
    if names(ours) != names(theirs) {
        return found(
            "services",
            format!("{:?} against Compose's {:?}", names(ours), names(theirs)),
        );
    }
    ours.services.iter().find_map(|(name, ours)| {
        let theirs = &theirs.services[name];
        let mut keys = ours.as_object()?.keys();
        let key = keys.find(|key| ours[key.as_str()] != theirs[key.as_str()])?;
        found(key, format!("{name}.{key}: {} against Compose's {}", ours[key], theirs[key]))
    })
}
