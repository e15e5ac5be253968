//! The plan: the steps in order, each with its reason, what it changes, how that is checked and how
//! it is undone, and the commands that do it.

use super::job::{Job, is_findable};
use super::quote::{self, host_path_shown, host_path_word, word};
use super::{Refusal, ScriptStep, Target};
use crate::topology::path::{below, clean, is_of_system};
use crate::words::capitalised;

/// A step and the commands that do it.
pub(super) struct Part {
    pub(super) step: ScriptStep,
    pub(super) code: String,
}

impl Part {
    fn new(what: impl Into<String>, why: impl Into<String>, code: impl Into<String>) -> Self {
        let step = ScriptStep { what: what.into(), why: why.into(), ..ScriptStep::default() };
        Self { step, code: code.into() }
    }

    fn changes(mut self, changes: impl Into<String>) -> Self {
        self.step.changes = changes.into();
        self
    }

    fn checked(mut self, checked: impl Into<String>) -> Self {
        self.step.checked = checked.into();
        self
    }

    fn undone(mut self, undone: impl Into<String>) -> Self {
        self.step.undone = undone.into();
        self
    }
}

impl Job<'_> {
    pub(super) fn parts(&self) -> Result<Vec<Part>, Refusal> {
        let mut res: Vec<Part> = Vec::new();
        res.extend(self.look_for_tools());
        res.extend(self.look_at_files());
        let vm = self.vm.unwrap_or("");
        if self.vm.is_some() {
            let part = match self.input.new_vm {
                Some(_) => Part::new(
                    format!("See that there is no VM `{vm}` yet"),
                    "One that is there has a file of its own, which these files are not",
                    "    look_at_vm\n",
                ),
                None => Part::new(
                    format!("Ask Lima for the status of the VM `{vm}`"),
                    "Only one that is running or stopped can be seen to",
                    "    look_at_vm\n",
                ),
            };
            res.push(part.checked("With `limactl list`"));
        }
        for path in self.directories() {
            res.push(self.directory(path)?);
        }
        for mount in self.beneath() {
            res.push(look_beneath(vm, mount.guest, mount.host));
        }
        let (changed, listed) = self.changed();
        if changed {
            let what = format!("Back up what is to be changed: {listed}");
            let why = "So that nothing can be lost; a backup holds what the file held, secrets too";
            res.push(
                Part::new(what, why, "    each_file back_up_file\n")
                    .changes("Makes `FILE.lima-doctor-CHECKSUM.bak` beside each file")
                    .checked("By the checksum of the copy")
                    .undone("The backups stay, and can be removed once all is well"),
            );
        }
        if self.restart {
            let code =
                "    if must_restart; then stop_vm; else say \"  there is no need to\"; fi\n";
            res.push(
                Part::new(
                    format!("Stop the VM `{vm}`"),
                    "It reads its file only when it starts",
                    code,
                )
                .changes("Ends what runs in the VM; nothing where it does not run")
                .checked("`limactl stop` must succeed, within 10 minutes")
                .undone(format!("`limactl start {vm}`")),
            );
        }
        if changed {
            let mut code = "    each_file see_unchanged\n".to_owned();
            if self.again() {
                code.push_str(
                    "    # Kept until it is done, so that an interruption does not lose it.\n",
                );
                code.push_str("    if is_to_change lima; then mark \"$again_mark\"; fi\n");
            }
            code.push_str("    each_file put_file\n");
            if self.rewrites_vm() {
                code.push_str("    # Its old file could not be read, so only now it is known whether it runs.\n");
                code.push_str(
                    "    if [ -z \"$vm\" ]; then\n        ask_status\n        stop_vm\n    fi\n",
                );
            }
            let why = "They say what is right; one that is corrected already is left alone";
            res.push(
                Part::new(format!("Write the corrected files: {listed}"), why, code)
                    .changes(format!("{listed}; each keeps its owner and its mode"))
                    .checked("Byte for byte")
                    .undone("`--undo` puts back what they held"),
            );
        }
        res.extend(self.start());
        if self.vm.is_some() {
            res.push(self.port_part());
        }
        for service in self.services() {
            let why = "A container keeps the environment and the mounts that it was made with";
            res.push(
                Part::new(
                    format!("Recreate the container of `{service}`"),
                    why,
                    format!("    recreate {}\n", word(service)),
                )
                .changes("The container, unless it is as the files say already; volumes stay")
                .checked("`up -d --no-deps` must succeed")
                .undone("`--undo` recreates it from the old files"),
            );
        }
        let why = "What the files say is not yet what happens";
        res.push(Part::new("Check the result", why, "    verify\n").checked(self.checks_shown()));
        Ok(res)
    }

    fn look_for_tools(&self) -> Option<Part> {
        let tools: Vec<&str> = [
            (self.vm.is_some(), "`limactl`"),
            (self.needs_compose(), "`docker compose` or `docker-compose`"),
        ]
        .into_iter()
        .filter_map(|(needed, tool)| needed.then_some(tool))
        .collect();
        let what = format!("Look for {}", tools.join(" and "));
        let why = "It stops before anything is changed if one is missing";
        let checked = "Each is called and must answer";
        let part = Part::new(what, why, self.verify_tools()).checked(checked);
        (!tools.is_empty()).then_some(part)
    }

    fn look_at_files(&self) -> Vec<Part> {
        let mut res = Vec::new();
        if !self.files.is_empty() {
            let names = listed(self.files.iter());
            res.push(
                Part::new(
                    format!("See that the files are the ones that were analysed: {names}"),
                    "A file that has changed since needs another correction",
                    "    each_file check_file\n    each_file build_file\n",
                )
                .checked("By checksum and size, as found and as corrected"),
            );
        }
        if self.lima {
            let code = "    if is_to_change lima; then validate; else say \"  it is in place already\"; fi\n";
            let why = "A file that Lima refuses must not take the place of one that works";
            res.push(
                Part::new("Let Lima validate the corrected `lima.yaml`", why, code)
                    .checked("A copy in a temporary directory, with `limactl validate`"),
            );
        }
        res
    }

    fn start(&self) -> Vec<Part> {
        let vm = self.vm.unwrap_or("");
        if !self.starts() {
            return Vec::new();
        }
        let started = "Its status must be Running, within 15 minutes";
        let mut res = vec![match self.input.new_vm {
            Some(_) => Part::new(
                format!("Create the VM `{vm}` and start it"),
                "It is yet to be made",
                "    start_vm\n",
            )
            .changes("Makes a VM of this name from `lima.yaml`; nothing where it runs already")
            .checked(started)
            .undone(format!("Not by `--undo`: `limactl delete {vm}` removes it")),
            None => Part::new(
                format!("Start the VM `{vm}`"),
                "It reads its file, and makes its mounts",
                "    start_vm\n",
            )
            .changes("Starts the VM; nothing where it runs already")
            .checked(started)
            .undone(format!("`limactl stop {vm}`")),
        }];
        if self.again() {
            let why = "Before 2.1, Lima counts its mounts: where they change places, only the second start gives each its own contents";
            let part =
                Part::new(format!("Restart the VM `{vm}` once more"), why, "    restart_again\n");
            res.push(
                part.changes("Stops and starts the VM; nothing with Lima 2.1 or newer")
                    .checked("`limactl --version` tells which Lima it is")
                    .undone("Nothing is left to undo"),
            );
        }
        res
    }

    fn port_part(&self) -> Part {
        let code = match (self.starts(), self.follow) {
            // Without a start, a VM that does not run has no port.
            (false, _) => {
                "    if [ \"$vm\" = Running ]; then need_port; else say \"  the VM is not running\"; fi\n"
            }
            (true, true) => "    need_port\n    each_file write_port\n",
            (true, false) => "    need_port\n",
        };
        let asked = "With `limactl list`";
        if self.follow {
            let followed = listed(self.files.iter().filter(|file| file.port.is_some()));
            let what = format!("Read the VM's SSH port, and write it into {followed}");
            let why = "Lima draws a new port at each start, so it is known only now";
            return Part::new(what, why, code)
                .changes(format!("The port in {followed}, and nothing else there"))
                .checked(format!("{asked}; the file by its checksum"))
                .undone("`--undo` puts back what the file held");
        }
        match self.input.pinned_port {
            Some(port) => Part::new(
                format!("See that the VM's SSH port is {port}"),
                "The URI names this port",
                code,
            ),
            None => {
                Part::new("Read the VM's SSH port", "It shows that the VM can be reached", code)
            }
        }
        .checked(asked)
    }

    fn checks_shown(&self) -> String {
        let mut res = Vec::new();
        if !self.files.is_empty() {
            res.push("the files are corrected".to_owned());
        }
        if self.vm.is_some() {
            res.push("the VM runs and has its port".to_owned());
            res.extend(self.shared().map(|path| format!("`{path}` is mounted in it")));
        }
        if self.writes() {
            res.push("it sees a file that the container writes and removes again".to_owned());
        }
        if let Some((_, variable)) = self.connection() {
            res.push(format!("`virsh` in the container reaches libvirt through `{variable}`"));
        }
        if res.is_empty() {
            "Nothing can be checked".to_owned()
        } else {
            capitalised(&res.join("; "))
        }
    }

    /// The commands of `verify`.
    pub(super) fn checks(&self) -> Vec<String> {
        let mut res = Vec::new();
        if !self.files.is_empty() {
            res.push("each_file verify_file".to_owned());
        }
        if self.vm.is_some() {
            res.push("verify_vm".to_owned());
            res.push("verify_port".to_owned());
            res.extend(self.shared().map(|path| format!("verify_mount {}", word(path))));
        }
        for shared in &self.input.shared_paths {
            if self.vm.is_none() || !shared.path.starts_with('/') {
                let why = if self.vm.is_none() { "the VM is not known" } else { "it is relative" };
                let note =
                    format!("whether the VM and {} share {}: {why}", shared.service, shared.path);
                res.push(format!("not_checked {}", word(&note)));
            } else if shared.writable {
                res.push(format!("verify_write {} {}", word(shared.service), word(shared.path)));
            }
        }
        match (self.input.connection, self.connection()) {
            (_, Some((service, variable))) => {
                res.push(format!("verify_virsh {} {}", word(service), word(variable)));
            }
            (Some((service, variable)), None) => {
                let note = format!("whether {service} reaches libvirt: no shell knows {variable}");
                res.push(format!("not_checked {}", word(&note)));
            }
            (None, None) => {}
        }
        res
    }

    /// Whether a file's text changes, and the names of those. A file may change in its port alone,
    /// which is written later.
    fn changed(&self) -> (bool, String) {
        let changed = || self.files.iter().filter(|file| file.changes());
        (changed().next().is_some(), listed(changed()))
    }

    /// The step that sees to a directory of the host.
    fn directory(&self, path: &str) -> Result<Part, Refusal> {
        quote::check("a directory of the host", path)?;
        let what = |verb| format!("{verb} the directory `{path}` on the host if it is missing");
        if !is_findable(path) {
            let note =
                format!("  only Lima knows where {path} is, and makes it when the VM starts");
            let code = format!("    say {}\n", word(&note));
            let why = "Its name holds what only Lima can fill in";
            return Ok(Part::new(what("Leave it to Lima to make"), why, code));
        }
        let shown = host_path_shown(path);
        // Only the directory: what is in it may belong to a libvirt of the host.
        let own = match may_be_given(path) {
            true => format!("sudo chown \"$(id -un)\" {shown}"),
            false => String::new(),
        };
        let make = match is_of_system(path) {
            false => format!("sudo mkdir -p {shown} && sudo chown \"$(id -un)\" {shown}"),
            true => String::new(),
        };
        let mut mounts = self.input.new_mounts.iter();
        let is_read = mounts.any(|mount| mount.host == path && !mount.writable);
        let used = if is_read { "read" } else { "write" };
        let code = format!(
            "    need_directory {} {used} {} {}\n",
            host_path_word(path),
            word(&make),
            word(&own)
        );
        let why = "Lima and the container engine act as you: where it is missing or somebody else's, the VM does not start or cannot write";
        let changes = match make.is_empty() {
            false => format!(
                "Makes it as you; beyond your rights, it stops and shows the line for you to run: `{make}`"
            ),
            true => "Makes it as you, or stops".to_owned(),
        };
        Ok(Part::new(what("Make"), why, code)
            .changes(changes)
            .checked(format!(
                "It is there, and you may {} it",
                if is_read { "read" } else { "write to" }
            ))
            .undone("The directory stays"))
    }
}

