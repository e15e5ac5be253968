use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::text::FileId;

const COMPOSE: FileId = FileId(0);
const ENV: FileId = FileId(1);

/// The template at offset 0 of one file; each value at offset 100 of another.
fn run(template: &str, variables: &[(&str, &str)]) -> Interpolated {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let lookup = |name: &str| {
        let value = variables.get(name)?;
        let span = Span::new(ENV, 100, 100 + value.len());
        Some((Traced::verbatim(*value, span), ValueFrom::EnvFile))
    };
    let span = Span::new(COMPOSE, 0, template.len());
    interpolate(&Traced::verbatim(template, span), &lookup)
}

const SET: &[(&str, &str)] = &[("PORT", "52136"), ("EMPTY", ""), ("RAW", "$PORT ${"), ("_a1", "x")];

#[test]
fn references_are_followed() {
    for (template, expected) in [
        ("qemu+ssh://dev@h:${PORT}/system", "qemu+ssh://dev@h:52136/system"),
        ("$PORT-tail $PORT.x $_a1", "52136-tail 52136.x x"),
        ("$$PORT $$$PORT $$", "$PORT $52136 $"),
        ("$(id) $1 $- $ 5$", "$(id) $1 $- $ 5$"),
        ("${RAW}", "$PORT ${"),
        ("${GONE:-$RAW}", "$PORT ${"),
        ("[${GONE:-d}${GONE-d}${EMPTY:-d}${EMPTY-d}${PORT:-d}]", "[ddd52136]"),
        ("[${GONE:+r}${GONE+r}${EMPTY:+r}${EMPTY+r}${PORT:+r}]", "[rr]"),
        ("[${EMPTY?why}${PORT:?why}]", "[52136]"),
        ("${GONE:-${ALSO:-$PORT}}", "52136"),
        ("${GONE-a?b}${GONE-:-x}${GONE:--x}", "a?b:-x-x"),
        ("${PORT:+${PORT}1}${PORT:-${GONE:?not looked at}}", "52136152136"),
    ] {
        let res = run(template, SET);
        assert_eq!(res.value.as_str(), expected, "{template}");
        assert_eq!((res.error, res.unset), (None, vec![]), "{template}");
    }
}

#[test]
fn an_expression_ends_where_compose_says() {
    for (template, expected) in [
        ("${PORT}}", "52136}"),
        ("${GONE:-{\"k\":1}}", "{\"k\":1}"),
        ("${GONE:-a}${GONE:-b} ${GONE:-c}", "ab c"),
        ("${GONE:-}}", "}"),
        // The brace behind a brace is not counted, so that the last one of the line ends it.
        ("${GONE:-{}} and } more", "{}} and  more"),
        ("${GONE:-a}\n}", "a\n}"),
    ] {
        let res = run(template, SET);
        assert_eq!((res.value.as_str(), &res.error), (expected, &None), "{template}");
    }
}

