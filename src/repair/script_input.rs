//! What the script needs to know of a repair, read off the two diagnoses.

use super::plan::Repair;
use super::script::{Refusal, Script, ScriptFile, ScriptInput, SharedPath};
use crate::Diagnosis;
use crate::diagnostic::Step;
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::mounts::Sharing;
use crate::topology::ports::{SshPort, Target};

/// Puts the script's input together and hands it to `render`.
pub(crate) fn with(
    diagnosis: &Diagnosis,
    repair: &Repair,
    render: impl Fn(&ScriptInput) -> Result<Script, Refusal>,
) -> Result<Script, Refusal> {
    let before = &diagnosis.setup;
    let after = &repair.recheck.setup;
    // A port that is pinned after all needs no following.
    let pinned_port =
        after.lima.as_ref().and_then(|lima| lima.ssh_local_port).map(|(port, _)| port);
    let mut steps = repair.steps.clone();
    steps.retain(|step| *step != Step::FollowPort || pinned_port.is_none());
    let followed =
        if steps.contains(&Step::FollowPort) { followed_ports(after)? } else { Vec::new() };
    let files = before
        .sources
        .iter()
        .filter_map(|(id, file)| {
            Some(ScriptFile {
                kind: file.kind,
                name: &file.name,
                original: &file.text,
                corrected: &after.sources.get(id)?.text,
                followed_port: followed.iter().copied().find(|span| span.file == id),
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
    render(&ScriptInput {
        instance: after.instance.as_deref(),
        compose_files: before.compose.files.iter().map(|file| before.sources.name(*file)).collect(),
        env_file: before.env_file.as_ref().map(|(file, _)| before.sources.name(*file)),
        files,
        steps: &steps,
        pinned_port,
        shared_paths,
        connection,
    })
}

/// Where the corrected files name the port that the VM has now, one place a file: each is to name
/// the port that the VM has after its start.
fn followed_ports(setup: &Setup) -> Result<Vec<Span>, Refusal> {
    let SshPort::InUse(in_use, ..) = setup.ssh_port() else { return Ok(Vec::new()) };
    let mut res: Vec<Span> = Vec::new();
    for connection in &setup.connections {
        let Some(port) = connection.uri.port.as_ref().filter(|port| port.value == in_use) else {
            continue;
        };
        if !connection.uri.is_ssh() || connection.target != Target::Host {
            continue;
        }
        let place = setup
            .connection(connection)
            .and_then(|(_, _, value)| value.written_at(port.range.clone()));
        let Some(place) = place.filter(|place| !res.contains(place)) else { continue };
        if res.iter().any(|other| other.file == place.file) {
            return Err(Refusal::FollowedPort { file: setup.sources.name(place.file).to_owned() });
        }
        res.push(place);
    }
    Ok(res)
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

    #[test]
    fn a_changed_file_that_others_name_is_none_that_compose_starts_with() {
        let mut input = input(
            r#"
#- lima.yaml
ssh: {localPort: 20022}
#- compose.yaml
include: [sub/api.yaml]
#- sub/api.yaml
services:
  api:
    image: api
    env_file: api.env
    volumes: ["./jobs:/srv/jobs"]
#- sub/api.env
LIBVIRT_URI=qemu+ssh://dev@localhost:20022/system
"#,
        );
        for file in &mut input.files {
            if file.name.ends_with(".env") {
                file.kind = crate::text::FileKind::Env;
            }
        }
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        let changed: Vec<&str> =
            made.corrected.iter().map(|file| diagnosis.setup.sources.name(file.file)).collect();
        assert_eq!(changed, ["sub/api.env"]);
        let script = script(&diagnosis, &made).expect("a file changes").text;
        assert!(script.contains("build_env_2()"), "{script}");
        assert!(script.contains("env_2_file="), "{script}");
        assert!(script.contains("-f \"$compose_1\""), "{script}");
        assert!(!script.contains("compose_2"), "{script}");
        assert!(!script.contains("env_option=./sub/api.env"), "{script}");
    }
}
