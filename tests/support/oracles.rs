//! The programs whose behaviour lima-doctor foretells, as `make oracles` builds them: limactl and
//! Docker Compose.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The path of a program that `make oracles` builds: `limactl`, `limactl-1`, `docker-compose` or
/// `compose-batch`. Where it is not there, says so and gives `None`; where
/// `LIMA_DOCTOR_REQUIRE_ORACLES=1`, that is a failure.
pub(crate) fn oracle(program: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&set("HOME")?).join(".cache")));
    let path = cache.map(|cache| cache.join("lima-doctor/oracles/bin").join(program));
    if let Some(path) = path.filter(|path| path.is_file()) {
        return Some(path);
    }
    let required = set("LIMA_DOCTOR_REQUIRE_ORACLES").is_some_and(|value| value == "1");
    assert!(!required, "{program} is missing: `make oracles` builds it");
    println!("skipped: {program} is not there to compare with; `make oracles` builds it with Go");
    None
}

/// limactl with a home directory of its own. As it refuses to run as root, it runs as the user
/// `nobody` then.
pub(crate) struct Limactl {
    program: PathBuf,
    directory: TempDir,
    user: Option<u32>,
}

/// The user and group `nobody`.
const NOBODY: u32 = 65534;

impl Limactl {
    /// The limactl of a name that [`oracle`] takes.
    pub(crate) fn new(program: &str) -> Option<Limactl> {
        let built = fs::canonicalize(oracle(program)?).expect("a built program has a path");
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let mut res = Limactl { program: built, directory, user: None };
        res.leave_root().expect("limactl can be handed to another user");
        res.empty_home();
        Some(res)
    }

    /// Takes all out of the home directory.
    pub(crate) fn empty_home(&self) {
        if self.home().is_dir() {
            fs::remove_dir_all(self.home()).expect("the home directory can be removed");
        }
        fs::create_dir(self.home()).expect("the directory above it is there");
        self.own(&self.home()).expect("the home directory can be handed over");
    }

    /// The home directory: it and what is made in it by [`Limactl::write`] is limactl's own.
    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Writes a file below the home directory, and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home().join(name);
        fs::write(&path, text).expect("the home directory can be written to");
        self.own(&path).expect("a file can be handed over");
        path
    }

    /// Makes a directory below the home directory, with those above it.
    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        let mut path = self.home();
        for part in Path::new(name) {
            path.push(part);
            if !path.is_dir() {
                fs::create_dir(&path).expect("the home directory can be written to");
                self.own(&path).expect("a directory can be handed over");
            }
        }
        path
    }

    /// A command line of limactl, without variables but those that it needs.
    pub(crate) fn command<I, S>(&self, arguments: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut res = self.command_of(&self.program);
        res.args(arguments);
        res
    }

    /// The program's path.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// A command line of any program, as the user whose limactl it is, with the same variables.
    pub(crate) fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut res = Command::new(program);
        res.current_dir(self.home()).env_clear();
        res.env("HOME", self.home()).env("LIMA_HOME", self.home().join(".lima"));
        res.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        #[cfg(unix)]
        if let Some(user) = self.user {
            std::os::unix::process::CommandExt::uid(&mut res, user);
            std::os::unix::process::CommandExt::gid(&mut res, user);
        }
        res
    }

    /// Where the tests run as root, takes a copy of the program that another user can reach.
    #[cfg(unix)]
    fn leave_root(&mut self) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let directory = self.directory.path();
        if fs::metadata(directory)?.uid() != 0 {
            return Ok(());
        }
        self.user = Some(NOBODY);
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
        let prefix = self.program.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        copy_all(prefix, &directory.join("lima"))?;
        let name = self.program.file_name().unwrap_or_default();
        self.program = directory.join("lima/bin").join(name);
        Ok(())
    }

    #[cfg(not(unix))]
    fn leave_root(&mut self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    fn own(&self, path: &Path) -> io::Result<()> {
        std::os::unix::fs::chown(path, self.user, self.user)
    }

    #[cfg(not(unix))]
    fn own(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
