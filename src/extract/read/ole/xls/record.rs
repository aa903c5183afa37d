//! Records of a workbook, and the strings in them, which may run on into the records that continue them (MS-XLS section 2.1.4).
//!
//! In: a stream. Out: records with their continuations; strings. A record that says it is longer than the stream gives what is there. Each
//! record is met once, and takes at least four octets.

use super::super::super::octets::{some_of, u16_at, u32_at};

/// One record and what continues it.
pub(super) struct Record<'a> {
    pub(super) id: u16,
    /// Where it begins in the stream.
    pub(super) at: usize,
    pub(super) data: &'a [u8],
    /// The data of the CONTINUE records after it.
    more: Vec<&'a [u8]>,
    /// Whether the object before it was a note.
    pub(super) is_note: bool,
}

pub(super) struct Records<'a> {
    stream: &'a [u8],
    at: usize,
    is_note: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(stream: &'a [u8], at: usize) -> Self {
        Self { stream, at, is_note: false }
    }

    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let id = u16_at(self.stream, self.at)?;
        let size = usize::from(u16_at(self.stream, self.at + 2)?);
        let data = some_of(self.stream, self.at + 4, size);
        self.at += 4 + size;
        Some((id, data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let at = self.at;
        let (id, data) = self.one()?;
        let mut more = Vec::new();
        while u16_at(self.stream, self.at) == Some(0x003C) {
            more.push(self.one()?.1);
        }
        if id == 0x005D {
            // FtCmo, then the kind of the object: 0x19 is a note (section 2.5.143).
            self.is_note = u16_at(data, 4) == Some(0x19);
        }
        Some(Record { id, at, data, more, is_note: self.is_note })
    }
}

/// Reads strings over the data of a record and of those that continue it.
pub(super) struct Text<'a> {
    now: &'a [u8],
    more: std::vec::IntoIter<&'a [u8]>,
}

impl<'a> Text<'a> {
    pub(super) fn new(record: &Record<'a>, at: usize) -> Self {
        Self { now: record.data.get(at..).unwrap_or_default(), more: record.more.clone().into_iter() }
    }

    /// The records that continue a record, without it.
    pub(super) fn continued(record: &Record<'a>) -> Self {
        Self { now: &[], more: record.more.clone().into_iter() }
    }

    /// A string that does not run on.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { now: bytes, more: Vec::new().into_iter() }
    }

    /// An octet of length, then characters (section 2.5.240 ShortXLUnicodeString).
    pub(super) fn short(mut self) -> String {
        let count = self.octet().map_or(0, usize::from);
        self.flagged(count).unwrap_or_default()
    }

    /// Two octets of length (section 2.5.294 XLUnicodeString).
    pub(super) fn long(mut self) -> String {
        let Some(count) = u16_at(self.now, 0) else { return String::new() };
        self.skip(2);
        self.flagged(count.into()).unwrap_or_default()
    }

    fn flagged(&mut self, count: usize) -> Option<String> {
        let flags = self.octet()?;
        Some(self.run(count, flags & 1 == 1))
    }

    /// Characters that begin in the next record with their flag.
    pub(super) fn characters(mut self, count: usize) -> String {
        self.run(count, false)
    }

    /// One of the shared strings (section 2.5.293 XLUnicodeRichExtendedString), with its formatting and phonetics passed over.
    pub(super) fn rich(&mut self) -> Option<String> {
        if self.now.is_empty() {
            self.now = self.more.next()?;
        }
        let count = usize::from(u16_at(self.now, 0)?);
        let flags = *self.now.get(2)?;
        self.skip(3);
        let mut after = 0;
        if flags & 8 != 0 {
            after += usize::from(u16_at(self.now, 0)?) * 4;
            self.skip(2);
        }
        if flags & 4 != 0 {
            after += u32_at(self.now, 0)? as usize;
            self.skip(4);
        }
        let text = self.run(count, flags & 1 == 1);
        self.skip_on(after);
        Some(text)
    }

    /// Characters; where they run on, the next record begins with their width (section 2.5.293: each CONTINUE says it anew).
    fn run(&mut self, mut count: usize, mut is_wide: bool) -> String {
        let mut units = Vec::new();
        while count > 0 {
            if self.now.is_empty() {
                let Some(next) = self.more.next() else { break };
                self.now = next;
                is_wide = self.octet().is_some_and(|flags| flags & 1 == 1);
                continue;
            }
            if is_wide {
                let (pairs, _) = some_of(self.now, 0, count * 2).as_chunks::<2>();
                units.extend(pairs.iter().map(|unit| u16::from_le_bytes(*unit)));
                count -= pairs.len();
                let read = pairs.len() * 2;
                self.skip(if read == 0 { self.now.len() } else { read });
            } else {
                let octets = some_of(self.now, 0, count);
                units.extend(octets.iter().map(|octet| u16::from(*octet)));
                count -= octets.len();
                self.skip(octets.len());
            }
        }
        String::from_utf16_lossy(&units)
    }

    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.now.split_first()?;
        self.now = rest;
        Some(*first)
    }

    fn skip(&mut self, octets: usize) {
        self.now = self.now.get(octets..).unwrap_or_default();
    }

    /// Skips over the ends of records.
    fn skip_on(&mut self, mut octets: usize) {
        while octets > self.now.len() {
            octets -= self.now.len();
            let Some(next) = self.more.next() else {
                self.now = &[];
                return;
            };
            self.now = next;
        }
        self.skip(octets);
    }
}
