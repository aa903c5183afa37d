//! What lies in a zip file, by its directory and by its local headers together.
//!
//! In: the bytes of a zip file. Out: a [`Directory`]: every entry that any tool would find. Tools differ: some read the directory at the
//! end, some go from header to header, so a file may show different things to different people; here both are read, and what the
//! directory leaves out is an entry all the same. Names repeat if the file repeats them. A file whose end is lost is read from its
//! local headers. Invariants: no octet is looked at more than a few times; ranges lie within the file; nothing is unpacked here.

use memchr::memmem;

/// Signatures (APPNOTE 4.3).
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Length of a local header and of a directory's record before its name (APPNOTE 4.3.7, 4.3.12).
const LOCAL_OCTETS: usize = 30;
const CENTRAL_OCTETS: usize = 46;
/// Ends of the directory that are tried, from behind: one may stand by chance in a comment or in junk.
const ENDS_TRIED: usize = 16;
/// Code page 437, upper half: what names are in where nothing is said (APPNOTE appendix D).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The entries of a zip file.
#[derive(Debug, Default)]
pub(in crate::extract::read) struct Directory<'a> {
    pub(in crate::extract::read) entries: Vec<Entry<'a>>,
    /// Entries share octets, as in Fifield's bomb.
    pub(in crate::extract::read) overlaps: bool,
    /// The directory and the local header call an entry by different names.
    pub(in crate::extract::read) names_differ: bool,
    /// The directory itself is encrypted (APPNOTE 7.3): no name is known.
    pub(in crate::extract::read) is_encrypted: bool,
    /// What is wrong with it, in words.
    pub(in crate::extract::read) flaw: Option<&'static str>,
    pub(in crate::extract::read) comment: String,
}

/// One entry.
#[derive(Debug)]
pub(in crate::extract::read) struct Entry<'a> {
    pub(in crate::extract::read) name: String,
    pub(in crate::extract::read) comment: String,
    pub(in crate::extract::read) method: u16,
    pub(in crate::extract::read) is_encrypted: bool,
    /// Strongly encrypted, or with masked fields: its sizes are not to be trusted.
    pub(in crate::extract::read) is_masked: bool,
    /// Octets when unpacked, as the file says.
    pub(in crate::extract::read) size: u64,
    pub(in crate::extract::read) packed: &'a [u8],
    /// Its octets are in another entry's too.
    pub(in crate::extract::read) overlaps: bool,
    /// Its data are cut off or missing.
    pub(in crate::extract::read) is_cut: bool,
    /// Where it stands: from its local header to the end of its data.
    from: usize,
    to: usize,
}

impl Entry<'_> {
    /// A folder, as its name ends.
    pub(in crate::extract::read) fn is_folder(&self) -> bool {
        self.name.ends_with(['/', '\\']) && self.packed.len() <= 12
    }
}

/// Little-endian numbers (APPNOTE 4.4.1.1).
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

fn starts_at(bytes: &[u8], at: usize, signature: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(signature))
}

/// The fields that the directory and the local header have in common.
#[derive(Debug, Clone, Copy)]
struct Header<'a> {
    flags: u16,
    method: u16,
    packed: u64,
    size: u64,
    name: &'a [u8],
    extra: &'a [u8],
    /// The offset of the local header; of the directory's record only.
    offset: u64,
    /// Where what follows the header begins.
    end: usize,
}

impl<'a> Header<'a> {
    /// APPNOTE 4.3.7.
    fn local(bytes: &'a [u8], at: usize) -> Option<Self> {
        let head = bytes.get(at..at.checked_add(LOCAL_OCTETS)?).filter(|head| head.starts_with(LOCAL))?;
        let names = at + LOCAL_OCTETS + usize::from(u16_at(head, 26)?);
        let end = names + usize::from(u16_at(head, 28)?);
        let mut header = Self {
            flags: u16_at(head, 6)?,
            method: u16_at(head, 8)?,
            packed: u32_at(head, 18)?.into(),
            size: u32_at(head, 22)?.into(),
            name: bytes.get(at + LOCAL_OCTETS..names)?,
            extra: bytes.get(names..end.min(bytes.len()))?,
            offset: 0,
            end,
        };
        header.widen();
        Some(header)
    }

