//! The directories that a container and libvirt must share: which they are, why, and whether they
//! are shared.

use super::mounts::{Sharing, sharing};
use super::path::{below, clean, is_anchored, join, normal_host};
use super::provision::{self, Link, Resolved};
use super::setup::{MOST, Setup};
use super::unfilled::is_unfilled;
use crate::config::compose::{Bind, Service, Variable};
use crate::config::libvirt_uri::LibvirtUri;
use crate::config::lima::Lima;
use crate::diagnostic::Evidence;
use crate::intake::Host;
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
    /// The links in the VM through which the container's path leads to where a mount arrives, in
    /// order; none where it arrives there by itself.
    pub links: Vec<Link>,
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
pub const IMAGES: &str = "/var/lib/libvirt/images";

/// What libvirt keeps for itself beside the images: no disk that a container would make.
const LIBVIRT_STATE: [&str; 6] = [
    "/var/lib/libvirt/dnsmasq",
    "/var/lib/libvirt/lockd",
    "/var/lib/libvirt/network",
    "/var/lib/libvirt/qemu",
    "/var/lib/libvirt/sanlock",
    "/var/lib/libvirt/swtpm",
];

/// Parts of variable names that speak of files for virtual machines.
const STORAGE_WORDS: [&str; 14] = [
    "IMAGE",
    "JOB",
    "WORKDIR",
    "WORK_DIR",
    "DISK",
    "STORAGE",
    "SANDBOX",
    "DOMAIN",
    "LIBVIRT",
    "QEMU",
    "OVERLAY",
    "CLOUD_INIT",
    "CLOUDINIT",
    "SNAPSHOT",
];

/// The same, so short that they count only between underscores: `ISO_DIR`, not `ISOLATION`.
const SHORT_STORAGE_WORDS: [&str; 5] = ["ISO", "ISOS", "POOL", "VM", "VMS"];

/// Words between underscores that make a name speak of something else: `LIBVIRT_KEY_FILE`.
const OTHER_WORDS: [&str; 18] = [
    "CA",
    "CACHE",
    "CERT",
    "CERTS",
    "CONF",
    "CONFIG",
    "CREDENTIALS",
    "DB",
    "HOSTS",
    "KEY",
    "KEYFILE",
    "KEYS",
    "LOG",
    "LOGS",
    "SECRET",
    "SOCK",
    "SOCKET",
    "SSH",
];

/// Where containers keep their program, which is bound there while it is worked on.
const PROGRAM: [&str; 4] = ["/app", "/code", "/src", "/workspace"];

/// Directories that hold a container's own files, never a disk for libvirt.
const PRIVATE: [&str; 10] =
    ["/etc", "/root", "/run", "/var/run", "/var/log", "/dev", "/proc", "/sys", "/usr", "/bin"];

impl Setup {
    /// The services that talk to libvirt, or are meant to: a variable holds a URI, or would hold
    /// one by its name. Not those whose every URI leads to a machine of its own in the network.
    pub fn clients(&self) -> impl Iterator<Item = (usize, &Service)> {
        self.compose.services.iter().enumerate().filter(|(_, service)| {
            let values = service.environment.iter().filter_map(|v| v.value.as_ref());
            let uris: Vec<LibvirtUri> =
                values.filter_map(|value| LibvirtUri::parse(value.as_str())).collect();
            match uris.as_slice() {
                [] => service.environment.iter().any(is_unset_uri),
                uris => !uris.iter().all(leads_away) && !self.uses_host_libvirt(service, uris),
            }
        })
    }

