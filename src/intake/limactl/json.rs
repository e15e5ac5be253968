//! The JSON of `limactl list --json`, one object per line or indented, and the events of the host
//! agent (`ha.stdout.log`).

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Found, Paste, Status, ToldBy, lines};

/// The fields that matter; raw, so that their places stay known and odd types do no harm.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    dir: Option<&'a RawValue>,
    #[serde(borrow)]
    vm_type: Option<&'a RawValue>,
    #[serde(borrow)]
    arch: Option<&'a RawValue>,
    #[serde(borrow)]
    ssh_local_port: Option<&'a RawValue>,
    #[serde(borrow)]
    lima_version: Option<&'a RawValue>,
    #[serde(borrow)]
    config: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Config<'a> {
    #[serde(borrow)]
    user: Option<User<'a>>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
}

/// The host agent's event: `{"time":…,"status":{"running":true,"sshLocalPort":60022}}`.
#[derive(Deserialize)]
struct AgentStatus<'a> {
    #[serde(borrow, rename = "sshLocalPort")]
    ssh_local_port: &'a RawValue,
}

pub(super) fn read(paste: &Paste) -> Vec<Found> {
    let text = paste.text();
    if !["\"sshLocalPort\"", "\"status\""].iter().any(|key| text.contains(key)) {
        return Vec::new();
    }
    let mut res = Vec::new();
    let mut done = 0;
    // Text that starts like JSON at every line and never ends would be read once per line.
    let mut patience = 16 * (text.len() + 4096);
    for line in lines(text) {
        let trimmed = line.trimmed();
        if trimmed.start < done
            || !text.get(trimmed.start..).is_some_and(|rest| rest.starts_with('{'))
        {
            continue;
        }
        let rest = text.get(trimmed.start..).unwrap_or_default();
        let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Object>();
        match objects.next() {
            Some(Ok(object)) => {
                done = trimmed.start + objects.byte_offset();
                res.extend(instance(paste, trimmed.start..done, &object));
            }
            Some(Err(error)) => {
                let read =
                    rest.split_inclusive('\n').take(error.line()).map(str::len).sum::<usize>();
                patience = patience.saturating_sub(read);
                if patience == 0 {
                    break;
                }
            }
            None => {}
        }
    }
    res
}

fn instance(paste: &Paste, range: Range<usize>, object: &Object) -> Option<Found> {
    let offset = |raw: &RawValue| {
        (raw.get().as_ptr() as usize).saturating_sub(paste.text().as_ptr() as usize)
    };
    let port = |raw: &RawValue| paste.port(offset(raw)..offset(raw) + raw.get().len());
    let agent = object.status.and_then(|raw| serde_json::from_str::<AgentStatus>(raw.get()).ok());
    if let Some(agent) = agent {
        let mut found = paste.found(ToldBy::StartLog, range);
        found.instance.port = port(agent.ssh_local_port);
        return found.instance.port.is_some().then_some(found);
    }

    let mut found = paste.found(ToldBy::List, range);
    let instance = &mut found.instance;
    instance.name = string(object.name);
    instance.status = string(object.status).as_deref().and_then(Status::from_word);
    instance.port = object.ssh_local_port.and_then(port);
    instance.vm_type = string(object.vm_type).filter(|word| !word.is_empty());
    instance.arch = string(object.arch).filter(|word| !word.is_empty());
    instance.lima_version = string(object.lima_version).filter(|word| !word.is_empty());
    instance.dir = string(object.dir);
    instance.user = object
        .config
        .and_then(|raw| serde_json::from_str::<Config>(raw.get()).ok())
        .and_then(|config| config.user?.name)
        .and_then(|raw| {
            let name = string(Some(raw)).filter(|name| !name.is_empty())?;
            let inner = offset(raw) + 1..offset(raw) + raw.get().len().saturating_sub(1);
            Some((name, paste.span(inner)))
        });
    let is_instance = instance.name.is_some()
        && (instance.status.is_some() || instance.port.is_some())
        || instance.port.is_some();
    is_instance.then_some(found)
}

fn string(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}
