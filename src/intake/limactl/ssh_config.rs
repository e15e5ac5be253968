//! `~/.lima/NAME/ssh.config`, and what `limactl show-ssh` makes of it: `Port 60022`,
//! `Port=60022`, `-o Port=60022`.

use super::{Found, HostBlock, Line, Paste, ToldBy};
use crate::config::libvirt_uri::is_host_name;

/// The blocks of an ssh configuration that name their hosts and are not Lima's own.
pub(super) fn host_blocks(paste: &Paste, lines: &[Line]) -> Vec<HostBlock> {
    let mut res: Vec<HostBlock> = Vec::new();
    let mut is_open = false;
    for &line in lines {
        let Some(entry) = Entry::parse(line) else {
            let text = line.text.trim();
            is_open &= text.is_empty() || text.starts_with('#');
            continue;
        };
        if entry.is("Host") || entry.is("Match") {
            is_open = entry.is("Host") && !entry.value.starts_with("lima-");
            if is_open {
                let hosts = entry.value.split_whitespace().map(str::to_owned).collect();
                res.push(HostBlock { hosts, port: None, user: None });
            }
            continue;
        }
        let Some(block) = res.last_mut().filter(|_| is_open) else { continue };
        let place = entry.start..entry.start + entry.value.len();
        // Of a setting that is there twice, ssh takes the first.
        if entry.is("Port") && block.port.is_none() {
            block.port = paste.port(place);
        } else if entry.is("User") && block.user.is_none() {
            block.user = Some((entry.value.to_owned(), paste.span(place)));
        }
    }
    res.retain(|block| block.port.is_some() || block.user.is_some());
    res
}

pub(super) fn read(paste: &Paste, lines: &[Line]) -> Vec<Found> {
    if !["lima-", "/_config/user"].iter().any(|sign| paste.text().contains(sign)) {
        return Vec::new();
    }
    let mut res: Vec<Found> = Vec::new();
    // The block that is being read, and whether it is one of Lima's.
    let mut block: Option<(Found, bool)> = None;
    let mut is_others = false;
    for &line in lines {
        let Some(entry) = Entry::parse(line) else {
            let ends = !line.text.trim().is_empty() && !line.text.trim_start().starts_with('#');
            if ends {
                finish(block.take(), &mut res);
                res.extend(command_line(paste, line));
            }
            continue;
        };
        if entry.is("Host") || entry.is("Match") {
            finish(block.take(), &mut res);
            let alias = entry.value.strip_prefix("lima-").filter(|_| entry.is("Host"));
            let mut found = paste.found(ToldBy::SshConfig, line.trimmed());
            found.instance.name = alias.map(str::to_owned);
            is_others = entry.is("Host") && is_host_name(entry.value);
            block = Some((found, alias.is_some()));
            continue;
        }
        let (found, is_lima) =
            block.get_or_insert_with(|| (paste.found(ToldBy::SshConfig, line.trimmed()), false));
        // A container's own configuration names the host, and Lima's key.
        if found.instance.name.is_none() && !is_others {
            *is_lima |= entry.is("IdentityFile") && entry.value.contains("/_config/user");
        }
        found.range.end = line.trimmed().end;
        found.instance.span = paste.span(found.range.clone());
        let place = entry.start..entry.start + entry.value.len();
        if entry.is("Port") {
            found.instance.port = paste.port(place);
        } else if entry.is("User") {
            found.instance.user = Some((entry.value.to_owned(), paste.span(place)));
        }
    }
    finish(block, &mut res);
    res
}

fn finish(block: Option<(Found, bool)>, res: &mut Vec<Found>) {
    if let Some((found, true)) = block
        && found.instance.port.is_some()
    {
        res.push(found);
    }
}

/// `limactl show-ssh` in its forms `cmd` and `args`: everything on one line.
fn command_line(paste: &Paste, line: Line) -> Option<Found> {
    let mut found = paste.found(ToldBy::SshConfig, line.trimmed());
    for (start, word) in line.words() {
        if let Some(digits) = word.strip_prefix("Port=") {
            found.instance.port = paste.port(start + 5..start + 5 + digits.len());
        } else if let Some(user) = word.strip_prefix("User=") {
            let user = user.trim_matches('"');
            let start = line.offset_of(user);
            found.instance.user = Some((user.to_owned(), paste.span(start..start + user.len())));
        } else if let Some(name) = word.strip_prefix("lima-") {
            found.instance.name = Some(name.to_owned());
        }
    }
    let is_lima = found.instance.name.is_some() || line.text.contains("/_config/user");
    (is_lima && found.instance.port.is_some()).then_some(found)
}

/// A line `Keyword value` or `Keyword=value` of ssh_config(5).
struct Entry<'a> {
    keyword: &'a str,
    value: &'a str,
    start: usize,
}

impl<'a> Entry<'a> {
    fn parse(line: Line<'a>) -> Option<Entry<'a>> {
        let text = line.text.trim();
        let end = text.find(|c: char| c == '=' || c.is_whitespace())?;
        let (keyword, rest) = text.split_at_checked(end)?;
        let rest = rest.trim_start();
        let value = rest.strip_prefix('=').unwrap_or(rest).trim().trim_matches('"');
        KEYWORDS.iter().any(|known| known.eq_ignore_ascii_case(keyword)).then_some(Entry {
            keyword,
            value,
            start: line.offset_of(value),
        })
    }

    fn is(&self, keyword: &str) -> bool {
        self.keyword.eq_ignore_ascii_case(keyword)
    }
}

/// What Lima writes into `ssh.config`, and what people add.
const KEYWORDS: [&str; 22] = [
    "Host",
    "Match",
    "IdentityFile",
    "StrictHostKeyChecking",
    "UserKnownHostsFile",
    "NoHostAuthenticationForLocalhost",
    "PreferredAuthentications",
    "Compression",
    "BatchMode",
    "IdentitiesOnly",
    "GSSAPIAuthentication",
    "Ciphers",
    "User",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Trusted",
    "Hostname",
    "Port",
    "LogLevel",
];
