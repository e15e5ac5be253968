//! What the script needs to know of a repair, read off the two diagnoses.

use super::plan::Repair;
use super::script::{NewMount, Refusal, Script, ScriptFile, ScriptInput, SharedPath};
use crate::Diagnosis;
use crate::diagnostic::Step;
use crate::intake::VmState;
use crate::syntax::dotenv::EnvEntry;
use crate::text::{FileId, FileKind, Span};
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
    let is_new = before.vm == VmState::New;
    let lima = before.lima.as_ref().map(|lima| before.sources.name(lima.file));
    let new_vm = lima.filter(|_| is_new);
    let mut steps = repair.steps.clone();
    steps.retain(|step| match step {
        Step::FollowPort => pinned_port.is_none(),
        Step::RestartInstance | Step::RestartInstanceAgain => !is_new,
        _ => true,
    });
    let followed = match steps.contains(&Step::FollowPort) {
        true => followed_ports(after),
        false => Vec::new(),
    };
    let files = before
        .sources
        .iter()
        .filter_map(|(id, file)| {
            // They are in the files' order.
            let start = followed.partition_point(|span| span.file < id);
            let end = followed.partition_point(|span| span.file <= id);
            Some(ScriptFile {
                kind: file.kind,
                name: &file.name,
                original: &file.text,
                corrected: &after.sources.get(id)?.text,
                followed_ports: followed.get(start..end).unwrap_or_default(),
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
        // Of a VM that is yet to be created, from what nobody showed, nothing can be asked.
        instance: after.instance.as_deref().filter(|_| !is_new || new_vm.is_some()),
        compose_files: match names_its_files(before) {
            true => Vec::new(),
            false => before.compose.files.iter().map(|file| before.sources.name(*file)).collect(),
        },
        env_file: before.env_file.as_ref().map(|(file, _)| before.sources.name(*file)),
        files,
        steps: &steps,
        new_vm,
        new_mounts: new_mounts(before, after),
        pinned_port,
        shared_paths,
        connection,
    })
    .map_err(|refusal| located(refusal, before))
}

/// Whether `COMPOSE_FILE` tells Compose where to start, with files that nobody has to have shown.
fn names_its_files(setup: &Setup) -> bool {
    let is_named = |name: &str, value: &str| name == "COMPOSE_FILE" && !value.is_empty();
    let mut entries = setup.env_file.iter().flat_map(|(_, env)| &env.entries);
    let mut shell = setup.answers.shell.iter();
    let text = |entry: &EnvEntry| entry.value.as_ref().map(|value| value.text.as_str().to_owned());
    entries.any(|entry| is_named(&entry.key, &text(entry).unwrap_or_default()))
        || shell.any(|(name, value)| is_named(name, value))
}

/// The mounts whose mount points the VM does not have yet.
fn new_mounts<'a>(before: &Setup, after: &'a Setup) -> Vec<NewMount<'a>> {
    let has = |point: &str| before.mounts.iter().any(|mount| mount.mount_point == point);
    let new = after.mounts.iter().filter(|mount| !has(&mount.mount_point));
    new.filter_map(|mount| {
        Some(NewMount {
            host: mount.location.as_deref()?,
            guest: &mount.mount_point,
            writable: mount.writable,
        })
    })
    .collect()
}

/// The refusal with the place in the pasted files that it speaks of, where there is one.
fn located(refusal: Refusal, setup: &Setup) -> Refusal {
    let (sought, is_printed) = match &refusal {
        Refusal::Character { value, .. } => (value, false),
        Refusal::ServiceName(name) => (name, false),
        // Lima prints the name; elsewhere, the same word means something else.
        Refusal::InstanceName(name) => (name, true),
        _ => return refusal,
    };
    let place = setup
        .sources
        .iter()
        .filter(|(_, file)| !is_printed || file.kind == FileKind::Limactl)
        .filter(|_| !sought.is_empty())
        .find_map(|(id, file)| {
            let start = file.text.find(sought.as_str())?;
            let at = setup.sources.position(Span::at(id, start));
            Some(format!("{}:{}:{}", file.name, at.line, at.column))
        });
    match place {
        Some(place) => Refusal::At { place, refusal: Box::new(refusal) },
        None => refusal,
    }
}