    /// Whether the service talks to a libvirt that runs on the host itself, through its socket.
    /// macOS has none as a rule: there the socket is a left-over.
    fn uses_host_libvirt(&self, service: &Service, uris: &[LibvirtUri]) -> bool {
        let is_socket = |bind: &Bind| {
            let source = clean(&bind.resolved_source);
            ["/run/libvirt", "/var/run/libvirt"].iter().any(|dir| below(dir, &source).is_some())
        };
        self.host == Host::Linux
            && uris.iter().all(|uri| uri.host.is_none())
            && service.binds.iter().any(is_socket)
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
        let bound = clean(bind.target.as_str());
        // Of a bind of all that libvirt has, its images are what must be shared: a mount over the
        // rest would take the VM's own state away from libvirt.
        let inner = below(&bound, IMAGES).filter(|_| bound == "/var/lib/libvirt");
        let target = inner.map_or_else(|| bound.clone(), |_| IMAGES.to_owned());
        let (needs, certain) = self.libvirt_needs(service, &target)?;
        let host = join(&self.normal_source(bind), inner.unwrap_or_default());
        let write = !bind.read_only;
        let mut sources = bind.source.references().into_iter();
        let (sharing, links) = match sources.any(|one| one.from == ValueFrom::Unset) {
            true => (Sharing::Unknown("a variable in the bind's source is not set"), Vec::new()),
            false => self.judge(&host, &target, write),
        };
        Some(SharedDir {
            service: service_index,
            bind: bind_index,
            host,
            target,
            needs,
            certain,
            write,
            sharing,
            links,
        })
    }

    /// Why libvirt will be asked for files below a path in a service's container, and whether that
    /// is certain; `None` where nothing speaks for it.
    pub fn libvirt_needs(&self, service: &Service, target: &str) -> Option<(Vec<Evidence>, bool)> {
        let in_error = self.errors.paths.iter().filter(|path| below(target, &path.path).is_some());
        let mut needs: Vec<Evidence> =
            in_error.map(|path| Evidence::new(path.span, "the very path in your error")).collect();
        let mut certain = !needs.is_empty() || below(IMAGES, target).is_some();
        if !certain && is_private(target) {
            return None;
        }
        for variable in &service.environment {
            // More reasons for one directory make nothing clearer.
            if needs.len() >= 8 {
                break;
            }
            let Some(value) = &variable.value else { continue };
            let path = clean(value.as_str());
            // A parent as wide as `/srv` says nothing about the binds in it.
            if !path.starts_with('/') || (depth_one(&path) && path != target) {
                continue;
            }
            let inside = below(target, &path).is_some() || below(&path, target).is_some();
            if inside && (certain || speaks_of_storage(&variable.name)) {
                let note = format!("`{}` tells the service to keep its files there", variable.name);
                needs.push(Evidence::new(variable.span, note));
            }
        }
        certain |= below("/var/lib/libvirt", target).is_some_and(|rest| !rest.is_empty());
        (!needs.is_empty() || certain).then_some((needs, certain))
    }

    /// A bind's source in the host's normal form; relative paths are put under the project
    /// directory where it is known.
    pub fn normal_source(&self, bind: &Bind) -> String {
        let source = bind.resolved_source.as_str();
        let path = match self.answers.shell.get("PWD") {
            Some(directory) if !is_anchored(source) => format!("{directory}/{source}"),
            _ => source.to_owned(),
        };
        normal_host(&path, self.host, self.home.as_deref())
    }

    /// What the mounts do for a directory, by themselves or through links in the VM.
    fn judge(&self, host: &str, target: &str, write: bool) -> (Sharing, Vec<Link>) {
        let verdict = self.judge_mounts(host, target, write);
        let (Sharing::Elsewhere(_) | Sharing::Missing, Some(lima)) = (&verdict, &self.lima) else {
            return (verdict, Vec::new());
        };
        let links = provision::links(lima);
        match provision::resolve(&links, target) {
            Resolved::Itself
                if matches!(verdict, Sharing::Elsewhere(_)) && may_mount(lima, target) =>
            {
                (Sharing::Unknown("a provision script may mount it there"), Vec::new())
            }
            Resolved::Itself => (verdict, Vec::new()),
            // Where nothing of the directory is in the VM, only a mount can bring it there.
            Resolved::Unknown
                if verdict == Sharing::Missing && !links.iter().any(|link| link.is_mount) =>
            {
                (verdict, Vec::new())
            }
            Resolved::Unknown => {
                (Sharing::Unknown("a provision script may make a link there"), Vec::new())
            }
            Resolved::Through(links, path) => match sharing(&self.mounts, host, &path, write) {
                through @ (Sharing::Shared(_) | Sharing::ReadOnly(_)) => (through, links),
                Sharing::Unknown(why) => (Sharing::Unknown(why), Vec::new()),
                _ => (verdict, Vec::new()),
            },
        }
    }

