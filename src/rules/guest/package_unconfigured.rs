#![doc = include_str!("package_unconfigured.md")]

use super::{OF_PACKAGE, libvirt_install, of_package_below, places_to_be};
use crate::config::lima::Lima;
use crate::diagnostic::{Applicability, Diagnostic, Evidence, Fix, Severity, Step};
use crate::intake::VmState;
use crate::intake::error_text::{KnownMessage, Message};
use crate::rules::mounts::{NewMount, distinct, listed, steps, write_in_turn, written_location};
use crate::rules::{Rule, only_shown};
use crate::syntax::yaml::{Segment, Value};
use crate::topology::Setup;
use crate::topology::mounts::{EffectiveMount, Sharing};
use crate::topology::path::{below, clean};
use crate::topology::scripts::{ScriptCommand, access_changes, script_commands};
use crate::topology::share::Share;
use crate::topology::shared::SharedDir;

/// The installation of libvirt's package fails on a mount.
pub const RULE: Rule = Rule {
    name: "package-unconfigured",
    severity: Severity::Error,
    summary: "libvirt's package cannot be installed over a mount at its own directory",
    docs: include_str!("package_unconfigured.md"),
    covers: &["F3", "M22"],
    check,
};

/// The installation of libvirt in a provision script.
struct Install {
    command: ScriptCommand,
    package: String,
}

impl Install {
    /// The one whose package sets owners and modes as it is configured.
    fn of(lima: &Lima) -> Option<Install> {
        let (command, package) = libvirt_install(lima)?;
        ["apt", "apt-get", "aptitude"]
            .contains(&command.program())
            .then_some(Install { command, package })
    }

    /// Not every release's `libvirt-daemon` brings the script that sets them.
    fn is_certain(&self) -> bool {
        self.package != "libvirt-daemon"
    }
}

fn check(setup: &Setup) -> Vec<Diagnostic> {
    let install = setup.lima.as_ref().and_then(Install::of);
    let (of_libvirt, others): (Vec<_>, Vec<_>) =
        reports(setup).into_iter().partition(|known| is_libvirts(known));
    let mut res: Vec<Diagnostic> = others.into_iter().map(other_package).collect();
    if !of_libvirt.is_empty() {
        res.extend(reported(setup, &of_libvirt, install.as_ref()));
        return res;
    }
    let Some(install) = install else { return res };
    let hit = setup.mounts.iter().find_map(|mount| Some((mount, refuses(setup, mount)?)));
    match hit {
        Some((mount, certain)) => {
            let certain = certain && install.is_certain();
            res.push(on_mount(setup, mount, &install, certain));
        }
        None => res.extend(foretold(setup, &install)),
    }
    res
}

/// What error texts tell of packages: those that dpkg names, and the refusals that libvirt's
/// package meets.
pub(super) fn reports(setup: &Setup) -> Vec<&KnownMessage> {
    // Another package is the VM's where its scripts install it, or in the wake of libvirt's; without
    // any file, it may be.
    let is_alone = setup.lima.is_none() && setup.compose.services.is_empty();
    let in_script = |name: &str| {
        let mut scripts = setup.lima.iter().flat_map(|lima| &lima.provision);
        !name.is_empty() && scripts.any(|entry| entry.script.as_str().contains(name))
    };
    let has_libvirts = setup.errors.reports(Message::PackageUnconfigured).any(is_libvirts);
    let packages = setup.errors.reports(Message::PackageUnconfigured).filter(move |known| {
        is_alone || has_libvirts || known.value.starts_with("qemu") || in_script(&known.value)
    });
    let has_package = setup.errors.reports(Message::PackageUnconfigured).any(is_libvirts);
    let changes = setup.lima.as_ref().map(access_changes).unwrap_or_default();
    let refused = [Message::ChmodRefused, Message::ChownRefused];
    let refused = refused.into_iter().flat_map(|message| setup.errors.reports(message));
    let refused = refused.filter(move |known| {
        let path = clean(&known.value);
        // A script of the reader's own may have met the same.
        OF_PACKAGE.contains(&path.as_str())
            && (has_package
                || !changes.iter().any(|one| one.program != "mkdir" && one.path == path))
    });
    packages.chain(refused).collect()
}

