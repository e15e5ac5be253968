//! What the script needs to know of a repair, read off the two diagnoses.

use std::borrow::Cow;

use super::plan::Repair;
use super::script::{Refusal, Script, ScriptFile, ScriptInput, SharedPath};
use crate::Diagnosis;
use crate::diagnostic::Step;
use crate::text::{Edit, EditSet, FileKind, Span};
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
        repair.steps.contains(&Step::FollowPort).then(|| followed_port(before, after)).flatten();
    // The script writes the port that the VM then has; until then the file keeps the old one.
    let texts: Vec<Cow<str>> = repair
        .corrected
        .iter()
        .map(|corrected| match followed {
            Some((old, new)) if new.file == corrected.file => {
                let old = before.sources.text(old.file).get(old.range()).unwrap_or_default();
                let edits = EditSet::of(&[Edit::replace(new, old)]);
                let text = edits.ok().and_then(|e| e.apply(new.file, &corrected.text).ok());
                text.map_or(Cow::Borrowed(corrected.text.as_str()), Cow::Owned)
            }
            _ => Cow::Borrowed(corrected.text.as_str()),
        })
        .collect();
    let files = repair
        .corrected
        .iter()
        .zip(&texts)
        .filter_map(|(corrected, text)| {
            let file = before.sources.get(corrected.file)?;
            Some(ScriptFile {
                kind: file.kind,
                name: &file.name,
                original: &file.text,
                corrected: text,
                followed_port: followed
                    .map(|(old, _)| old)
                    .filter(|old| old.file == corrected.file),
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

/// Where the port that is followed is written, in the original file and in the corrected one: a
/// port that was not in use.
fn followed_port(setup: &Setup, after: &Setup) -> Option<(Span, Span)> {
    let SshPort::InUse(now, ..) = setup.ssh_port() else { return None };
    let through_host = |c: &&Connection| matches!(c.target, Target::Host | Target::Container);
    setup.connections.iter().filter(|c| c.uri.is_ssh()).filter(through_host).find_map(
        |connection| {
            let (_, _, value) = setup.connection(connection)?;
            let port = connection.uri.port.as_ref().filter(|port| port.value != now)?;
            let same = |other: &&Connection| {
                (other.service, other.variable) == (connection.service, connection.variable)
            };
            let corrected = after.connections.iter().find(same)?;
            let (_, _, new_value) = after.connection(corrected)?;
            let new_port = corrected.uri.port.as_ref()?;
            let old = value.written_at(port.range.clone())?;
            let new = new_value.written_at(new_port.range.clone())?;
            (old.file == new.file).then_some((old, new))
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::intake::PortStrategy;
    use crate::repair::plan::Choices;
    use crate::rules::testing::input;
    use crate::{diagnose, repair, script};

    #[test]
    fn a_followed_port_is_left_to_the_script() {
        let mut input = input(
            r#"
#- lima.yaml
cpus: 4
#- .env
LIBVIRT_URI=qemu+ssh://dev@localhost:52136/system # last week's
#- compose.yaml
services:
  api: {environment: {LIBVIRT_URI: "${LIBVIRT_URI}"}}
#- limactl list
NAME    STATUS     SSH                CPUS    MEMORY    DISK
dev     Running    127.0.0.1:58411    4       8GiB      50GiB
"#,
        );
        input.answers.port = Some(PortStrategy::Follow);
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        assert!(made.corrected[0].text.contains("host.docker.internal:58411"));
        let script = script(&diagnosis, &made).expect("there is something to follow");
        assert!(script.text.contains("host.docker.internal:%s/system"), "{}", script.text);
    }
}
