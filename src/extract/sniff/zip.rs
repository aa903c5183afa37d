//! What a zip file is, by the names of its entries: nearly every new document format and many programs are zips.
//!
//! In: a file. Out: a kind, where it is a zip. The central directory at the end is what counts (APPNOTE section 4.3); where it is broken,
//! the headers in front of the entries. At most [`ENTRIES`] names are looked at, and at most [`SMALL`] octets of one entry unpacked.

use std::io::Read;
use std::ops::Range;

use memchr::memmem;

use crate::extract::kind::Kind;

/// Entries whose names are looked at: Office puts its main parts among the first, and a jar its manifest.
const ENTRIES: usize = 4096;
/// Octets of an entry that are unpacked: content types and manifests begin with what matters.
const SMALL: u64 = 64 << 10;
/// Octets at the end in which the end record is looked for: its comment has at most 65,535.
const TAIL: usize = 22 + 65_535;

/// An entry, as far as it is needed here.
struct Entry<'z> {
    name: &'z [u8],
    method: u16,
    /// Where its own header begins.
    header: usize,
}

/// What kind of zip a file is; nothing where it is none.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    let entries = entries(bytes);
    if entries.is_empty() {
        return has_end(bytes).then_some(Kind::Zip);
    }
    let kind = document(bytes, &entries).or_else(|| package(&entries)).unwrap_or(Kind::Zip);
    Some(kind)
}

/// Whether Java would start it, whatever else it is.
pub(super) fn is_java(bytes: &[u8]) -> bool {
    directory(bytes).is_some_and(|directory| listed(bytes, &directory).iter().any(|entry| entry.name == b"META-INF/MANIFEST.MF"))
}

/// The zip at the end of a file, from its first entry: only where its comment ends exactly with the file, since documents hold zips too.
pub(super) fn at_the_end(bytes: &[u8]) -> Option<Range<usize>> {
    let directory = directory(bytes).filter(|directory| directory.is_exact)?;
    let first = listed(bytes, &directory).iter().map(|entry| entry.header).min()?;
    bytes.get(first..)?.starts_with(b"PK\x03\x04").then_some(first..bytes.len())
}

/// Where the central directory lies.
struct Directory {
    start: usize,
    /// What is to be added to offsets: something was put before the zip.
    shift: usize,
    is_exact: bool,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let value = bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))?;
    usize::try_from(value).ok()
}

/// Whether an end record closes the file, though its directory is not where it says.
fn has_end(bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(TAIL);
    let ends = |at: usize| u16_at(bytes, at + 20).is_some_and(|comment| at + 22 + usize::from(comment) == bytes.len());
    bytes.get(from..).is_some_and(|tail| memmem::rfind_iter(tail, b"PK\x05\x06").take(16).any(|found| ends(from + found)))
}

fn directory(bytes: &[u8]) -> Option<Directory> {
    let from = bytes.len().saturating_sub(TAIL);
    let tail = bytes.get(from..)?;
    // The last that leads to a directory counts: a comment may hold the mark too.
    memmem::rfind_iter(tail, b"PK\x05\x06").take(16).find_map(|found| read_end(bytes, from + found))
}

fn read_end(bytes: &[u8], end: usize) -> Option<Directory> {
    let size = u32_at(bytes, end + 12)?;
    let offset = u32_at(bytes, end + 16)?;
    let comment = usize::from(u16_at(bytes, end + 20)?);
    let is_exact = end + 22 + comment == bytes.len();
    let is_directory = |start: usize| bytes.get(start..)?.starts_with(b"PK\x01\x02").then_some(start);
    // Just before its end record; behind it where ZIP64 records stand between; or where it says.
    let before = end.checked_sub(size).and_then(is_directory);
    let large = || end.checked_sub(20 + 56)?.checked_sub(size).and_then(is_directory);
    let start = before.or_else(large).or_else(|| is_directory(offset))?;
    Some(Directory { start, shift: start.saturating_sub(offset), is_exact })
}

fn entries(bytes: &[u8]) -> Vec<Entry<'_>> {
    let listed = directory(bytes).map(|directory| listed(bytes, &directory)).unwrap_or_default();
    if listed.is_empty() { in_order(bytes) } else { listed }
}

/// Entries of the central directory.
fn listed<'z>(bytes: &'z [u8], directory: &Directory) -> Vec<Entry<'z>> {
    let mut entries = Vec::new();
    let mut at = directory.start;
    while entries.len() < ENTRIES && bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) {
        let Some((entry, next)) = listed_at(bytes, at, directory.shift) else { break };
        entries.push(entry);
        at = next;
    }
    entries
}

fn listed_at(bytes: &[u8], at: usize, shift: usize) -> Option<(Entry<'_>, usize)> {
    let name = usize::from(u16_at(bytes, at + 28)?);
    let rest = usize::from(u16_at(bytes, at + 30)?) + usize::from(u16_at(bytes, at + 32)?);
    let entry = Entry {
        name: bytes.get(at + 46..at + 46 + name)?,
        method: u16_at(bytes, at + 10)?,
        header: u32_at(bytes, at + 42)?.saturating_add(shift),
    };
    Some((entry, at + 46 + name + rest))
}

/// Entries by the headers in front of them: what was cut off or damaged at its end.
fn in_order(bytes: &[u8]) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x07\x08") {
        return entries;
    }
    for header in memmem::find_iter(bytes, b"PK\x03\x04").take(ENTRIES) {
        let length = u16_at(bytes, header + 26).map_or(0, usize::from);
        let Some(name) = bytes.get(header + 30..header + 30 + length) else { continue };
        entries.push(Entry { name, method: u16_at(bytes, header + 8).unwrap_or_default(), header });
    }
    entries
}

