#![doc = include_str!("guest_arch_differs.md")]

use super::{Refused, is_foreign, refused};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::{Rule, only_shown};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::guests::{GuestImage, NamedBy};
use crate::topology::machine::InForce;
use crate::words::capitalised;

/// A machine is made for another architecture than the VM has.
pub const RULE: Rule = Rule {
    name: "guest-arch-differs",
    severity: Severity::Error,
    summary: "an image or a domain is for another processor architecture than the VM's",
    docs: include_str!("guest_arch_differs.md"),
    covers: &["F5", "K3"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let vm_arch = setup.vm_arch();
    let all = refused(setup);
    let refused = all.iter().find(|refused| is_foreign(refused, vm_arch.as_ref()));
    let images = foreign_images(setup, vm_arch.as_ref());
    let mut evidence: Vec<Evidence> = images
        .iter()
        .map(|image| {
            let what = match image.named_by {
                NamedBy::Provision => "the script takes",
                NamedBy::Service => "the service is given",
                NamedBy::Error => "your error names",
            };
            Evidence::new(image.span, format!("{what} an image for {}", image.arch))
        })
        .collect();
    let place = vm_arch.as_ref().and_then(|own| Some((own, own.span?)));
    evidence.extend(place.map(|(own, span)| {
        Evidence::new(span, format!("the VM is {}: {}", own.value, own.because))
    }));
    let (span, severity, message) = match (refused, &vm_arch, images.first()) {
        (Some(refused), vm_arch, _) => {
            (refused.known.span, Severity::Error, refusal(refused, vm_arch.as_ref()))
        }
        (None, Some(own), Some(image)) => {
            let message = format!(
                "likely: {} for {}, and the VM is {}",
                listed(&images),
                image.arch,
                own.value
            );
            (image.span, Severity::Warning, message)
        }
        _ => return Vec::new(),
    };
    vec![Diagnostic {
        severity,
        detail: "KVM runs only the VM's own architecture. What is emulated boots in minutes, \
                 keeps the processor busy, or stops with processor errors."
            .to_owned(),
        evidence,
        fixes: fixes(setup, vm_arch.as_ref(), &images, refused),
        ..RULE.finding(span, message)
    }]
}

/// The images that are made for another architecture than the VM's. Where one is made for its own,
/// the set-up knows of both.
pub(super) fn foreign_images(setup: &Setup, vm_arch: Option<&InForce>) -> Vec<GuestImage> {
    let Some(own) = vm_arch else { return Vec::new() };
    let images = setup.guest_images();
    let knows_own = images.iter().any(|image| image.arch == own.value);
    if knows_own { Vec::new() } else { images }
}

fn refusal(refused: &Refused, vm_arch: Option<&InForce>) -> String {
    let what = match refused.arch {
        Some(arch) => format!("a machine for {arch}"),
        None => "the machine that it should".to_owned(),
    };
    match vm_arch.filter(|own| refused.arch.is_some_and(|arch| arch != own.value)) {
        Some(own) => format!("libvirt cannot run {what}: the VM is {}", own.value),
        None => format!("libvirt cannot run {what}: the VM has no emulator for it"),
    }
}

/// `jammy-amd64.img` is; `a.img` and 2 more are.
fn listed(images: &[GuestImage]) -> String {
    let mut names: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [one] => format!("the image `{one}` is"),
        [one, rest @ ..] => format!("the images `{one}` and {} more are", rest.len()),
        [] => String::new(),
    }
}

