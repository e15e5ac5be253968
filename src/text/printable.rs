use std::borrow::Cow;

/// The text with every character replaced that would act on a terminal or hide from the eye:
/// control characters by their pictures, bidirectional and invisible ones by U+FFFD. Line breaks
/// and tabs count as control characters, too.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(|char| picture(char).is_some()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|char| picture(char).unwrap_or(char)).collect())
}

/// What stands for a character that must not be shown as it is.
fn picture(char: char) -> Option<char> {
    match char {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_or_hide_is_made_visible() {
        for (text, expected) in [
            ("plain ü 漢", "plain ü 漢"),
            ("\u{1b}[31m", "␛[31m"),
            ("a\tb\r\n\u{0}\u{7f}", "a␉b␍␊␀␡"),
            ("\u{9b}31m \u{202e}x\u{feff}", "\u{fffd}31m \u{fffd}x\u{fffd}"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }
}
