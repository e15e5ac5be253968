//! YAML trees written in block or flow style.

use super::support::random::Random;

/// A value of YAML.
pub(crate) enum Yaml {
    /// A scalar or an alias, as it is written; it fits into flow style.
    Scalar(String),
    Map(Vec<(String, Yaml)>),
    List(Vec<Yaml>),
    /// A tag or an anchor before a value.
    Marked(String, Box<Yaml>),
}

impl Yaml {
    pub(crate) fn scalar(text: impl Into<String>) -> Yaml {
        Yaml::Scalar(text.into())
    }

    pub(crate) fn marked(self, mark: impl Into<String>) -> Yaml {
        Yaml::Marked(mark.into(), Box::new(self))
    }

    /// Whether a value of this mapping has the mark.
    pub(crate) fn is_marked_within(&self, mark: &str) -> bool {
        let Yaml::Map(fields) = self else { return false };
        fields.iter().any(|(_, value)| matches!(value, Yaml::Marked(other, _) if other == mark))
    }

    /// The tree as a document.
    pub(crate) fn document(&self, random: &mut Random) -> String {
        let mut res = String::new();
        self.value(0, random, &mut res);
        res.trim_start_matches(['\n', ' ']).to_owned()
    }

    /// Writes the value behind its key or dash, and ends the line.
    fn value(&self, indent: usize, random: &mut Random, out: &mut String) {
        let depth = " ".repeat(indent);
        match self {
            Yaml::Marked(mark, value) => {
                *out += &format!(" {mark}");
                value.value(indent, random, out);
            }
            Yaml::Map(fields) if !fields.is_empty() && (indent < 4 || random.chance(75)) => {
                *out += random.pick(&["\n", "\n", "\n", "  # about it\n"]);
                for (key, value) in fields {
                    *out += &format!("{depth}{key}:");
                    value.value(indent + 2, random, out);
                }
            }
            Yaml::List(items) if !items.is_empty() && random.chance(75) => {
                out.push('\n');
                for item in items {
                    *out += &format!("{depth}-");
                    item.value(indent + 2, random, out);
                }
            }
            _ => {
                out.push(' ');
                self.flow(out);
                *out += random.pick(&["\n", "\n", "\n", " # so\n", "\n\n"]);
            }
        }
    }

    fn flow(&self, out: &mut String) {
        match self {
            Yaml::Scalar(text) => *out += text,
            Yaml::Marked(mark, value) => {
                *out += &format!("{mark} ");
                value.flow(out);
            }
            Yaml::Map(fields) => {
                out.push('{');
                for (i, (key, value)) in fields.iter().enumerate() {
                    *out += &format!("{}{key}: ", if i > 0 { ", " } else { "" });
                    value.flow(out);
                }
                out.push('}');
            }
            Yaml::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    *out += if i > 0 { ", " } else { "" };
                    item.flow(out);
                }
                out.push(']');
            }
        }
    }
}
