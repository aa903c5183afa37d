//! Dates as people in Britain write them, from the numbers and the ISO forms in which spreadsheets keep them.

/// Days from 0000-03-01 to the first day of each system (ECMA-376 part 1, 18.17.4.1).
const DAY_ZERO_1900: i64 = 693_899;
const DAY_ZERO_1904: i64 = 695_361;
/// 31 December 9999, the last day that spreadsheets know.
const LAST_SERIAL: f64 = 2_958_466.0;

/// What of a moment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract::read) enum Shown {
    Date,
    Time,
    Both,
}

/// A serial number as a date: `14/02/2015`, `14/02/2015 09:30`, `09:30`. Nothing where it is out of range.
pub(in crate::extract::read) fn of_serial(serial: f64, is_1904: bool, shown: Shown) -> Option<String> {
    if !(0.0..LAST_SERIAL).contains(&serial) {
        return None;
    }
    // To the second, so that 0.99999 of a day is midnight and not 23:59.
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let time = time_of(second);
    if shown == Shown::Time {
        return Some(time);
    }
    let date = date_of(days, is_1904);
    Some(if second == 0 || shown == Shown::Date { date } else { format!("{date} {time}") })
}

fn time_of(second: i64) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

fn date_of(days: i64, is_1904: bool) -> String {
    let since_march = match (is_1904, days) {
        (true, _) => DAY_ZERO_1904 + days,
        // Lotus's leap day, which never was, moves all that is before it.
        (false, 60) => return "29/02/1900".to_owned(),
        (false, ..60) => DAY_ZERO_1900 + days + 1,
        (false, _) => DAY_ZERO_1900 + days,
    };
    let (year, month, day) = civil(since_march);
    format!("{day:02}/{month:02}/{year:04}")
}

/// Year, month and day of a day counted from 0000-03-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// An ISO 8601 date, with or without a time, as one reads it here; anything else stays.
pub(in crate::extract::read) fn of_iso(value: &str) -> String {
    let (date, time) = value.split_once('T').unwrap_or((value, ""));
    let fields: Vec<&str> = date.split('-').collect();
    let is_number = |text: &str, digits| text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit());
    let [year, month, day] = fields.as_slice() else { return value.to_owned() };
    if !(is_number(year, 4) && is_number(month, 2) && is_number(day, 2)) {
        return value.to_owned();
    }
    let time = time.trim_end_matches('Z').trim_end_matches(['0', '.', ':']);
    if time.is_empty() {
        return format!("{day}/{month}/{year}");
    }
    let minutes = value.split_once('T').and_then(|(_, time)| time.get(..5)).unwrap_or(time);
    format!("{day}/{month}/{year} {minutes}")
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;
