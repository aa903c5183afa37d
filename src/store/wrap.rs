//! Base64 as mails carry files (RFC 2045 section 6.8), taken off where it can be put back octet for octet: what is in it packs better bare.
//!
//! In: an attachment as it stands in a mail. Out: what it holds and how it was wrapped ([`Wrap`]), or nothing where any other hand wrapped it: lines of
//! different lengths, other line ends, padding in the middle, bits that no encoder sets. Nothing can fail.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::base::base64_lines;

/// Characters of the longest line that is taken off: far more than any mail program writes.
const LONGEST: usize = 1024;
const CRLF: &[u8] = b"\r\n";

/// How a text was wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrap {
    /// Characters of a line but the last, which may be shorter; a multiple of four.
    pub(super) line: u16,
    /// Line ends behind the last line.
    pub(super) ends: u8,
}

/// What a text holds, and how it is wrapped.
pub(super) fn unwrap(text: &[u8]) -> Option<(Wrap, Vec<u8>)> {
    let line = text.windows(2).take(LONGEST + 1).position(|pair| pair == CRLF).unwrap_or(text.len());
    if line == 0 || line > LONGEST || line % 4 != 0 {
        return None;
    }
    let (mut lines, mut ends) = (text, 0_u8);
    while let Some(before) = lines.strip_suffix(CRLF) {
        (lines, ends) = (before, ends.checked_add(1)?);
    }
    let mut bytes = Vec::with_capacity(lines.len() / 4 * 3 + 8);
    let (mut rest, mut again) = (lines, [0; LONGEST]);
    while !rest.is_empty() {
        let (this, more) = rest.split_at(line.min(rest.len()));
        let start = bytes.len();
        BASE64_STANDARD.decode_vec(this, &mut bytes).ok()?;
        let held = bytes.get(start..)?;
        // What is decoded leniently, if anything is, does not encode to the same.
        let length = BASE64_STANDARD.encode_slice(held, &mut again).ok()?;
        if again.get(..length)? != this {
            return None;
        }
        rest = match more {
            [] => more,
            _ if held.len() != line / 4 * 3 => return None,
            _ => more.strip_prefix(CRLF).filter(|next| !next.is_empty())?,
        };
    }
    Some((Wrap { line: u16::try_from(line).ok()?, ends }, bytes))
}

/// Wraps as it was wrapped.
pub(super) fn wrap(bytes: &[u8], Wrap { line, ends }: Wrap) -> Vec<u8> {
    let mut text = Vec::new();
    base64_lines::add(&mut text, bytes, usize::from(line));
    (0..ends).for_each(|_| text.extend_from_slice(CRLF));
    text
}

#[cfg(test)]
#[path = "wrap_tests.rs"]
mod tests;
