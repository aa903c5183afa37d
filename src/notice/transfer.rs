//! Transfer encodings (RFC 2045 section 6), for changing a body in one place and leaving the rest of its bytes alone.
//!
//! In: the body as it stands, a place in its decoded form, and what comes there. Out: a range of the body's bytes and what stands
//! there instead. In base64 only the group of four that the place falls into is written anew; for that the insertion must be
//! able to grow by a byte or two ([`Piece`]). Damaged base64 is refused: clients read it differently.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;

use crate::base::base64_lines;
use crate::message::TransferEncoding;

/// Octets of an encoded line without its CRLF (RFC 2045 sections 6.7 and 6.8).
const LINE: usize = base64_lines::COLUMNS;

/// What is put in: bytes that can be had in three lengths that differ modulo three.
pub(super) type Piece<'p> = &'p dyn Fn(usize) -> Vec<u8>;

/// A body with its transfer encoding undone.
pub(super) fn decode<'b>(encoding: TransferEncoding, raw: &'b [u8]) -> Result<Cow<'b, [u8]>, String> {
    match encoding {
        TransferEncoding::Identity => Ok(Cow::Borrowed(raw)),
        TransferEncoding::QuotedPrintable => Ok(Cow::Owned(unquote(raw))),
        TransferEncoding::Base64 => Groups::read(raw).map(|groups| Cow::Owned(groups.decoded)),
        TransferEncoding::Unknown => Err("its transfer encoding is unknown".to_owned()),
    }
}

/// Puts a piece in at a place of the decoded body.
pub(super) fn insert(encoding: TransferEncoding, raw: &[u8], at: usize, piece: Piece) -> Result<(Range<usize>, Vec<u8>), String> {
    match encoding {
        TransferEncoding::Identity => Ok((at..at, piece(0))),
        TransferEncoding::QuotedPrintable => Ok(insert_quoted(raw, at, &piece(0))),
        TransferEncoding::Base64 => Groups::read(raw)?.insert(raw, at, piece),
        TransferEncoding::Unknown => Err("its transfer encoding is unknown".to_owned()),
    }
}

/// A whole text in the encoding that makes it shorter.
pub(super) fn encode(text: &str) -> (&'static str, Vec<u8>) {
    let quoted = text.bytes().filter(|&b| !(b' '..=b'~').contains(&b) && b != b'\r' && b != b'\n' || b == b'=').count();
    if quoted * 6 <= text.len() {
        ("quoted-printable", quote(text.as_bytes(), true))
    } else {
        ("base64", base64_lines(text.as_bytes()))
    }
}

/// One step of reading quoted-printable: where the next begins, and the byte it gives, if any.
fn step(raw: &[u8], at: usize) -> (usize, Option<u8>) {
    if raw[at] != b'=' {
        return (at + 1, Some(raw[at]));
    }
    if let Some(byte) = raw.get(at + 1..at + 3).and_then(hex) {
        return (at + 3, Some(byte));
    }
    // A soft line break, white space before its end being padding (section 6.7, rule 3).
    let blank = raw[at + 1..].iter().take(LINE).take_while(|&&b| b == b' ' || b == b'\t').count();
    match &raw[at + 1 + blank..] {
        [b'\r', b'\n', ..] => (at + blank + 3, None),
        [b'\n', ..] => (at + blank + 2, None),
        [] => (raw.len(), None),
        _ => (at + 1, Some(b'=')),
    }
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)
}

fn unquote(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let (next, byte) = step(raw, at);
        out.extend(byte);
        at = next;
    }
    out
}

/// Where in the encoded body the byte at a place of the decoded one begins; soft breaks before it are not passed.
fn locate(raw: &[u8], place: usize) -> usize {
    let (mut at, mut seen) = (0, 0);
    while at < raw.len() && seen < place {
        let (next, byte) = step(raw, at);
        seen += usize::from(byte.is_some());
        at = next;
    }
    at
}

