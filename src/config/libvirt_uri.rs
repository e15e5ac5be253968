//! The URI that libvirt clients connect with, split into its parts without losing their places.
//!
//! Form: `driver[+transport]://[user@][host][:port]/[path][?parameters]`
//! (libvirt, docs/uri.rst).

use std::ops::Range;

/// A libvirt connection URI; the ranges are bytes of the text it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibvirtUri {
    /// `qemu`, `test`, `xen`, …
    pub driver: String,
    /// `ssh`, `tcp`, `tls`, …; `None` for the default (a local socket, or TLS with a host).
    pub transport: Option<String>,
    /// The user before `@`.
    pub user: Option<String>,
    /// The host, without the brackets of an IPv6 address.
    pub host: Option<Part<String>>,
    /// The port; `None` when it is not written, or written as something that is no port.
    pub port: Option<Part<u16>>,
    /// What is written in a port's place and is no port.
    pub no_port: Option<Range<usize>>,
    /// From behind the host (or `:port`): where a missing `:port` would go.
    pub authority_end: usize,
    /// The path: `/system`, `/session`.
    pub path: String,
    /// The parameters in order, still percent-encoded.
    pub parameters: Vec<(String, String)>,
}

/// A part of a URI with its place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the URI.
    pub range: Range<usize>,
}

/// The drivers of libvirt; other schemes are not libvirt's.
const DRIVERS: [&str; 12] =
    ["qemu", "test", "xen", "lxc", "ch", "bhyve", "vz", "esx", "vpx", "vbox", "hyperv", "openvz"];

/// Names under which container engines offer the host.
const HOST_NAMES: [&str; 7] = [
    "host.docker.internal",
    "gateway.docker.internal",
    "docker.for.mac.localhost",
    "docker.for.mac.host.internal",
    "host.rancher-desktop.internal",
    "host.containers.internal",
    "host.lima.internal",
];

/// Whether container engines offer the host under this name.
pub fn is_host_name(host: &str) -> bool {
    HOST_NAMES.contains(&host.to_ascii_lowercase().as_str())
}

impl LibvirtUri {
    /// Parses a text that is a libvirt URI from its first to its last byte; `None` for another.
    pub fn parse(text: &str) -> Option<LibvirtUri> {
        let scheme_end = text.find("://")?;
        let scheme = &text[..scheme_end];
        let (driver, transport) = match scheme.split_once('+') {
            Some((driver, transport)) => (driver, Some(transport)),
            None => (scheme, None),
        };
        if !DRIVERS.contains(&driver) || text.chars().any(char::is_whitespace) {
            return None;
        }
        let start = scheme_end + 3;
        let end = text[start..].find(['/', '?']).map_or(text.len(), |i| start + i);
        let host_start = text[start..end].rfind('@').map_or(start, |i| start + i + 1);
        let user = (host_start > start).then(|| text[start..host_start - 1].to_owned());
        let (host, port) = split_authority(text, host_start, end);
        let authority_end = port.as_ref().map_or(end, |port| port.range.start - 1);
        let host_end = host.as_ref().map_or(end, |host| host.range.end);
        let behind = text.get(host_end..end).and_then(|rest| rest.find(':'));
        let no_port = behind
            .map(|at| host_end + at + 1..end)
            .filter(|range| port.is_none() && !range.is_empty());
        let (path_end, query) = match text[end..].find('?') {
            Some(i) => (end + i, &text[end + i + 1..]),
            None => (text.len(), ""),
        };
        let parameters = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        Some(LibvirtUri {
            driver: driver.to_owned(),
            transport: transport.map(str::to_owned),
            user,
            host,
            port,
            no_port,
            authority_end,
            path: text[end..path_end].to_owned(),
            parameters,
        })
    }

    /// The port that the connection goes to: the written one, else the transport's own
    /// (ssh 22, tcp 16509, tls 16514); `None` where no host is named.
    pub fn effective_port(&self) -> Option<u16> {
        self.host.as_ref()?;
        if let Some(port) = &self.port {
            return Some(port.value);
        }
        match self.transport.as_deref() {
            Some("ssh" | "libssh" | "libssh2" | "ext") => Some(22),
            Some("tcp") => Some(16509),
            Some("tls") | None => Some(16514),
            Some(_) => None,
        }
    }

    /// Where the user stands; without one, the host's first byte, before which it would.
    pub fn user_range(&self) -> Range<usize> {
        let transport = self.transport.as_ref().map_or(0, |transport| transport.len() + 1);
        let start = self.driver.len() + transport + "://".len();
        start..start + self.user.as_ref().map_or(1, String::len)
    }

    /// Whether the connection goes through an SSH server.
    pub fn is_ssh(&self) -> bool {
        matches!(self.transport.as_deref(), Some("ssh" | "libssh" | "libssh2"))
    }

