//! Sweeps over a folder of real configuration files, where there is one beside the checkout.

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::intake::{Answers, PortStrategy};
use lima_doctor::repair::plan::Choices;
use lima_doctor::syntax::yaml::{Segment, Value};
use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Input, diagnose, repair};
use serde_yaml_ng::Value as Second;
use support::changes::{Action, change, paths, values};
use support::{check_spans, readers_agree, second_reading};

fn corpus() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut todo = vec![root.clone()];
    let mut res = Vec::new();
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("readable").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            res.push((path, text));
        }
    }
    if res.is_empty() {
        println!("no corpus at {}", root.display());
    }
    res.sort();
    res
}

#[test]
fn real_files_read_without_errors_and_as_the_second_reader_has_them() {
    let corpus = corpus();
    for (path, text) in &corpus {
        let yaml = readers_agree(text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        check_spans(text, &yaml).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    println!("{} files", corpus.len());
}

#[test]
fn changes_to_real_files_are_as_meant() {
    let (mut made, mut refused) = (0, 0);
    for (path, text) in corpus() {
        let yaml = readers_agree(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let Some(document) = yaml.documents.first() else { continue };
        let all = paths(document);
        // A dozen places spread over the file, each with another action and value.
        for (i, (at, _)) in all.iter().step_by(all.len() / 12 + 1).enumerate() {
            let action = [Action::Set, Action::Append, Action::AddKey][i % 3];
            let values = values();
            match change(&text, at, action, &values[i % values.len()]) {
                Ok(Some(_)) => made += 1,
                Ok(None) => refused += 1,
                Err(e) => panic!("{}: {action:?} at {at:?}: {e}", path.display()),
            }
        }
    }
    println!("{made} changes made, {refused} refused");
}

#[test]
fn real_files_take_a_mount_and_a_port() {
    let key = |key: &str| Segment::Key(key.to_owned());
    let mount = &values()[2];
    let mut made = 0;
    for (path, text) in corpus() {
        let change =
            |text: &str, at: &[Segment], action, value| match change(text, at, action, value) {
                Ok(Some(new)) => new,
                other => panic!("{}: {other:?}", path.display()),
            };
        let port = [key("ssh"), key("localPort")];
        let with_port = change(&text, &port, Action::Set, &Value::Int(60022));
        let with_mount = change(&with_port, &[key("mounts")], Action::Append, mount);
        // At most the two lines that held the old values are others now.
        let lines: HashSet<&str> = with_mount.lines().collect();
        let gone: Vec<&str> = text.lines().filter(|line| !lines.contains(line)).collect();
        assert!(gone.len() <= 2, "{}: {gone:?}", path.display());
        made += 1;
    }
    println!("{made} files changed");
}

/// A set-up around a `lima.yaml` that does not share `/srv/lima-doctor/jobs`, and whose port the
/// list shows to be another than the URI's.
fn set_up_around(lima: &str) -> Input {
    let compose = "\
services:
  api:
    environment: [\"LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:52136/system\"]
    volumes: [\"/srv/lima-doctor/jobs:/var/lib/libvirt/images/jobs\"]
";
    let list = "NAME    STATUS     SSH\ndev     Running    127.0.0.1:58411\n";
    let files = vec![
        SourceFile::new("lima.yaml", FileKind::Lima, lima),
        SourceFile::new("compose.yaml", FileKind::Compose, compose),
        SourceFile::new("limactl list", FileKind::Limactl, list),
    ];
    let port = Some(PortStrategy::Pin(Some(60123)));
    Input { files, answers: Answers { port, ..Answers::default() } }
}

/// The data of `lima.yaml` with the mount added and the port pinned.
fn mended(mut data: Vec<Second>) -> Option<Vec<Second>> {
    let root = data.first_mut()?;
    if root.is_null() {
        *root = Second::Mapping(serde_yaml_ng::Mapping::new());
    }
    let root = root.as_mapping_mut()?;
    let mounts = root.entry("mounts".into()).or_insert(Second::Null);
    if mounts.is_null() {
        *mounts = Second::Sequence(Vec::new());
    }
    let mut mount = serde_yaml_ng::Mapping::new();
    mount.insert("location".into(), "/srv/lima-doctor/jobs".into());
    mount.insert("mountPoint".into(), "/var/lib/libvirt/images/jobs".into());
    mount.insert("writable".into(), true.into());
    mounts.as_sequence_mut()?.push(mount.into());
    let ssh = root.entry("ssh".into()).or_insert(Second::Null);
    if ssh.is_null() {
        *ssh = Second::Mapping(serde_yaml_ng::Mapping::new());
    }
    ssh.as_mapping_mut()?.insert("localPort".into(), 60123.into());
    Some(data)
}

#[test]
fn a_repair_of_a_real_file_adds_a_mount_and_a_port_and_nothing_else() {
    let (mut mended_files, mut undecided) = (0, 0);
    for (path, text) in
        corpus().iter().filter(|(path, _)| path.to_string_lossy().contains("/lima/"))
    {
        let input = set_up_around(text);
        let diagnosis = diagnose(&input);
        let rules: Vec<&str> = diagnosis.report.findings.iter().map(|f| f.rule).collect();
        // What `base:` or a provision script brings is not in the file, and `plain:` takes no mount.
        let has_fixes = diagnosis.report.findings.iter().all(|f| !f.fixes.is_empty());
        if !rules.contains(&"mount-missing") || !rules.contains(&"ssh-port-stale") || !has_fixes {
            undecided += 1;
            continue;
        }
        let made = repair(&input, &diagnosis, &Choices::default());
        let corrected = made.corrected.iter().find(|file| file.file.0 == 0);
        let corrected = corrected.unwrap_or_else(|| panic!("{}: not corrected", path.display()));
        let expected = mended(second_reading(text).expect("data")).expect("a mapping");
        let found = second_reading(&corrected.text).expect("data");
        assert!(found == expected, "{}:\n{}", path.display(), corrected.text);
        mended_files += 1;
    }
    println!("{mended_files} files mended, {undecided} undecided");
    assert!(mended_files >= undecided, "{mended_files} mended, {undecided} undecided");
}
