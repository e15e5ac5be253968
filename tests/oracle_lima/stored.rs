//! The files of VMs: `limactl list` loads and validates each.

use std::collections::HashMap;
use std::fs;

use lima_doctor::intake::LimaVersion;
use serde_json::Value;

use super::generate::{self, Dice};
use super::reading::{circumstances, compare, foretell};
use super::support::oracles::Limactl;

/// Hands the files to limactl as those of VMs named `v0`, `v1`, …; gives what it lists of each.
fn list(limactl: &Limactl, files: &[String]) -> HashMap<String, Value> {
    for (i, text) in files.iter().enumerate() {
        limactl.directory(&format!(".lima/v{i}"));
        limactl.write(&format!(".lima/v{i}/lima.yaml"), text);
    }
    let output = limactl.command(["list", "--json"]).output().expect("limactl runs");
    let listed = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let instances: Vec<Value> = serde_json::Deserializer::from_str(&listed)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("limactl prints one object after another");
    let name = |instance: &Value| instance["name"].as_str().unwrap_or_default().to_owned();
    fs::remove_dir_all(limactl.home().join(".lima")).expect("it can be taken away");
    instances.into_iter().map(|instance| (name(&instance), instance)).collect()
}

fn compare_all(program: &str, version: LimaVersion, files: &[String]) {
    let Some(limactl) = Limactl::new(program) else { return };
    limactl.directory(".lima");
    let listed = list(&limactl, files);
    let (mut accepted, mut failures) = (0, Vec::new());
    for (i, text) in files.iter().enumerate() {
        let name = format!("v{i}");
        let instance = &listed[&name];
        let is_loaded = instance["config"].is_object();
        let (refused, mounts) = foretell(text, &circumstances(version, &name, &limactl.home()));
        let result = match (refused.is_empty(), is_loaded) {
            (true, true) => {
                accepted += 1;
                compare(&mounts, &instance["config"]["mounts"], &limactl.home())
            }
            (true, false) => Err("limactl refuses it".to_owned()),
            (false, true) => Err(format!("limactl takes it, we refuse it: {refused:#?}")),
            (false, false) => Ok(()),
        };
        if let Err(why) = result {
            failures.push((text.len(), format!("{program}, {why}\n{text}")));
        }
    }
    println!("{program}: {} files, {accepted} of them accepted", files.len());
    failures.sort();
    let shown: Vec<&String> = failures.iter().take(5).map(|(_, failure)| failure).collect();
    assert!(failures.is_empty(), "{} differ, the shortest: {shown:#?}", failures.len());
    assert!(accepted * 4 > files.len(), "too few files are accepted to compare their mounts");
}

fn files(count: usize) -> Vec<String> {
    let mut dice = Dice::seeded(20_261_125);
    (0..count)
        .map(|i| match i % 4 {
            0 | 1 => generate::mounts(&mut dice),
            2 => generate::ports(&mut dice),
            _ => generate::types(&mut dice),
        })
        .collect()
}

#[test]
fn lima_2_takes_and_refuses_what_we_say() {
    compare_all("limactl", LimaVersion::new(2, 2, 0), &files(2000));
}

#[test]
fn lima_1_takes_and_refuses_what_we_say() {
    compare_all("limactl-1", LimaVersion::new(1, 2, 2), &files(2000));
}
