//! Bytes into text, by the charset that a mail names.
//!
//! In: a label as written, and bytes. Out: text, always; what a charset cannot read becomes U+FFFD. An unknown label, none, or
//! US-ASCII with bytes above 127 is read as UTF-8 where that fits, else as windows-1252: so do most clients.
//! encoding_rs reads what browsers know and mail-parser the old single-byte sets; what is here are those that both refuse on
//! the web's behalf but mail clients show (UTF-7, ISO-2022-KR, HZ), since a word hidden in them would be seen by people only.

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, GBK, REPLACEMENT, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Reads bytes as text.
pub(super) fn decode<'m>(label: Option<&str>, bytes: &'m [u8]) -> Cow<'m, str> {
    let label = label.unwrap_or_default().trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match label.as_str() {
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" => guessed(bytes),
        "utf-8" | "utf8" => without_mark(String::from_utf8_lossy(bytes)),
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "unicode-2-0-utf-7" | "csutf7" | "x-unicode-2-0-utf-7" => {
            Cow::Owned(utf7(bytes))
        }
        "utf-16" | "utf16" | "ucs-2" | "iso-10646-ucs-2" | "csutf16" | "unicode" => utf16(bytes),
        "iso-2022-kr" | "csiso2022kr" => Cow::Owned(iso_2022_kr(bytes)),
        "hz-gb-2312" | "hz" => Cow::Owned(hz(bytes)),
        _ => known(&label, bytes),
    }
}

/// Whether text in this charset may be cut between any two bytes and joined again. Not so where shifts begin anew with each piece.
pub(super) fn joins(label: &str) -> bool {
    !label.starts_with("iso-2022") && !label.starts_with("hz") && !label.contains("utf-7") && !label.contains("utf7")
}

fn known<'m>(label: &str, bytes: &'m [u8]) -> Cow<'m, str> {
    match Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != REPLACEMENT) {
        Some(encoding) => encoding.decode_with_bom_removal(bytes).0,
        None => match charset_decoder(label.as_bytes()).filter(|_| !label.is_empty() && !is_refused(label)) {
            Some(decoder) => Cow::Owned(decoder(bytes)),
            None => guessed(bytes),
        },
    }
}

/// Charsets that the web's rules replace as a whole by one U+FFFD.
fn is_refused(label: &str) -> bool {
    Encoding::for_label(label.as_bytes()) == Some(REPLACEMENT)
}

fn guessed(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => without_mark(Cow::Borrowed(text)),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// A byte order mark at the beginning is no text (RFC 3629 section 6).
fn without_mark(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
    }
}

/// UTF-16 without a mark is big-endian by RFC 2781 section 4.3, but little-endian where Windows wrote it: the zeros of Latin
/// letters decide.
fn utf16(bytes: &[u8]) -> Cow<'_, str> {
    let begins_with_zero = bytes.as_chunks::<2>().0.iter().take(64).filter(|pair| pair[0] == 0).count();
    let ends_with_zero = bytes.as_chunks::<2>().0.iter().take(64).filter(|pair| pair[1] == 0).count();
    let guess = if ends_with_zero > begins_with_zero { UTF_16LE } else { UTF_16BE };
    guess.decode(bytes).0
}

/// UTF-7 (RFC 2152). A shift that does not end goes to the end.
fn utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = memchr::memchr(b'+', rest) {
        out.push_str(&guessed(&rest[..plus]));
        rest = &rest[plus + 1..];
        let is_digit = |b: &u8| b.is_ascii_alphanumeric() || *b == b'+' || *b == b'/';
        let end = rest.iter().position(|b| !is_digit(b)).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if digits.is_empty() {
            out.push('+');
            continue;
        }
        let units = super::transfer::base64(digits);
        let units = units.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
        out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
    out.push_str(&guessed(rest));
    out
}

/// ISO-2022-KR (RFC 1557): between SO and SI stands EUC-KR without its high bits.
fn iso_2022_kr(bytes: &[u8]) -> String {
    let mut shifted = false;
    let mut euc = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            b'!'..=b'~' if shifted => euc.push(byte | 0x80),
            _ => euc.push(byte),
        }
    }
    EUC_KR.decode_without_bom_handling(&euc).0.replace("\u{1b}$)C", "")
}

/// HZ (RFC 1843): between `~{` and `~}` stands GB 2312 without its high bits.
fn hz(bytes: &[u8]) -> String {
    let mut shifted = false;
    let mut gb = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => break,
            [b'~', b'{', tail @ ..] => {
                shifted = true;
                tail
            }
            [b'~', b'}', tail @ ..] => {
                shifted = false;
                tail
            }
            [b'~', b'~', tail @ ..] => {
                gb.push(b'~');
                tail
            }
            [byte, tail @ ..] => {
                gb.push(if shifted && byte.is_ascii_graphic() { byte | 0x80 } else { *byte });
                tail
            }
        };
    }
    GBK.decode_without_bom_handling(&gb).0.into_owned()
}

#[cfg(test)]
#[path = "charset_tests.rs"]
mod tests;
