//! What provision scripts put in place: symbolic links and bind mounts that let one path in the VM
//! lead to another.
//!
//! The scripts are read, not run. A command is taken to have run, whatever `if` or `||` stands
//! before it; what a variable, a substitution or a loop gives is a hole in the text (see
//! [`template`]), and a link of which a part is a hole only *may* lead somewhere.

use super::path::{below, join};
use super::shell::{Command, commands};
use crate::config::lima::{Lima, Provision, template};
use crate::syntax::go::clean_path;
use crate::text::Span;

/// One path in the VM that leads to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The path that is made.
    pub path: String,
    /// Where it leads.
    pub leads_to: String,
    /// Whether it is a mount; otherwise a symbolic link.
    pub is_mount: bool,
    /// The command.
    pub span: Span,
}

/// Where links lead a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// No link lies on the way.
    Itself,
    /// Through these links, in order, to this path.
    Through(Vec<Link>, String),
    /// A link that cannot be read wholly may lie on the way.
    Unknown,
}

/// Directories that every Linux has.
const EXISTING: [&str; 6] = ["/home", "/mnt", "/opt", "/srv", "/usr/local", "/var/lib"];

/// Sources of mounts that are no directory of another machine.
const LOCAL: [&str; 6] = ["tmpfs", "none", "overlay", "proc", "sysfs", "devtmpfs"];

/// Where a mount leads that is not a bind.
const MOUNTED: &str = "{{mount}}";

/// Every link that the provision scripts make and none of them takes away again, in order.
pub fn links(lima: &Lima) -> Vec<Link> {
    let mut res = Vec::new();
    for provision in lima.provision.iter().filter(|p| p.mode != "data" && p.mode != "yq") {
        let made = EXISTING.map(str::to_owned).to_vec();
        Script { lima, provision, directory: None, made, links: &mut res }.read();
    }
    res
}

/// Follows the links from a path, as the VM's kernel does.
pub fn resolve(links: &[Link], path: &str) -> Resolved {
    let mut current = path.to_owned();
    let mut through: Vec<Link> = Vec::new();
    // Links that lead in a circle lead nowhere.
    while through.len() < 8 {
        // Of several on the way the first that is met, the shallowest, leads away.
        let surely = links
            .iter()
            .filter_map(|link| Some((link, below(&link.path, &current)?)))
            .filter(|(link, _)| !through.contains(link))
            .min_by_key(|(link, _)| link.path.len());
        match surely {
            Some((link, rest)) if !template::has_holes(&link.leads_to) => {
                current = clean_path(&join(&link.leads_to, rest));
                through.push(link.clone());
            }
            Some(_) => return Resolved::Unknown,
            None if links.iter().any(|link| may_lie_on(link, &current)) => {
                return Resolved::Unknown;
            }
            None if through.is_empty() => return Resolved::Itself,
            None => return Resolved::Through(through, current),
        }
    }
    Resolved::Unknown
}

/// Whether a link with a hole in its path may be `path` or a directory above it.
fn may_lie_on(link: &Link, path: &str) -> bool {
    let parts = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([path.len()]);
    template::has_holes(&link.path)
        && parts.filter_map(|at| path.get(..at)).any(|dir| template::may_be(&link.path, dir))
}

/// A script while it is read.
struct Script<'a> {
    lima: &'a Lima,
    provision: &'a Provision,
    /// The working directory, once a `cd` tells it.
    directory: Option<String>,
    /// The directories that are surely there.
    made: Vec<String>,
    links: &'a mut Vec<Link>,
}

