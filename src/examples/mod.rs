//! Whole set-ups to look at before one has pasted one's own.

use crate::text::FileKind;

/// A set-up with something to find in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Names it in addresses: `missing-mount`.
    pub name: &'static str,
    /// A few words for a menu.
    pub title: &'static str,
    /// A clause that says what is wrong in it.
    pub summary: &'static str,
    /// Its files: name, kind, text.
    pub files: &'static [(&'static str, FileKind, &'static str)],
}

/// Every example; the first visit shows the first.
pub const EXAMPLES: &[Example] = &[Example {
    name: "missing-mount",
    title: "The VM does not see the host's directory",
    summary: "the API writes to a bind that no Lima mount covers",
    files: &[
        (
            "lima.yaml",
            FileKind::Lima,
            "# A VM that runs libvirt.\nvmType: \"qemu\"\ncpus: 4\n\nssh:\n  forwardAgent: true\n",
        ),
        (
            ".env",
            FileKind::Env,
            "JOBS_DIR=/srv/jobs\nLIBVIRT_URI=qemu+ssh://dev@host.docker.internal:52136/system\n",
        ),
        (
            "docker-compose.yml",
            FileKind::Compose,
            "services:\n  api:\n    image: api\n    environment:\n      - LIBVIRT_URI=${LIBVIRT_URI}\n    volumes:\n      - ${JOBS_DIR}:/srv/jobs\n",
        ),
        (
            "limactl list",
            FileKind::Limactl,
            "NAME    STATUS     SSH                CPUS    MEMORY    DISK\ndev     Running    127.0.0.1:58411    4       8GiB      50GiB\n",
        ),
        (
            "error",
            FileKind::Error,
            "error: Cannot access storage file '/srv/jobs/42/cloud-init.iso': No such file or directory\n",
        ),
    ],
}];
