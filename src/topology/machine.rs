//! What kind of VM Lima makes, and how it shares directories with it, where the file leaves that
//! open (Lima, pkg/limayaml/defaults.go, pkg/driverutil/vm.go and the drivers).

use crate::config::lima::{Circumstances, Lima};
use crate::intake::limactl::Instance;
use crate::intake::{Host, VmState};
use crate::text::Span;

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The value, as Lima writes it.
    pub value: String,
    /// A clause that says why.
    pub because: String,
    /// Where it is written, if it is.
    pub span: Option<Span>,
}

impl InForce {
    fn written(setting: &(String, Span)) -> Self {
        let (value, span) = setting;
        Self { value: value.clone(), because: "`lima.yaml` says so".to_owned(), span: Some(*span) }
    }

    fn default(value: &str, because: impl Into<String>) -> Self {
        Self { value: value.to_owned(), because: because.into(), span: None }
    }
}

/// The kind of VM: `qemu`, `vz` or another that is written.
pub fn vm_type(lima: &Lima, circumstances: &Circumstances, listed: Option<&Instance>) -> InForce {
    // Neither value is a kind; each stood for none in some version.
    if let Some(written) = lima.vm_type.as_ref().filter(|(v, _)| !v.is_empty() && v != "default") {
        return InForce::written(written);
    }
    if let Some(listed) = listed.and_then(|instance| instance.vm_type.as_deref()) {
        return InForce::default(listed, "`limactl list` shows it");
    }
    let since = |major, minor| circumstances.since(major, minor, 0);
    let version = circumstances.version;
    let wants_9p = lima.mount_type.as_ref().is_some_and(|(value, _)| value == "9p");
    match circumstances.host {
        Host::Linux => InForce::default("qemu", "Lima makes no other VMs on Linux by default"),
        Host::MacOs if !since(1, 0) => {
            InForce::default("qemu", format!("Lima {version} makes such VMs by default"))
        }
        Host::MacOs if !since(2, 0) && wants_9p => {
            InForce::default("qemu", format!("Lima {version} makes it so for `mountType: 9p`"))
        }
        Host::MacOs if !since(2, 0) && circumstances.vm == VmState::Existing => {
            InForce::default("vz", format!("Lima {version} has made it so on macOS 13.5 and later"))
        }
        Host::MacOs if (!since(2, 0) || since(2, 1)) && lima.is_surely_foreign() => {
            InForce::default("qemu", "no other runs this architecture on macOS")
        }
        Host::MacOs => InForce::default("vz", format!("Lima {version} makes such VMs on macOS")),
    }
}

/// How directories are shared: `reverse-sshfs`, `9p`, `virtiofs` or `wsl2`; `None` where the kind
/// of VM is not one of Lima's own.
pub fn mount_type(
    lima: &Lima,
    circumstances: &Circumstances,
    vm_type: &InForce,
) -> Option<InForce> {
    let written = lima.mount_type.as_ref().filter(|(v, _)| !v.is_empty() && v != "default");
    if let Some(written) = written {
        return Some(InForce::written(written));
    }
    let since = |major, minor| circumstances.since(major, minor, 0);
    let version = circumstances.version;
    let usual = format!("Lima {version} shares so with a VM of type `{}`", vm_type.value);
    let unsupported = lima.mount_types_unsupported.iter().any(|kind| kind == "9p");
    let image = lima.bases.iter().find(|base| base.is_image_without_9p());
    let res = match vm_type.value.as_str() {
        "qemu" if !since(1, 0) => InForce::default("reverse-sshfs", usual),
        "qemu" if unsupported => {
            InForce::default("reverse-sshfs", "`mountTypesUnsupported` rules 9p out")
        }
        "qemu" => match image.filter(|_| since(1, 1)) {
            Some(base) => {
                let because = format!("the image of `{}` cannot use 9p", base.locator);
                InForce::default("reverse-sshfs", because)
            }
            None => InForce::default("9p", usual),
        },
        "vz" if since(0, 17) => InForce::default("virtiofs", usual),
        "vz" => InForce::default("reverse-sshfs", usual),
        "wsl2" => InForce::default("wsl2", usual),
        _ => return None,
    };
    Some(res)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    /// The kind of VM and of its mounts, `?` where it is not known.
    fn types(yaml: &str, version: &str, host: Host) -> String {
        let file = FileId(0);
        let lima = Lima::resolve(file, &Yaml::parse(file, yaml));
        let version = version.parse().unwrap();
        let circumstances = Circumstances { version, host, ..Circumstances::default() };
        let vm_type = vm_type(&lima, &circumstances, None);
        let mount_type = mount_type(&lima, &circumstances, &vm_type);
        format!("{} {}", vm_type.value, mount_type.map_or("?".to_owned(), |kind| kind.value))
    }

    #[test]
    fn defaults_go_by_version_and_host() {
        for (yaml, version, macos, linux) in [
            ("", "0.16", "qemu reverse-sshfs", "qemu reverse-sshfs"),
            ("vmType: vz", "0.16", "vz reverse-sshfs", "vz reverse-sshfs"),
            ("vmType: vz", "0.17", "vz virtiofs", "vz virtiofs"),
            ("", "0.23", "qemu reverse-sshfs", "qemu reverse-sshfs"),
            ("", "1.0", "vz virtiofs", "qemu 9p"),
            ("mountType: 9p", "1.2", "qemu 9p", "qemu 9p"),
            ("mountType: 9p", "2.0", "vz 9p", "qemu 9p"),
            ("arch: riscv64", "2.0", "vz virtiofs", "qemu 9p"),
            ("arch: riscv64", "2.1", "qemu 9p", "qemu 9p"),
            ("", "2.2", "vz virtiofs", "qemu 9p"),
            ("vmType: qemu", "2.2", "qemu 9p", "qemu 9p"),
            ("vmType: ''", "2.0", "vz virtiofs", "qemu 9p"),
            ("vmType: krunkit", "2.2", "krunkit ?", "krunkit ?"),
            (
                "vmType: qemu\nmountTypesUnsupported: [9p]",
                "2.2",
                "qemu reverse-sshfs",
                "qemu reverse-sshfs",
            ),
            (
                "vmType: qemu\nbase: [template:_images/debian-12, template:_default/mounts]",
                "2.2",
                "qemu reverse-sshfs",
                "qemu reverse-sshfs",
            ),
            ("mountType: reverse-sshfs", "2.2", "vz reverse-sshfs", "qemu reverse-sshfs"),
        ] {
            assert_eq!(types(yaml, version, Host::MacOs), macos, "{yaml} in {version} on macOS");
            assert_eq!(types(yaml, version, Host::Linux), linux, "{yaml} in {version} on Linux");
        }
    }

    #[test]
    fn what_lima_lists_tells_the_kind() {
        let list = "NAME    STATUS     SSH                VMTYPE    ARCH      CPUS    MEMORY    DISK     DIR\n\
                    dev     Stopped    127.0.0.1:0        qemu      x86_64    4       4GiB      10GiB    ~/.lima/dev\n";
        let listed = crate::intake::limactl::instances(FileId(0), list).remove(0);
        let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), ""));
        let vm_type = vm_type(&lima, &Circumstances::default(), Some(&listed));
        assert_eq!((vm_type.value.as_str(), vm_type.span), ("qemu", None));
    }
}
