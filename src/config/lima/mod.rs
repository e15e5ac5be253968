//! A `lima.yaml`: mounts, SSH and the rest that decides who sees what.
//!
//! What Lima fills in for an absent key depends on its version and on the host; here the keys are
//! read as written, and [`crate::topology`] puts the effective settings together.

mod base;
mod circumstances;
pub mod image;
pub mod keys;
pub mod merge;
pub mod template;
mod types;
pub mod validate;

pub use base::Base;
pub use circumstances::Circumstances;

use std::net::IpAddr;

use crate::syntax::SyntaxError;
use crate::syntax::yaml::{Data, Document, Entry, Node, Yaml};
use crate::text::{FileId, Span, Traced};

/// What a `lima.yaml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Lima {
    /// The file.
    pub file: FileId,
    /// `mounts`, in order of writing.
    pub mounts: Vec<Mount>,
    /// The key `mounts`, if written, whatever its value.
    pub mounts_key: Option<Span>,
    /// Whether `mounts` is written and null, which keeps the mounts of every base out.
    pub mounts_null: bool,
    /// `base`, if written and not empty: the file is a template, and holds more than is pasted.
    pub base: Option<Span>,
    /// The entries of `base` that can be read.
    pub bases: Vec<Base>,
    /// `param`, by name.
    pub param: Vec<(String, String)>,
    /// `user`.
    pub user: User,
    /// `arch`, if written.
    pub arch: Option<(String, Span)>,
    /// The architectures of `images`, each entry's where it is written.
    pub image_archs: Vec<(String, Span)>,
    /// `nestedVirtualization`, if written.
    pub nested_virtualization: Option<(bool, Span)>,
    /// The locations of `images`.
    pub images: Vec<(String, Span)>,
    /// `mountTypesUnsupported`.
    pub mount_types_unsupported: Vec<String>,
    /// `minimumLimaVersion`, if written.
    pub minimum_version: Option<(String, Span)>,
    /// `ssh.localPort`, if pinned: a port other than 0.
    pub ssh_local_port: Option<(u16, Span)>,
    /// `ssh.localPort` as written, where it is no port that Lima takes.
    pub ssh_port_unread: Option<(String, Span)>,
    /// `ssh.forwardAgent: true`.
    pub forward_agent: Option<Span>,
    /// The key `ssh`, if written.
    pub ssh_key: Option<Span>,
    /// `vmType`, if written.
    pub vm_type: Option<(String, Span)>,
    /// `mountType`, if written.
    pub mount_type: Option<(String, Span)>,
    /// `plain: true`: Lima leaves every mount out (L: docs/plain).
    pub plain: Option<Span>,
    /// Single ports of `portForwards`.
    pub port_forwards: Vec<PortForward>,
    /// `provision`, in order.
    pub provision: Vec<Provision>,
    /// The last key at the top level that describes the VM's hardware: a new `mounts` goes behind
    /// it, as in Lima's own templates.
    pub hardware_key: Option<String>,
    /// The end of that key's value.
    pub hardware_end: Option<usize>,
    /// Whether the file, or the part that holds these settings, could not be read to its end.
    pub incomplete: bool,
    /// Settings that Lima would refuse for their type.
    pub errors: Vec<SyntaxError>,
}

/// One entry of `mounts`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// Its place in the list as written, from 0.
    pub index: usize,
    /// `location`: a directory of the host; `None` when absent or null.
    pub location: Option<Traced>,
    /// An unquoted `~` for a location: null to YAML, and not the home directory.
    pub location_tilde: Option<Span>,
    /// `mountPoint`: where it arrives in the VM; by default at `location`.
    pub mount_point: Option<(String, Span)>,
    /// `writable`; by default false.
    pub writable: Option<(bool, Span)>,
    /// `9p.msize`.
    pub msize: Option<(String, Span)>,
    /// `9p.securityModel`; by default `none`.
    pub security_model: Option<(String, Span)>,
    /// The whole entry.
    pub span: Span,
}

