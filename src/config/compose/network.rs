//! `extra_hosts`, `ports` and `network_mode` of a service.

use std::collections::HashSet;
use std::net::IpAddr;

use super::ExtraHost;
use super::tree::{Builder, Data, Field, Tree};
use crate::text::{Span, Traced};

/// A longer range of ports is not taken apart.
const MAX_RANGE: u16 = 1024;

/// The names that the container resolves to given addresses; a name given twice has both.
pub(super) fn extra_hosts(service: &Field, builder: &mut Builder) -> Vec<ExtraHost> {
    let mut res = Hosts::default();
    let Some(field) = service.value.get("extra_hosts") else { return res.all };
    let path = format!("services.{}.extra_hosts", service.key);
    for (layer_index, layer) in field.value.layers().iter().enumerate() {
        match &layer.data {
            Data::List(items) => {
                let mut seen = HashSet::new();
                for (i, item) in items.iter().enumerate() {
                    // What is laid over a list is merged into it before it is looked at.
                    if layer_index == 0
                        && item.text().is_some_and(|text| !seen.insert(text.as_str()))
                    {
                        let help = "remove the repeated entry";
                        builder.error(item.span, format!("{path} must be a mapping"), help);
                    }
                    host_entry(&path, i, item, builder, &mut res);
                }
            }
            Data::Map(fields) => {
                for field in fields {
                    let addresses = match &field.value.data {
                        Data::List(items) => items.iter().map(Tree::text).collect(),
                        _ => vec![field.value.text()],
                    };
                    for address in addresses {
                        match address {
                            Some(text) => res.add(&field.key, text.as_str(), field.span),
                            None => {
                                let message = format!("{path}.{} must be a string", field.key);
                                builder.error(field.span, message, "write the address in quotes");
                            }
                        }
                    }
                }
            }
            _ => {
                let help = "write a list of `HOST:ADDRESS`";
                builder.error(field.span, format!("{path} must be a mapping"), help);
            }
        }
    }
    res.all
}

fn host_entry(path: &str, i: usize, item: &Tree, builder: &mut Builder, res: &mut Hosts) {
    let Some(text) = item.text().map(Traced::as_str) else {
        builder.error(item.span, format!("{path}.{i} must be a string"), "write `HOST:ADDRESS`");
        return;
    };
    let Some((host, addresses)) = text.split_once('=').or_else(|| text.split_once(':')) else {
        let message = format!("invalid additional host, missing IP: {text}");
        builder.error(item.span, message, "write `HOST:ADDRESS`");
        return;
    };
    if host.contains(':') {
        let help = "write `HOST=ADDRESS`";
        builder.error(item.span, format!("bad host name '{host}'"), help);
        return;
    }
    for address in addresses.split(',') {
        res.add(host, address, item.span);
    }
}

#[derive(Default)]
struct Hosts {
    all: Vec<ExtraHost>,
    seen: HashSet<(String, String)>,
}

impl Hosts {
    fn add(&mut self, host: &str, address: &str, span: Span) {
        let inner = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let (host, address) = (host.to_owned(), inner.unwrap_or(address).to_owned());
        if self.seen.insert((host.clone(), address.clone())) {
            self.all.push(ExtraHost { host, address, span });
        }
    }
}

/// `network_mode`, where it is text and not empty.
pub(super) fn network_mode(service: &Field, builder: &mut Builder) -> Option<Traced> {
    let field = service.value.get("network_mode")?;
    let Some(mode) = field.value.text() else {
        let message = format!("services.{}.network_mode must be a string", service.key);
        builder.error(field.span, message, "write `host`, `bridge` or `none`");
        return None;
    };
    if service.value.get("networks").is_some() {
        let message = format!(
            "service {} declares mutually exclusive `network_mode` and `networks`: invalid \
             compose project",
            service.key
        );
        builder.error(field.span, message, "remove one of the two");
    }
    (!mode.is_empty()).then(|| mode.clone())
}

