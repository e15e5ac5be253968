//! What separates the files of a paste.

use super::kind::{by_name, kind_of};
use super::prompt::{cat, prompt};
use crate::text::FileKind;

/// A stretch of a paste between two separators.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The name that the separator gives it.
    pub(super) name: Option<String>,
    /// The prompt with the command that printed it, where that is not `cat`.
    pub(super) prompt: String,
    /// Its lines, without the separators.
    pub(super) text: String,
    /// What it begins with; `None` at the start of the paste.
    pub(super) separated_by: Option<Separator>,
    /// Whether it stood between fences.
    pub(super) in_fence: bool,
}

/// The kinds of separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// A line of backticks or tildes.
    Fence,
    /// A line with nothing but a file's name.
    Name,
    /// A line with a shell's prompt and a command.
    Prompt,
    /// `---` between settings of different kinds.
    Rule,
}

/// An open fence: its character, length and indentation.
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
    indent: usize,
}

/// The most parts that a paste is split into; what follows belongs to the last one. Nobody pastes
/// as many files, and every later stage may count on few of them.
const MOST_PARTS: usize = 200;

/// Splits a paste at its separators, in one pass over its lines.
pub(super) fn split(text: &str) -> Vec<Part> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let has_fences = lines.iter().filter(|line| fence(line).is_some()).count() > 1;
    let mut parts = vec![Part::default()];
    let mut open: Option<Fence> = None;
    let mut in_block_scalar = false;
    let mut checks = 0;
    for (i, &line) in lines.iter().enumerate() {
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(outer) = open {
            if closes(content, outer) {
                open = None;
                parts.push(Part { separated_by: Some(Separator::Fence), ..Part::default() });
            } else {
                add(&mut parts, strip_indent(line, outer.indent));
            }
            continue;
        }
        if parts.len() >= MOST_PARTS {
            add(&mut parts, line);
            continue;
        }
        if !content.starts_with(' ') && !content.is_empty() {
            in_block_scalar = opens_block_scalar(content);
        }
        let fence = fence(content).filter(|_| has_fences && !in_block_scalar);
        if let Some((opened, info)) = fence {
            let name = info_name(info).or_else(|| take_name_before(&mut parts));
            parts.push(Part {
                name,
                separated_by: Some(Separator::Fence),
                in_fence: true,
                ..Part::default()
            });
            open = Some(opened);
        } else if let Some(name) = ruled_name(content) {
            parts.push(named(name, Separator::Name, ""));
        } else if content.trim_end() == "---" {
            checks += 1;
            if checks <= MOST_PARTS && is_between_kinds(&parts, &lines, i) {
                parts.push(Part { separated_by: Some(Separator::Rule), ..Part::default() });
            } else {
                add(&mut parts, line);
            }
        } else if let Some(command) = prompt(content) {
            let part = match cat(command) {
                Some(name) => named(name, Separator::Prompt, ""),
                None => Part {
                    prompt: line.to_owned(),
                    separated_by: Some(Separator::Prompt),
                    ..Part::default()
                },
            };
            parts.push(part);
        } else if let (false, Some(name)) = (has_fences, name_line(content)) {
            if content.starts_with('#') {
                // A comment is part of its file, and one that names its own file splits nothing.
                checks += 1;
                if checks <= MOST_PARTS && starts_another_file(&parts, &lines, i, &name) {
                    parts.push(named(name, Separator::Name, line));
                } else {
                    add(&mut parts, line);
                }
            } else {
                parts.push(named(name, Separator::Name, ""));
            }
        } else {
            add(&mut parts, line);
        }
    }
    parts
}

/// What an unnamed text outside of fences is: it stays what it seems only where it is no prose.
pub(super) fn outside_kind(kind: FileKind, text: &str) -> FileKind {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_settings = |line: &str| {
        line.starts_with([' ', '\t', '#', '-']) || line.contains('=') || line.contains(':')
    };
    if lines.all(is_settings) { kind } else { FileKind::Error }
}

fn named(name: String, separator: Separator, text: &str) -> Part {
    Part {
        name: Some(name),
        text: text.to_owned(),
        separated_by: Some(separator),
        ..Part::default()
    }
}

fn add(parts: &mut [Part], line: &str) {
    if let Some(part) = parts.last_mut() {
        part.text.push_str(line);
    }
}

/// A line that opens a fence, and its info string (CommonMark 4.5: up to three blanks before it).
fn fence(line: &str) -> Option<(Fence, &str)> {
    let content = line.trim_end_matches(['\n', '\r']);
    let trimmed = content.trim_start_matches(' ');
    let indent = content.len() - trimmed.len();
    let mark = trimmed.chars().next().filter(|char| matches!(char, '`' | '~'))?;
    let info = trimmed.trim_start_matches(mark);
    let length = trimmed.len() - info.len();
    (indent <= 3 && length >= 3 && !info.contains('`'))
        .then_some((Fence { mark, length, indent }, info.trim()))
}

fn closes(line: &str, outer: Fence) -> bool {
    fence(line).is_some_and(|(inner, info)| {
        inner.mark == outer.mark && inner.length >= outer.length && info.is_empty()
    })
}