impl Script<'_> {
    fn read(&mut self) {
        for command in commands(self.provision.script.as_str()) {
            let words: Vec<String> =
                command.words.iter().map(|word| filled(self.lima, word)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let [program, rest @ ..] = without_prefix(&words) else { continue };
            match (program.rsplit('/').next().unwrap_or_default(), rest) {
                ("cd" | "pushd", [dir]) => self.directory = self.path(dir),
                ("mkdir", _) => self.make(rest),
                ("rm" | "rmdir" | "unlink" | "umount", _) => self.take_away(rest),
                ("ln", _) => self.link(&command, rest),
                ("mount", _) => self.bind(&command, rest),
                _ => {}
            }
        }
    }

    /// A word as a cleaned absolute path; `None` where the working directory would tell and is not
    /// known. The home directory is a hole.
    fn path(&self, word: &str) -> Option<String> {
        let home = word.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (home, &self.directory) {
            (Some(rest), _) => Some(format!("{{{{.Home}}}}{}", rest.trim_end_matches('/'))),
            (None, _) if word.starts_with('/') => Some(clean_path(word)),
            (None, _) if word.starts_with("{{") => Some(word.trim_end_matches('/').to_owned()),
            (None, Some(directory)) => Some(clean_path(&join(directory, word))),
            (None, None) => None,
        }
    }

    fn make(&mut self, words: &[&str]) {
        let paths = words.iter().filter(|word| !word.starts_with('-'));
        let made: Vec<String> = paths.filter_map(|word| self.path(word)).collect();
        self.made.extend(made);
    }

    fn take_away(&mut self, words: &[&str]) {
        for word in words.iter().filter(|word| !word.starts_with('-')) {
            let Some(path) = self.path(word) else { continue };
            self.made.retain(|dir| below(&path, dir).is_none());
            self.links.retain(|link| below(&path, &link.path).is_none());
        }
    }

    fn link(&mut self, command: &Command, words: &[&str]) {
        let mut symbolic = false;
        let mut into = None;
        let mut as_file = false;
        let mut operands = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--" => operands.extend(words.by_ref().copied()),
                "--symbolic" => symbolic = true,
                "--no-target-directory" => as_file = true,
                "-t" | "--target-directory" => into = words.next().copied(),
                word if word.starts_with("--") => {
                    into = into.or(word.strip_prefix("--target-directory="));
                }
                word if word.starts_with('-') && word.len() > 1 => {
                    symbolic |= word.contains('s');
                    as_file |= word.contains('T');
                }
                word => operands.push(word),
            }
        }
        if !symbolic {
            return;
        }
        match (into, operands.as_slice()) {
            (Some(dir), targets) => targets.iter().for_each(|t| self.add_in(command, t, dir)),
            (None, [target]) => self.add_in(command, target, "."),
            (None, [target, place]) => {
                let is_directory = place.ends_with('/')
                    || self.path(place).is_some_and(|path| self.is_directory(&path));
                match is_directory && !as_file {
                    true => self.add_in(command, target, place),
                    false => self.add(command, target, self.path(place)),
                }
            }
            (None, [targets @ .., dir]) => {
                targets.iter().for_each(|target| self.add_in(command, target, dir));
            }
            (None, []) => {}
        }
    }

    /// Whether a directory is surely there, so that `ln` puts a link into it.
    fn is_directory(&self, path: &str) -> bool {
        self.made.iter().any(|dir| below(path, dir).is_some())
    }

    fn add_in(&mut self, command: &Command, target: &str, dir: &str) {
        let name = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let path = self.path(dir).map(|dir| join(&dir, name));
        self.add(command, target, path);
    }

    /// A link at `path`; a relative target is relative to the link's directory.
    fn add(&mut self, command: &Command, target: &str, path: Option<String>) {
        let path = path.unwrap_or_else(|| "{{cd}}".to_owned());
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let leads_to = match self.path(target) {
            Some(absolute) if target.starts_with(['/', '~']) || target.starts_with("{{") => {
                absolute
            }
            _ if template::has_holes(parent) => format!("{parent}/{target}"),
            _ => clean_path(&format!("{parent}/{target}")),
        };
        self.put(command, Link { path, leads_to, is_mount: false, span: self.provision.span });
    }

    fn bind(&mut self, command: &Command, words: &[&str]) {
        let is_bind = words.iter().enumerate().any(|(i, word)| match *word {
            "--bind" | "--rbind" | "-B" | "-R" => true,
            "-o" => words.get(i + 1).is_some_and(|options| names_bind(options)),
            word => word.strip_prefix("-o").is_some_and(names_bind),
        });
        let mut after_option = false;
        let operands: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| {
                let value = std::mem::replace(&mut after_option, *word == "-o" || *word == "-t");
                !value && !word.starts_with('-')
            })
            .collect();
        let [from, at] = operands.as_slice() else { return };
        // A disk, or a file system in memory, holds nothing of the host's; what else is mounted may.
        let is_local = from.starts_with("/dev/") || LOCAL.contains(from);
        let leads_to = match is_bind {
            true => self.path(from),
            false => Some(MOUNTED.to_owned()).filter(|_| !is_local),
        };
        if let (Some(leads_to), Some(path)) = (leads_to, self.path(at)) {
            self.put(command, Link { path, leads_to, is_mount: true, span: self.provision.span });
        }
    }

    fn put(&mut self, command: &Command, link: Link) {
        let script = self.provision.script.slice(command.range.clone());
        let written = script.written_at(0..script.as_str().len());
        let span = written.or_else(|| script.outermost()).unwrap_or(link.span);
        self.links.retain(|earlier| earlier.path != link.path);
        self.links.push(Link { span, ..link });
    }
}

