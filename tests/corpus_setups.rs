//! The whole engine over real files, where they are at hand: no panic, no false alarm, bytes kept.

use std::fs;
use std::path::{Path, PathBuf};

use lima_doctor::diagnostic::Severity;
use lima_doctor::intake::Answers;
use lima_doctor::repair::plan::Choices;
use lima_doctor::text::{FileKind, SourceFile};
use lima_doctor::{Input, diagnose, repair};

/// The folder with real files beside the checkout; says so where it is absent.
fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(folder);
    if !path.is_dir() {
        println!("skipped: no corpus beside the checkout");
        return None;
    }
    Some(path)
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("text"))
        })
        .collect();
    files.sort();
    files
}

fn input(files: Vec<SourceFile>) -> Input {
    Input { files, answers: Answers::default() }
}

fn real_broken(folder: &Path, with_facts: bool) -> Input {
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect(name);
    let mut files = vec![
        SourceFile::new("lima.yaml", FileKind::Lima, text("lima.yaml")),
        SourceFile::new(".env", FileKind::Env, text(".env")),
        SourceFile::new("docker-compose.yml", FileKind::Compose, text("docker-compose.yml")),
    ];
    if with_facts {
        files.push(SourceFile::new(
            "limactl-list.txt",
            FileKind::Limactl,
            text("limactl-list.txt"),
        ));
        files.push(SourceFile::new("error.txt", FileKind::Error, text("error.txt")));
    }
    input(files)
}

fn errors(input: &Input) -> Vec<&'static str> {
    diagnose(input)
        .report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn the_documented_failure_is_found_and_healed() {
    let Some(folder) = corpus("trios/real-broken") else { return };
    let input = real_broken(&folder, true);
    let diagnosis = diagnose(&input);
    assert_eq!(errors(&input), ["mount-missing", "ssh-port-stale"]);

    let mount = &diagnosis.report.findings[0];
    let mut files: Vec<&str> = mount
        .evidence
        .iter()
        .map(|evidence| diagnosis.setup.sources.name(evidence.span.file))
        .collect();
    files.sort_unstable();
    files.dedup();
    assert_eq!(files, [".env", "docker-compose.yml", "error.txt", "lima.yaml"]);

    let made = repair(&input, &diagnosis, &Choices::default());
    let changed: Vec<&str> =
        made.corrected.iter().map(|file| diagnosis.setup.sources.name(file.file)).collect();
    assert_eq!(changed, ["lima.yaml", ".env"]);

    let lima = &made.corrected[0].text;
    let original = &input.files[0].text;
    let added = "mounts:\n  - location: \"/var/lib/libvirt/images\"\n    writable: true\n";
    assert!(lima.contains(added), "{lima}");
    assert_eq!(&lima.replacen(added, "", 1).replacen("\n  localPort: 20022", "", 1), original);
    let env = &made.corrected[1].text;
    assert_eq!(&env.replace(":20022/", ":52136/"), &input.files[1].text);

    // What the directory, now the host's, may still do to the VM's scripts and to QEMU; and what
    // else is better known.
    let after = &made.recheck.report;
    let mut left: Vec<(&str, Severity)> =
        after.findings.iter().map(|finding| (finding.rule, finding.severity)).collect();
    left.sort_unstable();
    let hints = [
        "libvirt-access-open",
        "libvirt-socket-bound",
        "package-unconfigured",
        "provision-stops",
        "share-permission",
        "ssh-host-key",
        "ssh-port-repeated",
    ];
    assert_eq!(left, hints.map(|rule| (rule, Severity::Hint)), "{:#?}", after.findings);
}

#[test]
fn without_list_and_error_the_port_is_not_checked() {
    let Some(folder) = corpus("trios/real-broken") else { return };
    let input = real_broken(&folder, false);
    assert_eq!(errors(&input), ["mount-missing"]);
    let unchecked = diagnose(&input).report.unchecked;
    assert!(unchecked.iter().any(|entry| entry.needs.contains("limactl list")), "{unchecked:#?}");
}

#[test]
fn healthy_files_get_no_error_alone_and_in_pairs() {
    let (Some(lima), Some(compose)) = (corpus("lima"), corpus("compose")) else { return };
    let (lima, compose) = (read(&lima), read(&compose));
    let alone = |files: &[(String, String)], kind| {
        for (name, text) in files {
            let input = input(vec![SourceFile::new(name, kind, text)]);
            let found = errors(&input);
            assert!(found.is_empty(), "{name}: {:#?}", diagnose(&input).report.findings);
            let made = repair(&input, &diagnose(&input), &Choices::default());
            assert!(made.corrected.is_empty(), "{name}");
        }
    };
    alone(&lima, FileKind::Lima);
    alone(&compose, FileKind::Compose);
    let mut pairs = 0;
    for (lima_name, lima_text) in &lima {
        for (compose_name, compose_text) in &compose {
            let input = input(vec![
                SourceFile::new(lima_name, FileKind::Lima, lima_text),
                SourceFile::new(compose_name, FileKind::Compose, compose_text),
            ]);
            assert_eq!(errors(&input), [""; 0], "{lima_name} with {compose_name}");
            pairs += 1;
        }
    }
    println!("{} Lima files, {} Compose files, {pairs} pairs: no error", lima.len(), compose.len());
}