/// The corrected files that name a port which the restart of the VM takes back, since the port is
/// followed: only the script can write the one that comes then.
pub fn stale_files(repair: &Repair) -> Vec<FileId> {
    let needs = |step| repair.steps.contains(&step);
    if !needs(Step::RestartInstance) || !needs(Step::FollowPort) {
        return Vec::new();
    }
    let mut res: Vec<FileId> =
        followed_ports(&repair.recheck.setup).iter().map(|span| span.file).collect();
    res.dedup();
    res
}

/// Where the corrected files name the port that the VM has now, in order: each is to name the port
/// that the VM has after its start. A variable that several URIs take it from is one place.
fn followed_ports(setup: &Setup) -> Vec<Span> {
    let SshPort::InUse(in_use, ..) = setup.ssh_port() else { return Vec::new() };
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
        res.extend(place);
    }
    res.sort_unstable_by_key(|span| (span.file, span.start));
    res.dedup();
    res
}

#[cfg(test)]
mod tests {
    use crate::intake::PortStrategy;
    use crate::repair::plan::Choices;
    use crate::repair::script::Refusal;
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

    #[test]
    fn a_refusal_says_where_it_is() {
        let fixture = "#- compose.yaml\nservices:\n  a b:\n    volumes: [\"/x\u{202e}:/y\"]\n\
                       #- limactl list\nNAME    STATUS     SSH                CPUS    MEMORY    DISK\n\
                       a..b    Running    127.0.0.1:58411    4       8GiB      50GiB\n";
        let input = input(fixture);
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        let unseen = |value: &str| Refusal::Character {
            what: "the path".to_owned(),
            character: "U+202E".to_owned(),
            value: value.to_owned(),
        };
        for (refusal, expected) in [
            (unseen("/x\u{202e}"), "`compose.yaml:3:16`: the path holds U+202E"),
            (unseen("/z\u{202e}"), "the path holds U+202E"),
            (
                Refusal::InstanceName("a..b".to_owned()),
                "`limactl list:2:1`: `a..b` is no name for a Lima instance",
            ),
            (
                Refusal::ServiceName("a b".to_owned()),
                "`compose.yaml:2:3`: `a b` is no name for a service",
            ),
            (Refusal::NothingToDo, "there is nothing to apply"),
        ] {
            let said = super::with(&diagnosis, &made, |_| Err(refusal.clone()));
            assert_eq!(said.expect_err("a refusal").to_string(), expected);
        }
    }

    #[test]
    fn a_vm_that_is_yet_to_be_created_is_not_stopped() {
        let mut input = input(
            "#- lima.yaml\nmounts: []\n#- compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: \"qemu+ssh://dev@host.docker.internal:60022/system\"}\n    volumes: [\"/Users/me/jobs:/var/lib/libvirt/images/jobs\"]\n",
        );
        input.answers.vm = Some(crate::intake::VmState::New);
        input.answers.instance = Some("dev".to_owned());
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        let script = script(&diagnosis, &made).expect("a script");
        let steps: Vec<&str> = script.steps.iter().map(|step| step.what.as_str()).collect();
        assert!(steps.contains(&"Create the VM `dev` and start it"), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("Stop")), "{steps:?}");
        assert!(!script.text.contains("stop_vm"), "{}", script.text);
    }

    #[test]
    fn a_file_whose_port_is_taken_back_is_known() {
        let mut input = input(
            "#- lima.yaml\nmounts: []\n#- .env\nURI=qemu+ssh://dev@host.docker.internal:52136/system\n#- compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: \"${URI}\"}\n    volumes: [\"/Users/me/jobs:/var/lib/libvirt/images/jobs\"]\n#- limactl list\nNAME    STATUS     SSH                CPUS    MEMORY    DISK\ndev     Running    127.0.0.1:58411    4       8GiB      50GiB\n",
        );
        input.answers.port = Some(PortStrategy::Follow);
        let diagnosis = diagnose(&input);
        let made = repair(&input, &diagnosis, &Choices::default());
        let stale = super::stale_files(&made);
        let names: Vec<&str> = stale.iter().map(|id| diagnosis.setup.sources.name(*id)).collect();
        assert_eq!(names, [".env"]);
    }
}
