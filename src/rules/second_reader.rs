//! What a fix's title promises is what an independent reader finds changed in the data, and
//! nothing else is.

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::laws::{fixtures, variants};
use crate::diagnose;
use crate::diagnostic::Fix;
use crate::text::{EditSet, FileId, FileKind};

/// A place in the data and what stands there afterwards; for a new item, the place of the list
/// with `[+]`.
type Changed = (String, Value);

fn read(text: &str) -> Option<Vec<Value>> {
    serde_yaml_ng::Deserializer::from_str(text).map(|d| Value::deserialize(d).ok()).collect()
}

/// Every value that differs, by its path. What is gone or has another kind differs as a whole.
fn differences(path: &str, old: &Value, new: &Value, res: &mut Vec<Changed>) {
    match (old, new) {
        (Value::Mapping(a), Value::Mapping(b)) if a.keys().all(|key| b.contains_key(key)) => {
            for (key, value) in b {
                let path = format!("{path}.{}", key.as_str().unwrap_or("?"));
                differences(&path, a.get(key).unwrap_or(&Value::Null), value, res);
            }
        }
        // A list or mapping that was not there, or was empty, is seen as one that grew.
        (Value::Null, Value::Mapping(_)) => {
            differences(path, &Value::Mapping(serde_yaml_ng::Mapping::new()), new, res);
        }
        (Value::Null, Value::Sequence(_)) => {
            differences(path, &Value::Sequence(Vec::new()), new, res);
        }
        (Value::Sequence(a), Value::Sequence(b)) if a.len() <= b.len() => {
            for (i, value) in b.iter().enumerate() {
                match a.get(i) {
                    Some(before) => differences(&format!("{path}[{i}]"), before, value, res),
                    None => res.push((format!("{path}[+]"), value.clone())),
                }
            }
        }
        _ if old == new => {}
        _ => res.push((path.to_owned(), new.clone())),
    }
}

/// Checks the changes of `lima.yaml` against the fix.
fn as_promised(fix: &Fix, changes: &[Changed]) -> Result<(), String> {
    let title = fix.title.as_str();
    let quoted = |value: &Value| value.as_str().is_some_and(|v| title.contains(&format!("`{v}`")));
    let claim = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let (mut mounts, mut ports, mut fields) = (0, 0, 0);
    for (path, value) in changes {
        if fix.name == "rename" {
            // The mapping differs as a whole, since a key of it is gone.
            let names: Vec<&str> = title.split('`').skip(1).step_by(2).collect();
            let mapping = value.as_mapping().ok_or("a key of no mapping")?;
            let (new, old) = (names.first(), names.get(1));
            let has = |name: Option<&&str>| name.is_some_and(|name| mapping.contains_key(*name));
            claim(has(new) && !has(old), "another key than the one that is told")?;
        } else if fix.name == "unforward" && path != ".ssh.localPort" {
            // An entry is gone, and with the last one the key.
            let mapping = value.as_mapping();
            let list = mapping.map_or(value.as_sequence(), |mapping| {
                mapping.get("portForwards").and_then(Value::as_sequence)
            });
            let ssh = |entry: &Value| entry.get("guestPort").and_then(Value::as_u64) == Some(22);
            claim(!list.is_some_and(|list| list.iter().any(ssh)), "an entry that is still there")?;
            if let Some(mapping) = mapping {
                let port = mapping.get("ssh").and_then(|ssh| ssh.get("localPort")?.as_u64());
                let told = port.is_some_and(|port| title.contains(&format!(" {port} ")));
                claim(told, "a port that is not told")?;
                ports += 1;
            }
            fields += 1;
        } else if path == ".mounts[+]" {
            let mount = value.as_mapping().ok_or("a mount that is no mapping")?;
            let known = ["location", "mountPoint", "writable"];
            let keys = mount.keys().all(|key| key.as_str().is_some_and(|key| known.contains(&key)));
            claim(keys, "a mount with other keys")?;
            claim(mount.get("location").is_some_and(quoted), "a location that is not told")?;
            claim(mount.get("mountPoint").is_none_or(quoted), "a mount point that is not told")?;
            let writable = mount.get("writable").is_some_and(|value| *value == Value::Bool(true));
            // Where a mount is there already, another place for the directory changes no access.
            let told = title.contains("writable") || fix.name == "add";
            claim(!writable || told, "writable, and not told")?;
            mounts += 1;
        } else if path == ".ssh.localPort" {
            let port = value.as_u64().ok_or("a port that is no number")?;
            claim(title.contains(&format!(" {port} ")), "a port that is not told")?;
            ports += 1;
        } else if path == ".nestedVirtualization" {
            let on = value.as_bool().ok_or("`nestedVirtualization` is no truth value")?;
            claim(title.contains(&format!("`nestedVirtualization: {on}`")), "another value")?;
            fields += 1;
        } else if fix.name == "arch" && path.ends_with("].script") {
            let script = value.as_str().ok_or("a script that is no text")?;
            let told = title.split('`').skip(1).step_by(2).any(|name| script.contains(name));
            claim(path.starts_with(".provision[") && told, "an image that is not told")?;
            fields += 1;
        } else if path == ".plain" {
            claim(
                *value == Value::Bool(false) && title.contains("plain: false"),
                "another `plain`",
            )?;
            fields += 1;
        } else if path.starts_with(".portForwards[") && path.ends_with("].hostIP") {
            claim(fix.name == "loopback" && quoted(value), "an address that is not told")?;
            fields += 1;
        } else if path == ".mountType" {
            claim(quoted(value), "a type of mounts that is not told")?;
            fields += 1;
        } else if path == ".provision[+]" {
            claim(title.contains("by a provision script"), "a script that is not told")?;
            claim(value.get("mode").is_some_and(|mode| mode == "system"), "not run as root")?;
            let script = value.get("script").and_then(Value::as_str).unwrap_or_default();
            claim(script.starts_with("#!/bin/sh\n"), "a script without its shell")?;
            fields += 1;
        } else if path.starts_with(".provision[") && path.ends_with("].script") {
            let script = value.as_str().ok_or("a script that is no text")?;
            let told = match fix.name {
                "tolerate" => script.contains(" || true\n"),
                "statoverride" => script.contains("dpkg-statoverride --add root root 0711 /"),
                _ => false,
            };
            claim(told, "a script that is not changed as told")?;
            fields += 1;
        } else if path.starts_with(".mounts[") && path.ends_with("].location") {
            let is_tilde = fix.name == "mend" && value.as_str() == Some("~");
            claim(
                is_tilde || (fix.name == "split" && quoted(value)),
                "a location that is not told",
            )?;
            fields += 1;
        } else if path.starts_with(".mounts[") && path.ends_with("].writable") {
            claim(*value == Value::Bool(true), "`writable` is not true")?;
            fields += 1;
        } else if path.starts_with(".mounts[") && path.ends_with("].mountPoint") {
            claim(quoted(value), "a mount point that is not told")?;
            fields += 1;
        } else {
            return Err(format!("`{path}` has changed"));
        }
    }
    let expected = match fix.name {
        "parent" => (mounts, ports, fields) == (1, 0, 0),
        "add" => mounts > 0 && ports + fields == 0,
        "each" => (mounts, ports, fields) == (title.matches(" (").count(), 0, 0),
        "pin" => (mounts, ports, fields) == (0, 1, 0),
        "unforward" => mounts == 0 && ports <= 1 && fields == 1,
        "keep-keys" => (mounts, ports, fields) == (0, 0, 1),
        "nest" | "off" => (mounts, ports, fields) == (0, 0, 1),
        "arch" => mounts + ports == 0 && fields > 0,
        "writable" => (mounts, ports, fields) == (0, 0, 1),
        "move" => mounts + ports == 0 && fields > 0,
        "split" => ports == 0 && fields > 0 && mounts + 1 == title.matches(" (").count(),
        "tolerate" => mounts + ports == 0 && fields > 0,
        "not-plain" | "mount-type" | "user" | "boolean" | "statoverride" | "group" | "loopback" => {
            (mounts, ports, fields) == (0, 0, 1)
        }
        _ => true,
    };
    claim(expected, "more or less than the fix is for")
}

