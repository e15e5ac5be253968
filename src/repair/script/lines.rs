//! A corrected file as shell functions: the lines to keep of the file on disk, and the new lines.
//!
//! Lines end at a line feed and nowhere else, as for `head` and `tail`. A kept line keeps all its
//! bytes, a carriage return or a missing line feed at the end included.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::Refusal;
use super::quote::{check_line, comment, format_escaped, is_plain, word};

/// The body of the function that prints `corrected`, given `original` as `$source_file`. `name` is
/// the file's, for a refusal.
pub(super) fn rebuild(name: &str, original: &str, corrected: &str) -> Result<String, Refusal> {
    let old = split(original);
    let new = split(corrected);
    let mut res = String::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (from, to) = (op.old_range().start + 1, op.old_range().end);
        if matches!(op, DiffOp::Equal { .. }) {
            res.push_str(&keep(from, to, old.len()));
            continue;
        }
        for (line, at) in old.iter().take(to).zip(1..).skip(from - 1) {
            res.push_str(&format!("    # without line {at}: {}\n", comment(line.trim_end())));
        }
        let inserted = op.new_range();
        for (line, at) in new.iter().zip(1..).take(inserted.end).skip(inserted.start) {
            res.push_str(&format!("    {}\n", write(name, at, line)?));
        }
    }
    if new.is_empty() {
        // A function needs a command.
        res.push_str("    :\n");
    }
    Ok(res)
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The command that copies the lines `from..=to` of a file of `count` lines; empty without lines.
fn keep(from: usize, to: usize, count: usize) -> String {
    if from > to {
        String::new()
    } else if to == count {
        format!("    keep_from {from}\n")
    } else {
        format!("    keep {from} {to}\n")
    }
}

/// The command that prints one line.
fn write(name: &str, at: usize, line: &str) -> Result<String, Refusal> {
    let (content, end) = match line.strip_suffix('\n') {
        Some(content) => (content, "\n"),
        None => (line, ""),
    };
    check_line(&format!("line {at} of the corrected `{name}`"), content)?;
    Ok(match content.strip_suffix('\r') {
        _ if is_plain(content) && end == "\n" => format!("line {}", word(content)),
        Some(content) if is_plain(content) && end == "\n" => {
            format!("line_crlf {}", word(content))
        }
        _ => format!("printf '{}'", format_escaped(line)),
    })
}

/// Where a port stands in a file that is otherwise known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PortPlace {
    /// The line, from 1.
    pub(super) line: usize,
    /// The column in bytes, from 1.
    pub(super) column: usize,
    /// The port that is written there.
    pub(super) shown: String,
    /// The body of the function that prints the file with the port `$1`, given the file with any
    /// other port as `$source_file`.
    pub(super) rebuild: String,
}

/// The place of the port at the bytes `start..end` of `corrected`.
pub(super) fn port_place(
    name: &str,
    corrected: &str,
    start: usize,
    end: usize,
) -> Result<PortPlace, Refusal> {
    let lost = || Refusal::FollowedPort { file: name.to_owned() };
    let shown = corrected.get(start..end).filter(|port| is_number(port)).ok_or_else(lost)?;
    let before = corrected.get(..start).ok_or_else(lost)?;
    let after = corrected.get(end..).ok_or_else(lost)?;
    // Part of a longer number is no port.
    if before.ends_with(is_digit) || after.starts_with(is_digit) {
        return Err(lost());
    }

    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = before.matches('\n').count() + 1;
    let before = before.get(line_start..).unwrap_or("");
    let after = after.split_inclusive('\n').next().unwrap_or("");
    check_line(&format!("line {line} of the corrected `{name}`"), before)?;
    check_line(&format!("line {line} of the corrected `{name}`"), after.trim_end_matches('\n'))?;
    // Only the start of a format needs care for a `-`, and a `%s` never starts one.
    let after_escaped = format_escaped(&format!("x{after}"));
    let format = format!("{}%s{}", format_escaped(before), after_escaped.get(1..).unwrap_or(""));

    let count = split(corrected).len();
    Ok(PortPlace {
        line,
        column: before.len() + 1,
        shown: shown.to_owned(),
        rebuild: keep(1, line - 1, count)
            + &format!("    printf '{format}' \"$1\"\n")
            + &keep(line + 1, count, count),
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_digit)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn it_reads_like_the_diff() {
        let old = "a: 1\nssh:\n  localPort: 0 # what's free\n\nb: 2\n";
        let new = "a: 1\nssh:\n  localPort: 2222 # what's free\n\nb: 2\nmounts:\n- location: \"/srv/ü\"\n";
        let body = rebuild("lima.yaml", old, new).expect("plain");
        expect![[r#"
            build_lima() {
                keep 1 2
                # without line 3:   localPort: 0 # what's free
                line '  localPort: 2222 # what'\''s free'
                keep_from 4
                line 'mounts:'
                printf '\055 location: "/srv/\303\274"\n'
            }
        "#]]
        .assert_eq(&format!("build_lima() {{\n{body}}}\n"));
    }

    #[test]
    fn line_ends_are_part_of_the_lines() {
        for (old, new, expected) in [
            ("a\r\nb\r\n", "a\r\nc\r\nb\r\n", "    keep 1 1\n    line_crlf 'c'\n    keep_from 2\n"),
            ("a", "a\n", "    # without line 1: a\n    line 'a'\n"),
            ("a\n", "a\nb", "    keep_from 1\n    printf 'b'\n"),
            ("a\rb", "a\rc\n", "    # without line 1: a?b\n    printf 'a\\rc\\n'\n"),
            ("", "\ta%\n", "    printf '\\ta%%\\n'\n"),
            ("a\n", "", "    # without line 1: a\n    :\n"),
            ("", "", "    :\n"),
        ] {
            assert_eq!(rebuild("f", old, new).expect("plain"), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_port_can_be_written_where_it_stands() {
        let text = "# 5\nPORT=52136\nURI=qemu+ssh://me@host.docker.internal:52136/system\n";
        let start = text.rfind("52136").expect("it is there");
        expect![[r#"
            PortPlace {
                line: 3,
                column: 40,
                shown: "52136",
                rebuild: "    keep 1 2\n    printf 'URI=qemu+ssh://me@host.docker.internal:%s/system\\n' \"$1\"\n",
            }
        "#]]
        .assert_debug_eq(&port_place(".env", text, start, start + 5).expect("it is there"));

        for (range, why) in [
            (start..start + 6, "no number"),
            (start..start, "nothing"),
            (start..start + 4, "part of a number"),
            (start + 1..start + 5, "part of a number"),
            (start..999, "past the end"),
        ] {
            let place = port_place(".env", text, range.start, range.end);
            assert!(place.is_err(), "{why}: {place:?}");
        }
    }
}
