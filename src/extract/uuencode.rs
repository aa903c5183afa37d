//! Files that stand in a text in letters: uuencode (POSIX) and yEnc.
//!
//! In: a text. Out: the files in it, with their places. Programs still in use write them into plain bodies, and clients show them as
//! attachments. A block without an end goes as far as its lines fit. Linear; at most [`BLOCKS`] files; nothing can fail.

use std::ops::Range;

use memchr::memmem;

/// Files of one text.
const BLOCKS: usize = 100;

/// A file in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Uu {
    /// Where it stands, from its first line to its last.
    pub range: Range<usize>,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// All files in a text.
#[must_use]
pub fn blocks(text: &[u8]) -> Vec<Uu> {
    let mut found = Vec::new();
    if memmem::find(text, b"begin ").is_none() {
        return found;
    }
    let mut at = 0;
    while let Some(line) = line_at(text, at).filter(|_| found.len() < BLOCKS) {
        let block = begun(line).and_then(|name| uu(text, at, line.len(), name)).or_else(|| yenc(text, at, line));
        at = match block {
            Some(block) => {
                let end = block.range.end;
                found.push(block);
                end
            }
            None => at + line.len(),
        };
    }
    found
}

/// The line that begins here, with its end; nothing at the end of the text.
fn line_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    rest.get(..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1))
}

/// The name behind `begin 644 `: three or four octal digits.
fn begun(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=4).contains(&digits) && !name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
}

fn uu(text: &[u8], start: usize, head: usize, name: String) -> Option<Uu> {
    let (mut at, mut bytes) = (start + head, Vec::new());
    while let Some(line) = line_at(text, at) {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if content == b"end" {
            at += line.len();
            break;
        }
        let Some(decoded) = uu_line(content) else { break };
        bytes.extend(decoded);
        at += line.len();
    }
    (!bytes.is_empty()).then_some(Uu { range: start..at, name, bytes })
}

/// A line: its length, then three octets in each four letters. Spaces at the end may have been lost on the way.
fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let Some((&first, letters)) = line.split_first() else { return Some(Vec::new()) };
    let value = |letter: u8| (b' '..=b'`').contains(&letter).then_some((letter - b' ') & 0x3f);
    let length = usize::from(value(first)?);
    let needed = length.div_ceil(3) * 4;
    if letters.len() > needed + 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(length + 2);
    for group in 0..length.div_ceil(3) {
        let mut bits = 0_u32;
        for place in 0..4 {
            let letter = letters.get(group * 4 + place).copied().unwrap_or(b' ');
            bits = bits << 6 | u32::from(value(letter)?);
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    bytes.truncate(length);
    Some(bytes)
}

/// yEnc: each octet moved by 42, a few escaped by `=` and moved by 64 more.
fn yenc(text: &[u8], start: usize, line: &[u8]) -> Option<Uu> {
    let rest = line.strip_prefix(b"=ybegin ")?;
    let name = memmem::find(rest, b"name=").and_then(|at| rest.get(at + 5..))?;
    let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
    let (mut at, mut bytes) = (start + line.len(), Vec::new());
    while let Some(line) = line_at(text, at) {
        at += line.len();
        if line.starts_with(b"=yend") {
            break;
        }
        if line.starts_with(b"=ypart") {
            continue;
        }
        let mut octets = line.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'));
        while let Some(octet) = octets.next() {
            let octet = if octet == b'=' { octets.next().unwrap_or_default().wrapping_sub(64) } else { octet };
            bytes.push(octet.wrapping_sub(42));
        }
    }
    (!bytes.is_empty()).then_some(Uu { range: start..at, name, bytes })
}

#[cfg(test)]
#[path = "uuencode_tests.rs"]
mod tests;
