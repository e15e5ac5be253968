use super::{Check, When, quoted};
use crate::config::lima::Lima;
use crate::intake::Host;

/// The types of mounts that Lima knows.
const MOUNT_TYPES: [&str; 4] = ["reverse-sshfs", "9p", "virtiofs", "wsl2"];

/// CPU architectures that Lima knows, in its order.
const ARCHITECTURES: [&str; 6] = ["x86_64", "aarch64", "armv7l", "ppc64le", "riscv64", "s390x"];

/// CPU architectures that no Mac has.
const FOREIGN: [&str; 4] = ["riscv64", "armv7l", "s390x", "ppc64le"];

impl Lima {
    /// Whether the VM's architecture is surely another than the host's.
    pub fn is_surely_foreign(&self) -> bool {
        self.arch.as_ref().is_some_and(|(arch, _)| FOREIGN.contains(&arch.as_str()))
    }
}

impl Check<'_> {
    pub(super) fn arch(&mut self) {
        let Some(value) = self.field(self.root, "arch") else { return };
        let Some(arch) = value.as_lima_text() else { return };
        let is_host = arch.is_empty() || arch == "default";
        if !is_host && !ARCHITECTURES.contains(&arch.as_str()) {
            let known = ARCHITECTURES.join(" ");
            let message = format!("field `arch` must be one of [{known}]; got {}", quoted(&arch));
            let known = match arch.to_ascii_lowercase().as_str() {
                "amd64" | "x86-64" | "x64" => Some("x86_64"),
                "arm64" => Some("aarch64"),
                name => ARCHITECTURES.into_iter().find(|known| *known == name),
            };
            match known {
                Some(known) => self.refuse_for(When::Load, value.span, message, ("arch", known)),
                None => self.refuse(value.span, message, "write one of these"),
            }
        }
    }

    pub(super) fn mount_type(&mut self) {
        self.vm_type();
        let Some((mount_type, span)) = self.lima.mount_type.clone() else { return };
        if self.is_default_mount_type(&mount_type) {
            return;
        }
        if !MOUNT_TYPES.contains(&mount_type.as_str()) {
            let message = format!(
                "field `mountType` must be `reverse-sshfs` or `9p` or `virtiofs`, or `wsl2`, got {}",
                quoted(&mount_type)
            );
            let known = match mount_type.to_ascii_lowercase().as_str() {
                "sshfs" => Some("reverse-sshfs"),
                "virtio-fs" => Some("virtiofs"),
                "virtio-9p" | "9pfs" => Some("9p"),
                name => MOUNT_TYPES.into_iter().find(|known| *known == name),
            };
            return match known {
                Some(known) => self.refuse_for(When::Load, span, message, ("mountType", known)),
                None if matches!(mount_type.as_str(), "" | "default") => {
                    self.refuse(span, message, "take the key away");
                }
                None => self.refuse(span, message, "write one of these"),
            };
        }
        if self.circumstances.since(1, 0, 0)
            && self.lima.mount_types_unsupported.contains(&mount_type)
        {
            let message = format!(
                "field `mountType` must not be one of [{}] (`mountTypesUnsupported`), got {}",
                self.lima.mount_types_unsupported.join(" "),
                quoted(&mount_type)
            );
            return self.refuse(span, message, "choose another type, or take `mountType` away");
        }
        self.driver(&mount_type, span);
    }

    /// Whether this version takes the value for an absent one.
    fn is_default_mount_type(&self, mount_type: &str) -> bool {
        let since = |major, minor| self.circumstances.since(major, minor, 0);
        let is_vz = self.lima.vm_type.as_ref().is_some_and(|(vm_type, _)| vm_type == "vz");
        match mount_type {
            "" | "default" if since(2, 2) => false,
            "" | "default" if since(2, 0) => !is_vz,
            "default" => since(1, 0),
            "" => true,
            _ => false,
        }
    }

    fn vm_type(&mut self) {
        let Some((vm_type, span)) = self.lima.vm_type.clone() else { return };
        let is_refused = match vm_type.as_str() {
            "default" => self.circumstances.since(2, 0, 0),
            "" => self.circumstances.since(2, 2, 0),
            _ => false,
        };
        if is_refused {
            let message = format!("vmType {} is not a registered driver", quoted(&vm_type));
            self.refuse_when(
                When::Start,
                span,
                message,
                "write `qemu` or `vz`, or take the key away",
            );
        }
    }

    /// What the driver of the VM's type says of a known type of mounts.
    fn driver(&mut self, mount_type: &str, span: crate::text::Span) {
        let on_macos = self.circumstances.surely_on(Host::MacOs);
        let written = self.lima.vm_type.as_ref().map(|(vm_type, _)| vm_type.as_str());
        // From 2.0 on, a VM without a type is VZ's on macOS, whatever its mounts need.
        let is_vz = match written {
            Some(vm_type) => vm_type == "vz",
            None => {
                on_macos
                    && self.circumstances.since(2, 0, 0)
                    && !self.lima.is_surely_foreign()
                    && self.lima.bases_are_known()
            }
        };
        if is_vz && !["reverse-sshfs", "virtiofs"].contains(&mount_type) {
            let message = format!(
                "field `mountType` must be `reverse-sshfs` or `virtiofs` for VZ driver, got {}",
                quoted(mount_type)
            );
            // Without a type of the VM, 9p may as well mean that QEMU's is left out.
            if mount_type == "9p" && written.is_none() {
                let help = "write `vmType: qemu` as well: without it the VM is VZ's on macOS";
                self.refuse_when(When::Start, span, message, help);
            } else {
                self.refuse_for(When::Start, span, message, ("mountType", "virtiofs"));
            }
        }
        let on_linux = self.circumstances.surely_on(Host::Linux);
        if written == Some("qemu") && on_linux && mount_type == "wsl2" {
            let message = "field `mountType` must be one of [reverse-sshfs 9p virtiofs] for QEMU driver on Linux";
            self.refuse_for(When::Start, span, message, ("mountType", "9p"));
        }
        if written == Some("qemu") && on_macos && !["reverse-sshfs", "9p"].contains(&mount_type) {
            let message = format!(
                "field `mountType` must be `reverse-sshfs` or `9p` for QEMU driver on macOS, got {}",
                quoted(mount_type)
            );
            self.refuse_for(When::Start, span, message, ("mountType", "9p"));
        }
    }
}
