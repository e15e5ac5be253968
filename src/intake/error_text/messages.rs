//! Failures that programs report in words of their own: which words they are, and what they name.

use std::ops::Range;

use super::phrases::{LONGEST_PATH, is_blank_or_quote, quoted, second_quote, token_end, unwrapped};
use super::scan::Scan;

/// A failure that is known by the words in which a program reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// ssh found no address for a host; its name (OpenSSH, `sshconnect.c`).
    HostUnresolved,
    /// The VM's sshd took no key; `USER@HOST` where it is told (OpenSSH, `sshconnect2.c`).
    PublicKeyDenied,
    /// There is no key file; its path (OpenSSH, `ssh.c`).
    IdentityMissing,
    /// The key file is a directory; its path (OpenSSH, `authfile.c`).
    KeyIsDirectory,
    /// Others may read the key file; its path (OpenSSH, `authfile.c`).
    KeyTooOpen,
    /// ssh knows no key of the host, and nobody can be asked (OpenSSH, `sshconnect.c`).
    HostKeyUnverified,
    /// The host has another key than before (OpenSSH, `sshconnect.c`).
    HostKeyChanged,
    /// There is no socket of libvirtd or virtqemud; its path (libvirt, `virnetsocket.c`).
    LibvirtSocketMissing,
    /// The socket of libvirtd may not be opened; its path (libvirt, `virnetsocket.c`).
    LibvirtSocketDenied,
    /// polkit lets the user not manage libvirt; the action (libvirt, `virpolkit.c`).
    PolkitDenied,
    /// ssh reached the VM, and no libvirtd answers there; the socket where it is told (netcat,
    /// libvirt `virt-ssh-helper`).
    RemoteDaemonDown,
    /// libvirtd ended the connection without a word of ssh (libvirt, `virnetsocket.c`).
    ConnectionCut,
    /// libvirtd does not listen for TCP; `HOST:PORT` (libvirt, `virnetsocket.c`).
    TcpRefused,
    /// libvirt has no network of a name; the name (libvirt, `network/bridge_driver.c`).
    NetworkNotFound,
    /// libvirt has no domain of a name; the name (libvirt, `conf/virdomainobjlist.c`).
    DomainNotFound,
    /// libvirt can run no domain of the kind; what is told of the kind, `arch=x86_64
    /// domaintype=kvm` (libvirt, `conf/capabilities.c`).
    NoCapabilities,
    /// Nested virtualization is not to be had (Lima, drivers `vz` and `qemu`).
    NestedUnsupported,
    /// The guest got no address in the time that the API allows.
    IpTimeout,
    /// Docker may not make the directory to bind; its path (Docker, `daemon/volumes`).
    BindSourceRefused,
    /// Docker Desktop does not share the directory; its path.
    MountsDenied,
    /// The directory to bind is not there, and is not to be made; its path (Docker).
    BindSourceMissing,
    /// A directory could not be made for lack of permission; its path (Go, `os.MkdirAll`).
    MkdirDenied,
    /// The mode of a file may not be changed; its path (coreutils).
    ChmodRefused,
    /// The owner of a file may not be changed; its path (coreutils).
    ChownRefused,
    /// A package could not be configured; its name (dpkg).
    PackageUnconfigured,
    /// A provision script failed; its path (Lima, `boot.sh`).
    ProvisionFailed,
    /// The VM runs, but something of Lima's in it does not (Lima, `pkg/instance/start.go`).
    Degraded,
    /// A port is in use already; the address where it is told.
    AddressInUse,
    /// An API's word for a base image that it cannot read.
    BaseImageMissing,
    /// A file system may only be read; the path where it is told (POSIX, `EROFS`, as the runtimes
    /// of Python, Go and Node.js, coreutils and shells put it).
    ReadOnlyFileSystem,
    /// Lima found no directory at a mount's location; the path (Lima, `validate.go`).
    LocationMissing,
    /// A mount's location is no directory; the path (Lima, `validate.go`).
    LocationNoDirectory,
    /// A mount's location may not be looked at; the path (Lima, `validate.go`).
    LocationDenied,
    /// Lima refuses a setting; the field (Lima, `validate.go`).
    SettingRefused,
    /// Lima did not take an edited file, and laid it by (Lima, `cmd/limactl/edit.go`).
    EditRejected,
    /// Lima is older than the file asks for (Lima, `validate.go`).
    LimaTooOld,
    /// A disk can only grow (Lima, `pkg/limayaml`).
    DiskShrunk,
    /// Lima knows a key of the file not; nothing named (Lima, `marshal.go`).
    NonStrictYaml,
    /// A key of a YAML file is written twice; the key (goccy/go-yaml).
    DuplicateKey,
    /// An instance is running, and cannot be edited (Lima, `cmd/limactl/edit.go`).
    EditWhileRunning,
    /// The VM does not run (Lima, `pkg/instance`).
    InstanceStopped,
    /// Lima knows no such VM; the name.
    InstanceUnknown,
    /// Lima does not run as root.
    LimaAsRoot,
    /// A named volume is not declared; its name (Compose).
    UndefinedVolume,
    /// Part of a volume's short form is empty; the form (Compose).
    EmptySection,
    /// A variable is not set; its name (Compose).
    VariableUnset,
    /// A variable must be set; its name (Compose).
    VariableRequired,
    /// A key is not allowed; its name (Compose).
    KeyNotAllowed,
    /// Two volumes have one target; the target (Compose).
    TargetTwice,
    /// `network_mode` and `networks` exclude each other (Compose).
    NetworkModeWithNetworks,
    /// A volume exists with other settings; its name (Compose).
    VolumeDiffers,
    /// A service that another needs is left out; its name (Compose).
    DependencyLeftOut,
}

