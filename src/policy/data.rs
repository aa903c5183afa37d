//! Conditions about personal data: `data`, with `data_count`, `people_over` and `data_confidence`, and `protected`.
//!
//! In: the findings of a mail, and a recipient. Out: whether it holds, with a note of kinds, counts and masked values. What is quoted from a
//! mail that the recipient wrote is no news to them, and does not count for them. Of several fields in one table all must hold, of the same
//! findings.

use std::collections::{BTreeMap, BTreeSet};

use super::attachment::Named;
use super::condition::Notes;
use super::evidence::{Evidence, Spot};
use super::facts::Facts;
use super::party::Person;
use crate::config::{DataTest, Fields, MailKind};
use crate::detect::{Confidence, Kind};
use crate::extract::contents::{Found, Protection};

/// Kinds that are named one by one in a sentence; more are counted.
const NAMED: usize = 4;

/// `data` and what narrows it.
#[derive(Clone, Debug)]
pub(super) struct Data {
    tests: Vec<DataTest>,
    /// Distinct values, at least.
    count: usize,
    people_over: Option<usize>,
    confidence: Confidence,
}

impl Data {
    /// Of the fields of one table; nothing where none of them asks.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        if fields.data.is_none() && fields.data_count.is_none() && fields.people_over.is_none() {
            return None;
        }
        Some(Self {
            tests: fields.data.clone().unwrap_or_else(|| vec![DataTest::Personal]),
            count: fields.data_count.unwrap_or(1).max(1),
            people_over: fields.people_over,
            confidence: fields.data_confidence.unwrap_or(Confidence::Medium),
        })
    }

    fn wants(&self, evidence: &Evidence) -> bool {
        evidence.finding.confidence >= self.confidence && self.tests.iter().any(|test| fits(test, evidence))
    }
}

fn fits(test: &DataTest, evidence: &Evidence) -> bool {
    let kind = evidence.finding.kind;
    match test {
        DataTest::Kind(wanted) => kind == *wanted,
        DataTest::Personal => !kind.is_contact() && kind != Kind::DateOfBirth,
        DataTest::Financial => kind.is_financial(),
        DataTest::SpecialCategory => kind.is_special_category(),
        DataTest::Roll(_) => evidence.finding.pupil.is_some(),
    }
}

/// Whether there is such data that the recipient does not have already.
pub(super) fn is_there(data: &Data, facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
    let Some(to) = to else { return false };
    let is_known = to.key.is_some() && facts.findings().quoted_author == to.key;
    let all = facts.findings().all.iter().filter(|evidence| data.wants(evidence));
    let found: Vec<&Evidence> = all.filter(|evidence| !(evidence.is_quoted && is_known)).collect();
    let (values, people) = (distinct(&found), people(&found));
    let is_enough = values >= data.count && data.people_over.is_none_or(|most| people > most);
    notes.say(|| match found.first() {
        None => "data: nothing of it was found".to_owned(),
        Some(_) => {
            let persons =
                data.people_over.map(|most| format!(", of {} (over {most})", counted(people, "person"))).unwrap_or_default();
            let asked = if data.count > 1 { format!(" (at least {})", data.count) } else { String::new() };
            format!(
                "data: {}; {}{asked}{persons}{}",
                listed(&found, Spot::place, true),
                counted(values, "value"),
                short(is_enough)
            )
        }
    });
    if is_enough {
        notes.name(Named {
            found: Some(listed(&found, Spot::shown, true)),
            record: Some(listed(&found, Spot::place, false)),
            ..Named::default()
        });
    }
    is_enough
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn short(is_enough: bool) -> &'static str {
    if is_enough { "" } else { ": not enough" }
}

fn distinct(found: &[&Evidence]) -> usize {
    found.iter().map(|evidence| (evidence.finding.kind, evidence.finding.value)).collect::<BTreeSet<_>>().len()
}

/// Distinct persons: those named, and beyond them the numbers of one kind that stand with nobody's name.
fn people(found: &[&Evidence]) -> usize {
    let named: BTreeSet<_> = found.iter().filter_map(|evidence| evidence.finding.person).collect();
    let somebodys: BTreeSet<_> =
        found.iter().filter(|evidence| evidence.finding.person.is_some()).map(|evidence| evidence.finding.value).collect();
    let mut nameless: BTreeMap<Kind, BTreeSet<_>> = BTreeMap::new();
    for finding in found.iter().map(|evidence| &evidence.finding) {
        if !somebodys.contains(&finding.value) && !finding.kind.is_special_category() {
            nameless.entry(finding.kind).or_default().insert(finding.value);
        }
    }
    named.len() + nameless.values().map(BTreeSet::len).max().unwrap_or(0)
}

/// `3 pupil numbers (L8…31) in the text, 1 health (a…a) in the subject`; without the masked values for the record.
fn listed(found: &[&Evidence], place: impl Fn(&Spot) -> String, masked: bool) -> String {
    let mut groups: Vec<(Kind, String, BTreeSet<_>, &str)> = Vec::new();
    for evidence in found {
        let (kind, spot) = (evidence.finding.kind, place(&evidence.spot));
        match groups.iter_mut().find(|(known, at, ..)| *known == kind && *at == spot) {
            Some((_, _, values, _)) => drop(values.insert(evidence.finding.value)),
            None => groups.push((kind, spot, BTreeSet::from([evidence.finding.value]), &evidence.finding.masked)),
        }
    }
    let one = |(kind, spot, values, example): &(Kind, String, BTreeSet<_>, &str)| {
        let shown = if masked { format!(" ({example})") } else { String::new() };
        format!("{} {}{shown} {spot}", values.len(), kind.word())
    };
    let mut text = groups.iter().take(NAMED).map(one).collect::<Vec<_>>().join(", ");
    if groups.len() > NAMED {
        text.push_str(&format!(" and {} more kinds or places", groups.len() - NAMED));
    }
    text
}

/// Whether nobody but its reader can see what the mail says of anybody: it is encrypted as a whole, or it has a protected file and nothing is
/// found outside of such files, their names included, and no password stands beside them.
pub(super) fn is_protected(wanted: bool, facts: &Facts, notes: &mut Notes) -> bool {
    let (holds, why) = protection(facts);
    notes.say(|| format!("protected: {why}"));
    holds == wanted
}

fn protection(facts: &Facts) -> (bool, &'static str) {
    if facts.kinds().contains(&MailKind::Encrypted) {
        return (true, "the mail is encrypted");
    }
    let files = &facts.known.contents.files;
    let is_locked = |found: &&Found| found.file.protection == Protection::Protected;
    if !files.iter().any(|found| is_locked(&found)) {
        return (false, "neither the mail nor an attachment is encrypted");
    }
    if files.iter().any(|found| found.file.protection == Protection::Partly) {
        return (false, "an archive is protected in part only");
    }
    if facts.tells_password() {
        return (false, "the password stands in the same mail");
    }
    let counts = |evidence: &&Evidence| evidence.finding.confidence >= Confidence::Medium && is_telling(evidence);
    match facts.findings().all.iter().find(counts).map(|evidence| &evidence.spot) {
        Some(Spot::FileName { .. }) => (false, "the name of a file says what the file protects"),
        Some(_) => (false, "personal data stands outside the protected files"),
        None => (true, "what it has to say is in protected files"),
    }
}

/// Whether a finding says something of somebody. A name does where it is a file's, for the file is then known to be about them.
fn is_telling(evidence: &Evidence) -> bool {
    let kind = evidence.finding.kind;
    fits(&DataTest::Personal, evidence) || (kind == Kind::PersonName && matches!(evidence.spot, Spot::FileName { .. }))
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