fn is_libvirts(known: &KnownMessage) -> bool {
    known.message != Message::PackageUnconfigured || known.value.starts_with("libvirt")
}

fn other_package(known: &KnownMessage) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        detail: "dpkg tries again at every later installation, and each of them fails until the \
                 package's own error, a few lines above, is out of the way."
            .to_owned(),
        evidence: vec![Evidence::new(known.span, "dpkg says so")],
        ..RULE.finding(known.span, format!("`{}` is left half-configured in the VM", known.value))
    }
}

/// Whether the package's script fails on a mount, and whether that is certain; `None` where it
/// does not lie over the package's directories, or lets itself be changed.
fn refuses(setup: &Setup, mount: &EffectiveMount) -> Option<bool> {
    let lima = setup.lima.as_ref().filter(|lima| lies_over(lima, mount))?;
    match setup.share_of(mount) {
        // Where the kernel has no 9p, there is no mount to fail on.
        Share::NineP => Some(lima.image_without_9p().is_none()),
        _ if !mount.writable => Some(true),
        Share::ReverseSshfs => Some(false),
        _ => None,
    }
}

/// Whether a mount lies over a directory that the package sets the owner and mode of.
fn lies_over(lima: &Lima, mount: &EffectiveMount) -> bool {
    let mut dirs = of_package_below(&mount.mount_point).into_iter();
    mount.location.is_some() && dirs.any(|dir| !is_overridden(lima, dir))
}

/// Whether a script tells dpkg that the directory's owner and mode are set by hand.
fn is_overridden(lima: &Lima, dir: &str) -> bool {
    script_commands(lima).iter().any(|command| {
        let has = |word: &str| command.words.iter().any(|other| clean(other) == word);
        command.program() == "dpkg-statoverride" && has("--add") && has(dir)
    })
}

fn detail(package: &str) -> String {
    format!(
        "As it is configured, `{package}` sets the owner and the mode of its directories. \
         Refused that, it is left half-configured, and every later installation fails with it."
    )
}

fn reported(
    setup: &Setup,
    reports: &[&KnownMessage],
    install: Option<&Install>,
) -> Option<Diagnostic> {
    let first = reports.first()?;
    let lima = setup.lima.as_ref();
    let mount = lima.and_then(|lima| setup.mounts.iter().find(|mount| lies_over(lima, mount)));
    let named = reports.iter().find(|known| known.message == Message::PackageUnconfigured);
    let package = named.map(|known| known.value.as_str());
    let package = package.or_else(|| Some(install?.package.as_str()));
    let shown = package.map_or("libvirt's package".to_owned(), |name| format!("`{name}`"));
    let mut evidence: Vec<Evidence> = Vec::new();
    evidence.extend(mount.map(|mount| evidence_of(setup, mount)));
    evidence.extend(install.map(evidence_of_install));
    evidence.extend(reports.iter().map(|known| Evidence::new(known.span, "the very failure")));
    let message = match mount {
        Some(mount) => format!(
            "{shown} is left half-configured, for it may not change the mount at `{}`",
            mount.mount_point
        ),
        None if install.is_some() => {
            format!("{shown} is left half-configured until the script installs it again")
        }
        None => format!("{shown} is left half-configured in the VM"),
    };
    let finish = "Run `sudo dpkg --configure -a` in the VM when the mount no longer lies over \
                  libvirt's directory";
    let mut fixes = mount.map(|mount| fixes(setup, mount, install)).unwrap_or_default();
    fixes.push(only_shown("configure", finish, ""));
    let severity = match (mount, named, install) {
        (Some(_), ..) => Severity::Error,
        // Nothing stands in its way any more, and the script runs at every start.
        (None, _, Some(_)) => Severity::Hint,
        (None, Some(_), None) => Severity::Error,
        (None, None, None) => Severity::Warning,
    };
    Some(Diagnostic {
        severity,
        detail: detail(package.unwrap_or("libvirt-daemon-system")),
        evidence,
        fixes,
        ..RULE.finding(mount.map_or(first.span, |mount| mount.span), message)
    })
}