/// The words, and what they report. `{}` is what they name: between quotes of any kind where it is
/// quoted here, or bare to the next blank, comma or colon. A blank stands for any blanks and line
/// ends.
const WORDINGS: &[(Message, &str)] = &[
    (Message::HostUnresolved, "Could not resolve hostname {}"),
    (Message::IdentityMissing, "Identity file {} not accessible: No such file or directory"),
    (Message::KeyIsDirectory, "Load key '{}': Is a directory"),
    (Message::KeyTooOpen, "Load key '{}': bad permissions"),
    (Message::KeyTooOpen, "UNPROTECTED PRIVATE KEY FILE"),
    (Message::KeyTooOpen, "Permissions 0755 for '{}' are too open"),
    (Message::KeyTooOpen, "Permissions 0644 for '{}' are too open"),
    (Message::HostKeyUnverified, "Host key verification failed"),
    (Message::HostKeyChanged, "REMOTE HOST IDENTIFICATION HAS CHANGED"),
    (Message::LibvirtSocketMissing, "Failed to connect socket to '{}': No such file or directory"),
    (Message::LibvirtSocketDenied, "Failed to connect socket to '{}': Permission denied"),
    (Message::LibvirtSocketDenied, "nc: {}: Permission denied"),
    (Message::LibvirtSocketDenied, "nc: unix connect failed: Permission denied"),
    (
        Message::PolkitDenied,
        "authentication unavailable: no polkit agent available to authenticate action '{}'",
    ),
    (Message::RemoteDaemonDown, "nc: unix connect failed: No such file or directory"),
    (Message::RemoteDaemonDown, "nc: {}: No such file or directory"),
    (Message::RemoteDaemonDown, "virt-ssh-helper: cannot connect to '{}'"),
    (Message::ConnectionCut, "End of file while reading data: Input/output error"),
    (Message::TcpRefused, "unable to connect to server at '{}': Connection refused"),
    (Message::NetworkNotFound, "Network not found: no network with matching name '{}'"),
    (Message::DomainNotFound, "Domain not found: no domain with matching name '{}'"),
    (Message::DomainNotFound, "failed to get domain '{}'"),
    (Message::NestedUnsupported, "nested virtualization is not supported"),
    (Message::NestedUnsupported, "nested virtualization requires macOS"),
    (Message::IpTimeout, "IP discovery timeout"),
    (Message::BindSourceRefused, "error while creating mount source path '{}': mkdir"),
    (Message::MountsDenied, "The path {} is not shared from the host"),
    (Message::MountsDenied, "The path {} is not shared from OS X"),
    (Message::BindSourceMissing, "bind source path does not exist: {}"),
    (Message::MkdirDenied, "mkdir {}: permission denied"),
    (Message::ChmodRefused, "chmod: changing permissions of '{}': Operation not permitted"),
    (Message::ChmodRefused, "chmod: changing permissions of '{}': Read-only file system"),
    (Message::ChownRefused, "chown: changing ownership of '{}': Operation not permitted"),
    (Message::ChownRefused, "chown: changing ownership of '{}': Read-only file system"),
    (Message::PackageUnconfigured, "dpkg: error processing package {} (--configure)"),
    (
        Message::PackageUnconfigured,
        "installed {} package post-installation script subprocess returned error exit status",
    ),
    (Message::ProvisionFailed, "WARNING: Failed to execute {}"),
    (Message::Degraded, "DEGRADED. The VM seems running"),
    (Message::AddressInUse, "address already in use"),
    (Message::AddressInUse, "Could not set up host forwarding rule '{}'"),
    (Message::AddressInUse, "could not set up host forwarding rule '{}'"),
    (Message::BaseImageMissing, "base image not accessible"),
    (Message::BaseImageMissing, "source VM disk not accessible"),
    (Message::ReadOnlyFileSystem, "Read-only file system: '{}'"),
    (Message::ReadOnlyFileSystem, "EROFS: read-only file system, mkdir '{}'"),
    (Message::ReadOnlyFileSystem, "EROFS: read-only file system, open '{}'"),
    (Message::ReadOnlyFileSystem, "mkdir {}: read-only file system"),
    (Message::ReadOnlyFileSystem, "open {}: read-only file system"),
    (Message::ReadOnlyFileSystem, "cannot create directory '{}': Read-only file system"),
    (Message::ReadOnlyFileSystem, "cannot create regular file '{}': Read-only file system"),
    (Message::ReadOnlyFileSystem, "cannot touch '{}': Read-only file system"),
    (Message::ReadOnlyFileSystem, "cannot create {}: Read-only file system"),
    (Message::ReadOnlyFileSystem, "can't create {}: Read-only file system"),
    (Message::ReadOnlyFileSystem, "can't create directory '{}': Read-only file system"),
    (Message::ReadOnlyFileSystem, "Read-only file system"),
    (Message::LocationMissing, "refers to a non-existent directory: '{}'"),
    (Message::LocationNoDirectory, "refers to a non-directory path: '{}'"),
    (Message::LocationDenied, "refers to an inaccessible path: '{}'"),
    (Message::SettingRefused, "field '{}' must"),
    (Message::SettingRefused, "field '{}' is"),
    (Message::SettingRefused, "field '{}' key"),
    (Message::SettingRefused, "field '{}' has an invalid value"),
    (Message::SettingRefused, "field '{}' refers to an unexpandable path"),
    (Message::EditRejected, "the YAML is invalid, saved the buffer as '{}'"),
    (Message::LimaTooOld, "template requires Lima version"),
    (Message::DiskShrunk, "shrinking the disk"),
    (Message::NonStrictYaml, "Non-strict YAML detected; please check for typos"),
    (Message::NonStrictYaml, "Non-strict YAML is deprecated"),
    (Message::DuplicateKey, "duplicate key '{}'"),
    (Message::DuplicateKey, "mapping key '{}' already defined"),
    (Message::EditWhileRunning, "cannot edit a running instance"),
    (Message::InstanceStopped, "is stopped, run"),
    (Message::InstanceUnknown, "No instance matching {} found"),
    (Message::InstanceUnknown, "instance '{}' not found"),
    (Message::LimaAsRoot, "must not run as the root user"),
    (Message::UndefinedVolume, "refers to undefined volume {}"),
    (Message::EmptySection, "invalid spec: {}: empty section between colons"),
    (Message::EmptySection, "empty section between colons"),
    (Message::VariableUnset, "The '{}' variable is not set. Defaulting to a blank string"),
    (Message::VariableRequired, "required variable {} is missing a value"),
    (Message::KeyNotAllowed, "additional properties '{}' not allowed"),
    (Message::TargetTwice, "target {} already mounted as"),
    (Message::NetworkModeWithNetworks, "declares mutually exclusive 'network_mode' and 'networks'"),
    (Message::VolumeDiffers, "Volume '{}' exists but doesn't match configuration"),
    (Message::DependencyLeftOut, "depends on undefined service '{}'"),
];

