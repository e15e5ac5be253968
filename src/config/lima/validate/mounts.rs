use super::size::is_size;
use super::{Check, When, quoted};
use crate::config::lima::merge::MergedMount;
use crate::config::lima::template::has_holes;
use crate::syntax::go::clean_path;
use crate::text::Edit;

/// Places in the VM that no mount may hide.
const SYSTEM_PATHS: [&str; 10] =
    ["/", "/bin", "/dev", "/etc", "/home", "/opt", "/sbin", "/tmp", "/usr", "/var"];

impl Check<'_> {
    pub(super) fn mounts(&mut self, mounts: &[MergedMount]) {
        for (i, mount) in mounts.iter().enumerate() {
            self.location(i, mount);
            self.mount_point(i, mount);
            if let Some((size, span)) = mount.msize.as_ref().filter(|(size, _)| !is_size(size)) {
                let message = format!("field `msize` has an invalid value: invalid size: '{size}'");
                self.refuse(*span, message, "write a size such as `128KiB`");
            }
        }
    }

    fn location(&mut self, i: usize, mount: &MergedMount) {
        let location = mount.location.as_str();
        let written = mount.index.and_then(|index| self.lima.mounts.get(index));
        let span =
            written.and_then(|mount| mount.location.as_ref()?.outermost()).unwrap_or(mount.span);
        let field = format!("field `mounts[{i}].location`");
        let is_home = location == "~" || location.starts_with("~/");
        if location.starts_with('~') && !is_home {
            let message = format!("{field} refers to an unexpandable path: {}", quoted(location));
            self.refuse(span, message, "write the other home directory out");
        } else if !is_home && !location.starts_with('/') && !self.may_be_absolute(location) {
            let help = match (written.is_some_and(|m| m.location.is_none()), location) {
                (true, _) => {
                    "write a directory of the host; an unquoted `~` is null, so write \"~\""
                }
                (false, path) if path.starts_with('$') => {
                    "write the path out: Lima expands only `~` and its own templates"
                }
                _ => "start it with `/` or `~/`",
            };
            let message = format!("{field} must be an absolute path, got {}", quoted(location));
            self.refuse(span, message, help);
            let tilde = written.and_then(|mount| mount.location_tilde);
            if let (Some(tilde), Some(refusal)) = (tilde, self.res.last_mut()) {
                refusal.error.help = "quote the `~`: without quotes it is null".to_owned();
                refusal.error.fix = Some(Edit::replace(tilde, "\"~\""));
            }
        }
    }

    /// Whether a template stands at the start of a path, which fills it since 1.0.
    fn may_be_absolute(&self, path: &str) -> bool {
        self.circumstances.since(1, 0, 0) && path.starts_with("{{") && has_holes(path)
    }

    fn mount_point(&mut self, i: usize, mount: &MergedMount) {
        let span = mount.mount_point_span.unwrap_or(mount.span);
        // Up to 1.0.4 the location is held against this list, not where it arrives.
        let by_location = !self.circumstances.since(1, 0, 5);
        let (name, path) = match by_location {
            true => ("location", clean_path(&mount.location)),
            false => ("mountPoint", mount.mount_point.clone()),
        };
        let field = format!("field `mounts[{i}].{name}`");
        if SYSTEM_PATHS.contains(&path.as_str()) {
            let message = format!("{field} must not be a system path such as /etc or /usr");
            self.refuse(span, message, "let it arrive in a directory below, or elsewhere");
        } else if self.is_guest_home(&path) && !self.is_at_unknown_home(mount) {
            let message =
                format!("{field} is the reserved internal home directory {}", quoted(&path));
            self.refuse(span, message, "let it arrive elsewhere");
        }
        if !self.circumstances.since(1, 1, 0) {
            return;
        }
        let field = format!("field `mounts[{i}].mountPoint`");
        // By default a mount arrives at the location, where `~` is written out.
        let is_given = mount.mount_point_span.is_some();
        if is_given && mount.mount_point.starts_with('~') {
            let message = format!("{field} must not start with `~`");
            self.refuse(span, message, "write `{{.Home}}`, or a path that starts with `/`");
        } else if is_given
            && !mount.mount_point.starts_with('/')
            && !self.may_be_absolute(&mount.mount_point)
        {
            let message =
                format!("field mounts[{i}] must be absolute, got {}", quoted(&mount.mount_point));
            self.refuse_when(When::Start, span, message, "write a path that starts with `/`");
        }
    }

    /// Whether a path is surely the home directory in the VM: the written one, `{{.Home}}`, or the
    /// default one of this user.
    fn is_guest_home(&self, path: &str) -> bool {
        if let Some((home, _)) = &self.lima.user.home {
            return path == "{{.Home}}" || (!has_holes(home) && path == home);
        }
        let named = path.strip_prefix("/home/").and_then(|name| name.rsplit_once('.'));
        path == "{{.Home}}"
            || named.is_some_and(|(user, ending)| {
                Some(user) == self.guest_user() && Some(ending) == self.guest_home_ending()
            })
    }

    /// Whether a mount arrives at the host's home, which the pasted texts only let guess.
    fn is_at_unknown_home(&self, mount: &MergedMount) -> bool {
        let written = mount.index.and_then(|index| self.lima.mounts.get(index)?.location.as_ref());
        mount.mount_point_span.is_none()
            && written.is_some_and(|location| location.as_str().starts_with('~'))
    }

    /// The user in the VM: the written one, or else the host's.
    fn guest_user(&self) -> Option<&str> {
        if let Some((name, _)) = &self.lima.user.name {
            return Some(name);
        }
        let host = self.circumstances.home.as_deref()?.rsplit('/').next()?;
        let is_legal = host.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && host
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c));
        (is_legal && host != "admin").then_some(host)
    }

    /// `linux` in a VM that was made before 2.1, else `guest`.
    fn guest_home_ending(&self) -> Option<&'static str> {
        match (self.circumstances.since(2, 1, 0), self.circumstances.vm) {
            (false, _) => Some("linux"),
            (true, crate::intake::VmState::New) => Some("guest"),
            (true, crate::intake::VmState::Existing) => None,
        }
    }
}
