//! `lima-doctor explain`.

use lima_doctor::rules::{RULES, Rule, rule};

use crate::markup::{render_markdown, severity_style};
use crate::{Done, HEALTHY, Problems};

pub(crate) fn explain(name: Option<&str>) -> Result<Done, Problems> {
    let text = match name {
        None => list(RULES),
        Some(name) => match rule(name) {
            Some(rule) => page(rule),
            None => return Err(Problems::from(unknown(RULES, name))),
        },
    };
    Ok(Done { text, status: HEALTHY })
}

fn list(rules: &[Rule]) -> String {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut res = String::new();
    for rule in rules {
        let style = severity_style(rule.severity);
        let severity = rule.severity.as_str();
        res += &format!("{:width$}  {style}{severity:7}{style:#}  {}\n", rule.name, rule.summary);
    }
    res
}

fn page(rule: &Rule) -> String {
    let style = severity_style(rule.severity);
    let severity = rule.severity.as_str();
    let docs = render_markdown(rule.docs);
    format!("{style}{severity}{style:#} {}: {}\n\n{docs}", rule.name, rule.summary)
}

/// The rules that share a word with the name that was asked for.
fn unknown(rules: &[Rule], name: &str) -> String {
    let words: Vec<&str> = name.split('-').filter(|word| word.len() > 2).collect();
    let near: Vec<String> = rules
        .iter()
        .filter(|rule| words.iter().any(|word| rule.name.contains(word)))
        .map(|rule| format!("`{}`", rule.name))
        .collect();
    if near.is_empty() {
        format!("there is no rule `{name}`; `lima-doctor explain` lists them")
    } else {
        format!("there is no rule `{name}`; did you mean {}?", near.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use lima_doctor::diagnostic::Severity;

    use super::*;

    const SOME: &[Rule] = &[
        Rule {
            name: "mount-missing",
            severity: Severity::Error,
            summary: "a path is not shared",
            docs: "# mount-missing\n\nText with `code`.\n",
            covers: &[],
            check: |_| Vec::new(),
        },
        Rule {
            name: "port-unpinned",
            severity: Severity::Hint,
            summary: "the port changes",
            docs: "",
            covers: &[],
            check: |_| Vec::new(),
        },
    ];

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn rules_are_listed_with_their_severity() {
        let expected = "mount-missing  error    a path is not shared\n\
                        port-unpinned  hint     the port changes\n";
        assert_eq!(plain(&list(SOME)), expected);
    }

    #[test]
    fn a_page_is_shown_without_its_markup() {
        let expected = "error mount-missing: a path is not shared\n\n\
                        mount-missing\n\nText with code.\n";
        assert_eq!(plain(&page(&SOME[0])), expected);
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_those_near_it() {
        for (name, expected) in [
            ("mount-absent", "there is no rule `mount-absent`; did you mean `mount-missing`?"),
            ("xyz", "there is no rule `xyz`; `lima-doctor explain` lists them"),
        ] {
            assert_eq!(unknown(SOME, name), expected);
        }
    }
}
