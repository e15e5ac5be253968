//! The output of `limactl start`, and a port that was asked for by itself:
//! `limactl list --format '{{.SSHLocalPort}}' NAME`.

use super::{Found, Line, Paste, ToldBy};

const PORT: &str = "SSH Local Port: ";

pub(super) fn read(paste: &Paste, lines: &[Line]) -> Vec<Found> {
    let has_sign = [PORT, "SSHLocalPort}}"].iter().any(|sign| paste.text().contains(sign));
    if !has_sign && lines.len() > 1 {
        return Vec::new();
    }
    let mut res: Vec<Found> = Vec::new();
    let mut name: Option<String> = None;
    for (i, &line) in lines.iter().enumerate() {
        if let Some(started) = between(line.text, "tarting the instance ", &['"', '\\']) {
            name = Some(started.to_owned());
        } else if let Some(ready) = between(line.text, "READY. Run `limactl shell ", &['`', ' ']) {
            // Printed after the port, and the only name where the log's head is missing.
            if let Some(last) = res.last_mut().filter(|found| found.instance.name.is_none()) {
                last.instance.name = Some(ready.to_owned());
            }
        } else if let Some(at) = line.text.find(PORT) {
            let start = line.start + at + PORT.len();
            let digits = digits_at(paste.text(), start);
            let mut found = paste.found(ToldBy::StartLog, line.trimmed());
            found.instance.name = name.take();
            found.instance.port = paste.port(start..start + digits);
            if found.instance.port.is_some() {
                res.push(found);
            }
        } else if line.text.contains("limactl") && line.text.contains("SSHLocalPort}}") {
            res.extend(lines.get(i + 1).and_then(|next| bare_port(paste, line, *next)));
        }
    }
    if let (true, [only]) = (res.is_empty(), lines) {
        res.extend(bare_port(paste, Line { start: 0, text: "" }, *only));
    }
    res
}

/// A line of nothing but a port, as the answer to the command on the line before.
fn bare_port(paste: &Paste, command: Line, answer: Line) -> Option<Found> {
    let range = answer.trimmed();
    let mut found = paste.found(ToldBy::List, range.clone());
    found.instance.port = Some(paste.port(range)?);
    found.instance.name = command
        .text
        .split_whitespace()
        .next_back()
        .filter(|word| !word.contains(['}', '\'', '"']))
        .map(str::to_owned);
    Some(found)
}

/// The text between `before` (and a quote that may follow) and the next of `ends`.
fn between<'a>(text: &'a str, before: &str, ends: &[char]) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let rest = rest.trim_start_matches(['\\', '"']);
    let value = rest.split(ends).next()?;
    (!value.is_empty()).then_some(value)
}

fn digits_at(text: &str, start: usize) -> usize {
    text.get(start..).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count())
}
