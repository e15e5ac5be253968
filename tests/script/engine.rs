//! The script as the engine makes it: every example from the pasted texts to the files on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::diagnostic::Step;
use lima_doctor::examples::{EXAMPLES, Example};
use lima_doctor::repair::plan::{Choices, Repair};
use lima_doctor::repair::script::Refusal;
use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Diagnosis, Input, diagnose, repair, script};

use crate::bench::{Bench, Shell, assert_both_clean, shells};
use crate::setups;

type Chosen = &'static [(&'static str, &'static str)];

const RECOMMENDED: Chosen = &[];
const FOLLOW: Chosen = &[("ssh-port-stale", "follow")];
const EACH: Chosen = &[("mount-missing", "each")];
const FOLLOW_AND_EACH: Chosen = &[("ssh-port-stale", "follow"), ("mount-missing", "each")];

const FOLLOW_THEN_PIN: Chosen = &[("ssh-port-stale", "follow"), ("ssh-port-not-pinned", "pin")];

/// The VM's name where the texts do not tell it.
const NAME: &str = "named.by-hand";
/// The port after the next start of a VM whose port is not pinned.
const DRAWN: &str = "49200";

#[test]
fn the_recommended_fixes_are_applied() {
    let applied = apply_everywhere(RECOMMENDED);
    let all: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
    assert_eq!(applied, all);
}

#[test]
fn both_forms_of_every_script_are_clean() {
    let mut clean = 0;
    let folders = setups::folders();
    for folder in &folders {
        let mut input = setups::input(folder);
        if diagnose(&input).setup.instance.is_none() {
            input.answers.instance = Some(NAME.to_owned());
        }
        let diagnosis = diagnose(&input);
        for chosen in [RECOMMENDED, FOLLOW_AND_EACH] {
            let choices =
                Choices(chosen.iter().map(|(rule, fix)| ((*rule).into(), (*fix).into())).collect());
            if !choices.unknown(&diagnosis.report).is_empty() {
                continue;
            }
            let repair = repair(&input, &diagnosis, &choices);
            match script(&diagnosis, &repair) {
                Ok(script) => assert_both_clean(&script),
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::NothingToDo, "{}", folder.display());
                    continue;
                }
            }
            clean += 2;
        }
    }
    println!("{clean} scripts of {} set-ups are clean", folders.len());
    assert!(clean > folders.len());
}

#[test]
fn a_port_is_followed() {
    assert_eq!(apply_everywhere(FOLLOW), ["missing-mount-and-stale-port", "the-whole-chain"]);
}

#[test]
fn each_directory_has_its_own_mount() {
    assert_eq!(apply_everywhere(EACH), ["missing-mount-and-stale-port", "the-whole-chain"]);
}

#[test]
fn a_port_is_followed_over_a_restart_for_other_mounts() {
    assert_eq!(
        apply_everywhere(FOLLOW_AND_EACH),
        ["missing-mount-and-stale-port", "the-whole-chain"]
    );
}

#[test]
fn a_port_that_is_pinned_after_all_is_not_followed() {
    assert_eq!(
        apply_everywhere(FOLLOW_THEN_PIN),
        ["missing-mount-and-stale-port", "the-whole-chain"]
    );
}

const UNPINNED: &str = "ssh:\n  forwardAgent: true\n";
const LISTED: &str = "NAME  STATUS   SSH              CPUS  MEMORY  DISK\n\
                      dev   Running  127.0.0.1:58411  4     8GiB    60GiB\n";

/// Texts about a VM that is not pinned, and the fix that follows its port.
fn following(env: &str, compose: &str) -> (Diagnosis, Repair) {
    let files = [
        ("lima.yaml", FileKind::Lima, UNPINNED),
        (".env", FileKind::Env, env),
        ("compose.yaml", FileKind::Compose, compose),
        ("limactl list", FileKind::Limactl, LISTED),
    ];
    let files = files.map(|(name, kind, text)| SourceFile::new(name, kind, text)).to_vec();
    let input = Input { files, ..Input::default() };
    let diagnosis = diagnose(&input);
    let choices =
        Choices(FOLLOW.iter().map(|(rule, fix)| ((*rule).into(), (*fix).into())).collect());
    let repair = repair(&input, &diagnosis, &choices);
    (diagnosis, repair)
}

