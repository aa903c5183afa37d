//! Days, months, years and spans of them in a query: `2026-09-01`, `01/09/2026` (the day first), `2026-09`, `last week`, `30d`.
//!
//! In: the value, and now in the time zone in which days are counted. Out: [`Times`], from an instant to before another. Weeks begin on
//! Monday. What can fail: a [`Fault`].

use jiff::civil::{Date, date};
use jiff::{Span, Timestamp, ToSpan, Unit, Zoned};

use super::mistake::Fault;
use super::tree::Times;

const HELP: &str =
    "write a day as 2026-09-01 or 01/09/2026 (the day first), a month as 2026-09, or today, yesterday, \"last week\"";

/// What stands behind `received:`: a day, month or year, a comparison with one, or a range `a..b`, both ends included.
pub(super) fn range(text: &str, now: &Zoned) -> Result<Times, Fault> {
    if let Some((from, until)) = text.split_once("..") {
        let from = (!from.is_empty()).then(|| span(from, now)).transpose()?.map(|span| span.0);
        let until = (!until.is_empty()).then(|| span(until, now)).transpose()?.map(|span| span.1);
        return between(from, until);
    }
    let compared = |skip: usize| span(text.get(skip..).unwrap_or_default().trim(), now);
    match text {
        _ if text.starts_with(">=") => between(Some(compared(2)?.0), None),
        _ if text.starts_with("<=") => between(None, Some(compared(2)?.1)),
        _ if text.starts_with('>') => between(Some(compared(1)?.1), None),
        _ if text.starts_with('<') => between(None, Some(compared(1)?.0)),
        _ => {
            let (from, until) = compared(usize::from(text.starts_with('=')))?;
            between(Some(from), Some(until))
        }
    }
}

/// From the beginning of a day, month or year on.
pub(super) fn since(text: &str, now: &Zoned) -> Result<Times, Fault> {
    between(Some(span(text, now)?.0), None)
}

/// Before the beginning of one.
pub(super) fn before(text: &str, now: &Zoned) -> Result<Times, Fault> {
    between(None, Some(span(text, now)?.0))
}

/// Until the end of one.
pub(super) fn until(text: &str, now: &Zoned) -> Result<Times, Fault> {
    between(None, Some(span(text, now)?.1))
}

fn between(from: Option<Timestamp>, until: Option<Timestamp>) -> Result<Times, Fault> {
    match (from, until) {
        (None, None) => Err(Fault::new("`..` needs a day on one side at least", HELP)),
        (Some(from), Some(until)) if from == until => Err(Fault::new("an instant has no length", "write a range of two: a..b")),
        (Some(from), Some(until)) if from > until => {
            Err(Fault::new("the range ends before it begins", "put the earlier day first"))
        }
        _ => Ok(Times { from, until }),
    }
}

/// An age such as `30d`, where the value is one: hours, days, weeks, months (`m` or `mo`) or years.
pub(super) fn age(text: &str) -> Option<Span> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok()?;
    match unit.to_ascii_lowercase().as_str() {
        "h" => Span::new().try_hours(number).ok(),
        "d" => Span::new().try_days(number).ok(),
        "w" => Span::new().try_weeks(number).ok(),
        "m" | "mo" => Span::new().try_months(number).ok(),
        "y" => Span::new().try_years(number).ok(),
        _ => None,
    }
}

/// The instant so long ago, or so far ahead where the span is negative.
pub(super) fn ago(age: Span, now: &Zoned) -> Result<Timestamp, Fault> {
    now.checked_sub(age)
        .map(|then| then.timestamp())
        .map_err(|_| Fault::new("that is before all calendars", "write a shorter time, such as 30d"))
}

/// From the beginning of what is named to its end; an instant, written in full (RFC 3339), is both.
fn span(text: &str, now: &Zoned) -> Result<(Timestamp, Timestamp), Fault> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok((instant, instant));
    }
    let (first, next) = days(text, now)?;
    let begin = |day: Date| {
        let zoned = day.to_zoned(now.time_zone().clone());
        zoned.map(|zoned| zoned.timestamp()).map_err(|_| Fault::new(format!("`{text}` lies outside the calendar"), HELP))
    };
    Ok((begin(first)?, begin(next)?))
}

/// The first day of what is named, and the first day after it.
fn days(text: &str, now: &Zoned) -> Result<(Date, Date), Fault> {
    let (first, length) = match named(&text.to_lowercase(), now.date()) {
        Some(named) => named,
        None => written(text)?,
    };
    let next = first.checked_add(length).map_err(|_| Fault::new(format!("`{text}` lies outside the calendar"), HELP))?;
    Ok((first, next))
}

/// `today`, `last month`: the first day, and how long it is.
fn named(text: &str, today: Date) -> Option<(Date, Span)> {
    match text {
        "today" => return Some((today, 1.day())),
        "yesterday" => return Some((today.checked_sub(1.day()).ok()?, 1.day())),
        _ => {}
    }
    let (which, unit) = text.split_at_checked(4)?;
    let back = match which {
        "this" => 0,
        "last" => 1,
        _ => return None,
    };
    let (first, unit) = match unit.trim_start_matches([' ', '-', '_']) {
        "week" => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            (today.checked_sub(since_monday.days()).ok()?, Unit::Week)
        }
        "month" => (today.first_of_month(), Unit::Month),
        "year" => (today.first_of_year(), Unit::Year),
        _ => return None,
    };
    let length = match unit {
        Unit::Week => 1.week(),
        Unit::Month => 1.month(),
        _ => 1.year(),
    };
    Some((first.checked_sub(length * back).ok()?, length))
}

/// A day, month or year in figures.
fn written(text: &str) -> Result<(Date, Span), Fault> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let is_year = |part: &str| part.len() == 4;
    let figures: Option<Vec<i16>> =
        parts.iter().map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()).collect();
    let figures = figures.unwrap_or_default();
    let (year, month, day) = match (parts.as_slice(), figures.as_slice()) {
        ([y, _, _], [year, month, day]) if is_year(y) => (*year, *month, Some(*day)),
        ([_, _, y], [day, month, year]) if is_year(y) => (*year, *month, Some(*day)),
        ([y, _], [year, month]) if is_year(y) => (*year, *month, None),
        ([_, y], [month, year]) if is_year(y) => (*year, *month, None),
        ([y], [year]) if is_year(y) && *year >= 1900 => return Ok((date(*year, 1, 1), 1.year())),
        _ => return Err(Fault::new(format!("`{text}` is no day that search can read"), HELP)),
    };
    let small = |figure: i16| i8::try_from(figure).unwrap_or(i8::MAX);
    let first = Date::new(year, small(month), small(day.unwrap_or(1)));
    let first = first.map_err(|_| Fault::new(format!("`{text}` is not in the calendar"), HELP))?;
    Ok((first, if day.is_some() { 1.day() } else { 1.month() }))
}
