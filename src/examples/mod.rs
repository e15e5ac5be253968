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

/// An example from its folder: what each file is called when it is pasted, its kind, and its text.
macro_rules! example {
    ($name:literal, $title:literal, $summary:literal, [$($file:literal as $pasted:literal $kind:ident),+ $(,)?]) => {
        Example {
            name: $name,
            title: $title,
            summary: $summary,
            files: &[$((
                $pasted,
                FileKind::$kind,
                include_str!(concat!($name, "/", $file)),
            )),+],
        }
    };
}

/// The best of the set-ups, the one for a first visit first.
pub const EXAMPLES: &[Example] = &[
    example!(
        "missing-mount-and-stale-port",
        "Missing mount, stale port",
        "The VM does not see what the container writes, and the port in .env is that of last week.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "limactl-list.txt" as "limactl list" Limactl,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "the-whole-chain",
        "The whole chain",
        "Port, mount, scope, permissions, image and patience: one failure behind the other.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "limactl-list.txt" as "limactl list" Limactl,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "other-path-in-the-vm",
        "Shared, but at another path",
        "The directory is mounted, yet arrives in the VM where libvirt does not look.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "compose.yaml" as "compose.yaml" Compose,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "localhost-in-the-container",
        "localhost in the container",
        "The URI was copied from the host, where localhost was right, and the overlays cannot be written.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
        ]
    ),
    example!(
        "permission-denied",
        "Permission denied",
        "The share is there, and QEMU may not open the files on it.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "limactl-list.txt" as "limactl list" Limactl,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "host-key-changed",
        "Another host key",
        "The VM was started again, and ssh does not trust its new key.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "named-volume",
        "A named volume",
        "The jobs lie in a volume of Docker\u{2019}s own, where no VM can see them.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "error.txt" as "error" Error,
        ]
    ),
    example!(
        "healthy",
        "A healthy set-up",
        "Two mounts, a pinned port: nothing to find.",
        [
            "lima.yaml" as "lima.yaml" Lima,
            "env" as ".env" Env,
            "docker-compose.yml" as "docker-compose.yml" Compose,
            "limactl-list.txt" as "limactl list" Limactl,
        ]
    ),
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
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/examples");
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
