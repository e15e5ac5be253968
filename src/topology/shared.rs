//! The directories that a container and libvirt must share: which they are, why, and whether they
//! are shared.

use super::mounts::{Sharing, sharing};
use super::path::{below, clean, is_anchored, normal_host};
use super::setup::{MOST, Setup};
use crate::config::compose::{Bind, Service};
use crate::config::libvirt_uri::LibvirtUri;
use crate::diagnostic::Evidence;
use crate::intake::error_text::PathFailure;
use crate::text::{FileKind, Span, ValueFrom};

/// A bind whose directory libvirt opens files in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedDir {
    /// The service, as an index.
    pub service: usize,
    /// The bind, as an index into the service's.
    pub bind: usize,
    /// The host's directory in normal form.
    pub host: String,
    /// The path in the container, which must be the path in the VM.
    pub target: String,
    /// Why libvirt will be asked for it.
    pub needs: Vec<Evidence>,
    /// Whether that is certain: an error names it, or it lies where libvirt keeps its images.
    pub certain: bool,
    /// Whether the VM must write there, as the container does.
    pub write: bool,
    /// What the mounts do for it.
    pub sharing: Sharing,
}

/// A path in an error text that no bind of the pasted services holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostPath {
    /// The file that libvirt could not open.
    pub path: String,
    /// Where the error names it.
    pub span: Span,
}

/// Where libvirt keeps images by default (libvirt, the `default` storage pool).
const IMAGES: &str = "/var/lib/libvirt/images";

/// Parts of variable names that speak of files for virtual machines.
const STORAGE_WORDS: [&str; 18] = [
    "IMAGE",
    "JOB",
    "WORKDIR",
    "WORK_DIR",
    "DISK",
    "ISO",
    "POOL",
    "STORAGE",
    "SANDBOX",
    "DOMAIN",
    "LIBVIRT",
    "QEMU",
    "VM_",
    "VMS",
    "OVERLAY",
    "CLOUD_INIT",
    "CLOUDINIT",
    "SNAPSHOT",
];

/// Directories that hold a container's own files, never a disk for libvirt.
const PRIVATE: [&str; 10] =
    ["/etc", "/root", "/run", "/var/run", "/var/log", "/dev", "/proc", "/sys", "/usr", "/bin"];

impl Setup {
    /// The services that talk to libvirt: the index, and each variable that holds a URI.
    pub fn clients(&self) -> impl Iterator<Item = (usize, &Service)> {
        self.compose.services.iter().enumerate().filter(|(_, service)| {
            service.environment.iter().any(|variable| {
                variable
                    .value
                    .as_ref()
                    .is_some_and(|value| LibvirtUri::parse(value.as_str()).is_some())
            })
        })
    }

    /// The bind of a shared directory.
    pub fn bind(&self, dir: &SharedDir) -> Option<(&Service, &Bind)> {
        let service = self.compose.services.get(dir.service)?;
        Some((service, service.binds.get(dir.bind)?))
    }

    /// Finds the shared directories among the first [`MOST`] binds, and what the mounts do for
    /// each.
    pub(super) fn find_shared_dirs(&self) -> Vec<SharedDir> {
        let binds = self.clients().flat_map(|(index, service)| {
            service.binds.iter().enumerate().map(move |(i, bind)| (index, service, i, bind))
        });
        binds
            .take(MOST)
            .filter_map(|(index, service, i, bind)| self.shared_dir(index, service, i, bind))
            .collect()
    }

    fn shared_dir(
        &self,
        service_index: usize,
        service: &Service,
        bind_index: usize,
        bind: &Bind,
    ) -> Option<SharedDir> {
        let target = clean(bind.target.as_str());
        let in_error = self.errors.paths.iter().filter(|path| below(&target, &path.path).is_some());
        let mut needs: Vec<Evidence> =
            in_error.map(|path| Evidence::new(path.span, "the very path in your error")).collect();
        let mut certain = !needs.is_empty() || below(IMAGES, &target).is_some();
        if !certain && is_private(&target) {
            return None;
        }
        for variable in &service.environment {
            let Some(value) = &variable.value else { continue };
            let path = clean(value.as_str());
            if !path.starts_with('/') || depth_one(&path) {
                continue;
            }
            let inside = below(&target, &path).is_some() || below(&path, &target).is_some();
            if inside && (certain || speaks_of_files(&variable.name)) {
                let note = format!("`{}` tells the service to keep its files there", variable.name);
                needs.push(Evidence::new(variable.span, note));
            }
        }
        certain |= below("/var/lib/libvirt", &target).is_some_and(|rest| !rest.is_empty());
        if needs.is_empty() && !certain {
            return None;
        }
        let host = self.normal_source(bind);
        let write = !bind.read_only;
        let sharing = self.judge(&host, &target, write);
        Some(SharedDir {
            service: service_index,
            bind: bind_index,
            host,
            target,
            needs,
            certain,
            write,
            sharing,
        })
    }

