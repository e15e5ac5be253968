use std::ops::Range;

/// Cuts a text into stretches that have one mark each, in order and without gaps.
///
/// Where marks lie over one another the least of their values wins, so an error hides a hint.
/// Empty marks, and parts of marks outside the text, are left out; a mark that splits a
/// character is left out as a whole.
pub fn segments<M: Copy + Ord>(
    text: &str,
    marks: &[(Range<usize>, M)],
) -> Vec<(Range<usize>, Option<M>)> {
    let whole = |range: &Range<usize>| text.get(range.clone()).is_some();
    let marks: Vec<(Range<usize>, M)> = marks
        .iter()
        .map(|(range, mark)| (range.start..range.end.min(text.len()), *mark))
        .filter(|(range, _)| range.start < range.end && whole(range))
        .collect();
    let mut cuts: Vec<usize> =
        marks.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut res: Vec<(Range<usize>, Option<M>)> = Vec::new();
    for (start, end) in cuts.iter().copied().zip(cuts.iter().copied().skip(1)) {
        let mark = marks
            .iter()
            .filter(|(range, _)| range.start <= start && end <= range.end)
            .map(|(_, mark)| *mark)
            .min();
        match res.last_mut() {
            Some((last, same)) if *same == mark => last.end = end,
            _ => res.push((start..end, mark)),
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_stronger_mark_wins_where_two_overlap() {
        let cut = |marks: &[(Range<usize>, u8)]| -> String {
            segments("abcdef", marks)
                .into_iter()
                .map(|(range, mark)| match mark {
                    Some(mark) => format!("[{mark}{}]", &"abcdef"[range]),
                    None => "abcdef"[range].to_owned(),
                })
                .collect()
        };
        for (marks, expected) in [
            (vec![], "abcdef"),
            (vec![(1..3, 2)], "a[2bc]def"),
            (vec![(1..5, 2), (2..3, 1)], "a[2b][1c][2de]f"),
            (vec![(0..2, 1), (2..4, 1)], "[1abcd]ef"),
            (vec![(3..3, 1), (4..99, 2)], "abcd[2ef]"),
        ] {
            assert_eq!(cut(&marks), expected, "{marks:?}");
        }
    }

    proptest! {
        #[test]
        fn segments_cover_the_text(
            text in "\\PC{0,20}",
            marks in prop::collection::vec((0usize..40, 0usize..40, 0u8..3), 0..6),
        ) {
            let marks: Vec<_> = marks.into_iter().map(|(a, b, mark)| (a..b, mark)).collect();
            let parts = segments(&text, &marks);
            let joined: String =
                parts.iter().map(|(range, _)| text.get(range.clone()).unwrap()).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
