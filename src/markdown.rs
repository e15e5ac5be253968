//! The little Markdown that the rules' pages are written in, as data: a page builds elements
//! from it and never handles markup as text.
//!
//! Headings, paragraphs, lists of one level, fenced code; in a line code, strong text, emphasis
//! and links. Whatever else there is stays text.

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    /// A heading of a level from 1 to 6.
    Heading(u8, Vec<Inline>),
    /// Lines that belong together.
    Paragraph(Vec<Inline>),
    /// A list, numbered or not.
    List {
        /// Whether its items are counted.
        ordered: bool,
        /// The items.
        items: Vec<Vec<Inline>>,
    },
    /// Fenced code, its language (may be empty) and its text without the last line break.
    Code(String, String),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// `` `code` ``
    Code(String),
    /// `**strong**`
    Strong(String),
    /// `*emphasis*`
    Emphasis(String),
    /// `[text](address)` or `<address>`; only `https:` addresses become links.
    Link(String, String),
}

/// Reads a page.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut res = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut list: Option<(bool, Vec<String>)> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(language) = trimmed.strip_prefix("```") {
            flush(&mut res, &mut paragraph, &mut list);
            let code: Vec<&str> =
                lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
            res.push(Block::Code(language.trim().to_owned(), code.join("\n")));
        } else if trimmed.is_empty() {
            flush(&mut res, &mut paragraph, &mut list);
        } else if let Some((level, title)) = heading(trimmed) {
            flush(&mut res, &mut paragraph, &mut list);
            res.push(Block::Heading(level, inline(title)));
        } else if let Some((ordered, item)) = list_item(trimmed) {
            if list.as_ref().is_none_or(|(same, _)| *same != ordered) {
                flush(&mut res, &mut paragraph, &mut list);
            }
            list.get_or_insert((ordered, Vec::new())).1.push(item.to_owned());
        } else if let Some(item) =
            list.as_mut().and_then(|(_, items)| items.last_mut()).filter(|_| line.starts_with(' '))
        {
            item.push(' ');
            item.push_str(trimmed);
        } else {
            if list.is_some() {
                flush(&mut res, &mut paragraph, &mut list);
            }
            paragraph.push(trimmed);
        }
    }
    flush(&mut res, &mut paragraph, &mut list);
    res
}

/// Reads the parts of a line. A mark without its partner is text.
pub fn inline(text: &str) -> Vec<Inline> {
    let mut res: Vec<Inline> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some((part, after)) = span(rest) {
            if !plain.is_empty() {
                res.push(Inline::Text(std::mem::take(&mut plain)));
            }
            res.push(part);
            rest = after;
        } else {
            plain.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or("");
        }
    }
    if !plain.is_empty() {
        res.push(Inline::Text(plain));
    }
    res
}

fn span(text: &str) -> Option<(Inline, &str)> {
    let between = |open: &str, close: &str| {
        let (inner, after) = text.strip_prefix(open)?.split_once(close)?;
        (!inner.is_empty()).then(|| (inner.to_owned(), after))
    };
    if text.starts_with("``") {
        return between("`` ", " ``").map(|(code, after)| (Inline::Code(code), after));
    }
    if let Some((code, after)) = between("`", "`") {
        return Some((Inline::Code(code), after));
    }
    if let Some((strong, after)) = between("**", "**") {
        return Some((Inline::Strong(strong), after));
    }
    if let Some((words, after)) = between("*", "*")
        && !words.starts_with([' ', '*'])
    {
        return Some((Inline::Emphasis(words), after));
    }
    if let Some((address, after)) = between("<", ">")
        && address.starts_with("https://")
        && !address.contains(' ')
    {
        return Some((Inline::Link(address.clone(), address), after));
    }
    let (words, after) = between("[", "](")?;
    let (address, after) = after.split_once(')')?;
    address.starts_with("https://").then(|| (Inline::Link(words, address.to_owned()), after))
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level as u8, title.trim()))
}

fn list_item(line: &str) -> Option<(bool, &str)> {
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, item));
    }
    let (number, item) = line.split_once(". ")?;
    let counted = !number.is_empty() && number.len() < 4;
    (counted && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((true, item))
}

fn flush(res: &mut Vec<Block>, paragraph: &mut Vec<&str>, list: &mut Option<(bool, Vec<String>)>) {
    if !paragraph.is_empty() {
        res.push(Block::Paragraph(inline(&paragraph.join(" "))));
        paragraph.clear();
    }
    if let Some((ordered, items)) = list.take() {
        res.push(Block::List { ordered, items: items.iter().map(|item| inline(item)).collect() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(words: &str) -> Inline {
        Inline::Text(words.to_owned())
    }

    #[test]
    fn a_page_becomes_blocks() {
        let page = "# What it finds\nOne line.\nAnother one.\n\n- a `b`\n  goes on\n- c\n1. d\n\n```yaml\nmounts:\n\n- x\n```\nend";
        let expected = vec![
            Block::Heading(1, vec![text("What it finds")]),
            Block::Paragraph(vec![text("One line. Another one.")]),
            Block::List {
                ordered: false,
                items: vec![
                    vec![text("a "), Inline::Code("b".into()), text(" goes on")],
                    vec![text("c")],
                ],
            },
            Block::List { ordered: true, items: vec![vec![text("d")]] },
            Block::Code("yaml".into(), "mounts:\n\n- x".into()),
            Block::Paragraph(vec![text("end")]),
        ];
        assert_eq!(blocks(page), expected);
    }

    #[test]
    fn marks_in_a_line_need_their_partner() {
        for (line, expected) in [
            ("a `b` c", vec![text("a "), Inline::Code("b".into()), text(" c")]),
            ("a `b", vec![text("a `b")]),
            ("`` a`b ``", vec![Inline::Code("a`b".into())]),
            (
                "**x** *y*",
                vec![Inline::Strong("x".into()), text(" "), Inline::Emphasis("y".into())],
            ),
            ("2 * 3 * 4", vec![text("2 * 3 * 4")]),
            (
                "[Lima](https://lima-vm.io/docs)",
                vec![Inline::Link("Lima".into(), "https://lima-vm.io/docs".into())],
            ),
            (
                "<https://lima-vm.io>",
                vec![Inline::Link("https://lima-vm.io".into(), "https://lima-vm.io".into())],
            ),
        ] {
            assert_eq!(inline(line), expected, "{line}");
        }
    }

    #[test]
    fn only_https_addresses_become_links() {
        for line in ["[x](javascript:alert)", "[x](http://a.test)", "<b>", "[x](data:text/html,y)"]
        {
            assert_eq!(inline(line), [text(line)], "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(page in "([ -~]|[\\n`*\\[\\]()<>#-]|ü){0,60}") {
            blocks(&page);
            inline(&page);
        }
    }
}
