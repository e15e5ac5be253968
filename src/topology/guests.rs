//! The machines that libvirt runs in the VM: what their images are made for, and whether the VM
//! has what runs them fast (KVM).

use std::ops::Range;

use super::machine::InForce;
use super::setup::{MOST, Setup};
use super::shell::commands;
use crate::config::lima::template::has_holes;
use crate::intake::{Host, LimaVersion};
use crate::text::{Edit, Span, Traced};

/// Names of processor architectures in the names of images, and as the kernel has them.
const ARCHITECTURES: [(&str, &str); 8] = [
    ("x86_64", "x86_64"),
    ("amd64", "x86_64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("riscv64", "riscv64"),
    ("ppc64le", "ppc64le"),
    ("ppc64el", "ppc64le"),
    ("s390x", "s390x"),
];

/// Endings of the names of disk images, packed ones included.
const IMAGE_ENDINGS: [&str; 9] =
    [".img", ".qcow2", ".raw", ".iso", ".img.xz", ".qcow2.xz", ".raw.xz", ".raw.gz", ".qcow2.gz"];

/// A disk image whose name says what it is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestImage {
    /// The file's name.
    pub name: String,
    /// The architecture, as the kernel names it.
    pub arch: &'static str,
    /// Where it is named.
    pub span: Span,
    /// What names it.
    pub named_by: NamedBy,
    /// Every place in the name, and in the path or URL before it, that names the architecture, and
    /// how; `None` where no edit can change one of them.
    arch_places: Option<Vec<(Span, &'static str)>>,
}

/// What names an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// A command of a provision script.
    Provision,
    /// A variable of a service.
    Service,
    /// An error text.
    Error,
}

/// Whether the VM has `/dev/kvm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kvm {
    /// Surely not; a clause that says why.
    Missing(&'static str),
    /// It depends on the host's processor and system.
    Unknown,
}

/// The architecture that a name or an address says, with the name for it and its place.
fn named_archs(word: &str) -> Vec<(Range<usize>, &'static str, &'static str)> {
    let is_part = |char: char| char.is_ascii_alphanumeric();
    let mut res = Vec::new();
    for (name, arch) in ARCHITECTURES {
        for (at, _) in word.match_indices(name) {
            let end = at + name.len();
            let before = word.get(..at).unwrap_or_default().ends_with(is_part);
            let after = word.get(end..).unwrap_or_default().starts_with(is_part);
            if !before && !after {
                res.push((at..end, name, arch));
            }
        }
    }
    res
}

/// The architecture of a name as people and programs write it: `amd64` is `x86_64`.
pub fn architecture(name: &str) -> Option<&'static str> {
    ARCHITECTURES.iter().find(|(known, _)| *known == name).map(|(_, arch)| *arch)
}

/// The image that a word names, and for what it is made; `None` where it names none, or several
/// architectures.
fn image(word: &str) -> Option<(&str, &'static str)> {
    let path = word.split(['?', '#']).next()?;
    // A line of checksums has the name behind blanks.
    let name = path.rsplit(['/', '=', ' ']).next()?;
    let is_image = IMAGE_ENDINGS.iter().any(|ending| name.ends_with(ending));
    let archs = named_archs(path);
    let (_, _, arch) = archs.first().filter(|_| is_image && !has_holes(name))?;
    archs.iter().all(|(_, _, other)| other == arch).then_some((name, *arch))
}

impl Setup {
    /// The VM's architecture, where something tells it.
    pub fn vm_arch(&self) -> Option<InForce> {
        let told = |arch: &str, span: Span, because: &str| {
            let value = architecture(arch)?.to_owned();
            Some(InForce { value, because: because.to_owned(), span: Some(span) })
        };
        let listed = self.chosen_instance().and_then(|instance| {
            told(instance.arch.as_deref()?, instance.span, "`limactl list` shows it")
        });
        let lima = self.lima.as_ref().filter(|lima| !lima.incomplete);
        let written = || {
            let (arch, span) = lima?.arch.as_ref()?;
            told(arch, *span, "`lima.yaml` says so")
        };
        let of_images = || {
            let ((arch, span), rest) = lima?.image_archs.split_first()?;
            let only = rest.iter().all(|(other, _)| other == arch) && lima?.bases_are_known();
            only.then(|| told(arch, *span, "`lima.yaml` has images for no other"))?
        };
        listed.or_else(written).or_else(of_images)
    }

