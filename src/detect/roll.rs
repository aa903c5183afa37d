//! The school's own roll, for exact match: kept as keyed hashes, asked with what was found in a mail.
//!
//! In: the export of the management system as CSV, what its columns are, and a key. Out: a [`Roll`] that says for a value, or for a name
//! with a second fact, which row of the export it is of. No value of the export stays in memory.
//!
//! The hash is HMAC-SHA256 (RFC 2104) under a key that the caller draws anew at each start, cut to 128 bits. A faster keyed hash such as
//! SipHash would save a second at a hundred thousand pupils; but pupil numbers and birth dates can be counted through, so what guards them
//! in a core dump or a swap file is the key alone, and HMAC's key is not given away by its outputs, however many. Whoever reads the
//! key and the hashes out of the running process can try all values: this hides the roll from accidents, not from root.
//!
//! Only what a detector found is looked up, so a mail costs a few hashes. What can fail: the CSV lacks a named column, or has no rows.

use std::collections::HashMap;

use ring::hmac;

use super::person;

/// What a column of the export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Upn,
    Uln,
    NhsNumber,
    Email,
    Mobile,
    Surname,
    Forename,
    DateOfBirth,
    Postcode,
}

/// The columns by the words that the configuration knows.
pub const COLUMNS: [(&str, Column); 9] = [
    ("upn", Column::Upn),
    ("uln", Column::Uln),
    ("nhs_number", Column::NhsNumber),
    ("email", Column::Email),
    ("mobile", Column::Mobile),
    ("surname", Column::Surname),
    ("forename", Column::Forename),
    ("date_of_birth", Column::DateOfBirth),
    ("postcode", Column::Postcode),
];

/// A row of the export, counted as a spreadsheet does: the header is row 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pupil(pub u32);

/// Why an export cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It has no such column.
    Column(String),
    /// It has a header and nothing below.
    NoRows,
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Column(name) => write!(f, "it has no column \"{name}\""),
            Self::NoRows => write!(f, "it has no rows below its header"),
        }
    }
}

/// What is asked of the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Fact {
    Upn = 1,
    Uln,
    NhsNumber,
    Email,
    Mobile,
    Name,
    NameAndBirth,
    NameAndPostcode,
}

/// The roll as hashes.
pub struct Roll {
    key: hmac::Key,
    rows: HashMap<u128, Pupil>,
    pupils: usize,
}

impl Roll {
    /// Reads an export; `columns` says which of its columns is what.
    pub fn read(csv: &str, columns: &[(Column, String)], key: &[u8; 32]) -> Result<Self, Unusable> {
        let mut rows = Rows::of(csv);
        let header = rows.next().unwrap_or_default();
        let place = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name.trim()));
        let mut places = Vec::new();
        for (column, name) in columns {
            places.push((*column, place(name).ok_or_else(|| Unusable::Column(name.clone()))?));
        }
        let mut roll = Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), rows: HashMap::new(), pupils: 0 };
        for (number, row) in (2..).zip(rows) {
            let cell = |wanted: Column| {
                let at = places.iter().find(|(column, _)| *column == wanted).map(|(_, at)| *at)?;
                row.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
            };
            roll.add(Pupil(number), &cell);
        }
        if roll.pupils == 0 { Err(Unusable::NoRows) } else { Ok(roll) }
    }

    /// How many pupils are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pupils
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pupils == 0
    }

    fn add<'r>(&mut self, pupil: Pupil, cell: &impl Fn(Column) -> Option<&'r str>) {
        let mut is_any = false;
        let facts = [
            (Column::Upn, Fact::Upn),
            (Column::Uln, Fact::Uln),
            (Column::NhsNumber, Fact::NhsNumber),
            (Column::Email, Fact::Email),
            (Column::Mobile, Fact::Mobile),
        ];
        for (column, fact) in facts {
            if let Some(value) = cell(column) {
                self.keep(fact, &normal(fact, value), pupil);
                is_any = true;
            }
        }
        if let (Some(surname), Some(forename)) = (cell(Column::Surname), cell(Column::Forename)) {
            let name = person::folded(&format!("{forename} {surname}"));
            self.keep(Fact::Name, &name, pupil);
            if let Some(day) = cell(Column::DateOfBirth).and_then(day) {
                self.keep(Fact::NameAndBirth, &format!("{name}|{day}"), pupil);
            }
            if let Some(postcode) = cell(Column::Postcode) {
                self.keep(Fact::NameAndPostcode, &format!("{name}|{}", normal(Fact::Upn, postcode)), pupil);
            }
            is_any = true;
        }
        self.pupils += usize::from(is_any);
    }

    /// The first pupil with a value keeps it: brothers share a mobile.
    fn keep(&mut self, fact: Fact, value: &str, pupil: Pupil) {
        let hash = self.hash(fact, value);
        self.rows.entry(hash).or_insert(pupil);
    }

    fn hash(&self, fact: Fact, value: &str) -> u128 {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[fact as u8]);
        context.update(value.as_bytes());
        let tag = context.sign();
        tag.as_ref().iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
    }

    /// Whose a value is.
    pub(super) fn find(&self, fact: Fact, value: &str) -> Option<Pupil> {
        self.rows.get(&self.hash(fact, value)).copied()
    }
}

/// The form in which values are compared.
pub(super) fn normal(fact: Fact, value: &str) -> String {
    match fact {
        Fact::Email => value.to_lowercase(),
        Fact::Mobile => {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            let national = digits.strip_prefix("0044").or_else(|| digits.strip_prefix("44")).unwrap_or(&digits);
            national.trim_start_matches('0').to_owned()
        }
        _ => value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect(),
    }
}

/// A birth date as exports write it: day first, or year first.
fn day(written: &str) -> Option<String> {
    let written = written.split([' ', 'T']).next()?;
    let parts: Vec<&str> = written.split(['/', '-', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    let (month, day): (u8, u8) = (month.parse().ok()?, day.parse().ok()?);
    (year.len() == 4).then(|| format!("{year}-{month:02}-{day:02}"))
}

/// Rows of a CSV (RFC 4180), parted by whatever its header is parted by.
struct Rows<'c> {
    rest: &'c str,
    mark: char,
}

impl<'c> Rows<'c> {
    fn of(csv: &'c str) -> Self {
        let rest = csv.trim_start_matches('\u{feff}');
        let header = rest.lines().next().unwrap_or_default();
        let count = |mark: char| header.chars().filter(|c| *c == mark).count();
        let mark = [',', ';', '\t'].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(',');
        Self { rest, mark }
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut row, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
        let mut chars = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if is_quoted && chars.peek().is_some_and(|(_, next)| *next == '"') => {
                    cell.push('"');
                    chars.next();
                }
                '"' => is_quoted = !is_quoted,
                '\n' if !is_quoted => {
                    end = at + 1;
                    break;
                }
                '\r' if !is_quoted => {}
                c if c == self.mark && !is_quoted => row.push(std::mem::take(&mut cell)),
                c => cell.push(c),
            }
        }
        row.push(cell);
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some(row)
    }
}

#[cfg(test)]
#[path = "roll_tests.rs"]
mod tests;
