#![doc = include_str!("volume_option_ignored.md")]

use crate::config::compose::{Bind, Service};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity, Step};
use crate::rules::Rule;
use crate::rules::binds::bind_read_only::told_to_write;
use crate::text::{Edit, Traced};
use crate::topology::Setup;

/// An option of a volume's short form that Compose does not know.
pub const RULE: Rule = Rule {
    name: "volume-option-ignored",
    severity: Severity::Warning,
    summary: "Compose passes over an option of a volume without a word",
    docs: include_str!("volume_option_ignored.md"),
    covers: &["D1"],
    check,
};

/// Options of older engines that ask for nothing where they are not known.
const WITHOUT_EFFECT: [&str; 3] = ["cached", "delegated", "consistent"];

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let services = setup.compose.services.iter();
    let binds = services.flat_map(|service| service.binds.iter().map(move |bind| (service, bind)));
    binds
        .flat_map(|(service, bind)| {
            let ignored = bind.ignored_options.iter();
            let ignored = ignored.filter(|option| !WITHOUT_EFFECT.contains(&option.as_str()));
            ignored.map(move |option| finding(service, bind, option))
        })
        .collect()
}

fn finding(service: &Service, bind: &Bind, option: &Traced) -> Diagnostic {
    // As it is, the service writes there, which is what it is told to do.
    let must_write = told_to_write(service, bind).is_some();
    let service = &service.name;
    let written = option.as_str();
    let place = option.written_at(0..written.len());
    let read_only = asks_for_read_only(written);
    let target = bind.target.as_str();
    let message = match read_only && !bind.read_only {
        true => format!("`{written}` is no option: `{service}` may write to `{target}`"),
        false => format!("`{written}` is no option of a volume, and Compose ignores it"),
    };
    let fix = place.filter(|_| read_only && !bind.read_only && !must_write).map(|place| Fix {
        name: "read-only",
        title: format!("Write `ro` for `{written}`"),
        suits: "",
        applicability: Applicability::Safe,
        edits: vec![Edit::replace(place, "ro")],
        steps: vec![Step::RecreateService(service.clone())],
    });
    Diagnostic {
        severity: match read_only && !bind.read_only && !must_write {
            true => Severity::Warning,
            false => Severity::Hint,
        },
        fixes: fix.into_iter().collect(),
        ..RULE.finding(place.unwrap_or(bind.span), message)
    }
}

/// Whether an option is meant to keep the container from writing.
fn asks_for_read_only(option: &str) -> bool {
    let letters = option.chars().filter(char::is_ascii_alphabetic);
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    matches!(letters.as_str(), "ro" | "readonly" | "r" | "read")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn what_was_to_be_read_only_and_what_nobody_knows() {
        check(
            r#"
#- compose.yaml
services:
  api:
    image: api
    volumes:
      - "/srv/base:/base:readonly"
      - "/srv/isos:/isos:z, RO"
      - "/srv/jobs:/jobs:${MODE}"
      - "/srv/keys:/keys:ro,Read-Only"
      - "/srv/logs:/logs:chached"
#- .env
MODE=RO
"#,
            &expect![[r#"
                warning[volume-option-ignored] compose.yaml:5:26: `readonly` is no option: `api` may write to `/base`
                  fix read-only: Write `ro` for `readonly`
                warning[volume-option-ignored] compose.yaml:6:28: ` RO` is no option: `api` may write to `/isos`
                  fix read-only: Write `ro` for ` RO`
                warning[volume-option-ignored] .env:1:6: `RO` is no option: `api` may write to `/jobs`
                  fix read-only: Write `ro` for `RO`
                hint[volume-option-ignored] compose.yaml:8:29: `Read-Only` is no option of a volume, and Compose ignores it
                hint[volume-option-ignored] compose.yaml:9:26: `chached` is no option of a volume, and Compose ignores it
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
                --- compose.yaml
                -      - "/srv/base:/base:readonly"
                -      - "/srv/isos:/isos:z, RO"
                +      - "/srv/base:/base:ro"
                +      - "/srv/isos:/isos:z,ro"
                --- .env
                -MODE=RO
                +MODE=ro
            "#]],
        );
    }

    #[test]
    fn options_that_are_known_or_once_were() {
        check_clean(
            &RULE,
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['/a:/a:ro', '/b:/b:rw,z', '/c:/c:cached', '/d:/d:rshared,nocopy']}}\n",
        );
    }
}