    /// Whether the VM can have `/dev/kvm`.
    ///
    /// On macOS a VM of `vz` has it where `nestedVirtualization` is true and the processor can; one
    /// of `qemu` never has, up to Lima 2.2, which ignores the key there (Lima, pkg/driver).
    pub fn kvm(&self) -> Kvm {
        let listed = self.chosen_instance().and_then(|instance| instance.vm_type.as_deref());
        let vm_type = self.vm_type.as_ref().map(|in_force| in_force.value.as_str()).or(listed);
        let is_macos = self.host == Host::MacOs && self.host_is_known;
        if !is_macos || self.lima_version >= LimaVersion::new(2, 3, 0) {
            return Kvm::Unknown;
        }
        let whole = |lima: &&crate::config::lima::Lima| !lima.incomplete && lima.bases_are_known();
        let lima = self.lima.as_ref().filter(whole);
        let nested = lima.map(|lima| lima.nested_virtualization.is_some_and(|(on, _)| on));
        match (vm_type, nested) {
            (Some("qemu"), _) => Kvm::Missing("QEMU on macOS gives the VM no `/dev/kvm`"),
            (Some("vz"), Some(false)) => {
                Kvm::Missing("without `nestedVirtualization` the VM has no `/dev/kvm`")
            }
            _ => Kvm::Unknown,
        }
    }

    /// Where the files ask for machines that run with KVM: a `virt-install` in a provision script,
    /// or a service's variable for the type of domain. The flag tells the surer one.
    pub fn kvm_requests(&self) -> Vec<(Span, bool)> {
        let mut res = Vec::new();
        for provision in self.lima.iter().flat_map(|lima| &lima.provision) {
            for command in commands(provision.script.as_str()) {
                let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
                let asks = words.contains(&"--virt-type=kvm")
                    || words.windows(2).any(|pair| pair == ["--virt-type", "kvm"]);
                if words.contains(&"virt-install") && asks {
                    let script = provision.script.slice(command.range);
                    let written = script.written_at(0..script.as_str().len());
                    res.push((written.unwrap_or(provision.span), true));
                }
            }
        }
        let variables = self.clients().flat_map(|(_, service)| &service.environment);
        let asks = variables.filter(|variable| {
            let name = variable.name.to_ascii_uppercase();
            let value = variable.value.as_ref().map_or("", |value| value.as_str());
            (name.ends_with("DOMAIN_TYPE") || name.ends_with("VIRT_TYPE")) && value == "kvm"
        });
        res.extend(asks.map(|variable| (variable.span, false)));
        res.truncate(MOST);
        res
    }

    /// The images for libvirt's machines that name what they are made for: in provision scripts, in
    /// the services' variables and in error texts.
    ///
    /// A script that names an architecture by itself chooses by it, or emulates it knowingly: what
    /// it names is left out.
    pub fn guest_images(&self) -> Vec<GuestImage> {
        let mut res = Vec::new();
        for provision in self.lima.iter().flat_map(|lima| &lima.provision) {
            let commands = commands(provision.script.as_str());
            let mut words = commands.iter().flat_map(|command| &command.words);
            if provision.mode == "data"
                || provision.mode == "yq"
                || words.any(|word| architecture(word).is_some())
            {
                continue;
            }
            for command in &commands {
                let written = provision.script.slice(command.range.clone());
                let mut from = 0;
                for word in &command.words {
                    res.extend(in_script(&written, &mut from, word, provision.span));
                }
            }
        }
        for (_, service) in self.clients() {
            for variable in &service.environment {
                let Some(value) = &variable.value else { continue };
                let Some((name, arch)) = image(value.as_str()) else { continue };
                let places = named_archs(value.as_str())
                    .into_iter()
                    .map(|(range, name, _)| Some((value.written_at(range)?, name)));
                res.push(GuestImage {
                    name: name.to_owned(),
                    arch,
                    span: value.written_at(0..value.as_str().len()).unwrap_or(variable.span),
                    named_by: NamedBy::Service,
                    arch_places: places.collect(),
                });
            }
        }
        for path in &self.errors.paths {
            let Some((name, arch)) = image(&path.path) else { continue };
            let (name, span, named_by) = (name.to_owned(), path.span, NamedBy::Error);
            res.push(GuestImage { name, arch, span, named_by, arch_places: None });
        }
        let mut seen: Vec<Span> = Vec::new();
        res.retain(|image| {
            let is_new = !seen.contains(&image.span);
            seen.push(image.span);
            is_new
        });
        res.truncate(MOST);
        res
    }
}

