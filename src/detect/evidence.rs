//! What the words, tables and persons around a candidate say for it and against it.
//!
//! In: a [`Candidate`] and its surroundings. Out: its weight in all, from which the confidence follows. The rules, in the order of their
//! force: what stands in a link is part of the link; the nearest name before a number names it; a column's header names what is in the
//! column; a list stands under its heading; three values of one column that pass the same check are no chance; a person beside a number
//! makes it that person's. What is given as an example, and a company's bank details, are nobody's.

use std::ops::Range;

use regex::Regex;

use super::identifier::Candidate;
use super::kind::{Confidence, Kind};
use super::label::{Label, Means};
use super::layout::Layout;
use super::person::Person;
use super::reading::Reading;

/// From a label to its value, in octets.
const REACH: usize = 60;
/// How near a label is that speaks clearly.
const NEAR: usize = 36;

/// Everything around the candidates of one text.
pub(super) struct Around<'t> {
    pub(super) reading: &'t Reading,
    pub(super) labels: &'t [Label],
    pub(super) layout: &'t Layout,
    pub(super) links: &'t [Range<usize>],
    pub(super) signatures: &'t [Range<usize>],
    pub(super) people: &'t [Person],
    pub(super) company: &'t Regex,
}

/// What a place in the text is called, by whom.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Called {
    pub(super) own: Option<(Means, usize)>,
    pub(super) header: Option<Means>,
    pub(super) is_heading: bool,
    pub(super) is_other_heading: bool,
    pub(super) after: Option<Means>,
}

