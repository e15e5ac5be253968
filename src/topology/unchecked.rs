//! What the pasted texts do not tell, and which text would.

use super::Setup;
use super::path::{clean, depth};
use super::ports::{SshPort, Target, uri_count};
use super::setup::{MOST, Unchecked};
use super::shared::is_private;
use crate::config::compose::Service;
use crate::text::{FileId, FileKind};

impl Setup {
    /// What could not be checked for want of a text.
    pub(super) fn find_unchecked(&self) -> Vec<Unchecked> {
        let mut res = Vec::new();
        let mut add = |what: &str, needs: &str| {
            res.push(Unchecked { what: what.to_owned(), needs: needs.to_owned() });
        };
        if self.is_empty() {
            return res;
        }
        let has = |kind| self.sources.of_kind(kind).any(|(_, file)| !file.text.trim().is_empty());
        if !has(FileKind::Compose) {
            add("which directories and which port the container uses", "`docker-compose.yml`");
        }
        let refers =
            self.sources.of_kind(FileKind::Compose).any(|(_, file)| file.text.contains('$'));
        let env_file = self.env_file.as_ref().map(|(id, _)| self.sources.text(*id));
        let has_env = env_file.is_some_and(|text| !text.trim().is_empty());
        if !has_env && refers {
            add("what `.env` sets for the variables in the Compose file", "`.env`");
        }
        for (path, adds) in self.files_not_read() {
            add(&format!("what `{path}` {adds}"), &format!("`{path}`"));
        }
        let is_single = |file: &&FileId| self.first_of_its_name(**file) == Some(**file);
        for file in self.compose.unread.iter().filter(is_single).take(MOST) {
            let name = self.sources.short_name(*file);
            match self.sources.get(*file).map(|file| file.kind) {
                Some(FileKind::Env) => add(
                    &format!("what `{name}` sets, which no Compose file names"),
                    "the Compose file that names it",
                ),
                _ => add(
                    &format!("what `{name}` says, which Compose does not read beside the others"),
                    "the Compose files that are read together, and only those",
                ),
            }
        }
        if let Some((what, profiles)) = self.left_out() {
            let set = format!("COMPOSE_PROFILES={profiles}");
            add(&what, &format!("`{set}` in `.env` (or `--set {set}`)"));
        }
        if !has(FileKind::Lima) {
            add("which directories the VM sees", "`lima.yaml`, from `~/.lima/NAME/lima.yaml`");
        } else if self
            .lima
            .as_ref()
            .is_some_and(|lima| !lima.bases_are_known() && !lima.mounts_null)
        {
            add(
                "the mounts that `base:` brings in",
                "the VM's own `~/.lima/NAME/lima.yaml`, where they are written out",
            );
        }
        let through_host = self
            .connections
            .iter()
            .any(|c| c.uri.is_ssh() && matches!(c.target, Target::Host | Target::Container));
        if through_host && let SshPort::Unknown(why) = self.ssh_port() {
            let needs = match self.instances.is_empty() || self.instance.is_some() {
                true => "the output of `limactl list` while the VM runs",
                false => "the VM's name, as the instance (`--instance NAME`)",
            };
            add(&format!("whether the URI names the VM's SSH port: {why}"), needs);
        }
        let is_judged = |index: usize| self.shared.iter().any(|dir| dir.service == index);
        let holds_files = |service: &Service| {
            let targets = service.binds.iter().map(|bind| clean(bind.target.as_str()));
            targets.into_iter().any(|target| !is_private(&target) && depth(&target) > 1)
        };
        let silent =
            self.clients().find(|(index, service)| !is_judged(*index) && holds_files(service));
        if self.lima.is_some()
            && let Some((_, service)) = silent
        {
            add(
                &format!(
                    "which directories of `{}` libvirt opens files in: no variable and no error \
                     names one that it binds",
                    service.name
                ),
                "the error, or the variable that holds the path",
            );
        }
        let binds: usize = self.clients().map(|(_, service)| service.binds.len()).sum();
        let uris = self.compose.services.iter().map(uri_count).sum();
        let mounts = self.lima.as_ref().map_or(0, |lima| lima.mounts.len());
        for (count, what) in [(binds, "binds"), (uris, "libvirt URIs"), (mounts, "mounts")] {
            if count > MOST {
                let what = format!("the {what} beyond the first {MOST}");
                add(&what, "the part of the set-up that fails");
            }
        }
        let relative = self.shared.iter().find(|dir| !super::path::is_anchored(&dir.host));
        if let Some(dir) = relative {
            add(
                &format!(
                    "whether the VM sees `{}`, which is relative to the project directory",
                    dir.host
                ),
                "the project directory (`--set PWD=DIR`), or an absolute path in the Compose file",
            );
        }
        res.extend(self.unfilled_unchecked());
        if has(FileKind::Compose) && self.connections.is_empty() && !self.has_unfilled_uri() {
            let needs = match has_env || !refers {
                true => "the Compose file that sets it",
                false => "the file that sets it, such as `.env`",
            };
            res.push(Unchecked {
                what: "the connection to libvirt: no service has a libvirt URI".to_owned(),
                needs: needs.to_owned(),
            });
        }
        res
    }
}