#[test]
fn a_uri_that_is_right_already_follows_the_port_as_well() {
    let env = "A=qemu+ssh://me@host.docker.internal:52136/system\n";
    let compose = "services:\n  a:\n    environment:\n      LIBVIRT_URI: ${A}\n  \
                   b:\n    environment:\n      \
                   LIBVIRT_URI: qemu+ssh://me@host.docker.internal:58411/system\n";
    let (diagnosis, repair) = following(env, compose);
    let script = script(&diagnosis, &repair).expect("a script");
    assert_both_clean(&script);
    let text = script.text;
    for shell in shells() {
        let bench = Bench::new();
        fs::write(bench.lima(), UNPINNED).expect("a file");
        fs::write(bench.in_project(".env"), env).expect("a file");
        fs::write(bench.in_project("compose.yaml"), compose).expect("a file");
        bench.set("status", "Stopped\n");
        bench.set("next_port", &format!("{DRAWN}\n"));
        let ran = bench.run(shell, &text, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell:?}\n{}", ran.out);
        for (name, before, port) in [(".env", env, "52136"), ("compose.yaml", compose, "58411")] {
            let now = fs::read_to_string(bench.in_project(name)).expect("a file");
            assert_eq!(now, before.replace(port, DRAWN), "{shell:?} {name}");
        }
    }
}

/// Ways to write the port, in `.env` and in the Compose file: each place is followed, and nothing
/// else is touched.
const FOLLOWED: [(&str, &str); 5] = [
    (
        "A=qemu+ssh://me@host.docker.internal:52136/system\nB='qemu+ssh://me@host.docker.internal:52137/system' # it's\n",
        "services:\n  a:\n    environment:\n      LIBVIRT_URI: ${A}\n  b:\n    environment:\n      LIBVIRT_URI: ${B}\n",
    ),
    (
        "# 58411\nPORT=52136\nURI=qemu+ssh://me@host.docker.internal:${PORT}/system\n",
        "services:\n  a:\n    environment: {LIBVIRT_URI: \"${URI}\"}\n",
    ),
    (
        "LIMA_SSH_PORT=\"52136\"\nOTHER=52136\n",
        "services:\n  a:\n    environment:\n    - LIBVIRT_URI=qemu+ssh://me@host.docker.internal:${LIMA_SSH_PORT}/system\n  \
         b:\n    environment:\n    - LIBVIRT_URI=qemu+ssh://me@host.docker.internal:${LIMA_SSH_PORT:-1}/session\n",
    ),
    (
        "X=1\n",
        "services:\n  a:\n    environment:\n    - LIBVIRT_URI=qemu+ssh://me@host.docker.internal:${P:-52136}/system\n",
    ),
    (
        "X=1\n",
        "services:\n  a: {environment: {LIBVIRT_URI: 'qemu+ssh://me@host.docker.internal:52136/system'}}\n  \
         b: {environment: {LIBVIRT_URI: \"${U:-qemu+ssh://me@host.docker.internal:52136/system}\"}}\n",
    ),
];

