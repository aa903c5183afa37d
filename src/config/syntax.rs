//! What the TOML parser says, in words for somebody who has not read the TOML specification.
//!
//! In: the parser's errors. Out: one [`Mistake`] for each line that has any (later ones on a line follow from the first).

use std::collections::BTreeSet;
use std::ops::Range;

use super::mistake::Mistake;

/// The parser's errors as mistakes.
pub(super) fn mistakes(file: &str, text: &str, errors: &[toml::de::Error]) -> Vec<Mistake> {
    let mut lines = BTreeSet::new();
    let mut found: Vec<Mistake> = errors.iter().map(|error| mistake(file, text, error)).collect();
    found.sort_by_key(|m| (m.line, m.column));
    found.retain(|m| lines.insert(m.line));
    found
}

fn mistake(file: &str, text: &str, error: &toml::de::Error) -> Mistake {
    let span = error.span().unwrap_or(text.len()..text.len());
    let (message, help) = words(text, &span, error.message());
    let mut mistake = Mistake::within(file, text, span, message);
    mistake.help = help;
    mistake
}

/// A sentence and a way out.
fn words(text: &str, span: &Range<usize>, said: &str) -> (String, Option<String>) {
    let with = |message: &str, help: &str| (message.to_owned(), Some(help.to_owned()));
    let here = text.get(span.clone()).unwrap_or_default();
    let near = text.get(span.start.saturating_sub(1)..).or_else(|| text.get(span.start..)).unwrap_or_default();
    if near.chars().take(2).chain(here.chars()).any(|c| "“”„‘’«»".contains(c)) {
        return with("these quotes are typographic", "use straight quotes: \"…\"");
    }
    if said.starts_with("missing escaped value") || said.contains("escape") {
        return with(
            "in double quotes a backslash begins an escape, and this is none",
            "put patterns and Windows paths in single quotes: '…'",
        );
    }
    if near.starts_with(':') || here.starts_with(':') || text.get(..span.start).is_some_and(|t| t.trim_end().ends_with(':')) {
        return with("a colon does not part a key from its value here", "write key = value");
    }
    match said.split(',').next().unwrap_or(said) {
        "duplicate key" => twice(text, span, here.trim()),
        "string values must be quoted" if here.trim().is_empty() => {
            with("there is a key without a value", "write a value after the `=`")
        }
        "string values must be quoted" => with("a text must stand in quotes", "write it as \"…\""),
        "unclosed array table" => with("this section's brackets are not closed", "sections of a list are written [[name]]"),
        "unclosed table" => with("this section's bracket is not closed", "write [name]"),
        "unclosed array" => with("this list is not closed", "end it with `]`"),
        "unclosed inline table" => with("this `{` is not closed", "end it with `}`"),
        "key with no value" => with("there is a key without a value", "write key = value"),
        "missing value for key" => with("there is a key without a value", "write a value after the `=`"),
        "missing comma between array elements" => with("a comma is missing in this list", "write [\"a\", \"b\"]"),
        "missing assignment between key-value pairs" => with("an `=` is missing here", "write { a = 1, b = 2 }"),
        "missing comma between key-value pairs" => with("a comma is missing between these keys", "write { a = 1, b = 2 }"),
        "invalid basic string" | "invalid literal string" | "invalid multi-line basic string" => with(
            "this text is not closed",
            "end it with the quote it began with, on the same line; long texts stand in \"\"\"…\"\"\"",
        ),
        "unexpected key or value" => with("something stands behind the value", "put it on a line of its own, or behind a #"),
        _ => (format!("this is not TOML: {said}"), None),
    }
}

/// A key that stands twice, or a section of keys that also stand with dots.
fn twice(text: &str, span: &Range<usize>, key: &str) -> (String, Option<String>) {
    let line = text.get(..span.start).and_then(|t| t.rsplit('\n').next()).unwrap_or_default();
    let help = if line.trim_start().starts_with('[') {
        format!("put all of it in one place: either one section, or keys with dots such as {key}.… = …")
    } else {
        "keep one of the two; several values are one list, written [\"a\", \"b\"]".to_owned()
    };
    (format!("`{key}` is written a second time"), Some(help))
}
