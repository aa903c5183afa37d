//! Where somebody is reached: telephone numbers (Ofcom's National Telephone Numbering Plan), mail addresses (RFC 5321), postcodes
//! (BS 7666) and IP addresses (RFC 791, RFC 4291).
//!
//! All of these have a form of their own and stand by themselves, but for IP addresses, which look like version numbers: one needs a
//! label, or a person who did something from it. Mailbox rules are simplified to what people write.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::super::kind::Kind;
use super::{Family, Worth, labelled, worth};

pub(super) const PHONE: Family = Family {
    kind: Kind::Phone,
    pattern: r"(?:(?:\+|(?-u:\b)00)[ ]?44[ \-.]{0,2}(?:\(0\))?[ \-.]{0,2}\d(?:[ \-.()]{0,2}\d){8,9}|(?:\(0\d{2,4}\)|(?-u:\b)0)[ \-.]{0,2}\d(?:[ \-.()]{0,2}\d){5,9})(?-u:\b)",
    figures: 8,
    check: phone,
    lengths: &[11],
};

pub(super) const POSTCODE: Family = Family {
    kind: Kind::Postcode,
    pattern: r"(?i-u)\b(?:GIR[ ]?0AA|(?:[A-PR-UWYZ][0-9][0-9]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9]?|[A-PR-UWYZ][0-9][A-HJKSTUW]|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY])[ ]{0,2}[0-9][ABD-HJLNP-UW-Z]{2}|BFPO[ ]?\d{1,4})\b",
    figures: 2,
    check: postcode,
    lengths: &[],
};

pub(super) const INTERNET: Family = Family {
    kind: Kind::IpAddress,
    pattern: r"(?-u:\b)\d{1,3}(?:\.\d{1,3}){3}(?-u:\b)|(?i-u)\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,6}:[0-9a-f]{1,4}\b",
    figures: 4,
    check: internet,
    lengths: &[],
};

/// Mail addresses: grown from each `@` to both sides, by what people write there.
pub(super) fn emails(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    memchr::memchr_iter(b'@', text.as_bytes()).filter_map(|at| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '\'' | '-');
        let local: usize = before.chars().rev().take_while(|c| is_local(*c)).take(64).map(char::len_utf8).sum();
        let local = before.get(at - local..)?.trim_start_matches(|c: char| !c.is_alphanumeric());
        let is_domain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let domain = after.bytes().take_while(is_domain).take(253).count();
        let domain = after.get(..domain)?.trim_end_matches(['.', '-']);
        let top = domain.rsplit_once('.')?.1;
        let is_whole =
            !local.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()) && !domain.starts_with('.');
        is_whole.then(|| at - local.len()..at + 1 + domain.len())
    })
}

fn phone(value: &str, raw: &str) -> Option<Worth> {
    let national =
        value.strip_prefix("0044").or_else(|| value.strip_prefix("44")).map_or(value, |rest| rest.trim_start_matches('0'));
    let national = national.strip_prefix('0').unwrap_or(national);
    let is_freephone = value.starts_with("0800") && matches!(value.len(), 8 | 10 | 11);
    let is_long = matches!(national.len(), 9 | 10) && national.starts_with(['1', '2', '3', '5', '7', '8', '9']);
    // Nine figures after the nought are a few old landlines only.
    let is_ordinary = national.len() == 10 || national.starts_with('1') && raw.contains(' ');
    // Figures one by one are a number that was spaced out, and it may be any.
    let pieces = raw.split([' ', '-', '.']).filter(|piece| !piece.is_empty()).count();
    match is_freephone || is_long && is_ordinary {
        true if pieces <= 6 => worth(3),
        true => labelled(1),
        false => None,
    }
}

fn postcode(value: &str, raw: &str) -> Option<Worth> {
    let is_capital = raw.bytes().all(|b| !b.is_ascii_lowercase());
    // "M1 1AE" and "b17 8ta" are postcodes; "a1 2nd" is not worth a guess.
    let is_small = raw.bytes().all(|b| !b.is_ascii_uppercase()) && value.len() >= 6;
    match (is_capital || is_small, raw.contains(' ') || value.len() >= 6) {
        (true, _) => worth(3),
        (false, true) => labelled(2),
        _ => None,
    }
}

fn internet(_: &str, raw: &str) -> Option<Worth> {
    match raw.parse::<Ipv4Addr>() {
        Ok(address) if address.is_loopback() || address.is_unspecified() || address.octets().first() == Some(&0) => None,
        Ok(_) => worth(2),
        Err(_) if raw.contains(':') && raw.parse::<std::net::Ipv6Addr>().is_ok() => labelled(2),
        Err(_) => None,
    }
}
