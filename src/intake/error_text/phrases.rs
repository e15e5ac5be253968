//! The phrases of libvirt, QEMU, ssh and virsh.
//! Sources: libvirt `src/storage_file/storage_source.c`, `src/security/security_dac.c`,
//! `src/rpc/virnetsocket.c`; QEMU
//! `block/file-posix.c`; OpenSSH `sshconnect.c`.

use std::ops::Range;

use super::PathFailure;
use super::scan::Scan;

/// What stands before a path that could not be opened; a quote follows, or the path itself.
const BEFORE_PATH: [&str; 8] = [
    "Cannot access storage file ",
    "Cannot access backing file ",
    "Could not open ",
    "could not open disk image ",
    "Could not open backing file ",
    "Failed to open file ",
    "Unable to open file ",
    "cannot open file ",
];

/// What stands before the owner that libvirt could not give a file, and before the file.
const BEFORE_OWNER: &str = "unable to set user and group to ";
const BEFORE_OWNED: &str = " on ";

const REASONS: [(&str, PathFailure); 3] = [
    ("No such file or directory", PathFailure::Missing),
    ("Permission denied", PathFailure::Denied),
    ("Read-only file system", PathFailure::ReadOnly),
];

/// The most bytes that a path has (Linux, `PATH_MAX`).
pub(super) const LONGEST_PATH: usize = 4096;

/// A path that could not be opened.
pub(super) struct Path {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    pub(super) failure: PathFailure,
}

pub(super) fn paths(scan: &Scan) -> Vec<Path> {
    starts(scan, |byte| matches!(byte, b'C' | b'c' | b'F' | b'U' | b'u'))
        .filter_map(|at| {
            let before_path = BEFORE_PATH.iter().find_map(|phrase| scan.phrase(at, phrase));
            before_path.or_else(|| {
                let (_, owner_end) = quoted(scan, scan.phrase(at, BEFORE_OWNER)?)?;
                scan.phrase(owner_end, BEFORE_OWNED)
            })
        })
        .filter_map(|start| path(scan, start))
        .collect()
}

fn path(scan: &Scan, start: usize) -> Option<Path> {
    let (range, mut at) = quoted(scan, start).or_else(|| bare_path(scan, start))?;
    let text = unwrapped(scan.text.get(range.clone())?);
    if !text.starts_with('/') {
        return None;
    }
    if let Some(storage) = scan.phrase(at, " of storage file ") {
        at = quoted(scan, storage).map_or(storage, |(_, end)| end);
    }
    if let Some(ids) = scan.phrase(at, " (as uid:") {
        let closing = scan.rest(ids).bytes().take(64).position(|byte| byte == b')');
        at = closing.map_or(ids, |i| ids + i + 1);
    }
    Some(Path { text, range, failure: reason(scan, at) })
}

/// The reason behind `: `, or `Other`.
fn reason(scan: &Scan, at: usize) -> PathFailure {
    // QEMU repeats itself: "Could not open 'P': Could not open 'P': Permission denied" is found at
    // the inner phrase; here only what follows directly counts.
    let Some(colon) = scan.phrase(scan.blanks(at), ":") else { return PathFailure::Other };
    let start = scan.blanks(colon);
    REASONS
        .iter()
        .find(|(phrase, _)| scan.phrase(start, phrase).is_some())
        .map_or(PathFailure::Other, |(_, failure)| *failure)
}

/// What stands between quotes at `start`, and the place behind the closing one.
pub(super) fn quoted(scan: &Scan, start: usize) -> Option<(Range<usize>, usize)> {
    let open = scan.rest(start).chars().next()?;
    let close = match open {
        '\'' | '"' => open,
        '`' => '`',
        '‘' => '’',
        '“' => '”',
        _ => return None,
    };
    let inner = start + open.len_utf8();
    if let Some(doubled) = doubled(scan, inner, open) {
        return Some(doubled);
    }
    let length = scan
        .rest(inner)
        .char_indices()
        .take(LONGEST_PATH)
        // GNU programs once closed a backtick with an apostrophe.
        .find(|(_, char)| *char == close || (open == '`' && *char == '\''))?;
    Some((inner..inner + length.0, inner + length.0 + length.1.len_utf8()))
}

/// What stands between quotes that are doubled, as YAML and CSV write quotes within quotes.
fn doubled(scan: &Scan, second: usize, quote: char) -> Option<(Range<usize>, usize)> {
    let is_doubled = matches!(quote, '\'' | '"');
    let inner = second_quote(scan, second, quote).filter(|_| is_doubled)?;
    let candidates = scan.rest(inner).match_indices(quote);
    let closing = candidates
        .map(|(i, _)| inner + i)
        .take_while(|at| at - inner < LONGEST_PATH)
        .find_map(|at| Some((at, second_quote(scan, at + 1, quote)?)));
    let (close, end) = closing.filter(|(close, _)| *close > inner)?;
    Some((inner..close, end))
}

/// The end of the second of two quotes, before which a terminal may have broken the line.
pub(super) fn second_quote(scan: &Scan, at: usize, quote: char) -> Option<usize> {
    let at = scan.line_end(at).unwrap_or(at);
    scan.rest(at).starts_with(quote).then(|| at + quote.len_utf8())
}