/// `user`: the account in the VM, as far as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `name`; by default the one on the host.
    pub name: Option<(String, Span)>,
    /// `home`; by default `/home/NAME.linux` or, in a VM made by 2.1 or later, `/home/NAME.guest`.
    pub home: Option<(String, Span)>,
    /// `uid`; by default the one on the host.
    pub uid: Option<(String, Span)>,
}

/// One entry of `portForwards` with single ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortForward {
    /// The port in the VM.
    pub guest_port: u16,
    /// The port on the host; by default the same.
    pub host_port: u16,
    /// `hostIP`, if written: the address of the host to listen on; by default 127.0.0.1.
    pub host_ip: Option<(IpAddr, Span)>,
    /// Whether it is for every protocol and every address in the VM: neither `proto` nor `guestIP`
    /// is written.
    pub any_address: bool,
    /// Whether it is for TCP: `proto` is not `udp`.
    pub is_tcp: bool,
    /// `ignore: true`: the port is not forwarded.
    pub is_ignored: bool,
    /// `static: true`: it is there in a plain VM, too (since 2.0).
    pub is_static: bool,
    /// The whole entry.
    pub span: Span,
}

/// One entry of `provision`.
#[derive(Clone, Debug, PartialEq)]
pub struct Provision {
    /// `mode`: `system`, `user`, …; empty when not written.
    pub mode: String,
    /// `script`; empty where the entry has none.
    pub script: Traced,
    /// `path`: the file in the VM that an entry of mode `data` or `yq` writes.
    pub path: Option<String>,
    /// Whether what it does stands in another file: `file`, `playbook`.
    pub is_elsewhere: bool,
    /// The whole entry.
    pub span: Span,
}

/// Keys after which Lima's own templates write `mounts`.
const HARDWARE_KEYS: [&str; 16] = [
    "minimumLimaVersion",
    "base",
    "vmType",
    "vmOpts",
    "os",
    "arch",
    "images",
    "cpuType",
    "cpus",
    "memory",
    "disk",
    "additionalDisks",
    "firmware",
    "mountTypesUnsupported",
    "mountType",
    "nestedVirtualization",
];

impl Lima {
    /// Reads the settings of the file's first document.
    pub fn resolve(file: FileId, yaml: &Yaml) -> Lima {
        let mut lima = Lima {
            file,
            mounts: Vec::new(),
            mounts_key: None,
            mounts_null: false,
            base: None,
            bases: Vec::new(),
            param: Vec::new(),
            user: User::default(),
            arch: None,
            image_archs: Vec::new(),
            nested_virtualization: None,
            images: Vec::new(),
            mount_types_unsupported: Vec::new(),
            minimum_version: None,
            ssh_local_port: None,
            ssh_port_unread: None,
            forward_agent: None,
            ssh_key: None,
            vm_type: None,
            mount_type: None,
            plain: None,
            port_forwards: Vec::new(),
            provision: Vec::new(),
            hardware_key: None,
            hardware_end: None,
            incomplete: !yaml.errors.is_empty(),
            errors: Vec::new(),
        };
        let Some(document) = yaml.documents.first() else { return lima };
        lima.incomplete |= document.incomplete;
        if let Some(root) = &document.root {
            lima.errors = types::check(document, root);
            lima.read_root(document, root);
        }
        lima
    }

