//! From the merged tree to the services.

use std::collections::{HashMap, HashSet};

use super::load::Loader;
use super::tree::{Builder, Data, Field, Tree};
use super::volumes::{self, Declared};
use super::{LeftOut, Service, env_file, environment, network};
use crate::syntax::{SyntaxError, go};
use crate::text::{Edit, Traced};

/// Keys that decide who sees what; a key that is almost one of them is a slip.
const SERVICE_KEYS: [&str; 7] =
    ["env_file", "environment", "extends", "extra_hosts", "network_mode", "ports", "volumes"];
const TOP_LEVEL_KEYS: [&str; 2] = ["services", "volumes"];

/// The services of a project that run, and those that their profiles leave out. `open` tells that
/// a part of the project is not known.
///
/// Which profiles are active is what `COMPOSE_PROFILES` says, in the shell or in `.env`; what
/// `--profile` adds on a command line is not known. Of a service that is left out, Compose refuses
/// only what it sees before it leaves it out.
pub(super) fn read_all(
    project: &Tree,
    open: bool,
    loader: &mut Loader,
) -> (Vec<Service>, Vec<LeftOut>) {
    let active = active_profiles(loader);
    let builder = &mut loader.builder;
    refuse_slips("", project, &TOP_LEVEL_KEYS, builder);
    let mut declared = Declared { volumes: Default::default(), open, runs: true };
    if let Some(field) = project.get("volumes") {
        match &field.value.data {
            Data::Map(volumes) => {
                declared.volumes = volumes.iter().map(|v| (v.key.as_str(), &v.value)).collect();
            }
            Data::Null => {}
            _ => builder.error(field.span, "volumes must be a mapping", "write `NAME:` below it"),
        }
    }
    let Some(services) = project.get("services") else { return Default::default() };
    let Data::Map(services) = &services.value.data else {
        let help = "write the services below it, one key each";
        builder.error(services.span, "services must be a mapping", help);
        return Default::default();
    };
    let mut res: Vec<Service> = Vec::new();
    let mut left_out = Vec::new();
    for service in services {
        if !matches!(service.value.data, Data::Map(_)) {
            let message = format!("services.{} must be a mapping", service.key);
            let help = "write the service's settings below it";
            loader.builder.error(service.span, message, help);
            continue;
        }
        let profiles = profiles(service, &mut loader.builder);
        let runs = profiles.is_empty() || profiles.iter().any(|name| active.has(name));
        let declared = Declared { runs, ..declared.clone() };
        let read = read(service, profiles, &declared, loader);
        if runs {
            res.push(read);
        } else {
            let Service { name, name_span, profiles, .. } = read;
            left_out.push(LeftOut { name, name_span, profiles });
        }
    }
    if !open {
        refuse_unknown_networks(&res, &mut loader.builder);
        refuse_network_circles(&res, &mut loader.builder);
    }
    (res, left_out)
}

/// The profiles that are switched on.
struct Active(Vec<String>);

impl Active {
    fn has(&self, profile: &str) -> bool {
        self.0.iter().any(|active| active == profile || active == "*")
    }
}

fn active_profiles(loader: &Loader) -> Active {
    let listed = loader.builder.lookup("COMPOSE_PROFILES");
    let names = listed.map(|(names, _)| names.as_str().to_owned()).unwrap_or_default();
    Active(names.split(',').map(|name| name.trim().to_owned()).collect())
}

/// The service whose network a service shares.
fn shared_network(service: &Service) -> Option<(&Traced, &str)> {
    let mode = service.network_mode.as_ref()?;
    Some((mode, mode.as_str().strip_prefix("service:")?))
}

/// Services that share each other's network, or their own.
fn refuse_network_circles(services: &[Service], builder: &mut Builder) {
    let others: HashMap<&str, (&Traced, &str)> = services
        .iter()
        .filter_map(|service| Some((service.name.as_str(), shared_network(service)?)))
        .collect();
    let mut done: HashSet<&str> = HashSet::new();
    for service in services {
        let mut chain: Vec<&str> = Vec::new();
        let mut name = service.name.as_str();
        while let Some((mode, other)) = others.get(name) {
            if let Some(start) = chain.iter().position(|before| *before == name) {
                let circle = chain.get(start..).unwrap_or_default().join(" -> ");
                let message = format!("dependency cycle detected: {circle} -> {name}");
                let span = mode.outermost().unwrap_or(service.name_span);
                builder.error(span, message, "break the circle at one `network_mode`");
                break;
            }
            // A chain that runs into an earlier one was told with it.
            if !done.insert(name) {
                break;
            }
            chain.push(name);
            name = other;
        }
    }
}

