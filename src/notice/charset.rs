//! The charset of a text body: reading it, writing the notice in it, and finding places in it again.
//!
//! In: the label and the decoded bytes. Out: the text, and whether it is surely what the bytes mean. Places found in the text are
//! mapped back by counting line feeds or `<`: in every charset worked on in place these bytes stand for nothing else (in
//! ISO-2022-JP only where the escape sequences say so). Other charsets (UTF-16, UTF-7 …) make the body be written anew as UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// What is said about a body's charset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// US-ASCII, or nothing said (RFC 2045 section 5.2).
    Ascii,
    /// Known, and written by the encoding as far as [`Charset::holds`] says.
    Known { label: String, encoding: &'static Encoding },
    /// Known, but its bytes are not to be read as ASCII where they look like it.
    Foreign(String),
    /// A label nobody knows; its ASCII bytes are taken to be ASCII.
    Unknown(String),
}

/// A body as text.
#[derive(Debug)]
pub(super) struct Reading<'b> {
    pub text: Cow<'b, str>,
    /// Whether the bytes are sound in the charset that is said.
    pub faithful: bool,
}

impl Reading<'_> {
    /// A text that had to be read whole by others; a sign that they could not read is reason to leave it alone.
    pub(super) fn foreign(text: String, label: &str, bytes: &[u8]) -> Result<Self, String> {
        // UTF-7 is ASCII throughout (RFC 2152).
        let broken = text.contains('\u{fffd}') || (label.contains("utf-7") && !bytes.is_ascii());
        match broken {
            true => Err(format!("its charset \"{label}\" cannot be read")),
            false => Ok(Self { text: Cow::Owned(text), faithful: true }),
        }
    }
}

impl Charset {
    /// Reads the label of a part.
    pub(super) fn of(label: Option<&str>) -> Self {
        let label = label.unwrap_or_default().trim().to_ascii_lowercase();
        if matches!(label.as_str(), "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "646" | "iso646-us") {
            return Self::Ascii;
        }
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding == UTF_16BE || encoding == UTF_16LE || encoding == REPLACEMENT => Self::Foreign(label),
            Some(encoding) => Self::Known { label, encoding },
            None if is_foreign(&label) => Self::Foreign(label),
            None => Self::Unknown(label),
        }
    }

    /// The text of a body, where its bytes may be worked on in place.
    pub(super) fn read<'b>(&self, bytes: &'b [u8]) -> Reading<'b> {
        match self {
            Self::Known { label, encoding } => {
                let (text, broken) = encoding.decode_without_bom_handling(bytes);
                Reading { text, faithful: !broken && (bytes.is_ascii() || holds(label, bytes)) }
            }
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => Reading { text: Cow::Borrowed(text), faithful: bytes.is_ascii() },
                Err(_) => Reading { text: WINDOWS_1252.decode_without_bom_handling(bytes).0, faithful: false },
            },
        }
    }

    /// A text in this charset, or nothing where it cannot hold it. ASCII is the same in all of them.
    pub(super) fn write(&self, text: &str) -> Option<Vec<u8>> {
        if text.is_ascii() && !self.is_stateful() {
            return Some(text.as_bytes().to_vec());
        }
        let Self::Known { label, encoding } = self else { return None };
        let (bytes, _, unmapped) = encoding.encode(text);
        (!unmapped && holds(label, &bytes)).then(|| bytes.into_owned())
    }

    /// HTML in this charset; what it cannot hold becomes numeric character references.
    pub(super) fn write_html(&self, html: &str, plain: bool) -> Vec<u8> {
        match self.write(html) {
            Some(bytes) if !plain || bytes.is_ascii() => bytes,
            _ => referenced(html).into_bytes(),
        }
    }

    /// Whether escape sequences switch what bytes mean.
    pub(super) fn is_stateful(&self) -> bool {
        matches!(self, Self::Known { encoding, .. } if *encoding == ISO_2022_JP)
    }

    /// Whether another label means the same encoding.
    pub(super) fn agrees_with(&self, label: &str) -> bool {
        match self {
            Self::Known { encoding, .. } => Encoding::for_label(label.as_bytes()) == Some(encoding),
            _ => false,
        }
    }

    /// The offset in the bytes that a place in the text stands for, found again by counting a byte that is always itself.
    pub(super) fn place(&self, bytes: &[u8], text: &str, at: usize, mark: u8) -> usize {
        let count = text.as_bytes()[..at].iter().filter(|&&b| b == mark).count();
        if at == text.len() {
            return bytes.len();
        }
        let after = mark == b'\n';
        if at == 0 || (after && count == 0) {
            return 0;
        }
        let nth = if after { count - 1 } else { count };
        let mut shifted = false;
        let mut marks = bytes.iter().enumerate().filter(|&(at, &byte)| {
            if byte == 0x1b && self.is_stateful() {
                shifted = bytes.get(at + 1) == Some(&b'$');
            }
            byte == mark && (mark == b'\n' || !shifted)
        });
        marks.nth(nth).map_or(bytes.len(), |(found, _)| found + usize::from(after))
    }
}

/// The escape sequences of ISO-2022-JP (RFC 1468) that stand before and after bytes put in at a place.
pub(super) fn shifts(bytes: &[u8], at: usize) -> (&'static [u8], Vec<u8>) {
    let before = bytes.get(..at).unwrap_or(bytes);
    let last = before.iter().rposition(|&b| b == 0x1b).and_then(|esc| before.get(esc..esc + 3));
    match last {
        None | Some(b"\x1b(B") => (b"", Vec::new()),
        Some(_) if at >= bytes.len() => (b"\x1b(B", Vec::new()),
        Some(sequence) => (b"\x1b(B", sequence.to_vec()),
    }
}

/// Whether bytes written by an encoding are within what its label means to a strict reader: the encodings are those of browsers,
/// which read `iso-8859-1` as windows-1252 and `gb2312` as GBK.
fn holds(label: &str, bytes: &[u8]) -> bool {
    match label {
        l if l.starts_with("iso-8859-") || l.starts_with("iso8859") || l.starts_with("iso_8859") || l.starts_with("latin") => {
            !bytes.iter().any(|b| (0x80..0xa0).contains(b))
        }
        "l1" | "cp819" | "ibm819" | "tis-620" => !bytes.iter().any(|b| (0x80..0xa0).contains(b)),
        "gb2312" | "euc-kr" | "ks_c_5601-1987" => bytes.iter().all(|b| !(0x80..0xa1).contains(b)),
        _ => true,
    }
}

fn is_foreign(label: &str) -> bool {
    ["utf-7", "utf7", "unicode-1-1-utf-7", "utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646", "hz-gb"]
        .iter()
        .any(|p| label.starts_with(p))
        || label.starts_with("ibm037")
        || label.starts_with("ebcdic")
}

/// HTML in ASCII.
pub(super) fn referenced(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 32);
    for c in html.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    out
}

/// Whether a body without a usable label may be labelled UTF-8, or windows-1252, as clients guess.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
#[path = "charset_tests.rs"]
mod tests;
