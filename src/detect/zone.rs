//! The places of a text where a number may stand, so that the patterns need not pass over prose.
//!
//! In: the text of a reading. Out: [`Zone`]s in order: stretches within one line and cell that hold figures, with the short words around
//! them that may belong to an identifier ("GB", "MORGA", "Sept"). One pass. A written number lies in one zone whole; each family says how
//! many figures it needs at least, and is not asked where there are fewer.

use std::ops::Range;

/// Letters of a word that may stand inside or beside a number: five of a driver's name.
const LETTERS: usize = 5;
/// Octets without a figure after which a zone ends.
const GAP: usize = 14;
/// Octets of one zone; a longer one is cut where a word ends.
const OCTETS: usize = 400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) range: Range<usize>,
    pub(super) figures: usize,
}

/// The zones of a text.
pub(super) fn find(text: &str) -> Vec<Zone> {
    let bytes = text.as_bytes();
    let mut zones = Vec::new();
    let mut at = 0;
    while let Some(first) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)).map(|n| at + n) {
        let zone = grown(bytes, first, at);
        at = zone.range.end.max(first + 1);
        zones.push(zone);
    }
    zones.retain(|zone| text.is_char_boundary(zone.range.start) && text.is_char_boundary(zone.range.end));
    zones
}

/// The zone around a figure; it begins at `from` at the earliest.
fn grown(bytes: &[u8], first: usize, from: usize) -> Zone {
    let start = begin(bytes, first, from);
    let (mut end, mut figures, mut letters, mut last, mut at) = (first, 0, 0, first, first);
    while let Some(&byte) = bytes.get(at) {
        let is_word = byte.is_ascii_alphabetic() || byte >= 0x80;
        letters = if is_word { letters + 1 } else { 0 };
        if byte.is_ascii_digit() {
            figures += 1;
            last = at;
        }
        let is_over = matches!(byte, b'\n' | b'\t' | b'|')
            || at - last > GAP
            || letters > LETTERS && !is_month(bytes, at + 1 - letters)
            || at - start > OCTETS && !byte.is_ascii_alphanumeric();
        if is_over {
            break;
        }
        at += 1;
        // Words behind the last figure count up to their end: "12 34 56 C", "SM9IJ".
        if !bytes.get(at).is_some_and(|next| next.is_ascii_alphanumeric() || *next >= 0x80) {
            end = at;
        }
    }
    Zone { range: start..end.max(last + 1), figures }
}

/// Where a zone begins: up to three short words before its first figure.
fn begin(bytes: &[u8], first: usize, from: usize) -> usize {
    let (mut start, mut letters, mut words) = (first, 0, 0);
    while start > from {
        let Some(&byte) = bytes.get(start - 1) else { break };
        let is_word = byte.is_ascii_alphanumeric() || byte >= 0x80;
        words += usize::from(is_word && letters == 0);
        letters = if is_word { letters + 1 } else { 0 };
        if matches!(byte, b'\n' | b'\t' | b'|') || first - start >= 24 && !is_word || letters > 9 || words > 3 {
            break;
        }
        start -= 1;
    }
    // Not within a word.
    while start < first && start > 0 && bytes.get(start - 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80) {
        start += 1;
    }
    start
}

/// Whether a month's name begins here.
fn is_month(bytes: &[u8], at: usize) -> bool {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let head = bytes.get(at..at + 3).unwrap_or_default();
    MONTHS.iter().any(|month| head.eq_ignore_ascii_case(*month))
}

#[cfg(test)]
#[path = "zone_tests.rs"]
mod tests;
