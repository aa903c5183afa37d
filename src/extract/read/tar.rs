//! Tape archives: old, ustar, GNU and pax (POSIX.1-2017, `pax`; the GNU tar manual, "Basic Tar Format").
//!
//! In: the bytes of an archive. Out: a nested file for each entry that has content, its name from wherever the format keeps it; links and
//! devices are named as text. The walk is our own and in memory: entries are ranges of the bytes. After a damaged header the next sound
//! one is looked for, so that nothing hides behind it.

use super::zip::room;
use super::{Draft, Spot, Unread};

const BLOCK: usize = 512;
/// Octets of a long name or of a pax record that are read.
const NAME_OCTETS: usize = 64 << 10;

/// What the entries before one say about it.
#[derive(Default)]
struct Ahead {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
}

/// Reads an archive.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let (mut at, mut ahead, mut why, mut links) = (0_usize, Ahead::default(), None, String::new());
    while let Some(header) = bytes.get(at..at.saturating_add(BLOCK)) {
        if header.iter().all(|octet| *octet == 0) {
            // Two such blocks end it for most programs, and some go on.
            at += BLOCK;
            continue;
        }
        if !is_sound(header) {
            why = why.or_else(|| Some(Unread::Broken("a header is damaged".to_owned())));
            at += BLOCK;
            continue;
        }
        let said = ahead.size.take().or_else(|| number(header.get(124..136)?)).unwrap_or(0);
        let size = usize::try_from(said).unwrap_or(usize::MAX);
        let start = at + BLOCK;
        let data = bytes.get(start..start.saturating_add(size).min(bytes.len())).unwrap_or_default();
        if data.len() < size {
            why = why.or_else(|| Some(Unread::Broken("it breaks off".to_owned())));
        }
        at = start.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
        let kind = header.get(156).copied().unwrap_or(0);
        match kind {
            b'L' => ahead.name = Some(text(data)),
            b'K' => ahead.link = Some(text(data)),
            b'x' => ahead.read(data),
            b'g' => {}
            _ => lay(header, kind, data, std::mem::take(&mut ahead), &mut links, draft)?,
        }
    }
    draft.labelled(Spot::Hidden, "links", links)?;
    why.map_or(Ok(()), Err)
}

fn lay(header: &[u8], kind: u8, data: &[u8], ahead: Ahead, links: &mut String, draft: &mut Draft) -> Result<(), Unread> {
    let name = ahead.name.unwrap_or_else(|| own_name(header));
    let link = ahead.link.unwrap_or_else(|| header.get(157..257).map(text).unwrap_or_default());
    match kind {
        b'1' | b'2' => {
            links.push_str(&format!("{name} -> {link}\n"));
            draft.spend_file()?;
        }
        b'5' if data.is_empty() => draft.spend_file()?,
        _ if name.ends_with('/') && data.is_empty() => draft.spend_file()?,
        _ => {
            room(draft)?;
            let bytes = draft.unpack(data, data.len() as u64)?;
            draft.nest(&name, bytes);
        }
    }
    Ok(())
}

/// The name in the header; ustar parts it in two.
fn own_name(header: &[u8]) -> String {
    let name = header.get(..100).map(text).unwrap_or_default();
    let is_ustar = header.get(257..263) == Some(b"ustar\0");
    match header.get(345..500).map(text).filter(|prefix| is_ustar && !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}/{name}"),
        None => name,
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|octet| *octet == 0).unwrap_or(field.len()).min(NAME_OCTETS);
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// A header's sum, with its own field taken as spaces; some programs summed signed octets.
fn is_sound(header: &[u8]) -> bool {
    let Some(said) = header.get(148..156).and_then(number) else { return false };
    let octets = || header.iter().enumerate().map(|(at, octet)| if (148..156).contains(&at) { b' ' } else { *octet });
    let unsigned: u64 = octets().map(u64::from).sum();
    let signed: i64 = octets().map(|octet| i64::from(octet.cast_signed())).sum();
    said == unsigned || i64::try_from(said) == Ok(signed)
}

/// Octal digits, or GNU's binary form with its highest bit set.
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|octet| octet & 0x80 != 0) {
        let digits = field.get(field.len().saturating_sub(8)..)?;
        return Some(digits.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)));
    }
    let digits = field.iter().skip_while(|octet| **octet == b' ').take_while(|octet| (b'0'..=b'7').contains(octet));
    let (count, number) = digits.fold((0, 0_u64), |(count, number), octet| (count + 1, number << 3 | u64::from(octet - b'0')));
    (count > 0 || field.iter().all(|octet| matches!(octet, 0 | b' '))).then_some(number)
}

impl Ahead {
    /// Records of pax: `27 path=…\n`, the length first.
    fn read(&mut self, mut data: &[u8]) {
        while let Some((record, rest)) = record(data) {
            data = rest;
            let Some((key, value)) = record.split_once('=') else { continue };
            match key {
                "path" => self.name = Some(value.to_owned()),
                "linkpath" => self.link = Some(value.to_owned()),
                "size" => self.size = value.parse().ok(),
                // GNU keeps the true name of a sparse file here.
                "GNU.sparse.name" => self.name = Some(value.to_owned()),
                _ => {}
            }
        }
    }
}

fn record(data: &[u8]) -> Option<(String, &[u8])> {
    let space = data.iter().take(20).position(|octet| *octet == b' ')?;
    let length: usize = std::str::from_utf8(data.get(..space)?).ok()?.parse().ok()?;
    let record = data.get(space + 1..length)?;
    let record = record.get(..record.len().min(NAME_OCTETS))?;
    Some((String::from_utf8_lossy(record).trim_end_matches('\n').to_owned(), data.get(length..)?))
}

#[cfg(test)]
#[path = "tar_tests.rs"]
mod tests;
