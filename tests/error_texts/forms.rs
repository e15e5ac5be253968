//! A text as it arrives by different ways.

/// How wide the terminal and the mail are.
const TERMINAL: usize = 80;
const MAIL: usize = 68;

/// What stands before it on its line: log lines shift where a terminal breaks the text.
const BEFORE: [&str; 3] = [
    "",
    "api-1  | 2026/01/10 10:00:00 ",
    "sandbox-api-1  | 2026/01/10 10:00:00 start of vm-3f2a failed: ",
];

/// Every form, with a name.
pub(crate) fn of(text: &str) -> Vec<(String, String)> {
    let mut res = Vec::new();
    for (quotes, quoted) in quotes(text) {
        let mut add = |form: &str, text: String| res.push((format!("{quotes}, {form}"), text));
        for before in BEFORE {
            let line = format!("{before}{quoted}");
            add("in a terminal", wrapped(&line));
            let mail: Vec<String> = filled(&line).lines().map(|line| format!("> {line}")).collect();
            add("in a mail", format!("Hi,\nthis is what I get:\n{}\nthanks", mail.join("\n")));
        }
        let json = serde_json::json!({ "error": quoted, "code": 500 }).to_string();
        add("in JSON", json.clone());
        add("in JSON in a terminal", wrapped(&json));
        add("in JSON twice", serde_json::json!({ "message": json }).to_string());
        add("as it is", quoted);
    }
    res
}

/// The text with each kind of quotes around what it names.
fn quotes(text: &str) -> Vec<(&'static str, String)> {
    let kinds = [
        ("'…'", '\'', '\''),
        ("\"…\"", '"', '"'),
        ("`…`", '`', '`'),
        ("`…'", '`', '\''),
        ("‘…’", '‘', '’'),
        ("“…”", '“', '”'),
    ];
    let mut res: Vec<(&str, String)> = vec![("as written", text.to_owned())];
    let simple = requoted(text, '\'', '\'');
    if simple.contains('\'') {
        res.push(("''…''", doubled(&simple, '\'', "''")));
        res.push(("\"\"…\"\"", doubled(&requoted(text, '"', '"'), '"', "\"\"")));
    }
    for (name, open, close) in kinds {
        let with = requoted(text, open, close);
        if res.iter().all(|(_, other)| *other != with) {
            res.push((name, with));
        }
    }
    res
}

/// Replaces the quotes around words; an apostrophe in a word stays.
fn requoted(text: &str, open: char, close: char) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_word =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
    let mut is_open = false;
    let quote = |(at, char): (usize, &char)| {
        let in_word = is_word(at.checked_sub(1)) && is_word(Some(at + 1));
        if !matches!(char, '\'' | '"' | '`') || in_word {
            return *char;
        }
        is_open = !is_open;
        if is_open { open } else { close }
    };
    chars.iter().enumerate().map(quote).collect()
}

/// The text with its quotes doubled, as in a quoted field of CSV; an apostrophe in a word, too.
fn doubled(text: &str, quote: char, pair: &str) -> String {
    text.replace(quote, pair)
}

/// Broken wherever a line is full.
fn wrapped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let chars: Vec<char> = line.chars().collect();
        let lines: Vec<String> = chars.chunks(TERMINAL).map(String::from_iter).collect();
        lines.join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Broken at blanks.
fn filled(text: &str) -> String {
    let mut res = String::new();
    for line in text.lines() {
        let mut width = 0;
        for word in line.split(' ') {
            let length = word.chars().count() + 1;
            if width > 0 && width + length > MAIL {
                res.push('\n');
                width = 0;
            } else if width > 0 {
                res.push(' ');
            }
            res.push_str(word);
            width += length;
        }
        res.push('\n');
    }
    res
}