#[test]
fn what_compose_refuses_is_told_in_its_words_at_the_place() {
    for (template, place, message) in [
        ("a ${PORT/5/6} b", "${PORT/5/6}", r#"Invalid template: "a ${PORT/5/6} b""#),
        ("${ PORT}", "${ PORT}", r#"Invalid template: "${ PORT}""#),
        ("${PORT:=7}", "${PORT:=7}", r#"Invalid template: "${PORT:=7}""#),
        ("${}", "${}", r#"Invalid template: "${}""#),
        ("x ${PORT", "${PORT", r#"Invalid template: "x ${PORT""#),
        ("${GONE:-a\nb}", "${GONE:-a", r#"Invalid template: "${GONE:-a\nb}""#),
        ("${GONE:-x ${1}}", "${1}", r#"Invalid template: "x ${1}""#),
        ("${GONE:-x} \"${\" }", "${\" }", r#"Invalid template: " \"${\" }""#),
        ("u=${GONE:?}", "${GONE:?}", "required variable GONE is missing a value"),
        ("${EMPTY:?say}", "${EMPTY:?say}", "required variable EMPTY is missing a value: say"),
        (
            "${GONE?ask ${PORT}} ${",
            "${GONE?ask ${PORT}}",
            "required variable GONE is missing a value: ask 52136",
        ),
    ] {
        let error = run(template, SET).error.unwrap_or_else(|| panic!("{template}"));
        assert_eq!(error.message, message, "{template}");
        assert_eq!(&template[error.span.unwrap().range()], place, "{template}");
    }
}

#[test]
fn an_unset_name_without_an_operator_is_warned_of() {
    let names = |template| -> Vec<String> {
        run(template, SET).unset.into_iter().map(|reference| reference.name).collect()
    };
    assert_eq!(names("$A ${B} ${A}"), ["A", "B", "A"]);
    assert_eq!(names("${A:-${B}} ${A:+$C} ${A-} ${A+} $EMPTY"), ["B"]);
}

#[test]
fn a_value_is_traced_to_where_it_is_written() {
    let template = "ssh://h:${P:-$PORT}/${GONE:-sys}tem$$x";
    let res = run(template, SET).value;
    assert_eq!(res.as_str(), "ssh://h:52136/system$x");
    assert_eq!(res.written_at(8..13), Some(Span::new(ENV, 100, 105)), "the value in the file");
    assert_eq!(res.written_at(9..11), Some(Span::new(ENV, 101, 103)), "a part of it");
    let sys = template.find("sys").unwrap();
    assert_eq!(res.written_at(14..17), Some(Span::new(COMPOSE, sys, sys + 3)), "the default");
    assert_eq!(res.written_at(20..21), None, "an escape");
    let via: Vec<_> =
        res.slice(8..13).references().iter().map(|r| (r.name.clone(), r.from)).collect();
    assert_eq!(
        via,
        [("P".to_owned(), ValueFrom::Default), ("PORT".to_owned(), ValueFrom::EnvFile)]
    );
    let at = res.slice(8..13).references()[1].at.unwrap();
    assert_eq!(&template[at.range()], "$PORT");
}

#[test]
fn growth_and_depth_have_an_end() {
    let long = "x".repeat(1000);
    let error = run(&"$L".repeat(1000), &[("L", &long)]).error.unwrap();
    assert_eq!(error.message, "the value of L makes the text too long");
    let deep = format!("{}{}", "${G:-".repeat(10_000), "}".repeat(10_000));
    assert_eq!(run(&deep, &[]).error.unwrap().message, "expressions stand too deep in each other");
    let wide = run(&"${G:-a}".repeat(20_000), &[]);
    assert_eq!((wide.value.as_str().len(), wide.error), (20_000, None));
}

/// Texts that look like templates more often than chance would have it.
fn template() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "$", "{", "}", ":", "-", "+", "?", "A", "PORT", "ü", "\n", " ", "\"", "${", "$PORT",
        "${PORT}", "${A:-", "${A?",
    ]);
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn text_without_a_dollar_stays(text in "[^$]*") {
        let res = run(&text, SET);
        prop_assert_eq!(res.value.as_str(), text);
    }

    #[test]
    fn doubled_dollars_give_the_text_back(text in any::<String>()) {
        let res = run(&text.replace('$', "$$"), SET);
        prop_assert_eq!(res.error, None);
        prop_assert_eq!(res.value.as_str(), text);
    }

    #[test]
    fn pieces_are_without_gaps_and_verbatim_ones_hold_the_bytes(text in template()) {
        let res = run(&text, SET).value;
        let mut end = 0;
        for piece in res.pieces() {
            prop_assert_eq!(piece.range.start, end);
            end = piece.range.end;
            if let Some(span) = piece.span.filter(|span| piece.verbatim && span.file == COMPOSE) {
                prop_assert_eq!(&res.as_str()[piece.range.clone()], &text[span.range()]);
            }
        }
        prop_assert_eq!(end, res.as_str().len());
    }
}
