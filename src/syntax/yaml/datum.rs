use super::{Data, Document, Node, ScalarStyle};

/// What a node means, freed of how it is written.
///
/// Numbers are read as both Lima and Compose read them (YAML 1.1: `017` is octal, `_` may part
/// digits), booleans and null as in YAML 1.2 (`yes` and `on` are text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without a fraction that fits 64 bits.
    Int(i64),
    /// Any other number, as written.
    Number(String),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<Datum>),
    /// A mapping's entries in order of writing, `<<` and duplicates included.
    Map(Vec<(Datum, Datum)>),
    /// An alias, by its name.
    Alias(String),
    /// A node with a tag of its own, as written.
    Tagged(String, Box<Datum>),
}

impl Document {
    /// The document's data; null where there is none.
    pub fn datum(&self) -> Datum {
        self.root.as_ref().map_or(Datum::Null, Node::datum)
    }
}

impl Node {
    /// The node's data, aliases left as they are.
    pub fn datum(&self) -> Datum {
        let datum = match &self.data {
            Data::Scalar(scalar) if scalar.style == ScalarStyle::Plain => {
                plain(scalar.text.as_str())
            }
            Data::Scalar(scalar) => Datum::Text(scalar.text.as_str().to_owned()),
            Data::Alias(name) => Datum::Alias(name.clone()),
            Data::Sequence(sequence) => {
                Datum::List(sequence.items.iter().map(|item| item.node.datum()).collect())
            }
            Data::Mapping(mapping) => Datum::Map(
                mapping
                    .entries
                    .iter()
                    .map(|entry| (entry.key.datum(), entry.value.datum()))
                    .collect(),
            ),
        };
        match &self.tag {
            Some(tag) => Datum::Tagged(tag.clone(), Box::new(datum)),
            None => datum,
        }
    }

    /// A whole number as a Lima field of type int takes it: plain or quoted, in any base, and
    /// with its fraction cut off.
    pub fn as_int(&self) -> Option<i64> {
        match plain(self.scalar()?.text.as_str()) {
            Datum::Int(number) => Some(number),
            Datum::Number(text) => {
                let number: f64 = text.replace('_', "").parse().ok()?;
                // Beyond 2^53 a float is no longer any one whole number.
                (number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
            }
            _ => None,
        }
    }

    /// The text that a Lima field of type string holds: a plain number is printed anew (`0644`
    /// gives `420`, `1.10` gives `1.1`), null is no text, everything else stays as written.
    pub fn as_lima_text(&self) -> Option<String> {
        let scalar = self.scalar()?;
        let text = scalar.text.as_str();
        if scalar.style != ScalarStyle::Plain {
            return Some(text.to_owned());
        }
        match plain(text) {
            Datum::Null => None,
            Datum::Int(number) => Some(number.to_string()),
            Datum::Number(written) if written.contains('.') => {
                let number = written.replace('_', "").parse::<f64>();
                Some(number.map_or(written, |number| number.to_string()))
            }
            _ => Some(text.to_owned()),
        }
    }
}

/// What a scalar without quotes and tag means.
fn plain(text: &str) -> Datum {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Datum::Null,
        "true" | "True" | "TRUE" => return Datum::Bool(true),
        "false" | "False" | "FALSE" => return Datum::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if is_special_float(unsigned) {
        return Datum::Number(text.to_owned());
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Datum::Text(text.to_owned());
    }
    let digits = unsigned.replace('_', "");
    match whole_number(&digits, text.starts_with('-')) {
        Some(number) => Datum::Int(number),
        None if is_float(&digits) => Datum::Number(text.to_owned()),
        None => Datum::Text(text.to_owned()),
    }
}

fn is_special_float(unsigned: &str) -> bool {
    matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

fn whole_number(digits: &str, negative: bool) -> Option<i64> {
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, digits.get(2..)?),
        [b'0', b'o', ..] => (8, digits.get(2..)?),
        [b'0', b'x', ..] => (16, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative { -number } else { number }).ok()
}

/// Digits with a fraction or an exponent, or too many of them for a whole number.
fn is_float(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && exponent.bytes().all(|b| b.is_ascii_digit())
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let any_digit = !whole.is_empty() || !fraction.is_empty();
    // `089` is no number to Lima.
    let leading_zero = mantissa.len() > 1 && mantissa == whole && whole.starts_with('0');
    exponent_fits && all_digits && any_digit && !leading_zero
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::yaml::Yaml;
    use crate::text::FileId;

    fn number(text: &str) -> Datum {
        Datum::Number(text.to_owned())
    }

    fn word(text: &str) -> Datum {
        Datum::Text(text.to_owned())
    }

    #[test]
    fn plain_scalars_mean_what_lima_and_compose_read() {
        for (text, expected) in [
            ("~", Datum::Null),
            ("NULL", Datum::Null),
            ("nUll", word("nUll")),
            ("True", Datum::Bool(true)),
            ("yes", word("yes")),
            ("0", Datum::Int(0)),
            ("-12", Datum::Int(-12)),
            ("+12", Datum::Int(12)),
            ("017", Datum::Int(15)),
            ("0o17", Datum::Int(15)),
            ("0x1F", Datum::Int(31)),
            ("0b11", Datum::Int(3)),
            ("1_000", Datum::Int(1000)),
            ("089", word("089")),
            ("22:22", word("22:22")),
            ("1.10", number("1.10")),
            (".5", number(".5")),
            (".", word(".")),
            ("1e3", number("1e3")),
            ("1e", word("1e")),
            ("0x", word("0x")),
            ("-", word("-")),
            (".inf", number(".inf")),
            ("-.INF", number("-.INF")),
            ("9223372036854775808", number("9223372036854775808")),
            ("-9223372036854775808", Datum::Int(i64::MIN)),
            ("2024-01-02", word("2024-01-02")),
            ("127.0.0.1", word("127.0.0.1")),
            ("4GiB", word("4GiB")),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn a_lima_field_takes_scalars_by_its_own_type() {
        for (text, int, words) in [
            ("4", Some(4), Some("4")),
            ("\"4\"", Some(4), Some("4")),
            ("0644", Some(420), Some("420")),
            ("'0644'", Some(420), Some("0644")),
            ("1_000", Some(1000), Some("1000")),
            ("1e3", Some(1000), Some("1e3")),
            ("4.5", Some(4), Some("4.5")),
            ("1.10", Some(1), Some("1.1")),
            ("22:22", None, Some("22:22")),
            ("yes", None, Some("yes")),
            ("null", None, None),
            ("[4]", None, None),
        ] {
            let yaml = Yaml::parse(FileId(0), &format!("k: {text}\n"));
            let document = &yaml.documents[0];
            let node = &document.get(document.root.as_ref().unwrap(), "k").unwrap().value;
            assert_eq!(node.as_int(), int, "{text}");
            assert_eq!(node.as_lima_text().as_deref(), words, "{text}");
        }
    }
}