#[test]
fn a_port_is_followed_wherever_it_is_written() {
    for (env, compose) in FOLLOWED {
        let (diagnosis, repair) = following(env, compose);
        let script = script(&diagnosis, &repair).expect("a script");
        assert_both_clean(&script);
        let corrected = |kind, original: &str| {
            let changed = repair.corrected.iter().find(|one| {
                diagnosis.setup.sources.get(one.file).is_some_and(|file| file.kind == kind)
            });
            changed.map_or(original.to_owned(), |one| one.text.clone())
        };
        let ports = ["58411", DRAWN];
        let bench = Bench::new();
        fs::write(bench.lima(), UNPINNED).expect("a file");
        fs::write(bench.in_project(".env"), env).expect("a file");
        fs::write(bench.in_project("compose.yaml"), compose).expect("a file");
        bench.set("port", &format!("{DRAWN}\n"));
        let ran = bench.run(&["sh"], &script.text, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{env}{compose}\n{}", ran.out);
        for (name, kind, original) in
            [(".env", FileKind::Env, env), ("compose.yaml", FileKind::Compose, compose)]
        {
            let now = fs::read_to_string(bench.in_project(name)).expect("a file");
            // What only looks like the port, in a comment, stays.
            let expected =
                corrected(kind, original).replace(ports[0], ports[1]).replace("# 49200", "# 58411");
            assert_eq!(now, expected, "{name} of {env}{compose}");
        }
        let text = |name| fs::read_to_string(bench.in_project(name)).expect("a file");
        let uris = text(".env") + &text("compose.yaml");
        assert!(uris.contains(DRAWN) && !uris.contains(":52136"), "{uris}");
        let ran = bench.run(&["sh"], &script.text, &["--undo"]);
        assert_eq!(ran.status, 0, "{env}{compose}\n{}{}", ran.out, ran.err);
        assert_eq!((text(".env"), text("compose.yaml")), (env.to_owned(), compose.to_owned()));
    }
}

#[test]
fn a_vm_of_unknown_name_has_to_be_named() {
    let unnamed: Vec<&str> = EXAMPLES
        .iter()
        .filter(|example| {
            let input = example.input();
            let diagnosis = diagnose(&input);
            let repair = repair(&input, &diagnosis, &Choices::default());
            script(&diagnosis, &repair) == Err(Refusal::NoInstance)
        })
        .map(|example| example.name)
        .collect();
    assert_eq!(unnamed, ["other-path-in-the-vm", "localhost-in-the-container", "host-key-changed"]);
}

/// Applies these choices to every example that offers them, under every shell; the names of these
/// examples.
fn apply_everywhere(chosen: Chosen) -> Vec<&'static str> {
    let choices =
        Choices(chosen.iter().map(|(rule, fix)| ((*rule).into(), (*fix).into())).collect());
    let offers =
        |example: &&Example| choices.unknown(&diagnose(&example.input()).report).is_empty();
    let mut res = Vec::new();
    for example in EXAMPLES.iter().filter(offers) {
        for (number, shell) in shells().into_iter().enumerate() {
            Case::new(example, &choices).assert_applies(shell, number == 0);
        }
        res.push(example.name);
    }
    res
}

/// An example on a bench of its own.
struct Case {
    name: &'static str,
    bench: Bench,
    diagnosis: Diagnosis,
    repair: Repair,
    instance: String,
}

impl Case {
    fn new(example: &Example, choices: &Choices) -> Self {
        let bench = Bench::new();
        let mut input = example.input();
        move_into(&bench.path("host"), &mut input);
        assert_eq!(offered(&input), offered(&example.input()), "{}: moved", example.name);
        let known = diagnose(&input).setup.instance;
        if known.is_none() {
            input.answers.instance = Some(NAME.to_owned());
        }
        let diagnosis = diagnose(&input);
        let repair = repair(&input, &diagnosis, choices);
        let case = Self {
            name: example.name,
            instance: known.unwrap_or_else(|| NAME.to_owned()),
            bench,
            diagnosis,
            repair,
        };
        case.put_files();
        case
    }

    /// Where a file of the example lies on the bench; none for what is no file.
    fn place(&self, kind: FileKind, name: &str) -> Option<PathBuf> {
        match kind {
            FileKind::Lima => {
                Some(self.bench.path("home/.lima").join(&self.instance).join("lima.yaml"))
            }
            FileKind::Env | FileKind::Compose => Some(self.bench.in_project(name)),
            FileKind::Limactl | FileKind::Error => None,
        }
    }

