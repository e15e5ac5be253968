//! The machines that libvirt runs in the VM: whether its processor can run them, and how fast.

pub mod guest_arch_differs;
pub mod ip_timeout_short;
pub mod kvm_missing;
pub mod nested_virtualization_unsupported;

use crate::diagnostic::Evidence;
use crate::intake::error_text::{KnownMessage, Message};
use crate::text::Span;
use crate::topology::Setup;
use crate::topology::guests::architecture;
use crate::topology::machine::InForce;

/// Whom nested virtualization suits (Lima, pkg/driver/vz).
const NESTING_HOSTS: &str = "needs an Apple M3 or later, and macOS 15 or later";

/// What libvirt said that it has no means to run.
struct Refused<'a> {
    known: &'a KnownMessage,
    arch: Option<&'static str>,
    /// `kvm`, `qemu`, where it is told.
    kind: Option<String>,
}

impl Refused<'_> {
    /// Whether it was to run without KVM.
    fn is_emulated(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind != "kvm")
    }
}

/// The kinds of domain that error texts say libvirt cannot run.
fn refused(setup: &Setup) -> Vec<Refused<'_>> {
    let value = |known: &KnownMessage, key: &str| {
        let words = known.value.split_whitespace().filter_map(|word| word.split_once('='));
        words.clone().find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
    };
    let reports = setup.errors.reports(Message::NoCapabilities);
    reports
        .map(|known| Refused {
            known,
            arch: value(known, "arch").and_then(|arch| architecture(&arch)),
            kind: value(known, "domaintype"),
        })
        .collect()
}

/// Whether what was refused is for another architecture than the VM's.
fn is_foreign(refused: &Refused, vm_arch: Option<&InForce>) -> bool {
    match (refused.arch, vm_arch) {
        (Some(arch), Some(own)) => arch != own.value,
        // An emulator runs its own architecture wherever it is installed.
        _ => refused.is_emulated(),
    }
}

/// Where `lima.yaml` or a list shows the type of VM, and the clause to be said there.
fn vm_evidence(setup: &Setup, note: &str) -> Option<Evidence> {
    let written = setup.vm_type.as_ref().and_then(|in_force| in_force.span);
    let listed = || setup.chosen_instance().filter(|i| i.vm_type.is_some()).map(|i| i.span);
    let end = || {
        let lima = setup.lima.as_ref()?;
        Some(Span::at(lima.file, lima.hardware_end.unwrap_or(0)))
    };
    let span = written.or_else(listed).or_else(end)?;
    Some(Evidence::new(span, note))
}
