//! Docker Compose and lima-doctor read made-up projects alike: environments, binds, hosts, ports,
//! the variables that are missed, and what is refused.

mod compose;
mod project;
mod reading;
#[path = "../support/mod.rs"]
mod support;
mod templates;
mod volumes;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use compose::{Directory, Outcome, run, run_all};
use project::Project;
use reading::{Difference, difference, ours, theirs};
use support::oracles::oracle;
use support::random::{Random, seed};
use tempfile::TempDir;

/// The home directory of who runs Compose; it need not be there.
const HOME: &str = "/home/dev";

#[test]
fn projects_of_fixed_seeds_are_read_alike() {
    let Some(batch) = oracle("compose-batch") else { return };
    compare_all(&batch, (0..2000).map(project::project).collect());
}

#[test]
fn projects_of_a_random_seed_are_read_alike() {
    let Some(batch) = oracle("compose-batch") else { return };
    let mut random = Random::new(seed());
    compare_all(&batch, (0..200).map(|_| project::project(random.number())).collect());
}

fn compare_all(batch: &Path, projects: Vec<Project>) {
    let checked = check(batch, &projects);
    let refused = checked.iter().filter(|(_, outcome)| !outcome.error.is_empty()).count();
    let count = projects.len();
    println!("{count} projects, {refused} of them refused by Compose");
    assert!(refused < count / 2, "{refused} of {count} projects tell little");
    let mut failed: Vec<(&Project, &Difference)> = projects
        .iter()
        .zip(&checked)
        .filter_map(|(p, (found, _))| Some((p, found.as_ref()?)))
        .collect();
    failed.sort_by_key(|(project, _)| size(project));
    let mut kinds: BTreeMap<&str, Vec<(&Project, &Difference)>> = BTreeMap::new();
    for (project, found) in failed.iter().copied() {
        kinds.entry(&found.what).or_default().push((project, found));
    }
    let told = kinds.values().map(|all| {
        let (project, found) = shrink(batch, all[0].0.clone(), all[0].1.clone());
        format!("{} like this:\n{}{}\n\n", all.len(), show(&project), found.details)
    });
    let told: String = told.collect();
    assert!(
        failed.is_empty(),
        "{} of {count} projects are read in other ways\n{told}",
        failed.len()
    );
}

/// What differs in each project, and what Compose said.
fn check(batch: &Path, projects: &[Project]) -> Vec<(Option<Difference>, Outcome)> {
    let scratch = tempfile::tempdir().expect("a temporary directory can be made");
    let directories = write(&scratch, projects);
    let outcomes = run_all(batch, scratch.path(), &directories);
    let cases = projects.iter().zip(directories).zip(outcomes);
    let compared = cases.map(|((project, directory), outcome)| {
        let path = &directory.path;
        (difference(&ours(project, path), &theirs(&outcome, path)), outcome)
    });
    compared.collect()
}

fn write(scratch: &TempDir, projects: &[Project]) -> Vec<Directory> {
    // On macOS the temporary directory is reached through a link, which Compose follows.
    let root = scratch.path().canonicalize().expect("the directory is there");
    let directory = |(i, project)| Directory::write(root.join(format!("p{i}")), project);
    projects.iter().enumerate().map(directory).collect()
}

/// The project without lines that the difference does not need.
fn shrink(batch: &Path, mut project: Project, mut found: Difference) -> (Project, Difference) {
    let mut length = 16;
    while length > 0 {
        let smaller = without_lines(&project, length);
        let checked = check(batch, &smaller).into_iter().map(|(found, _)| found);
        let mut same = smaller.into_iter().zip(checked).filter_map(|(p, other)| Some((p, other?)));
        match same.find(|(_, other)| other.what == found.what) {
            Some(next) => (project, found) = next,
            None => length /= 2,
        }
    }
    (project, found)
}

fn without_lines(project: &Project, length: usize) -> Vec<Project> {
    let mut res = Vec::new();
    for (i, (_, text)) in project.files.iter().enumerate() {
        for text in shorter(text, length).into_iter().filter(|text| has_sections(text)) {
            let mut project = project.clone();
            project.files[i].1 = text;
            res.push(project);
        }
    }
    res
}

/// Whether there is something under each `services` and `volumes`: Compose itself crashes where
/// there is nothing, and something is included.
fn has_sections(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let is_open = |line: &str| {
        let value = line.strip_prefix("services:").or(line.strip_prefix("volumes:"));
        value.is_some_and(|value| value.trim_start().is_empty() || value.contains(" #"))
    };
    let mut places = lines.iter().zip(1..).filter(|(line, _)| is_open(line));
    places.all(|(_, next)| lines.get(next).is_some_and(|line| line.starts_with(' ')))
}

fn shorter(text: &str, length: usize) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let starts = (0..lines.len()).step_by(length);
    starts.map(|i| [&lines[..i], &lines[lines.len().min(i + length)..]].concat().concat()).collect()
}

fn size(project: &Project) -> usize {
    project.files.iter().map(|(_, text)| text.len()).sum()
}

fn show(project: &Project) -> String {
    let mut res = format!("shell: {:?}\n", project.shell);
    for (name, text) in project.files.iter().filter(|(_, text)| !text.is_empty()) {
        res += &format!("--- {name}\n{text}");
    }
    res + "---\n"
}

#[test]
fn the_program_itself_says_the_same_as_many_runs_in_one_process() {
    let (Some(batch), Some(program)) = (oracle("compose-batch"), oracle("docker-compose")) else {
        return;
    };
    let scratch = tempfile::tempdir().expect("a temporary directory can be made");
    let projects: Vec<Project> = (0..200).map(|i| project::project(i * 10)).collect();
    let directories = write(&scratch, &projects);
    let outcomes = run_all(&batch, scratch.path(), &directories);
    let half = directories.len() / 2;
    let check = |range: std::ops::Range<usize>| {
        for i in range {
            let (one, many) = (run(&program, &directories[i]), &outcomes[i]);
            let show = || show(&projects[i]);
            assert_eq!(one.error.is_empty(), many.error.is_empty(), "{}\n{}", one.error, show());
            // Of several errors, and until the first one, Compose takes any.
            if one.error.is_empty() {
                assert_eq!(one.output, many.output, "{}", show());
                assert_eq!(one.unset(), many.unset(), "{}", show());
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| check(0..half));
        check(half..directories.len());
    });
}
