//! Numbers that name a person, one file for each family.
//!
//! In: the text of a reading. Out: [`Candidate`]s: something of the right shape that passes what can be checked, with the weight of that
//! alone. What the words, tables and persons around add or take is [`evidence`](super::evidence)'s. A family checks the *compact* form:
//! letters and figures only, in capitals; so a number that was spaced out or spelled is checked by the same code.

mod bank;
mod card;
mod contact;
mod dbs;
mod driving;
mod european;
mod iban;
mod nhs;
mod nino;
mod passport;
mod social_security;
mod teacher;
mod uln;
mod upn;
mod utr;

use std::ops::Range;

use regex::Regex;

use super::kind::Kind;
use super::zone::Zone;

/// Something that looks like an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) kind: Kind,
    /// Bytes of the reading's text.
    pub(super) range: Range<usize>,
    /// Letters and figures only, in capitals.
    pub(super) value: String,
    /// What shape and checksum alone are worth; three and more stands by itself.
    pub(super) weight: i32,
    /// Nothing can be checked: it is one only where a label, a header or a heading says so.
    pub(super) needs_label: bool,
    /// Found only by undoing a disguise.
    pub(super) is_disguised: bool,
}

/// What one family knows of a compact form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    pub(super) weight: i32,
    pub(super) needs_label: bool,
}

pub(super) const fn worth(weight: i32) -> Option<Worth> {
    Some(Worth { weight, needs_label: false })
}

pub(super) const fn labelled(weight: i32) -> Option<Worth> {
    Some(Worth { weight, needs_label: true })
}

/// A family: where to look, and what to make of it.
pub(super) struct Family {
    pub(super) kind: Kind,
    pub(super) pattern: &'static str,
    /// Figures it has at least.
    pub(super) figures: usize,
    /// The compact form and the form as written.
    pub(super) check: fn(&str, &str) -> Option<Worth>,
    /// Figures and letters of a compact form that may be disguised; none where a disguise is not looked for.
    pub(super) lengths: &'static [usize],
}

const FAMILIES: &[&Family] = &[
    &nino::FAMILY,
    &nhs::FAMILY,
    &upn::FAMILY,
    &uln::FAMILY,
    &utr::FAMILY,
    &driving::FAMILY,
    &passport::FAMILY,
    &teacher::FAMILY,
    &dbs::FAMILY,
    &iban::FAMILY,
    &card::FAMILY,
    &social_security::FAMILY,
    &european::FAMILY,
    &contact::PHONE,
    &contact::INTERNET,
    &contact::POSTCODE,
];

/// The families, compiled.
pub(super) struct Identifiers {
    patterns: Vec<(&'static Family, Regex)>,
    bank: bank::Bank,
}

impl Identifiers {
    pub(super) fn compile() -> Option<Self> {
        let patterns = FAMILIES.iter().map(|family| Some((*family, Regex::new(family.pattern).ok()?)));
        Some(Self { patterns: patterns.collect::<Option<_>>()?, bank: bank::Bank::compile()? })
    }

    /// All candidates as written.
    pub(super) fn find(&self, text: &str, zones: &[Zone]) -> Vec<Candidate> {
        let mut found = Vec::new();
        for zone in zones {
            self.find_in(text, zone, &mut found);
        }
        found.extend(contact::emails(text).map(|range| {
            let value = text.get(range.clone()).unwrap_or_default().to_lowercase();
            Candidate { kind: Kind::EmailAddress, range, value, weight: 4, needs_label: false, is_disguised: false }
        }));
        found.extend(self.bank.find(text, zones));
        found
    }

    /// All candidates of one zone. A match may have swallowed the beginning of a better one (a year before a number), so the
    /// search goes on one character later; of candidates that overlap, the one with more to say for it stays.
    pub(super) fn find_in(&self, text: &str, zone: &Zone, found: &mut Vec<Candidate>) {
        let piece = text.get(zone.range.clone()).unwrap_or_default();
        for (family, pattern) in self.patterns.iter().filter(|(family, _)| family.figures <= zone.figures) {
            let mut at = 0;
            while let Some(hit) = pattern.find_at(piece, at) {
                let (value, raw) = (compact(hit.as_str()), hit.as_str());
                at = hit.start() + raw.chars().next().map_or(1, char::len_utf8);
                if let Some(worth) = (family.check)(&value, raw) {
                    let range = zone.range.start + hit.start()..zone.range.start + hit.end();
                    found.push(candidate(family.kind, range, value, worth, false));
                }
            }
        }
    }

    /// Account numbers of one zone.
    pub(super) fn accounts(&self, text: &str, zone: &Zone) -> Vec<Candidate> {
        self.bank.find(text, std::slice::from_ref(zone))
    }

    /// What a compact form that was found by undoing a disguise may be.
    pub(super) fn check(&self, value: &str, range: &Range<usize>) -> Vec<Candidate> {
        let fit = FAMILIES.iter().filter(|family| family.lengths.contains(&value.len()));
        fit.filter_map(|family| {
            let mut worth = (family.check)(value, value)?;
            worth.needs_label |= family.kind == Kind::Phone;
            Some(candidate(family.kind, range.clone(), value.to_owned(), worth, true))
        })
        .collect()
    }
}

fn candidate(kind: Kind, range: Range<usize>, value: String, worth: Worth, is_disguised: bool) -> Candidate {
    Candidate { kind, range, value, weight: worth.weight, needs_label: worth.needs_label, is_disguised }
}

/// Letters and figures only, in capitals.
pub(super) fn compact(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The figures of a compact form; `None` where it has anything else.
fn figures(value: &str) -> Option<Vec<u32>> {
    value.chars().map(|c| c.to_digit(10)).collect()
}

/// The sum of figures, each times its weight.
fn weighted(figures: &[u32], weights: impl IntoIterator<Item = u32>) -> u32 {
    figures.iter().zip(weights).map(|(figure, weight)| figure * weight).sum()
}

/// Whether all figures are the same or count up or down: what people write as an example.
fn is_filler(value: &str) -> bool {
    let bytes = value.as_bytes();
    let step = |by: i16| bytes.windows(2).all(|pair| matches!(pair, [a, b] if i16::from(*b) - i16::from(*a) == by));
    bytes.len() >= 6 && (step(0) || step(1) || step(-1) || value.starts_with("12345678") || value.starts_with("00000000"))
}
