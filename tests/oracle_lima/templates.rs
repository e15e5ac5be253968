//! Templates: `limactl validate --fill` adds what `base` brings, merges and prints the mounts.

use lima_doctor::config::lima::Circumstances;
use lima_doctor::intake::{LimaVersion, VmState};
use serde::Deserialize;
use serde_json::Value;

use super::generate::{self, Dice};
use super::reading::{circumstances, compare, foretell};
use super::support::oracles::Limactl;

/// What limactl makes of each file; `None` where it refuses it. It stops at the first that it
/// refuses, so it starts again behind that one.
pub(crate) fn fill(limactl: &Limactl, files: &[String]) -> Vec<Option<Value>> {
    let names: Vec<String> = (0..files.len()).map(|i| format!("t{i}.yaml")).collect();
    for (name, text) in names.iter().zip(files) {
        limactl.write(name, text);
    }
    let mut res = Vec::new();
    while res.len() < files.len() {
        // With a second file each is printed as a document of its own.
        let rest = &names[res.len()..];
        let arguments = ["validate", "--fill"].into_iter().chain(rest.iter().map(String::as_str));
        let arguments = arguments.chain(["t0.yaml"].into_iter().filter(|_| rest.len() == 1));
        let output = limactl.command(arguments).output().expect("limactl runs");
        let printed = String::from_utf8(output.stdout).expect("YAML is UTF-8");
        let documents = serde_yaml_ng::Deserializer::from_str(&printed)
            .map(|document| Value::deserialize(document).expect("limactl prints YAML"))
            .filter(|document| !document.is_null());
        res.extend(documents.take(rest.len()).map(Some));
        if !output.status.success() && res.len() < files.len() {
            res.push(None);
        }
    }
    res
}

fn compare_all(program: &str, version: LimaVersion, locator: &str) {
    let Some(limactl) = Limactl::new(program) else { return };
    let mut dice = Dice::seeded(7);
    let files: Vec<String> = (0..600).map(|_| generate::template(&mut dice, locator)).collect();
    let filled = fill(&limactl, &files);
    let (mut accepted, mut failures) = (0, Vec::new());
    for (text, filled) in files.iter().zip(&filled) {
        let circumstances = Circumstances {
            is_template: true,
            is_stored: false,
            vm: VmState::New,
            instance: None,
            ..circumstances(version, "", &limactl.home())
        };
        let (refused, mounts) = foretell(text, &circumstances);
        let result = match filled {
            Some(filled) if refused.is_empty() => {
                accepted += 1;
                compare(&mounts, &filled["mounts"], &limactl.home())
            }
            Some(_) => Err(format!("limactl takes it, we refuse it: {refused:#?}")),
            None if refused.is_empty() => Err("limactl refuses it".to_owned()),
            None => Ok(()),
        };
        if let Err(why) = result {
            failures.push((text.len(), format!("{program}, {why}\n{text}")));
        }
    }
    println!("{program}: {} templates, {accepted} of them accepted", files.len());
    failures.sort();
    let shown: Vec<&String> = failures.iter().take(5).map(|(_, failure)| failure).collect();
    assert!(failures.is_empty(), "{} differ, the shortest: {shown:#?}", failures.len());
    assert!(accepted >= 500, "too few templates are accepted to compare their mounts");
}

#[test]
fn lima_2_makes_the_mounts_of_a_template_that_we_say() {
    compare_all("limactl", LimaVersion::new(2, 2, 0), "template:");
}

#[test]
fn lima_1_makes_the_mounts_of_a_template_that_we_say() {
    compare_all("limactl-1", LimaVersion::new(1, 2, 2), "template://");
}
