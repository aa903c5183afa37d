//! How numbers are shown in cells: number formats of SpreadsheetML (ECMA-376 part 1, 18.8.30 and 18.8.31).
//!
//! In: a cell's number and its format. Out: what stands in the sheet, as far as it matters to a reader of identifiers and dates: dates as
//! dates, digits without exponent, zeros in front where the format puts them. Currencies, colours and rounding are left aside.

use super::super::document::date::{self, Shown};
use super::super::document::number::plain;

/// A number format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    General,
    Date,
    Time,
    DateAndTime,
    Percent,
    /// Zeros and signs between them: `000 000 0000`.
    Digits(String),
}

impl Format {
    /// A format that every program knows by its number (18.8.30).
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=17 | 27..=31 | 34..=36 | 50..=54 | 57..=58 => Self::Date,
            18..=21 | 32 | 33 | 45..=47 | 55 | 56 => Self::Time,
            22 => Self::DateAndTime,
            _ => Self::General,
        }
    }

    /// A format by its code; the section for positive numbers counts.
    pub(super) fn of_code(code: &str) -> Self {
        let letters = letters(code);
        let has = |wanted: &[char]| letters.contains(wanted);
        let is_date = has(&['d', 'y', 'g', 'e', 'b']) && !letters.contains("general") && !letters.contains(['#', '0', '?']);
        let is_time = has(&['h', 's']) && !letters.contains("general") && !letters.contains(['#', '?']);
        let is_month = letters.contains("mmm") || letters.trim_matches(|char: char| !char.is_alphabetic()) == "m";
        match (is_date, is_time) {
            (true, true) => Self::DateAndTime,
            (true, false) => Self::Date,
            (false, true) => Self::Time,
            (false, false) if is_month => Self::Date,
            (false, false) if letters.contains('%') => Self::Percent,
            (false, false) if letters.chars().filter(|char| *char == '0').count() > 1 && is_digits(&letters) => {
                Self::Digits(code.split(';').next().unwrap_or_default().to_owned())
            }
            (false, false) => Self::General,
        }
    }

    /// A number as it is shown.
    pub(super) fn show(&self, raw: &str, is_1904: bool) -> String {
        let Ok(number) = raw.trim().parse::<f64>() else { return raw.to_owned() };
        let as_date = |shown| date::of_serial(number, is_1904, shown);
        let shown = match self {
            Self::General => None,
            Self::Date => as_date(Shown::Date),
            Self::Time => as_date(if number < 1.0 { Shown::Time } else { Shown::Both }),
            Self::DateAndTime => as_date(Shown::Both),
            Self::Percent => Some(format!("{}%", plain(number * 100.0))),
            Self::Digits(mask) => masked(number, mask),
        };
        // What is written with digits alone is exact, however long.
        let is_exact = !raw.contains(['e', 'E', '.']);
        shown.unwrap_or_else(|| if is_exact { raw.trim().to_owned() } else { plain(number) })
    }
}

/// The letters and signs of a format's first section, in lower case, without what is quoted, escaped or in brackets but for elapsed time.
fn letters(code: &str) -> String {
    let mut letters = String::with_capacity(code.len());
    let mut chars = code.chars();
    while let Some(char) = chars.next() {
        match char {
            ';' => break,
            '"' => {
                chars.by_ref().find(|char| *char == '"');
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|char| *char != ']').collect();
                if inside.chars().all(|char| matches!(char.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                    letters.push_str(&inside.to_ascii_lowercase());
                }
            }
            _ => letters.push(char.to_ascii_lowercase()),
        }
    }
    letters
}

fn is_digits(letters: &str) -> bool {
    letters.chars().all(|char| matches!(char, '0' | '#' | ' ' | '-' | '/' | '(' | ')' | '\u{a0}'))
}

/// Puts a whole number into a mask, from its last digit on.
fn masked(number: f64, mask: &str) -> Option<String> {
    if number < 0.0 || number.fract() != 0.0 || number >= 1e15 {
        return None;
    }
    let digits = plain(number);
    let mut left = digits.chars().rev();
    let mut shown: Vec<char> = Vec::new();
    let signs: Vec<char> = mask.chars().filter(|char| !matches!(char, '\\' | '"')).collect();
    let first = signs.iter().position(|char| matches!(char, '0' | '#')).unwrap_or(0);
    for (at, sign) in signs.iter().enumerate().rev() {
        match sign {
            '0' => shown.push(left.next().unwrap_or('0')),
            '#' => shown.extend(left.next()),
            other => shown.push(*other),
        }
        if at == first {
            shown.extend(left.by_ref());
        }
    }
    Some(shown.into_iter().rev().collect())
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