    /// APPNOTE 4.3.12; the comment besides.
    fn central(bytes: &'a [u8], at: usize) -> Option<(Self, &'a [u8])> {
        let head = bytes.get(at..at.checked_add(CENTRAL_OCTETS)?).filter(|head| head.starts_with(CENTRAL))?;
        let names = at + CENTRAL_OCTETS + usize::from(u16_at(head, 28)?);
        let extras = names + usize::from(u16_at(head, 30)?);
        let end = extras + usize::from(u16_at(head, 32)?);
        let mut header = Self {
            flags: u16_at(head, 8)?,
            method: u16_at(head, 10)?,
            packed: u32_at(head, 20)?.into(),
            size: u32_at(head, 24)?.into(),
            name: bytes.get(at + CENTRAL_OCTETS..names)?,
            extra: bytes.get(names..extras.min(bytes.len()))?,
            offset: u32_at(head, 42)?.into(),
            end,
        };
        header.widen();
        Some((header, bytes.get(extras..end.min(bytes.len()))?))
    }

    /// Zip64: what does not fit stands in an extra field, in this order (APPNOTE 4.5.3).
    fn widen(&mut self) {
        let Some(wide) = self.extra_field(1) else { return };
        let mut at = 0;
        for field in [&mut self.size, &mut self.packed, &mut self.offset] {
            if *field == u64::from(u32::MAX)
                && let Some(value) = u64_at(wide, at)
            {
                *field = value;
                at += 8;
            }
        }
    }

    fn extra_field(&self, wanted: u16) -> Option<&'a [u8]> {
        let mut at = 0;
        while let (Some(id), Some(length)) = (u16_at(self.extra, at), u16_at(self.extra, at + 2)) {
            let end = at + 4 + usize::from(length);
            if id == wanted {
                return self.extra.get(at + 4..end.min(self.extra.len()));
            }
            at = end;
        }
        None
    }

    /// Info-ZIP's Unicode path (APPNOTE 4.6.9) goes before the name, UTF-8 before code page 437.
    fn name(&self) -> String {
        let unicode = self.extra_field(0x7075).and_then(|field| field.get(5..)).and_then(|name| std::str::from_utf8(name).ok());
        unicode.map_or_else(|| decoded(self.name), str::to_owned)
    }

    /// Bit 0: encrypted; bit 6: strongly; bit 13: its fields are masked (APPNOTE 4.4.4). Method 99 is AES (WinZip AE-x).
    fn is_encrypted(&self) -> bool {
        self.flags & (1 | 1 << 6 | 1 << 13) != 0 || self.method == 99
    }

    /// Sizes are said after the data (APPNOTE 4.4.4, bit 3).
    fn is_streamed(&self) -> bool {
        self.flags & (1 << 3) != 0
    }

    /// Whether it may be a header and not four octets that look like one.
    fn is_plausible(&self) -> bool {
        !self.name.is_empty() && self.method <= 99
    }

    fn entry(&self, bytes: &'a [u8], from: usize, start: usize, packed: u64) -> Entry<'a> {
        let wanted = usize::try_from(packed).ok().and_then(|packed| start.checked_add(packed)).unwrap_or(usize::MAX);
        let to = wanted.min(bytes.len()).max(from);
        Entry {
            name: self.name(),
            comment: String::new(),
            method: self.method,
            is_encrypted: self.is_encrypted(),
            is_masked: self.flags & (1 << 6 | 1 << 13) != 0,
            size: self.size,
            packed: bytes.get(start..to).unwrap_or_default(),
            overlaps: false,
            is_cut: wanted > bytes.len(),
            from,
            to,
        }
    }
}

fn decoded(name: &[u8]) -> String {
    if let Ok(name) = std::str::from_utf8(name) {
        return name.to_owned();
    }
    let upper: Vec<char> = CP437.chars().collect();
    let char_of =
        |octet: &u8| octet.checked_sub(0x80).map_or(char::from(*octet), |at| upper.get(usize::from(at)).copied().unwrap_or('?'));
    name.iter().map(char_of).collect()
}

