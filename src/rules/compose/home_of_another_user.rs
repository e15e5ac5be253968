#![doc = include_str!("home_of_another_user.md")]

use crate::config::compose::Bind;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::Rule;
use crate::topology::Setup;

/// A bind's source starts with `~name`.
pub const RULE: Rule = Rule {
    name: "home-of-another-user",
    severity: Severity::Warning,
    summary: "a bind's source names another user's home, which Compose reads otherwise",
    docs: include_str!("home_of_another_user.md"),
    covers: &["D3"],
    check,
};

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let binds = setup.compose.services.iter().flat_map(|service| &service.binds);
    binds.filter_map(finding).collect()
}

fn finding(bind: &Bind) -> Option<Diagnostic> {
    let rest = bind.source.as_str().strip_prefix('~')?;
    let user = rest.split('/').next().filter(|user| !user.is_empty())?;
    let written = bind.source.as_str();
    Some(Diagnostic {
        detail: format!(
            "Compose replaces only the `~`: it binds `~/{rest}`, a directory in your own home. \
             Write the path of `{user}`'s home in full."
        ),
        ..RULE.finding(bind.span, format!("`{written}` is not in the home of `{user}`"))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_clean};

    #[test]
    fn a_name_behind_the_tilde() {
        check(
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['~ada/jobs:/jobs', '~eve:/eve:ro']}}\n",
            &expect![[r#"
                warning[home-of-another-user] compose.yaml:1:40: `~ada/jobs` is not in the home of `ada`
                warning[home-of-another-user] compose.yaml:1:59: `~eve` is not in the home of `eve`
                unchecked: which directories the VM sees (paste `lima.yaml`, from `~/.lima/NAME/lima.yaml`)
                unchecked: the connection to libvirt: no service has a libvirt URI (paste the Compose file that sets it)
            "#]],
        );
    }

    #[test]
    fn ones_own_home_is_what_it_looks_like() {
        check_clean(
            &RULE,
            "#- compose.yaml\nservices: {api: {image: api, volumes: ['~/jobs:/jobs', '~:/home:ro', './~x:/x']}}\n",
        );
    }
}