/// The words behind the user and the host whose key was not taken.
const KEY_DENIED: &str = "Permission denied (publickey";

/// The words before what is told of a kind of domain.
const NO_CAPABILITIES: &str = "could not find capabilities for";

/// The most lines that a terminal breaks a name over.
const MOST_LINES: usize = 4;

/// A message in a text.
pub(super) struct Found {
    pub(super) message: Message,
    /// What it names; empty where it names nothing.
    pub(super) value: String,
    /// The value, or all the words where there is none.
    pub(super) range: Range<usize>,
}

/// Every message, in the text's order.
pub(super) fn messages(scan: &Scan) -> Vec<Found> {
    let mut is_first = [false; 256];
    for (_, wording) in WORDINGS {
        if let Some(byte) = wording.bytes().next() {
            is_first[usize::from(byte)] = true;
        }
    }
    is_first[usize::from(b'P')] = true;
    is_first[usize::from(b'c')] = true;
    let mut res = Vec::new();
    for (at, byte) in scan.text.bytes().enumerate() {
        if !is_first[usize::from(byte)] {
            continue;
        }
        let found = WORDINGS.iter().find_map(|(message, wording)| {
            let (value, end) = wording_at(scan, at, wording)?;
            let value = value.or_else(|| address_before(scan, at, *message));
            Some(found(scan, *message, value, at..end))
        });
        res.extend(found.or_else(|| key_denied(scan, at)).or_else(|| no_capabilities(scan, at)));
    }
    res
}