/// Whether a directory may be one that was made for the set-up: not one of the system, nor one that
/// may be another user's home.
fn may_be_given(path: &str) -> bool {
    let path = clean(path);
    let is_of_others = ["/home", "/Users"].iter().any(|dir| below(dir, &path).is_some());
    !is_of_system(&path) && !is_of_others && (path.starts_with('~') || path.starts_with('/'))
}

/// The step that looks for files that a new mount would hide.
fn look_beneath(vm: &str, guest: &str, host: &str) -> Part {
    let code = format!(
        "    look_beneath {} {} {} {}\n",
        word(guest),
        host_path_word(host),
        word(&host_path_shown(guest)),
        word(&host_path_shown(host))
    );
    Part::new(
        format!("See that the mount hides no files of the VM at `{guest}`"),
        "A mount covers what the VM has there of its own, such as base images",
        code,
    )
    .checked(format!("In the VM `{vm}`, where it runs, against `{host}`; it stops if files are only there, and says how to copy them out"))
}

fn listed<'a>(files: impl Iterator<Item = &'a Target<'a>>) -> String {
    files.map(|file| format!("`{}`", file.short)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_the_system_is_not_given_away() {
        for path in [
            "/usr/local/share",
            "/Library",
            "/System/x/y",
            "/opt/homebrew/var/lib",
            "/private/etc",
            "/etc/libvirt/x",
            "/private/var",
            "/var/lib/libvirt",
            "/srv",
            "/home/x/y",
            "/Users/a/b",
            "/root/x",
            "/var/lib/libvirt/../../../etc",
            "/tmp",
        ] {
            assert!(!may_be_given(path), "{path}");
        }
        for path in [
            "/var/lib/libvirt/images",
            "/private/var/lib/libvirt/images/jobs",
            "/srv/jobs",
            "/opt/vms",
            "~/x",
            "/Volumes/Fast/vms",
        ] {
            assert!(may_be_given(path), "{path}");
        }
    }
}
