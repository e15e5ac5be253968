use std::net::IpAddr;

use super::{Check, quoted};
use crate::intake::Host;
use crate::syntax::yaml::Node;
use crate::text::Span;

/// An entry of `portForwards` as Lima has it, with what it fills in for absent ports.
struct Rule<'a> {
    field: String,
    node: &'a Node,
    guest_port: i64,
    host_port: i64,
    guest_range: [i64; 2],
    host_range: [i64; 2],
    guest_socket: String,
    host_socket: String,
}

impl<'a> Check<'a> {
    pub(super) fn port_forwards(&mut self) {
        let Some(list) = self.field(self.root, "portForwards") else { return };
        let items = self.document.items(list);
        for (i, node) in items.into_iter().enumerate() {
            let field = format!("portForwards[{i}]");
            let Some(rule) = self.rule(field, node) else { continue };
            self.addresses(&rule);
            self.ports(&rule);
            self.ranges(&rule);
            self.sockets(&rule);
            self.protocol(&rule);
        }
    }

    /// Reads an entry; `None` for one with a value of the wrong type, which is refused for that.
    fn rule(&mut self, field: String, node: &'a Node) -> Option<Rule<'a>> {
        let guest_port = self.port_field(node, "guestPort")?;
        let host_port = self.port_field(node, "hostPort")?;
        let guest_range = self.range_field(&field, node, "guestPortRange")?;
        let host_range = self.range_field(&field, node, "hostPortRange")?;
        let text = |key| self.field(node, key).and_then(Node::as_lima_text).unwrap_or_default();
        let (guest_socket, host_socket) = (text("guestSocket"), text("hostSocket"));
        let filled = |range: [i64; 2], port: i64, default: [i64; 2]| match (range, port) {
            ([0, 0], 0) => default,
            ([0, 0], port) => [port, port],
            (range, _) => range,
        };
        let guest_range = filled(guest_range, guest_port, [1, 65535]);
        // Since 2.0 a socket on the host has no ports beside it.
        let has_ports = host_socket.is_empty() || !self.circumstances.since(2, 0, 0);
        let host_range =
            if has_ports { filled(host_range, host_port, guest_range) } else { host_range };
        Some(Rule {
            field,
            node,
            guest_port,
            host_port,
            guest_range,
            host_range,
            guest_socket,
            host_socket,
        })
    }

    fn port_field(&self, node: &'a Node, key: &str) -> Option<i64> {
        self.field(node, key).map_or(Some(0), Node::as_int)
    }

    /// A range; what is absent from it is 0. With more than two numbers, limactl breaks down.
    fn range_field(&mut self, field: &str, node: &'a Node, key: &str) -> Option<[i64; 2]> {
        let Some(value) = self.field(node, key) else { return Some([0, 0]) };
        let numbers: Vec<i64> = self
            .document
            .items(value)
            .into_iter()
            .map(|item| if item.is_null() { Some(0) } else { item.as_int() })
            .collect::<Option<_>>()?;
        let number = |i: usize| numbers.get(i).copied().unwrap_or(0);
        if numbers.len() > 2 {
            let message = format!("field `{field}.{key}` must be a list of two numbers");
            self.refuse(value.span, message, "write the first and the last port: `[8000, 8010]`");
            return None;
        }
        Some([number(0), number(1)])
    }

    fn span(&self, rule: &Rule<'a>, keys: &[&str]) -> Span {
        let value = keys.iter().find_map(|key| self.field(rule.node, key));
        value.unwrap_or(rule.node).span
    }

    fn addresses(&mut self, rule: &Rule<'a>) {
        let mut addresses = [None, None];
        for (key, address) in ["guestIP", "hostIP"].into_iter().zip(&mut addresses) {
            let Some(value) = self.field(rule.node, key) else { continue };
            let text = value.as_lima_text().unwrap_or_default();
            *address = text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
            if address.is_none() && !text.is_empty() {
                let message = format!("field `{}.{key}`: invalid IP address: {text}", rule.field);
                self.refuse(value.span, message, "write an address such as `127.0.0.1`");
            }
        }
        let Some(must_be_zero) = self.field(rule.node, "guestIPMustBeZero") else { return };
        let is_zero = addresses[0].is_none_or(|ip| ip == IpAddr::from([0, 0, 0, 0]));
        if must_be_zero.as_bool() == Some(true) && !is_zero {
            let field = &rule.field;
            let message = format!(
                "field `{field}.guestIPMustBeZero` can only be true when field `{field}.guestIP` is 0.0.0.0"
            );
            self.refuse(must_be_zero.span, message, "take one of the two away");
        }
    }

    fn ports(&mut self, rule: &Rule<'a>) {
        let guest = ("guest", rule.guest_port, rule.guest_range, &rule.guest_socket);
        let host = ("host", rule.host_port, rule.host_range, &rule.host_socket);
        for (side, port, range, socket) in [guest, host] {
            if port == 0 {
                continue;
            }
            let field = format!("{}.{side}Port", rule.field);
            let span = self.span(rule, &[&format!("{side}Port")]);
            if !socket.is_empty() {
                let other = format!("{}.{side}Socket", rule.field);
                let message = format!("field `{field}` must be 0 when field `{other}` is set");
                self.refuse(span, message, "name the port or the socket, not both");
            }
            let says_otherwise = port != range[0]
                && (side == "guest" || socket.is_empty() || !self.circumstances.since(2, 0, 0));
            if says_otherwise {
                let message = format!("field `{field}` must match field `{field}Range[0]`");
                self.refuse(span, message, "name the port or the range, not both");
            } else {
                self.refuse_port(span, &field, port);
            }
        }
    }

    fn ranges(&mut self, rule: &Rule<'a>) {
        let ([guest_first, guest_last], [host_first, host_last]) =
            (rule.guest_range, rule.host_range);
        let host_counts = rule.host_socket.is_empty() || !self.circumstances.since(2, 0, 0);
        for (side, range, written, counts) in [
            ("guest", rule.guest_range, rule.guest_port, true),
            ("host", rule.host_range, rule.host_port, host_counts),
        ] {
            let key = format!("{side}PortRange");
            let span = self.span(rule, &[&key]);
            let field = format!("{}.{key}", rule.field);
            // Otherwise the range repeats the single port or the guest's range, of which all is said.
            if self.field(rule.node, &key).is_none() {
                continue;
            }
            if counts && written == 0 {
                for (j, port) in range.into_iter().enumerate() {
                    self.refuse_port(span, &format!("{field}[{j}]"), port);
                }
            }
            if range[0] > range[1] {
                let message = format!(
                    "field `{field}[1]` must be greater than or equal to field `{field}[0]`"
                );
                self.refuse(span, message, "write the lower port first");
            }
        }
        if host_counts && guest_last - guest_first != host_last - host_first {
            let field = &rule.field;
            let message = format!(
                "field `{field}.hostPortRange` must specify the same number of ports as field `{field}.guestPortRange`"
            );
            let span = self.span(rule, &["hostPortRange", "hostPort"]);
            self.refuse(span, message, "let both ranges have the same length");
        }
    }

    fn sockets(&mut self, rule: &Rule<'a>) {
        let field = &rule.field;
        let spread = |[first, last]: [i64; 2]| last - first > 0;
        let (guest, host) = (rule.guest_socket.as_str(), rule.host_socket.as_str());
        if !guest.is_empty() {
            let span = self.span(rule, &["guestSocket"]);
            if !guest.starts_with('/') && !guest.starts_with("{{") {
                let message = format!(
                    "field `{field}.guestSocket` must be an absolute path, but is {}",
                    quoted(guest)
                );
                self.refuse(span, message, "write a path that starts with `/`");
            }
            if host.is_empty() && spread(rule.host_range) {
                let message = format!(
                    "field `{field}.guestSocket` can only be mapped to a single port or socket. not a range"
                );
                self.refuse(span, message, "add a `hostSocket`");
            }
        }
        if !host.is_empty() {
            let span = self.span(rule, &["hostSocket"]);
            if guest.is_empty() && spread(rule.guest_range) {
                let message = format!(
                    "field `{field}.hostSocket` can only be mapped from a single port or socket. not a range"
                );
                self.refuse(span, message, "add a `guestSocket` or a `guestPort`");
            }
            let limit = if self.circumstances.surely_on(Host::Linux) { 108 } else { 104 };
            // A relative one, and one with a template, grows by a directory that is not known.
            if host.starts_with('/') && !host.contains("{{") && host.len() >= limit {
                let message = format!(
                    "field `{field}.hostSocket` must be less than UNIX_PATH_MAX={limit} characters, but is {}",
                    host.len()
                );
                self.refuse(span, message, "choose a shorter path");
            }
        }
    }

    fn protocol(&mut self, rule: &Rule<'a>) {
        let field = &rule.field;
        if let Some(value) = self.field(rule.node, "proto") {
            let proto = value.as_lima_text().unwrap_or_default();
            let (legal, message): (&[&str], _) = match self.circumstances.since(1, 0, 0) {
                true => (&["", "tcp", "udp", "any"], "must be `tcp`, `udp`, or `any`"),
                false => (&["", "tcp"], "must be `tcp`"),
            };
            if !legal.contains(&proto.as_str()) {
                let message = format!("field `{field}.proto` {message}");
                self.refuse(value.span, message, "write `tcp`");
            }
        }
        if let Some(value) = self.field(rule.node, "reverse") {
            let has_both = !rule.guest_socket.is_empty() && !rule.host_socket.is_empty();
            if value.as_bool() == Some(true) && !has_both {
                let message = format!("field `{field}.reverse` must be false");
                self.refuse(value.span, message, "only sockets can be forwarded into the VM");
            }
        }
    }
}
