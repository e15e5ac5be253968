//! From where the parser noticed an error to the place to mend.

use std::ops::Range;

use super::lines::{
    indented, is_bare, is_item, line_before, line_end, line_range, line_start, next_line,
};

/// What every error about a tab says.
pub(super) const TAB_MESSAGE: &str = "a tab stands where only spaces may";

/// An error's words and place, in the text that was read.
pub(super) struct Told {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

pub(super) fn say(range: Range<usize>, message: impl Into<String>, help: &str) -> Told {
    Told { range, message: message.into(), help: help.to_owned() }
}

/// Where the parser noticed.
pub(super) struct Spot<'t> {
    pub(super) src: &'t str,
    pub(super) at: usize,
}

impl Spot<'_> {
    pub(super) fn text(&self, range: Range<usize>) -> &str {
        self.src.get(range).unwrap_or_default()
    }

    /// A range on character boundaries within the text, and not empty where that can be.
    pub(super) fn fit(&self, range: Range<usize>) -> Range<usize> {
        let mut start = range.start.min(self.src.len());
        while !self.src.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = range.end.clamp(start, self.src.len());
        while !self.src.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// The line's content, blanks left out.
    fn content(&self, line: Range<usize>) -> Range<usize> {
        let text = self.text(line.clone());
        let start = line.start + text.len() - text.trim_start().len();
        start..(line.start + text.trim_end().len()).max(start)
    }

    pub(super) fn line(&self) -> Range<usize> {
        self.content(line_range(self.src, self.at))
    }

    /// From the place to the end of its line, or the last character where nothing follows.
    pub(super) fn rest(&self) -> Range<usize> {
        self.content(self.line_rest())
    }

    pub(super) fn line_rest(&self) -> Range<usize> {
        self.at..line_end(self.src, self.at)
    }

    pub(super) fn word(&self) -> Range<usize> {
        let rest = self.text(self.line_rest());
        let len = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        self.at..self.at + len
    }

    pub(super) fn is_line_start(&self) -> bool {
        self.line().start >= self.at
    }

    /// The last line before the place's that holds more than a comment.
    fn line_above(&self) -> Option<Range<usize>> {
        let mut line = line_before(self.src, self.at)?;
        while is_bare(self.text(line.clone())) {
            line = line_before(self.src, line.start)?;
        }
        Some(line)
    }

    /// The first tab that stands before a line's content, from the place's line on; of the line
    /// any tab otherwise.
    pub(super) fn tab(&self) -> Range<usize> {
        let mut line = line_range(self.src, self.at);
        for _ in 0..16 {
            let text = self.text(line.clone());
            let lead = text.len() - text.trim_start_matches([' ', '\t']).len();
            let blanks = text.get(..lead).unwrap_or_default();
            if let Some(tab) = blanks.find('\t') {
                return line.start + tab..line.start + lead;
            }
            if line.end >= self.src.len() {
                break;
            }
            line = line_range(self.src, next_line(self.src, line.end));
        }
        let rest = self.text(line_start(self.src, self.at)..self.src.len());
        let tab = rest.find('\t').map_or(self.at, |tab| line_start(self.src, self.at) + tab);
        tab..tab + 1
    }

    /// A tab in the blank lines right above: it ends a block text.
    fn tab_above(&self) -> Option<Range<usize>> {
        let mut line = line_before(self.src, self.at)?;
        while self.text(line.clone()).trim().is_empty() {
            if self.text(line.clone()).contains('\t') {
                return Some(line);
            }
            line = line_before(self.src, line.start)?;
        }
        None
    }

    /// A colon where no key can be: a value with a colon in it, or a line that the parser took
    /// for the one above's continuation.
    pub(super) fn second_colon(&self) -> Told {
        let line = line_range(self.src, self.at);
        let content = self.content(line.clone());
        let head = self.text(content.start..self.at);
        if let Some(first) = head.find(": ") {
            let value = self.content(content.start + first + 1..line.end);
            let message = "a colon and a blank stand within a value that has no quotes";
            let help = match self.text(value.clone()).starts_with(['“', '”', '„', '‘', '’'])
            {
                true => "put it in straight quotes instead of typographic ones",
                false => "put the value in quotes",
            };
            return say(value, message, help);
        }
        let Some(above) = self.line_above() else {
            return say(self.rest(), "a key cannot stand here", "put the text in quotes");
        };
        let (column_above, above_text) = indented(self.text(above.clone()));
        let above_range = self.content(above.clone());
        if let Some(told) = odd_line(above_text, above_range.clone()) {
            return told;
        }
        let (column, _) = indented(self.text(line));
        if column > column_above && (above_text.contains(": ") || is_item(above_text)) {
            return say(
                content,
                "the line is indented deeper than the one above it, which has a value already",
                "indent it like its neighbours",
            );
        }
        say(
            above_range,
            "the line is neither a key with a colon nor a list item",
            "remove it, or put `key: ` before it",
        )
    }

    pub(super) fn out_of_line(&self) -> Told {
        let line = self.line();
        let before = self.text(line.start..self.at);
        if before.contains("{{") {
            return say(
                line,
                "a text that starts with `{{` needs quotes",
                "put the whole value in quotes",
            );
        }
        if !self.is_line_start() {
            return say(
                self.rest(),
                "more text follows the end of the value",
                "put the whole value in quotes",
            );
        }
        if let Some(told) = odd_line(self.text(line.clone()), line.clone()) {
            return told;
        }
        if let Some(tab) = self.tab_above() {
            return say(tab, TAB_MESSAGE, "empty the line");
        }
        say(
            line,
            "the line's indentation matches none of the levels above",
            "indent it like its neighbours",
        )
    }

    pub(super) fn no_key(&self) -> Told {
        let line = self.line();
        let text = self.text(line.clone());
        if let Some(told) = odd_line(text, line.clone()) {
            return told;
        }
        if matches!(text.as_bytes().first(), Some(b'|' | b'>')) {
            return say(
                line,
                "a block text cannot start at the indentation of its key",
                "put the `|` or `>` behind the key's colon",
            );
        }
        say(
            line,
            "the line is neither a key with a colon nor a list item",
            "remove it, or complete it",
        )
    }

    /// Text behind a closing quote: on a line of its own, or because the quote that closes was
    /// meant to open.
    pub(super) fn trailing(&self, quote: char) -> Told {
        let line = line_range(self.src, self.at);
        let quotes = self.text(line.start..self.at).matches(quote).count();
        if quotes % 2 == 1 {
            let mut above = line.start;
            while let Some(earlier) = line_before(self.src, above) {
                let text = self.text(earlier.clone());
                if text.matches(quote).count() % 2 == 1 {
                    let opening = earlier.start + text.rfind(quote).unwrap_or(0);
                    return say(
                        opening..earlier.end,
                        "the quote opened here is not closed in its line",
                        "close the quote",
                    );
                }
                above = earlier.start;
            }
        }
        let help = match (quote, self.text(self.rest()).chars().next()) {
            (_, Some('"' | '\'' | '[' | '{')) => "put a comma between the two",
            ('\'', _) => "write a `'` within single quotes twice, or use double quotes",
            _ => "write a `\"` within double quotes as `\\\"`, or use single quotes",
        };
        say(self.rest(), "text follows the closing quote", help)
    }

    pub(super) fn in_brackets(&self, brackets: &[usize]) -> Told {
        let line = line_start(self.src, self.at);
        let at_end = self.text(self.at..self.src.len()).trim().is_empty();
        let here = self.text(self.at..self.at + 1).starts_with(['[', '{']).then_some(&self.at);
        let own_entry = !self.text(line..self.at).contains(['[', '{', ',']) && !brackets.is_empty();
        // A line that goes in deeper than the bracket's is meant to be within it.
        let column = |at: usize| indented(self.text(line_range(self.src, at))).0;
        let within = |open: usize| {
            let own_line = self.content(line_range(self.src, open)).start == open;
            own_line || column(self.at) > column(open)
        };
        match brackets.last().or(here) {
            Some(&open) if (open < line && !within(open)) || at_end || open == self.at => {
                let bracket = self.text(open..open + 1);
                say(
                    open..line_end(self.src, open),
                    format!("the `{bracket}` opened here is not closed"),
                    "close the bracket",
                )
            }
            _ => say(
                if own_entry { self.line() } else { self.rest() },
                "a comma or a closing bracket is missing before this",
                "put a comma between the entries",
            ),
        }
    }

    /// The escape that stands for nothing; the parser tells only the text's start.
    pub(super) fn bad_escape(&self) -> Range<usize> {
        let rest = self.text(self.at..self.src.len());
        let mut chars = rest.char_indices().skip(usize::from(rest.starts_with('"')));
        while let Some((i, c)) = chars.next() {
            if c != '\\' {
                continue;
            }
            let Some((j, sign)) = chars.next() else { break };
            let digits = match sign {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ if "0abtnvfre \"/\\N_LP\t\r\n".contains(sign) => continue,
                _ => 0,
            };
            let start = self.at + i;
            let end = self.at + j + sign.len_utf8();
            let hex = self.src.get(end..end + digits);
            let sound = digits > 0
                && hex
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                    .is_some_and(|code| char::from_u32(code).is_some());
            if !sound {
                return start..end;
            }
        }
        self.at..self.at + 1
    }

    pub(super) fn unexpected_character(&self) -> Told {
        let rest = self.text(self.at..self.src.len());
        let Some(c) = rest.chars().next() else {
            return say(self.at..self.at, "the text ends too early", "complete it");
        };
        let range = self.at..self.at + c.len_utf8();
        if rest.starts_with("```") {
            return say(
                self.line(),
                "the line marks a code block and is no part of the file",
                "remove the line",
            );
        }
        if let Some((i, control)) = rest
            .char_indices()
            .find(|(i, c)| (*i == 0 || !rest.starts_with(['@', '`', '%'])) && is_refused(*c))
        {
            let at = self.at + i;
            return say(
                at..at + control.len_utf8(),
                format!("the control character U+{:04X} stands in the text", u32::from(control)),
                "remove the character",
            );
        }
        say(range, format!("a text without quotes cannot start with `{c}`"), "put it in quotes")
    }
}

fn is_refused(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

/// A line that went wrong in a way of its own: no blank behind the colon or the dash, a prompt.
pub(super) fn odd_line(text: &str, range: Range<usize>) -> Option<Told> {
    if text.starts_with("$ ") || text.starts_with("% ") || text.starts_with("> ") {
        return Some(say(
            range,
            "the line looks like a prompt and is no part of the file",
            "remove the line",
        ));
    }
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| text.starts_with(mark)) {
        return Some(say(
            range,
            "the line is left over from a merge of two versions",
            "keep one of the two versions and remove the marks",
        ));
    }
    if let Some(rest) = text.strip_prefix('-')
        && rest
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\'' | '/' | '~' | '{'))
    {
        return Some(say(
            range,
            "a blank is missing behind the dash",
            "put a space behind the `-`",
        ));
    }
    let item = text.strip_prefix("- ").unwrap_or(text);
    let (key, value) = item.split_once(':')?;
    let is_key =
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let joined = !value.is_empty() && !value.starts_with([' ', '\t']) && !value.starts_with("//");
    (is_key && joined)
        .then(|| say(range, "a blank is missing behind the colon", "put a space behind the `:`"))
}