    fn judge_mounts(&self, host: &str, target: &str, write: bool) -> Sharing {
        let Some(lima) = &self.lima else { return Sharing::Unknown("no `lima.yaml` is pasted") };
        if !is_anchored(host) {
            return Sharing::Unknown("the directory is relative to the project directory");
        }
        match sharing(&self.mounts, host, target, write) {
            verdict @ Sharing::Shared(_) => verdict,
            Sharing::Missing | Sharing::Elsewhere(_)
                if is_unfilled(host) || is_unfilled(target) || lima.has_unfilled_mount() =>
            {
                Sharing::Unknown("a part of the path or of a mount is not shown")
            }
            _ if lima.incomplete => Sharing::Unknown("`lima.yaml` cannot be read to its end"),
            _ if lima.mounts.len() > MOST => {
                Sharing::Unknown("`lima.yaml` has more mounts than are looked at")
            }
            _ if !lima.mounts_are_whole() => {
                Sharing::Unknown("`base:` may bring mounts of its own")
            }
            _ if self.is_home_in_question(host, target) => {
                Sharing::Unknown("the pasted texts do not tell which directory `~` is")
            }
            verdict => verdict,
        }
    }

    /// Whether the verdict hangs on what `~` is, and nothing tells.
    fn is_home_in_question(&self, host: &str, target: &str) -> bool {
        let of_home = |path: &str| below("~", path).is_some();
        let of_someone = |path: &str| ["/Users", "/home"].iter().any(|d| below(d, path).is_some());
        let locations = || self.mounts.iter().filter_map(|mount| mount.location.as_deref());
        self.home.is_none()
            && ((of_someone(host) && locations().any(of_home))
                || (of_home(host) && locations().any(of_someone))
                || (of_home(host) && of_someone(target) && locations().any(of_home)))
    }

    /// Paths in the error texts that libvirt missed and that no bind holds.
    pub fn lost_paths(&self) -> Vec<LostPath> {
        let held = |path: &str| self.shared.iter().any(|dir| below(&dir.target, path).is_some());
        self.errors
            .paths
            .iter()
            .filter(|path| {
                path.failure == PathFailure::Missing
                    && !held(&path.path)
                    && !is_unfilled(&path.path)
            })
            .map(|path| LostPath { path: path.path.clone(), span: path.span })
            .collect()
    }

