//! Sizes (`50MB`), times (`30d`) and networks (`10.0.0.0/8`) as written in a configuration.
//!
//! Sizes count in steps of 1,024, as mail servers announce them. Months and years have no fixed number of seconds: they are
//! read only where a calendar is meant ([`calendar`]).

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::config::Network;

/// No time in a configuration is longer: a hundred years, in days.
const LONGEST_DAYS: u64 = 36_525;

/// Why a text is not a size, time or network, and what was likely meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub why: String,
    pub suggestion: Option<String>,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

fn unfit<T>(why: impl Into<String>, suggestion: Option<String>) -> Result<T, Unfit> {
    Err(Unfit { why: why.into(), suggestion })
}

/// Number and unit of a text such as `50MB`; blanks between them do not matter.
fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..digits].parse().ok()?, text[digits..].trim()))
}

/// A size in bytes.
pub(super) fn size(text: &str) -> Result<u64, Unfit> {
    let Some((number, unit)) = split(text) else {
        return unfit("a size is a whole number with KB, MB or GB, such as \"50MB\"", None);
    };
    let power = match unit.to_ascii_uppercase().as_str() {
        "KB" => 10,
        "MB" => 20,
        "GB" => 30,
        "K" | "KIB" => return unfit("sizes are written with KB, MB or GB", Some(format!("{number}KB"))),
        "M" | "MIB" => return unfit("sizes are written with KB, MB or GB", Some(format!("{number}MB"))),
        "G" | "GIB" => return unfit("sizes are written with KB, MB or GB", Some(format!("{number}GB"))),
        "" => return unfit("the unit is missing: KB, MB or GB", Some(format!("{number}MB"))),
        _ => return unfit("a size is a whole number with KB, MB or GB, such as \"50MB\"", None),
    };
    match number.checked_mul(1 << power) {
        Some(bytes) => Ok(bytes),
        None => unfit("this is larger than any mail or disk", None),
    }
}

/// A time of fixed length.
pub(super) fn duration(text: &str) -> Result<Duration, Unfit> {
    let (number, unit) = time(text)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "mo" => return unfit("months differ in length; write days here", Some(format!("{}d", number.saturating_mul(30)))),
        _ => return unfit("years differ in length; write days here", Some(format!("{}d", number.saturating_mul(365)))),
    };
    match number.checked_mul(seconds).filter(|s| *s <= LONGEST_DAYS * 86_400) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => unfit("this is longer than a hundred years", None),
    }
}

/// A time in the calendar's terms: six months end on the same day of the month.
pub(super) fn calendar(text: &str) -> Result<jiff::Span, Unfit> {
    let (number, unit) = time(text)?;
    let days = match unit {
        "s" => number / 86_400,
        "m" => number / 1440,
        "h" => number / 24,
        "d" => number,
        "w" => number.saturating_mul(7),
        "mo" => number.saturating_mul(30),
        _ => number.saturating_mul(365),
    };
    let count = i64::try_from(number).ok().filter(|_| days <= LONGEST_DAYS);
    let Some(count) = count else {
        return unfit("this is longer than a hundred years", None);
    };
    let span = jiff::Span::new();
    let span = match unit {
        "s" => span.try_seconds(count),
        "m" => span.try_minutes(count),
        "h" => span.try_hours(count),
        "d" => span.try_days(count),
        "w" => span.try_weeks(count),
        "mo" => span.try_months(count),
        _ => span.try_years(count),
    };
    span.or_else(|_| unfit("this is longer than the calendar", None))
}

/// Number and known unit of a time.
fn time(text: &str) -> Result<(u64, &str), Unfit> {
    const FORM: &str = "a time is a whole number with s, m (minutes), h, d, w, mo (months) or y, such as \"30d\"";
    let Some((number, unit)) = split(text) else {
        return unfit(FORM, None);
    };
    if number == 0 {
        return unfit("this must be longer than nothing", None);
    }
    match unit {
        "s" | "m" | "h" | "d" | "w" | "mo" | "y" => Ok((number, unit)),
        "" => unfit("the unit is missing: s, m (minutes), h, d, w, mo (months) or y", Some(format!("{number}d"))),
        other => unfit(FORM, time_word(other).map(|unit| format!("{number}{unit}"))),
    }
}

/// The unit that a word stands for.
fn time_word(word: &str) -> Option<&'static str> {
    let lower = word.to_lowercase();
    let starts = |stem: &str| lower.starts_with(stem);
    [("mo", "mo"), ("sec", "s"), ("min", "m"), ("hour", "h"), ("day", "d"), ("week", "w"), ("y", "y")]
        .iter()
        .find(|(stem, _)| starts(stem))
        .map(|(_, unit)| *unit)
        .or_else(|| (word == "M").then_some("mo"))
        .or_else(|| ["s", "h", "d", "w"].into_iter().find(|unit| lower == *unit))
}

/// A network in CIDR form, or one address. Bits beyond the prefix must be zero, so that what is written is what is meant.
pub(super) fn network(text: &str) -> Result<Network, Unfit> {
    const FORM: &str = "a network is written like \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.7\"";
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.trim().parse::<IpAddr>() else {
        return unfit(FORM, None);
    };
    let most: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix.map(|p| p.trim().parse::<u8>()) {
        None => most,
        Some(Ok(prefix)) if prefix <= most => prefix,
        Some(_) => return unfit(format!("the number after the slash is from 0 to {most}"), None),
    };
    let first = first_of(address, prefix);
    if first != address {
        return unfit("the address has bits set beyond its prefix", Some(format!("{first}/{prefix}")));
    }
    Ok(Network { address, prefix })
}

/// The first address of the network that holds an address.
fn first_of(address: IpAddr, prefix: u8) -> IpAddr {
    let host_bits = |width: u32| width - u32::from(prefix);
    match address {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(host_bits(32)).unwrap_or(0);
            IpAddr::V4((ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(host_bits(128)).unwrap_or(0);
            IpAddr::V6((ip.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
