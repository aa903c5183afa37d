//! The bytes of a text file into text.
//!
//! In: bytes. Out: text, always. A mark at the beginning decides (UTF-8, UTF-16, UTF-32); without one the zeros that UTF-16 has between
//! Latin letters; then UTF-8 where it fits, else windows-1252, as `crate::message` reads a mail without a charset.

use std::borrow::Cow;

use crate::message;

/// Octets in which zeros are counted.
const SAMPLE: usize = 1024;

/// Reads a text file.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match encoding(bytes) {
        Some("utf-32") => Cow::Owned(utf_32(bytes)),
        label => message::text_in(label, bytes),
    }
}

/// The encoding that its first bytes give away; nothing for UTF-8 without a mark and for single octets.
pub(super) fn encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("utf-8"),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("utf-32"),
        [0xff, 0xfe, ..] => Some("utf-16le"),
        [0xfe, 0xff, ..] => Some("utf-16be"),
        _ => utf_16_without_mark(bytes),
    }
}

/// Nearly every second octet a zero, and hardly one of the others.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static str> {
    let pairs = bytes.get(..SAMPLE).unwrap_or(bytes).as_chunks::<2>().0;
    let count = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    let (first, second) = (count(0), count(1));
    let is_most = |zeros: usize, others: usize| pairs.len() >= 2 && zeros * 4 >= pairs.len() * 3 && others * 50 <= pairs.len();
    let has_controls = |place: usize| pairs.iter().any(|pair| pair[place] < 9 && pair[1 - place] == 0);
    if is_most(second, first) && !has_controls(0) {
        Some("utf-16le")
    } else if is_most(first, second) && !has_controls(1) {
        Some("utf-16be")
    } else {
        None
    }
}

fn utf_32(bytes: &[u8]) -> String {
    let is_little = bytes.first() == Some(&0xff);
    let units = bytes.as_chunks::<4>().0.iter().skip(1);
    let units = units.map(|unit| if is_little { u32::from_le_bytes(*unit) } else { u32::from_be_bytes(*unit) });
    units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
#[path = "charset_tests.rs"]
mod tests;
