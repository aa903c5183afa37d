//! The properties of a document: title, author, keywords, and those that its owner made (MS-OLEPS; MS-OSHARED section 2.3.3).
//!
//! In: the streams `SummaryInformation` and `DocumentSummaryInformation`. Out: a block for each property that says something, under its
//! name. A broken set gives what can be read; nothing fails but the bound of text.

use super::super::Draft;
use super::super::octets::{file_time, in_page, size_at, some_of, u16_at, u32_at, u64_at, until_zero, utf16};
use super::compound::{Compound, ROOT};
use crate::base::limits;
use crate::extract::contents::{Spot, Unread};

/// Properties of one set that are read; Office writes some thirty, and a school's own form a few more.
const PROPERTIES: usize = 1024;
/// Values of one list: titles of slides, names of sheets.
const VALUES: usize = 4096;

/// MS-OSHARED section 2.3.3.2.1: what the numbers of a SummaryInformation mean.
const SUMMARY: [(u32, &str); 10] = [
    (2, "title"),
    (3, "subject"),
    (4, "author"),
    (5, "keywords"),
    (6, "comments"),
    (7, "template"),
    (8, "last author"),
    (11, "printed"),
    (12, "created"),
    (13, "saved"),
];
/// MS-OSHARED section 2.3.3.2.2.1: the same of a DocumentSummaryInformation.
const DOCUMENT: [(u32, &str); 8] = [
    (2, "category"),
    (3, "presentation format"),
    (13, "parts"),
    (14, "manager"),
    (15, "company"),
    (26, "content type"),
    (27, "status"),
    (28, "language"),
];

pub(super) fn read(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    for (name, words) in [("\u{5}SummaryInformation", SUMMARY.as_slice()), ("\u{5}DocumentSummaryInformation", &DOCUMENT)] {
        let Some(stream) = file.stream_of(ROOT, name) else { continue };
        // At most two sets: the document's and its owner's (MS-OLEPS section 2.21).
        for number in 0..u32_at(&stream, 24).unwrap_or_default().min(2) as usize {
            let Some(set) = size_at(&stream, 28 + 20 * number + 16).and_then(|at| stream.get(at..)) else { continue };
            let words = if number == 0 { words } else { &[] };
            Set { bytes: set, page: page(set), owned: number == 1 }.read(words, draft)?;
        }
    }
    Ok(())
}

/// A property set (MS-OLEPS section 2.20).
struct Set<'a> {
    bytes: &'a [u8],
    page: u32,
    /// Made by the owner: its names stand in its own dictionary.
    owned: bool,
}

/// Numbers and places of the properties of a set.
fn places(set: &[u8]) -> impl Iterator<Item = (u32, usize)> {
    let count = size_at(set, 4).unwrap_or_default().min(PROPERTIES);
    (0..count).map_while(|number| Some((u32_at(set, 8 + 8 * number)?, size_at(set, 12 + 8 * number)?)))
}

/// The code page of a set's text is its property 1 (section 2.18.2).
fn page(set: &[u8]) -> u32 {
    let at = places(set).find(|(id, _)| *id == 1).map(|(_, at)| at.saturating_add(4));
    at.and_then(|at| u16_at(set, at)).map_or(1252, u32::from)
}

impl Set<'_> {
    fn read(&self, words: &[(u32, &str)], draft: &mut Draft) -> Result<(), Unread> {
        let mut room = limits::EXTRACTED_TEXT_OCTETS;
        let own = if self.owned { self.dictionary() } else { Vec::new() };
        for (id, at) in places(self.bytes).filter(|(id, _)| *id > 1) {
            let known = words.iter().find(|(number, _)| *number == id).map(|(_, word)| *word);
            let owned = own.iter().find(|(number, _)| *number == id).map(|(_, word)| word.as_str());
            let Some(name) = known.or(owned) else { continue };
            if let Some(value) = self.value(at) {
                // Values may share their bytes.
                room = room.checked_sub(value.len()).ok_or_else(|| Unread::Bound("more text than is looked at".to_owned()))?;
                draft.labelled(Spot::Property, name, value)?;
            }
        }
        Ok(())
    }

    /// The names of the owner's properties (section 2.17).
    fn dictionary(&self) -> Vec<(u32, String)> {
        let mut names = Vec::new();
        let Some((_, mut at)) = places(self.bytes).find(|(id, _)| *id == 0) else { return names };
        let count = size_at(self.bytes, at).unwrap_or_default().min(PROPERTIES);
        at = at.saturating_add(4);
        for _ in 0..count {
            let (Some(id), Some(length)) = (u32_at(self.bytes, at), size_at(self.bytes, at.saturating_add(4))) else { break };
            let octets = if self.page == 1200 { length.saturating_mul(2).next_multiple_of(4) } else { length };
            names.push((id, self.word(some_of(self.bytes, at + 8, octets))));
            at = at.saturating_add(8).saturating_add(octets);
        }
        names
    }

    fn word(&self, bytes: &[u8]) -> String {
        let text = if self.page == 1200 { utf16(bytes) } else { in_page(self.page, until_zero(bytes)) };
        text.trim_end_matches('\0').to_owned()
    }

    /// A value as text (section 2.15): strings, lists of strings, times, numbers of the owner.
    fn value(&self, at: usize) -> Option<String> {
        let kind = u32_at(self.bytes, at)?;
        let at = at.checked_add(4)?;
        match kind {
            0x1E | 0x1F => self.string(kind, at).map(|(text, _)| text),
            0x40 => u64_at(self.bytes, at).and_then(file_time),
            0x03 if self.owned => u32_at(self.bytes, at).map(|number| number.cast_signed().to_string()),
            0x05 if self.owned => u64_at(self.bytes, at).map(|bits| f64::from_bits(bits).to_string()),
            0x101E | 0x101F => self.list(kind & 0xFF, at),
            _ => None,
        }
    }

    fn list(&self, kind: u32, mut at: usize) -> Option<String> {
        let count = size_at(self.bytes, at)?.min(VALUES);
        at = at.checked_add(4)?;
        let mut values = Vec::new();
        for _ in 0..count {
            let Some((text, octets)) = self.string(kind, at) else { break };
            values.push(text);
            at = at.saturating_add(octets);
        }
        Some(values.join("\n"))
    }

    /// A string and how many octets it takes, its length counted (sections 2.5 and 2.7).
    fn string(&self, kind: u32, at: usize) -> Option<(String, usize)> {
        let length = size_at(self.bytes, at)?;
        if kind == 0x1F {
            let octets = length.saturating_mul(2).next_multiple_of(4);
            let text = utf16(some_of(self.bytes, at.checked_add(4)?, length.saturating_mul(2)));
            return Some((text.trim_end_matches('\0').to_owned(), octets.saturating_add(4)));
        }
        let octets = if self.page == 1200 { length.next_multiple_of(4) } else { length };
        Some((self.word(some_of(self.bytes, at.checked_add(4)?, length)), octets.saturating_add(4)))
    }
}