/// Whether the indented lines behind this one are the text of a YAML value (`message: |`).
fn opens_block_scalar(line: &str) -> bool {
    line.split_once(": ")
        .is_some_and(|(_, value)| matches!(value.trim(), "|" | "|-" | "|+" | ">" | ">-" | ">+"))
}

fn strip_indent(line: &str, indent: usize) -> &str {
    let blanks = line.bytes().take(indent).take_while(|byte| *byte == b' ').count();
    line.get(blanks..).unwrap_or(line)
}

/// The file's name in an info string: `yaml lima.yaml`, `yaml title="lima.yaml"`, `.env`.
fn info_name(info: &str) -> Option<String> {
    info.split_whitespace()
        .map(|word| word.rsplit('=').next().unwrap_or(word).trim_matches(['"', '\'', '{', '}']))
        .map(|word| word.rsplit_once(':').map_or(word, |(_, name)| name))
        .find(|word| is_file_name(word))
        .map(str::to_owned)
}

/// Takes the line before a fence when it names the file.
fn take_name_before(parts: &mut [Part]) -> Option<String> {
    let part = parts.last_mut().filter(|part| !part.in_fence)?;
    let kept = part.text.trim_end();
    let start = kept.rfind('\n').map_or(0, |i| i + 1);
    let name = bare_name(kept.get(start..)?)?;
    part.text.truncate(start);
    Some(name)
}

/// `==> name <==`, `--- name ---`, `=== name ===`, `#- name`.
fn ruled_name(line: &str) -> Option<String> {
    let line = line.trim_end();
    if let Some(name) = line.strip_prefix("==> ").and_then(|rest| rest.strip_suffix(" <==")) {
        return Some(name.trim().to_owned());
    }
    let known = |name: &str| is_file_name(name).then(|| name.to_owned());
    if let Some(name) = line.strip_prefix("#- ") {
        return known(name.trim());
    }
    let line = line.strip_prefix("# ").unwrap_or(line);
    ['-', '='].iter().find_map(|rule| {
        let inner = line.trim_matches(*rule);
        let ruled = line.starts_with(&rule.to_string().repeat(3))
            && line.ends_with(&rule.to_string().repeat(3));
        ruled.then(|| known(inner.trim()))?
    })
}

/// A line that is nothing but a file's name, with the marks that Markdown puts around it:
/// `lima.yaml:`, `**.env**`, `### docker-compose.yml`.
fn bare_name(line: &str) -> Option<String> {
    let marked = line.trim_start_matches(['#', '>', ' ']);
    let marked = marked.strip_prefix("- ").or(marked.strip_prefix("* ")).unwrap_or(marked);
    let marked = after_list_number(marked);
    let name = marked.trim().trim_end_matches(':').trim_matches(['*', '`', '_', '"', '\'', ' ']);
    let name = name.trim_end_matches(':');
    (is_file_name(name) && name != FileKind::Error.default_name()).then(|| name.to_owned())
}

/// A name that stands by itself where no fence follows: at the line's start, and no item of a list,
/// which `- .env` may be in a Compose file.
fn name_line(line: &str) -> Option<String> {
    bare_name(line).filter(|_| !line.starts_with([' ', '\t', '-', '>']))
}

/// The text behind `1. ` or `1) `.
fn after_list_number(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix(". ").or(rest.strip_prefix(") ")).filter(|_| rest != text);
    rest.unwrap_or(text)
}

/// Whether the text is the name of a file of a kind that a paste may hold.
fn is_file_name(text: &str) -> bool {
    let is_default = FileKind::ALL.iter().any(|kind| kind.default_name() == text);
    let is_path = !text.contains(|c: char| c.is_whitespace() || "\"'`*:=|<>".contains(c));
    is_default || (is_path && text.contains('.') && by_name(text).is_some())
}

/// Whether a comment that names a file starts another one than the text before it.
fn starts_another_file(parts: &[Part], lines: &[&str], at: usize, name: &str) -> bool {
    let before = parts.last().map_or("", |part| part.text.as_str());
    if before.lines().all(|line| line.trim().is_empty()) && parts.len() == 1 {
        return names_follow(lines, at, name);
    }
    by_name(name).is_some_and(|kind| kind_of(None, before) != kind)
}

/// Whether a later line is a comment that names a file of another kind.
fn names_follow(lines: &[&str], at: usize, name: &str) -> bool {
    lines.iter().skip(at + 1).any(|line| {
        name_line(line.trim_end()).is_some_and(|other| by_name(&other) != by_name(name))
    })
}

/// Whether `---` stands between two kinds of settings, which no file has: within one file it
/// separates documents.
fn is_between_kinds(parts: &[Part], lines: &[&str], at: usize) -> bool {
    let before = parts.last().map_or("", |part| part.text.as_str());
    let after: String =
        lines.iter().skip(at + 1).take_while(|line| line.trim_end() != "---").copied().collect();
    let is_settings = |kind| matches!(kind, FileKind::Lima | FileKind::Env | FileKind::Compose);
    let (before, after) = (kind_of(None, before), kind_of(None, &after));
    before != after && is_settings(before) && is_settings(after)
}
