//! Styles, and Markdown rendered lightly for a terminal.

use anstyle::{AnsiColor, Effects, Style};
use lima_doctor::diagnostic::Severity;

/// Line numbers, gutters and what is secondary.
pub(crate) const GUTTER: Style = AnsiColor::Blue.on_default().effects(Effects::BOLD);
/// What matters.
pub(crate) const STRONG: Style = Style::new().effects(Effects::BOLD);
/// Code within a sentence.
const CODE: Style = AnsiColor::Cyan.on_default();

pub(crate) fn severity_style(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Hint => AnsiColor::Cyan,
    };
    colour.on_default().effects(Effects::BOLD)
}

/// Markdown with its headings and code coloured and its links written out. The text is the
/// project's own, so nothing in it needs to be made harmless.
pub(crate) fn render_markdown(text: &str) -> String {
    let mut res = String::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_fence = !in_fence;
        } else if in_fence {
            res += &format!("    {CODE}{line}{CODE:#}\n");
        } else if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            res += &format!("{STRONG}{heading}{STRONG:#}\n");
        } else {
            res += &inline(line);
            res.push('\n');
        }
    }
    res
}

/// Bold, code and links within a line.
fn inline(line: &str) -> String {
    let mut res = String::new();
    for (i, part) in line.split('`').enumerate() {
        if i % 2 == 1 {
            res += &format!("{CODE}{part}{CODE:#}");
            continue;
        }
        for (j, part) in part.split("**").enumerate() {
            let part = links(part);
            res += &if j % 2 == 1 { format!("{STRONG}{part}{STRONG:#}") } else { part };
        }
    }
    res
}

/// `[text](address)` as `text (address)`, `<address>` as `address`.
fn links(text: &str) -> String {
    let mut res = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        res += before;
        let parts =
            link.split_once("](").and_then(|(label, rest)| Some((label, rest.split_once(')')?)));
        match parts {
            Some((label, (address, after))) => {
                res += &format!("{label} ({address})");
                rest = after;
            }
            None => {
                res.push('[');
                rest = link;
            }
        }
    }
    let mut parts = rest.split("<http");
    res += parts.next().unwrap_or_default();
    for part in parts {
        res += "http";
        res += &part.replacen('>', "", 1);
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_rendered_lightly() {
        for (text, expected) in [
            ("# Title", "Title\n"),
            ("### `code` in a title", "`code` in a title\n"),
            ("a **b** `c`\n", "a b c\n"),
            (
                "see [Lima](https://lima-vm.io), [x] and <https://a.b>",
                "see Lima (https://lima-vm.io), [x] and https://a.b\n",
            ),
            ("```yaml\na: **b**\n```\nx", "    a: **b**\nx\n"),
            ("container -> host", "container -> host\n"),
            ("- one\n\n- two", "- one\n\n- two\n"),
        ] {
            let plain = anstream::adapter::strip_str(&render_markdown(text)).to_string();
            assert_eq!(plain, expected, "{text:?}");
        }
        assert_eq!(render_markdown("# T"), "\u{1b}[1mT\u{1b}[0m\n");
    }
}
