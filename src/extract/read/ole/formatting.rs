//! Numbers of a worksheet as its reader sees them: dates by their format, identifiers with all their digits.
//!
//! In: a number, a format code, which day is the first. Out: text. Only what changes what a number means is followed: dates, times, leading
//! zeros and grouping of identifiers; currency signs, colours and rounding are not. Nothing can fail.

use super::super::octets::{day_and_time, time_of_day};

/// What a format makes of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Date,
    Time,
    /// Digits in a pattern, such as `000 000 0000`.
    Digits(String),
}

/// The shape of a built-in format (MS-XLS section 2.4.126; ECMA-376 part 1, section 18.8.30 for those of the East).
pub(super) fn built_in(number: u16) -> Shape {
    match number {
        14..=17 | 22 | 27..=31 | 34..=36 | 50..=58 => Shape::Date,
        18..=21 | 32 | 33 | 45..=47 => Shape::Time,
        _ => Shape::Plain,
    }
}

/// The shape of a format code: what stands in quotes, in brackets or behind a backslash says nothing.
pub(super) fn shape(code: &str) -> Shape {
    let mut bare = String::new();
    let mut characters = code.split(';').next().unwrap_or_default().chars();
    let mut is_general = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => drop(characters.by_ref().find(|end| *end == '"')),
            '[' => {
                let inside: String = characters.by_ref().take_while(|end| *end != ']').collect();
                // Times that go beyond a day: `[h]:mm`.
                if inside.chars().all(|letter| "hms".contains(letter.to_ascii_lowercase())) {
                    bare.push_str(&inside);
                }
            }
            '\\' => bare.extend(characters.next().filter(|next| matches!(next, ' ' | '-'))),
            '_' | '*' => drop(characters.next()),
            other => bare.push(other.to_ascii_lowercase()),
        }
        is_general |= bare.ends_with("general");
    }
    let zeros = bare.chars().filter(|digit| *digit == '0').count();
    if is_general {
        Shape::Plain
    } else if bare.contains(['y', 'd']) {
        Shape::Date
    } else if bare.contains(['h', 's']) {
        Shape::Time
    } else if bare.contains('m') && !bare.contains(['0', '#']) {
        Shape::Date
    } else if (2..=20).contains(&zeros) && bare.chars().all(|part| matches!(part, '0' | ' ' | '-')) {
        Shape::Digits(bare.trim().to_owned())
    } else {
        Shape::Plain
    }
}

/// A number in a shape. `from_1904`: day 0 is 1 January 1904, as on old Macs.
pub(super) fn show(number: f64, shape: &Shape, from_1904: bool) -> String {
    match shape {
        Shape::Date => date(number, from_1904).unwrap_or_else(|| plain(number)),
        Shape::Time if (0.0..1.0).contains(&number) => time_of_day((number * 86400.0).round() as i64),
        Shape::Time => date(number, from_1904).unwrap_or_else(|| plain(number)),
        Shape::Digits(pattern) => digits(number, pattern).unwrap_or_else(|| plain(number)),
        Shape::Plain => plain(number),
    }
}

/// Day 60 is 29 February 1900, which never was; before it days count from 31 December 1899.
fn date(number: f64, from_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&number) {
        return None;
    }
    let seconds = (number * 86400.0).round() as i64;
    let (day, rest) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    let since_1970 = match (from_1904, day < 60) {
        (true, _) => day - 24_107,
        (false, true) => day - 25_568,
        (false, false) => day - 25_569,
    };
    day_and_time(since_1970, rest)
}

fn digits(number: f64, pattern: &str) -> Option<String> {
    if number < 0.0 || number.fract() != 0.0 || number >= 1e15 {
        return None;
    }
    let places = pattern.chars().filter(|place| *place == '0').count();
    let all = format!("{number:0places$}");
    let mut left = all.chars();
    let mut out: String = left.by_ref().take(all.len().saturating_sub(places)).collect();
    for place in pattern.chars() {
        if place == '0' { out.extend(left.next()) } else { out.push(place) }
    }
    Some(out)
}

/// As many digits as Excel keeps, fifteen, and never an exponent for what is whole.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e18 {
        return format!("{number}");
    }
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    if (1e-9..1e18).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

#[cfg(test)]
#[path = "formatting_tests.rs"]
mod tests;