    /// How a shared directory's container path leads to the host: the bind, and the variables
    /// that its source came through.
    pub fn bind_evidence(&self, dir: &SharedDir) -> Vec<Evidence> {
        let Some((service, bind)) = self.bind(dir) else { return Vec::new() };
        let source = bind.source.as_str();
        let bound = clean(bind.target.as_str());
        let note = if clean(source) == bound {
            format!("`{}` binds the host's `{source}` at the same path", service.name)
        } else {
            format!("`{}` binds the host's `{source}` at `{bound}`", service.name)
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

/// Whether a provision script names a path, or the one above it, where it writes of mounts in a way
/// that is not read: a line for `fstab`, a unit of systemd, `bindfs`.
fn may_mount(lima: &Lima, target: &str) -> bool {
    const SIGNS: [&str; 5] = ["fstab", "bindfs", "Where=", "mount", "symlink"];
    let parent = target.rsplit_once('/').map_or("", |(parent, _)| parent);
    let places = [target, parent].into_iter().filter(|place| super::path::depth(place) > 1);
    lima.provision.iter().any(|entry| {
        let script = entry.script.as_str();
        let is_of_mounts = entry
            .path
            .as_deref()
            .is_some_and(|path| path.ends_with("fstab") || path.ends_with(".mount"));
        let is_named = places.clone().any(|place| script.contains(place));
        is_of_mounts || (is_named && SIGNS.iter().any(|sign| script.contains(sign)))
    })
}

/// Whether a variable is meant for a libvirt URI that the pasted texts do not hold.
pub fn is_unset_uri(variable: &Variable) -> bool {
    let name = variable.name.to_ascii_uppercase();
    name.contains("LIBVIRT")
        && name.ends_with("URI")
        && variable.value.as_ref().is_none_or(|value| value.as_str().is_empty())
}

/// Whether a URI names a machine elsewhere in the network by a full domain name. A bare name may
/// be another container that passes the connection on, and an address may be the VM's.
fn leads_away(uri: &LibvirtUri) -> bool {
    let Some(host) = &uri.host else { return false };
    let name = host.value.trim_end_matches('.').to_ascii_lowercase();
    let local = [".internal", ".local", ".localhost", ".localdomain"];
    name.contains('.')
        && name.parse::<std::net::IpAddr>().is_err()
        && !local.iter().any(|end| name.ends_with(end))
        && !name.starts_with("lima-")
}

/// Whether a path in a container holds its own files: settings, keys, sockets, the program.
pub fn is_private(target: &str) -> bool {
    PRIVATE.iter().chain(&LIBVIRT_STATE).any(|dir| below(dir, target).is_some())
        || PROGRAM.contains(&target)
}

/// Whether a variable's name speaks of files for virtual machines: `JOBS_DIR`, `BASE_IMAGE`.
pub fn speaks_of_storage(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let has = |words: &[&str]| name.split('_').any(|part| words.contains(&part));
    !has(&OTHER_WORDS)
        && (has(&SHORT_STORAGE_WORDS) || STORAGE_WORDS.iter().any(|word| name.contains(word)))
}

fn depth_one(path: &str) -> bool {
    super::path::depth(path) < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_of_storage_or_of_something_else() {
        for (name, expected) in [
            ("JOBS_DIR", true),
            ("BASE_IMAGE_DIR", true),
            ("sandbox_workdir", true),
            ("ISO_PATH", true),
            ("VM_DIR", true),
            ("ISOLATION_DIR", false),
            ("LIBVIRT_KEY_FILE", false),
            ("SANDBOX_CONFIG", false),
            ("DOMAIN_CERTS", false),
            ("DATA_DIR", false),
        ] {
            assert_eq!(speaks_of_storage(name), expected, "{name}");
        }
    }

    #[test]
    fn a_full_domain_name_leads_away() {
        for (uri, expected) in [
            ("qemu+ssh://root@kvm.example.com/system", true),
            ("qemu+ssh://dev@host.docker.internal:2222/system", false),
            ("qemu+ssh://dev@lima-dev.internal/system", false),
            ("qemu+ssh://dev@192.168.105.2/system", false),
            ("qemu+ssh://dev@proxy:2222/system", false),
            ("qemu:///system", false),
        ] {
            assert_eq!(LibvirtUri::parse(uri).map(|uri| leads_away(&uri)), Some(expected), "{uri}");
        }
    }

    #[test]
    fn on_linux_the_hosts_own_libvirt_needs_no_vm() {
        let mut input = crate::rules::testing::input(
            r#"
#- lima.yaml
mounts: []
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["/var/run/libvirt:/var/run/libvirt", "/var/lib/libvirt/images:/var/lib/libvirt/images"]
"#,
        );
        for (host, expected) in [(crate::intake::Host::MacOs, 1), (crate::intake::Host::Linux, 0)] {
            input.answers.host = Some(host);
            let findings = crate::diagnose(&input).report.findings;
            let missing = findings.iter().filter(|finding| finding.rule == "mount-missing");
            assert_eq!(missing.count(), expected, "{host}");
        }
    }
}