fn found(scan: &Scan, message: Message, value: Option<Range<usize>>, whole: Range<usize>) -> Found {
    let range = value.clone().unwrap_or(whole);
    let value = value.and_then(|value| scan.text.get(value)).map(unwrapped).unwrap_or_default();
    Found { message, value, range }
}

/// What the words name and where they end, when they stand at `at`.
fn wording_at(scan: &Scan, at: usize, wording: &str) -> Option<(Option<Range<usize>>, usize)> {
    let Some((before, after)) = wording.split_once("{}") else {
        return Some((None, literal(scan, at, wording)?));
    };
    let is_quoted = before.ends_with('\'');
    let before = before.strip_suffix('\'').unwrap_or(before);
    let after = if is_quoted { after.strip_prefix('\'').unwrap_or(after) } else { after };
    let start = literal(scan, at, before)?;
    let start = if before.ends_with(' ') { scan.blanks(start) } else { start };
    // A terminal may break the line between what is named and the words behind it.
    let behind =
        |end| literal(scan, end, after).or_else(|| literal(scan, scan.line_end(end)?, after));
    if let Some((value, end)) = quoted(scan, start) {
        return Some((Some(value), behind(end)?));
    }
    if after.is_empty() {
        let end = token_end(scan, start, |char| matches!(char, ':' | ',' | ';' | ')'));
        return (end > start).then_some((Some(start..end), end));
    }
    // It may also break the name itself, which ends where the words behind it follow.
    let mut end = start;
    for _ in 0..MOST_LINES {
        let is_end = |char| is_blank_or_quote(char) || matches!(char, ':' | ',' | ';' | ')');
        let chars = &mut scan.rest(end).char_indices().take(LONGEST_PATH);
        end += chars.find(|(_, char)| is_end(*char))?.0;
        if let Some(whole) = behind(end).filter(|_| end > start) {
            return Some((Some(start..end), whole));
        }
        end = scan.line_end(end)?;
    }
    None
}

