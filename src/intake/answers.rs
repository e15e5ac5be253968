use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What the person said about the set-up beyond the files; whatever is `None` is inferred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The system that runs Lima and the container engine.
    pub host: Option<Host>,
    /// What runs the containers.
    pub runtime: Option<Runtime>,
    /// The version of Lima.
    pub lima_version: Option<LimaVersion>,
    /// The name of the VM.
    pub instance: Option<String>,
    /// Whether the VM exists.
    pub vm: Option<VmState>,
    /// What to do about a port that changes.
    pub port: Option<PortStrategy>,
    /// Variables of the shell that starts Compose; they win over `.env`.
    pub shell: BTreeMap<String, String>,
}

/// The system that runs Lima and the container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// macOS, where `/var`, `/tmp` and `/etc` lie in `/private`.
    MacOs,
    /// Linux.
    Linux,
}

/// What runs the containers. It decides what the engine sees of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runtime {
    /// Docker Desktop: its own VM, with a list of shared directories.
    DockerDesktop,
    /// OrbStack: its own VM, shares everything.
    OrbStack,
    /// Colima: a Lima VM that mounts `$HOME`.
    Colima,
    /// Rancher Desktop: a Lima VM that mounts the home directory.
    Rancher,
    /// Podman with its machine.
    Podman,
    /// Docker Engine on the host itself.
    Engine,
}

/// Whether the VM exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VmState {
    /// It exists: its file is edited and it is restarted.
    Existing,
    /// It is yet to be created.
    New,
}

/// What to do about an SSH port that changes at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortStrategy {
    /// Fix it in `lima.yaml`, to this port or one that lima-doctor picks.
    Pin(Option<u16>),
    /// Write the current one into `.env`, until the next restart.
    Follow,
}

/// A version of Lima, `2.1` or `2.1.4`; the missing patch is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimaVersion {
    /// `2` in `2.1.4`.
    pub major: u16,
    /// `1` in `2.1.4`.
    pub minor: u16,
    /// `4` in `2.1.4`.
    pub patch: u16,
}

impl LimaVersion {
    /// The version `major.minor.patch`.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }
}

/// A text that is none of the possible answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {expected}")]
pub struct UnknownAnswer {
    given: String,
    expected: &'static str,
}

/// Reads a VM's name as Lima does: words of ASCII letters and digits joined by single `.`, `_` or
/// `-`, at most 76 characters, and nothing that looks like a file of YAML.
///
/// # Errors
///
/// What Lima takes for no name (Lima 2.2, `pkg/identifiers`, `pkg/limatype/dirnames`).
pub fn instance_name(given: &str) -> Result<String, UnknownAnswer> {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_legal = given.len() <= 76
        && given.split(['.', '_', '-']).all(is_word)
        && !given.ends_with(".yml")
        && !given.ends_with(".yaml");
    let expected = "a name that Lima takes: letters and digits, joined by single `.`, `_` or `-`";
    if is_legal {
        Ok(given.to_owned())
    } else {
        Err(UnknownAnswer { given: given.to_owned(), expected })
    }
}

/// Defines the words of an enum: `ALL`, `as_str`, `Display` and `FromStr` from one table.
macro_rules! words {
    ($type:ident, $expected:literal, $($variant:ident => $word:literal),+ $(,)?) => {
        impl $type {
            /// Every answer, in the order in which it is offered.
            pub const ALL: &[$type] = &[$($type::$variant),+];

            /// The word used on the command line and in reports.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownAnswer;

            fn from_str(given: &str) -> Result<Self, UnknownAnswer> {
                match given {
                    $($word => Ok($type::$variant),)+
                    _ => Err(UnknownAnswer { given: given.to_owned(), expected: $expected }),
                }
            }
        }
    };
}

words!(Host, "one of macos, linux", MacOs => "macos", Linux => "linux");
words!(
    Runtime, "one of docker-desktop, orbstack, colima, rancher, podman, engine",
    DockerDesktop => "docker-desktop", OrbStack => "orbstack", Colima => "colima",
    Rancher => "rancher", Podman => "podman", Engine => "engine",
);
words!(VmState, "one of existing, new", Existing => "existing", New => "new");

impl fmt::Display for LimaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

impl FromStr for LimaVersion {
    type Err = UnknownAnswer;

    fn from_str(given: &str) -> Result<Self, UnknownAnswer> {
        let unknown = || UnknownAnswer {
            given: given.to_owned(),
            expected: "a version such as 2.1 or 2.1.4",
        };
        let numbers: Vec<u16> = given
            .strip_prefix('v')
            .unwrap_or(given)
            .split('.')
            .map(|part| part.parse().map_err(|_| unknown()))
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [major, minor] => Ok(Self::new(major, minor, 0)),
            [major, minor, patch] => Ok(Self::new(major, minor, patch)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for PortStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pin(None) => f.write_str("pin"),
            Self::Pin(Some(port)) => write!(f, "pin:{port}"),
            Self::Follow => f.write_str("follow"),
        }
    }
}

impl FromStr for PortStrategy {
    type Err = UnknownAnswer;

    fn from_str(given: &str) -> Result<Self, UnknownAnswer> {
        let unknown = || UnknownAnswer {
            given: given.to_owned(),
            expected: "one of pin, pin:PORT with a port from 1024 to 65535, follow",
        };
        match given.split_once(':') {
            None if given == "pin" => Ok(Self::Pin(None)),
            None if given == "follow" => Ok(Self::Follow),
            Some(("pin", port)) => {
                let port = port.parse().ok().filter(|port| *port >= 1024).ok_or_else(unknown)?;
                Ok(Self::Pin(Some(port)))
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_read_back_as_written() {
        for runtime in Runtime::ALL {
            assert_eq!(runtime.as_str().parse(), Ok(*runtime));
        }
        for text in ["pin", "pin:20022", "follow"] {
            assert_eq!(text.parse::<PortStrategy>().unwrap().to_string(), text);
        }
        assert_eq!("v2.1.4".parse(), Ok(LimaVersion::new(2, 1, 4)));
        assert_eq!(LimaVersion::new(1, 0, 0).to_string(), "1.0");
    }

    #[test]
    fn a_vm_has_a_name_that_lima_accepts() {
        let longest = "a".repeat(76);
        let too_long = "a".repeat(77);
        for (name, legal) in [
            ("default", true),
            ("virsh-sandbox-dev", true),
            ("9.a_B", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("a..b", false),
            ("a b", false),
            ("a.yaml", false),
            ("a.yml", false),
            ("yaml", true),
            ("ä", false),
            ("a\n", false),
        ] {
            assert_eq!(instance_name(name).is_ok(), legal, "{name:?}");
        }
    }

    #[test]
    fn other_words_are_refused_with_the_possible_ones() {
        let error = "windows".parse::<Host>().unwrap_err();
        assert_eq!(error.to_string(), "`windows` is not one of macos, linux");
        for text in ["pin:22", "pin:x", "pin:", "pinned", "pin:70000"] {
            assert!(text.parse::<PortStrategy>().is_err(), "{text}");
        }
        for text in ["2", "2.x", "2.1.4.5", ""] {
            assert!(text.parse::<LimaVersion>().is_err(), "{text}");
        }
    }
}