fn fixes(
    setup: &Setup,
    vm_arch: Option<&InForce>,
    images: &[GuestImage],
    refused: Option<&Refused>,
) -> Vec<Fix> {
    let arch = vm_arch.map_or("the VM's architecture", |own| own.value.as_str());
    let machine = if arch == "aarch64" { ", the machine `virt` and UEFI" } else { "" };
    let image = only_shown(
        "image",
        format!("Use an image for {arch}, and a domain with that architecture{machine}"),
        "fast",
    );
    if let Some(refused) = refused {
        let kind = if refused.is_emulated() { "" } else { "give the domain the type `qemu`, and " };
        let emulator = only_shown(
            "emulator",
            capitalised(&format!("{kind}install QEMU for its architecture in the VM")),
            "slow",
        );
        let is_own = vm_arch.is_some_and(|own| refused.arch == Some(own.value.as_str()));
        return match (is_own, refused.is_emulated()) {
            (true, _) => vec![emulator],
            (false, true) => vec![emulator, image],
            (false, false) => vec![image, emulator],
        };
    }
    let Some((names, edits)) = renamed(vm_arch, images) else { return vec![image] };
    if checks_sums(setup) {
        let title = format!("Take {} instead, with its own checksum", names.join(" and "));
        return vec![only_shown("image", title, "once the image that is there already is removed")];
    }
    let mut steps = vec![Step::RestartInstance];
    let spans: Vec<_> = edits.iter().map(|edit| edit.span.file).collect();
    let services = setup.clients().filter(|(_, service)| {
        let takes = |image: &GuestImage| {
            image.named_by == NamedBy::Service
                && service.environment.iter().any(|variable| {
                    variable.value.as_ref().is_some_and(|v| v.as_str().ends_with(&image.name))
                })
        };
        !spans.is_empty() && images.iter().any(takes)
    });
    steps.extend(services.map(|(_, service)| Step::RecreateService(service.name.clone())));
    vec![Fix {
        name: "arch",
        title: format!("Take {} instead", names.join(" and ")),
        suits: "once the image that is there already is removed",
        applicability: Applicability::Review,
        edits,
        steps,
    }]
}

/// Whether a script compares the checksum of what it fetched: another image has another one.
fn checks_sums(setup: &Setup) -> bool {
    let programs = ["sha256sum", "sha512sum", "shasum", "b2sum", "md5sum", "sha1sum"];
    let scripts = setup.lima.iter().flat_map(|lima| &lima.provision);
    scripts.into_iter().any(|one| programs.iter().any(|name| one.script.as_str().contains(name)))
}