    fn read_root(&mut self, document: &Document, root: &Node) {
        for entry in document.entries(root) {
            let Some(key) = entry.key_text() else { continue };
            let value = document.resolve(&entry.value);
            match key {
                "mounts" => {
                    self.mounts_key = Some(entry.key.span);
                    self.mounts_null = value.is_null();
                    self.read_mounts(document, value);
                }
                "ssh" => {
                    self.ssh_key = Some(entry.key.span);
                    self.read_ssh(document, value);
                }
                "base" if !is_empty(value) => {
                    self.base = Some(entry.key.span);
                    self.bases = bases(document, value);
                }
                "param" => {
                    let params = document.entries(value).into_iter();
                    let param = |entry: &Entry| {
                        let value = document.resolve(&entry.value);
                        let text =
                            if value.is_null() { "".to_owned() } else { value.as_lima_text()? };
                        Some((entry.key_text()?.to_owned(), text))
                    };
                    self.param = params.filter_map(param).collect();
                }
                "user" => self.read_user(document, value),
                "images" => {
                    let field =
                        |item: &Node, key| text(document.resolve(&document.get(item, key)?.value));
                    let items = document.items(value).into_iter();
                    self.images =
                        items.clone().filter_map(|item| field(item, "location")).collect();
                    self.image_archs = items.filter_map(|item| field(item, "arch")).collect();
                }
                "arch" => self.arch = text(value),
                "nestedVirtualization" => {
                    let written = value.as_bool().map(|nested| (nested, value.span));
                    self.nested_virtualization = written;
                }
                "mountTypesUnsupported" => {
                    let types = document.items(value).into_iter().filter_map(text);
                    self.mount_types_unsupported = types.map(|(text, _)| text).collect();
                }
                "minimumLimaVersion" => self.minimum_version = text(value),
                "vmType" => self.vm_type = text(value),
                "mountType" => self.mount_type = text(value),
                "plain" if value.as_bool() == Some(true) => self.plain = Some(value.span),
                "portForwards" => self.read_port_forwards(document, value),
                "provision" => self.read_provision(document, value),
                _ => {}
            }
        }
        if let Data::Mapping(mapping) = &root.data {
            let hardware = mapping
                .entries
                .iter()
                .rfind(|entry| entry.key_text().is_some_and(|key| HARDWARE_KEYS.contains(&key)));
            self.hardware_key = hardware.and_then(Entry::key_text).map(str::to_owned);
            self.hardware_end = hardware.map(|entry| entry.value.span.end);
        }
    }

    fn read_mounts(&mut self, document: &Document, value: &Node) {
        if !is_empty(value) && !matches!(value.data, Data::Sequence(_)) {
            self.incomplete = true;
        }
        for (index, item) in document.items(value).into_iter().enumerate() {
            if !item.is_null() && !matches!(item.data, Data::Mapping(_)) {
                self.incomplete = true;
            }
            let mut mount = Mount {
                index,
                location: None,
                location_tilde: None,
                mount_point: None,
                writable: None,
                msize: nine_p(document, item, "msize"),
                security_model: nine_p(document, item, "securityModel"),
                span: item.span,
            };
            for entry in document.entries(item) {
                let value = document.resolve(&entry.value);
                match entry.key_text() {
                    Some("location") if !value.is_null() => {
                        mount.location = value.scalar().map(|scalar| scalar.text.clone());
                    }
                    Some("location") => {
                        let tilde = value.scalar().filter(|scalar| scalar.text.as_str() == "~");
                        mount.location_tilde = tilde.map(|_| value.span);
                    }
                    Some("mountPoint") => mount.mount_point = text(value),
                    Some("writable") => {
                        mount.writable = value.as_bool().map(|writable| (writable, value.span));
                    }
                    _ => {}
                }
            }
            self.mounts.push(mount);
        }
    }

    fn read_user(&mut self, document: &Document, value: &Node) {
        let field = |key| {
            let node = document.resolve(&document.get(value, key)?.value);
            Some((node.as_lima_text()?, node.span))
        };
        self.user = User { name: field("name"), home: field("home"), uid: field("uid") };
    }

    fn read_ssh(&mut self, document: &Document, value: &Node) {
        if let Some(entry) = document.get(value, "forwardAgent")
            && document.resolve(&entry.value).as_bool() == Some(true)
        {
            self.forward_agent = Some(entry.value.span);
        }
        let Some(entry) = document.get(value, "localPort") else { return };
        let port = document.resolve(&entry.value);
        if port.is_null() {
            return;
        }
        match port.as_int() {
            Some(0) => {}
            // Lima refuses the port of the host's own SSH server.
            Some(22) => self.ssh_port_unread = text(port),
            Some(number @ 1..=65535) => {
                self.ssh_local_port =
                    u16::try_from(number).ok().map(|port_no| (port_no, port.span));
            }
            // What is no port is refused elsewhere.
            _ => {
                self.incomplete = true;
                self.ssh_port_unread = text(port);
            }
        }
    }

