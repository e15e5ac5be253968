//! The table of `limactl list`: `NAME STATUS SSH`, then columns that depend on the version and on
//! the width of the terminal. No cell but the last (DIR) holds a blank, and the only cells that
//! may be empty are told by the words that stand there, so squeezed blanks do no harm.

use super::{Found, Line, Paste, Status, ToldBy};

const STATUSES: [&str; 5] = ["Running", "Stopped", "Broken", "Uninitialized", "Installing"];

pub(super) fn read(paste: &Paste, lines: &[Line]) -> Vec<Found> {
    if !paste.text().contains("STATUS") && !STATUSES.iter().any(|word| paste.text().contains(word))
    {
        return Vec::new();
    }
    let mut under_header = false;
    let mut res = Vec::new();
    for &line in lines {
        let mut words = line.words().skip_while(|(_, word)| *word == ">").map(|(_, word)| word);
        if words.by_ref().take(3).eq(["NAME", "STATUS", "SSH"]) {
            under_header = true;
            continue;
        }
        match row(paste, line, under_header) {
            Some(found) => res.push(found),
            // A warning about one instance may stand between the rows; a blank line may not.
            None if line.text.trim().is_empty() => under_header = false,
            None => {}
        }
    }
    res
}

/// Reads `NAME STATUS HOST:PORT …`. Without a header above, the status must be there.
fn row(paste: &Paste, line: Line, under_header: bool) -> Option<Found> {
    let mut words = line.words().skip_while(|(_, word)| *word == ">");
    let (name_start, name) = words.next()?;
    let (second_start, second) = words.next()?;
    let (status, (ssh_start, ssh)) = match Status::from_word(second) {
        Some(status) => (status, words.next()?),
        None if under_header => (Status::Invalid, (second_start, second)),
        None => return None,
    };
    let (host, port) = ssh.rsplit_once(':')?;
    let is_ssh = host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit());
    if !is_ssh || !is_name(name) {
        return None;
    }
    let mut found = paste.found(ToldBy::List, name_start..line.trimmed().end);
    let ssh_end = ssh_start + ssh.len();
    found.instance.name = Some(name.to_owned());
    found.instance.status = Some(status);
    found.instance.port = paste.port(ssh_end - port.len()..ssh_end);

    let rest: Vec<(usize, &str)> = words.collect();
    let sizes = rest.iter().position(|(_, word)| word.bytes().all(|b| b.is_ascii_digit()));
    let before_sizes = sizes.unwrap_or(rest.len());
    let kinds = || {
        let words = rest.iter().take(before_sizes).map(|(_, word)| *word);
        words.take_while(|word| !is_dir(word))
    };
    found.instance.vm_type = kinds().find(|word| !is_arch(word)).map(str::to_owned);
    found.instance.arch = kinds().find(|word| is_arch(word)).map(str::to_owned);
    // CPUS, MEMORY and DISK stand before DIR; Lima up to 0.7.0 had none of the three.
    let dir = match sizes {
        Some(cpus) => rest.get(cpus + 3),
        None => rest.iter().find(|(_, word)| is_dir(word)),
    };
    found.instance.dir =
        dir.and_then(|(start, _)| paste.text().get(*start..line.trimmed().end)).map(str::to_owned);
    Some(found)
}

/// Whether Lima accepts the word as the name of an instance (containerd's identifiers).
fn is_name(word: &str) -> bool {
    word.split(['.', '_', '-'])
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_arch(word: &str) -> bool {
    matches!(word, "x86_64" | "aarch64" | "armv7l" | "riscv64" | "ppc64le" | "s390x")
}

fn is_dir(word: &str) -> bool {
    word.starts_with(['~', '/']) || word.get(1..3) == Some(":\\")
}
