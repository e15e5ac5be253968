//! A paste of anything to source files by kind.
//!
//! Only real separators split a paste (fences, `==> name <==`, prompts, lines that are nothing but
//! a file's name); one plain file stays one file, byte for byte. What is nothing else becomes part
//! of the error text, since that is where prose does no harm.

mod certain;
mod kind;
mod prompt;
mod separators;

pub use certain::certain_kind;
pub use kind::kind_of;
pub(super) use kind::{is_assignment, key};
pub(super) use prompt::prompt;

use crate::text::{FileKind, SourceFile};
use separators::{Part, Separator};

/// Splits a paste of anything into source files, each put where it belongs.
///
/// `name` is the file's name where it came as a file; a name that tells the kind of a
/// configuration file also tells that it is one file. Every line that is no separator is in one of
/// the results; only blank lines between parts are dropped. Names are unique.
pub fn sort(name: Option<&str>, text: &str) -> Vec<SourceFile> {
    let is_one_file = matches!(
        name.and_then(kind::by_name),
        Some(FileKind::Lima | FileKind::Env | FileKind::Compose)
    );
    let parts = match (is_one_file, name, unquoted(text)) {
        (true, _, _) => Vec::new(),
        (false, None, Some(unquoted)) => separators::split(&unquoted),
        (false, _, _) => separators::split(text),
    };
    let mut res: Vec<SourceFile> = Vec::new();
    if parts.iter().all(|part| part.separated_by.is_none()) {
        push(&mut res, name, kind_of(name, text), text);
        return res;
    }
    for part in parts {
        let Part { name: part_name, prompt, mut text, separated_by, .. } = part;
        let mut kind = kind_of(part_name.as_deref(), &text);
        let is_settings = matches!(kind, FileKind::Lima | FileKind::Env | FileKind::Compose);
        if separated_by.is_none() || (separated_by == Some(Separator::Fence) && !part.in_fence) {
            // Prose around the files may mention settings without being any.
            kind = separators::outside_kind(kind, &text);
        } else if !is_settings || text.trim().is_empty() {
            // What a command printed goes with the command, but for a file that it would spoil.
            text.insert_str(0, &prompt);
        }
        if text.trim().is_empty() {
            continue;
        }
        let is_loose = matches!(kind, FileKind::Error | FileKind::Limactl) && part_name.is_none();
        let same = res
            .iter_mut()
            .find(|file| is_loose && file.kind == kind && file.name == loose_name(name, kind));
        match same {
            Some(file) => {
                if !file.text.ends_with('\n') {
                    file.text.push('\n');
                }
                file.text.push_str(&text);
            }
            None if is_loose => push(&mut res, Some(loose_name(name, kind)), kind, &text),
            None => push(&mut res, part_name.as_deref(), kind, &text),
        }
    }
    res
}

/// The text of a mail in which every line is quoted (`> `), without the quote marks.
fn unquoted(text: &str) -> Option<String> {
    let mut res = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_prefix('>') {
            Some(rest) => res.push_str(rest.strip_prefix(' ').unwrap_or(rest)),
            None if line.trim().is_empty() => res.push_str(line),
            None => return None,
        }
    }
    Some(res)
}

/// What the unnamed parts of a paste are called.
fn loose_name(name: Option<&str>, kind: FileKind) -> &str {
    match (name, kind) {
        (Some(name), FileKind::Error) => name,
        _ => kind.default_name(),
    }
}

/// Adds a file under a name that no other has.
fn push(files: &mut Vec<SourceFile>, name: Option<&str>, kind: FileKind, text: &str) {
    let wanted = name.unwrap_or(kind.default_name());
    let is_taken = |name: &str| files.iter().any(|file| file.name == name);
    let name = (1..)
        .map(|n| if n == 1 { wanted.to_owned() } else { format!("{wanted} ({n})") })
        .find(|name| !is_taken(name))
        .unwrap_or_default();
    files.push(SourceFile::new(name, kind, text));
}

#[cfg(test)]
mod tests;
