#![doc = include_str!("ip_timeout_short.md")]

use super::guest_arch_differs::foreign_images;
use super::vm_evidence;
use crate::config::compose::{Service, Variable};
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::error_text::Message;
use crate::rules::{Rule, only_shown};
use crate::text::Edit;
use crate::topology::Setup;
use crate::topology::guests::Kvm;

/// The API waits a shorter time for a machine's address than an emulated one needs to boot.
pub const RULE: Rule = Rule {
    name: "ip-timeout-short",
    severity: Severity::Warning,
    summary: "the API gives up before an emulated machine has an address",
    docs: include_str!("ip_timeout_short.md"),
    covers: &["F8"],
    check,
};

/// The variable that sets the time, in seconds.
const VARIABLE: &str = "IP_DISCOVERY_TIMEOUT_SEC";

/// Emulated machines were seen to take 150 seconds and more.
const SHORT: u64 = 180;

/// Enough in all likelihood.
const ENOUGH: u64 = 300;

/// Where a service's time is set.
struct Setting<'a> {
    service: &'a Service,
    variable: &'a Variable,
    seconds: u64,
}

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let reported = setup.errors.reports(Message::IpTimeout).next();
    let settings = settings(setup);
    let emulates = emulated(setup);
    let limit = match (reported, &emulates) {
        (Some(_), _) => ENOUGH,
        (None, Some(_)) => SHORT,
        (None, None) => return Vec::new(),
    };
    let short: Vec<&Setting> = settings.iter().filter(|s| s.seconds < limit).collect();
    let mut evidence: Vec<Evidence> = short
        .iter()
        .map(|setting| {
            let note = format!("`{}` waits {} seconds", setting.service.name, setting.seconds);
            Evidence::new(place(setting.variable), note)
        })
        .collect();
    evidence.extend(emulates.clone());
    let (span, message) = match (short.first(), reported) {
        (Some(setting), Some(_)) => (
            place(setting.variable),
            format!("likely: {} seconds are too few for the machine to boot", setting.seconds),
        ),
        (Some(setting), None) => (
            place(setting.variable),
            format!("{} seconds may be too few for an emulated machine to boot", setting.seconds),
        ),
        (None, Some(known)) if settings.is_empty() => {
            (known.span, "likely: the machine needs longer to boot than the API waits".to_owned())
        }
        _ => return Vec::new(),
    };
    evidence.extend(reported.map(|known| Evidence::new(known.span, "the API gave up here")));
    vec![Diagnostic {
        severity: if reported.is_some() { Severity::Warning } else { Severity::Hint },
        detail: "An emulated machine takes two and a half minutes and more to boot. \
                 Its console (`virsh console`) shows how far it is."
            .to_owned(),
        evidence,
        fixes: fixes(&short),
        ..RULE.finding(span, message)
    }]
}

fn settings(setup: &Setup) -> Vec<Setting<'_>> {
    let services = setup.compose.services.iter();
    let variables = services
        .flat_map(|service| service.environment.iter().map(move |variable| (service, variable)));
    variables
        .filter(|(_, variable)| variable.name == VARIABLE)
        .filter_map(|(service, variable)| {
            let seconds = variable.value.as_ref()?.as_str().trim().parse().ok()?;
            Some(Setting { service, variable, seconds })
        })
        .collect()
}

fn place(variable: &Variable) -> crate::text::Span {
    let value = variable.value.as_ref();
    value.and_then(|v| v.written_at(0..v.as_str().len())).unwrap_or(variable.span)
}

/// What tells that the machines in the VM are emulated.
fn emulated(setup: &Setup) -> Option<Evidence> {
    if let Kvm::Missing(because) = setup.kvm() {
        return vm_evidence(setup, because);
    }
    let vm_arch = setup.vm_arch();
    let foreign = foreign_images(setup, vm_arch.as_ref());
    let image = foreign.first()?;
    Some(Evidence::new(image.span, format!("an image for {} is emulated in the VM", image.arch)))
}

