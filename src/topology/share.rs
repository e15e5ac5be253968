//! How files on a mount look to the VM, and what it may do with their owners and modes (Lima's
//! page on mounts, QEMU's `-virtfs`).

use super::mounts::EffectiveMount;
use super::setup::Setup;
use crate::intake::Host;

/// The way in which a mount brings the host's files into the VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// 9p with the host's own owners and modes: the VM sees the host's ids, and QEMU changes them
    /// with the rights of the host's user.
    NineP,
    /// 9p that keeps owners and modes beside the files.
    NinePMapped,
    /// virtiofs of macOS: whoever looks is the owner.
    Virtiofs,
    /// virtiofs of QEMU on Linux.
    VirtiofsOfQemu,
    /// sshfs, which opens files with the rights of the host's user.
    ReverseSshfs,
    /// Another way, or one that nothing tells.
    Unknown,
}

impl Setup {
    /// The way of all mounts that set nothing of their own.
    pub fn share(&self) -> Share {
        let vm_type = self.vm_type.as_ref().map_or("", |in_force| in_force.value.as_str());
        match self.mount_type.as_ref().map(|in_force| in_force.value.as_str()) {
            Some("9p") => Share::NineP,
            Some("virtiofs") if vm_type == "vz" && self.host == Host::MacOs => Share::Virtiofs,
            Some("virtiofs") if vm_type == "qemu" => Share::VirtiofsOfQemu,
            Some("reverse-sshfs") => Share::ReverseSshfs,
            _ => Share::Unknown,
        }
    }

    /// The way of one mount.
    pub fn share_of(&self, mount: &EffectiveMount) -> Share {
        let entry = mount.index.and_then(|index| self.lima.as_ref()?.mounts.get(index));
        let model = entry.and_then(|entry| entry.security_model.as_ref());
        let model = model.map_or("none", |(model, _)| model.as_str());
        match (self.share(), model) {
            (Share::NineP, "none" | "passthrough" | "") => Share::NineP,
            (Share::NineP, "mapped-xattr" | "mapped-file") => Share::NinePMapped,
            (Share::NineP, _) => Share::Unknown,
            (share, _) => share,
        }
    }

    /// The deepest mount that holds a path of the VM, and its place among the effective ones.
    pub fn mount_at(&self, path: &str) -> Option<(usize, &EffectiveMount)> {
        let holding = |mount: &EffectiveMount| {
            mount.location.is_some() && super::path::below(&mount.mount_point, path).is_some()
        };
        let mounts = self.mounts.iter().enumerate().filter(|(_, mount)| holding(mount));
        mounts.max_by_key(|(i, mount)| (mount.mount_point.len(), *i))
    }
}

impl Share {
    /// Whether another owner is surely refused.
    pub fn refuses_owners(self) -> bool {
        matches!(self, Share::NineP | Share::ReverseSshfs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    #[test]
    fn the_way_goes_by_type_and_model() {
        for (yaml, expected) in [
            ("vmType: qemu", Share::NineP),
            ("vmType: vz", Share::Virtiofs),
            ("vmType: qemu\nmountType: reverse-sshfs", Share::ReverseSshfs),
            ("vmType: krunkit", Share::Unknown),
        ] {
            let setup =
                Setup::new(&input(&format!("#- lima.yaml\n{yaml}\nmounts: [{{location: /v}}]\n")));
            assert_eq!(setup.share_of(&setup.mounts[0]), expected, "{yaml}");
        }
        for (model, expected) in
            [("none", Share::NineP), ("mapped-xattr", Share::NinePMapped), ("else", Share::Unknown)]
        {
            let yaml = format!(
                "#- lima.yaml\nvmType: qemu\nmounts: [{{location: /v, 9p: {{securityModel: {model}}}}}]\n"
            );
            let setup = Setup::new(&input(&yaml));
            assert_eq!(setup.share_of(&setup.mounts[0]), expected, "{model}");
        }
    }

    #[test]
    fn the_deepest_mount_holds_a_path() {
        let setup = Setup::new(&input(
            "#- lima.yaml\nmounts: [{location: /v}, {location: /w, mountPoint: /v/a}, {location: rel}]\n",
        ));
        for (path, expected) in [("/v/a/b", Some(1)), ("/v/b", Some(0)), ("/x", None)] {
            assert_eq!(setup.mount_at(path).map(|(i, _)| i), expected, "{path}");
        }
    }
}
