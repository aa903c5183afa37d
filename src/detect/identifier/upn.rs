//! Unique pupil numbers: GDSC "Unique Pupil Number" 2.0, DfE UPN guide 2019 annex A. A check letter, the local authority, the
//! establishment, the year and a serial; a temporary one ends with a letter.
//!
//! The letter passes one time in 23 and the authority one time in five or so, so the form stands by itself; the usual example on forms,
//! A123456789012, passes the letter and fails the authority.

use super::super::kind::Kind;
use super::{Family, Worth, worth};

pub(super) const FAMILY: Family = Family {
    kind: Kind::Upn,
    pattern: r"(?i-u)\b[A-HJ-NP-RT-Z][ \-.]?\d{3}[ \-./*_]{0,3}\d{4}[ \-./*_]{0,3}\d{2}[ \-./*_]{0,3}\d{2}[\dA-HJ-NP-RT-Z]\b",
    figures: 11,
    check,
    lengths: &[13],
};

const LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";
/// GIAS: local authorities of England, Wales (660–681) and the pseudo codes for abroad and unknown.
const AUTHORITIES: &[(u32, u32)] = &[
    (1, 5),
    (201, 213),
    (301, 320),
    (330, 336),
    (340, 344),
    (350, 359),
    (370, 373),
    (380, 384),
    (390, 394),
    (420, 420),
    (660, 681),
    (701, 708),
    (800, 943),
];

fn check(value: &str, _: &str) -> Option<Worth> {
    let letter = value.chars().next()?;
    let authority: u32 = value.get(1..4)?.parse().ok()?;
    if value.len() != 13 || !AUTHORITIES.iter().any(|(from, to)| (*from..=*to).contains(&authority)) {
        return None;
    }
    let mut sum = 0;
    for (position, c) in (2u32..).zip(value.chars().skip(1)) {
        let figure = c.to_digit(10);
        let is_last = position == 13;
        let worth = figure.or_else(|| LETTERS.find(c).filter(|_| is_last).and_then(|at| u32::try_from(at).ok()))?;
        sum += position * worth;
    }
    let expected = LETTERS.chars().nth(usize::try_from(sum % 23).ok()?)?;
    if letter == expected { worth(3) } else { None }
}
