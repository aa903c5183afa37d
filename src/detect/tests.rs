//! What the detectors see in whole texts: the shared vectors, where the corpora are, and our own sentences and numbers.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::{Date, date};

use super::{Confidence, Detectors, Finding, Kind, Known};

const TODAY: Date = date(2026, 11, 25);

fn detectors() -> Detectors {
    Detectors::compile(Known::default()).unwrap()
}

fn kinds(findings: &[Finding]) -> BTreeSet<Kind> {
    findings.iter().filter(|f| f.confidence >= Confidence::Medium).map(|f| f.kind).collect()
}

/// The lines of a fixture: kinds and text.
fn lines(name: &str) -> Vec<(BTreeSet<Kind>, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/detect").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (kinds, text) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}"));
            let kinds =
                kinds.split(' ').filter(|kind| *kind != "-").map(|kind| Kind::of(kind).unwrap_or_else(|| panic!("{kind}")));
            (kinds.collect(), text.replace("\\n", "\n").replace("\\t", "\t"))
        })
        .collect()
}

#[test]
fn what_is_said_of_somebody_is_told_from_what_is_said_of_nobody() {
    let detectors = detectors();
    let mut wrong = Vec::new();
    for (expected, text) in lines("said.txt") {
        let found: BTreeSet<Kind> =
            kinds(&detectors.read(&text, TODAY)).into_iter().filter(|kind| kind.is_special_category()).collect();
        let is_right = if expected.is_empty() { found.is_empty() } else { expected.is_subset(&found) };
        if !is_right {
            wrong.push(format!("{expected:?} expected, {found:?} found: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn numbers_are_what_they_are_called() {
    let detectors = detectors();
    let mut wrong = Vec::new();
    for (expected, text) in lines("numbers.txt") {
        let is_strong = |kind: &Kind| !kind.is_contact() && !kind.is_special_category();
        let mut found: BTreeSet<Kind> = kinds(&detectors.read(&text, TODAY)).into_iter().filter(is_strong).collect();
        if !expected.contains(&Kind::DateOfBirth) && !expected.is_empty() {
            found.remove(&Kind::DateOfBirth);
        }
        if found != expected {
            wrong.push(format!("{expected:?} expected, {found:?} found: {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
