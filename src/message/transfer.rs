//! Undoes transfer encodings (RFC 2045 section 6). Best effort on anything: never fails, and what a lenient client would read is
//! read. Whether it was clean is asked apart, by [`is_clean`], which copies nothing.

use memchr::memchr;

use super::TransferEncoding;

/// Value of a base64 digit, or [`JUNK`].
const BASE64: [u8; 256] = base64_table();
const JUNK: u8 = 0xff;

const fn base64_table() -> [u8; 256] {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [JUNK; 256];
    let mut value = 0;
    while value < 64 {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table
}

/// Base64 (RFC 2045 section 6.8). Whatever is no digit is skipped; padding ends one stream and begins the next, so several
/// joined streams all come out; missing padding is no loss.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    // mail-parser reads what has no junk in it, and gives up on the rest.
    mail_parser::decoders::base64::base64_decode(text).unwrap_or_else(|| base64_with_junk(text))
}

fn base64_with_junk(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_u8);
    for &byte in text {
        match BASE64[usize::from(byte)] {
            JUNK if byte == b'=' => {
                flush(bits, count, &mut out);
                count = 0;
            }
            JUNK => {}
            value => {
                bits = bits << 6 | u32::from(value);
                count += 1;
                if count == 4 {
                    out.extend_from_slice(&bits.to_be_bytes()[1..]);
                    count = 0;
                }
            }
        }
    }
    flush(bits, count, &mut out);
    out
}

/// What the digits of an unfinished group still hold.
fn flush(bits: u32, count: u8, out: &mut Vec<u8>) {
    let bytes = (bits << (6 * (4 - u32::from(count.min(4))))).to_be_bytes();
    match count {
        2 => out.push(bytes[1]),
        3 => out.extend_from_slice(&bytes[1..3]),
        _ => {}
    }
}

/// Quoted-printable (RFC 2045 section 6.7). An `=` that begins no escape stands for itself; white space at a line's end goes.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
        let (line, next) = rest.split_at(end);
        rest = next;
        let content = line.trim_ascii_end();
        let break_at = line.len() - usize::from(line.ends_with(b"\n")) - usize::from(line.ends_with(b"\r\n"));
        match content.strip_suffix(b"=") {
            Some(soft) => unescape(soft, &mut out),
            None => {
                unescape(content, &mut out);
                out.extend_from_slice(&line[break_at..]);
            }
        }
    }
    out
}

fn unescape(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(at) = memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = match rest.get(at + 1..at + 3).and_then(|digits| hex(digits[0], digits[1])) {
            Some(byte) => {
                out.push(byte);
                &rest[at + 3..]
            }
            None => {
                out.push(b'=');
                &rest[at + 1..]
            }
        };
    }
    out.extend_from_slice(rest);
}

/// The text of a Q-encoded word (RFC 2047 section 4.2): quoted-printable, and an underscore for a space.
pub(super) fn quoted_printable_word(text: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = text.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
    let mut out = Vec::with_capacity(text.len());
    unescape(&text, &mut out);
    out
}

/// The byte that two hexadecimal digits stand for, small ones too.
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Whether a body decodes without a leniency.
pub(super) fn is_clean(body: &[u8], encoding: TransferEncoding) -> bool {
    match encoding {
        TransferEncoding::Identity => true,
        TransferEncoding::Unknown => false,
        TransferEncoding::Base64 => is_clean_base64(body),
        TransferEncoding::QuotedPrintable => is_clean_quoted_printable(body),
    }
}

/// Digits in whole groups, white space, and padding at the end only.
fn is_clean_base64(body: &[u8]) -> bool {
    let end = body.trim_ascii_end();
    let padding = end.iter().rev().take(2).take_while(|b| **b == b'=').count();
    let digits = &end[..end.len() - padding];
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let is_space = |b: u8| b == b'\r' || b == b'\n' || b == b' ' || b == b'\t';
    // Counted in blocks without a branch, so that the compiler makes wide instructions of it.
    let (mut spaces, mut junk) = (0_usize, 0_usize);
    for block in digits.chunks(128) {
        spaces += usize::from(block.iter().map(|b| u8::from(is_space(*b))).sum::<u8>());
        junk += usize::from(block.iter().map(|b| u8::from(!is_digit(*b) & !is_space(*b))).sum::<u8>());
    }
    junk == 0 && (digits.len() - spaces + padding).is_multiple_of(4)
}

fn is_clean_quoted_printable(body: &[u8]) -> bool {
    memchr::memchr_iter(b'=', body).all(|at| match body.get(at + 1..) {
        None | Some([] | [b'\n', ..] | [b'\r', b'\n', ..]) => true,
        Some([high, low, ..]) if hex(*high, *low).is_some() => true,
        Some(rest) => rest.split(|b| *b == b'\n').next().is_some_and(|line| line.trim_ascii().is_empty()),
    })
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
