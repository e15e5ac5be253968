//! The steps in order: what they are called, and the commands that do them.

use super::job::{Job, is_findable};
use super::quote::{self, host_path_shown, host_path_word, word};
use super::{Refusal, ScriptStep, Target};
use crate::words::capitalised;

/// A step and the commands that do it.
pub(super) struct Part {
    pub(super) step: ScriptStep,
    pub(super) code: String,
}

impl Part {
    fn new(title: String, detail: &str, code: String) -> Self {
        Self { step: ScriptStep { title, detail: detail.to_owned() }, code }
    }
}

impl Job<'_> {
    pub(super) fn parts(&self) -> Result<Vec<Part>, Refusal> {
        let mut res = Vec::new();
        let mut part =
            |title: String, detail: &str, code: String| res.push(Part::new(title, detail, code));
        let listed = |files: Vec<&Target>| -> String {
            let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.short)).collect();
            names.join(", ")
        };
        let names = listed(self.files.iter().collect());
        // A file may change in its port alone, which is written later.
        let changed: Vec<&Target> = self.files.iter().filter(|file| file.changes()).collect();
        let changes = !changed.is_empty();
        let changed = listed(changed);
        let vm = self.vm.unwrap_or("");

        let tools: Vec<&str> = [
            (self.vm.is_some(), "`limactl`"),
            (self.needs_compose(), "`docker compose` or `docker-compose`"),
        ]
        .into_iter()
        .filter_map(|(needed, tool)| needed.then_some(tool))
        .collect();
        if !tools.is_empty() {
            let title = format!("Look for {}", tools.join(" and "));
            let mut code = String::new();
            if self.vm.is_some() {
                code.push_str("    need_limactl\n");
            }
            if self.needs_compose() {
                code.push_str("    need_compose\n");
            }
            part(title, "It stops here if one is missing", code);
        }
        if !self.files.is_empty() {
            part(
                format!("See that the files are the ones that were analysed: {names}"),
                "Checksums tell; it stops before anything is changed if a file is another",
                "    each_file check_file\n    each_file build_file\n".to_owned(),
            );
        }
        if self.lima {
            part(
                "Let Lima validate the corrected `lima.yaml`".to_owned(),
                "A copy in a temporary directory, with `limactl validate`",
                "    if is_to_change lima; then validate; else say '  it is in place already'; fi\n"
                    .to_owned(),
            );
        }
        if self.vm.is_some() {
            part(
                format!("Ask Lima for the status of the VM `{vm}`"),
                "It must be Running or Stopped",
                "    look_at_vm\n".to_owned(),
            );
        }
        for path in self.directories() {
            let (title, detail, code) = directory(path)?;
            part(title, &detail, code);
        }
        if changes {
            part(
                format!("Back up what is to be changed: {changed}"),
                "Next to each file, as `FILE.lima-doctor-CHECKSUM.bak`; it holds what the file held, secrets too",
                "    each_file back_up_file\n".to_owned(),
            );
        }
        if self.restart {
            part(
                format!("Stop the VM `{vm}`"),
                "Gracefully, only if it runs and has to read its file again; what runs in it ends",
                "    if must_restart; then stop_vm; else say '  there is no need to'; fi\n"
                    .to_owned(),
            );
        }
        if changes {
            let mut code = "    each_file put_file\n".to_owned();
            if self.lima {
                code.push_str("    # Its old file could not be read, so only now it is known whether it runs.\n");
                code.push_str(
                    "    if [ -z \"$vm\" ]; then\n        ask_status\n        stop_vm\n    fi\n",
                );
            }
            part(
                format!("Write the corrected files: {changed}"),
                "Each keeps its owner and its mode; a file that is corrected already is left alone",
                code,
            );
        }
        if self.starts() {
            part(
                format!("Start the VM `{vm}`"),
                "Only if it does not run; this can take some minutes",
                "    start_vm\n".to_owned(),
            );
        }
        if self.vm.is_some() {
            let (title, code) = self.port_part();
            part(title, "Asked from `limactl list`", code);
        }
        for service in self.services() {
            part(
                format!("Recreate the container of `{service}`"),
                "With `up -d --no-deps`; Compose leaves it alone if it is as the files say",
                format!("    recreate {}\n", word(service)),
            );
        }
        part("Check the result".to_owned(), &self.checks_shown(), "    verify\n".to_owned());
        Ok(res)
    }

    fn port_part(&self) -> (String, String) {
        let code = match (self.starts(), self.follow) {
            // Without a start, a VM that does not run has no port.
            (false, _) => {
                "    if [ \"$vm\" = Running ]; then need_port; else say '  the VM is not running'; fi\n"
            }
            (true, true) => "    need_port\n    each_file write_port\n",
            (true, false) => "    need_port\n",
        };
        let followed: Vec<String> = self
            .files
            .iter()
            .filter(|file| file.port.is_some())
            .map(|file| format!("`{}`", file.short))
            .collect();
        let title = match self.input.pinned_port {
            _ if self.follow => {
                format!("Read the VM's SSH port, and write it into {}", followed.join(", "))
            }
            Some(port) => format!("See that the VM's SSH port is {port}"),
            None => "Read the VM's SSH port".to_owned(),
        };
        (title, code.to_owned())
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
}

/// Title, detail and commands of the step that sees to a directory of the host.
fn directory(path: &str) -> Result<(String, String, String), Refusal> {
    quote::check("a directory of the host", path)?;
    let title = |verb| format!("{verb} the directory `{path}` on the host if it is missing");
    if !is_findable(path) {
        let note = format!("  only Lima knows where {path} is, and makes it when the VM starts");
        let detail = "Lima does, when the VM starts".to_owned();
        return Ok((
            title("Leave it to Lima to make"),
            detail,
            format!("    say {}\n", word(&note)),
        ));
    }
    let shown = host_path_shown(path);
    let make = format!("sudo mkdir -p {shown} && sudo chown \"$(id -un)\" {shown}");
    let detail = format!("With `mkdir -p`, as you; if you may not, it stops, and you run: {make}");
    let code = format!("    need_directory {} {}\n", host_path_word(path), word(&make));
    Ok((title("Make"), detail, code))
}
