//! What a compound file is, by the names of the streams at its top (MS-CFB): old Office, Outlook's mails, installers.
//!
//! In: a file that begins with the mark. Out: a kind, [`Kind::Ole`] where nothing more can be told. The directory is walked with bounds
//! and without asking whether the rest of the file is sound: what Office still opens is told here too.

use crate::extract::kind::Kind;

/// Octets of one entry of the directory.
const ENTRY: usize = 128;
/// Entries that are looked at.
const ENTRIES: usize = 8192;
/// "None" among sector numbers and among entries.
const NONE: u32 = 0xffff_fffa;

struct Entry {
    name: String,
    class: [u8; 16],
    left: u32,
    right: u32,
    child: u32,
}

/// What kind of compound file this is.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    let entries = directory(bytes);
    let Some(root) = entries.first() else { return Kind::Ole };
    let top = top(&entries, root.child);
    let has = |name: &str| top.iter().any(|entry| entry.name.eq_ignore_ascii_case(name));
    let streams = [
        ("EncryptedPackage", Kind::EncryptedOffice),
        ("\u{9}DRMContent", Kind::EncryptedOffice),
        ("WordDocument", Kind::Doc),
        ("Workbook", Kind::Xls),
        ("Book", Kind::Xls),
        ("PowerPoint Document", Kind::Ppt),
        ("PP97_DUALSTORAGE", Kind::Ppt),
        ("__properties_version1.0", Kind::OutlookMessage),
        ("VisioDocument", Kind::Visio),
        ("Quill", Kind::Publisher),
    ];
    let by_stream = || streams.iter().find(|(name, _)| has(name)).map(|(_, kind)| *kind);
    if is_installer(&root.class) || top.iter().any(|entry| entry.name.starts_with('\u{4840}')) {
        return Kind::WindowsInstaller;
    }
    by_stream().unwrap_or(Kind::Ole)
}

/// The class of an installer's package, patch or transform. Its tables' names begin with U+4840, since it packs two letters into one.
fn is_installer(class: &[u8; 16]) -> bool {
    matches!(class, [0x82 | 0x84 | 0x86, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46])
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// Octets of a sector (section 2.2): 512 or 4096.
fn sector_octets(bytes: &[u8]) -> usize {
    match bytes.get(30) {
        Some(12) => 4096,
        _ => 512,
    }
}

fn sector(bytes: &[u8], number: u32) -> Option<&[u8]> {
    let octets = sector_octets(bytes);
    let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(octets)?;
    bytes.get(start..(start + octets).min(bytes.len()))
}

/// The sectors of the allocation table, in order (section 2.5): 109 in the header, the rest in a chain that knows its own end.
fn table(bytes: &[u8]) -> Vec<u32> {
    let in_header = (0..109).map_while(|index| u32_at(bytes, 76 + index * 4)).take_while(|number| *number < NONE);
    let mut table: Vec<u32> = in_header.collect();
    let octets = sector_octets(bytes);
    let most = bytes.len() / octets;
    let mut next = u32_at(bytes, 68).unwrap_or(NONE);
    for _ in 0..most {
        let Some(found) = (next < NONE).then(|| sector(bytes, next)).flatten() else { break };
        let numbers = (0..octets / 4 - 1).map_while(|index| u32_at(found, index * 4)).take_while(|number| *number < NONE);
        table.extend(numbers);
        next = u32_at(found, octets - 4).unwrap_or(NONE);
        if table.len() > most {
            break;
        }
    }
    table
}

/// The entries of the directory, in the order of their numbers. A chain that is broken ends there.
fn directory(bytes: &[u8]) -> Vec<Entry> {
    let table = table(bytes);
    let octets = sector_octets(bytes);
    let follows = |number: u32| {
        let number = usize::try_from(number).ok()?;
        let part = sector(bytes, *table.get(number / (octets / 4))?)?;
        u32_at(part, number % (octets / 4) * 4)
    };
    let mut entries = Vec::new();
    let mut next = u32_at(bytes, 48);
    while let Some(number) = next.filter(|number| *number < NONE && entries.len() < ENTRIES) {
        let Some(found) = sector(bytes, number) else { break };
        entries.extend(found.chunks_exact(ENTRY).filter_map(entry));
        next = follows(number);
    }
    entries
}

/// One entry (section 2.6.1): the name in UTF-16 with its length in octets, the ending zero counted.
fn entry(bytes: &[u8]) -> Option<Entry> {
    let length = usize::from(u16::from_le_bytes(*bytes.get(64..)?.first_chunk()?));
    let name = bytes.get(..length.saturating_sub(2).min(64))?.as_chunks::<2>().0;
    let name = char::decode_utf16(name.iter().map(|unit| u16::from_le_bytes(*unit)));
    Some(Entry {
        name: name.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        class: *bytes.get(80..)?.first_chunk()?,
        left: u32_at(bytes, 68)?,
        right: u32_at(bytes, 72)?,
        child: u32_at(bytes, 76)?,
    })
}

/// What stands at the top, and not in a folder: a sheet may hold a whole Word document in one.
fn top(entries: &[Entry], root: u32) -> Vec<&Entry> {
    let mut seen = vec![false; entries.len()];
    let mut waiting = vec![root];
    let mut top = Vec::new();
    while let Some(number) = waiting.pop() {
        let Some(index) = usize::try_from(number).ok().filter(|index| *index < entries.len()) else { continue };
        let (Some(entry), Some(seen)) = (entries.get(index), seen.get_mut(index)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        top.push(entry);
        waiting.extend([entry.left, entry.right]);
    }
    // A tree that leads nowhere: all names count.
    if top.is_empty() { entries.iter().skip(1).collect() } else { top }
}
