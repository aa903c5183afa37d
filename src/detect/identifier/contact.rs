//! Where somebody is reached: telephone numbers (Ofcom's National Telephone Numbering Plan), mail addresses (RFC 5321), postcodes
//! (BS 7666) and IP addresses (RFC 791, RFC 4291).
//!
//! All of these have a form of their own and stand by themselves, but for IP addresses, which look like version numbers: one needs a
//! label, or a person who did something from it. Mailbox rules are simplified to what people write.

use std::net::Ipv4Addr;

use super::super::kind::Kind;
use super::{Family, Worth, labelled, worth};

pub(super) const PHONE: Family = Family {
    kind: Kind::Phone,
    pattern: r"(?:(?:\+|(?-u:\b)00)[ ]?44[ \-.]{0,2}(?:\(0\))?[ \-.]{0,2}\d(?:[ \-.()]{0,2}\d){8,9}|(?:\(0\d{2,4}\)|(?-u:\b)0)[ \-.]{0,2}\d(?:[ \-.()]{0,2}\d){5,9})(?-u:\b)",
    check: phone,
    lengths: &[11],
};

pub(super) const EMAIL: Family = Family {
    kind: Kind::EmailAddress,
    pattern: r"[\p{L}0-9][\p{L}0-9._%+'\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.)+[A-Za-z]{2,24}",
    check: |_, _| worth(4),
    lengths: &[],
};

pub(super) const POSTCODE: Family = Family {
    kind: Kind::Postcode,
    pattern: r"(?i-u)\b(?:GIR[ ]?0AA|(?:[A-PR-UWYZ][0-9][0-9]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9]?|[A-PR-UWYZ][0-9][A-HJKSTUW]|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY])[ ]{0,2}[0-9][ABD-HJLNP-UW-Z]{2}|BFPO[ ]?\d{1,4})\b",
    check: postcode,
    lengths: &[],
};

pub(super) const INTERNET: Family = Family {
    kind: Kind::IpAddress,
    pattern: r"(?-u:\b)\d{1,3}(?:\.\d{1,3}){3}(?-u:\b)|(?i-u)\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,6}:[0-9a-f]{1,4}\b",
    check: internet,
    lengths: &[],
};

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