    fn read_port_forwards(&mut self, document: &Document, value: &Node) {
        for item in document.items(value) {
            let port = |key| {
                let entry = document.get(item, key)?;
                u16::try_from(document.resolve(&entry.value).as_int()?).ok()
            };
            let Some(guest_port) = port("guestPort") else { continue };
            let host_port = port("hostPort").unwrap_or(guest_port);
            let host_ip = document.get(item, "hostIP").and_then(|entry| {
                let (address, span) = text(document.resolve(&entry.value))?;
                Some((address.parse().ok()?, span))
            });
            let is_ignored = document
                .get(item, "ignore")
                .is_some_and(|entry| document.resolve(&entry.value).as_bool() == Some(true));
            let is_static = document
                .get(item, "static")
                .is_some_and(|entry| document.resolve(&entry.value).as_bool() == Some(true));
            let has = |key| document.get(item, key).is_some();
            let proto =
                document.get(item, "proto").and_then(|entry| text(document.resolve(&entry.value)));
            let is_tcp = proto.is_none_or(|(proto, _)| proto != "udp");
            let any_address = !["proto", "guestIP", "guestIPMustBeZero"].into_iter().any(has);
            let span = item.span;
            self.port_forwards.push(PortForward {
                guest_port,
                host_port,
                host_ip,
                any_address,
                is_tcp,
                is_ignored,
                is_static,
                span,
            });
        }
    }

    fn read_provision(&mut self, document: &Document, value: &Node) {
        for item in document.items(value) {
            let field = |key| {
                let entry = document.get(item, key)?;
                document.resolve(&entry.value).scalar().map(|scalar| scalar.text.clone())
            };
            let text = |key| field(key).map(|text: Traced| text.as_str().to_owned());
            self.provision.push(Provision {
                mode: text("mode").unwrap_or_default(),
                script: field("script").unwrap_or_default(),
                path: text("path"),
                is_elsewhere: ["file", "playbook"]
                    .iter()
                    .any(|key| document.get(item, key).is_some()),
                span: item.span,
            });
        }
    }
}

/// A setting below `9p` in an entry of `mounts`.
fn nine_p(document: &Document, mount: &Node, key: &str) -> Option<(String, Span)> {
    let entry = document.get(mount, "9p")?;
    let node = document.resolve(&document.get(&entry.value, key)?.value);
    Some((node.as_lima_text()?, node.span))
}

/// The entries of `base`: one text, or a list of texts and maps with a `url`.
fn bases(document: &Document, value: &Node) -> Vec<Base> {
    let base = |node: &Node| {
        let url = document.get(node, "url").map(|entry| document.resolve(&entry.value));
        let (locator, span) = text(url.unwrap_or(node))?;
        Some(Base { locator, span })
    };
    let items: Vec<&Node> = match &value.data {
        Data::Sequence(_) => document.items(value),
        _ => vec![value],
    };
    let found: Vec<Option<Base>> = items.into_iter().map(base).collect();
    // One that cannot be read may bring anything.
    found.into_iter().collect::<Option<Vec<Base>>>().unwrap_or_default()
}

/// A string setting and its place; `None` when it is null.
fn text(node: &Node) -> Option<(String, Span)> {
    let scalar = node.scalar().filter(|_| !node.is_null())?;
    Some((scalar.text.as_str().to_owned(), node.span))
}

/// Whether a node is null, or an empty text, list or map.
fn is_empty(node: &Node) -> bool {
    match &node.data {
        Data::Scalar(scalar) => node.is_null() || scalar.text.is_empty(),
        Data::Mapping(mapping) => mapping.entries.is_empty(),
        Data::Sequence(sequence) => sequence.items.is_empty(),
        Data::Alias(_) => false,
    }
}
