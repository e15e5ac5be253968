use crate::intake::{Host, LimaVersion, VmState};

/// What decides, beside the file itself, how Lima reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The version of Lima.
    pub version: LimaVersion,
    /// The system that runs Lima.
    pub host: Host,
    /// Whether something pasted or said tells the host, so that what only one host refuses may be
    /// called refused.
    pub host_is_known: bool,
    /// Whether the version was said or printed, not inferred.
    pub version_is_known: bool,
    /// Whether the file is a template: it has a `base`, or the VM is yet to be made from it.
    pub is_template: bool,
    /// Whether it is surely the file in a VM's own directory.
    pub is_stored: bool,
    /// Whether the VM exists.
    pub vm: VmState,
    /// The VM's name.
    pub instance: Option<String>,
    /// The home directory on the host.
    pub home: Option<String>,
}

impl Circumstances {
    /// Whether Lima is at least of this version.
    pub fn since(&self, major: u16, minor: u16, patch: u16) -> bool {
        self.version >= LimaVersion::new(major, minor, patch)
    }

    /// Whether the host is surely this one.
    pub fn surely_on(&self, host: Host) -> bool {
        self.host_is_known && self.host == host
    }
}

impl Default for Circumstances {
    /// A stored file of an unnamed VM, read by Lima 2.2 on what may be macOS.
    fn default() -> Self {
        Self {
            version: LimaVersion::new(2, 2, 0),
            host: Host::MacOs,
            host_is_known: false,
            version_is_known: false,
            is_template: false,
            is_stored: false,
            vm: VmState::Existing,
            instance: None,
            home: None,
        }
    }
}