    /// Whether the client connects to a host whose key it does not know: `no_verify`, and for the
    /// libssh transports `known_hosts_verify` (libvirt, docs/uri.rst).
    pub fn skips_host_key(&self) -> bool {
        let is_on = |value: &str| !value.is_empty() && value != "0";
        self.parameter("no_verify").is_some_and(is_on)
            || matches!(self.parameter("known_hosts_verify"), Some("auto" | "ignore"))
    }

    /// The value of a parameter, with `%20` and the like decoded; as it is where that makes no text.
    pub fn decoded_parameter(&self, name: &str) -> Option<String> {
        let raw = self.parameter(name)?;
        let mut bytes = Vec::with_capacity(raw.len());
        let mut rest = raw.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            let digits = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok());
            let escaped = digits
                .filter(|two| *first == b'%' && two.bytes().all(|b| b.is_ascii_hexdigit()))
                .and_then(|two| u8::from_str_radix(two, 16).ok());
            bytes.push(escaped.unwrap_or(*first));
            let taken = if escaped.is_some() { 2 } else { 0 };
            rest = behind.get(taken..).unwrap_or_default();
        }
        Some(String::from_utf8(bytes).unwrap_or_else(|_| raw.to_owned()))
    }

    /// The value of a parameter, still percent-encoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Splits `host:port` between two offsets.
fn split_authority(
    text: &str,
    start: usize,
    end: usize,
) -> (Option<Part<String>>, Option<Part<u16>>) {
    let authority = &text[start..end];
    let (host, after) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(i) => (start + 1..start + 1 + i, start + i + 2),
        None => {
            let i = authority.rfind(':').unwrap_or(authority.len());
            (start..start + i, start + i)
        }
    };
    let port = text[after..end].strip_prefix(':').and_then(|digits| {
        let value = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
        Some(Part { value, range: after + 1..end })
    });
    let host =
        (!host.is_empty()).then(|| Part { value: text[host.clone()].to_owned(), range: host });
    (host, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_at_their_places() {
        let text = "qemu+ssh://dev@host.docker.internal:52136/system?keyfile=/root/k&no_verify=1";
        let uri = LibvirtUri::parse(text).unwrap();
        let (host, port) = (uri.host.clone().unwrap(), uri.port.clone().unwrap());
        assert_eq!(&text[host.range], "host.docker.internal");
        assert_eq!(&text[port.range.clone()], "52136");
        assert_eq!(uri.authority_end, port.range.start - 1);
        assert_eq!((uri.user.as_deref(), uri.path.as_str()), (Some("dev"), "/system"));
        assert_eq!(uri.parameter("no_verify"), Some("1"));
        assert_eq!(&text[uri.user_range()], "dev");
        let text = "qemu+ssh://dev@h:2202x/system";
        let uri = LibvirtUri::parse(text).unwrap();
        assert_eq!(uri.no_port.map(|range| &text[range]), Some("2202x"));
        let text = "qemu+ssh://h/system";
        assert_eq!(&text[LibvirtUri::parse(text).unwrap().user_range()], "h");
    }

    #[test]
    fn whether_the_key_of_the_host_counts() {
        for (query, skips) in [
            ("", false),
            ("?no_verify=0", false),
            ("?keyfile=/k&no_verify=1", true),
            ("?known_hosts_verify=auto", true),
            ("?known_hosts_verify=normal", false),
        ] {
            let uri = LibvirtUri::parse(&format!("qemu+ssh://dev@h/system{query}")).unwrap();
            assert_eq!(uri.skips_host_key(), skips, "{query}");
        }
    }

    #[test]
    fn forms_with_parts_left_out() {
        for (text, host, port) in [
            ("qemu:///system", None, None),
            ("qemu+ssh://host/system", Some("host"), Some(22)),
            ("qemu+tcp://localhost:16509/system", Some("localhost"), Some(16509)),
            ("qemu+tcp://h", Some("h"), Some(16509)),
            ("qemu+ssh://u@[::1]:2222/system", Some("::1"), Some(2222)),
            ("qemu+ssh://h:__PORT__/system", Some("h"), Some(22)),
            ("qemu+ssh://h:/system", Some("h"), Some(22)),
            ("qemu+ssh://h:99999/system", Some("h"), Some(22)),
            ("qemu+ssh://", None, None),
        ] {
            let uri = LibvirtUri::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(uri.host.as_ref().map(|part| part.value.as_str()), host, "{text}");
            assert_eq!(uri.effective_port(), port, "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_libvirt_uri() {
        for text in
            ["", "://", "https://x/y", "postgresql://a:b@c:5/d", "qemu", "say qemu:///system"]
        {
            assert_eq!(LibvirtUri::parse(text), None, "{text}");
        }
    }
}
