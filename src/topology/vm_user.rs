//! The account that Lima makes in the VM, and lets in with its own key.

use super::Setup;
use crate::config::lima::Lima;
use crate::intake::LimaVersion;
use crate::text::Span;

/// The VM's user, and what tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmUser {
    /// The account's name.
    pub name: String,
    /// What tells it.
    pub from: UserFrom,
}

/// What tells the VM's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserFrom {
    /// Lima printed it: `ssh.config`, `limactl list --json`.
    Printed(Span),
    /// `user.name` in `lima.yaml`.
    Written(Span),
    /// By default it is called like the one on the host, whose home shows in a path.
    Home(String),
}

/// The name that Lima gives where the host's user has one that Linux does not take.
const SPARE_NAME: &str = "lima";

impl Setup {
    /// The VM's user, as far as the pasted texts tell it.
    pub fn vm_user(&self) -> Option<VmUser> {
        let printed = self.chosen_instance().and_then(|instance| instance.user.clone());
        if let Some((name, span)) = printed {
            return Some(VmUser { name, from: UserFrom::Printed(span) });
        }
        let lima = self.lima.as_ref()?;
        if let Some((name, span)) = &lima.user.name {
            // A template is filled in by Lima, which refuses root.
            let is_name = !name.is_empty() && !name.contains("{{") && name != "root";
            return is_name.then(|| VmUser { name: name.clone(), from: UserFrom::Written(*span) });
        }
        let home = self.home.as_ref().filter(|_| !lima.incomplete && lima.bases_are_known())?;
        let of_host = home.rsplit('/').next().filter(|name| !name.is_empty())?;
        let is_reserved = of_host == "admin" && self.lima_version >= LimaVersion::new(1, 0, 0);
        let fits = is_user_name(of_host) && !is_reserved;
        let name = if fits { of_host } else { SPARE_NAME }.to_owned();
        Some(VmUser { name, from: UserFrom::Home(home.clone()) })
    }
}

/// Whether Lima takes the host's user name for the VM: `^[a-z_][a-z0-9_-]*$` (Lima,
/// `pkg/osutil/user.go`).
fn is_user_name(name: &str) -> bool {
    let is_first = |char: char| char.is_ascii_lowercase() || char == '_';
    name.starts_with(is_first)
        && name.chars().all(|char| is_first(char) || char.is_ascii_digit() || char == '-')
}

/// Whether a provision script may let other users in: it makes one, or hands out keys. In doubt it
/// may, so any mention counts.
pub fn may_let_others_in(lima: &Lima) -> bool {
    let signs = ["useradd", "adduser", "authorized_keys", ".ssh", "PermitRootLogin"];
    lima.provision.iter().any(|entry| {
        entry.is_elsewhere || signs.iter().any(|sign| entry.script.as_str().contains(sign))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::input;

    #[test]
    fn the_user_is_printed_written_or_named_like_the_hosts() {
        for (fixture, expected) in [
            ("#- lima.yaml\nuser: {name: lab}\n", Some("lab")),
            (
                "#- lima.yaml\nuser: {name: lab}\n#- ssh.config\nHost lima-dev\n  User eva\n  Port 50000\n",
                Some("eva"),
            ),
            ("#- lima.yaml\nuser: {name: \"{{.User}}\"}\n", None),
            ("#- lima.yaml\nmounts: [{location: /Users/eva/x}]\n", Some("eva")),
            ("#- lima.yaml\nmounts: [{location: /Users/eva.b/x}]\n", Some("lima")),
            ("#- lima.yaml\nmounts: [{location: /Users/Eva/x}]\n", Some("lima")),
            ("#- lima.yaml\nmounts: [{location: /Users/admin/x}]\n", Some("lima")),
            (
                "#- answers\n--lima-version 0.23.2\n#- lima.yaml\nmounts: [{location: /Users/admin/x}]\n",
                Some("admin"),
            ),
            ("#- lima.yaml\nbase: template://x\nmounts: [{location: /Users/eva/x}]\n", None),
            ("#- compose.yaml\nservices: {a: {volumes: ['/Users/eva/x:/x']}}\n", None),
        ] {
            let setup = Setup::new(&input(fixture));
            let name = setup.vm_user().map(|user| user.name);
            assert_eq!(name.as_deref(), expected, "{fixture}");
        }
    }

    #[test]
    fn a_home_of_lima_elsewhere_is_no_users_home() {
        let list = "#- lima.yaml\ncpus: 2\n#- limactl list\nNAME    STATUS     SSH                \
                    CPUS    MEMORY    DISK      DIR\nhyp     Running    127.0.0.1:22022    4       \
                    4GiB      10GiB     /Volumes/Fast/lima/hyp\n";
        assert_eq!(Setup::new(&input(list)).vm_user(), None);
        assert_eq!(Setup::new(&input("#- lima.yaml\nuser: {name: root}\n")).vm_user(), None);
    }
}
