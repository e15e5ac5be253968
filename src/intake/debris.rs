//! What the way to the paste left in a file's text: lines of the terminal or of Markdown around it,
//! columns that a program put in front of each line, a second copy.

use std::ops::Range;

use super::sort::prompt;

/// Something in a text that is not in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debris {
    /// What it is.
    pub kind: DebrisKind,
    /// The bytes that are not the file's, in order; those of the first line only where they cannot
    /// be told from the file's.
    pub ranges: Vec<Range<usize>>,
}

/// The kinds of debris.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DebrisKind {
    /// The line of a Markdown fence.
    Fence,
    /// A shell's prompt, with or without a command.
    Prompt,
    /// What a pager shows below a file's end.
    Pager,
    /// The same text once more.
    Copy,
    /// `>` in front of each line, as in a mail.
    QuoteMarks,
    /// A number in front of each line.
    LineNumbers,
    /// A diff's columns and heads.
    Diff,
}

impl DebrisKind {
    /// Whether it stands in front of each line, so that the file cannot be read around it.
    pub fn is_column(self) -> bool {
        matches!(self, Self::QuoteMarks | Self::LineNumbers | Self::Diff)
    }

    /// Whether the file is what is left without it.
    pub fn can_be_removed(self) -> bool {
        self != Self::Diff
    }
}

/// The text without the debris, in its place blanks, so that everything else stays where it is.
pub fn blanked(text: &str, debris: &[Debris]) -> String {
    let mut res = String::with_capacity(text.len());
    let mut at = 0;
    for range in debris.iter().flat_map(|debris| &debris.ranges) {
        let (Some(kept), Some(gone)) = (text.get(at..range.start), text.get(range.clone())) else {
            continue;
        };
        res.push_str(kept);
        res.extend(gone.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        at = range.end;
    }
    res.push_str(text.get(at..).unwrap_or_default());
    res
}

/// What of a settings file's text is not the file's, in the text's order.
pub fn debris(text: &str) -> Vec<Debris> {
    let lines = lines(text);
    let column = quote_marks(&lines).or_else(|| line_numbers(&lines)).or_else(|| diff(&lines));
    if let Some(column) = column {
        return vec![column];
    }
    let is_blank = |line: &&Line| line.text.trim().is_empty();
    let mut around: Vec<Debris> = Vec::new();
    let mut start = 0;
    for line in lines.iter().skip_while(is_blank) {
        let Some(kind) = opening(line.text) else { break };
        around.push(Debris { kind, ranges: vec![line.whole.clone()] });
        start = line.whole.end;
    }
    let mut end = text.len();
    let mut below = Vec::new();
    for line in lines.iter().rev().skip_while(is_blank) {
        let Some(kind) = closing(line.text).filter(|_| line.whole.start >= start) else { break };
        below.push(Debris { kind, ranges: vec![line.whole.clone()] });
        end = line.whole.start;
    }
    // A text of nothing else is no file with debris.
    if text.get(start..end).is_none_or(|rest| rest.trim().is_empty()) {
        return Vec::new();
    }
    let inner: Vec<Line> = lines
        .into_iter()
        .filter(|line| line.whole.start >= start && line.whole.end <= end)
        .collect();
    around.extend(copy(&inner));
    around.extend(below.into_iter().rev());
    keep_missing_line_end(text, &mut around);
    around
}

/// Where the text has no line end after its last line, what is left must have none either: the one
/// before what is removed at the end goes, too.
fn keep_missing_line_end(text: &str, debris: &mut [Debris]) {
    if text.ends_with('\n') {
        return;
    }
    let mut start = text.len();
    let mut ranges = debris.iter_mut().flat_map(|one| &mut one.ranges).rev().peekable();
    while let Some(range) = ranges.next_if(|range| range.end == start) {
        start = range.start;
        let before = ranges.peek().map_or(0, |before| before.end);
        if before < start {
            let kept = text.get(..start).unwrap_or_default().trim_end_matches(['\n', '\r']).len();
            range.start = kept.max(before);
        }
    }
}

/// A line without its end, and the bytes with it.
struct Line<'a> {
    text: &'a str,
    whole: Range<usize>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = text.get(at..).unwrap_or_default();
    rest.split_inclusive('\n')
        .map(|line| {
            let whole = at..at + line.len();
            at = whole.end;
            Line { text: line.trim_end_matches(['\n', '\r']), whole }
        })
        .collect()
}

