//! Domains that may be mistaken for one another, by an eye or by a finger.
//!
//! In: a recipient's domain, and domains that are known. Out: the known one it resembles. Three ways: one edit (a letter more, less,
//! another one, or two neighbours swapped), letters that look alike (other scripts, figures for letters, `rn` for `m`), and a
//! top-level label that is another one or missing (`gov.uk` counts as one). Figures are read as letters here alone: in a word they
//! are what they are. Linear in the known domains; nothing can fail.

use super::confusables::looks_like;
use crate::base::Domain;

/// Letters that a name must have for one edit to mean anything: `bt.com` and `bp.com` are two firms.
const LETTERS: usize = 4;

/// Second labels under a country code that name a kind of body, so that what stands before them is the name.
const SECOND: [&str; 16] =
    ["ac", "co", "com", "edu", "gov", "judiciary", "ltd", "me", "mod", "net", "nhs", "org", "plc", "police", "sch", "schools"];

/// A domain made ready for the comparison.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    domain: Domain,
    /// As people see it, look-alikes read as Latin letters.
    skeleton: String,
    /// Where its top-level labels begin, the dot before them included.
    top: usize,
}

impl Shape {
    pub(super) fn new(domain: &Domain) -> Self {
        let name = domain.as_str();
        let last = name.rfind('.').unwrap_or(name.len());
        let is_country = name.len() - last == 3;
        let second = name[..last].rfind('.').filter(|dot| is_country && SECOND.contains(&&name[dot + 1..last]));
        Self { skeleton: skeleton(name), top: second.unwrap_or(last), domain: domain.clone() }
    }

    pub(super) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Whether this may be mistaken for the other; nobody mistakes a domain for itself.
    pub(super) fn resembles(&self, known: &Self) -> bool {
        let (one, other) = (self.domain.as_str(), known.domain.as_str());
        if one == other || self.domain.is_literal() {
            return false;
        }
        let (name, known_name) = (&one[..self.top], &other[..known.top]);
        let is_long = name.len() >= LETTERS && known_name.len() >= LETTERS;
        (!name.is_empty() && name == known_name) || self.skeleton == known.skeleton || (is_long && one_edit(one, other))
    }
}

/// What a name looks like. A-labels are shown as what they stand for (RFC 5891).
fn skeleton(name: &str) -> String {
    let shown = if name.contains("xn--") { idna::domain_to_unicode(name).0 } else { name.to_owned() };
    let letters = shown.chars().map(|c| match looks_like(c) {
        '0' => 'o',
        '1' | 'i' | '|' => 'l',
        '3' => 'e',
        '5' => 's',
        c => c,
    });
    letters.collect::<String>().replace("rn", "m").replace("vv", "w")
}

/// One letter more, less or another, or two neighbours swapped (Damerau).
fn one_edit(one: &str, other: &str) -> bool {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([_] | [], [_] | []) => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    }
}

#[cfg(test)]
#[path = "lookalike_tests.rs"]
mod tests;
