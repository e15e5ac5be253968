//! `lima-doctor show`.

use std::fmt::Write;

use lima_doctor::config::compose::Service;
use lima_doctor::config::lima::Lima;
use lima_doctor::repair::report;
use lima_doctor::text::{Span, printable};
use lima_doctor::topology::{Place, Route, Stop, Subject, Verdict};
use lima_doctor::{Diagnosis, diagnose};

use crate::args::{ModelFormat, ShowArgs};
use crate::check::pretty;
use crate::markup::{GUTTER, STRONG, severity_style};
use crate::{Done, HEALTHY, Problems, human, input};

pub(crate) fn show(args: &ShowArgs) -> Result<Done, Problems> {
    let input = input::read(&args.given)?;
    let diagnosis = diagnose(&input);
    let text = match args.format {
        ModelFormat::Human => render(&diagnosis),
        ModelFormat::Json => pretty(&report::model_json(&diagnosis)),
    };
    Ok(Done { text, status: HEALTHY })
}

/// The files, the services, the mounts in force, and every route, stop by stop.
fn render(diagnosis: &Diagnosis) -> String {
    let setup = &diagnosis.setup;
    let mut res = format!("{STRONG}files{STRONG:#}\n");
    for (_, file) in setup.sources.iter() {
        let _ = writeln!(res, "  - {} ({})", printable(&file.name), file.kind.as_str());
    }
    res.push('\n');
    for service in &setup.compose.services {
        render_service(&mut res, service);
    }
    if let Some(lima) = &setup.lima {
        render_vm(&mut res, diagnosis, lima);
    }
    for route in &setup.routes {
        render_route(&mut res, diagnosis, route);
        res.push('\n');
    }
    res += &human::render_unchecked(&setup.unchecked);
    res += &human::render_assumptions(&setup.assumptions);
    res.truncate(res.trim_end().len());
    res.push('\n');
    res
}

fn render_service(res: &mut String, service: &Service) {
    let _ = writeln!(res, "{STRONG}service{STRONG:#} {}", printable(&service.name));
    for variable in &service.environment {
        let name = printable(&variable.name);
        let _ = match &variable.value {
            Some(value) => writeln!(res, "  {name}={}", printable(value.as_str())),
            None => writeln!(res, "  {name} (not set)"),
        };
    }
    for bind in &service.binds {
        let (source, target) = (printable(bind.source.as_str()), printable(bind.target.as_str()));
        let access = if bind.read_only { "read-only" } else { "read-write" };
        let _ = writeln!(res, "  bind {source} -> {target} ({access})");
    }
    res.push('\n');
}

fn render_vm(res: &mut String, diagnosis: &Diagnosis, lima: &Lima) {
    let setup = &diagnosis.setup;
    let _ = writeln!(
        res,
        "{STRONG}VM{STRONG:#} {}",
        printable(setup.instance.as_deref().unwrap_or(""))
    );
    for (key, in_force) in [("vmType", &setup.vm_type), ("mountType", &setup.mount_type)] {
        if let Some(in_force) = in_force {
            let note = parenthesised(&in_force.because);
            let _ = writeln!(res, "  {key}: {}{note}", printable(&in_force.value));
        }
    }
    for mount in &setup.mounts {
        let location = printable(mount.location.as_deref().unwrap_or("?"));
        let access = if mount.writable { "writable" } else { "read-only" };
        let _ = writeln!(res, "  mount {location} -> {} ({access})", printable(&mount.mount_point));
    }
    if let Some((port, _)) = lima.ssh_local_port {
        let _ = writeln!(res, "  ssh.localPort: {port}");
    }
    res.push('\n');
}

fn render_route(res: &mut String, diagnosis: &Diagnosis, route: &Route) {
    use lima_doctor::diagnostic::Severity;
    let colour = |verdict| match verdict {
        Verdict::Good => anstyle::AnsiColor::Green.on_default(),
        Verdict::Unknown => severity_style(Severity::Warning),
        Verdict::Broken => severity_style(Severity::Error),
    };
    let at = |span: Option<Span>| {
        span.map_or(String::new(), |span| {
            let sources = &diagnosis.setup.sources;
            let name = printable(sources.name(span.file));
            format!("  {GUTTER}{name}:{}{GUTTER:#}", sources.position(span).line)
        })
    };
    let title = match route.subject {
        Subject::Path => "path",
        Subject::Connection => "connection",
    };
    let verdict = route.verdict();
    let style = colour(verdict);
    let _ = writeln!(res, "{STRONG}{title}{STRONG:#}: {style}{}{style:#}", verdict.as_str());
    for (i, stop) in route.stops.iter().enumerate() {
        let (place, note) = (place(stop), parenthesised(&stop.note));
        let label = printable(&stop.label);
        let _ = writeln!(res, "  {place:<12} {label}{note}{}", at(stop.span));
        if let Some(hop) = route.hops.get(i) {
            let style = colour(hop.verdict);
            let (verdict, label) = (hop.verdict.as_str(), printable(&hop.label));
            let note = parenthesised(&hop.note);
            let _ = writeln!(
                res,
                "    {GUTTER}|{GUTTER:#} {label}: {style}{verdict}{style:#}{note}{}",
                at(hop.span)
            );
        }
    }
}

fn place(stop: &Stop) -> String {
    match &stop.place {
        Place::Container(service) => format!("container {}", printable(service)),
        place => place.as_str().to_owned(),
    }
}

fn parenthesised(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({})", printable(note)) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use lima_doctor::Input;
    use lima_doctor::text::{FileId, FileKind, SourceFile};
    use lima_doctor::topology::Hop;

    use super::*;

    #[test]
    fn a_route_is_shown_stop_by_stop() {
        let text = "URI=qemu+ssh://h:1/system\n";
        let files = vec![SourceFile::new(".env", FileKind::Env, text)];
        let mut diagnosis = diagnose(&Input { files, ..Input::default() });
        let stop = |place, label: &str, note: &str, span| Stop {
            place,
            label: label.into(),
            note: note.into(),
            span,
        };
        let hop = |verdict, label: &str, note: &str| Hop {
            verdict,
            label: label.into(),
            note: note.into(),
            span: None,
        };
        let span = Span::new(FileId(0), 0, 3);
        diagnosis.setup.unchecked.clear();
        diagnosis.setup.assumptions.clear();
        diagnosis.setup.routes = vec![Route {
            subject: Subject::Connection,
            stops: vec![
                stop(Place::Container("api".into()), "h:1", "", Some(span)),
                stop(Place::Host, "127.0.0.1:1", "", None),
                stop(Place::Guest, "127.0.0.1:2", "sshd listens here", None),
            ],
            hops: vec![
                hop(Verdict::Good, "host", ""),
                hop(Verdict::Broken, "port", "nothing listens there"),
            ],
        }];
        let plain = anstream::adapter::strip_str(&render(&diagnosis)).to_string();
        expect![[r#"
            files
              - .env (env)

            connection: broken
              container api h:1  .env:1
                | host: good
              host         127.0.0.1:1
                | port: broken (nothing listens there)
              guest        127.0.0.1:2 (sshd listens here)
        "#]]
        .assert_eq(&plain);
    }
}
