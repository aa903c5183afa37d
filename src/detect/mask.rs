//! Evidence that can be shown: enough to find the place again, never enough to know the person.
//!
//! In: a kind and a value. Out: a few characters and an ellipsis. Numbers keep two characters at each end (of nine or more: the rest is a
//! hundred thousand possibilities at least), dates their year, names and addresses their initials, words of special categories their ends.

use super::kind::Kind;

/// The value, masked.
pub(super) fn masked(kind: Kind, value: &str) -> String {
    match kind {
        Kind::DateOfBirth => value.get(..4).map_or_else(|| "…".to_owned(), |year| format!("…{year}")),
        Kind::PersonName | Kind::PostalAddress => initials(value),
        Kind::EmailAddress => {
            let (local, domain) = value.split_once('@').unwrap_or((value, ""));
            format!("{}…@{}…", ends(local, 1).0, ends(domain, 1).0)
        }
        Kind::Postcode => format!("{}…", ends(value, 1).0),
        _ if kind.is_special_category() => {
            let (first, last) = ends(value, 1);
            format!("{first}…{last}")
        }
        _ => {
            let (first, last) = ends(value, if value.chars().count() >= 9 { 2 } else { 1 });
            format!("{first}…{last}")
        }
    }
}

fn ends(value: &str, count: usize) -> (String, String) {
    let first = value.chars().take(count).collect();
    let mut last: Vec<char> = value.chars().rev().take(count).collect();
    last.reverse();
    (first, last.into_iter().collect())
}

fn initials(value: &str) -> String {
    let words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(3);
    let marks: Vec<String> = words.filter_map(|word| word.chars().next()).map(|c| format!("{c}…")).collect();
    marks.join(" ")
}