/// The end of words at `at`; an apostrophe that holds a name stands for a quote of any kind.
fn literal(scan: &Scan, at: usize, words: &str) -> Option<usize> {
    let mut at = at;
    for (i, part) in words.split('\'').enumerate() {
        if i > 0 {
            let quote = scan.rest(at).chars().next().filter(|char| is_blank_or_quote(*char));
            let quote = quote.filter(|char| !char.is_whitespace())?;
            at += quote.len_utf8();
            // Doubled, as YAML and CSV write quotes within quotes.
            at = second_quote(scan, at, quote).unwrap_or(at);
        }
        if !part.is_empty() {
            at = scan.phrase(at, part)?;
        }
    }
    Some(at)
}

/// `USER@HOST: Permission denied (publickey,password).`
fn key_denied(scan: &Scan, at: usize) -> Option<Found> {
    let end = scan.phrase(at, KEY_DENIED)?;
    let before = scan.text.get(..at)?.strip_suffix(": ").unwrap_or_default();
    let start = before.rfind(is_blank_or_quote).map_or(0, |i| {
        i + before.get(i..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let who = before.get(start..).filter(|who| who.contains('@'));
    Some(found(scan, Message::PublicKeyDenied, who.map(|_| start..before.len()), at..end))
}

/// The address in `listen tcp 127.0.0.1:60022: bind: address already in use`.
fn address_before(scan: &Scan, at: usize, message: Message) -> Option<Range<usize>> {
    let before = scan.text.get(..at).filter(|_| message == Message::AddressInUse)?;
    // A quoted mail has its mark at the start of every line.
    let is_between = |c: char| c.is_whitespace() || c == '>' || c == '|';
    let before = before.trim_end_matches(is_between).strip_suffix("bind:")?;
    let before = before.trim_end_matches(is_between).strip_suffix(':')?;
    let start = before.rfind(is_blank_or_quote).map_or(0, |i| {
        i + before.get(i..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    });
    let (_, port) = before.get(start..)?.rsplit_once(':')?;
    port.parse::<u16>().is_ok().then_some(start..before.len())
}

/// `could not find capabilities for arch=x86_64 domaintype=kvm `
fn no_capabilities(scan: &Scan, at: usize) -> Option<Found> {
    let end = scan.phrase(at, NO_CAPABILITIES)?;
    let mut words: Vec<String> = Vec::new();
    let mut told = at..end;
    loop {
        let start = scan.blanks(if words.is_empty() { end } else { told.end });
        let word_end = token_end(scan, start, |char| matches!(char, ',' | ';' | ')'));
        let word = unwrapped(scan.text.get(start..word_end).unwrap_or_default());
        if !word.contains('=') {
            break;
        }
        told = if words.is_empty() { start } else { told.start }..word_end;
        words.push(word);
    }
    let value = words.join(" ");
    Some(Found { message: Message::NoCapabilities, value, range: told })
}

/// Every failure in every wording, with a path as what is named.
#[cfg(test)]
pub(crate) fn every_wording() -> Vec<(Message, String)> {
    let special = [
        (Message::PublicKeyDenied, format!("dev@host.docker.internal: {KEY_DENIED}).")),
        (Message::NoCapabilities, format!("{NO_CAPABILITIES} domaintype=kvm ")),
    ];
    let wordings =
        WORDINGS.iter().map(|(message, words)| (*message, words.replace("{}", "/srv/a")));
    wordings.chain(special).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::error_text::facts;
    use crate::text::FileId;

    fn read(text: &str) -> Vec<(Message, String)> {
        let found = facts(FileId(0), text).messages;
        found.into_iter().map(|found| (found.message, found.value)).collect()
    }

    #[test]
    fn what_is_named_is_read_in_quotes_of_any_kind() {
        for (text, message, value) in [
            (
                "ssh: Could not resolve hostname host.docker.internal: Name or service not known",
                Message::HostUnresolved,
                "host.docker.internal",
            ),
            (
                "error: Cannot recv data: dev@host.docker.internal: Permission denied (publickey).: Connection reset by peer",
                Message::PublicKeyDenied,
                "dev@host.docker.internal",
            ),
            ("Permission denied (publickey,password)", Message::PublicKeyDenied, ""),
            (
                "FATA[0001] listen tcp 127.0.0.1:60022: bind: address already in use",
                Message::AddressInUse,
                "127.0.0.1:60022",
            ),
            ("bind: address already in use", Message::AddressInUse, ""),
            (
                "Could not set up host forwarding rule 'tcp:127.0.0.1:60022-:22'",
                Message::AddressInUse,
                "tcp:127.0.0.1:60022-:22",
            ),
            (
                "error: invalid argument: could not find capabilities for arch=x86_64 domaintype=kvm \n",
                Message::NoCapabilities,
                "arch=x86_64 domaintype=kvm",
            ),
            (
                "could not find capabilities for ostype=hvm arch=x86_64\n> domaintype=kvm machine=q35 \nok",
                Message::NoCapabilities,
                "ostype=hvm arch=x86_64 domaintype=kvm machine=q35",
            ),
            ("could not find capabilities for ", Message::NoCapabilities, ""),
            (
                "chmod: changing permissions of ‘/var/lib/libvirt/images/’: Operation not permitted",
                Message::ChmodRefused,
                "/var/lib/libvirt/images/",
            ),
            (
                r#"{"m":"chmod: changing permissions of \"/srv/a b\": Operation not permitted"}"#,
                Message::ChmodRefused,
                "/srv/a b",
            ),
            (
                "dpkg: error processing package libvirt-daemon-system (--configure):",
                Message::PackageUnconfigured,
                "libvirt-daemon-system",
            ),
            (
                "service \"a\" declares mutually exclusive `network_mode` and `networks`",
                Message::NetworkModeWithNetworks,
                "",
            ),
            (
                "time=\"…\" level=warning msg=\"The \\\"JOBS_DIR\\\" variable is not set. Defaulting to a blank string.\"",
                Message::VariableUnset,
                "JOBS_DIR",
            ),
            (
                "The path /var/lib/x is not shared from the host and is not known to Docker.",
                Message::MountsDenied,
                "/var/lib/x",
            ),
            (
                "field `mounts[0].location` must be an absolute path, got \".\"",
                Message::SettingRefused,
                "mounts[0].location",
            ),
        ] {
            assert_eq!(read(text), [(message, value.to_owned())], "{text}");
        }
    }

    #[test]
    fn every_wording_is_read_whole_wrapped_and_escaped() {
        for (message, wording) in WORDINGS {
            let text = wording.replace("{}", "/srv/a");
            let wrapped: Vec<String> = text
                .chars()
                .collect::<Vec<_>>()
                .chunks(50)
                .map(|line| line.iter().collect())
                .collect();
            for text in [
                text.clone(),
                text.replace('\'', "\""),
                text.replace('\'', "`"),
                wrapped.join("\n"),
                serde_json::json!({ "error": format!("x\n{text}") }).to_string(),
            ] {
                let found = read(&text);
                assert!(found.iter().any(|(one, _)| one == message), "{text:?}: {found:?}");
            }
        }
    }
}