/// A word as it is when the script runs: Lima fills `{{.Param.NAME}}` in before.
pub(super) fn filled(lima: &Lima, word: &str) -> String {
    let param = |text: String, (name, value): &(String, String)| {
        text.replace(&format!("{{{{.Param.{name}}}}}"), value)
    };
    match word.contains("{{.Param.") {
        true => lima.param.iter().fold(word.to_owned(), param),
        false => word.to_owned(),
    }
}

fn names_bind(options: &str) -> bool {
    options.split(',').any(|option| option == "bind" || option == "rbind")
}

/// The words behind assignments, `sudo` and its options, and the keywords that a command may
/// follow.
pub(super) fn without_prefix<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    let mut rest = words;
    let mut in_sudo = false;
    while let [first, behind @ ..] = rest {
        let name = first.rsplit('/').next().unwrap_or_default();
        let is_assignment = first.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        let skipped = match name {
            "sudo" | "doas" => true,
            "then" | "do" | "else" | "elif" | "if" | "while" | "until" | "!" | "{" | "time" => true,
            "command" | "exec" | "env" => true,
            _ => is_assignment || (in_sudo && first.starts_with('-')),
        };
        if !skipped {
            break;
        }
        in_sudo |= name == "sudo";
        rest = behind;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn made(script: &str) -> Vec<Link> {
        let indented = script.replace('\n', "\n    ");
        let yaml = format!(
            "param: {{p: /mnt/p}}\nprovision:\n- mode: system\n  script: |\n    {indented}\n"
        );
        let lima = Lima::resolve(FileId(0), &Yaml::parse(FileId(0), &yaml));
        let links = links(&lima);
        for link in &links {
            let text = &yaml[link.span.range()];
            assert!(text.contains("ln") || text.contains("mount"), "{text:?} of {script:?}");
        }
        links
    }

    fn shown(script: &str) -> Vec<String> {
        made(script).iter().map(|link| format!("{} -> {}", link.path, link.leads_to)).collect()
    }

    #[test]
    fn links_in_all_their_spellings() {
        for (script, expected) in [
            ("ln -s /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -sf /m/jobs/ /v/jobs", "/v/jobs -> /m/jobs"),
            ("sudo ln -sfn '/m/jobs' \"/v/jobs\"", "/v/jobs -> /m/jobs"),
            ("sudo -n /bin/ln -sT /m/jobs /v/jobs || true", "/v/jobs -> /m/jobs"),
            ("ln --symbolic --force /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s -f -- /m/jobs /v/jobs # the share", "/v/jobs -> /m/jobs"),
            ("rm -rf /v/jobs && ln -s /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("[ -L /v/jobs ] || ln -s /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("if [ ! -e /v/jobs ]; then ln -s /m/jobs /v/jobs; fi", "/v/jobs -> /m/jobs"),
            ("ln -s \\\n  /m/jobs \\\n  /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s /m/jobs /v/", "/v/jobs -> /m/jobs"),
            ("mkdir -p /v/images\nln -s /m/jobs /v/images", "/v/images/jobs -> /m/jobs"),
            ("mkdir -p /v/jobs\nrm -rf /v/jobs\nln -s /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("mkdir /v/jobs\nln -sfn /m/jobs /v/jobs", "/v/jobs/jobs -> /m/jobs"),
            ("mkdir /v/jobs\nln -sfT /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s -t /v /m/jobs", "/v/jobs -> /m/jobs"),
            ("cd /v && ln -s ../m/jobs jobs", "/v/jobs -> /m/jobs"),
            ("cd /v; ln -s /m/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s ../m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s {{.Param.p}}/jobs /v/jobs", "/v/jobs -> /mnt/p/jobs"),
            ("mount -t nfs srv:/m/jobs /v/jobs", "/v/jobs -> {{mount}}"),
            ("mount --bind /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("sudo mount -o ro,bind /m/jobs /v/jobs", "/v/jobs -> /m/jobs"),
            ("ln -s $A/jobs /v/jobs", "/v/jobs -> {{$}}/jobs"),
            ("for d in a b; do ln -s /m/$d /v/$d; done", "/v/{{$}} -> /m/{{$}}"),
            ("ln -s \"$(pwd)/x\" /v/jobs", "/v/jobs -> {{$}}/x"),
        ] {
            assert_eq!(shown(script), [expected], "{script}");
        }
    }

    #[test]
    fn what_makes_no_link() {
        for script in [
            "ln /m/jobs /v/jobs",
            "# ln -s /m/jobs /v/jobs",
            "echo 'ln -s /m/jobs /v/jobs'",
            "cat <<EOF > /x\nln -s /m/jobs /v/jobs\nEOF",
            "ln -s /m/jobs /v/jobs\nrm -f /v/jobs",
            "mount /dev/vdb /v/jobs",
            "mount -t tmpfs tmpfs /v/jobs",
            "println -s /m /v",
        ] {
            assert_eq!(shown(script), [""; 0], "{script}");
        }
    }

    #[test]
    fn links_are_followed_as_the_kernel_does() {
        let through = |script: &str, path: &str| match resolve(&made(script), path) {
            Resolved::Through(links, path) => format!("{} {path}", links.len()),
            Resolved::Itself => "itself".to_owned(),
            Resolved::Unknown => "unknown".to_owned(),
        };
        for (script, path, expected) in [
            ("ln -s /m/jobs /v/jobs", "/v/jobs/a", "1 /m/jobs/a"),
            ("ln -s /m/jobs /v/jobs", "/v/base", "itself"),
            ("ln -s /m /v\nln -s /n /m", "/v/x", "2 /n/x"),
            ("ln -s /v /w\nln -s /w /v", "/v", "2 /v"),
            ("ln -s /m/$d /v/$d", "/v/jobs", "unknown"),
            ("ln -s /m/$d /v/$d", "/w/jobs", "itself"),
            ("ln -s $X /v/jobs", "/v/jobs", "unknown"),
            ("ln -s \"$HOME/.tool\" \"$BIN/tool\"", "/v/jobs", "itself"),
            ("ln -s a b", "/v/jobs", "unknown"),
        ] {
            assert_eq!(through(script, path), expected, "{script} {path}");
        }
    }
}
