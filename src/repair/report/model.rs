use serde_json::{Map, Value, json};

use super::data::{assumptions, route, unchecked};
use crate::Diagnosis;
use crate::config::compose::{Bind, LeftOut, Service};
use crate::config::libvirt_uri::LibvirtUri;
use crate::config::lima::Lima;
use crate::text::Traced;
use crate::topology::Setup;
use crate::topology::mounts::EffectiveMount;

/// The model as JSON: the Compose files in the order in which they are merged, the services with their resolved environment and binds, those that a profile leaves out, `.env`, the mounts
/// in force, how every path and connection goes, what was taken for granted, what the pasted texts
/// do not tell, and what Compose itself would warn of.
pub fn model_json(diagnosis: &Diagnosis) -> Value {
    let setup = &diagnosis.setup;
    let variables = setup.environment.variables.iter();
    let files = setup.compose.files.iter().map(|file| setup.sources.name(*file));
    json!({
        "version": 1,
        "compose_files": files.collect::<Vec<_>>(),
        "services": setup.compose.services.iter().map(service).collect::<Vec<_>>(),
        "left_out": setup.compose.left_out.iter().map(left_out).collect::<Vec<_>>(),
        "env": variables.map(|(name, value)| (name.clone(), text(value))).collect::<Map<_, _>>(),
        "lima": setup.lima.as_ref().map(|config| lima(setup, config)),
        "routes": setup.routes.iter().map(|each| route(&setup.sources, each)).collect::<Vec<_>>(),
        "unchecked": unchecked(&setup.unchecked),
        "assumptions": assumptions(&setup.assumptions),
        "warnings": warnings(setup),
    })
}

/// A service that its profiles leave out.
fn left_out(service: &LeftOut) -> Value {
    json!({ "name": service.name, "profiles": service.profiles })
}

fn service(service: &Service) -> Value {
    let variables = service.environment.iter();
    let values = variables.clone().filter_map(|variable| variable.value.as_ref());
    json!({
        "name": service.name,
        "environment": variables
            .map(|variable| (variable.name.clone(), variable.value.as_ref().map_or(Value::Null, text)))
            .collect::<Map<_, _>>(),
        "binds": service.binds.iter().map(bind).collect::<Vec<_>>(),
        "libvirt_uri": values
            .map(Traced::as_str)
            .find(|value| LibvirtUri::parse(value).is_some()),
    })
}

fn bind(bind: &Bind) -> Value {
    json!({
        "source": bind.source.as_str(),
        "target": bind.target.as_str(),
        "read_only": bind.read_only,
        "type": "bind",
    })
}

/// The VM's settings in force; what cannot be told is null.
fn lima(setup: &Setup, lima: &Lima) -> Value {
    let mount = |mount: &EffectiveMount| {
        json!({
            "location": mount.location,
            "mount_point": mount.mount_point,
            "writable": mount.writable,
        })
    };
    json!({
        "vm_type": setup.vm_type.as_ref().map(|in_force| &in_force.value),
        "mount_type": setup.mount_type.as_ref().map(|in_force| &in_force.value),
        "mounts": setup.mounts.iter().map(mount).collect::<Vec<_>>(),
        "ssh_local_port": lima.ssh_local_port.map(|(port, _)| port),
    })
}

fn text(value: &Traced) -> Value {
    Value::from(value.as_str())
}

/// What Compose itself would warn of, in its words.
fn warnings(setup: &Setup) -> Vec<String> {
    let unset = setup.environment.unset.iter().chain(&setup.compose.unset);
    unset
        .map(|reference| {
            format!("The \"{}\" variable is not set. Defaulting to a blank string.", reference.name)
        })
        .collect()
}