/// The images' names for the VM's architecture, and the edits that name them so. Only where a
/// script fetches one of them: a service's image is there already, under the name that it has.
fn renamed(vm_arch: Option<&InForce>, images: &[GuestImage]) -> Option<(Vec<String>, Vec<Edit>)> {
    let arch = vm_arch?.value.as_str();
    let named = || images.iter().filter(|image| image.named_by != NamedBy::Error);
    named().find(|image| image.named_by == NamedBy::Provision)?;
    let (mut names, mut edits) = (Vec::new(), Vec::new());
    for image in named() {
        let (name, changes) = image.for_arch(arch)?;
        let name = format!("`{name}`");
        if !names.contains(&name) {
            names.push(name);
        }
        for edit in changes {
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
    }
    Some((names, edits))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn an_image_with_a_checksum_is_left_to_the_reader() {
        check(
            "
#- lima.yaml
arch: aarch64
provision:
- mode: system
  script: |
    wget https://images.example/jammy-server-cloudimg-amd64.img
    echo \"3f1c0e11aa  jammy-server-cloudimg-amd64.img\" | sha256sum -c -
",
            &expect![[r#"
                warning[guest-arch-differs] lima.yaml:5:33: likely: the image `jammy-server-cloudimg-amd64.img` is for x86_64, and the VM is aarch64
                  lima.yaml:5:33: the script takes an image for x86_64
                  lima.yaml:6:23: the script takes an image for x86_64
                  lima.yaml:1:7: the VM is aarch64: `lima.yaml` says so
                  fix image: Take `jammy-server-cloudimg-arm64.img` instead, with its own checksum
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn a_script_fetches_an_image_for_another_processor() {
        check(
            "
#- lima.yaml
arch: aarch64
vmType: vz
ssh: {localPort: 20022}
provision:
- mode: system
  script: |
    cd /srv
    # small and quick
    wget -O base-amd64.img https://images.example/jammy/jammy-server-cloudimg-amd64.img
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
      BASE_IMAGE: /srv/base-amd64.img
",
            &expect![[r#"
                warning[guest-arch-differs] lima.yaml:9:13: likely: the images `base-amd64.img` and 1 more are for x86_64, and the VM is aarch64
                  lima.yaml:9:13: the script takes an image for x86_64
                  lima.yaml:9:57: the script takes an image for x86_64
                  compose.yaml:5:19: the service is given an image for x86_64
                  lima.yaml:1:7: the VM is aarch64: `lima.yaml` says so
                  fix arch: Take `base-arm64.img` and `jammy-server-cloudimg-arm64.img` instead
                --- lima.yaml
                -    wget -O base-amd64.img https://images.example/jammy/jammy-server-cloudimg-amd64.img
                +    wget -O base-arm64.img https://images.example/jammy/jammy-server-cloudimg-arm64.img
                --- compose.yaml
                -      BASE_IMAGE: /srv/base-amd64.img
                +      BASE_IMAGE: /srv/base-arm64.img
            "#]],
        );
    }

    #[test]
    fn a_services_image_is_left_to_the_reader() {
        check(
            "
#- lima.yaml
vmType: vz
ssh: {localPort: 20022}
#- limactl list
NAME    STATUS     SSH                VMTYPE    ARCH       CPUS    MEMORY    DISK     DIR
dev     Running    127.0.0.1:20022    vz        aarch64    4       4GiB      10GiB    ~/.lima/dev
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
      BASE_IMAGE: Fedora-Cloud-Base-Generic-42-1.1.x86_64.qcow2
",
            &expect![[r#"
                warning[guest-arch-differs] compose.yaml:5:19: likely: the image `Fedora-Cloud-Base-Generic-42-1.1.x86_64.qcow2` is for x86_64, and the VM is aarch64
                  compose.yaml:5:19: the service is given an image for x86_64
                  limactl list:2:1: the VM is aarch64: `limactl list` shows it
                  fix image: Use an image for aarch64, and a domain with that architecture, the machine `virt` and UEFI
            "#]],
        );
    }

    #[test]
    fn libvirt_refuses_it() {
        check(
            "
#- lima.yaml
arch: aarch64
#- error
error: invalid argument: could not find capabilities for arch=x86_64 domaintype=kvm
",
            &expect![[r#"
                error[guest-arch-differs] error:1:58: libvirt cannot run a machine for x86_64: the VM is aarch64
                  lima.yaml:1:7: the VM is aarch64: `lima.yaml` says so
                  fix image: Use an image for aarch64, and a domain with that architecture, the machine `virt` and UEFI
                  fix emulator: Give the domain the type `qemu`, and install QEMU for its architecture in the VM
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
        check(
            "
#- error
error: invalid argument: could not find capabilities for ostype=hvm arch=aarch64 domaintype=qemu
",
            &expect![[r#"
                error[guest-arch-differs] error:1:58: libvirt cannot run a machine for aarch64: the VM has no emulator for it
                  fix emulator: Install QEMU for its architecture in the VM
                  fix image: Use an image for the VM's architecture, and a domain with that architecture
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn the_vms_own_image_and_what_nothing_tells_are_no_matter() {
        for fixture in [
            // The VM boots from this one; libvirt's machines are others.
            "#- lima.yaml\narch: aarch64\nimages: [{location: https://x/jammy-amd64.img, arch: aarch64}]\n",
            "#- lima.yaml\narch: aarch64\nprovision:\n- script: wget https://x/jammy-arm64.img\n",
            "#- lima.yaml\narch: aarch64\nprovision:\n- script: wget https://x/a-arm64.img https://x/a-amd64.img\n",
            "#- lima.yaml\narch: aarch64\nprovision:\n- script: wget https://x/tool-linux-amd64.tar.gz\n",
            "#- lima.yaml\narch: aarch64\nprovision:\n- script: |\n    if [ $(uname -m) = x86_64 ]; then wget https://x/a-amd64.img; fi\n",
            "#- lima.yaml\ncpus: 2\nprovision:\n- script: wget https://x/jammy-amd64.img\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }
}