/// Services that share the network of one that is not there.
fn refuse_unknown_networks(services: &[Service], builder: &mut Builder) {
    for service in services {
        let Some((mode, other)) = shared_network(service) else { continue };
        if !services.iter().any(|service| service.name == other) {
            let (name, other) = (go::quote(&service.name), go::quote(other));
            let message = format!(
                "service {name} depends on undefined service {other}: invalid compose project"
            );
            let span = mode.outermost().unwrap_or(service.name_span);
            builder.error(span, message, "name a service of the project");
        }
    }
}

fn read(
    service: &Field,
    profiles: Vec<String>,
    declared: &Declared,
    loader: &mut Loader,
) -> Service {
    let builder = &mut loader.builder;
    refuse_slips(&format!("services.{}", service.key), &service.value, &SERVICE_KEYS, builder);
    let (binds, volumes) = volumes::read(service, declared, builder);
    let mut env_files = env_file::listed(service, loader);
    if !declared.runs {
        // Compose does not open them.
        env_files.clear();
    }
    let environment = environment::read(service, &env_files, loader);
    let extra_hosts = network::extra_hosts(service, &mut loader.builder);
    let network_mode = network::network_mode(service, &mut loader.builder);
    let ports = network::published_ports(service, &mut loader.builder);
    Service {
        name: service.key.clone(),
        name_span: service.key_span,
        environment,
        env_files,
        binds,
        volumes,
        extra_hosts,
        network_mode,
        has_own_network: ["networks", "ports"].iter().any(|key| service.value.get(key).is_some()),
        volumes_span: service.value.get("volumes").map(|field| field.value.span),
        published_ports: ports.all,
        loopback_ports: ports.on_loopback,
        is_pulled: is_pulled(service),
        has_secrets: ["secrets", "configs"].iter().any(|key| service.value.get(key).is_some()),
        profiles,
    }
}

/// A name without a registry or an owner is as likely that of an image that was built here.
fn is_pulled(service: &Field) -> bool {
    let image = service.value.get("image").and_then(|field| field.value.text());
    service.value.get("build").is_none() && image.is_some_and(|name| name.as_str().contains('/'))
}

fn profiles(service: &Field, builder: &mut Builder) -> Vec<String> {
    let Some(field) = service.value.get("profiles") else { return Vec::new() };
    let Data::List(items) = &field.value.data else {
        let message = format!("services.{}.profiles must be a array", service.key);
        builder.error(field.span, message, "write a list");
        return Vec::new();
    };
    let mut seen = HashSet::new();
    let names = items.iter().filter_map(Tree::text).map(Traced::as_str);
    names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

/// Keys that are written almost like one that counts. Compose refuses every key that it does not
/// know; which ones it knows depends on its version.
fn refuse_slips(path: &str, map: &Tree, known: &[&str], builder: &mut Builder) {
    for field in map.fields() {
        let key = field.key.as_str();
        if known.contains(&key) || key.starts_with("x-") {
            continue;
        }
        let Some(meant) = known.iter().find(|known| is_slip(key, known)) else { continue };
        let fix =
            map.get(meant).is_none().then(|| Edit::replace(field.key_span, (*meant).to_owned()));
        let message = format!("{path} additional properties '{key}' not allowed");
        let message = message.trim_start().to_owned();
        let help = format!("write `{meant}`");
        builder.errors.push(SyntaxError { span: field.key_span, message, help, fix });
    }
}

/// Whether one letter is wrong, missing, too many or swapped, or only case and separators differ.
fn is_slip(written: &str, meant: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    if plain(written) == plain(meant) {
        return true;
    }
    let (a, b) = (written.as_bytes(), meant.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    match (a, b) {
        ([x, y, a @ ..], [p, q, b @ ..]) if (x, y) == (q, p) => a == b,
        ([_, a @ ..], [_, rest @ ..]) if a.len() == rest.len() => a == rest,
        ([_, a @ ..], b) if a.len() == b.len() => a == b,
        (a, [_, b @ ..]) => a == b,
        _ => false,
    }
}