    /// A bind's source in the host's normal form; relative paths are put under the project
    /// directory where it is known.
    pub fn normal_source(&self, bind: &Bind) -> String {
        let source = bind.source.as_str();
        let path = match self.answers.shell.get("PWD") {
            Some(directory) if !is_anchored(source) => format!("{directory}/{source}"),
            _ => source.to_owned(),
        };
        normal_host(&path, self.host, self.home.as_deref())
    }

    fn judge(&self, host: &str, target: &str, write: bool) -> Sharing {
        let Some(lima) = &self.lima else { return Sharing::Unknown("no `lima.yaml` is pasted") };
        if !is_anchored(host) {
            return Sharing::Unknown("the directory is relative to the Compose project's");
        }
        let verdict = sharing(&self.mounts, host, target, write);
        match verdict {
            Sharing::Shared(_) => verdict,
            _ if lima.incomplete => Sharing::Unknown("`lima.yaml` cannot be read to its end"),
            _ if lima.mounts.len() > MOST => {
                Sharing::Unknown("`lima.yaml` has more mounts than are looked at")
            }
            _ if lima.base.is_some() => Sharing::Unknown("`base:` may bring mounts of its own"),
            _ if self.symlinked(target) => {
                Sharing::Unknown("a provision script makes a link there")
            }
            _ => verdict,
        }
    }

    /// Whether a provision script makes `target`, or a directory above it, a symbolic link.
    fn symlinked(&self, target: &str) -> bool {
        let Some(lima) = &self.lima else { return false };
        lima.provision.iter().any(|provision| {
            provision.script.as_str().lines().filter(|line| line.contains("ln ")).any(|line| {
                line.split(|c: char| c.is_whitespace() || "\"';&|".contains(c))
                    .filter(|word| word.starts_with('/'))
                    .any(|word| below(&clean(word), target).is_some())
            })
        })
    }

    /// Paths in the error texts that libvirt missed and that no bind holds.
    pub fn lost_paths(&self) -> Vec<LostPath> {
        let held = |path: &str| self.shared.iter().any(|dir| below(&dir.target, path).is_some());
        self.errors
            .paths
            .iter()
            .filter(|path| path.failure == PathFailure::Missing && !held(&path.path))
            .map(|path| LostPath { path: path.path.clone(), span: path.span })
            .collect()
    }

    /// How a shared directory's container path leads to the host: the bind, and the variables
    /// that its source came through.
    pub fn bind_evidence(&self, dir: &SharedDir) -> Vec<Evidence> {
        let Some((service, bind)) = self.bind(dir) else { return Vec::new() };
        let source = bind.source.as_str();
        let note = if clean(source) == dir.target {
            format!("`{}` binds the host's `{source}` at the same path", service.name)
        } else {
            format!("`{}` binds the host's `{source}` at `{}`", service.name, dir.target)
        };
        let mut res = vec![Evidence::new(bind.span, note)];
        for piece in bind.source.pieces() {
            let Some(reference) = piece.via.last() else { continue };
            match (reference.from, piece.span) {
                (ValueFrom::EnvFile, Some(span)) => {
                    let note = format!("which is what `{}` says", reference.name);
                    res.push(Evidence::new(span, note));
                }
                (ValueFrom::Default, _) if self.environment.file.is_none() => {
                    if let Some(evidence) = res.first_mut() {
                        evidence.note.push_str(&format!(" (unless `{}` is set)", reference.name));
                    }
                }
                _ => {}
            }
        }
        res.extend(dir.needs.iter().filter(|need| !self.is_error_text(need.span)).cloned());
        res
    }

    /// The parts of the chain that the error text shows.
    pub fn error_evidence(&self, dir: &SharedDir) -> Vec<Evidence> {
        dir.needs.iter().filter(|need| self.is_error_text(need.span)).cloned().collect()
    }

    fn is_error_text(&self, span: Span) -> bool {
        self.sources.get(span.file).is_some_and(|file| file.kind == FileKind::Error)
    }
}

fn speaks_of_files(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    STORAGE_WORDS.iter().any(|word| name.contains(word))
}

fn is_private(target: &str) -> bool {
    PRIVATE.iter().any(|dir| below(dir, target).is_some())
}

fn depth_one(path: &str) -> bool {
    super::path::depth(path) < 2
}
