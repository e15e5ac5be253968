//! The steps in order: what they are called, and the commands that do them.

use std::fmt::Write;

use crate::diagnostic::Step;
use crate::text::FileKind;

use super::names::{Names, STANDARD, is_variable};
use super::quote::{self, host_path_shown, host_path_word, word};
use super::template::fill;
use super::{Refusal, Script, ScriptInput, ScriptStep, Target};

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
    /// The VM must read its file again.
    pub(super) restart: bool,
    /// A port is written once the VM runs.
    pub(super) follow: bool,
    /// The VM's name, where the script has to do with it.
    pub(super) vm: Option<&'a str>,
}

/// A step and the commands that do it.
struct Part {
    step: ScriptStep,
    code: String,
}

impl Job<'_> {
    /// Joins everything.
    pub(super) fn render(&self) -> Result<Script, Refusal> {
        let parts = self.parts()?;
        let steps: Vec<ScriptStep> = parts.iter().map(|part| part.step.clone()).collect();
        let blocks = [
            ("about", self.about()),
            ("settings", self.settings(steps.len())),
            ("titles", lines(steps.iter().map(|step| format!("say {}", word(&step.title))))),
            (
                "plan",
                lines(
                    (1..)
                        .zip(&steps)
                        .map(|(n, step)| format!("plan_step {n} {}", word(&step.detail))),
                ),
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
            ("undo_services", self.undo_services()),
            ("options", self.options()),
            ("defaults", self.defaults()),
            ("verify_tools", self.verify_tools()),
        ];
        let blocks: Vec<(&str, &str)> =
            blocks.iter().map(|(name, block)| (*name, block.as_str())).collect();
        let holds = self.holds();
        let text = TEMPLATE.iter().map(|template| fill(template, &holds, &blocks)).collect();
        Ok(Script { text, steps })
    }

    fn holds(&self) -> Vec<&'static str> {
        [
            ("files", !self.files.is_empty()),
            ("nofiles", self.files.is_empty()),
            ("vm", self.vm.is_some()),
            ("lima", self.lima),
            ("restart", self.restart),
            ("start", self.starts()),
            ("follow", self.follow),
            ("port", self.has_port()),
            ("pin", self.vm.is_some() && self.input.pinned_port.is_some()),
            ("compose", self.needs_compose()),
            ("recreate", self.services().next().is_some()),
            ("composes", self.uses_compose_files()),
            ("share", self.vm.is_some() && self.shared().next().is_some()),
            ("write", self.writes()),
            ("virsh", self.connection().is_some()),
            ("directories", self.directories().next().is_some()),
        ]
        .into_iter()
        .filter_map(|(name, holds)| holds.then_some(name))
        .collect()
    }

    fn services(&self) -> impl Iterator<Item = &str> {
        self.input.steps.iter().filter_map(|step| match step {
            Step::RecreateService(service) => Some(service.as_str()),
            _ => None,
        })
    }

    fn directories(&self) -> impl Iterator<Item = &str> {
        self.input.steps.iter().filter_map(|step| match step {
            Step::CreateHostDirectory(path) => Some(path.as_str()),
            _ => None,
        })
    }

    /// The paths that can be looked at, each once; a relative one is relative to nobody knows what.
    fn shared(&self) -> impl Iterator<Item = &str> {
        let paths = self.input.shared_paths.iter().map(|shared| shared.path);
        let mut paths: Vec<&str> = paths.filter(|path| path.starts_with('/')).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter()
    }

    fn writes(&self) -> bool {
        let mut paths = self.input.shared_paths.iter();
        self.vm.is_some() && paths.any(|shared| shared.writable && shared.path.starts_with('/'))
    }

    fn connection(&self) -> Option<(&str, &str)> {
        self.input.connection.filter(|(_, variable)| is_variable(variable))
    }

    /// The VM is started where it does not run.
    fn starts(&self) -> bool {
        self.restart || self.follow
    }

    fn has_port(&self) -> bool {
        self.vm.is_some()
    }

    fn needs_compose(&self) -> bool {
        self.services().next().is_some() || self.writes() || self.connection().is_some()
    }

    fn uses_compose_files(&self) -> bool {
        self.needs_compose() || self.files.iter().any(|file| file.kind == FileKind::Compose)
    }

    /// Places for Compose files: at least one, so that `--compose` has something to name.
    fn compose_places(&self) -> usize {
        self.names.compose.len().max(1)
    }

    fn env_is_target(&self) -> bool {
        self.files.iter().any(|file| file.kind == FileKind::Env)
    }

    fn parts(&self) -> Result<Vec<Part>, Refusal> {
        let mut res = Vec::new();
        let mut part = |title: String, detail: &str, code: String| {
            res.push(Part { step: ScriptStep { title, detail: detail.to_owned() }, code });
        };
        let names: Vec<String> = self.files.iter().map(|file| format!("`{}`", file.name)).collect();
        let names = names.join(", ");
        let changes = self.files.iter().any(|file| file.original != file.corrected);
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
        for path in self.directories() {
            quote::check("a directory of the host", path)?;
            let shown = host_path_shown(path);
            let make = format!("sudo mkdir -p {shown} && sudo chown \"$(id -un)\" {shown}");
            // What holds a template of Lima's, or is relative, only Lima can find.
            let known = path.starts_with(['/', '~']);
            let code = if known {
                format!("    need_directory {} {}\n", host_path_word(path), word(&make))
            } else {
                let note = format!("  please see to this yourself: {path}");
                format!("    say {}\n", word(&note))
            };
            part(
                format!("See that the directory `{path}` exists on the host"),
                &format!("If it does not, make it yourself, for it may take sudo: {make}"),
                code,
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
        if changes {
            part(
                format!("Back up what is to be changed: {names}"),
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
                format!("Write the corrected files: {names}"),
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
            .map(|file| format!("`{}`", file.name))
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
        if res.is_empty() { "Nothing can be checked".to_owned() } else { sentence(&res.join("; ")) }
    }

    /// The commands of `verify`.
    fn checks(&self) -> Vec<String> {
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

    fn about(&self) -> String {
        let mut res = String::from(
            "# Corrects the files of a set-up of Docker, Lima and libvirt, and checks the result.\n\
             # Made by lima-doctor for the files that it was shown; it touches no others.\n",
        );
        for file in self.files {
            res.push_str(&format!("#   corrects {}\n", quote::comment(file.name)));
        }
        if let Some(vm) = self.vm.filter(|_| self.restart) {
            res.push_str(&format!("#   stops and starts the VM {}\n", quote::comment(vm)));
        }
        for service in self.services() {
            res.push_str(&format!("#   recreates the container of {}\n", quote::comment(service)));
        }
        res
    }

    fn settings(&self, steps: usize) -> String {
        let mut res = format!("step_count={steps}\n");
        let mut set = |name: &str, value: &str| res.push_str(&format!("{name}={value}\n"));
        if let Some(vm) = self.vm {
            set("instance", &word(vm));
            if let Some(port) = self.input.pinned_port {
                set("pinned_port", &port.to_string());
            }
        }
        if self.lima {
            set("lima_file", "");
        }
        if self.env_is_target() {
            set("env_file", &host_path_word(self.names.env.unwrap_or(".env")));
        }
        if self.needs_compose() {
            set("env_option", "");
        }
        if self.uses_compose_files() {
            for at in 0..self.compose_places() {
                let name = self.names.compose.get(at).copied().unwrap_or("docker-compose.yml");
                set(&format!("compose_{}", at + 1), &host_path_word(name));
            }
            set("compose_named", "");
        }
        if let Some((_, variable)) = self.connection() {
            let command = format!(
                "command -v virsh >/dev/null 2>&1 || exit 77; exec virsh -c \"${variable}\" list --all"
            );
            set("virsh_command", &word(&command));
        }
        res
    }

    fn builds(&self) -> String {
        let mut res = String::new();
        for file in self.files {
            let name = quote::comment(file.name);
            let key = &file.key;
            // Formatting into a String cannot fail.
            let _ = write!(res, "# {name}, corrected.\nbuild_{key}() {{\n{}}}\n\n", file.rebuild);
            if let Some(port) = &file.port {
                let _ = write!(
                    res,
                    "# {name}, corrected, with the port $1.\nport_{key}() {{\n{}}}\n\n",
                    port.rebuild
                );
            }
        }
        if self.follow {
            res.push_str("# Where a file holds the port.\nport_place() {\n    case $1 in\n");
            for file in self.files {
                if let Some(port) = &file.port {
                    let _ = writeln!(
                        res,
                        "    {}) port_line={} port_column={} port_shown={} ;;",
                        file.key, port.line, port.column, port.shown
                    );
                }
            }
            res.push_str("    *) return 1 ;;\n    esac\n}\n\n");
        }
        res
    }

    fn each_file(&self) -> String {
        lines(self.files.iter().map(|file| {
            let variable = match file.kind {
                FileKind::Compose => file.key.clone(),
                _ => format!("{}_file", file.key),
            };
            format!("\"$1\" {} \"${variable}\" '{}' '{}'", file.key, file.original, file.corrected)
        }))
    }

    /// How a running VM shows that it has not read its file.
    fn stale(&self) -> String {
        let mut res = Vec::new();
        if self.input.pinned_port.is_some() {
            res.push(
                "if ask_port && [ \"$port\" != \"$pinned_port\" ]; then return 0; fi".to_owned(),
            );
        }
        for path in self.shared() {
            res.push(format!("ask_mount {}", word(path)));
            res.push("if [ \"$mounted\" = no ]; then return 0; fi".to_owned());
        }
        lines(res)
    }

    fn compose_files(&self) -> String {
        let mut res = String::from("    if [ -n \"$compose_named\" ]; then\n");
        for at in (1..=self.compose_places()).rev() {
            let _ = writeln!(res, "        set -- -f \"$compose_{at}\" \"$@\"");
        }
        res + "    fi\n"
    }

    fn undo_services(&self) -> String {
        if self.services().next().is_none() {
            return String::new();
        }
        let mut res = String::from("    need_compose\n");
        for service in self.services() {
            let _ = writeln!(res, "    recreate {}", word(service));
        }
        res
    }

    fn options(&self) -> String {
        let mut res = String::new();
        res.push_str(if self.lima {
            "        --lima) lima_file=$named ;;\n"
        } else {
            "        --lima) ;;\n"
        });
        let env = [("env_file", self.env_is_target()), ("env_option", self.needs_compose())];
        res.push_str("        --env)");
        for (variable, _) in env.iter().filter(|(_, used)| *used) {
            let _ = write!(res, " {variable}=$named");
        }
        res.push_str(" ;;\n");
        if self.uses_compose_files() {
            res.push_str("        --compose)\n            compose_named=yes\n");
            res.push_str("            compose_count=$((compose_count + 1))\n");
            res.push_str("            case $compose_count in\n");
            for at in 1..=self.compose_places() {
                let _ = writeln!(res, "            {at}) compose_{at}=$named ;;");
            }
            res.push_str("            *) wrong_usage 'there are fewer Compose files' ;;\n");
            res.push_str("            esac\n            ;;\n");
        } else {
            res.push_str("        --compose) ;;\n");
        }
        res.push_str(if self.vm.is_some() {
            "        --instance) instance=$2 ;;\n"
        } else {
            "        --instance) ;;\n"
        });
        res
    }

    /// What is only known when the options are.
    fn defaults(&self) -> String {
        let mut res = String::new();
        if self.lima {
            res.push_str("lima_file=${lima_file:-${LIMA_HOME:-$HOME/.lima}/$instance/lima.yaml}\n");
        }
        if self.needs_compose() && !self.names.compose_finds_env() {
            let name = host_path_word(self.names.env.unwrap_or(".env"));
            let _ = writeln!(
                res,
                "if [ -z \"$env_option\" ] && [ -f {name} ]; then env_option={name}; fi"
            );
        }
        if !self.uses_compose_files() {
            return res;
        }
        if !self.names.compose_finds_files() {
            res.push_str("# Compose does not look for a file of this name by itself.\n");
            res.push_str("if [ -f \"$compose_1\" ]; then compose_named=yes; fi\n");
        } else if self.names.compose.first().is_some_and(|name| STANDARD.contains(name)) {
            res.push_str("# The name may have been made up when the file was pasted.\n");
            let _ = writeln!(res, "for name in {}; do", STANDARD.join(" "));
            res.push_str("    if [ -z \"$compose_named\" ] && [ ! -f \"$compose_1\" ] && [ -f \"$name\" ]; then compose_1=$name; fi\n");
            res.push_str("done\n");
        }
        res
    }

    fn verify_tools(&self) -> String {
        let mut res = String::new();
        if self.vm.is_some() {
            res.push_str("    need_limactl\n");
        }
        if self.needs_compose() {
            res.push_str("    need_compose\n");
        }
        res
    }
}

/// Commands of a function, one on each line.
fn lines(commands: impl IntoIterator<Item = String>) -> String {
    commands.into_iter().map(|command| format!("    {command}\n")).collect()
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
