//! What an unquoted scalar is to Compose, and the text that Go makes of it: `052136` is an octal
//! number and reaches the container as `21598`.

/// What a scalar holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Int,
    Float,
    Time,
}

/// The kind of an unquoted scalar that is not null, and its text where Go prints another one.
/// (YAML 1.2 booleans; numbers as in YAML 1.1: octal by a leading zero, `_` between digits.)
pub(super) fn read(text: &str) -> (Kind, Option<String>) {
    let changed = |printed: String| (printed != text).then_some(printed);
    match text {
        "true" | "True" | "TRUE" => return (Kind::Bool, changed("true".to_owned())),
        "false" | "False" | "FALSE" => return (Kind::Bool, changed("false".to_owned())),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return (Kind::Float, Some("+Inf".to_owned()));
        }
        "-.inf" | "-.Inf" | "-.INF" => return (Kind::Float, Some("-Inf".to_owned())),
        ".nan" | ".NaN" | ".NAN" => return (Kind::Float, Some("NaN".to_owned())),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return (Kind::Text, None);
    }
    if let Some(printed) = time(text) {
        return (Kind::Time, Some(printed));
    }
    let plain = text.replace('_', "");
    if let Some(printed) = integer(&plain) {
        return (Kind::Int, changed(printed));
    }
    match float(&plain) {
        Some(printed) => (Kind::Float, changed(printed)),
        None => (Kind::Text, None),
    }
}

fn integer(text: &str) -> Option<String> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", text.get(1..)?),
        b'+' => ("+", text.get(1..)?),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        Some(two) if two.starts_with('0') => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    let fits = match sign {
        "-" => value <= i64::MIN.unsigned_abs(),
        "+" => value <= i64::MAX.unsigned_abs(),
        _ => true,
    };
    let sign = if sign == "-" && value > 0 { "-" } else { "" };
    fits.then(|| format!("{sign}{value}"))
}

fn float(text: &str) -> Option<String> {
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&exponent) {
        return Some(value.to_string());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{digits}e{sign}{:02}", exponent.abs()))
}

/// A date, or a date and a time without a fraction, in UTC.
fn time(text: &str) -> Option<String> {
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, clock.strip_suffix('Z').unwrap_or(clock)),
        None => (text, "0:0:0"),
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let is_date = date.find('-') == Some(4) && (1..=days).contains(&day);
    let is_time = hour < 24 && minute < 60 && second < 60;
    (is_date && is_time).then(|| {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} +0000 UTC")
    })
}

fn numbers(text: &str, separator: char) -> Option<[u32; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let res = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(res)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquoted_scalars_are_printed_as_go_prints_them() {
        for (text, kind, printed) in [
            ("052136", Kind::Int, "21598"),
            ("52136", Kind::Int, "52136"),
            ("0o17", Kind::Int, "15"),
            ("0xFF", Kind::Int, "255"),
            ("-0x1F", Kind::Int, "-31"),
            ("0b11", Kind::Int, "3"),
            ("1_000", Kind::Int, "1000"),
            ("+5", Kind::Int, "5"),
            ("18446744073709551615", Kind::Int, "18446744073709551615"),
            ("18446744073709551616", Kind::Float, "1.8446744073709552e+19"),
            ("089", Kind::Float, "89"),
            ("1.10", Kind::Float, "1.1"),
            ("1.0", Kind::Float, "1"),
            ("5.", Kind::Float, "5"),
            (".5", Kind::Float, "0.5"),
            ("1e3", Kind::Float, "1000"),
            ("1e10", Kind::Float, "1e+10"),
            ("123456789.5", Kind::Float, "1.234567895e+08"),
            ("1e-7", Kind::Float, "1e-07"),
            ("1e400", Kind::Text, "1e400"),
            ("True", Kind::Bool, "true"),
            ("yes", Kind::Text, "yes"),
            ("22:22", Kind::Text, "22:22"),
            ("0x", Kind::Text, "0x"),
            ("_1", Kind::Text, "_1"),
            ("1.2.3.4", Kind::Text, "1.2.3.4"),
            ("2024-01-02", Kind::Time, "2024-01-02 00:00:00 +0000 UTC"),
            ("2024-1-2T3:4:5Z", Kind::Time, "2024-01-02 03:04:05 +0000 UTC"),
            ("2024-02-30", Kind::Text, "2024-02-30"),
        ] {
            let (read_kind, read_text) = read(text);
            let read_text = read_text.as_deref().unwrap_or(text);
            assert_eq!((read_kind, read_text), (kind, printed), "{text}");
        }
    }
}