/// The image that a word of a command names. `written` is the command as it stands in the script,
/// of which what lies before `from` belongs to earlier words.
fn in_script(written: &Traced, from: &mut usize, word: &str, entry: Span) -> Option<GuestImage> {
    let (name, arch) = image(word)?;
    // What a hole stands for is not written here; what follows it is.
    let shown = word.rsplit("}}").next().filter(|_| has_holes(word)).unwrap_or(word);
    let whole = named_archs(shown).len() == named_archs(word).len();
    let start = written.as_str().get(*from..).and_then(|rest| Some(*from + rest.find(shown)?));
    let places = named_archs(shown).into_iter().map(|(range, name, _)| {
        let start = start?;
        Some((written.written_at(start + range.start..start + range.end)?, name))
    });
    let arch_places = places.collect::<Option<Vec<_>>>().filter(|_| whole);
    let span = start.and_then(|start| {
        *from = start + shown.len();
        let name = start + shown.find(name)?..start + shown.find(name)? + name.len();
        written.written_at(name)
    });
    Some(GuestImage {
        name: name.to_owned(),
        arch,
        span: span.or_else(|| written.outermost()).unwrap_or(entry),
        named_by: NamedBy::Provision,
        arch_places,
    })
}

impl GuestImage {
    /// The image's name for another architecture, and the edits that name it so; `None` where one
    /// of the places cannot be changed, or the other architecture has no name of that kind.
    pub fn for_arch(&self, arch: &str) -> Option<(String, Vec<Edit>)> {
        let places = self.arch_places.as_ref()?;
        let edits = places
            .iter()
            .map(|(span, name)| Some(Edit::replace(*span, other_name(name, arch)?)))
            .collect::<Option<Vec<Edit>>>()?;
        let mut name = self.name.clone();
        for (range, written, _) in named_archs(&self.name).into_iter().rev() {
            name.replace_range(range, other_name(written, arch)?);
        }
        Some((name, edits))
    }
}