#[test]
fn a_second_reader_finds_just_the_change_that_the_title_promises() {
    let mut fixes = 0;
    for (name, fixture) in fixtures() {
        for input in variants(&fixture) {
            let report = diagnose(&input).report;
            for (finding, fix) in
                report.findings.iter().flat_map(|f| f.fixes.iter().map(move |fix| (f, fix)))
            {
                let edits = EditSet::of(&fix.edits).expect("edits that fit each other");
                for (i, file) in input.files.iter().enumerate() {
                    let count = edits.of_file(FileId(i)).count();
                    let is_yaml = matches!(file.kind, FileKind::Lima | FileKind::Compose);
                    // What no reader takes before the fix has no data to compare.
                    let Some(old) = read(&file.text).filter(|_| is_yaml && count > 0) else {
                        continue;
                    };
                    let text = edits.apply(FileId(i), &file.text).expect("edits that fit the file");
                    let context = format!("{name}: {} of {}\n{text}", fix.name, finding.rule);
                    let new = read(&text).unwrap_or_else(|| panic!("not readable: {context}"));
                    assert_eq!(old.len(), new.len(), "documents: {context}");
                    let mut changes = Vec::new();
                    for (old, new) in old.iter().zip(&new) {
                        differences("", old, new, &mut changes);
                    }
                    assert!(!changes.is_empty(), "no change: {context}");
                    if file.kind == FileKind::Lima {
                        as_promised(fix, &changes)
                            .unwrap_or_else(|error| panic!("{error}: {changes:?}\n{context}"));
                    } else if fix.name == "bind-key" {
                        let (volumes, others): (Vec<_>, Vec<_>) =
                            changes.iter().partition(|(path, _)| path.ends_with(".volumes[+]"));
                        let is_told = |(_, value): &&Changed| {
                            let volume = value.as_str().unwrap_or_default();
                            let source = volume.split(':').next().unwrap_or_default();
                            volume.ends_with(":ro") && fix.title.contains(&format!("`{source}`"))
                        };
                        let is_key = |(_, value): &&Changed| {
                            value.as_str().is_some_and(|uri| uri.contains("keyfile="))
                        };
                        assert!(volumes.len() == 1 && others.len() <= 1, "{changes:?}\n{context}");
                        assert!(volumes.iter().all(is_told), "{changes:?}\n{context}");
                        assert!(others.iter().all(is_key), "{changes:?}\n{context}");
                    } else {
                        assert!(changes.len() <= count, "{changes:?}\n{context}");
                    }
                    fixes += 1;
                }
            }
        }
    }
    println!("{fixes} changed files compared");
    assert!(fixes > 30, "{fixes} changed files compared");
}
