//! Docker Compose itself, run on projects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use super::HOME;
use super::project::Project;

/// What Docker Compose says of a project.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Outcome {
    /// The project as JSON.
    pub(crate) output: String,
    pub(crate) warnings: Vec<String>,
    /// Why it refuses the project; empty if it does not.
    pub(crate) error: String,
}

impl Outcome {
    /// The project, its dollars no longer doubled.
    pub(crate) fn project(&self) -> Value {
        serde_json::from_str(&self.output.replace("$$", "$")).expect("Compose prints JSON")
    }

    /// The variables that it warns of.
    pub(crate) fn unset(&self) -> BTreeSet<String> {
        let names = self.warnings.iter().filter_map(|warning| {
            let rest = warning.strip_prefix("The \"")?;
            Some(rest.split_once("\" variable is not set.")?.0.to_owned())
        });
        names.collect()
    }
}

/// A project on disk.
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Directory {
    /// Writes a project into a new directory.
    pub(crate) fn write(path: PathBuf, project: &Project) -> Directory {
        for (name, text) in &project.files {
            let file = path.join(name);
            let directory = file.parent().expect("a file is in a directory");
            fs::create_dir_all(directory).expect("a directory can be made");
            fs::write(file, text).expect("a file can be written");
        }
        let mut arguments = Vec::new();
        // A single file is found without being named.
        if project.main.len() > 1 {
            let named = project.main.iter().flat_map(|name| ["-f".to_owned(), name.clone()]);
            arguments.extend(named);
        }
        arguments.extend(["config", "--format", "json"].map(str::to_owned));
        Directory { environment: shell(&path, project), path, arguments }
    }
}

/// The variables of the shell that runs Compose in `directory`.
pub(crate) fn shell(directory: &Path, project: &Project) -> BTreeMap<String, String> {
    let mut res = project.shell.clone();
    for (name, value) in [("HOME", HOME), ("USER", "dev"), ("LOGNAME", "dev")] {
        res.insert(name.to_owned(), value.to_owned());
    }
    res.insert("PWD".to_owned(), directory.to_string_lossy().into_owned());
    res
}

/// What the program `compose-batch` says of each project.
pub(crate) fn run_all(batch: &Path, scratch: &Path, projects: &[Directory]) -> Vec<Outcome> {
    // Two processes, as one does not keep two cores busy.
    let halves: Vec<&[Directory]> = projects.chunks(projects.len().div_ceil(2).max(1)).collect();
    let running = halves.iter().enumerate().map(|(i, half)| {
        let input = scratch.join(format!("cases-{i}"));
        let lines = half.iter().map(|project| {
            let case = json!({
                "directory": project.path,
                "arguments": project.arguments,
                "environment": project.environment,
            });
            format!("{case}\n")
        });
        fs::write(&input, lines.collect::<String>()).expect("a file can be written");
        let input = fs::File::open(&input).expect("a file that was written can be read");
        let mut command = Command::new(batch);
        command.stdin(input).stdout(Stdio::piped()).spawn().expect("compose-batch runs")
    });
    let running: Vec<_> = running.collect();
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let waiting: Vec<_> =
            running.into_iter().map(|child| scope.spawn(|| child.wait_with_output())).collect();
        waiting.into_iter().map(|thread| thread.join().expect("waiting does not fail")).collect()
    });
    let mut res = Vec::new();
    for output in outputs {
        let output = output.expect("compose-batch can be waited for");
        assert!(output.status.success(), "compose-batch ended with {}", output.status);
        let lines = String::from_utf8(output.stdout).expect("compose-batch writes UTF-8");
        res.extend(lines.lines().map(|line| {
            serde_json::from_str::<Outcome>(line).expect("compose-batch answers in JSON")
        }));
    }
    assert_eq!(res.len(), projects.len(), "compose-batch answers each case");
    res
}

/// What the program itself says of a project.
pub(crate) fn run(program: &Path, project: &Directory) -> Outcome {
    let output = Command::new(program)
        .args(&project.arguments)
        .current_dir(&project.path)
        .env_clear()
        .envs(&project.environment)
        .output()
        .expect("docker-compose runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("Compose writes UTF-8");
    let said = text(output.stderr);
    let (warnings, rest): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.contains("level=warning"));
    let messages = warnings.iter().map(|line| {
        let quoted = line.split_once("msg=").map_or("", |(_, quoted)| quoted);
        serde_json::from_str(quoted).expect("a message is quoted")
    });
    Outcome {
        output: text(output.stdout),
        warnings: messages.collect(),
        error: if output.status.success() { String::new() } else { rest.join("\n") },
    }
}
