//! Lines with one field each: `limactl list --format yaml`, and indented JSON of which a part is
//! missing. An instance is the fields of one indentation around a `sshLocalPort`.

use super::{Found, Line, Paste, Status, ToldBy};

/// A line `key: value` or `"key": "value",`.
#[derive(Clone, Copy)]
struct Field<'a> {
    indent: usize,
    key: &'a str,
    value: &'a str,
    line: Line<'a>,
}

pub(super) fn read(paste: &Paste, lines: &[Line]) -> Vec<Found> {
    if !paste.text().contains("sshLocalPort") {
        return Vec::new();
    }
    let mut res = Vec::new();
    for block in lines.split(|line| ends_block(line.text)) {
        let fields: Vec<Field> = block.iter().filter_map(|line| field(*line)).collect();
        let Some(port) = fields.iter().find(|field| field.key == "sshLocalPort") else { continue };
        let siblings = || fields.iter().filter(|field| field.indent == port.indent);
        let value = |key: &str| {
            siblings().find(|field| field.key == key).map(|field| field.value.to_owned())
        };
        let start = siblings().next().map_or(port.line.start, |field| field.line.trimmed().start);
        let end = siblings().next_back().map_or(start, |field| field.line.trimmed().end);
        let mut found = paste.found(ToldBy::List, start..end);
        let place = port.line.offset_of(port.value);
        found.instance.port = paste.port(place..place + port.value.len());
        found.instance.name = value("name");
        found.instance.status = value("status").as_deref().and_then(Status::from_word);
        found.instance.vm_type = value("vmType");
        found.instance.arch = value("arch");
        found.instance.lima_version = value("limaVersion");
        found.instance.dir = value("dir");
        if found.instance.port.is_some() {
            res.push(found);
        }
    }
    res
}

/// Whether the next instance may start behind this line.
fn ends_block(line: &str) -> bool {
    line.trim().is_empty() || matches!(line, "---" | "}" | "{")
}

fn field(line: Line) -> Option<Field> {
    let text = line.text.trim_start();
    let (key, value) = text.split_once(':')?;
    let key = key.trim_matches('"');
    let is_word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
    let value = value.trim().trim_end_matches(',').trim_matches('"');
    is_word.then_some(Field { indent: line.text.len() - text.len(), key, value, line })
}