fn fixes(short: &[&Setting]) -> Vec<Fix> {
    let by_hand = only_shown("longer", format!("Set `{VARIABLE}` to {ENOUGH}"), "");
    let mut edits: Vec<Edit> = Vec::new();
    let mut steps = Vec::new();
    for setting in short {
        let written = setting.variable.value.as_ref().and_then(|value| {
            let text = value.as_str();
            value.written_at(text.len() - text.trim_start().len()..text.trim_end().len())
        });
        let Some(span) = written else { return vec![by_hand] };
        let edit = Edit::replace(span, ENOUGH.to_string());
        if !edits.contains(&edit) {
            edits.push(edit);
        }
        steps.push(Step::RecreateService(setting.service.name.clone()));
    }
    if edits.is_empty() {
        return vec![by_hand];
    }
    vec![Fix { applicability: Applicability::Review, edits, steps, ..by_hand }]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn the_api_gave_up_on_an_emulated_machine() {
        check(
            r#"
#- lima.yaml
vmType: qemu
ssh: {localPort: 20022}
#- .env
IP_DISCOVERY_TIMEOUT_SEC=120   # two minutes
#- compose.yaml
services:
  api:
    environment:
      - LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:20022/system
      - IP_DISCOVERY_TIMEOUT_SEC=${IP_DISCOVERY_TIMEOUT_SEC:-60}
#- error
{"error":"start sandbox: IP discovery timeout for vm-1"}
"#,
            &expect![[r#"
                warning[ip-timeout-short] .env:1:26: likely: 120 seconds are too few for the machine to boot
                  .env:1:26: `api` waits 120 seconds
                  lima.yaml:1:9: QEMU on macOS gives the VM no `/dev/kvm`
                  error:1:26: the API gave up here
                  fix longer: Set `IP_DISCOVERY_TIMEOUT_SEC` to 300
                --- .env
                -IP_DISCOVERY_TIMEOUT_SEC=120   # two minutes
                +IP_DISCOVERY_TIMEOUT_SEC=300   # two minutes
            "#]],
        );
    }

    #[test]
    fn nothing_but_the_error() {
        check(
            "#- error\nIP discovery timeout\n",
            &expect![[r#"
            warning[ip-timeout-short] error:1:1: likely: the machine needs longer to boot than the API waits
              error:1:1: the API gave up here
              fix longer: Set `IP_DISCOVERY_TIMEOUT_SEC` to 300
            unchecked: which directories and which port the container uses (paste `docker-compose.yml`)
            unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
        "#]],
        );
    }

    #[test]
    fn an_emulating_set_up_gets_a_hint() {
        check(
            r#"
#- lima.yaml
vmType: qemu
ssh: {localPort: 20022}
#- compose.yaml
services:
  api:
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
      IP_DISCOVERY_TIMEOUT_SEC: 120
"#,
            &expect![[r#"
                hint[ip-timeout-short] compose.yaml:5:33: 120 seconds may be too few for an emulated machine to boot
                  compose.yaml:5:33: `api` waits 120 seconds
                  lima.yaml:1:9: QEMU on macOS gives the VM no `/dev/kvm`
                  fix longer: Set `IP_DISCOVERY_TIMEOUT_SEC` to 300
            "#]],
        );
    }

    #[test]
    fn enough_time_and_machines_that_may_be_fast_need_no_hint() {
        for (lima, seconds) in [
            ("vmType: qemu\nssh: {localPort: 20022}\n", 240),
            ("vmType: vz\nnestedVirtualization: true\nssh: {localPort: 20022}\n", 60),
        ] {
            let fixture = format!(
                "#- lima.yaml\n{lima}#- compose.yaml\nservices:\n  api:\n    environment:\n      \
                 LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system\n      \
                 IP_DISCOVERY_TIMEOUT_SEC: {seconds}\n"
            );
            check_clean(&RULE, &fixture);
            let input = crate::rules::testing::input(&fixture);
            let findings = crate::diagnose(&input).report.findings;
            assert!(findings.iter().all(|f| f.rule != RULE.name), "{findings:#?}");
        }
    }
}