/// A line above a file's text.
fn opening(line: &str) -> Option<DebrisKind> {
    let is_command = prompt(line).is_some_and(|command| !command.is_empty());
    match is_fence(line) {
        true => Some(DebrisKind::Fence),
        false => is_command.then_some(DebrisKind::Prompt),
    }
}

/// A line below a file's text. A lone `~` is null to YAML where it is not the pager's.
fn closing(line: &str) -> Option<DebrisKind> {
    if line.trim_end() == "(END)" {
        Some(DebrisKind::Pager)
    } else if is_fence(line) {
        Some(DebrisKind::Fence)
    } else {
        prompt(line).map(|_| DebrisKind::Prompt)
    }
}

/// Three backticks or tildes with at most a word behind them.
fn is_fence(line: &str) -> bool {
    ["```", "~~~"]
        .iter()
        .any(|mark| line.strip_prefix(mark).is_some_and(|info| info.split_whitespace().count() < 2))
}

/// The second half of the lines, where it repeats the first.
fn copy(lines: &[Line]) -> Option<Debris> {
    let filled: Vec<&Line> = lines.iter().filter(|line| !line.text.trim().is_empty()).collect();
    let (first, second) = filled.split_at_checked(filled.len() / 2)?;
    let same = |(a, b): (&&Line, &&Line)| a.text.trim_end() == b.text.trim_end();
    let is_copy = first.len() > 1
        && first.len() == second.len()
        && first.iter().zip(second).all(same)
        && first.iter().any(|line| !line.text.starts_with('#'));
    let (start, end) = (second.first()?.whole.start, second.last()?.whole.end);
    is_copy
        .then(|| Debris { kind: DebrisKind::Copy, ranges: std::iter::once(start..end).collect() })
}

fn quote_marks(lines: &[Line]) -> Option<Debris> {
    let mut ranges = Vec::new();
    for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
        let rest = line.text.strip_prefix('>')?;
        let length = 1 + usize::from(rest.starts_with(' '));
        ranges.push(line.whole.start..line.whole.start + length);
    }
    (ranges.len() > 1).then_some(Debris { kind: DebrisKind::QuoteMarks, ranges })
}

/// What may stand between a number and its line, the longer first.
const BEHIND_NUMBERS: [&str; 7] = ["\t", " | ", "| ", "|", ": ", ":", " "];

fn line_numbers(lines: &[Line]) -> Option<Debris> {
    let mut numbered: Vec<(usize, usize, &str)> = Vec::new();
    let mut last: Option<u32> = None;
    for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
        let digits = line.text.trim_start();
        let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: u32 = digits.get(..digits.len() - rest.len())?.parse().ok()?;
        if last.is_some_and(|last| last.checked_add(1) != Some(number)) {
            return None;
        }
        last = Some(number);
        numbered.push((line.whole.start, line.text.len() - rest.len(), rest));
    }
    let length = |behind: &str, rest: &str| match rest.starts_with(behind) {
        true => Some(behind.len()),
        // An empty line may end with the number, or right behind the mark.
        false => (rest.is_empty() || rest == behind.trim_end()).then_some(rest.len()),
    };
    let fits = |behind: &&&str| numbered.iter().all(|(.., rest)| length(behind, rest).is_some());
    let behind = BEHIND_NUMBERS.iter().find(fits)?;
    let ranges = numbered
        .iter()
        .filter_map(|(start, digits, rest)| Some(*start..start + digits + length(behind, rest)?));
    let holds_text = numbered.iter().any(|(.., rest)| rest.len() > behind.len());
    (numbered.len() > 2 && holds_text)
        .then(|| Debris { kind: DebrisKind::LineNumbers, ranges: ranges.collect() })
}

