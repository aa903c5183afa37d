//! Personal data in text and tables: what is there, where, how sure, masked.
//!
//! In: a text as it stands in a mail or a file, or the rows of a table; a day to count ages from; what the school knows of itself (its
//! roll, its own published numbers). Out: [`Finding`]s in order. Pure: no clock, no disk, no network. Linear in the text: each detector
//! passes once over it and looks a bounded way around what it found. Nothing fails; what cannot be read says nothing.
//!
//! The way of a text: [`reading`] makes it plain and keeps the way back; [`label`] and [`layout`] say what things are called and what
//! stands together; [`person`] finds who is spoken of; [`identifier`], [`date`] and [`address`] find candidates and [`disguise`] those that
//! hide; [`evidence`] weighs them; [`vocabulary`] finds what is said of persons. A checksum is evidence, never proof.

mod address;
mod date;
mod disguise;
mod evidence;
mod fold;
mod identifier;
pub mod kind;
mod label;
mod layout;
mod markup;
mod mask;
mod person;
mod reading;
pub mod roll;
mod school;
mod signature;
mod vocabulary;
mod words;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use jiff::civil::Date;
use regex::Regex;

use disguise::Pieces;
use evidence::{Around, confidence};
use identifier::Candidate;
pub use kind::{Confidence, Kind};
use label::{Label, Labels, Means};
use layout::Layout;
use person::Person;
use reading::Reading;
use roll::Fact;
pub use roll::{Pupil, Roll};
use zone::Zone;

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    /// Characters of the given text.
    pub start: usize,
    pub end: usize,
    pub confidence: Confidence,
    /// Enough to find the place again, not enough to know the person.
    pub masked: String,
    /// Equal for equal values of one kind, in all texts that one [`Detectors`] reads.
    pub value: Mark,
    /// Whose it is, where that is known; equal for equal names.
    pub person: Option<Mark>,
    /// Which pupil of the school's roll; for the approver's eyes.
    pub pupil: Option<Pupil>,
    pub place: Place,
}

/// What the school knows of itself.
#[derive(Default)]
pub struct Known {
    pub roll: Option<Roll>,
    /// Its own mail domains: addresses there are its own.
    pub domains: Vec<String>,
    /// Its own published numbers (telephones, account for payments), figures only: they are nobody's.
    pub numbers: BTreeSet<String>,
}

/// Stands for a value or a person without telling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u64);

/// Where in a text something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the text itself.
    Own,
    /// Quoted from an earlier mail.
    Quoted,
    /// In what HTML hides.
    Hidden,
}

/// All detectors, compiled once.
pub struct Detectors {
    labels: Labels,
    names: words::Names,
    identifiers: identifier::Identifiers,
    disguises: disguise::Disguises,
    dates: date::Dates,
    vocabulary: vocabulary::Vocabulary,
    ties: vocabulary::tie::Ties,
    address: Regex,
    link: Regex,
    company: Regex,
    marks: RandomState,
    known: Known,
}

/// What it was compiled from is not shown: the roll is among it.
impl std::fmt::Debug for Detectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detectors").finish_non_exhaustive()
    }
}

