//! What the templates leave open: settings, the files, options.

use std::fmt::Write;

use crate::text::FileKind;

use super::Target;
use super::job::{Job, is_findable, lines};
use super::names::STANDARD;
use super::quote::{self, host_path_word, word};

impl Job<'_> {
    pub(super) fn about(&self) -> String {
        let mut res = String::from(
            "# Corrects the files of a set-up of Docker, Lima and libvirt, and checks the result.\n\
             # Made by lima-doctor for the files that it was shown; it touches no others.\n",
        );
        for file in self.files {
            let corrects = match file.kind {
                FileKind::Lima if self.restart => self.corrects_lima(file),
                _ => quote::comment(file.short),
            };
            res.push_str(&format!("#   corrects {corrects}\n"));
        }
        for path in self.directories().filter(|path| is_findable(path)) {
            let path = quote::comment(path);
            res.push_str(&format!("#   makes the directory {path} if it is missing\n"));
        }
        if let Some(vm) = self.vm.filter(|_| self.input.new_vm.is_some()) {
            res.push_str(&format!("#   creates and starts the VM {}\n", quote::comment(vm)));
        }
        if let Some(vm) = self.vm.filter(|_| self.restart) {
            res.push_str(&format!("#   stops and starts the VM {}\n", quote::comment(vm)));
        }
        for service in self.services() {
            res.push_str(&format!("#   recreates the container of {}\n", quote::comment(service)));
        }
        res
    }

    /// Which file of the VM it is, since the one that was shown may be a copy.
    fn corrects_lima(&self, file: &Target) -> String {
        let instance = quote::comment(self.vm.unwrap_or("INSTANCE"));
        let mut res = format!(
            "the VM's own lima.yaml, in Lima's directory: ${{LIMA_HOME:-~/.lima}}/{instance}/lima.yaml"
        );
        if file.name != file.short {
            res.push_str(&format!("\n#     (it was shown as {})", quote::comment(file.name)));
        }
        res
    }

    pub(super) fn settings(&self, steps: usize) -> String {
        let mut res = format!("step_count={steps}\n");
        let mut set = |name: &str, value: &str| res.push_str(&format!("{name}={value}\n"));
        if let Some(vm) = self.vm {
            set("instance", &word(vm));
            if let Some(port) = self.input.pinned_port {
                set("pinned_port", &port.to_string());
            }
        }
        match self.input.new_vm {
            Some(name) => set("lima_file", &host_path_word(name)),
            None if self.lima => set("lima_file", ""),
            None => {}
        }
        if self.restart {
            set("stop_limit", "600");
        }
        if self.starts() {
            set("start_limit", "900");
        }
        if self.beneath().next().is_some() {
            set("hide_files", "no");
        }
        if self.env_is_target() {
            set("env_file", &host_path_word(self.names.env.unwrap_or(".env")));
        }
        for name in &self.names.other_env {
            if let Some(key) = self.names.key(FileKind::Env, name) {
                set(&format!("{key}_file"), &host_path_word(name));
            }
        }
        if self.needs_compose() {
            set("env_option", "");
        }
        if self.uses_compose_files() {
            for at in 0..self.compose_places() {
                let name = self.names.compose.get(at).copied().unwrap_or("docker-compose.yml");
                set(&format!("compose_{}", at + 1), &host_path_word(name));
            }
            if self.needs_compose() {
                set("compose_named", "");
                set("compose_dir", "");
            }
        }
        if let Some((_, variable)) = self.connection() {
            let command = format!(
                "command -v virsh >/dev/null 2>&1 || exit 77; exec virsh -c \"${variable}\" list --all"
            );
            set("virsh_command", &word(&command));
        }
        res
    }

    pub(super) fn builds(&self) -> String {
        let mut res = String::new();
        for file in self.files {
            let name = quote::comment(file.short);
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

    pub(super) fn each_file(&self) -> String {
        lines(self.files.iter().map(|file| {
            let variable = file.variable();
            format!("\"$1\" {} \"${variable}\" '{}' '{}'", file.key, file.original, file.corrected)
        }))
    }

    /// How a running VM shows that it has not read its file.
    pub(super) fn stale(&self) -> String {
        let mut res = Vec::new();
        if self.input.pinned_port.is_some() {
            res.push(
                "if ask_port; then [ \"$port\" = \"$pinned_port\" ] || return 0; fi".to_owned(),
            );
        }
        for path in self.shared() {
            res.push(format!("ask_mount {}", word(path)));
            res.push("if [ \"$mounted\" = no ]; then return 0; fi".to_owned());
        }
        lines(res)
    }

    pub(super) fn compose_files(&self) -> String {
        let mut res = String::from("    if [ -n \"$compose_named\" ]; then\n");
        for at in (1..=self.names.started.max(1)).rev() {
            let _ = writeln!(res, "        set -- -f \"$compose_{at}\" \"$@\"");
        }
        res + "    fi\n"
    }

    /// What an undo needs, looked for before it changes anything.
    pub(super) fn undo_tools(&self) -> String {
        let mut res = String::new();
        if self.rewrites_vm() {
            res.push_str("    need_limactl\n");
        }
        if self.services().next().is_some() {
            res.push_str("    need_compose\n");
        }
        res
    }

    pub(super) fn undo_services(&self) -> String {
        let mut res = String::new();
        for service in self.services() {
            let _ = writeln!(res, "    recreate {}", word(service));
        }
        res
    }

    pub(super) fn options(&self) -> String {
        let mut res = String::new();
        res.push_str(if self.lima || self.input.new_vm.is_some() {
            "        --lima) lima_file=$named ;;\n"
        } else {
            "        --lima) not_needed \"$1\" ;;\n"
        });
        let env = [("env_file", self.env_is_target()), ("env_option", self.needs_compose())];
        res.push_str("        --env)");
        if !env.iter().any(|(_, used)| *used) {
            res.push_str(" not_needed \"$1\"");
        }
        for (variable, _) in env.iter().filter(|(_, used)| *used) {
            let _ = write!(res, " {variable}=$named");
        }
        res.push_str(" ;;\n");
        if self.uses_compose_files() {
            res.push_str("        --compose)\n");
            res.push_str("            compose_count=$((compose_count + 1))\n");
            res.push_str("            case $compose_count in\n");
            for at in 1..=self.compose_places() {
                let _ = writeln!(res, "            {at}) compose_{at}=$named ;;");
            }
            res.push_str("            *) wrong_usage 'there are fewer Compose files' ;;\n");
            res.push_str("            esac\n            ;;\n");
        } else {
            res.push_str("        --compose) not_needed \"$1\" ;;\n");
        }
        res.push_str(if self.vm.is_some() {
            "        --instance) instance=$2 ;;\n"
        } else {
            "        --instance) not_needed \"$1\" ;;\n"
        });
        res
    }

    /// What is only known when the options are.
    pub(super) fn defaults(&self) -> String {
        let mut res = String::new();
        if self.rewrites_vm() {
            res.push_str("lima_file=${lima_file:-${LIMA_HOME:-$HOME/.lima}/$instance/lima.yaml}\n");
        }
        if self.again() {
            res.push_str("again_mark=$lima_file.lima-doctor-restart\n");
        }
        if let Some(file) = self.files.first() {
            let _ = writeln!(res, "undo_mark=${}.lima-doctor-undo", file.variable());
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
        if self.has_standard_name() {
            res.push_str("# The name may have been made up when the file was pasted.\n");
            let _ = writeln!(res, "for name in {}; do", STANDARD.join(" "));
            res.push_str("    if [ \"$compose_count\" -gt 0 ] || [ -f \"$compose_1\" ]; then continue; fi\n    if [ -f \"$name\" ]; then compose_1=$name; fi\n");
            res.push_str("done\n");
        }
        if self.needs_compose() {
            res.push_str(&self.compose_place());
        }
        res
    }

    /// Where Compose is started: where its files are, if it finds them there by itself.
    fn compose_place(&self) -> String {
        let mut res = String::new();
        for at in 1..=self.names.started.max(1) {
            let _ = writeln!(
                res,
                "if is_found \"$compose_{at}\"; then :; elif [ \"$compose_count\" -gt 0 ] || [ -f \"$compose_{at}\" ]; then compose_named=yes; fi"
            );
        }
        let env = self.names.env.map(host_path_word).unwrap_or_default();
        let _ = writeln!(res, "known_env={env}");
        res.push_str(
            r#"case ${compose_dir:=.} in
.) ;;
*)
    # A .env file that lies elsewhere is of another place to start it in.
    case ${env_option:-$known_env} in
    "" | "$compose_dir/.env") env_option= ;;
    *) compose_named=yes ;;
    esac
    ;;
esac
if [ -n "$compose_named" ]; then compose_dir=.; fi
"#,
        );
        res
    }

    pub(super) fn verify_tools(&self) -> String {
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
