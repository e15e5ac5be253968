#![doc = include_str!("kvm_missing.md")]

use super::{NESTING_HOSTS, is_foreign, refused, vm_evidence};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::rules::{Rule, only_shown};
use crate::syntax::yaml::{Segment, Value};
use crate::topology::Setup;
use crate::topology::guests::Kvm;
use crate::words::capitalised;

/// libvirt is to run a machine with KVM, and the VM has none.
pub const RULE: Rule = Rule {
    name: "kvm-missing",
    severity: Severity::Error,
    summary: "libvirt is to use KVM, and the VM has no `/dev/kvm`",
    docs: include_str!("kvm_missing.md"),
    covers: &["K1"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let vm_arch = setup.vm_arch();
    let all = refused(setup);
    let refused = all.iter().find(|refused| !is_foreign(refused, vm_arch.as_ref()));
    let requests = setup.kvm_requests();
    let kvm = setup.kvm();
    let mut evidence: Vec<Evidence> = requests
        .iter()
        .map(|(span, is_sure)| {
            let what = if *is_sure { "`virt-install` asks" } else { "the service asks" };
            Evidence::new(*span, format!("{what} for KVM here"))
        })
        .collect();
    if let Kvm::Missing(because) = kvm {
        evidence.extend(vm_evidence(setup, because));
    }
    let asked = "the machines are to run with KVM, and the VM has no `/dev/kvm`";
    let (span, severity, message) = match (refused, requests.first()) {
        (Some(refused), _) => {
            let message = match kvm {
                Kvm::Missing(_) => "libvirt found no KVM: the VM has no `/dev/kvm`",
                Kvm::Unknown => "libvirt found no KVM in the VM for the machine that it should run",
            };
            // A text that breaks off before the kind may speak of another.
            let (severity, likely) = match refused.kind.is_some() {
                true => (Severity::Error, ""),
                false => (Severity::Warning, "likely: "),
            };
            (refused.known.span, severity, format!("{likely}{message}"))
        }
        // Another finding says why libvirt refused.
        (None, _) if !all.is_empty() => return Vec::new(),
        (None, Some((span, is_sure))) if matches!(kvm, Kvm::Missing(_)) => {
            let likely = if *is_sure { "" } else { "likely: " };
            (*span, Severity::Warning, format!("{likely}{asked}"))
        }
        _ => return Vec::new(),
    };
    vec![Diagnostic {
        severity,
        detail: detail(&kvm, refused.is_some()),
        evidence,
        fixes: fixes(setup, &kvm, refused.is_some()),
        ..RULE.finding(span, message)
    }]
}

fn detail(kvm: &Kvm, is_refused: bool) -> String {
    let why = match kvm {
        Kvm::Missing(because) => because,
        Kvm::Unknown if is_refused => {
            "either the VM has no `/dev/kvm`, or the machine is for another architecture than the VM"
        }
        Kvm::Unknown => "",
    };
    if why.is_empty() { String::new() } else { format!("{}.", capitalised(why)) }
}

fn fixes(setup: &Setup, kvm: &Kvm, is_refused: bool) -> Vec<Fix> {
    let emulate = only_shown(
        "emulate",
        "Give the domains the type `qemu` instead of `kvm`",
        "works on any processor, but slowly",
    );
    let vm_type = setup.vm_type.as_ref().map(|in_force| in_force.value.as_str());
    let other = match (kvm, vm_type) {
        (Kvm::Missing(_), Some("vz")) => Some(nest(setup, is_refused)),
        (Kvm::Missing(_), Some("qemu")) => Some(only_shown(
            "vz",
            "Make another VM with `vmType: vz` and `nestedVirtualization: true`",
            NESTING_HOSTS,
        )),
        _ => None,
    };
    [emulate].into_iter().chain(other).collect()
}

/// The key that lets `vz` virtualize in the VM. What an error text reports was not yet tried with
/// it, so there the change is left to the reader.
fn nest(setup: &Setup, is_refused: bool) -> Fix {
    let by_hand = only_shown("nest", "Set `nestedVirtualization: true`", NESTING_HOSTS);
    let edits = || {
        let (document, text) = setup.document(setup.lima.as_ref()?.file)?;
        let path = [Segment::Key("nestedVirtualization".to_owned())];
        document.set(text, &path, &Value::Bool(true)).ok()
    };
    match edits().filter(|_| !is_refused) {
        Some(edits) => Fix {
            applicability: Applicability::Review,
            edits,
            steps: vec![Step::RestartInstance],
            ..by_hand
        },
        None => by_hand,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn libvirt_says_so() {
        check(
            "
#- lima.yaml
vmType: qemu
arch: aarch64
#- error
error: Failed to define domain from sandbox.xml
error: invalid argument: could not find capabilities for arch=aarch64 domaintype=kvm
",
            &expect![[r#"
                error[kvm-missing] error:2:58: libvirt found no KVM: the VM has no `/dev/kvm`
                  lima.yaml:1:9: QEMU on macOS gives the VM no `/dev/kvm`
                  fix emulate: Give the domains the type `qemu` instead of `kvm`
                  fix vz: Make another VM with `vmType: vz` and `nestedVirtualization: true`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn nothing_but_the_error() {
        check(
            "#- error\ncould not find capabilities for \n",
            &expect![[r#"
            warning[kvm-missing] error:1:1: likely: libvirt found no KVM in the VM for the machine that it should run
              fix emulate: Give the domains the type `qemu` instead of `kvm`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
        check(
            "
#- error
virsh define: error: invalid argument: could not find capabilities for domaintype=kvm
",
            &expect![[r#"
                error[kvm-missing] error:1:72: libvirt found no KVM in the VM for the machine that it should run
                  fix emulate: Give the domains the type `qemu` instead of `kvm`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn a_script_asks_for_it_where_the_vm_has_none() {
        check(
            "
#- lima.yaml
vmType: vz # native
provision:
- mode: system
  script: |
    virt-install --name t --virt-type kvm --import --disk /srv/t.qcow2
",
            &expect![[r#"
                warning[kvm-missing] lima.yaml:5:5: the machines are to run with KVM, and the VM has no `/dev/kvm`
                  lima.yaml:5:5: `virt-install` asks for KVM here
                  lima.yaml:1:9: without `nestedVirtualization` the VM has no `/dev/kvm`
                  fix emulate: Give the domains the type `qemu` instead of `kvm`
                  fix nest: Set `nestedVirtualization: true`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            "#]],
        );
    }

    #[test]
    fn a_service_asks_for_it() {
        check(
            "
#- lima.yaml
vmType: qemu
ssh: {localPort: 20022}
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
      LIBVIRT_DOMAIN_TYPE: kvm
",
            &expect![[r#"
                warning[kvm-missing] compose.yaml:5:7: likely: the machines are to run with KVM, and the VM has no `/dev/kvm`
                  compose.yaml:5:7: the service asks for KVM here
                  lima.yaml:1:9: QEMU on macOS gives the VM no `/dev/kvm`
                  fix emulate: Give the domains the type `qemu` instead of `kvm`
                  fix vz: Make another VM with `vmType: vz` and `nestedVirtualization: true`
            "#]],
        );
    }

    #[test]
    fn kvm_that_may_be_there_is_no_matter() {
        for fixture in [
            "#- lima.yaml\nvmType: vz\nnestedVirtualization: true\nprovision:\n- script: virt-install --virt-type kvm\n",
            "#- lima.yaml\nvmType: qemu\nprovision:\n- script: virt-install --virt-type qemu\n",
            "#- lima.yaml\nvmType: qemu\nprovision:\n- script: |\n    usermod -aG kvm,libvirt dev\n    apt-get install -y qemu-kvm\n",
        ] {
            check_clean(&RULE, fixture);
        }
    }

    #[test]
    fn another_architecture_is_told_by_another_finding() {
        let fixture = "#- lima.yaml\narch: aarch64\n#- error\n\
            could not find capabilities for arch=x86_64 domaintype=kvm\n";
        let report = crate::diagnose(&crate::rules::testing::input(fixture)).report;
        let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, ["guest-arch-differs"]);
    }
}