/// A path without quotes: to the colon, the blank or the quote behind it.
fn bare_path(scan: &Scan, start: usize) -> Option<(Range<usize>, usize)> {
    if scan.byte(start) != Some(b'/') {
        return None;
    }
    let end = token_end(scan, start, |char| matches!(char, ':' | ',' | ';' | ')'));
    Some((start..end, end))
}

pub(super) fn uris(scan: &Scan) -> Vec<(String, Range<usize>)> {
    let mut res = Vec::new();
    let mut done = 0;
    for (at, _) in scan.text.match_indices("://") {
        let scheme = scan.text.get(done..at).unwrap_or_default();
        let scheme_length = scheme
            .bytes()
            .rev()
            .take(16)
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'+')
            .count();
        if scheme_length == 0 {
            continue;
        }
        let start = at - scheme_length;
        let end = uri_end(scan, at + 3);
        done = end;
        res.push((unwrapped(scan.text.get(start..end).unwrap_or_default()), start..end));
    }
    res
}

/// The end of a URI whose authority starts at `start`. It goes on over a line end only where a
/// terminal wrapped the line and the URI is not whole without what follows.
fn uri_end(scan: &Scan, start: usize) -> usize {
    let is_end = |char| matches!(char, ',' | ';' | ')' | ']' | '}' | '<' | '>' | '|');
    let mut end = start;
    loop {
        end += scan
            .rest(end)
            .char_indices()
            .take(LONGEST_PATH)
            .find(|(_, char)| is_blank_or_quote(*char) || (is_end(*char) && *char != ']'))
            .map_or_else(|| scan.rest(end).len().min(LONGEST_PATH), |(i, _)| i);
        let so_far = scan.text.get(start..end).unwrap_or_default();
        let whole = ["/system", "/session"].iter().any(|path| so_far.ends_with(path));
        match scan.wrap(end) {
            Some(next) if !whole && end - start < LONGEST_PATH => end = next,
            _ => break,
        }
    }
    let uri = scan.text.get(start..end).unwrap_or_default();
    start + uri.trim_end_matches(['.', ':', '!', '\n', '\r']).len()
}

pub(super) fn endpoints(scan: &Scan) -> Vec<(String, u16, Range<usize>)> {
    starts(scan, |byte| matches!(byte, b'c' | b'u'))
        .filter_map(|at| {
            if let Some(host) = scan.phrase(at, "connect to host ") {
                let host_end = token_end(scan, host, |_| false);
                let port = scan.phrase(host_end, " port ")?;
                return endpoint(scan, host..host_end, port);
            }
            let quote = scan.phrase(at, "unable to connect to server at ")?;
            let (inner, _) = quoted(scan, quote)?;
            let colon = scan.text.get(inner.clone())?.rfind(':')?;
            let digits = inner.start + colon + 1..inner.end;
            let port = unwrapped(scan.text.get(digits.clone())?).parse().ok()?;
            let host = unwrapped(scan.text.get(inner.start..digits.start - 1)?);
            Some((host, port, digits))
        })
        .collect()
}

fn endpoint(scan: &Scan, host: Range<usize>, port: usize) -> Option<(String, u16, Range<usize>)> {
    let digits = |at: usize| scan.rest(at).bytes().take_while(u8::is_ascii_digit).count();
    let mut end = port + digits(port);
    // ssh always gives a reason behind `: `, so digits that only come to it on the next line go on
    // there.
    if let Some(next) = scan.line_end(end) {
        let next_end = next + digits(next);
        if next_end > next && scan.rest(next_end).starts_with(": ") {
            end = next_end;
        }
    }
    let value = unwrapped(scan.text.get(port..end)?).parse().ok()?;
    Some((unwrapped(scan.text.get(host)?), value, port..end))
}

/// The end of a word at `start`, over the line ends that a terminal made in it.
pub(super) fn token_end(scan: &Scan, start: usize, is_end: fn(char) -> bool) -> usize {
    let mut end = start;
    loop {
        end += scan
            .rest(end)
            .char_indices()
            .take(LONGEST_PATH)
            .find(|(_, char)| is_blank_or_quote(*char) || is_end(*char))
            .map_or_else(|| scan.rest(end).len().min(LONGEST_PATH), |(i, _)| i);
        match scan.wrap(end) {
            Some(next) if end - start < LONGEST_PATH => end = next,
            _ => return end,
        }
    }
}

pub(super) fn is_blank_or_quote(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(char, '\'' | '"' | '`' | '‘' | '’' | '“' | '”')
}

/// The value without the line ends in it, and without what stands before the next line's text.
pub(super) fn unwrapped(value: &str) -> String {
    let mut lines = value.split(['\n', '\r']);
    let mut res = lines.next().unwrap_or_default().to_owned();
    lines.for_each(|line| res.push_str(line.trim_start_matches([' ', '\t', '>'])));
    res
}

fn starts(scan: &Scan, is_first: fn(u8) -> bool) -> impl Iterator<Item = usize> {
    scan.text.bytes().enumerate().filter(move |(_, byte)| is_first(*byte)).map(|(at, _)| at)
}