/// A unified diff: its hunks show parts of a file, before and after.
fn diff(lines: &[Line]) -> Option<Debris> {
    let head = lines
        .iter()
        .position(|line| line.text.strip_prefix("@@ -").is_some_and(|rest| rest.contains(" @@")))?;
    let (above, below) = lines.split_at_checked(head)?;
    let is_head = |line: &Line| {
        let starts = ["diff ", "index ", "--- ", "+++ ", "new file ", "Index: ", "===="];
        line.text.trim().is_empty() || starts.iter().any(|start| line.text.starts_with(start))
    };
    let is_hunk =
        |line: &Line| line.text.is_empty() || line.text.starts_with([' ', '+', '-', '@', '\\']);
    let whole = below.first()?.whole.clone();
    (above.iter().all(is_head) && below.iter().all(|line| is_hunk(line) || is_head(line)))
        .then(|| Debris { kind: DebrisKind::Diff, ranges: vec![whole] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn without(text: &str) -> (Vec<DebrisKind>, String) {
        let found = debris(text);
        let mut res = text.to_owned();
        for range in found.iter().rev().flat_map(|one| one.ranges.iter().rev()) {
            res.replace_range(range.clone(), "");
        }
        (found.iter().map(|one| one.kind).collect(), res)
    }

    #[test]
    fn what_is_left_is_the_file() {
        use DebrisKind::{Copy, Fence, LineNumbers, Pager, Prompt, QuoteMarks};
        for (text, kinds, expected) in [
            ("```yaml\na: 1\n```\n", vec![Fence, Fence], "a: 1\n"),
            ("a: 1\n```\n", vec![Fence], "a: 1\n"),
            ("\n$ cat .env\nA=1\nada@mac ~ % \n", vec![Prompt, Prompt], "\nA=1\n"),
            ("ada@vm:~$ cat lima.yaml | head\r\na: 1\r\n", vec![Prompt], "a: 1\r\n"),
            ("a: 1\n(END)\n", vec![Pager], "a: 1\n"),
            ("a: 1\r\n```\r\n$", vec![Fence, Prompt], "a: 1"),
            ("A=1\nB=2\n\nA=1\nB=2\n", vec![Copy], "A=1\nB=2\n\n"),
            ("```\nA=1\nB=2\nA=1\nB=2\n```\n", vec![Fence, Copy, Fence], "A=1\nB=2\n"),
            ("> a:\n>   b: 1\n>\n> c: 2\n", vec![QuoteMarks], "a:\n  b: 1\n\nc: 2\n"),
            ("     1\ta:\n     2\t  b: 1\n     3\t\n", vec![LineNumbers], "a:\n  b: 1\n\n"),
            ("9: a:\n10:   b: 1\n11:\n12: c: 2\n", vec![LineNumbers], "a:\n  b: 1\n\nc: 2\n"),
            ("1 a:\n2   b: 1\n3   c: 2\n", vec![LineNumbers], "a:\n  b: 1\n  c: 2\n"),
            // Files as they are.
            ("", vec![], ""),
            ("```\n", vec![], "```\n"),
            ("# $ cat .env\nA=1\n", vec![], "# $ cat .env\nA=1\n"),
            ("a: |\n  ```\n  x\n  ```\n", vec![], "a: |\n  ```\n  x\n  ```\n"),
            ("a: >\n  b\n", vec![], "a: >\n  b\n"),
            ("A=1\nA=1\n", vec![], "A=1\nA=1\n"),
            ("# a\n# b\n# a\n# b\n", vec![], "# a\n# b\n# a\n# b\n"),
            ("1: a\n3: b\n5: c\n", vec![], "1: a\n3: b\n5: c\n"),
            ("a: 1\n---\nb: 2\n", vec![], "a: 1\n---\nb: 2\n"),
        ] {
            assert_eq!(without(text), (kinds, expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_diff_is_no_file() {
        for (text, expected) in [
            ("--- a/lima.yaml\n+++ b/lima.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n", true),
            ("@@ -1 +1,2 @@ x\n a: 1\n+b: 3\n", true),
            ("a:\n- b\n- c\n", false),
            ("--- \na: 1\n", false),
        ] {
            let kinds: Vec<DebrisKind> = debris(text).iter().map(|one| one.kind).collect();
            let kind = expected.then_some(DebrisKind::Diff);
            assert_eq!(kinds, Vec::from_iter(kind), "{text}");
        }
    }

    proptest! {
        #[test]
        fn debris_lies_in_its_text_in_order(text in "[-`>~$%@ 123:=|a\n\r\u{feff}]{0,60}") {
            let found = debris(&text);
            let mut at = 0;
            for range in found.iter().flat_map(|one| &one.ranges) {
                prop_assert!(at <= range.start && text.get(range.clone()).is_some());
                at = range.end;
            }
            let blanked = blanked(&text, &found);
            prop_assert_eq!(blanked.len(), text.len());
            prop_assert_eq!(blanked.matches('\n').count(), text.matches('\n').count());
        }
    }
}
