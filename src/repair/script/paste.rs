//! The paste form: the script as one word for `sh -c`, to be pasted into a terminal.
//!
//! The interactive shell has only to find the end of one text in single quotes: none of its
//! aliases, options and expansions reach what is in them. The text holds no comment, no tab and no
//! `!`, which some shells expand even between quotes.

use super::quote::quoted;

/// The longest text that is offered: Linux takes no argument longer than 128 KiB.
const LONGEST: usize = 120_000;

/// The script `text` as a command that applies it; `None` where it is too long for one.
pub(super) fn paste(text: &str) -> Option<String> {
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    };
    let code: Vec<&str> = text.lines().filter(is_code).map(str::trim_start).collect();
    let res = format!("sh -c {} lima-doctor --apply\n", quoted(&code.join("\n")));
    (res.len() <= LONGEST && !res.contains('!')).then_some(res)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_go_and_quotes_stay() {
        let text = "#!/bin/sh\n# it's\n\nif a; then\n    say 'x  # y'\nfi\n";
        let expected = "sh -c 'if a; then\nsay '\\''x  # y'\\''\nfi' lima-doctor --apply\n";
        assert_eq!(paste(text).as_deref(), Some(expected));
    }

    #[test]
    fn what_no_shell_takes_is_not_offered() {
        assert_eq!(paste(&"say x\n".repeat(30_000)), None);
        assert_eq!(paste("say 'a!'\n"), None);
    }
}