impl Detectors {
    /// Compiles every list and pattern; all of them are ours, so `None` would be a mistake in this program.
    #[must_use]
    pub fn compile(known: Known) -> Option<Self> {
        Some(Self {
            labels: Labels::compile()?,
            names: words::Names::load(),
            identifiers: identifier::Identifiers::compile()?,
            disguises: disguise::Disguises::compile()?,
            dates: date::Dates::compile()?,
            vocabulary: vocabulary::Vocabulary::compile()?,
            ties: vocabulary::tie::Ties::compile()?,
            address: address::compile()?,
            link: Regex::new(r#"(?i-u)\b(?:https?://|ftp://|www\.)(?u:[^\s<>"])+"#).ok()?,
            company: Regex::new(r"(?i-u)\b(?:ltd|limited|plc|llp|inc|council|school fund|school account|school's account|our account|our bank|trust account|supplier|company|remittance advice|& sons|& co|services|solutions|stationers|stationery|charity|cic)\b").ok()?,
            marks: RandomState::new(),
            known,
        })
    }

    /// What is in a text, plain or HTML; `today` is the day that ages count from.
    #[must_use]
    pub fn read(&self, text: &str, today: Date) -> Vec<Finding> {
        self.findings(&Reading::of(text), today)
    }

    /// What is in the rows of a table. Places are counted in the rows joined by tabs and line ends.
    #[must_use]
    pub fn read_rows(&self, rows: &[Vec<String>], today: Date) -> Vec<Finding> {
        self.findings(&Reading::of_rows(rows), today)
    }

    fn findings(&self, reading: &Reading, today: Date) -> Vec<Finding> {
        let text = &reading.text;
        let labels = self.labels.find(text);
        let layout = Layout::of(text, &labels);
        let signatures = signature::find(text);
        let links: Vec<Range<usize>> = self.link.find_iter(text).map(|hit| hit.range()).collect();
        let words = self.names.words(text);
        let finder = person::Finder { text, words: &words, labels: &labels, layout: &layout, signatures: &signatures };
        let people = finder.find();
        let around = Around {
            reading,
            labels: &labels,
            layout: &layout,
            links: &links,
            signatures: &signatures,
            people: &people,
            company: &self.company,
        };
        let zones = zone::find(text);
        let pieces = disguise::Pieces::of(text);
        let mut hits = self.identifiers(&around, &zones, &pieces);
        hits.extend(self.births(&around, &zones, &pieces, today));
        hits = without_overlaps(hits);
        hits.extend(self.addresses(&around, &zones, &hits));
        hits.extend(names(&around));
        let mut known: Vec<Range<usize>> =
            hits.iter().filter(|hit| hit.weight >= 3 && !hit.kind.is_contact()).map(|hit| hit.range.clone()).collect();
        known.sort_by_key(|range| range.start);
        let numbers = hits.iter().filter(|hit| hit.kind != Kind::PersonName && hit.kind != Kind::PostalAddress);
        let taken: BTreeMap<usize, usize> = numbers.map(|hit| (hit.range.start, hit.range.end)).collect();
        hits.extend(self.said(&around, &known, &taken));
        hits.sort_by_key(|hit| (hit.range.start, hit.kind));
        self.look_up(&mut hits, &around);
        hits.iter().filter_map(|hit| self.finding(hit, &around)).collect()
    }

    fn identifiers(&self, around: &Around<'_>, zones: &[Zone], pieces: &Pieces) -> Vec<Hit> {
        let text = &around.reading.text;
        let mut candidates = self.identifiers.find(text, zones);
        candidates.extend(self.disguises.find(text, zones, pieces, &self.identifiers));
        let voted = votes(around, &candidates);
        let hits = candidates.into_iter().enumerate().filter_map(|(number, candidate)| {
            let weight = around.weigh(&candidate, voted.contains(&number))?;
            // A telephone number is never a piece of another one.
            let rank = weight - i32::from(candidate.is_disguised)
                + 3 * i32::from(candidate.kind == Kind::Phone && !candidate.needs_label);
            Some(Hit { kind: candidate.kind, range: candidate.range, value: candidate.value, weight, rank, pupil: None })
        });
        hits.collect()
    }

    fn births(&self, around: &Around<'_>, zones: &[Zone], pieces: &Pieces, today: Date) -> Vec<Hit> {
        let text = &around.reading.text;
        let mut dates = self.dates.find(text, zones, today);
        for (range, digits) in pieces.eights() {
            let turned: String = digits.chars().rev().collect();
            let day = date::of_run(&digits, today).or_else(|| date::of_run(&turned, today));
            dates.extend(day.map(|day| date::Written { range, day, is_doubtful: true }));
        }
        let hits = dates.into_iter().filter_map(|written| {
            let weight = birth(around, &written, today)?;
            let value = written.day.to_string();
            Some(Hit { kind: Kind::DateOfBirth, range: written.range, value, weight, rank: weight + 1, pupil: None })
        });
        hits.collect()
    }

    fn addresses(&self, around: &Around<'_>, zones: &[Zone], hits: &[Hit]) -> Vec<Hit> {
        let others = hits.iter().filter(|hit| hit.kind != Kind::Postcode);
        let taken: BTreeMap<usize, usize> = others.map(|hit| (hit.range.start, hit.range.end)).collect();
        let found = address::find(&self.address, &around.reading.text, zones);
        let free =
            found.into_iter().filter(|range| taken.range(..range.end).next_back().is_none_or(|(_, end)| *end <= range.start));
        free.map(|range| {
            let weight = if around.is_in(around.signatures, range.start) { 1 } else { 3 };
            let value = around.reading.piece(range.clone()).to_uppercase();
            Hit { kind: Kind::PostalAddress, range, value, weight, rank: weight, pupil: None }
        })
        .collect()
    }

    /// What is said of persons: phrases in prose, and codes in tables.
    fn said(&self, around: &Around<'_>, known: &[Range<usize>], taken: &BTreeMap<usize, usize>) -> Vec<Hit> {
        let text = &around.reading.text;
        let mut hits = Vec::new();
        for mention in self.vocabulary.find(text) {
            let weight = self.ties.weigh(&mention, around, known);
            let range = mention.start..mention.end;
            let value = around.reading.piece(range.clone()).to_lowercase();
            let is_number = taken.range(..range.end).next_back().is_some_and(|(_, end)| *end > range.start);
            if !is_number {
                hits.push(Hit { kind: mention.kind, range, value, weight, rank: weight, pupil: None });
            }
        }
        hits.extend(codes(around));
        hits
    }

    /// Asks the roll, and takes away what is the school's own.
    fn look_up(&self, hits: &mut [Hit], around: &Around<'_>) {
        for hit in hits.iter_mut() {
            let is_own = match hit.kind {
                Kind::EmailAddress => {
                    let domain = hit.value.rsplit('@').next().unwrap_or_default();
                    self.known.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
                }
                Kind::Phone | Kind::BankAccount | Kind::Iban => {
                    self.known.numbers.contains(&hit.value)
                        || self.known.numbers.contains(&roll::normal(Fact::Mobile, &hit.value))
                }
                _ => false,
            };
            hit.weight = if is_own { hit.weight.min(1) } else { hit.weight };
        }
        let Some(roll) = &self.known.roll else { return };
        for hit in hits.iter_mut() {
            if let Some(fact) = fact_of(hit.kind)
                && let Some(pupil) = roll.find(fact, &roll::normal(fact, &hit.value))
            {
                hit.pupil = Some(pupil);
                hit.weight = hit.weight.max(5);
            }
        }
        self.look_up_names(roll, hits, around);
    }

    /// A name of the roll counts with a birth date, a postcode or something of a special category in its row. The hits are in order.
    fn look_up_names(&self, roll: &Roll, hits: &mut [Hit], around: &Around<'_>) {
        const REACH: usize = 300;
        let mut sure = Vec::new();
        for (number, name) in hits.iter().enumerate().filter(|(_, hit)| hit.kind == Kind::PersonName) {
            let Some(pupil) = roll.find(Fact::Name, &name.value) else { continue };
            let row = around.layout.row_at(name.range.start);
            let is_near = |other: &&Hit| other.range.start.abs_diff(name.range.start) <= REACH;
            let before = hits.iter().take(number).rev().take_while(is_near);
            let after = hits.iter().skip(number + 1).take_while(is_near);
            let mut near = before.chain(after).filter(|other| around.layout.row_at(other.range.start) == row);
            let with = |fact: Fact, value: &str| roll.find(fact, &format!("{}|{value}", name.value));
            let found = near.find_map(|other| match other.kind {
                Kind::DateOfBirth => with(Fact::NameAndBirth, &other.value),
                Kind::Postcode => with(Fact::NameAndPostcode, &roll::normal(Fact::Upn, &other.value)),
                kind if kind.is_special_category() && other.weight >= 2 => Some(pupil),
                _ => None,
            });
            sure.extend(found.map(|pupil| (number, pupil)));
        }
        for (number, pupil) in sure {
            if let Some(hit) = hits.get_mut(number) {
                (hit.pupil, hit.weight) = (Some(pupil), hit.weight.max(5));
            }
        }
    }

    fn finding(&self, hit: &Hit, around: &Around<'_>) -> Option<Finding> {
        let given = around.reading.given(&hit.range);
        let person = match hit.kind {
            Kind::PersonName => Some(self.mark(Kind::PersonName, &hit.value)),
            _ => around.person_of(hit.range.start).filter(|p| !p.is_bare).map(|p| self.mark(Kind::PersonName, &p.name)),
        };
        let place = match hit.range.start {
            at if at >= around.reading.hidden => Place::Hidden,
            at if around.reading.is_quoted(at) => Place::Quoted,
            _ => Place::Own,
        };
        Some(Finding {
            kind: hit.kind,
            start: given.start,
            end: given.end,
            confidence: confidence(hit.weight)?,
            masked: mask::masked(hit.kind, &hit.value),
            value: self.mark(hit.kind, &hit.value),
            person,
            pupil: hit.pupil,
            place,
        })
    }

    fn mark(&self, kind: Kind, value: &str) -> Mark {
        Mark(self.marks.hash_one((kind, value)))
    }
}

/// Something found, before it is told.
#[derive(Clone, Debug)]
struct Hit {
    kind: Kind,
    range: Range<usize>,
    value: String,
    weight: i32,
    /// Who wins where two overlap.
    rank: i32,
    pupil: Option<Pupil>,
}

/// What a kind is asked of the roll as.
fn fact_of(kind: Kind) -> Option<Fact> {
    match kind {
        Kind::Upn => Some(Fact::Upn),
        Kind::Uln => Some(Fact::Uln),
        Kind::NhsNumber => Some(Fact::NhsNumber),
        Kind::EmailAddress => Some(Fact::Email),
        Kind::Phone => Some(Fact::Mobile),
        _ => None,
    }
}

/// Candidates that a column bears out: three values and most of a column, or of a list of bare lines, pass the check of one kind.
fn votes(around: &Around<'_>, candidates: &[Candidate]) -> BTreeSet<usize> {
    let mut columns: BTreeMap<(Kind, usize, usize), Vec<usize>> = BTreeMap::new();
    for (number, candidate) in candidates.iter().enumerate() {
        if candidate.kind.is_contact() || candidate.needs_label {
            continue;
        }
        let at = candidate.range.start;
        if let Some(cell) = around.layout.cell_at(at).filter(|cell| !cell.is_header) {
            columns.entry((candidate.kind, cell.table + 1, cell.column)).or_default().push(number);
        } else if around.layout.line(at).is_some_and(|line| line.is_bare) {
            let heading = around.layout.line(at).and_then(|line| line.heading).unwrap_or(0);
            columns.entry((candidate.kind, 0, heading)).or_default().push(number);
        }
    }
    let mut sizes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for cell in around.layout.cells.iter().filter(|cell| cell.end > cell.start) {
        *sizes.entry((cell.table + 1, cell.column)).or_default() += 1;
    }
    for line in around.layout.lines.iter().filter(|line| line.is_bare) {
        *sizes.entry((0, line.heading.unwrap_or(0))).or_default() += 1;
    }
    columns.retain(|(_, table, column), members| {
        let size = sizes.get(&(*table, *column)).copied().unwrap_or(0);
        members.len() >= 3 && members.len() * 10 >= size * 6
    });
    columns.into_values().flatten().collect()
}

/// What a date weighs as a birth date; `None` where it is none.
fn birth(around: &Around<'_>, written: &date::Written, today: Date) -> Option<i32> {
    if around.is_in(around.links, written.range.start) {
        return None;
    }
    let age = date::age(written.day, today);
    let called = around.called(&written.range, Kind::DateOfBirth);
    let doubt = i32::from(written.is_doubtful);
    let is_birth = |means: Means| means == Means::Is(Kind::DateOfBirth);
    if let Some(header) = called.header {
        return if is_birth(header) && (0..=105).contains(&age) { Some(5 - doubt) } else { None };
    }
    let own = nearest_date_label(around, &written.range);
    match own {
        Some((means, gap)) if is_birth(means) && gap <= 40 && (gap <= 14 || age >= 2) && (0..=105).contains(&age) => {
            return Some(5 - doubt);
        }
        Some((Means::Date, _)) => return None,
        _ => {}
    }
    let is_plausible = (2..=80).contains(&age);
    if called.is_heading && is_plausible {
        return Some(4 - doubt);
    }
    let beside = around.people.iter().skip(around.people.partition_point(|p| p.end + 8 < written.range.start)).take(3);
    let gap = |person: &Person| {
        written.range.start.checked_sub(person.end).map(|_| around.reading.piece(person.end..written.range.start))
    };
    let mut beside = beside.filter(|person| !person.is_bare && person.weight >= 3);
    let is_beside = beside.any(|person| {
        gap(person).is_some_and(|gap| gap.len() <= 8 && !gap.contains('\n') && !gap.bytes().any(|b| b.is_ascii_alphanumeric()))
    });
    if is_beside && is_plausible && !called.is_other_heading { Some(3) } else { None }
}

/// The nearest label before a date that names dates.
fn nearest_date_label(around: &Around<'_>, range: &Range<usize>) -> Option<(Means, usize)> {
    let line = around.layout.line(range.start)?;
    let from = line.start.max(range.start.saturating_sub(60));
    let labels: Vec<&Label> = around.labels_in(from, range.start).collect();
    let near = labels.iter().rev().find(|label| matches!(label.means, Means::Date | Means::Is(_)))?;
    Some((near.means, range.start - near.end))
}

/// Names, as found.
fn names(around: &Around<'_>) -> Vec<Hit> {
    let full = around.people.iter().filter(|person| !person.is_bare && !around.is_in(around.links, person.start));
    full.map(|person| Hit {
        kind: Kind::PersonName,
        range: person.start..person.end,
        value: person.name.clone(),
        weight: person.weight,
        rank: person.weight,
        pupil: None,
    })
    .collect()
}

/// Cells under the header of a special-category code, in rows that are somebody's.
fn codes(around: &Around<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for cell in around.layout.cells.iter().filter(|cell| !cell.is_header) {
        let header = around.layout.tables.get(cell.table).and_then(|t| t.header.as_ref()).and_then(|h| *h.get(cell.column)?);
        let Some(Means::Code(kind)) = header else { continue };
        let value = around.reading.piece(cell.start..cell.end).trim();
        let weight = code_weight(kind, value);
        if weight > 0 && (around.has_person_in_row(cell.start) || around.layout.row_at(cell.start) > 0 && weight > 3) {
            hits.push(Hit { kind, range: cell.start..cell.end, value: value.to_lowercase(), weight, rank: weight, pupil: None });
        }
    }
    hits
}

/// What a code says: nothing for a "no"; a letter for "true" is too little to be sure.
fn code_weight(kind: Kind, value: &str) -> i32 {
    let lower = value.to_lowercase();
    let is_no = ["", "n", "no", "none", "n/a", "na", "-", "f", "false", "0", "not known", "nil", "nobt", "unknown", "."]
        .contains(&lower.as_str());
    let is_yes = ["y", "yes", "true", "1", "x", "\u{2713}", "\u{2714}"].contains(&lower.as_str());
    match kind {
        _ if is_no || value.len() > 40 => 0,
        Kind::SpecialNeeds | Kind::Ethnicity | Kind::Religion if value.bytes().any(|b| b.is_ascii_alphabetic()) => 3,
        Kind::FinancialHardship | Kind::Safeguarding if is_yes => 3,
        Kind::FinancialHardship | Kind::Safeguarding => 1,
        _ => 0,
    }
}

/// Where identifiers overlap, the one with the most to say for it stays.
fn without_overlaps(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| (std::cmp::Reverse(hit.rank), std::cmp::Reverse(hit.range.len()), hit.kind));
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    hits.retain(|hit| {
        let before = taken.range(..hit.range.end).next_back();
        let is_free = before.is_none_or(|(_, end)| *end <= hit.range.start);
        if is_free {
            taken.insert(hit.range.start, hit.range.end);
        }
        is_free
    });
    hits
}

#[cfg(test)]
mod tests;
