//! The map: how each shared directory and each connection goes, hop by hop.

use super::mounts::Sharing;
use super::path::{below, clean, join};
use super::ports::{Connection, SshPort, Target};
use super::reach::{Obstacle, TcpForward};
use super::route::{Hop, Place, Route, Stop, Subject, Verdict};
use super::setup::Setup;
use super::shared::SharedDir;
use crate::text::Span;

impl Setup {
    /// The routes of every shared directory and every connection, in the files' order.
    pub(super) fn find_routes(&self) -> Vec<Route> {
        let paths = self.shared.iter().filter_map(|dir| self.path_route(dir));
        let connections = self.connections.iter().filter_map(|c| self.connection_route(c));
        paths.chain(connections).collect()
    }

    fn path_route(&self, dir: &SharedDir) -> Option<Route> {
        let (service, bind) = self.bind(dir)?;
        let access = if bind.read_only { "reads" } else { "reads and writes" };
        let bind_label = if bind.read_only { "bind, ro" } else { "bind" };
        let (verdict, label, note) = match &dir.sharing {
            Sharing::Shared(_) => (Verdict::Good, "mount", "shared at the same path".to_owned()),
            Sharing::ReadOnly(_) => {
                (Verdict::Broken, "read-only", "the mount is not writable".to_owned())
            }
            Sharing::Elsewhere(arrivals) => {
                let paths: Vec<_> = arrivals.iter().map(|(_, path)| format!("`{path}`")).collect();
                (Verdict::Broken, "other path", format!("arrives at {}", paths.join(" and ")))
            }
            Sharing::Hidden { .. } => {
                (Verdict::Broken, "hidden", "another mount lies over it".to_owned())
            }
            Sharing::Missing => {
                (Verdict::Broken, "no mount", "the VM has a directory of its own there".to_owned())
            }
            Sharing::Unknown(why) => (Verdict::Unknown, "unknown", (*why).to_owned()),
        };
        let mount_span = match &dir.sharing {
            Sharing::Shared(i) | Sharing::ReadOnly(i) | Sharing::Hidden { mount: i, .. } => {
                self.mounts.get(*i).map(|mount| mount.span)
            }
            Sharing::Elsewhere(arrivals) => {
                arrivals.first().and_then(|(i, _)| self.mounts.get(*i)).map(|mount| mount.span)
            }
            Sharing::Missing | Sharing::Unknown(_) => None,
        };
        let host = Stop {
            place: Place::Host,
            label: dir.host.clone(),
            note: "the files are here".to_owned(),
            span: bind.source.outermost(),
        };
        let mut route = Route {
            subject: Subject::Path,
            stops: vec![
                Stop {
                    place: Place::Container(service.name.clone()),
                    label: dir.target.clone(),
                    note: format!("the service {access} here"),
                    span: Some(bind.span),
                },
                host,
                Stop {
                    place: Place::Guest,
                    label: dir.target.clone(),
                    note: "libvirt looks here".to_owned(),
                    span: mount_span,
                },
            ],
            hops: vec![
                Hop {
                    verdict: Verdict::Good,
                    label: bind_label.to_owned(),
                    note: format!("a bind of `{}`", service.name),
                    span: Some(bind.span),
                },
                Hop {
                    verdict,
                    label: label.to_owned(),
                    note,
                    span: mount_span.or_else(|| self.mounts_place()),
                },
            ],
        };
        add_links(&mut route, dir, mount_span);
        Some(route)
    }