/// The first octets of an entry, unpacked.
fn beginning(bytes: &[u8], entry: &Entry) -> Option<Vec<u8>> {
    let at = entry.header;
    let start = at + 30 + usize::from(u16_at(bytes, at + 26)?) + usize::from(u16_at(bytes, at + 28)?);
    let packed = bytes.get(start..)?;
    let mut content = Vec::new();
    // What follows the entry does no harm: the looks are for words that stand in its beginning.
    match entry.method {
        0 => content.extend_from_slice(packed.get(..u32_at(bytes, at + 18)?.min(SMALL as usize)).unwrap_or(packed)),
        8 => {
            let _ = flate2::read::DeflateDecoder::new(packed).take(SMALL).read_to_end(&mut content);
        }
        _ => return None,
    }
    content.truncate(SMALL as usize);
    Some(content)
}

/// Documents, by what they say of themselves.
fn document(bytes: &[u8], entries: &[Entry]) -> Option<Kind> {
    let content = |name: &[u8]| {
        let entry = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))?;
        beginning(bytes, entry)
    };
    let types = || content(b"[Content_Types].xml").and_then(|types| office(&types));
    let declared = || content(b"mimetype").and_then(|media| open_document(&media));
    let manifest = || content(b"META-INF/manifest.xml").and_then(|manifest| open_document(&manifest));
    let has = |folder: &[u8]| entries.iter().any(|entry| entry.name.starts_with(folder));
    let folder = || {
        let is_office = has(b"[Content_Types].xml") || has(b"_rels/.rels");
        let known = [(b"word/".as_slice(), Kind::Docx), (b"xl/", Kind::Xlsx), (b"ppt/", Kind::Pptx), (b"visio/", Kind::Visio)];
        known.into_iter().find(|(folder, _)| is_office && has(folder)).map(|(_, kind)| kind)
    };
    types().or_else(declared).or_else(manifest).or_else(folder)
}

/// Content types of Office's main parts (ECMA-376 part 1, section 15.2); the main part may bear any name.
fn office(types: &[u8]) -> Option<Kind> {
    let marks: [(&[u8], Kind); 8] = [
        (b"wordprocessingml.document.main", Kind::Docx),
        (b"wordprocessingml.template.main", Kind::Docx),
        (b"ms-word.document.macroEnabled.main", Kind::Docx),
        (b"ms-word.template.macroEnabledTemplate.main", Kind::Docx),
        (b"ms-excel.sheet.binary", Kind::Xlsb),
        (b"presentationml.", Kind::Pptx),
        (b"ms-powerpoint.", Kind::Pptx),
        (b"ms-visio.", Kind::Visio),
    ];
    let has = |mark: &[u8]| memmem::find(types, mark).is_some();
    let sheet = [b"spreadsheetml.sheet.main".as_slice(), b"spreadsheetml.template.main", b"ms-excel."];
    // A document holds the others' parts only as files within it, which have content types without "main".
    let found = marks.iter().find(|(mark, _)| has(mark)).map(|(_, kind)| *kind);
    match found {
        Some(Kind::Pptx) | None if sheet.iter().any(|mark| has(mark)) && !has(b"presentation.main") => Some(Kind::Xlsx),
        found => found,
    }
}

/// OpenDocument (part 3, section 3.3) and EPUB: the media type in an entry of its own or in the manifest.
fn open_document(said: &[u8]) -> Option<Kind> {
    if memmem::find(said, b"application/epub+zip").is_some() {
        return Some(Kind::Epub);
    }
    let at = memmem::find(said, b"application/vnd.oasis.opendocument.").map(|at| at + 35);
    let sun = || memmem::find(said, b"application/vnd.sun.xml.").map(|at| at + 24);
    let word = said.get(at.or_else(sun)?..)?;
    let kinds: [(&[u8], Kind); 8] = [
        (b"text", Kind::Odt),
        (b"writer", Kind::Odt),
        (b"spreadsheet", Kind::Ods),
        (b"calc", Kind::Ods),
        (b"presentation", Kind::Odp),
        (b"impress", Kind::Odp),
        (b"graphics", Kind::Odg),
        (b"", Kind::Odg),
    ];
    kinds.into_iter().find(|(begin, _)| word.starts_with(begin)).map(|(_, kind)| kind)
}

/// Programs and Apple's documents, by the names of their parts.
fn package(entries: &[Entry]) -> Option<Kind> {
    let has = |names: &[&str]| entries.iter().any(|entry| names.iter().any(|name| entry.name == name.as_bytes()));
    let ends = |ending: &[u8]| entries.iter().any(|entry| entry.name.ends_with(ending));
    if has(&["AndroidManifest.xml", "BundleConfig.pb", "base/manifest/AndroidManifest.xml"]) {
        Some(Kind::AndroidPackage)
    } else if has(&["META-INF/MANIFEST.MF"]) {
        Some(Kind::JavaArchive)
    } else if has(&["AppxManifest.xml", "AppxMetadata/AppxBundleManifest.xml"]) {
        Some(Kind::WindowsInstaller)
    } else if has(&["index.apxl", "Index.zip", "Index/Document.iwa"]) || ends(b"/Index/Document.iwa") || ends(b".iwa") {
        Some(Kind::IWork)
    } else {
        None
    }
}