/// Soft breaks before and after keep the lines around within their length.
fn insert_quoted(raw: &[u8], place: usize, bytes: &[u8]) -> (Range<usize>, Vec<u8>) {
    let at = locate(raw, place);
    // A hard line break needs no soft one before it, unless a space would then end the line.
    let starts_line = at == 0 || raw[at - 1] == b'\n' || (bytes.starts_with(b"\r\n") && !matches!(raw[at - 1], b' ' | b'\t'));
    let mut with = if starts_line { Vec::new() } else { b"=\r\n".to_vec() };
    with.extend(quote(bytes, at == raw.len()));
    if at < raw.len() && !with.ends_with(b"\r\n") && !raw[at..].starts_with(b"=\r\n") {
        with.extend(b"=\r\n");
    }
    (at..at, with)
}

/// Quoted-printable, CRLF and LF being line ends. `last` says that a space at the end would stand at a line's end.
fn quote(bytes: &[u8], last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 16);
    let mut column = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let line_end = match &bytes[at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            _ => 0,
        };
        at += line_end.max(1);
        if line_end > 0 {
            out.extend(b"\r\n");
            column = 0;
            continue;
        }
        let ends = matches!(bytes.get(at..), Some([b'\r', b'\n', ..] | [b'\n', ..])) || (at == bytes.len() && last);
        let literal = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !ends);
        let width = if literal { 1 } else { 3 };
        if column + width > LINE - 1 {
            out.extend(b"=\r\n");
            column = 0;
        }
        if literal {
            out.push(byte)
        } else {
            out.extend(format!("={byte:02X}").bytes())
        }
        column += width;
    }
    out
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    base64_lines::add(&mut out, bytes, LINE);
    out
}

/// A clean base64 body, decoded.
struct Groups {
    decoded: Vec<u8>,
    /// Past the last digit or padding sign.
    end: usize,
}

impl Groups {
    fn read(raw: &[u8]) -> Result<Self, String> {
        let damaged = || "its base64 is damaged".to_owned();
        let mut digits = Vec::with_capacity(raw.len());
        let (mut end, mut padding) = (0, 0);
        for (at, &byte) in raw.iter().enumerate() {
            match byte {
                b'=' => padding += 1,
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                _ if !is_digit(byte) || padding > 0 => return Err(damaged()),
                _ => digits.push(byte),
            }
            end = at + 1;
        }
        digits.resize(digits.len().next_multiple_of(4), b'=');
        let decoded = LENIENT.decode(&digits).map_err(|_| damaged())?;
        Ok(Self { decoded, end })
    }

    fn insert(&self, raw: &[u8], at: usize, piece: Piece) -> Result<(Range<usize>, Vec<u8>), String> {
        let group = at / 3 * 3;
        let rest = self.decoded.get(at..).unwrap_or_default();
        let before = self.decoded.get(group..at).unwrap_or_default();
        let start = digit_offset(raw, group / 3 * 4).unwrap_or(self.end);
        if rest.len() <= 3 - before.len() {
            let bytes = [before, &piece(0), rest].concat();
            return Ok((start..self.end, self.lines(raw, start, self.end, &bytes)));
        }
        let after = &rest[..if before.is_empty() { 0 } else { 3 - before.len() }];
        let end = if before.is_empty() { start } else { digit_offset(raw, group / 3 * 4 + 3).map_or(self.end, |d| d + 1) };
        let whole = (0..3).map(|grow| [before, &piece(grow), after].concat()).find(|bytes| bytes.len() % 3 == 0);
        let bytes = whole.ok_or("the notice does not fit into its base64")?;
        Ok((start..end, self.lines(raw, start, end, &bytes)))
    }

    /// The new groups on lines of their own.
    fn lines(&self, raw: &[u8], start: usize, end: usize, bytes: &[u8]) -> Vec<u8> {
        let mut with = if start == 0 || raw[start - 1] == b'\n' { Vec::new() } else { b"\r\n".to_vec() };
        with.extend(base64_lines(bytes));
        if end < self.end && !raw[end..].starts_with(b"\r\n") {
            with.extend(b"\r\n");
        }
        with
    }
}

/// Trailing bits and missing padding are common and lose nothing.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Where the nth base64 digit stands.
fn digit_offset(raw: &[u8], n: usize) -> Option<usize> {
    raw.iter().enumerate().filter(|&(_, &b)| is_digit(b)).nth(n).map(|(at, _)| at)
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
