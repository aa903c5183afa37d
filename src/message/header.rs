//! Header fields: where each stands (RFC 5322 section 2.2).
//!
//! In: the mail's bytes and where a header begins. Out: the fields as places, where the header ends and the body begins, and
//! what was odd. Line ends are CRLF or a bare LF. Nothing fails: what cannot be a header is body. Reads no value; that is for
//! [`super::content`], [`super::word`] and [`super::mailbox`].

use std::ops::Range;

use memchr::memchr;

use crate::base::{Address, limits};

/// One header field, as places in the mail's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in lower case, trailing white space before the colon gone.
    pub name: String,
    /// From the name's first byte to past the last line end of the field, folded lines included.
    pub whole: Range<usize>,
    /// What follows the colon, to before the last line end.
    pub value: Range<usize>,
}

/// One mailbox of an address field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, decoded.
    pub name: Option<String>,
    /// The address; nothing where what stands there is not an address.
    pub address: Option<Address>,
    /// What stands in place of the address, for messages to people; empty for `<>`.
    pub written: String,
}

/// A header as found.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub fields: Vec<Field>,
    /// Where it ends: the empty line, or where the body begins without one.
    pub end: usize,
    /// Where the body begins.
    pub body: usize,
    /// A line was left out because it is no field.
    pub not_a_field: bool,
    /// The body begins without an empty line.
    pub no_separator: bool,
    /// More fields than there was room for.
    pub too_many: bool,
}

/// Fields that may stand once (RFC 5322 section 3.6, RFC 2045 section 3).
const ONCE: [&str; 17] = [
    "bcc",
    "cc",
    "content-description",
    "content-disposition",
    "content-id",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "references",
    "reply-to",
    "sender",
    "subject",
    "to",
];

/// Reads the header that begins at `start`. It ends at an empty line, at a line that `stops` it (a boundary), at the end of
/// the bytes, or at a line that cannot be a field. At most `room` fields are kept.
pub(super) fn read(raw: &[u8], start: usize, stops: impl Fn(usize) -> bool, room: usize) -> Header {
    let mut header = Header::default();
    let mut at = start;
    let mut in_field = false;
    while at < raw.len() {
        let next = line_end(raw, at);
        let line = without_line_end(&raw[at..next]);
        if line.is_empty() {
            return Header { end: at, body: next, ..header };
        }
        if stops(at) {
            header.no_separator = at > start;
            return Header { end: at, body: at, ..header };
        }
        match kind(line) {
            Line::Continued => continues(&mut header, in_field, at..next, line),
            Line::Field(name) => in_field = begins(&mut header, name, at..next, line, room),
            Line::Other if is_left_out(raw, start, at, next, &header) => {
                header.not_a_field = true;
                in_field = false;
            }
            Line::Other => {
                header.no_separator = true;
                return Header { end: at, body: at, ..header };
            }
        }
        at = next;
    }
    Header { end: at, body: at, ..header }
}

/// The names of the fields that stand more often than they may, each once.
pub(super) fn repeated(fields: &[Field]) -> Vec<&'static str> {
    let (mut seen, mut again) = (0_u32, 0_u32);
    for field in fields {
        if let Ok(place) = ONCE.binary_search(&field.name.as_str()) {
            again |= seen & 1 << place;
            seen |= 1 << place;
        }
    }
    ONCE.iter().enumerate().filter(|(place, _)| again & 1 << place != 0).map(|(_, name)| *name).collect()
}

/// Past the end of the line that begins at `at`.
pub(super) fn line_end(raw: &[u8], at: usize) -> usize {
    memchr(b'\n', &raw[at..]).map_or(raw.len(), |n| at + n + 1)
}

/// A line without its line end, and without the CRs that stand before it.
pub(super) fn without_line_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

enum Line<'m> {
    Field(&'m [u8]),
    Continued,
    Other,
}

fn kind(line: &[u8]) -> Line<'_> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Line::Continued;
    }
    name(line).map_or(Line::Other, Line::Field)
}

/// The name that begins a line, if a colon follows it; white space before the colon is obsolete but read
/// (RFC 5322 section 4.5.8).
fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', line.get(..limits::FIELD_NAME_OCTETS).unwrap_or(line))?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| matches!(b, b'!'..=b'~'))).then_some(name)
}

fn begins(header: &mut Header, name: &[u8], whole: Range<usize>, line: &[u8], room: usize) -> bool {
    if header.fields.len() >= room {
        header.too_many = true;
        return false;
    }
    let colon = name.len() + memchr(b':', &line[name.len()..]).unwrap_or(0);
    let value = whole.start + colon + 1..whole.start + line.len();
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    header.fields.push(Field { name, whole, value });
    true
}

/// A folded line. One of white space alone goes on with the field too (RFC 5322 section 4.2), but some take it for the end of
/// the header, so it is a flaw.
fn continues(header: &mut Header, in_field: bool, whole: Range<usize>, line: &[u8]) {
    let blank = line.trim_ascii().is_empty();
    match header.fields.last_mut().filter(|_| in_field) {
        Some(field) => {
            field.whole.end = whole.end;
            field.value.end = whole.start + line.len();
            header.not_a_field |= blank;
        }
        None => header.not_a_field |= !header.too_many,
    }
}

/// Whether a line that is no field is left out and the header goes on: the `From ` line of an mbox, or one stray line with
/// nothing but fields from there to the empty line. Otherwise the body begins with it, as Postfix and most clients see it.
fn is_left_out(raw: &[u8], start: usize, at: usize, next: usize, header: &Header) -> bool {
    let mbox = at == start && (raw[at..].starts_with(b"From ") || raw[at..].starts_with(b">From "));
    mbox || (at > start && !header.not_a_field && only_fields(raw, next))
}

/// Whether there are only fields, and at least one, from here to an empty line. Ends at what may be a boundary, so each byte is
/// looked at for one part only.
fn only_fields(raw: &[u8], start: usize) -> bool {
    let mut at = start;
    while at < raw.len() && !raw[at..].starts_with(b"--") {
        let next = line_end(raw, at);
        let line = without_line_end(&raw[at..next]);
        if line.is_empty() {
            return at > start;
        }
        if matches!(kind(line), Line::Other) {
            return false;
        }
        at = next;
    }
    false
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
