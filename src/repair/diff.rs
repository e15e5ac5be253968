//! The original against the corrected text, line by line.
//!
//! Lines end at LF alone, as `patch` sees them: a CR before it belongs to its line.

use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};

use super::plan::LineCount;
use crate::text::printable;

/// A stretch of lines with the changes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The lines, context included, in order.
    pub lines: Vec<DiffLine>,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Which of the texts has it.
    pub kind: DiffKind,
    /// Its number in the original, from 1.
    pub old: Option<usize>,
    /// Its number in the corrected text, from 1.
    pub new: Option<usize>,
    /// Its text without the line break.
    pub text: String,
}

/// Which of the two texts has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// Both.
    Same,
    /// Only the original.
    Removed,
    /// Only the corrected text.
    Added,
}

/// The changes between two texts, with up to `context` equal lines around each.
pub fn hunks(original: &str, corrected: &str, context: usize) -> Vec<Hunk> {
    let diff = Diff::new(original, corrected);
    let without_break = |line: &str| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).to_owned()
    };
    diff.groups(context)
        .iter()
        .map(|group| {
            let lines = group
                .iter()
                .flat_map(|op| op.iter_changes(&diff.old, &diff.new))
                .map(|change| DiffLine {
                    kind: match change.tag() {
                        ChangeTag::Equal => DiffKind::Same,
                        ChangeTag::Delete => DiffKind::Removed,
                        ChangeTag::Insert => DiffKind::Added,
                    },
                    old: change.old_index().map(|i| i + 1),
                    new: change.new_index().map(|i| i + 1),
                    text: without_break(change.value()),
                })
                .collect();
            Hunk { lines }
        })
        .collect()
}

/// A unified diff that `patch -p1` takes; empty where nothing changes.
///
/// `name` is the file's path from the directory in which the patch is applied. Line ends are kept
/// as they are, CR included.
pub fn unified(name: &str, original: &str, corrected: &str) -> String {
    unified_with_context(name, original, corrected, 3)
}

/// [`unified`] with up to `context` equal lines around each change.
pub(super) fn unified_with_context(
    name: &str,
    original: &str,
    corrected: &str,
    context: usize,
) -> String {
    let diff = Diff::new(original, corrected);
    let groups = diff.groups(context);
    if groups.is_empty() {
        return String::new();
    }
    let name = printable(name);
    // As `diff -u` does: a name with a blank in it ends with a tab.
    let tab = if name.contains(char::is_whitespace) { "\t" } else { "" };
    let mut res = format!("--- a/{name}{tab}\n+++ b/{name}{tab}\n");
    for group in groups {
        let old = group.iter().map(DiffOp::old_range).fold(None, hull);
        let new = group.iter().map(DiffOp::new_range).fold(None, hull);
        res += &format!("@@ -{} +{} @@\n", range(old), range(new));
        for change in group.iter().flat_map(|op| op.iter_changes(&diff.old, &diff.new)) {
            res.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            res += change.value();
            if !change.value().ends_with('\n') {
                res += "\n\\ No newline at end of file\n";
            }
        }
    }
    res
}

/// How many lines were added and removed, and how many stayed.
pub fn count(original: &str, corrected: &str) -> LineCount {
    let diff = Diff::new(original, corrected);
    let mut res = LineCount::default();
    for op in &diff.ops {
        if let DiffOp::Equal { len, .. } = op {
            res.untouched += len;
        } else {
            res.removed += op.old_range().len();
            res.added += op.new_range().len();
        }
    }
    res
}

/// The lines of two texts, line ends included, and how the one becomes the other.
struct Diff<'a> {
    old: Vec<&'a str>,
    new: Vec<&'a str>,
    ops: Vec<DiffOp>,
}

impl<'a> Diff<'a> {
    fn new(original: &'a str, corrected: &'a str) -> Self {
        let old: Vec<&str> = original.split_inclusive('\n').collect();
        let new: Vec<&str> = corrected.split_inclusive('\n').collect();
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        Self { old, new, ops }
    }

