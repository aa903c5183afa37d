//! Dates, and which of them are somebody's birth.
//!
//! In: the text of a reading. Out: [`Written`] dates with their day. A date is a birth date only where something says so: a label, a
//! header, a heading, or a person right before it and an age that a pupil or an adult may have, counted from a day that is handed in.
//! Day first, as in Britain; month first only where the day cannot be a month. Two-figure years are the last hundred.

use std::ops::Range;

use jiff::civil::Date;
use regex::Regex;

use super::zone::Zone;

/// A date in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) range: Range<usize>,
    pub(super) day: Date,
    /// Only eight figures, or figures turned round: it is a date only where a label says so.
    pub(super) is_doubtful: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

pub(super) struct Dates {
    figures: Regex,
    words: Regex,
    run: Regex,
}

impl Dates {
    pub(super) fn compile() -> Option<Self> {
        let month = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
        Some(Self {
            figures: Regex::new(r"(?-u:\b)\d{1,4} ?[/.\-\\] ?\d{1,2} ?[/.\-\\] ?(?:\d{4}|\d{2})(?-u:\b)").ok()?,
            words: Regex::new(&format!(
                r"(?i-u)\b(?:\d{{1,2}}(?:st|nd|rd|th)?[ \-./]{{0,2}}(?:of )?{month}\.?,?[ \-./]{{0,2}}'?(?:\d{{4}}|\d{{2}})|{month}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})\b"
            ))
            .ok()?,
            run: Regex::new(r"(?-u:\b)(?:\d{8}|\d{6}|\d{2} \d{2} (?:\d{4}|\d{2})|\d{4} \d{2} \d{2})(?-u:\b)").ok()?,
        })
    }

    /// All dates, read as of `today`.
    pub(super) fn find(&self, text: &str, zones: &[Zone], today: Date) -> Vec<Written> {
        let mut found = Vec::new();
        for zone in zones.iter().filter(|zone| zone.figures >= 3) {
            let piece = text.get(zone.range.clone()).unwrap_or_default();
            let mut take = |pattern: &Regex, read: &dyn Fn(&str) -> Option<(Date, bool)>| {
                for hit in pattern.find_iter(piece) {
                    let range = zone.range.start + hit.start()..zone.range.start + hit.end();
                    found.extend(read(hit.as_str()).map(|(day, is_doubtful)| Written { range, day, is_doubtful }));
                }
            };
            take(&self.figures, &|written| parted(written, today));
            take(&self.words, &|written| named(written, today));
            take(&self.run, &|written| of_run(&digits(written), today).map(|day| (day, true)));
        }
        found
    }
}

fn digits(written: &str) -> String {
    written.chars().filter(char::is_ascii_digit).collect()
}

/// Three numbers with marks between, or such a date turned round.
fn parted(written: &str, today: Date) -> Option<(Date, bool)> {
    let mut parts = written.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if let Some(day) = of_figures(a, b, c, today) {
        return Some((day, false));
    }
    let turned: String = digits(written).chars().rev().collect();
    of_run(&turned, today).filter(|_| turned.len() == 8).map(|day| (day, true))
}

/// A day, a month by name and a year, in either order of the first two.
fn named(written: &str, today: Date) -> Option<(Date, bool)> {
    let lower = written.to_ascii_lowercase();
    let month = lower.split(|c: char| !c.is_ascii_alphabetic()).find_map(|word| {
        let head = word.get(..3).or(None)?;
        MONTHS.iter().position(|known| *known == head)
    })?;
    let mut numbers = lower.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (day, year) = (numbers.next()?, numbers.next()?);
    let value: i16 = year.parse().ok()?;
    let year = if year.len() == 4 { value } else { century(value, today) };
    born(year, i16::try_from(month + 1).ok()?, day.parse().ok()?, today).map(|day| (day, false))
}

/// Eight or six figures: year first or day first.
pub(super) fn of_run(digits: &str, today: Date) -> Option<Date> {
    let part = |range: Range<usize>| digits.get(range).and_then(|part| part.parse::<i16>().ok());
    match digits.len() {
        8 => {
            let year_first = born(part(0..4)?, part(4..6)?, part(6..8)?, today);
            year_first.or_else(|| born(part(4..8)?, part(2..4)?, part(0..2)?, today))
        }
        6 => born(century(part(4..6)?, today), part(2..4)?, part(0..2)?, today),
        _ => None,
    }
}

fn of_figures(a: &str, b: &str, c: &str, today: Date) -> Option<Date> {
    let number = |text: &str| text.parse::<i16>().ok();
    let (first, second, third) = (number(a)?, number(b)?, number(c)?);
    if a.len() == 4 {
        return born(first, second, third, today);
    }
    if a.len() > 2 {
        return None;
    }
    let year = if c.len() == 4 { third } else { century(third, today) };
    born(year, second, first, today).or_else(|| born(year, first, second, today))
}

/// A year of two figures: the newest one that is not to come, but for next year's (diaries).
fn century(year: i16, today: Date) -> i16 {
    let this = today.year();
    let near = this - this.rem_euclid(100) + year;
    if near > this + 1 { near - 100 } else { near }
}

/// A day that exists, within the last 110 years or the next few.
fn born(year: i16, month: i16, day: i16, today: Date) -> Option<Date> {
    let is_near = (today.year() - 110..=today.year() + 5).contains(&year);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    is_near.then_some(date)
}

/// Whole years from a day until another; negative where it is to come.
pub(super) fn age(day: Date, today: Date) -> i16 {
    let before_birthday = (today.month(), today.day()) < (day.month(), day.day());
    today.year() - day.year() - i16::from(before_birthday)
}
