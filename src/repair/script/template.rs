//! The script's text with places to fill: one pass, and nothing that is filled in is read again.
//!
//! `#@ NAME` on a line of its own stands for a block; the lines from `#if NAME` to `#end` are there
//! only where NAME holds.

/// Fills `template`. A block that is not in `blocks` is empty; a name that is not in `holds` does
/// not hold.
pub(super) fn fill(template: &str, holds: &[&str], blocks: &[(&str, &str)]) -> String {
    let mut res = String::new();
    // One entry for each `#if` that is open.
    let mut open: Vec<bool> = Vec::new();
    for line in template.split_inclusive('\n') {
        let directive = line.trim();
        if let Some(name) = directive.strip_prefix("#if ") {
            open.push(holds.contains(&name));
        } else if directive == "#end" {
            open.pop();
        } else if open.contains(&false) {
            continue;
        } else if let Some(name) = directive.strip_prefix("#@ ") {
            for (_, block) in blocks.iter().filter(|(block, _)| *block == name) {
                res.push_str(block);
            }
        } else {
            res.push_str(line);
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_nest_and_blocks_are_not_read_again() {
        let template = "a\n#if x\n  #@ one\n  #if y\nb\n  #end\nc\n#end\n#@ two\nd\n";
        let blocks = [("one", "#@ two\n#if z\n"), ("two", "2\n")];
        for (holds, expected) in [
            (&["x"][..], "a\n#@ two\n#if z\nc\n2\nd\n"),
            (&["x", "y"], "a\n#@ two\n#if z\nb\nc\n2\nd\n"),
            (&["y"], "a\n2\nd\n"),
        ] {
            assert_eq!(fill(template, holds, &blocks), expected, "{holds:?}");
        }
    }
}