    fn connection_route(&self, connection: &Connection) -> Option<Route> {
        let (service, variable, value) = self.connection(connection)?;
        let host_name = connection.uri.host.as_ref()?.value.as_str();
        let wanted = connection.uri.effective_port()?;
        let at = value.outermost().or(Some(variable.span));
        let until_restart = self.port_until_restart().map(|(port, _)| port);
        let (listens, listen_note, listen_span) = match self.ssh_port() {
            SshPort::Pinned(port, span) if until_restart.is_some() => {
                (Some(port), "pinned, from the next start on", Some(span))
            }
            SshPort::Pinned(port, span) => (Some(port), "pinned", Some(span)),
            SshPort::InUse(port, span, _) => (Some(port), "in use now, not pinned", Some(span)),
            SshPort::Unknown(why) => (None, why, None),
        };
        let ssh = connection.uri.is_ssh();
        let obstacle = self.obstacles(connection).first().copied();
        let (first, first_label, first_note) = match connection.target {
            Target::Host if obstacle.is_some() => obstacle_hop(obstacle, host_name),
            Target::Host if !ssh => tcp_hop(self.tcp_forward(connection), wanted),
            Target::Host => match (listens, until_restart) {
                (Some(port), Some(now)) if port == wanted => (
                    Verdict::Unknown,
                    "restart",
                    format!("right from the next start on; until then the VM listens on {now}"),
                ),
                (Some(port), Some(now)) if now == wanted => (
                    Verdict::Broken,
                    "stale",
                    format!("right until the next start; then the VM listens on {port}"),
                ),
                (Some(port), _) if port == wanted => {
                    (Verdict::Good, "port", format!("port {port}"))
                }
                (Some(port), _) => (
                    Verdict::Broken,
                    "stale",
                    format!("nobody listens on {wanted}; the VM has {port}"),
                ),
                (None, _) => (Verdict::Unknown, "unknown", listen_note.to_owned()),
            },
            Target::Container => {
                (Verdict::Broken, "itself", format!("`{host_name}` is the container itself"))
            }
            Target::Elsewhere => {
                (Verdict::Unknown, "unknown", format!("`{host_name}` is another machine"))
            }
            Target::Socket => return None,
        };
        let listens_label = listens.filter(|_| ssh).map(|port| format!("127.0.0.1:{port}"));
        let known = listens.is_some() && ssh;
        Some(Route {
            subject: Subject::Connection,
            stops: vec![
                Stop {
                    place: Place::Container(service.name.clone()),
                    label: format!("{host_name}:{wanted}"),
                    note: format!("`{}` asks for it", variable.name),
                    span: at,
                },
                Stop {
                    place: Place::Host,
                    label: listens_label.unwrap_or_default(),
                    note: if known && until_restart.is_none() {
                        "Lima listens here".to_owned()
                    } else if known {
                        "Lima listens here from the next start on".to_owned()
                    } else {
                        "not known".to_owned()
                    },
                    span: listen_span,
                },
                Stop {
                    place: Place::Guest,
                    label: if ssh { "sshd".to_owned() } else { "libvirtd".to_owned() },
                    note: if known { listen_note.to_owned() } else { String::new() },
                    span: listen_span,
                },
            ],
            hops: vec![
                Hop { verdict: first, label: first_label.to_owned(), note: first_note, span: at },
                Hop {
                    verdict: if known { Verdict::Good } else { Verdict::Unknown },
                    label: "forward".to_owned(),
                    note: "Lima forwards its SSH port into the VM".to_owned(),
                    span: listen_span,
                },
            ],
        })
    }
}

/// The hop that an obstacle breaks, or may break.
fn obstacle_hop(obstacle: Option<Obstacle>, host: &str) -> (Verdict, &'static str, String) {
    match obstacle {
        Some(Obstacle::NameUnknown) => (
            Verdict::Broken,
            "no name",
            format!("the container engine does not know the name `{host}`"),
        ),
        Some(Obstacle::LoopbackOnly(_)) => (
            Verdict::Broken,
            "loopback",
            format!("`{host}` is the bridge, and Lima listens on 127.0.0.1 only"),
        ),
        Some(Obstacle::GatewayInVm(_)) => (
            Verdict::Broken,
            "other host",
            format!("`extra_hosts` leads `{host}` to an address in the engine's VM"),
        ),
        Some(Obstacle::HostNetworkInVm(_)) | None => (
            Verdict::Unknown,
            "network",
            "the engine's VM may stand for the host on its network".to_owned(),
        ),
    }
}

/// The hop to a port that is forwarded to libvirtd.
fn tcp_hop(forward: Option<TcpForward>, wanted: u16) -> (Verdict, &'static str, String) {
    match forward {
        Some(TcpForward::Forwarded(_)) => (Verdict::Good, "port", format!("port {wanted}")),
        Some(TcpForward::OtherPort(port, _)) => (
            Verdict::Broken,
            "other port",
            format!("Lima forwards libvirtd to {port}, not to {wanted}"),
        ),
        Some(TcpForward::Ignored(_) | TcpForward::Plain(_)) => {
            (Verdict::Broken, "no forward", format!("Lima does not forward port {wanted}"))
        }
        Some(TcpForward::Unknown) | None => {
            (Verdict::Unknown, "port", format!("what port {wanted} leads to is not known"))
        }
    }
}

