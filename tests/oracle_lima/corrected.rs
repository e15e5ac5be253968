//! Corrected files: limactl takes each whose original it takes.

use std::fs;
use std::path::Path;

use lima_doctor::examples::EXAMPLES;
use lima_doctor::intake::{Answers, VmState};
use lima_doctor::repair::plan::Choices;
use lima_doctor::rules::RULES;
use lima_doctor::text::{EditSet, FileId, FileKind, SourceFile};
use lima_doctor::{Input, diagnose, repair};

use super::support::oracles::Limactl;
use super::templates::fill;

/// What makes most fixes apply: a directory to share, and a port that has changed.
const COMPOSE: &str = r#"services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://me@host.docker.internal:60022/system
      JOBS_DIR: /srv/jobs
    volumes:
    - /var/lib/libvirt/images/jobs:/var/lib/libvirt/images/jobs
    - /var/lib/libvirt/images/base:/var/lib/libvirt/images/base:ro
    - ~/jobs:/srv/jobs
"#;
const LIST: &str = "NAME    STATUS     SSH                CPUS    MEMORY    DISK      DIR
dev     Running    127.0.0.1:52136    4       4GiB      100GiB    ~/.lima/dev
";
const IMAGES: &str = "images: [{location: \"https://example.com/disk.img\", arch: x86_64}]\n";

/// A pasted file and what a repair makes of it, or one fix by itself.
struct Pair {
    what: String,
    original: String,
    corrected: String,
}

/// The pages of the rules: each block of YAML holds several files.
fn pages() -> Vec<(String, Input)> {
    let mut res = Vec::new();
    for rule in RULES {
        for block in rule.docs.split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let mut files = Vec::new();
            for part in block.split("#- ").skip(1) {
                let (name, text) = part.split_once('\n').expect("a file has a name");
                let kind = match name.trim() {
                    "lima.yaml" => FileKind::Lima,
                    ".env" => FileKind::Env,
                    "limactl list" | "ssh.config" => FileKind::Limactl,
                    "error" => FileKind::Error,
                    // What the rules are told beside the files is nothing to Lima.
                    "answers" => continue,
                    _ => FileKind::Compose,
                };
                files.push(SourceFile::new(name.trim(), kind, text));
            }
            res.push((rule.name.to_owned(), Input { files, answers: Answers::default() }));
        }
    }
    res
}

/// The real files beside the checkout, where they are, each with what makes fixes apply.
fn corpus() -> Vec<(String, Input)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(entries) = fs::read_dir(folder.join("lima")) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.push(folder.join("trios/real-broken/lima.yaml"));
    paths.sort();
    let input = |path: &Path| {
        let files = vec![
            SourceFile::new("lima.yaml", FileKind::Lima, fs::read_to_string(path).expect("text")),
            SourceFile::new("compose.yaml", FileKind::Compose, COMPOSE),
            SourceFile::new("limactl list", FileKind::Limactl, LIST),
        ];
        Input { files, answers: Answers::default() }
    };
    paths.iter().map(|path| (path.display().to_string(), input(path))).collect()
}

/// The file as a whole that limactl could take: an extract gets an image.
fn whole(mut input: Input) -> Input {
    for file in input.files.iter_mut().filter(|file| file.kind == FileKind::Lima) {
        let builds_on = ["images:", "base:"];
        if !file.text.lines().any(|line| builds_on.iter().any(|key| line.starts_with(key))) {
            file.text = format!("{IMAGES}{}", file.text);
        }
    }
    input
}

fn pairs(what: &str, input: &Input) -> Vec<Pair> {
    let Some(at) = input.files.iter().position(|file| file.kind == FileKind::Lima) else {
        return Vec::new();
    };
    let original = &input.files[at].text;
    let pair =
        |what: String, corrected: String| Pair { what, original: original.clone(), corrected };
    let diagnosis = diagnose(input);
    let mut res = Vec::new();
    let made = repair(input, &diagnosis, &Choices::default());
    if let Some(corrected) = made.corrected.iter().find(|corrected| corrected.file.0 == at) {
        res.push(pair(format!("{what}, repaired"), corrected.text.clone()));
    }
    for finding in &diagnosis.report.findings {
        for fix in &finding.fixes {
            let edits = EditSet::of(&fix.edits).expect("a fix has no edits that overlap");
            let corrected = edits.apply(FileId(at), original).expect("edits fit their file");
            if corrected != *original {
                res.push(pair(format!("{what}, {} of {}", fix.name, finding.rule), corrected));
            }
        }
    }
    res
}

fn all_pairs() -> Vec<Pair> {
    let examples = EXAMPLES.iter().map(|example| (example.name.to_owned(), example.input()));
    let mut res = Vec::new();
    for (what, input) in pages().into_iter().chain(examples).chain(corpus()) {
        let input = whole(input);
        let new = Answers { vm: Some(VmState::New), ..input.answers.clone() };
        res.extend(pairs(&what, &input));
        res.extend(pairs(&format!("{what}, to be made"), &Input { answers: new, ..input }));
    }
    res
}

#[test]
fn limactl_takes_a_corrected_file_if_it_takes_the_original() {
    for program in ["limactl", "limactl-1"] {
        let Some(limactl) = Limactl::new(program) else { continue };
        let pairs = all_pairs();
        let mut files: Vec<String> =
            pairs.iter().flat_map(|pair| [pair.original.clone(), pair.corrected.clone()]).collect();
        files.sort();
        files.dedup();
        let filled = fill(&limactl, &files);
        let is_taken =
            |text: &String| files.binary_search(text).is_ok_and(|at| filled[at].is_some());
        let taken: Vec<&Pair> = pairs.iter().filter(|pair| is_taken(&pair.original)).collect();
        println!("{program}: {} corrected files, {} originals taken", pairs.len(), taken.len());
        assert!(taken.len() * 2 > pairs.len(), "{program} takes too few originals");
        let lost: Vec<String> = taken
            .iter()
            .filter(|pair| !is_taken(&pair.corrected))
            .map(|pair| format!("{}:\n{}", pair.what, pair.corrected))
            .collect();
        assert!(lost.is_empty(), "{program} refuses {}: {:#?}", lost.len(), lost.first());
    }
}
