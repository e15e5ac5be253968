//! Texts with references, and the ways to write a text in YAML and in `.env`.

use super::support::random::Random;

/// Names that `.env` may define, that the shell may, and that nobody does.
pub(crate) const NAMES: &[&str] = &["A", "B", "C", "DIR", "PORT", "_x1", "SHELL_ONLY", "UNSET"];

const PLAIN: &[&str] =
    &["", "a", "/srv", "x y", "b-c", ".", "7", "é", "~", "a:b", "0", "p=q", "#", " #c"];

/// A text with references of any kind; in few cases one that Compose refuses.
pub(crate) fn template(random: &mut Random, depth: usize) -> String {
    (0..1 + random.below(3)).map(|_| part(random, depth)).collect()
}

fn part(random: &mut Random, depth: usize) -> String {
    let name = random.pick(NAMES);
    match random.below(40) {
        0..=13 => random.pick(PLAIN).to_owned(),
        14..=17 => format!("${name}"),
        18..=22 => format!("${{{name}}}"),
        23..=34 if depth > 0 => {
            let required = random.chance(2);
            let operators =
                if required { [":?", "?"].as_slice() } else { &[":-", ":-", "-", ":+", "+"] };
            let operator = random.pick(operators);
            format!("${{{name}{operator}{}}}", template(random, depth - 1))
        }
        23..=34 => format!("${{{name}:-d}}"),
        35 => "$$".to_owned(),
        36 => random.pick(&["$", "$1", "$-", "$(x)", "`x`", "{}", "{", "}", "\\"]).to_owned(),
        37 if depth > 0 => format!("${{{name}:-{{\"k\":\"{}\"}}}}", template(random, depth - 1)),
        38 => {
            random.pick(&["$ſ", "${A-a?b}", "${A:--x}", "${A-x}?y", "${C-:-x}", "${A}}"]).to_owned()
        }
        39 if random.chance(4) => random
            .pick(&["${A", "${}", "${A:=x}", "${ A}", "${1A}", "${A/a/b}", "${A^}", "${UNSET?}"])
            .to_owned(),
        _ => random.pick(PLAIN).to_owned(),
    }
}

/// A text as a scalar of YAML that fits anywhere, quoted one way or another, or plain where that
/// surely is the same text.
pub(crate) fn scalar(random: &mut Random, text: &str) -> String {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '_' | '/' | '.' | '-');
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '/')
        && text.chars().all(letters)
        && !["null", "true", "false"].contains(&text.to_lowercase().as_str());
    match random.below(3) {
        0 if is_plain => text.to_owned(),
        0 | 1 => format!("'{}'", text.replace('\'', "''")),
        _ => serde_json::Value::from(text).to_string(),
    }
}

/// A `.env` file; in few cases one that Compose refuses.
pub(crate) fn env_file(random: &mut Random) -> String {
    let mut res = String::new();
    for _ in 0..random.below(7) {
        res += &match random.below(12) {
            0 => random.pick(&["# a comment", "", "  ", "#A=1", "export"]).to_owned(),
            1 => random.pick(&["SHELL_ONLY", "UNSET", "export A", "C  "]).to_owned(),
            2 if random.chance(5) => random
                .pick(&["A B=1", "A$=1", "C='open", "B=\"open", "no name", "x/y=1"])
                .to_owned(),
            _ => env_entry(random),
        };
        res.push('\n');
    }
    if random.chance(10) {
        res.truncate(res.trim_end_matches('\n').len());
    }
    if random.chance(10) {
        res = res.replace('\n', "\r\n");
    }
    if random.chance(5) {
        res.insert(0, '\u{feff}');
    }
    res
}

/// A small environment file beside others, which Compose seldom refuses.
pub(crate) fn small_env_file(random: &mut Random) -> String {
    let lines = (0..random.below(4)).map(|_| {
        let line = match random.below(12) {
            0 => env_entry(random),
            1 => random.pick(&["A", "SHELL_ONLY", "UNSET", "V1", "# a comment"]).to_owned(),
            2 => random.pick(&["B='$A'", "C=\"q $B\"", "V2=\"a\\n$V1\" # c"]).to_owned(),
            3 => random.pick(&["V1=$V2", "PORT=$PORT$A", "URI=x:$PORT"]).to_owned(),
            4 => format!("DIR=${{{}:-./e}}", random.pick(NAMES)),
            5 => format!("V2=${{{}-none}}/$DIR", random.pick(NAMES)),
            _ => {
                let name = random.pick(&["A", "B", "C", "DIR", "V1", "V2", "E", "PORT"]);
                format!("{name}={}", random.pick(&["1", "two words", "/srv/e", "", "'v'"]))
            }
        };
        line + "\n"
    });
    lines.collect()
}

/// A file in the format `raw`; in few cases one that Compose refuses.
pub(crate) fn raw_file(random: &mut Random) -> String {
    let end = random.pick(&["\n", "\n", "\r\n"]);
    let lines = (0..random.below(6)).map(|_| {
        let name = random.pick(&["A", "B", "C", "SHELL_ONLY", "UNSET", "N.d", "R", "  R"]);
        let line = match random.below(8) {
            0 => random.pick(&["# a comment", "", "  ", "  #A=1"]).to_owned(),
            1 => name.to_owned(),
            2 if random.chance(5) => random.pick(&["A B=1", "=1", "export A=1"]).to_owned(),
            3 => format!("{name}=\"{}\" # c", template(random, 1)),
            4 => format!("{name}= '{}'  ", template(random, 1)),
            _ => format!("{name}={}", template(random, 2)),
        };
        line + end
    });
    lines.collect::<String>()
}

fn env_entry(random: &mut Random) -> String {
    let indent = random.pick(&["", "", "", "", "  ", "export ", "export\t"]);
    let name = random.pick(&["A", "B", "C", "DIR", "PORT", "_x1", "N.d", "n-d", "HOME"]);
    let separator = random.pick(&["=", "=", "=", "=", " = ", ": ", ":", "= ", "\t="]);
    let comment = random.pick(&["", "", "", "", " # c", "  #c", "\t# c", "#c"]);
    let mut value = template(random, 2);
    // Compose reads the file twice, and sees all its names as set the second time: it may then
    // warn of what stands behind `+`, or refuse it, while the value is that of the first time.
    value = value.replace('+', "-");
    match random.below(6) {
        0 => value = format!("'{}'", value.replace('\'', "")),
        1 | 2 => {
            let escape = random.pick(&[
                "", "", "", "\\n", "\\$", "\\$A", "\\\"", "\\\\", "\\t", "\\q", "\\101", "\\0101",
                "\\u0041", "\n", "\\x41", "\\r", "\\'",
            ]);
            value = format!("\"{}{escape}\"", value.replace('"', "\\\""));
        }
        3 => value += random.pick(&["'", "\"", "\\n", "\\", "\\$", ""]),
        _ => {}
    }
    format!("{indent}{name}{separator}{value}{comment}")
}