/// The name of an architecture beside a name of another: `arm64` beside `amd64`, `aarch64` beside
/// `x86_64`.
fn other_name(name: &str, arch: &str) -> Option<&'static str> {
    match (name, arch) {
        ("amd64", "aarch64") => Some("arm64"),
        ("x86_64", "aarch64") => Some("aarch64"),
        ("arm64", "x86_64") => Some("amd64"),
        ("aarch64", "x86_64") => Some("x86_64"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    #[test]
    fn an_images_name_tells_what_it_is_made_for() {
        for (word, expected) in [
            ("jammy-server-cloudimg-amd64.img", Some("x86_64")),
            ("https://x/bookworm/debian-12-genericcloud-arm64.qcow2?a=1", Some("aarch64")),
            ("https://x/42/Cloud/x86_64/images/Cloud-42-1.1.x86_64.qcow2", Some("x86_64")),
            ("path=/images/alpine-aarch64.iso", Some("aarch64")),
            ("ubuntu_amd64.img.xz", Some("x86_64")),
            ("https://x/aarch64/Cloud.x86_64.qcow2", None),
            ("myamd64.img", None),
            ("tool-amd64.deb", None),
            ("tool-amd64", None),
            ("ubuntu.img", None),
            ("ubuntu-{{$}}-amd64.img", None),
            ("", None),
        ] {
            assert_eq!(image(word).map(|(_, arch)| arch), expected, "{word}");
        }
    }

    fn arch(fixture: &str) -> String {
        let told = Setup::new(&input(fixture)).vm_arch();
        told.map_or("?".to_owned(), |told| format!("{}: {}", told.value, told.because))
    }

    #[test]
    fn the_vms_architecture_is_listed_written_or_the_only_one_of_its_images() {
        let list = "#- limactl list\n\
            NAME    STATUS     SSH                ARCH       CPUS    MEMORY    DISK     DIR\n\
            dev     Running    127.0.0.1:58411    aarch64    4       4GiB      10GiB    ~/.lima/dev\n";
        for (fixture, expected) in [
            ("#- lima.yaml\narch: x86_64\n", "x86_64: `lima.yaml` says so"),
            ("#- lima.yaml\narch: default\n", "?"),
            ("#- lima.yaml\ncpus: 2\n", "?"),
            (
                "#- lima.yaml\nimages: [{location: a, arch: aarch64}, {location: b, arch: aarch64}]\n",
                "aarch64: `lima.yaml` has images for no other",
            ),
            (
                "#- lima.yaml\nimages: [{location: a, arch: aarch64}, {location: b, arch: x86_64}]\n",
                "?",
            ),
            (list, "aarch64: `limactl list` shows it"),
        ] {
            assert_eq!(arch(fixture), expected, "{fixture}");
        }
    }

    #[test]
    fn macos_gives_kvm_only_to_vz_and_only_where_asked() {
        let known = |fixture: &str| match Setup::new(&input(fixture)).kvm() {
            Kvm::Missing(_) => "missing",
            Kvm::Unknown => "unknown",
        };
        for (fixture, expected) in [
            ("#- lima.yaml\nvmType: qemu\n", "missing"),
            ("#- lima.yaml\nvmType: qemu\nnestedVirtualization: true\n", "missing"),
            ("#- lima.yaml\nvmType: vz\n", "missing"),
            ("#- lima.yaml\ncpus: 2\n", "missing"),
            ("#- lima.yaml\nvmType: vz\nnestedVirtualization: true\n", "unknown"),
            ("#- lima.yaml\nvmType: vz\nbase: https://x/y.yaml\n", "unknown"),
            ("#- compose.yaml\nservices: {}\n", "unknown"),
        ] {
            assert_eq!(known(fixture), expected, "{fixture}");
        }
        let mut on_linux = input("#- lima.yaml\nvmType: qemu\n");
        on_linux.answers.host = Some(Host::Linux);
        assert_eq!(Setup::new(&on_linux).kvm(), Kvm::Unknown);
        on_linux.answers.host = None;
        assert_eq!(Setup::new(&on_linux).kvm(), Kvm::Unknown, "a host that is only assumed");
    }

    #[test]
    fn images_are_found_where_they_are_named_and_changed_there() {
        let fixture = "#- lima.yaml\nprovision:\n- script: |\n    U=https://x/images/x86_64/cloud.x86_64.qcow2\n    wget -O \"$DIR/jammy-amd64.img\" \"$BASE/jammy-amd64.img\"\n\
            #- compose.yaml\nservices:\n  api:\n    environment: {LIBVIRT_URI: \"qemu:///system\", BASE: /images/b-amd64.img}\n\
            #- error\nCannot access storage file '/images/c-amd64.img': No such file or directory\n";
        let given = input(fixture);
        let shown: Vec<String> = Setup::new(&given)
            .guest_images()
            .iter()
            .map(|image| {
                let text = &given.files[image.span.file.0].text;
                let (name, edits) = image.for_arch("aarch64").unwrap_or_default();
                let texts =
                    edits.iter().map(|edit| format!("{}>{}", &text[edit.span.range()], edit.text));
                let texts: Vec<String> = texts.collect();
                format!("{:?} {name} {}", &text[image.span.range()], texts.join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "\"cloud.x86_64.qcow2\" cloud.aarch64.qcow2 x86_64>aarch64 x86_64>aarch64",
                "\"jammy-amd64.img\" jammy-arm64.img amd64>arm64",
                "\"jammy-amd64.img\" jammy-arm64.img amd64>arm64",
                "\"/images/b-amd64.img\" b-arm64.img amd64>arm64",
                "\"/images/c-amd64.img\"  ",
            ]
        );
    }

    #[test]
    fn a_script_that_chooses_by_architecture_is_left_out() {
        for script in [
            "if [ \"$(uname -m)\" = x86_64 ]; then wget https://x/jammy-amd64.img; fi",
            "case $(uname -m) in x86_64) wget https://x/jammy-amd64.img;; esac",
            "virt-install --arch x86_64 --disk /images/jammy-amd64.img",
            "apt-get install -y libvirt-daemon-system",
        ] {
            let fixture = format!("#- lima.yaml\nprovision:\n- script: |\n    {script}\n");
            assert_eq!(Setup::new(&input(&fixture)).guest_images(), [], "{script}");
        }
    }
}
