#![doc = include_str!("volume_device_relative.md")]

use crate::config::compose::Bind;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::topology::Setup;

/// The device of a named volume is relative, and Compose leaves it so.
pub const RULE: Rule = Rule {
    name: "volume-device-relative",
    severity: Severity::Warning,
    summary: "a named volume's `device` is relative, and the engine gets it as written",
    docs: include_str!("volume_device_relative.md"),
    covers: &["D7"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let binds = setup.compose.services.iter().flat_map(|service| &service.binds);
    binds.filter(|bind| bind.is_as_written).filter_map(finding).collect()
}

fn finding(bind: &Bind) -> Option<Diagnostic> {
    let volume = bind.volume.as_ref()?;
    let device = bind.source.as_str();
    if device.starts_with('/') {
        return None;
    }
    let span = bind.source.outermost().unwrap_or(bind.span);
    Some(Diagnostic {
        detail: "Compose makes a device absolute only with `driver: local` and exactly `o: bind`. \
                 Write the path in full, or write both."
            .to_owned(),
        ..RULE.finding(
            span,
            format!("likely: the engine cannot find the device `{device}` of `{volume}`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_device_that_compose_leaves_alone() {
        check(
            r#"
#- compose.yaml
services: {api: {image: api, volumes: ["jobs:/jobs", "base:/base"]}}
volumes:
  jobs: {driver_opts: {type: none, o: bind, device: ./jobs}}
  base: {driver: local, driver_opts: {type: none, o: "bind,ro", device: ~/base}}
"#,
            &expect![[r#"
                warning[volume-device-relative] compose.yaml:3:53: likely: the engine cannot find the device `./jobs` of `jobs`
                warning[volume-device-relative] compose.yaml:4:73: likely: the engine cannot find the device `~/base` of `base`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn a_device_that_is_absolute_or_is_made_so() {
        check_clean(
            &RULE,
            r#"
#- compose.yaml
services: {api: {image: api, volumes: ["jobs:/jobs", "base:/base"]}}
volumes:
  jobs: {driver: local, driver_opts: {type: none, o: bind, device: ./jobs}}
  base: {driver_opts: {type: none, o: "bind,ro", device: /srv/base}}
"#,
        );
    }
}
