//! Healthy set-ups, made up.

use lima_doctor::Input;
use lima_doctor::intake::{Answers, Host, Runtime, VmState};
use lima_doctor::text::{FileKind, SourceFile};

use super::style::{Style, Tree};
use super::support::random::Random;

/// A set-up by its parts. As made, container, host and VM agree.
#[derive(Clone, Debug)]
pub(crate) struct SetUp {
    pub(crate) host: Host,
    pub(crate) runtime: Runtime,
    pub(crate) user: String,
    pub(crate) vm: String,
    pub(crate) vm_type: Option<&'static str>,
    pub(crate) arch: &'static str,
    /// `ssh.localPort`.
    pub(crate) pin: Option<u16>,
    /// What `limactl list` shows, where it is pasted.
    pub(crate) listed: Option<(&'static str, u16)>,
    pub(crate) uri: Uri,
    pub(crate) service: String,
    pub(crate) dirs: Vec<Dir>,
    pub(crate) mounts: Vec<Mount>,
    /// Whether the URI and the directories come from `.env`.
    pub(crate) through_env: bool,
    /// Whether the service has `network_mode: host`.
    pub(crate) on_host_network: bool,
    /// Variables that the shell exports.
    pub(crate) shell: Vec<(&'static str, String)>,
    /// Further volumes of the service, first in the list.
    pub(crate) volumes: Vec<String>,
    /// Whether the VM is yet to be made.
    pub(crate) is_new: bool,
    /// Further entries of `lima.yaml`, of the service and of `.env`.
    pub(crate) lima: Vec<(String, Tree)>,
    pub(crate) in_service: Vec<(String, Tree)>,
    pub(crate) env: Vec<(String, String)>,
    /// Further provision scripts.
    pub(crate) scripts: Vec<String>,
    pub(crate) error: Option<String>,
    /// Names of keys in `lima.yaml` that are written in another way.
    pub(crate) renamed: Vec<(&'static str, &'static str)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Uri {
    pub(crate) scheme: &'static str,
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: &'static str,
    pub(crate) parameters: &'static str,
}

/// A directory that the container and libvirt share.
#[derive(Clone, Debug)]
pub(crate) struct Dir {
    /// The variable that holds the host's path.
    pub(crate) variable: &'static str,
    /// The variable that tells the API the container's path.
    pub(crate) told_by: &'static str,
    pub(crate) host: String,
    pub(crate) target: String,
    pub(crate) is_read_only: bool,
    /// The options of its bind.
    pub(crate) options: &'static str,
    /// A named volume in its place.
    pub(crate) volume: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) location: String,
    pub(crate) mount_point: Option<String>,
    pub(crate) writable: Option<bool>,
}

const KEY: &str = "/root/.ssh/id_lima";

impl SetUp {
    pub(crate) fn new(random: &mut Random) -> SetUp {
        let host = if random.chance(75) { Host::MacOs } else { Host::Linux };
        let user = random.pick(&["ada", "kim", "dev", "jo-anne", "sam2"]).to_owned();
        let home = match host {
            Host::MacOs => format!("/Users/{user}"),
            Host::Linux => format!("/home/{user}"),
        };
        let parent = format!("{home}/{}", random.pick(&["sandbox", "lab/images", "src/vm-data"]));
        let target = random.pick(&["/var/lib/libvirt/images", "/srv/images", "/data/vms"]);
        let same_path = random.chance(30);
        let dirs: Vec<Dir> =
            [("JOBS_DIR", "SANDBOX_WORKDIR", "jobs"), ("BASE_DIR", "BASE_IMAGE_DIR", "base")]
                .iter()
                .take(1 + random.below(2))
                .map(|(variable, told_by, name)| Dir {
                    variable,
                    told_by,
                    host: format!("{parent}/{name}"),
                    target: match same_path {
                        true => format!("{parent}/{name}"),
                        false => format!("{target}/{name}"),
                    },
                    is_read_only: *name == "base" && random.chance(50),
                    options: "",
                    volume: None,
                })
                .collect();
        let mounts = dirs
            .iter()
            .map(|dir| Mount {
                location: dir.host.clone(),
                mount_point: (!same_path || random.chance(30)).then(|| dir.target.clone()),
                writable: (!dir.is_read_only || random.chance(30)).then_some(true),
            })
            .collect();
        let runtime = match host {
            Host::Linux => Runtime::Engine,
            Host::MacOs => {
                random.pick(&[Runtime::DockerDesktop, Runtime::OrbStack, Runtime::Colima])
            }
        };
        let port = random.pick(&[2222, 20022, 10022, 22022]);
        let uri = Uri {
            scheme: "qemu+ssh",
            user: user.clone(),
            host: match host {
                Host::MacOs => "host.docker.internal".to_owned(),
                Host::Linux => "127.0.0.1".to_owned(),
            },
            port: Some(port),
            path: "/system",
            parameters: "?keyfile=/root/.ssh/id_lima&no_verify=1",
        };
        SetUp {
            host,
            runtime,
            vm: random.pick(&["dev", "sandbox-dev", "lab.1", "virt"]).to_owned(),
            vm_type: match host {
                Host::MacOs => random.pick(&[None, Some("vz"), Some("qemu")]),
                Host::Linux => random.pick(&[None, Some("qemu")]),
            },
            arch: random.pick(&["aarch64", "x86_64"]),
            pin: Some(port),
            listed: random.chance(60).then_some(("Running", port)),
            uri,
            service: random.pick(&["api", "sandbox-api", "web", "orchestrator"]).to_owned(),
            dirs,
            mounts,
            through_env: random.chance(60),
            on_host_network: host == Host::Linux,
            shell: Vec::new(),
            volumes: Vec::new(),
            is_new: false,
            lima: Vec::new(),
            in_service: Vec::new(),
            env: vec![("LOG_LEVEL".to_owned(), "debug".to_owned())],
            scripts: Vec::new(),
            error: None,
            renamed: Vec::new(),
            user,
        }
    }

    pub(crate) fn uri(&self) -> String {
        let Uri { scheme, user, host, port, path, parameters } = &self.uri;
        let user = if user.is_empty() { String::new() } else { format!("{user}@") };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        match host.as_str() {
            "" => format!("{scheme}://{path}"),
            _ => format!("{scheme}://{user}{host}{port}{path}{parameters}"),
        }
    }

    /// The files as somebody writes them.
    pub(crate) fn input(&self, style: &mut Style) -> Input {
        let mut files = vec![
            SourceFile::new("lima.yaml", FileKind::Lima, style.yaml(&self.lima_tree())),
            SourceFile::new("docker-compose.yml", FileKind::Compose, style.yaml(&self.compose())),
            SourceFile::new(".env", FileKind::Env, style.env(&self.env_entries())),
        ];
        if let Some((status, port)) = self.listed {
            let list = self.list(status, port);
            files.push(SourceFile::new("limactl list", FileKind::Limactl, list));
        }
        if let Some(error) = &self.error {
            files.push(SourceFile::new("error", FileKind::Error, error.clone()));
        }
        let answers = Answers {
            host: Some(self.host),
            runtime: Some(self.runtime),
            instance: Some(self.vm.clone()),
            vm: self.is_new.then_some(VmState::New),
            shell: self.shell.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect(),
            ..Answers::default()
        };
        Input { files, answers }
    }

    fn list(&self, status: &str, port: u16) -> String {
        let kind = self.vm_type.unwrap_or(if self.host == Host::MacOs { "vz" } else { "qemu" });
        let ssh = format!("127.0.0.1:{port}");
        let (name, arch) = (&self.vm, self.arch);
        let width = name.len().max(4);
        format!(
            "{:width$}    {:7}    {:15}    VMTYPE    ARCH       CPUS    MEMORY    DISK     DIR\n\
             {name:width$}    {status:7}    {ssh:15}    {kind:6}    {arch:7}    4       8GiB      60GiB    ~/.lima/{name}\n",
            "NAME", "STATUS", "SSH"
        )
    }

    fn lima_tree(&self) -> Tree {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        let mut add = |key: &str, value: Tree| entries.push((key.to_owned(), value));
        if let Some(kind) = self.vm_type {
            add("vmType", Tree::text(kind));
        }
        add("cpus", Tree::bare(4));
        add("memory", Tree::text("8GiB"));
        let mounts = self.mounts.iter().map(|mount| {
            let mut entries = vec![("location".to_owned(), Tree::text(&mount.location))];
            let point = mount.mount_point.iter();
            entries.extend(point.map(|point| ("mountPoint".to_owned(), Tree::text(point))));
            let writable = mount.writable.iter();
            entries.extend(writable.map(|value| ("writable".to_owned(), Tree::bare(value))));
            Tree::Map(entries)
        });
        add("mounts", Tree::List(mounts.collect()));
        if let Some(port) = self.pin {
            add("ssh", Tree::map([("localPort", Tree::bare(port))]));
        }
        add("user", Tree::map([("name", Tree::text(&self.user))]));
        let script = format!(
            "#!/bin/bash\nset -eux\napt-get update\n\
             apt-get install -y qemu-system libvirt-daemon-system\n\
             usermod -aG libvirt,kvm {}\n",
            self.user
        );
        let scripts = [script].into_iter().chain(self.scripts.iter().cloned());
        let entry =
            |script| Tree::map([("mode", Tree::text("system")), ("script", Tree::Block(script))]);
        add("provision", Tree::List(scripts.map(entry).collect()));
        entries.extend(self.lima.iter().cloned());
        for (key, _) in &mut entries {
            if let Some((_, other)) = self.renamed.iter().find(|(old, _)| old == key) {
                *key = (*other).to_owned();
            }
        }
        Tree::Map(entries)
    }

    fn compose(&self) -> Tree {
        let value = |name: &str, value: &str| match self.through_env {
            true => format!("${{{name}}}"),
            false => value.to_owned(),
        };
        let mut environment =
            vec![("LIBVIRT_URI".to_owned(), Tree::text(value("LIBVIRT_URI", &self.uri())))];
        environment
            .extend(self.dirs.iter().map(|dir| (dir.told_by.to_owned(), Tree::text(&dir.target))));
        let mut volumes: Vec<Tree> = self
            .dirs
            .iter()
            .map(|dir| {
                let source = match dir.volume {
                    Some(name) => name.to_owned(),
                    None => value(dir.variable, &dir.host),
                };
                let mode = if dir.is_read_only { ":ro" } else { "" };
                Tree::text(format!("{source}:{}{mode}{}", dir.target, dir.options))
            })
            .collect();
        volumes.splice(0..0, self.volumes.iter().map(Tree::text));
        volumes.push(Tree::text(format!("~/.lima/_config/user:{KEY}:ro")));
        let mut service = vec![
            ("image".to_owned(), Tree::text("example/api")),
            ("environment".to_owned(), Tree::Map(environment)),
            ("volumes".to_owned(), Tree::List(volumes)),
        ];
        if self.on_host_network {
            service.push(("network_mode".to_owned(), Tree::text("host")));
        }
        service.extend(self.in_service.iter().cloned());
        let service = (self.service.clone(), Tree::Map(service));
        let database = ("postgres".to_owned(), Tree::map([("image", Tree::text("postgres"))]));
        let services = Tree::Map(vec![service, database]);
        let named: Vec<(String, Tree)> = self
            .dirs
            .iter()
            .filter_map(|dir| Some((dir.volume?.to_owned(), Tree::Map(Vec::new()))))
            .collect();
        let mut entries = vec![("services".to_owned(), services)];
        if !named.is_empty() {
            entries.push(("volumes".to_owned(), Tree::Map(named)));
        }
        Tree::Map(entries)
    }

    fn env_entries(&self) -> Vec<(String, String)> {
        let mut entries = self.env.clone();
        if self.through_env {
            entries.push(("LIBVIRT_URI".to_owned(), self.uri()));
            let dirs = self.dirs.iter().filter(|dir| dir.volume.is_none());
            entries.extend(dirs.map(|dir| (dir.variable.to_owned(), dir.host.clone())));
        }
        entries
    }
}
