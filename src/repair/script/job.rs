//! A script as a whole: what it has to do, and its text joined from the templates.

use crate::diagnostic::Step;
use crate::text::FileKind;

use super::names::{Names, STANDARD, is_variable};
use super::paste::paste;
use super::quote::word;
use super::template::fill;
use super::{NewMount, Refusal, Script, ScriptInput, ScriptStep, Target};

const TEMPLATE: [&str; 6] = [
    include_str!("sh/base.sh"),
    include_str!("sh/files.sh"),
    include_str!("sh/vm.sh"),
    include_str!("sh/compose.sh"),
    include_str!("sh/checks.sh"),
    include_str!("sh/main.sh"),
];

/// What a script is to do; every value has passed the gate.
pub(super) struct Job<'a> {
    pub(super) input: &'a ScriptInput<'a>,
    pub(super) names: &'a Names<'a>,
    pub(super) files: &'a [Target<'a>],
    /// The VM's file changes.
    pub(super) lima: bool,
    /// The VM is there and must read its file again.
    pub(super) restart: bool,
    /// A port is written once the VM runs.
    pub(super) follow: bool,
    /// The VM's name, where the script has to do with it.
    pub(super) vm: Option<&'a str>,
}

impl Job<'_> {
    /// Joins everything.
    pub(super) fn render(&self) -> Result<Script, Refusal> {
        let parts = self.parts()?;
        let steps: Vec<ScriptStep> = parts.iter().map(|part| part.step.clone()).collect();
        let blocks = [
            ("about", self.about()),
            ("settings", self.settings(steps.len())),
            ("titles", lines(steps.iter().map(|step| format!("say {}", word(&step.what))))),
            (
                "plan",
                lines((1..).zip(&steps).map(|(n, step)| {
                    let details = [&step.why, &step.changes, &step.checked, &step.undone];
                    format!("plan_step {n} {}", details.map(|text| word(text)).join(" "))
                })),
            ),
            ("builds", self.builds()),
            ("each_file", self.each_file()),
            ("stale", self.stale()),
            ("compose_files", self.compose_files()),
            ("verify", lines(self.checks())),
            (
                "apply",
                (1..).zip(&parts).map(|(n, part)| format!("    step {n}\n{}", part.code)).collect(),
            ),
            ("undo_tools", self.undo_tools()),
            ("undo_services", self.undo_services()),
            ("options", self.options()),
            ("defaults", self.defaults()),
            ("verify_tools", self.verify_tools()),
        ];
        let blocks: Vec<(&str, &str)> =
            blocks.iter().map(|(name, block)| (*name, block.as_str())).collect();
        let form = |form| {
            let holds = [&self.holds()[..], &[form]].concat();
            TEMPLATE.iter().map(|template| fill(template, &holds, &blocks)).collect::<String>()
        };
        Ok(Script { text: form("file"), paste: paste(&form("paste")), steps })
    }

    pub(super) fn holds(&self) -> Vec<&'static str> {
        let virsh = self.connection().is_some();
        let directories = self.directories().any(is_findable);
        [
            ("files", !self.files.is_empty()),
            ("nofiles", self.files.is_empty()),
            ("vm", self.vm.is_some()),
            ("lima", self.lima),
            ("new", self.input.new_vm.is_some()),
            ("existing", self.vm.is_some() && self.input.new_vm.is_none()),
            ("rewrites", self.rewrites_vm()),
            ("restart", self.restart),
            ("start", self.starts()),
            ("again", self.again()),
            ("waits", self.starts()),
            ("numbers", self.vm.is_some()),
            ("beneath", self.beneath().next().is_some()),
            ("follow", self.follow),
            ("pin", self.vm.is_some() && self.input.pinned_port.is_some()),
            ("compose", self.needs_compose()),
            ("recreate", self.services().next().is_some()),
            ("composes", self.uses_compose_files()),
            (
                "share",
                self.vm.is_some()
                    && (self.shared().next().is_some() || self.beneath().next().is_some()),
            ),
            ("verify_share", self.vm.is_some() && self.shared().next().is_some()),
            ("write", self.writes()),
            ("virsh", virsh),
            ("directories", directories),
            ("changes", self.files.iter().any(Target::changes)),
            // What a script does not use, nobody should have to read.
            ("did", !self.files.is_empty() || self.starts() || directories),
            ("messages", self.vm.is_some() || virsh || directories),
            ("checks", !self.files.is_empty() || self.vm.is_some() || virsh),
            (
                "not_checked",
                self.vm.is_some()
                    || self.checks().iter().any(|one| calls(one, "not_checked"))
                    || virsh,
            ),
            ("not_needed", calls(&self.options(), "not_needed")),
            // The port that a file holds is read with it.
            ("keep", self.follow || self.writes_with("keep")),
            ("keep_from", self.writes_with("keep_from")),
            ("keeps", self.writes_with("keep") || self.writes_with("keep_from")),
            ("line", self.writes_with("line")),
            ("line_crlf", self.writes_with("line_crlf")),
        ]
        .into_iter()
        .filter_map(|(name, holds)| holds.then_some(name))
        .collect()
    }

    /// Whether a file is put together with this function.
    fn writes_with(&self, function: &str) -> bool {
        self.files.iter().any(|file| {
            let port = file.port.iter().map(|port| port.rebuild.as_str());
            port.chain([file.rebuild.as_str()]).any(|body| calls(body, function))
        })
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.input.steps.iter().filter_map(|step| match step {
            Step::RecreateService(service) => Some(service.as_str()),
            _ => None,
        })
    }

    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        self.input.steps.iter().filter_map(|step| match step {
            Step::CreateHostDirectory(path) => Some(path.as_str()),
            _ => None,
        })
    }

    /// The paths that can be looked at, each once; a relative one is relative to nobody knows what.
    pub(super) fn shared(&self) -> impl Iterator<Item = &str> {
        let paths = self.input.shared_paths.iter().map(|shared| shared.path);
        let mut paths: Vec<&str> = paths.filter(|path| path.starts_with('/')).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter()
    }

    pub(super) fn writes(&self) -> bool {
        let mut paths = self.input.shared_paths.iter();
        self.vm.is_some() && paths.any(|shared| shared.writable && shared.path.starts_with('/'))
    }

    pub(super) fn connection(&self) -> Option<(&str, &str)> {
        self.input.connection.filter(|(_, variable)| is_variable(variable))
    }

    /// The VM is started where it does not run.
    pub(super) fn starts(&self) -> bool {
        self.restart || self.follow || self.input.new_vm.is_some()
    }

    /// The VM is restarted once more, where its Lima is an old one.
    pub(super) fn again(&self) -> bool {
        self.rewrites_vm() && self.input.steps.contains(&Step::RestartInstanceAgain)
    }

    /// The file of a VM that is there is written.
    pub(super) fn rewrites_vm(&self) -> bool {
        self.lima && self.restart
    }

    /// The new mounts that may hide files of the VM: their places on both sides are known.
    pub(super) fn beneath(&self) -> impl Iterator<Item = &NewMount<'_>> {
        let new = self.input.new_mounts.iter().filter(|_| self.rewrites_vm());
        new.filter(|mount| is_findable(mount.host) && mount.guest.starts_with('/'))
            .filter(|mount| !mount.guest.contains("{{") && !mount.host.contains("{{"))
    }

    pub(super) fn needs_compose(&self) -> bool {
        self.services().next().is_some() || self.writes() || self.connection().is_some()
    }

    pub(super) fn uses_compose_files(&self) -> bool {
        self.needs_compose() || self.files.iter().any(|file| file.kind == FileKind::Compose)
    }

    /// The main Compose file may have another of the names that Compose looks for.
    pub(super) fn has_standard_name(&self) -> bool {
        self.names.compose_finds_files()
            && self.names.compose.first().is_some_and(|name| STANDARD.contains(name))
    }

    /// Places for Compose files: at least one, so that `--compose` has something to name.
    pub(super) fn compose_places(&self) -> usize {
        self.names.compose.len().max(1)
    }

    pub(super) fn env_is_target(&self) -> bool {
        self.files.iter().any(|file| file.kind == FileKind::Env && file.key == "env")
    }
}

/// Whether the script knows where a directory of the host is: what holds a template of Lima's, or
/// is relative, only Lima can find.
pub(super) fn is_findable(path: &str) -> bool {
    path.starts_with('/') || path == "~" || path.starts_with("~/")
}

/// Whether a line of the script starts with this function, behind blanks or the label of a case.
fn calls(body: &str, function: &str) -> bool {
    body.lines().any(|line| {
        let command = line.split_once(") ").map_or(line, |(_, command)| command);
        [line, command].iter().any(|text| text.split_whitespace().next() == Some(function))
    })
}

/// Commands of a function, one on each line.
pub(super) fn lines(commands: impl IntoIterator<Item = String>) -> String {
    commands.into_iter().map(|command| format!("    {command}\n")).collect()
}
