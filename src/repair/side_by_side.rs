//! A diff in two columns.

use super::diff::{DiffKind, DiffLine, Hunk};

/// What stands in one row: the original's line, and the corrected text's.
pub type Row = (Option<DiffLine>, Option<DiffLine>);

/// The rows of a hunk: equal lines beside each other, and of a change the n-th removed line beside
/// the n-th added one.
pub fn rows(hunk: &Hunk) -> Vec<Row> {
    let mut res = Vec::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for line in &hunk.lines {
        match line.kind {
            DiffKind::Removed => removed.push(line.clone()),
            DiffKind::Added => added.push(line.clone()),
            DiffKind::Same => {
                pair(&mut res, &mut removed, &mut added);
                res.push((Some(line.clone()), Some(line.clone())));
            }
        }
    }
    pair(&mut res, &mut removed, &mut added);
    res
}

/// How many lines lie between two hunks, or before the first one.
pub fn gap(before: Option<&Hunk>, hunk: &Hunk) -> usize {
    let last =
        before.map_or(0, |hunk| hunk.lines.iter().filter_map(|line| line.old).max().unwrap_or(0));
    let next = hunk.lines.iter().find_map(|line| line.old);
    next.map_or(0, |next| next.saturating_sub(last + 1))
}

fn pair(res: &mut Vec<Row>, removed: &mut Vec<DiffLine>, added: &mut Vec<DiffLine>) {
    let rows = removed.len().max(added.len());
    let (mut old, mut new) = (removed.drain(..), added.drain(..));
    res.extend((0..rows).map(|_| (old.next(), new.next())));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Builds a hunk from lines such as `-old`, `+new` and ` same`, numbered from `first`.
    fn hunk(first: usize, lines: &[&str]) -> Hunk {
        let (mut old, mut new) = (first, first);
        let next = |number: &mut usize| {
            *number += 1;
            Some(*number - 1)
        };
        let lines = lines.iter().map(|line| {
            let (kind, old, new) = match line.as_bytes()[0] {
                b'-' => (DiffKind::Removed, next(&mut old), None),
                b'+' => (DiffKind::Added, None, next(&mut new)),
                _ => (DiffKind::Same, next(&mut old), next(&mut new)),
            };
            DiffLine { kind, old, new, text: line[1..].to_owned() }
        });
        Hunk { lines: lines.collect() }
    }

    #[test]
    fn changed_lines_stand_beside_each_other() {
        for (lines, expected) in [
            (vec![" a", "-b", "+c", " d"], "a|a b|c d|d"),
            (vec!["-a", "-b", "+c"], "a|c b|."),
            (vec!["+a", " b", "+c"], ".|a b|b .|c"),
        ] {
            let text = |line: &Option<DiffLine>| {
                line.as_ref().map_or(".".to_owned(), |line| line.text.clone())
            };
            let found: Vec<String> = rows(&hunk(1, &lines))
                .iter()
                .map(|(old, new)| format!("{}|{}", text(old), text(new)))
                .collect();
            assert_eq!(found.join(" "), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_gap_counts_the_lines_that_are_not_shown() {
        let first = hunk(3, &[" a", "+b", " c"]);
        let second = hunk(9, &["-d"]);
        assert_eq!(gap(None, &first), 2);
        assert_eq!(gap(Some(&first), &second), 4);
        assert_eq!(gap(Some(&first), &hunk(5, &["+e"])), 0);
    }
}