    fn put_files(&self) {
        for (_, file) in self.diagnosis.setup.sources.iter() {
            let Some(place) = self.place(file.kind, &file.name) else { continue };
            fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
            fs::write(place, &file.text).expect("a file");
        }
        let after = &self.repair.recheck.setup;
        // The container engine makes what it binds: it has, where the container is there as it is,
        // or it does when it makes the container anew.
        let targets: Vec<&str> = after.shared.iter().map(|dir| dir.target.as_str()).collect();
        self.bench.set("bound", &targets.iter().map(|one| format!("{one}\n")).collect::<String>());
        let steps = &self.repair.steps;
        if !steps.iter().any(|step| matches!(step, Step::CreateHostDirectory(_))) {
            for target in targets {
                fs::create_dir_all(target).expect("a directory");
            }
        }
        self.bench.set("port", &format!("{}\n", self.port_in_use()));
        let pinned = after.lima.as_ref().and_then(|lima| lima.ssh_local_port);
        let next = pinned.map_or(DRAWN.to_owned(), |(port, _)| port.to_string());
        self.bench.set("next_port", &format!("{next}\n"));
    }

    fn port_in_use(&self) -> u16 {
        let listed = &self.diagnosis.setup.instances;
        listed.iter().find_map(|instance| instance.port).map_or(20022, |(port, _)| port)
    }

    /// Each corrected file with the text that it must have.
    fn corrected(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let in_use = format!(":{}/", self.port_in_use());
        let pinned = self.repair.recheck.setup.lima.as_ref().and_then(|lima| lima.ssh_local_port);
        let follows = self.repair.steps.contains(&Step::FollowPort) && pinned.is_none();
        self.repair
            .corrected
            .iter()
            .map(|corrected| {
                let file = self.diagnosis.setup.sources.get(corrected.file).expect("a file");
                let place = self.place(file.kind, &file.name).expect("a place");
                let mut text = corrected.text.clone();
                if follows && file.kind == FileKind::Env {
                    assert_eq!(text.matches(&in_use).count(), 1, "{}: {text}", self.name);
                    text = text.replace(&in_use, &format!(":{DRAWN}/"));
                }
                (place, text.into_bytes())
            })
            .collect()
    }