fn evidence_of(setup: &Setup, mount: &EffectiveMount) -> Evidence {
    let location = written_location(setup, mount);
    let note = match setup.share_of(mount) {
        _ if !mount.writable => format!("`{location}` is mounted there read-only"),
        Share::NineP => format!("`{location}` is mounted there by 9p, which refuses other owners"),
        _ => format!("`{location}` is mounted there"),
    };
    Evidence::new(mount.span, note)
}

fn evidence_of_install(install: &Install) -> Evidence {
    Evidence::new(install.command.span, format!("installs `{}`", install.package))
}

fn on_mount(setup: &Setup, mount: &EffectiveMount, install: &Install, certain: bool) -> Diagnostic {
    let is_new = setup.vm == VmState::New;
    let what = if is_new { "the installation" } else { "an upgrade" };
    let likely = if certain { "" } else { "likely: " };
    let message = format!(
        "{likely}{what} of `{}` fails on the mount at `{}`",
        install.package, mount.mount_point
    );
    Diagnostic {
        severity: match (is_new, certain) {
            (true, true) => Severity::Error,
            (true, false) => Severity::Warning,
            (false, _) => Severity::Hint,
        },
        detail: detail(&install.package),
        evidence: vec![evidence_of_install(install), evidence_of(setup, mount)],
        fixes: fixes(setup, mount, Some(install)),
        ..RULE.finding(mount.span, message)
    }
}

/// A mount that is yet to be made must not lie on the package's own directory.
fn foretold(setup: &Setup, install: &Install) -> Option<Diagnostic> {
    let lima = setup.lima.as_ref()?;
    if !setup.share().refuses_owners() {
        return None;
    }
    let is_hit =
        |place: &String| of_package_below(place).iter().any(|dir| !is_overridden(lima, dir));
    let place = places_to_be(setup).into_iter().find(is_hit)?;
    // For a VM yet to be made, the directories are mounted one by one anyway.
    let is_own = setup.shared.iter().any(|dir| dir.target == place);
    if setup.vm == VmState::New && !is_own {
        return None;
    }
    let what = match setup.vm {
        VmState::New => "the installation",
        VmState::Existing => "an upgrade",
    };
    let above = |dir: &&SharedDir| below(&place, &dir.target).is_some_and(|rest| !rest.is_empty());
    let below_it = listed(setup.shared.iter().filter(above).map(|dir| dir.target.clone()));
    let apart = (!below_it.is_empty()).then(|| {
        only_shown("apart", format!("Mount {below_it} each by itself, not `{place}`"), "")
    });
    let fixes = apart.into_iter().chain(statoverride(setup, &place, install));
    Some(Diagnostic {
        severity: Severity::Hint,
        is_next: true,
        detail: detail(&install.package),
        evidence: vec![evidence_of_install(install)],
        fixes: fixes.collect(),
        ..RULE.finding(
            install.command.span,
            format!("with a mount at `{place}` itself, {what} of `{}` fails", install.package),
        )
    })
}

fn fixes(setup: &Setup, mount: &EffectiveMount, install: Option<&Install>) -> Vec<Fix> {
    let own = install.and_then(|install| statoverride(setup, &mount.mount_point, install));
    let res: Vec<Fix> = split(setup, mount).into_iter().chain(own).collect();
    if !res.is_empty() {
        return res;
    }
    let title = format!(
        "Mount the directories below `{}` that the container uses, each by itself",
        mount.mount_point
    );
    vec![only_shown("apart", title, "")]
}

