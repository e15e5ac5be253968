//! Reading the files that were named.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use lima_doctor::Input;
use lima_doctor::intake::sort;
use lima_doctor::text::{FileKind, LineIndex, SourceFile};

use crate::Problems;
use crate::args::Given;

/// The most bytes that a file may have; the readers are made for files that people write.
const LARGEST: usize = 1 << 20;

/// Whether one of the files is closed to all but its owner.
pub(crate) fn is_private(given: &Given) -> bool {
    let one = [&given.lima, &given.env, &given.limactl, &given.error];
    let mut all = one.into_iter().flatten().chain(&given.compose).chain(&given.files);
    all.any(|path| is_closed(path))
}

#[cfg(unix)]
fn is_closed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_closed(_: &Path) -> bool {
    false
}

/// Reads every file that was named. Those of a known kind come first, since of `lima.yaml` and
/// `.env` the first of each counts.
pub(crate) fn read(given: &Given) -> Result<Input, Problems> {
    let known = [
        (FileKind::Lima, given.lima.as_slice()),
        (FileKind::Env, given.env.as_slice()),
        (FileKind::Compose, given.compose.as_slice()),
        (FileKind::Limactl, given.limactl.as_slice()),
        (FileKind::Error, given.error.as_slice()),
    ];
    let known = known
        .into_iter()
        .flat_map(|(kind, paths)| paths.iter().map(move |path| (Some(kind), path)));
    let all: Vec<_> = known.chain(given.files.iter().map(|path| (None, path))).collect();
    if all.is_empty() {
        return Err(Problems::from(
            "nothing to look at: name files, or `-` for standard input".to_owned(),
        ));
    }
    if all.iter().filter(|(_, path)| is_stdin(path)).count() > 1 {
        return Err(Problems::from("standard input can be read only once".to_owned()));
    }

    let mut files: Vec<SourceFile> = Vec::new();
    let mut problems = Vec::new();
    for (kind, path) in all {
        match (read_one(path), kind) {
            (Err(problem), _) => problems.push(problem),
            (Ok(text), Some(kind)) => {
                let name = if is_stdin(path) {
                    kind.default_name().to_owned()
                } else {
                    path.display().to_string()
                };
                files.push(SourceFile::new(name, kind, text));
            }
            (Ok(text), None) => {
                let name = path.display().to_string();
                files.extend(sort((!is_stdin(path)).then_some(name.as_str()), &text));
            }
        }
    }
    // An empty `.env` says something: no variable is set. Nothing else does.
    for file in &files {
        if file.kind != FileKind::Env && file.text.trim().is_empty() {
            problems.push(format!("`{}` is empty", file.name));
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    Ok(Input { files, answers: given.answers.answers() })
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The text of a file, or why it cannot be had.
fn read_one(path: &Path) -> Result<String, String> {
    let name =
        if is_stdin(path) { "standard input".to_owned() } else { format!("`{}`", path.display()) };
    let bytes = read_bytes(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name} does not exist"),
        io::ErrorKind::PermissionDenied => format!("{name} must not be read by this user"),
        io::ErrorKind::IsADirectory => format!("{name} is a directory; name the files in it"),
        _ => format!("{name} cannot be read: {error}"),
    })?;
    if bytes.len() > LARGEST {
        return Err(format!("{name} is larger than 1 MiB, too large for a settings file or a log"));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(&name, error.as_bytes()))
}

/// At most one byte more than is allowed.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    if is_stdin(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    if fs::metadata(path)?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says where the first bytes stand that are not UTF-8.
fn not_utf8(name: &str, bytes: &[u8]) -> String {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return format!("{name} is UTF-16, not UTF-8; save it as UTF-8");
    }
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let before = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default());
    let position = LineIndex::new(&before).position(&before, before.len());
    let byte = bytes.get(valid).copied().unwrap_or_default();
    format!(
        "{name} is not UTF-8: byte 0x{byte:02x} at line {}, column {}",
        position.line, position.column
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_byte_that_is_not_utf8() {
        for (bytes, expected) in [
            (&b"a\n\xc3\xbc\xff"[..], "`x` is not UTF-8: byte 0xff at line 2, column 2"),
            (b"\xe9t\xe9", "`x` is not UTF-8: byte 0xe9 at line 1, column 1"),
            (b"\xff\xfea\0", "`x` is UTF-16, not UTF-8; save it as UTF-8"),
        ] {
            assert_eq!(not_utf8("`x`", bytes), expected);
        }
    }
}