/// Where the directory stands.
struct Bounds {
    start: usize,
    end: usize,
    /// How far everything has moved, where something was put in front of the file.
    shift: usize,
    /// Where the file's comment begins.
    comment: usize,
}

impl<'a> Directory<'a> {
    /// Reads it; at most `most` entries.
    pub(in crate::extract::read) fn read(bytes: &'a [u8], most: usize) -> Self {
        let mut directory = Self {
            is_encrypted: memmem::find(bytes, b"PK\x06\x08").is_some_and(|at| is_archive_extra(bytes, at)),
            ..Self::default()
        };
        let mut taken = Vec::new();
        match bounds(bytes) {
            Some(bounds) => {
                directory.read_records(bytes, &bounds, most);
                directory.comment = bytes.get(bounds.comment..).map(decoded).unwrap_or_default();
                taken.push((bounds.start, bounds.end));
            }
            None => directory.flaw = Some("its directory is missing"),
        }
        directory.mark_overlaps();
        taken.extend(directory.entries.iter().map(|entry| (entry.from, entry.to)));
        taken.sort_unstable();
        directory.read_gaps(bytes, &taken, most);
        directory
    }

    fn read_records(&mut self, bytes: &'a [u8], bounds: &Bounds, most: usize) {
        let mut at = bounds.start;
        while self.entries.len() < most
            && let Some((record, comment)) = Header::central(bytes, at)
        {
            at = record.end;
            self.read_record(bytes, bounds, record, comment);
        }
        if self.entries.len() < most && at < bounds.end {
            self.flaw = self.flaw.or(Some("its directory is damaged"));
        }
    }

    fn read_record(&mut self, bytes: &'a [u8], bounds: &Bounds, record: Header<'a>, comment: &[u8]) {
        let said = usize::try_from(record.offset).unwrap_or(usize::MAX);
        let places = [said.saturating_add(bounds.shift), said];
        let found = places.into_iter().find_map(|at| Header::local(bytes, at).map(|local| (at, local)));
        let Some((from, local)) = found else {
            let mut entry = record.entry(bytes, bytes.len(), bytes.len(), 0);
            entry.is_cut = true;
            self.flaw = self.flaw.or(Some("its directory names what is not there"));
            self.entries.push(entry);
            return;
        };
        let mut entry = record.entry(bytes, from, local.end, record.packed);
        entry.comment = decoded(comment);
        entry.is_encrypted |= local.is_encrypted();
        self.names_differ |= local.flags & (1 << 13) == 0 && record.name != local.name && local.name() != entry.name;
        let says_other =
            !local.is_streamed() && !entry.is_encrypted && (local.method, local.packed) != (record.method, record.packed);
        if says_other && local.is_plausible() {
            // Who goes from header to header unpacks something else than who reads the directory.
            let mut other = local.entry(bytes, from, local.end, local.packed);
            other.to = other.from;
            self.flaw = self.flaw.or(Some("its directory and its headers disagree"));
            self.entries.push(other);
        }
        self.entries.push(entry);
    }

