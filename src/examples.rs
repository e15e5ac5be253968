//! Whole set-ups: samples on the page and tests at once.

use crate::Input;
use crate::intake::Answers;
use crate::text::{FileKind, SourceFile};

/// A whole set-up with something wrong in it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its folder's name.
    pub name: &'static str,
    /// A few words for a menu.
    pub title: &'static str,
    /// A sentence on what happens there.
    pub summary: &'static str,
    /// Name, kind and text of each file.
    pub files: &'static [(&'static str, FileKind, &'static str)],
}

impl Example {
    /// The example as if pasted.
    pub fn input(&self) -> Input {
        let files = self
            .files
            .iter()
            .map(|(name, kind, text)| SourceFile::new(*name, *kind, *text))
            .collect();
        Input { files, answers: Answers::default() }
    }
}

/// Every example, the one for a first visit first.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "missing-mount-and-stale-port",
        title: "Missing mount, stale port",
        summary: "The VM does not see what the container writes, and the port in .env is that of last week.",
        files: &[
            (
                "lima.yaml",
                FileKind::Lima,
                include_str!("../examples/missing-mount-and-stale-port/lima.yaml"),
            ),
            (".env", FileKind::Env, include_str!("../examples/missing-mount-and-stale-port/env")),
            (
                "docker-compose.yml",
                FileKind::Compose,
                include_str!("../examples/missing-mount-and-stale-port/docker-compose.yml"),
            ),
            (
                "limactl list",
                FileKind::Limactl,
                include_str!("../examples/missing-mount-and-stale-port/limactl-list.txt"),
            ),
            (
                "error",
                FileKind::Error,
                include_str!("../examples/missing-mount-and-stale-port/error.txt"),
            ),
        ],
    },
    Example {
        name: "other-path-in-the-vm",
        title: "Shared, but at another path",
        summary: "The directory is mounted, yet arrives in the VM where libvirt does not look.",
        files: &[
            (
                "lima.yaml",
                FileKind::Lima,
                include_str!("../examples/other-path-in-the-vm/lima.yaml"),
            ),
            (".env", FileKind::Env, include_str!("../examples/other-path-in-the-vm/env")),
            (
                "compose.yaml",
                FileKind::Compose,
                include_str!("../examples/other-path-in-the-vm/compose.yaml"),
            ),
            ("error", FileKind::Error, include_str!("../examples/other-path-in-the-vm/error.txt")),
        ],
    },
    Example {
        name: "localhost-in-the-container",
        title: "localhost in the container",
        summary: "The URI was copied from the host, where localhost was right, and the overlays cannot be written.",
        files: &[
            (
                "lima.yaml",
                FileKind::Lima,
                include_str!("../examples/localhost-in-the-container/lima.yaml"),
            ),
            (".env", FileKind::Env, include_str!("../examples/localhost-in-the-container/env")),
            (
                "docker-compose.yml",
                FileKind::Compose,
                include_str!("../examples/localhost-in-the-container/docker-compose.yml"),
            ),
        ],
    },
    Example {
        name: "healthy",
        title: "A healthy set-up",
        summary: "Two mounts, a pinned port: nothing to find.",
        files: &[
            ("lima.yaml", FileKind::Lima, include_str!("../examples/healthy/lima.yaml")),
            (".env", FileKind::Env, include_str!("../examples/healthy/env")),
            (
                "docker-compose.yml",
                FileKind::Compose,
                include_str!("../examples/healthy/docker-compose.yml"),
            ),
            (
                "limactl list",
                FileKind::Limactl,
                include_str!("../examples/healthy/limactl-list.txt"),
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose;
    use crate::diagnostic::Severity;

    #[test]
    fn each_example_shows_what_it_is_for() {
        for (name, expected) in [
            ("missing-mount-and-stale-port", vec!["mount-missing", "ssh-port-stale"]),
            ("other-path-in-the-vm", vec!["mount-path-differs"]),
            ("localhost-in-the-container", vec!["mount-read-only", "libvirt-host-is-container"]),
            ("healthy", vec![]),
        ] {
            let example = EXAMPLES.iter().find(|example| example.name == name).unwrap();
            let report = diagnose(&example.input()).report;
            let errors: Vec<_> = report
                .findings
                .iter()
                .filter(|f| f.severity == Severity::Error)
                .map(|f| f.rule)
                .collect();
            assert_eq!(errors, expected, "{name}: {:#?}", report.findings);
        }
    }

    #[test]
    fn every_example_holds_all_files_of_its_folder() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        for example in EXAMPLES {
            let entries = std::fs::read_dir(root.join(example.name)).unwrap().map(Result::unwrap);
            let files = entries.filter(|entry| entry.path().is_file());
            let mut texts: Vec<String> =
                files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect();
            texts.sort();
            let mut held: Vec<&str> = example.files.iter().map(|(_, _, text)| *text).collect();
            held.sort_unstable();
            assert_eq!(texts, held, "{}", example.name);
        }
    }
}
