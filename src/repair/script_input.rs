//! What the script needs to know of a repair, read off the two diagnoses.

use super::plan::Repair;
use super::script::{Refusal, Script, ScriptFile, ScriptInput, SharedPath};
use crate::Diagnosis;
use crate::diagnostic::Step;
use crate::text::FileKind;
use crate::topology::Setup;
use crate::topology::mounts::Sharing;
use crate::topology::ports::{Connection, SshPort, Target};

/// Puts the script's input together and hands it to `render`.
pub(crate) fn with(
    diagnosis: &Diagnosis,
    repair: &Repair,
    render: impl Fn(&ScriptInput) -> Result<Script, Refusal>,
) -> Result<Script, Refusal> {
    let before = &diagnosis.setup;
    let after = &repair.recheck.setup;
    let followed =
        repair.steps.contains(&Step::FollowPort).then(|| followed_port(before)).flatten();
    let files = repair
        .corrected
        .iter()
        .filter_map(|corrected| {
            let file = before.sources.get(corrected.file)?;
            Some(ScriptFile {
                kind: file.kind,
                name: &file.name,
                original: &file.text,
                corrected: &corrected.text,
                followed_port: followed.filter(|span| span.file == corrected.file),
            })
        })
        .collect();
    let shared_paths = after
        .shared
        .iter()
        .filter(|dir| matches!(dir.sharing, Sharing::Shared(_)))
        .filter_map(|dir| {
            let (service, _) = after.bind(dir)?;
            Some(SharedPath { service: &service.name, path: &dir.target, writable: dir.write })
        })
        .collect();
    let connection = after
        .connections
        .iter()
        .find(|connection| connection.target == Target::Host)
        .and_then(|connection| after.connection(connection))
        .map(|(service, variable, _)| (service.name.as_str(), variable.name.as_str()));
    let pinned_port =
        after.lima.as_ref().and_then(|lima| lima.ssh_local_port).map(|(port, _)| port);
    render(&ScriptInput {
        instance: after.instance.as_deref(),
        compose_files: names(before, FileKind::Compose).collect(),
        env_file: names(before, FileKind::Env).next(),
        files,
        steps: &repair.steps,
        pinned_port,
        shared_paths,
        connection,
    })
}

fn names(setup: &Setup, kind: FileKind) -> impl Iterator<Item = &str> {
    setup.sources.of_kind(kind).map(|(_, file)| file.name.as_str())
}

/// Where the port that is followed is written in the original file: one that is not in use now.
fn followed_port(setup: &Setup) -> Option<crate::text::Span> {
    let SshPort::InUse(now, ..) = setup.ssh_port() else { return None };
    let through_host = |c: &&Connection| matches!(c.target, Target::Host | Target::Container);
    setup.connections.iter().filter(|c| c.uri.is_ssh()).filter(through_host).find_map(
        |connection| {
            let (_, _, value) = setup.connection(connection)?;
            let port = connection.uri.port.as_ref().filter(|port| port.value != now)?;
            value.written_at(port.range.clone())
        },
    )
}