/// Whether a published port is one of TCP that the loopback address has, too.
fn is_on_loopback(item: &Tree) -> bool {
    let text = |key: &str| {
        let scalar = item.get(key).and_then(|field| field.value.scalar());
        scalar.map(|scalar| scalar.text.as_str().to_owned())
    };
    let (address, is_udp) = match item.scalar() {
        Some(scalar) => {
            let text = scalar.text.as_str();
            let address = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((address, _)) => address,
                None if text.matches(':').count() > 1 => text.split(':').next().unwrap_or_default(),
                None => "",
            };
            (address.to_owned(), text.ends_with("/udp"))
        }
        None => (
            text("host_ip").unwrap_or_default(),
            text("protocol").is_some_and(|protocol| protocol == "udp"),
        ),
    };
    let address: Option<IpAddr> = address.parse().ok();
    !is_udp && address.is_none_or(|address| address.is_loopback() || address.is_unspecified())
}

/// The host ports that a service publishes.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// All of them.
    pub(super) all: Vec<(u16, Span)>,
    /// Those where the host itself has its own: over TCP, on every address or on the loopback's.
    pub(super) on_loopback: Vec<(u16, Span)>,
}

/// The host ports that the service publishes. A range with as many ports on both sides counts as
/// its ports, unless it is very long; of a range for one port, any may be taken, and none is told.
pub(super) fn published_ports(service: &Field, builder: &mut Builder) -> Published {
    let (mut res, mut seen) = (Published::default(), HashSet::new());
    let Some(field) = service.value.get("ports") else { return res };
    let path = format!("services.{}.ports", service.key);
    let Data::List(items) = &field.value.data else {
        builder.error(field.span, format!("{path} must be a array"), "write a list");
        return res;
    };
    for (i, item) in items.iter().enumerate() {
        let ports = match &item.data {
            Data::Map(_) => {
                if item.get("target").is_none_or(|field| field.value.scalar().is_none()) {
                    let message = format!("service ports {path}.[{i}] is missing a target port");
                    builder.error(item.span, message, "add `target`");
                }
                let published = item.get("published").and_then(|field| field.value.scalar());
                published.and_then(|scalar| range(scalar.text.as_str())).filter(|r| r.0 == r.1)
            }
            _ => match item.scalar().map(|scalar| published(scalar.text.as_str())) {
                Some(Ok(ports)) => ports,
                Some(Err(message)) => {
                    builder.error(item.span, message, "write `HOST:CONTAINER`");
                    None
                }
                None => None,
            },
        };
        let few = ports.filter(|(first, last)| last - first < MAX_RANGE);
        let (first, last) = few.unwrap_or((1, 0));
        for port in (first..=last).filter(|port| *port > 0) {
            if seen.insert((port, false)) {
                res.all.push((port, item.span));
            }
            if is_on_loopback(item) && seen.insert((port, true)) {
                res.on_loopback.push((port, item.span));
            }
        }
    }
    res
}

/// The host ports of `[[address:]host:]container[/protocol]`.
fn published(text: &str) -> Result<Option<(u16, u16)>, String> {
    let (rest, container) = match text.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), container),
        None => (None, text),
    };
    let container = container.split('/').next().unwrap_or_default();
    let Some(container) = range(container) else {
        return Err(format!("Invalid containerPort: {container}"));
    };
    let Some(rest) = rest else { return Ok(None) };
    let host = rest.rsplit_once(':').map_or(rest, |(_, host)| host);
    if host.is_empty() {
        return Ok(None);
    }
    match range(host) {
        Some(host) if host.1 - host.0 == container.1 - container.0 => Ok(Some(host)),
        Some(_) => Ok(None),
        None => Err(format!("Invalid hostPort: {host}")),
    }
}

/// `80` or `80-90`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_ports_of_the_short_form() {
        for (text, expected) in [
            ("80:81", Ok(Some((80, 80)))),
            ("127.0.0.1:80:81/udp", Ok(Some((80, 80)))),
            ("[::1]:80:81", Ok(Some((80, 80)))),
            ("90-92:1-3", Ok(Some((90, 92)))),
            ("100-102:7", Ok(None)),
            ("1.2.3.4::80", Ok(None)),
            ("80", Ok(None)),
            (":80", Ok(None)),
            ("/x:80", Err("Invalid hostPort: /x")),
            ("70000:80", Err("Invalid hostPort: 70000")),
            ("80:y", Err("Invalid containerPort: y")),
        ] {
            assert_eq!(published(text), expected.map_err(str::to_owned), "{text}");
        }
    }
}