/// Mounts what the containers bind, each by itself, in place of the one mount over all of it.
fn split(setup: &Setup, mount: &EffectiveMount) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    let index = mount.index.filter(|_| lima.mounts.len() == setup.mounts.len())?;
    let place = setup.mounts.iter().position(|other| other == mount)?;
    let dirs: Vec<&SharedDir> = setup
        .shared
        .iter()
        .filter(|d| matches!(d.sharing, Sharing::Shared(i) | Sharing::ReadOnly(i) if i == place))
        .collect();
    let is_apart = |dir: &&SharedDir| {
        of_package_below(&dir.target).is_empty()
            && dir.links.is_empty()
            && below(&mount.mount_point, &dir.target).is_some_and(|rest| !rest.is_empty())
    };
    if dirs.is_empty() || !dirs.iter().all(is_apart) {
        return None;
    }
    let mut mounts: Vec<NewMount> = distinct(dirs.iter().map(|dir| NewMount {
        location: dir.host.clone(),
        mount_point: dir.target.clone(),
        writable: mount.writable && dir.write,
    }));
    // The entry that is there keeps its `writable` where one of them needs it.
    mounts.sort_by_key(|new| !new.writable);
    let (first, others) = mounts.split_first()?;
    let entry = |key: &str| {
        vec![Segment::Key("mounts".to_owned()), Segment::Index(index), Segment::Key(key.to_owned())]
    };
    let Value::Map(mut fields) = first.to_value(setup) else { return None };
    if mount.mount_point_span.is_some() && !fields.iter().any(|(key, _)| key == "mountPoint") {
        fields.push(("mountPoint".to_owned(), Value::Text(first.mount_point.clone())));
    }
    if mount.writable && !first.writable {
        fields.push(("writable".to_owned(), Value::Bool(false)));
    }
    let set = fields.into_iter().map(|(key, value)| (Some(key), value));
    let added = others.iter().map(|new| (None, new.to_value(setup)));
    let changes: Vec<(Option<String>, Value)> = set.chain(added).collect();
    let (_, text) = setup.document(lima.file)?;
    let list = [Segment::Key("mounts".to_owned())];
    let edits =
        write_in_turn(lima.file, text, &changes, |document, text, (key, value)| match key {
            Some(key) => document.set(text, &entry(key), value).ok(),
            None => document.append(text, &list, value).ok(),
        })?;
    let names: Vec<String> = mounts
        .iter()
        .map(|new| {
            let access = if new.writable { "writable" } else { "read-only" };
            format!("`{}` at `{}` ({access})", new.location, new.mount_point)
        })
        .collect();
    Some(Fix {
        name: "split",
        title: format!(
            "Mount {}, not the whole of `{}`",
            names.join(" and "),
            written_location(setup, mount)
        ),
        suits: "shares just what the containers use",
        applicability: Applicability::Review,
        edits,
        steps: steps(setup, &mounts),
    })
}

/// Tells dpkg, before the installation, that the directory is not the package's to change.
fn statoverride(setup: &Setup, place: &str, install: &Install) -> Option<Fix> {
    let lima = setup.lima.as_ref()?;
    let [dir] = of_package_below(place)[..] else { return None };
    let sudo = if install.command.has_sudo() { "sudo " } else { "" };
    let line = format!(
        "dpkg-statoverride --list {dir} >/dev/null || \
         {sudo}dpkg-statoverride --add root root 0711 {dir}"
    );
    let (_, text) = setup.document(lima.file)?;
    Some(Fix {
        name: "statoverride",
        title: format!(
            "Take `{dir}` from the package's hands with `dpkg-statoverride`, before it is installed"
        ),
        suits: "keeps one mount for all",
        applicability: Applicability::Review,
        edits: vec![install.command.insert_line_before(lima, text, &line)?],
        steps: vec![Step::RestartInstance],
    })
}

#[cfg(test)]
mod tests;