    fn assert_applies(&self, shell: Shell, lint: bool) {
        let what = format!("{} {shell:?}", self.name);
        let made = script(&self.diagnosis, &self.repair);
        if self.repair.corrected.is_empty() {
            assert_eq!(made, Err(Refusal::NothingToDo), "{what}");
            return;
        }
        let made = made.expect("a script");
        if lint {
            assert_both_clean(&made);
        }
        let text = made.text;
        let originals = tree(&self.bench);

        let ran = self.bench.run(shell, &text, &["--plan"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{what}\n{}", ran.out);
        assert_eq!(tree(&self.bench), originals, "{what}: a plan changes nothing");
        assert!(self.bench.calls().is_empty(), "{what}: a plan calls nothing");

        let ran = self.bench.run(shell, &text, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{what}\n{}", ran.out);
        let restarts = self.restarts();
        let expected: &[String] = &match self.repair.steps.contains(&Step::RestartInstance) {
            true => vec![
                format!("limactl stop {}", self.instance),
                format!("limactl start --tty=false {}", self.instance),
            ],
            false => Vec::new(),
        };
        assert_eq!(restarts, expected, "{what}\n{}", ran.out);
        let applied = tree(&self.bench);
        self.assert_only_corrected(&what, &originals, &applied);

        let ran = self.bench.run(shell, &text, &["--apply"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{what}\n{}", ran.out);
        assert!(ran.out.contains("There was nothing to change."), "{what}\n{}", ran.out);
        assert_eq!(tree(&self.bench), applied, "{what}: the second run changes nothing");
        assert!(self.restarts().is_empty(), "{what}: the second run restarts nothing");

        let ran = self.bench.run(shell, &text, &["--undo"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{what}\n{}", ran.out);
        let undone = tree(&self.bench);
        for (path, original) in &originals {
            assert_eq!(undone.get(path), Some(original), "{what}: {}", path.display());
        }
        assert!(undone.keys().eq(applied.keys()), "{what}: nothing but the texts is undone");
    }

    /// The calls since the last time that stop or start the VM.
    fn restarts(&self) -> Vec<String> {
        let mut res = self.bench.actions();
        res.retain(|call| call.starts_with("limactl st"));
        res
    }

    /// That the corrected files are as they must be, each with a backup beside it, and that nothing
    /// else is new but directories of the host.
    fn assert_only_corrected(&self, what: &str, before: &Tree, after: &Tree) {
        let corrected = self.corrected();
        let mut backed_up = Vec::new();
        for (path, content) in after {
            let shown = path.display();
            match (corrected.get(path), before.get(path), content) {
                (Some(expected), ..) => {
                    let expected = String::from_utf8_lossy(expected);
                    let content = content.as_deref().map(String::from_utf8_lossy);
                    assert_eq!(content.as_ref(), Some(&expected), "{what}: {shown}");
                }
                (None, Some(original), _) => assert_eq!(content, original, "{what}: {shown}"),
                (None, None, Some(_)) => {
                    let name = path.to_string_lossy();
                    let (of, _) = name.split_once(".lima-doctor-").expect("a backup");
                    assert!(name.ends_with(".bak"), "{what}: {shown}");
                    assert_eq!(Some(content), before.get(Path::new(of)), "{what}: {shown}");
                    backed_up.push(PathBuf::from(of));
                }
                (None, None, None) => {
                    assert!(path.starts_with(self.bench.path("host")), "{what}: {shown}");
                }
            }
        }
        assert!(backed_up.iter().eq(corrected.keys()), "{what}: backups of {backed_up:?}");
        for step in &self.repair.steps {
            let Step::CreateHostDirectory(directory) = step else { continue };
            assert!(Path::new(directory).is_dir(), "{what}: {directory}");
        }
    }
}

/// Rules about libvirt's own directory, which an example leaves when it is moved.
const OF_THE_DIRECTORY: [&str; 2] = ["package-unconfigured", "share-permission"];

/// The rules that fire and what each offers, in no order: libvirt's own directory is graver.
fn offered(input: &Input) -> BTreeMap<&'static str, Vec<&'static str>> {
    let findings = diagnose(input).report.findings;
    findings
        .iter()
        .filter(|finding| !OF_THE_DIRECTORY.contains(&finding.rule))
        .map(|finding| (finding.rule, finding.fixes.iter().map(|fix| fix.name).collect()))
        .collect()
}

/// Moves the directories that an example names into the bench, so that nothing outside is touched.
pub(crate) fn move_into(host: &Path, input: &mut Input) {
    let host = host.to_string_lossy();
    let images = format!("{host}/images");
    let has_base =
        input.files.iter().any(|file| file.text.contains("/var/lib/libvirt/images/base"));
    for file in &mut input.files {
        file.text = file
            .text
            .replace("/var/lib/libvirt/images", &images)
            .replace("/data/", &format!("{host}/data/"));
        // libvirt's own directory speaks for itself; elsewhere it takes an error.
        if file.kind == FileKind::Error && has_base {
            file.text.push_str(&format!(
                "\nerror: Cannot access backing file '{images}/base/noble.qcow2' of storage file \
                 '{images}/jobs/a/disk.qcow2': No such file or directory\n"
            ));
        }
    }
}

/// Files with their bytes, and directories.
type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// All that lies in the home, in the project, and in the host's directories.
fn tree(bench: &Bench) -> Tree {
    let mut res = Tree::new();
    for root in ["home", "project", "host"] {
        add(&bench.path(root), &mut res);
    }
    res
}

fn add(path: &Path, tree: &mut Tree) {
    let Ok(entries) = fs::read_dir(path) else {
        if let Ok(bytes) = fs::read(path) {
            tree.insert(path.to_owned(), Some(bytes));
        }
        return;
    };
    tree.insert(path.to_owned(), None);
    for entry in entries {
        add(&entry.expect("an entry").path(), tree);
    }
}