    fn mark_overlaps(&mut self) {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|at| self.entries.get(*at).map(|entry| (entry.from, entry.to)));
        let mut reached = 0;
        for at in order {
            if let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.to > entry.from) {
                entry.overlaps = entry.from < reached;
                self.overlaps |= entry.overlaps;
                reached = reached.max(entry.to);
            }
        }
    }

    /// Looks for entries where the directory knows of nothing.
    fn read_gaps(&mut self, bytes: &'a [u8], taken: &[(usize, usize)], most: usize) {
        let mut at = 0;
        let tail = [(bytes.len(), bytes.len())];
        for (from, to) in taken.iter().chain(&tail) {
            while at < *from && self.entries.len() < most {
                let Some(found) = bytes.get(at..*from).and_then(|gap| memmem::find(gap, LOCAL)) else { break };
                at = self.read_unlisted(bytes, at + found, *from);
            }
            at = at.max(*to);
        }
    }

    /// Gives where to go on.
    fn read_unlisted(&mut self, bytes: &'a [u8], from: usize, gap_end: usize) -> usize {
        let header = Header::local(bytes, from).filter(|header| header.is_plausible() && header.end <= gap_end);
        let Some(header) = header else { return from + LOCAL.len() };
        let streamed = header.is_streamed() && header.packed == 0;
        let packed = if streamed { streamed_octets(bytes, header.end, gap_end) as u64 } else { header.packed };
        let mut entry = header.entry(bytes, from, header.end, packed);
        if entry.to > gap_end {
            entry.to = gap_end;
            entry.packed = bytes.get(header.end..gap_end).unwrap_or_default();
            entry.is_cut = true;
        }
        let to = entry.to.max(from + LOCAL.len());
        self.flaw = self.flaw.or(Some("it holds entries that its directory does not name"));
        self.entries.push(entry);
        to
    }
}

/// An archive extra data record stands right before an encrypted directory (APPNOTE 4.3.11), and never inside packed data but by chance.
fn is_archive_extra(bytes: &[u8], at: usize) -> bool {
    u32_at(bytes, at + 4).is_some_and(|length| usize::try_from(length).is_ok_and(|length| at + 8 + length <= bytes.len()))
        && bounds(bytes).is_none_or(|bounds| Header::central(bytes, bounds.start).is_none())
}

/// How many octets data take whose size is said behind them (APPNOTE 4.3.9); where nothing is said, up to the next header.
fn streamed_octets(bytes: &[u8], start: usize, end: usize) -> usize {
    let data = bytes.get(start..end).unwrap_or_default();
    for at in memmem::find_iter(data, b"PK") {
        let says_size = starts_at(data, at, DESCRIPTOR) && u32_at(data, at + 8).is_some_and(|size| size as usize == at);
        let is_header = starts_at(data, at, CENTRAL)
            || (starts_at(data, at, LOCAL) && Header::local(data, at).is_some_and(|header| header.is_plausible()));
        if says_size || is_header {
            return at;
        }
    }
    data.len()
}

/// Finds the directory by its end (APPNOTE 4.3.16).
fn bounds(bytes: &[u8]) -> Option<Bounds> {
    memmem::rfind_iter(bytes, END).take(ENDS_TRIED).find_map(|at| bounds_by(bytes, at))
}

fn bounds_by(bytes: &[u8], at: usize) -> Option<Bounds> {
    let mut size = u64::from(u32_at(bytes, at + 12)?);
    let mut offset = u64::from(u32_at(bytes, at + 16)?);
    let mut count = u64::from(u16_at(bytes, at + 10)?);
    let mut end = at;
    let locator = at.checked_sub(20).filter(|locator| starts_at(bytes, *locator, LOCATOR_64));
    let wide = locator.and_then(|locator| end_64(bytes, locator));
    if let Some(wide) = wide {
        (count, size, offset) = (u64_at(bytes, wide + 32)?, u64_at(bytes, wide + 40)?, u64_at(bytes, wide + 48)?);
        end = wide;
    }
    let comment = at + 22;
    if count == 0 && size == 0 {
        return Some(Bounds { start: end, end, shift: 0, comment });
    }
    let said = usize::try_from(offset).ok()?;
    let by_size = usize::try_from(size).ok().and_then(|size| end.checked_sub(size));
    let start = [by_size, Some(said)].into_iter().flatten().find(|start| starts_at(bytes, *start, CENTRAL))?;
    Some(Bounds { start, end, shift: start.saturating_sub(said), comment })
}

/// The end of a Zip64 directory (APPNOTE 4.3.14): where its locator says, or right before that.
fn end_64(bytes: &[u8], locator: usize) -> Option<usize> {
    let said = usize::try_from(u64_at(bytes, locator + 8)?).ok();
    [said, locator.checked_sub(56)].into_iter().flatten().find(|at| starts_at(bytes, *at, END_64))
}