impl Around<'_> {
    /// The weight of a candidate in all; `None` where it is none.
    pub(super) fn weigh(&self, candidate: &Candidate, is_voted: bool) -> Option<i32> {
        if self.is_in(self.links, candidate.range.start) && !matches!(candidate.kind, Kind::EmailAddress) {
            return None;
        }
        let called = self.called(&candidate.range, candidate.kind);
        let named = self.named(&called, candidate);
        if candidate.needs_label && named <= 0 && !is_voted {
            return None;
        }
        let mut weight = candidate.weight + named + i32::from(is_voted) * 2;
        weight += self.beside(candidate, &called) - self.against(candidate);
        if candidate.kind == Kind::IpAddress && self.has_person_in_row(candidate.range.start) {
            weight += 1; // somebody did something from there
        }
        if candidate.kind == Kind::BankAccount && candidate.value.len() == 8 && !self.has_person_in_row(candidate.range.start) {
            weight = weight.min(2);
        }
        Some(weight)
    }

    /// What its names say: for it, against it, or nothing.
    fn named(&self, called: &Called, candidate: &Candidate) -> i32 {
        let strong = candidate.weight >= 3;
        let against = if strong { -2 } else { -4 };
        let kind = candidate.kind;
        let judge = |means: Means, gap: usize| match means {
            _ if is_for(means, kind) => Some(if gap <= NEAR { 3 } else { 2 }),
            Means::Other => Some(against),
            Means::Is(_) | Means::SortCode if gap <= 14 => Some(against),
            _ => None,
        };
        if let Some(header) = called.header {
            return match header {
                _ if is_for(header, kind) => 3,
                Means::Other | Means::Is(_) | Means::SortCode => against,
                _ => -1,
            };
        }
        if let Some(weight) = called.own.and_then(|(means, gap)| judge(means, gap)) {
            return weight;
        }
        if called.after.is_some_and(|means| is_for(means, kind)) {
            return 2;
        }
        match (called.is_heading, called.is_other_heading) {
            (true, _) => 3,
            (false, true) => against,
            _ => 0,
        }
    }

    /// How a place is called, from a kind's point of view.
    pub(super) fn called(&self, range: &Range<usize>, kind: Kind) -> Called {
        let mut called = Called { header: self.layout.header_at(range.start), ..Called::default() };
        let Some(line) = self.layout.line(range.start) else { return called };
        let cell = self.layout.cell_at(range.start);
        let from = cell.map_or(line.start, |cell| cell.start).max(range.start.saturating_sub(REACH + 20));
        // Two cells of a form, label and value, are no column: the label is the cell before.
        let is_form = called.header.is_none() && cell.is_some_and(|cell| cell.column == 1);
        let from = if is_form { line.start.max(range.start.saturating_sub(REACH + 20)) } else { from };
        called.own = self.before(from, range.start).or_else(|| self.wrapped_label(line, range.start, kind));
        let until = cell.map_or(line.end, |cell| cell.end).min(range.end + 26);
        called.after = self.labels_in(range.end, until).next().map(|label| label.means);
        if let Some(heading) = line.heading.and_then(|at| self.layout.lines.get(at)) {
            let labels: Vec<Means> = self.labels_in(heading.start, heading.end).map(|label| label.means).collect();
            called.is_heading = labels.iter().any(|means| is_for(*means, kind));
            called.is_other_heading = labels.contains(&Means::Other);
        }
        called
    }

    /// A label at the very end of the line before, for a number at the very beginning of this one.
    fn wrapped_label(&self, line: &super::layout::Line, at: usize, kind: Kind) -> Option<(Means, usize)> {
        // A sort code may stand before its account.
        let head = self.reading.piece(line.start..at);
        let is_first = head.len() <= 10 && (kind == Kind::BankAccount || !head.bytes().any(|b| b.is_ascii_digit()));
        let before = self.reading.piece(0..line.start.checked_sub(1)?);
        let end = before.trim_end_matches([' ', ':', '.', '-', '#']).len();
        let start = self.layout.lines.get(self.layout.line_at(end))?.start;
        if is_first { self.before(start, line.start).filter(|_| self.ends_label(end)) } else { None }
    }

    fn ends_label(&self, end: usize) -> bool {
        let until = self.labels.partition_point(|label| label.end <= end + 1);
        until.checked_sub(1).and_then(|at| self.labels.get(at)).is_some_and(|label| label.end + 1 >= end)
    }

    /// The nearest label for a number before a place, and how far it is.
    fn before(&self, from: usize, at: usize) -> Option<(Means, usize)> {
        let until = self.labels.partition_point(|label| label.end <= at);
        let near = self.labels.get(..until)?.iter().rev().take_while(|label| label.start >= from);
        let mut labels = near.filter(|label| matches!(label.means, Means::Is(_) | Means::SortCode | Means::Other));
        labels.next().map(|label| (label.means, at - label.end)).filter(|(_, gap)| *gap <= REACH)
    }

    pub(super) fn labels_in(&self, from: usize, until: usize) -> impl Iterator<Item = &Label> {
        let first = self.labels.partition_point(|label| label.start < from);
        self.labels.iter().skip(first).take_while(move |label| label.end <= until)
    }

    /// What a person next to it adds, where nothing names it.
    fn beside(&self, candidate: &Candidate, called: &Called) -> i32 {
        if candidate.kind.is_contact() || called.header.is_some() || called.own.is_some_and(|(means, _)| means == Means::Other) {
            return 0;
        }
        let gap = |a: usize, b: usize| b.checked_sub(a).filter(|gap| *gap <= 24 && !self.reading.piece(a..b).contains('\n'));
        let near = self
            .people_near(candidate.range.start)
            .any(|person| gap(person.end, candidate.range.start).is_some() || gap(candidate.range.end, person.start).is_some());
        2 * i32::from(near)
    }

    fn people_near(&self, at: usize) -> impl Iterator<Item = &Person> {
        let after = self.people.partition_point(|person| person.start <= at);
        self.people.iter().skip(after.saturating_sub(1)).take(2)
    }

    pub(super) fn has_person_in_row(&self, at: usize) -> bool {
        self.person_of(at).is_some()
    }

    /// The person whose row, record or line a place is in: the nearest one before it, else the first after it.
    pub(super) fn person_of(&self, at: usize) -> Option<&Person> {
        let row = self.layout.row_at(at);
        let after = self.people.partition_point(|person| person.start <= at);
        let before = after.checked_sub(1).and_then(|i| self.people.get(i)).filter(|person| person.row == row);
        before.or_else(|| self.people.get(after).filter(|person| person.row == row))
    }

    /// What speaks against it whatever it is called.
    fn against(&self, candidate: &Candidate) -> i32 {
        let text = &self.reading.text;
        let before = text.get(..candidate.range.start).unwrap_or_default();
        let last = before.chars().next_back();
        let mut minus = 0;
        if candidate.kind != Kind::EmailAddress
            && last.is_some_and(|c| matches!(c, '/' | '=' | '#' | '&' | '_' | '@' | '£' | '$' | '€'))
        {
            minus += 3;
        }
        let is_fraction = last == Some('.') && before.trim_end_matches('.').ends_with(|c: char| c.is_ascii_digit());
        minus += 3 * i32::from(is_fraction && candidate.kind == Kind::Phone);
        let is_joined = last == Some('-') && before.trim_end_matches('-').ends_with(|c: char| c.is_ascii_alphanumeric());
        minus += 3 * i32::from(is_joined);
        let around = self.reading.piece(before.floor_char_boundary(before.len().saturating_sub(48))..before.len()).to_lowercase();
        let line = around.rsplit('\n').next().unwrap_or_default();
        let is_shown = !candidate.kind.is_contact() && !line.contains('@');
        if is_shown
            && ["e.g", "eg ", "example", "such as", "looks like", "format", "in the form", "test number", "dummy"]
                .iter()
                .any(|cue| line.contains(cue))
        {
            minus += 4;
        }
        if matches!(candidate.kind, Kind::BankAccount | Kind::Iban) && self.is_companys(&candidate.range) {
            minus += 3;
        }
        if candidate.kind.is_contact() && self.is_in(self.signatures, candidate.range.start) {
            minus += 2;
        }
        if candidate.kind == Kind::IpAddress && line.contains("version") {
            minus += 3;
        }
        minus
    }

    /// Bank details of a firm or of the school: the word for one stands near.
    fn is_companys(&self, range: &Range<usize>) -> bool {
        let text = &self.reading.text;
        let from = text.floor_char_boundary(range.start.saturating_sub(140));
        let until = text.floor_char_boundary((range.end + 60).min(text.len()));
        let before = self.reading.piece(from..range.start).rfind("\n\n").map_or(from, |at| from + at);
        let until = self.reading.piece(range.end..until).find("\n\n").map_or(until, |at| range.end + at);
        let from = before;
        self.company.is_match(self.reading.piece(from..until))
    }

    pub(super) fn is_in(&self, ranges: &[Range<usize>], at: usize) -> bool {
        let after = ranges.partition_point(|range| range.start <= at);
        after.checked_sub(1).and_then(|i| ranges.get(i)).is_some_and(|range| range.contains(&at))
    }
}

/// Whether a label is one for a kind.
pub(super) fn is_for(means: Means, kind: Kind) -> bool {
    match means {
        Means::Is(Kind::BankAccount) => matches!(kind, Kind::BankAccount | Kind::Iban),
        Means::Is(Kind::PostalAddress) => matches!(kind, Kind::PostalAddress | Kind::Postcode),
        Means::Is(named) => named == kind,
        Means::SortCode => matches!(kind, Kind::BankAccount | Kind::Iban),
        _ => false,
    }
}

/// What a weight amounts to; `None` where it is not worth telling.
pub(super) fn confidence(weight: i32) -> Option<Confidence> {
    match weight {
        ..1 => None,
        1..3 => Some(Confidence::Low),
        3 => Some(Confidence::Medium),
        _ => Some(Confidence::High),
    }
}
