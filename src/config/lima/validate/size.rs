/// Whether a text is a size as Lima reads one: a number, then perhaps a blank, then perhaps a unit
/// such as `k`, `KB` or `KiB` (docker/go-units, `RAMInBytes`).
pub(super) fn is_size(text: &str) -> bool {
    let Some(last) = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ') else {
        return false;
    };
    let (number, unit) = text.split_at(last + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let unit = unit.to_ascii_lowercase();
    let is_unit = match unit.as_str() {
        "" | "b" => true,
        unit => {
            let prefix = unit.strip_prefix(['k', 'm', 'g', 't', 'p']);
            prefix.is_some_and(|rest| ["", "b", "ib"].contains(&rest))
        }
    };
    is_unit && is_number(number)
}

/// Whether Go's `strconv.ParseFloat` reads the text as a number that is not negative.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+']).unwrap_or(text);
    let is_plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    is_plain && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_go_units_does() {
        for (text, expected) in [
            ("128KiB", true),
            ("128 KiB", true),
            ("1.5g", true),
            ("131072", true),
            ("8b", true),
            ("1e3", true),
            ("", false),
            ("KiB", false),
            ("128KiBs", false),
            ("128 kB ", false),
            ("-1", false),
            ("1x", false),
            ("1,5k", false),
        ] {
            assert_eq!(is_size(text), expected, "{text:?}");
        }
    }
}