/// Lets a route arrive where the mount does, and go on through each link to the container's path.
fn add_links(route: &mut Route, dir: &SharedDir, mount_span: Option<Span>) {
    let Some(mut last) = route.stops.pop_if(|_| !dir.links.is_empty()) else { return };
    let stop = |label: String, span| Stop {
        place: Place::Guest,
        label,
        note: "the mount arrives here".to_owned(),
        span,
    };
    // Followed from the container's path, the last link is the one at the mount.
    let mut path = dir.target.clone();
    let mut ways = Vec::new();
    for link in &dir.links {
        let rest = below(&link.path, &path).unwrap_or_default();
        let leads_to = clean(&join(&link.leads_to, rest));
        ways.push((link, std::mem::replace(&mut path, leads_to)));
    }
    if let Some(mount) = route.hops.last_mut().filter(|hop| hop.verdict == Verdict::Good) {
        mount.note = format!("arrives at `{path}`");
    }
    route.stops.push(stop(path, mount_span));
    for (link, path) in ways.into_iter().rev() {
        let (label, verb) =
            if link.is_mount { ("bind mount", "mounts") } else { ("link", "links") };
        route.hops.push(Hop {
            verdict: Verdict::Good,
            label: label.to_owned(),
            note: format!("a provision script {verb} `{}` to it", link.path),
            span: Some(link.span),
        });
        last.span = Some(link.span);
        route.stops.push(Stop { label: path, note: String::new(), ..last.clone() });
    }
    if let Some(stop) = route.stops.last_mut() {
        stop.note = last.note;
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::diagnose;
    use crate::rules::testing::input;

    /// Each route as its stops and hops, one a line.
    fn routes(fixture: &str) -> String {
        let setup = diagnose(&input(fixture)).setup;
        let mut res = String::new();
        for route in &setup.routes {
            let mut hops = route.hops.iter();
            for stop in &route.stops {
                res += &format!("{} {} ({})\n", stop.place.as_str(), stop.label, stop.note);
                if let Some(hop) = hops.next() {
                    let line = hop.span.map(|span| setup.sources.position(span).line);
                    let (verdict, line) = (hop.verdict.as_str(), line.unwrap_or_default());
                    res += &format!("  {verdict} {}: {}, line {line}\n", hop.label, hop.note);
                }
            }
        }
        res
    }

    #[test]
    fn a_link_to_where_a_mount_arrives_shares_the_path() {
        let fixture = r#"
#- lima.yaml
mounts:
- location: "~/images"
  mountPoint: /mnt/images
  writable: true
provision:
- mode: system
  script: |
    rm -rf /var/lib/libvirt/images/jobs
    ln -s /mnt/images/jobs /var/lib/libvirt/images/jobs
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["~/images/jobs:/var/lib/libvirt/images/jobs", "libvirt:/run/libvirt"]
volumes: {libvirt: {}}
"#;
        expect![[r#"
            container /var/lib/libvirt/images/jobs (the service reads and writes here)
              good bind: a bind of `api`, line 4
            host ~/images/jobs (the files are here)
              good mount: arrives at `/mnt/images/jobs`, line 2
            guest /mnt/images/jobs (the mount arrives here)
              good link: a provision script links `/var/lib/libvirt/images/jobs` to it, line 9
            guest /var/lib/libvirt/images/jobs (libvirt looks here)
        "#]]
        .assert_eq(&routes(fixture));
        assert_eq!(diagnose(&input(fixture)).report.findings, []);
    }

    #[test]
    fn a_link_to_elsewhere_shares_nothing() {
        expect![[r#"
            container /var/lib/libvirt/images/jobs (the service reads and writes here)
              good bind: a bind of `api`, line 4
            host ~/images/jobs (the files are here)
              broken other path: arrives at `/mnt/images/jobs`, line 2
            guest /var/lib/libvirt/images/jobs (libvirt looks here)
        "#]]
        .assert_eq(&routes(
            r#"
#- lima.yaml
mounts:
- location: "~/images"
  mountPoint: /mnt/images
provision:
- script: ln -s /srv/jobs /var/lib/libvirt/images/jobs
#- compose.yaml
services:
  api:
    environment: {LIBVIRT_URI: "qemu:///system"}
    volumes: ["~/images/jobs:/var/lib/libvirt/images/jobs"]
"#,
        ));
    }
}
