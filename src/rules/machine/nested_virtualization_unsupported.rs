#![doc = include_str!("nested_virtualization_unsupported.md")]

use super::NESTING_HOSTS;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::Message;
use crate::intake::{Host, LimaVersion};
use crate::rules::{Rule, only_shown};
use crate::syntax::yaml::{Segment, Value};
use crate::text::Span;
use crate::topology::Setup;

/// `nestedVirtualization` is asked for where it is not to be had.
pub const RULE: Rule = Rule {
    name: "nested-virtualization-unsupported",
    severity: Severity::Error,
    summary: "`nestedVirtualization: true` on a host or with a type of VM that cannot",
    docs: include_str!("nested_virtualization_unsupported.md"),
    covers: &["K2"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let reported = setup.errors.reports(Message::NestedUnsupported).next();
    let lima = setup.lima.as_ref();
    let asked = lima.and_then(|lima| lima.nested_virtualization).filter(|(on, _)| *on);
    let span = match (asked, reported) {
        (Some((_, span)), _) => span,
        // The text is of a file that is not pasted, or of a time before this one.
        (None, Some(known)) if lima.is_none_or(|lima| !lima.bases_are_known()) => known.span,
        _ => return Vec::new(),
    };
    let vm_type = setup.vm_type.as_ref();
    let is = |kind: &str| vm_type.is_some_and(|in_force| in_force.value == kind);
    let on_macos = setup.host == Host::MacOs && setup.host_is_known;
    let vm_arch = setup.vm_arch();
    let on_intel = is("vz") && on_macos && vm_arch.as_ref().is_some_and(|a| a.value == "x86_64");
    let is_ignored = is("qemu") && on_macos && setup.lima_version < LimaVersion::new(2, 3, 0);

    let (severity, message, detail) = if reported.is_some() {
        (
            Severity::Error,
            "the VM cannot start: this Mac has no nested virtualization",
            "It needs an Apple M3 or later, and macOS 15 or later.",
        )
    } else if on_intel {
        (
            Severity::Error,
            "the VM cannot start: no Intel Mac has nested virtualization",
            "It needs an Apple M3 or later, and macOS 15 or later.",
        )
    } else if is_ignored {
        (
            Severity::Hint,
            "`nestedVirtualization: true` does nothing with `vmType: qemu` on macOS",
            "Machines in the VM are emulated all the same.",
        )
    } else {
        return Vec::new();
    };
    let mut evidence = Vec::new();
    if asked.is_some() {
        evidence.push(Evidence::new(span, "nested virtualization is asked for here"));
    }
    if let Some(place) = vm_arch.and_then(|arch| arch.span).filter(|_| on_intel) {
        evidence.push(Evidence::new(place, "the VM is x86_64, as the Mac is then"));
    }
    if let Some(place) = vm_type.and_then(|in_force| in_force.span).filter(|_| is_ignored) {
        evidence.push(Evidence::new(place, "QEMU on macOS gives the VM no `/dev/kvm`"));
    }
    evidence.extend(reported.map(|known| Evidence::new(known.span, "Lima says so")));
    vec![Diagnostic {
        severity,
        detail: detail.to_owned(),
        evidence,
        fixes: fixes(setup, asked.map(|(_, span)| span), is_ignored),
        ..RULE.finding(span, message.to_owned())
    }]
}

fn fixes(setup: &Setup, asked: Option<Span>, is_ignored: bool) -> Vec<Fix> {
    let off = only_shown(
        "off",
        "Set `nestedVirtualization: false`",
        "the machines in the VM are emulated",
    );
    let edits = asked.and_then(|span| {
        let (document, text) = setup.document(span.file)?;
        let path = [Segment::Key("nestedVirtualization".to_owned())];
        document.set(text, &path, &Value::Bool(false)).ok()
    });
    let off = match edits {
        Some(edits) => Fix {
            applicability: Applicability::Review,
            edits,
            steps: vec![Step::RestartInstance],
            ..off
        },
        None => off,
    };
    let vz =
        is_ignored.then(|| only_shown("vz", "Make another VM with `vmType: vz`", NESTING_HOSTS));
    [off].into_iter().chain(vz).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean, input};

    #[test]
    fn lima_says_so_and_the_file_asks() {
        check(
            r#"
#- lima.yaml
vmType: vz
nestedVirtualization: true # for KVM
#- error
time="2026-03-01T10:00:00+01:00" level=fatal msg="nested virtualization requires macOS 15 or newer"
"#,
            &expect![[r#"
                error[nested-virtualization-unsupported] lima.yaml:2:23: the VM cannot start: this Mac has no nested virtualization
                  lima.yaml:2:23: nested virtualization is asked for here
                  error:1:51: Lima says so
                  fix off: Set `nestedVirtualization: false`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -nestedVirtualization: true # for KVM
                +nestedVirtualization: false # for KVM
            "#]],
        );
    }

    #[test]
    fn nothing_but_the_error() {
        check(
            "#- error\nFATA[0002] nested virtualization is not supported on this device\n",
            &expect![[r#"
                error[nested-virtualization-unsupported] error:1:12: the VM cannot start: this Mac has no nested virtualization
                  error:1:12: Lima says so
                  fix off: Set `nestedVirtualization: false`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
            "#]],
        );
    }

    #[test]
    fn an_intel_mac() {
        check(
            "
#- lima.yaml
vmType: vz
nestedVirtualization: true
#- limactl list
NAME    STATUS     SSH            VMTYPE    ARCH      CPUS    MEMORY    DISK     DIR
dev     Stopped    127.0.0.1:0    vz        x86_64    4       4GiB      10GiB    ~/.lima/dev
",
            &expect![[r#"
                error[nested-virtualization-unsupported] lima.yaml:2:23: the VM cannot start: no Intel Mac has nested virtualization
                  lima.yaml:2:23: nested virtualization is asked for here
                  limactl list:2:1: the VM is x86_64, as the Mac is then
                  fix off: Set `nestedVirtualization: false`
                unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
                --- lima.yaml
                -nestedVirtualization: true
                +nestedVirtualization: false
            "#]],
        );
    }

    #[test]
    fn a_vm_of_qemu_only_gets_a_hint() {
        check(
            "#- lima.yaml\nvmType: qemu\nnestedVirtualization: true\n",
            &expect![[r#"
            hint[nested-virtualization-unsupported] lima.yaml:2:23: `nestedVirtualization: true` does nothing with `vmType: qemu` on macOS
              lima.yaml:2:23: nested virtualization is asked for here
              lima.yaml:1:9: QEMU on macOS gives the VM no `/dev/kvm`
              fix off: Set `nestedVirtualization: false`
              fix vz: Make another VM with `vmType: vz`
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
        "#]],
        );
    }

    #[test]
    fn a_mac_that_may_nest_and_linux_are_left_alone() {
        for fixture in [
            "#- lima.yaml\nvmType: vz\nnestedVirtualization: true\n",
            "#- lima.yaml\nvmType: vz\narch: aarch64\nnestedVirtualization: true\n",
            "#- lima.yaml\nvmType: qemu\nnestedVirtualization: false\n",
            "#- lima.yaml\nvmType: qemu\n",
        ] {
            check_clean(&RULE, fixture);
        }
        let mut on_linux = input("#- lima.yaml\nvmType: qemu\nnestedVirtualization: true\n");
        on_linux.answers.host = Some(crate::intake::Host::Linux);
        let findings = crate::diagnose(&on_linux).report.findings;
        assert!(findings.iter().all(|finding| finding.rule != RULE.name), "{findings:#?}");
    }
}
