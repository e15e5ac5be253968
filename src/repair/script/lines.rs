//! A corrected file as shell functions: the lines to keep of the file on disk, and the new lines.
//!
//! Lines end at a line feed and nowhere else, as for `head` and `tail`. A kept line keeps all its
//! bytes, a carriage return or a missing line feed at the end included.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::Refusal;
use super::quote::{check_line, comment, format_escaped, is_plain, is_refused, word};
use crate::text::Span;

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
    see_line(name, at, content)?;
    Ok(match content.strip_suffix('\r') {
        _ if is_plain(content) && end == "\n" => format!("line {}", word(content)),
        Some(content) if is_plain(content) && end == "\n" => {
            format!("line_crlf {}", word(content))
        }
        _ => format!("printf '{}'", format_escaped(line)),
    })
}

/// Where a port stands in a file that is otherwise known: the first of its places.
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

/// The places of the port at the bytes under `spans` of `corrected`, in order. Each must hold the
/// same digits and no part of a longer number.
pub(super) fn port_place(
    name: &str,
    corrected: &str,
    spans: &[Span],
) -> Result<PortPlace, Refusal> {
    let lost = || Refusal::FollowedPort { file: name.to_owned() };
    let first = spans.first().ok_or_else(lost)?;
    let shown = corrected.get(first.start..first.end).ok_or_else(lost)?;
    let mut before = 0;
    for span in spans {
        let is_port = corrected.get(span.start..span.end) == Some(shown) && is_number(shown);
        let left = corrected.get(before..span.start).ok_or_else(lost)?;
        let right = corrected.get(span.end..).ok_or_else(lost)?;
        if !is_port || left.ends_with(is_digit) || right.starts_with(is_digit) {
            return Err(lost());
        }
        before = span.end;
    }

    let lines: Vec<&str> = split(corrected);
    let mut rebuild = String::new();
    let mut spans = spans.iter().peekable();
    let (mut at, mut kept) = (0, 0);
    let mut place = (0, 0);
    for (line, number) in lines.iter().zip(1..) {
        let end = at + line.len();
        let mut rest = at;
        let mut format = String::new();
        let mut ports = String::new();
        while let Some(span) = spans.next_if(|span| span.end <= end) {
            let text = corrected.get(rest..span.start).ok_or_else(lost)?;
            if format.is_empty() && place.0 == 0 {
                place = (number, span.start - at + 1);
            }
            format.push_str(&format_part(text, rest == at));
            format.push_str("%s");
            ports.push_str(" \"$1\"");
            rest = span.end;
        }
        if !format.is_empty() {
            see_line(name, number, line.trim_end_matches('\n'))?;
            format.push_str(&format_part(corrected.get(rest..end).ok_or_else(lost)?, false));
            rebuild.push_str(&keep(kept + 1, number - 1, lines.len()));
            rebuild.push_str(&format!("    printf '{format}'{ports}\n"));
            kept = number;
        }
        at = end;
    }
    rebuild.push_str(&keep(kept + 1, lines.len(), lines.len()));
    let (line, column) = place;
    Ok(PortPlace { line, column, shown: shown.to_owned(), rebuild })
}

/// A part of a format. Only at its start does a `-` need care.
fn format_part(text: &str, is_start: bool) -> String {
    if is_start {
        return format_escaped(text);
    }
    format_escaped(&format!("x{text}")).split_off(1)
}

/// Refuses a line of a corrected file that holds what a reader could not see, and says where.
fn see_line(name: &str, number: usize, line: &str) -> Result<(), Refusal> {
    check_line("the corrected line", line).map_err(|refusal| {
        let column = line.chars().position(is_refused).map_or(1, |at| at + 1);
        Refusal::At { place: format!("{name}:{number}:{column}"), refusal: Box::new(refusal) }
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
    use crate::text::FileId;

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

    fn at(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    #[test]
    fn a_port_can_be_written_wherever_it_stands() {
        let text = "-A=:1/%s:1/\nB=1\r\n\nC=:1";
        let places: Vec<Span> =
            text.match_indices('1').map(|(start, _)| at(start, start + 1)).collect();
        let place = port_place(".env", text, &places).expect("they are there");
        assert_eq!((place.line, place.column, place.shown.as_str()), (1, 5, "1"));
        let expected = [
            r#"    printf '\055A=:%s/%%s:%s/\n' "$1" "$1""#,
            r#"    printf 'B=%s\r\n' "$1""#,
            "    keep 3 3",
            r#"    printf 'C=:%s' "$1""#,
        ];
        assert_eq!(place.rebuild.lines().collect::<Vec<_>>(), expected);
        let other = "A=:1/ B=:2/";
        assert!(port_place(".env", other, &[at(3, 4), at(9, 10)]).is_err(), "two ports");
        assert!(port_place(".env", text, &[]).is_err(), "no place");
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
        .assert_debug_eq(&port_place(".env", text, &[at(start, start + 5)]).expect("it is there"));

        for (range, why) in [
            (start..start + 6, "no number"),
            (start..start, "nothing"),
            (start..start + 4, "part of a number"),
            (start + 1..start + 5, "part of a number"),
            (start..999, "past the end"),
        ] {
            let place = port_place(".env", text, &[at(range.start, range.end)]);
            assert!(place.is_err(), "{why}: {place:?}");
        }
    }
}