    fn groups(&self, context: usize) -> Vec<Vec<DiffOp>> {
        if self.ops.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
            return Vec::new();
        }
        group_diff_ops(self.ops.clone(), context)
    }
}

type Lines = std::ops::Range<usize>;

fn hull(res: Option<Lines>, next: Lines) -> Option<Lines> {
    Some(res.map_or(next.start, |res| res.start)..next.end)
}

/// `start,length` as unified diffs write it: an empty range names the line before it.
fn range(lines: Option<Lines>) -> String {
    let lines = lines.unwrap_or(0..0);
    let start = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{start},{}", lines.len())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        expect![[r#"
            --- a/.env
            +++ b/.env
            @@ -2,4 +2,5 @@
             b
             c
             d
            -PORT=1
            \ No newline at end of file
            +PORT=2
            +X=
        "#]]
        .assert_eq(&unified(".env", "a\nb\nc\nd\nPORT=1", "a\nb\nc\nd\nPORT=2\nX=\n"));
        expect![[r#"
            --- a/my files/lima.yaml	
            +++ b/my files/lima.yaml	
            @@ -0,0 +1,1 @@
            +cpus: 1
        "#]]
        .assert_eq(&unified("my files/lima.yaml", "", "cpus: 1\n"));
        assert_eq!(unified("x", "same\n", "same\n"), "");
    }

    #[test]
    fn line_ends_are_kept_in_the_patch_and_left_out_of_the_lines() {
        let (original, corrected) = ("a\r\nb\rc\r\n", "a\r\nb\rd\r\n");
        assert!(unified("x", original, corrected).ends_with(" a\r\n-b\rc\r\n+b\rd\r\n"));
        let lines: Vec<_> = hunks(original, corrected, 3).remove(0).lines;
        let shown: Vec<_> =
            lines.iter().map(|line| (line.kind, line.old, line.new, line.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                (DiffKind::Same, Some(1), Some(1), "a"),
                (DiffKind::Removed, Some(2), None, "b\rc"),
                (DiffKind::Added, None, Some(2), "b\rd"),
            ]
        );
    }

    #[test]
    fn lines_are_counted() {
        for (original, corrected, added, removed, untouched) in [
            ("", "", 0, 0, 0),
            ("a\nb\nc\n", "a\nb\nc\n", 0, 0, 3),
            ("a\nb\nc\n", "a\nB\nc\nd\n", 2, 1, 2),
            ("a", "a\n", 1, 1, 0),
            ("a\r\n", "a\n", 1, 1, 0),
        ] {
            let expected = LineCount { added, removed, untouched };
            assert_eq!(count(original, corrected), expected, "{original:?} {corrected:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_new_text_can_be_put_together_from_the_hunks(
            original in "([ab]?\n){0,12}[ab]?", corrected in "([ab]?\n){0,12}[ab]?"
        ) {
            let all = usize::MAX / 4;
            let hunks = hunks(&original, &corrected, all);
            let side = |kind: DiffKind| -> Vec<String> {
                hunks.iter().flat_map(|hunk| &hunk.lines)
                    .filter(|line| line.kind == kind || line.kind == DiffKind::Same)
                    .map(|line| line.text.clone())
                    .collect()
            };
            if original == corrected {
                proptest::prop_assert!(hunks.is_empty());
            } else {
                proptest::prop_assert_eq!(side(DiffKind::Removed), original.lines().collect::<Vec<_>>());
                proptest::prop_assert_eq!(side(DiffKind::Added), corrected.lines().collect::<Vec<_>>());
            }
            let count = count(&original, &corrected);
            proptest::prop_assert_eq!(count.added + count.untouched, corrected.lines().count());
            proptest::prop_assert_eq!(count.removed + count.untouched, original.lines().count());
        }
    }
}
