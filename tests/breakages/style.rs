//! One tree of YAML, written in many ways.

use super::support::random::Random;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// A text, which may be quoted.
    Text(String),
    /// A number or a truth value, which may not.
    Bare(String),
    /// A script.
    Block(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    pub(crate) fn text(text: impl Into<String>) -> Tree {
        Tree::Text(text.into())
    }

    pub(crate) fn bare(value: impl ToString) -> Tree {
        Tree::Bare(value.to_string())
    }

    pub(crate) fn map<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
        Tree::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn is_empty(&self) -> bool {
        match self {
            Tree::List(items) => items.is_empty(),
            Tree::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }

    fn holds_block(&self) -> bool {
        match self {
            Tree::Block(_) => true,
            Tree::List(items) => items.iter().any(Tree::holds_block),
            Tree::Map(entries) => entries.iter().any(|(_, value)| value.holds_block()),
            _ => false,
        }
    }
}

/// A way to write files.
pub(crate) struct Style {
    pub(crate) random: Random,
    /// Blanks per level.
    pub(crate) indent: usize,
    /// Whether a list stands deeper than its key.
    pub(crate) indents_lists: bool,
    /// Chances in a hundred.
    pub(crate) comments: usize,
    pub(crate) blank_lines: usize,
    pub(crate) quotes: usize,
    pub(crate) flow: usize,
    /// Whether keys are written in another order.
    pub(crate) shuffles: bool,
}

const NOTES: [&str; 6] = [
    "as on the wiki",
    "see README: \"setup\"",
    "to do: ask Kim",
    "don't touch",
    "was /srv once",
    "ok",
];

impl Style {
    /// As Lima's and Docker's own examples are written.
    pub(crate) fn plain() -> Style {
        Style {
            random: Random::new(0),
            indent: 2,
            indents_lists: false,
            comments: 0,
            blank_lines: 0,
            quotes: 0,
            flow: 0,
            shuffles: false,
        }
    }

    /// As somebody writes.
    pub(crate) fn new(random: &mut Random) -> Style {
        Style {
            random: Random::new(random.number()),
            indent: 2 + 2 * random.below(2),
            indents_lists: random.chance(50),
            comments: random.below(25),
            blank_lines: random.below(20),
            quotes: random.below(60),
            flow: random.below(30),
            shuffles: random.chance(50),
        }
    }

    /// Draws the choices anew.
    pub(crate) fn seeded(self, random: &mut Random) -> Style {
        Style { random: Random::new(random.number()), ..self }
    }

    /// A file that holds the tree.
    pub(crate) fn yaml(&mut self, tree: &Tree) -> String {
        let mut out = String::new();
        if self.random.chance(self.comments) {
            out.push_str("# written by hand\n\n");
        }
        self.block(tree, 0, &mut out);
        out
    }

    /// A `.env` file with these entries.
    pub(crate) fn env(&mut self, entries: &[(String, String)]) -> String {
        let mut entries: Vec<&(String, String)> = entries.iter().collect();
        self.shuffle(&mut entries);
        let mut out = String::new();
        for (name, value) in entries {
            self.line_before(0, &mut out);
            let quote = match self.random.chance(self.quotes) {
                true => self.random.pick(&["'", "\""]),
                false => "",
            };
            let export = if self.random.chance(self.quotes / 4) { "export " } else { "" };
            out.push_str(&format!("{export}{name}={quote}{value}{quote}"));
            self.note_behind(&mut out);
        }
        out
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        if self.shuffles {
            for i in (1..items.len()).rev() {
                items.swap(i, self.random.below(i + 1));
            }
        }
    }

    fn line_before(&mut self, indent: usize, out: &mut String) {
        if self.random.chance(self.blank_lines) {
            out.push('\n');
        }
        if self.random.chance(self.comments) {
            let note = self.random.pick(&NOTES);
            out.push_str(&format!("{}# {note}\n", " ".repeat(indent)));
        }
    }

    fn note_behind(&mut self, out: &mut String) {
        if self.random.chance(self.comments) {
            let note = self.random.pick(&NOTES);
            out.push_str(&format!("  # {note}"));
        }
        out.push('\n');
    }

    /// The tree from a line's start on, or behind a dash.
    fn block(&mut self, tree: &Tree, indent: usize, out: &mut String) {
        match tree {
            Tree::Map(entries) => {
                let mut entries: Vec<&(String, Tree)> = entries.iter().collect();
                self.shuffle(&mut entries);
                for (i, (key, value)) in entries.into_iter().enumerate() {
                    if i > 0 || out.is_empty() || out.ends_with('\n') {
                        self.line_before(indent, out);
                        out.push_str(&" ".repeat(indent));
                    }
                    let key = self.scalar(key, false);
                    out.push_str(&format!("{key}:"));
                    self.value(value, indent, out);
                }
            }
            Tree::List(items) => {
                for item in items {
                    self.line_before(indent, out);
                    out.push_str(&format!("{}- ", " ".repeat(indent)));
                    let is_flow = !item.holds_block() && self.random.chance(self.flow);
                    match item {
                        Tree::Map(_) if !item.is_empty() && !is_flow => {
                            self.block(item, indent + 2, out);
                        }
                        _ => {
                            out.push_str(&self.flow(item));
                            self.note_behind(out);
                        }
                    }
                }
            }
            _ => panic!("a file is a map or a list"),
        }
    }

    /// What stands behind `key:`.
    fn value(&mut self, value: &Tree, indent: usize, out: &mut String) {
        match value {
            Tree::Block(text) => {
                out.push_str(" |\n");
                for line in text.lines() {
                    out.push_str(&format!("{}{line}\n", " ".repeat(indent + self.indent)));
                }
            }
            Tree::Map(_) | Tree::List(_) if !value.is_empty() => {
                if !value.holds_block() && self.random.chance(self.flow) {
                    out.push_str(&format!(" {}", self.flow(value)));
                    return self.note_behind(out);
                }
                self.note_behind(out);
                let is_list = matches!(value, Tree::List(_));
                let deeper = if is_list && !self.indents_lists { 0 } else { self.indent };
                self.block(value, indent + deeper, out);
            }
            _ => {
                out.push_str(&format!(" {}", self.flow(value)));
                self.note_behind(out);
            }
        }
    }

    fn flow(&mut self, tree: &Tree) -> String {
        match tree {
            Tree::Text(text) => self.scalar(text, true),
            Tree::Bare(text) => text.clone(),
            Tree::Block(_) => panic!("a script is written in lines"),
            Tree::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Tree::Map(entries) => {
                let mut entries: Vec<&(String, Tree)> = entries.iter().collect();
                self.shuffle(&mut entries);
                let entries: Vec<String> = entries
                    .into_iter()
                    .map(|(key, value)| {
                        format!("{}: {}", self.scalar(key, false), self.flow(value))
                    })
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// A text, plain where it may be.
    fn scalar(&mut self, text: &str, is_value: bool) -> String {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "/._-@+".contains(c);
        let may_be_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
            && text.chars().all(is_word)
            && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text);
        let chance = if is_value { self.quotes } else { self.quotes / 8 };
        match may_be_plain && !self.random.chance(chance) {
            true => text.to_owned(),
            false if self.random.chance(50) && !text.contains('\'') => format!("'{text}'"),
            false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}
