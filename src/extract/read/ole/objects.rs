//! Files and documents embedded in an old document: each goes on the pile under its own name.
//!
//! In: the tree of a compound file. Out: nested files, and the mark that there are some. Embedded documents are storages; each becomes a
//! compound file of its own, so that it is read like one that was attached. What lies in an embedded document is found when that is read.

use super::super::Draft;
use super::super::octets::{in_page, size_at, some_of, until_zero};
use super::compound::{Compound, Entry, ROOT};
use crate::extract::contents::{Trait, Unread};

/// A file wrapped by the Packager (MS-OLEDS section 2.3.6).
const NATIVE: &str = "\u{1}Ole10Native";
/// Streams that are a whole file: an OOXML package, a PDF, an ODF document.
const WHOLE: [&str; 3] = ["Package", "CONTENTS", "EmbeddedOdf"];
/// Streams by which a storage is a document.
const MAIN: [&str; 8] = [
    "WordDocument",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "Equation Native",
    "__properties_version1.0",
    "EncryptedPackage",
    "VisioDocument",
];

/// Whether anything is embedded.
pub(super) fn are_there(file: &Compound) -> bool {
    file.all().any(|(_, entry)| entry.is_stream && (is_whole(entry) || (entry.parent != Some(ROOT) && is_main(entry))))
}

fn is_whole(entry: &Entry) -> bool {
    entry.name.eq_ignore_ascii_case(NATIVE) || WHOLE.iter().any(|name| entry.name.eq_ignore_ascii_case(name))
}

fn is_main(entry: &Entry) -> bool {
    MAIN.iter().any(|name| entry.name.eq_ignore_ascii_case(name))
}

pub(super) fn read(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    // The attachments of a message are its reader's.
    if file.find(ROOT, "__properties_version1.0").is_some() {
        return Ok(());
    }
    let mut pile = vec![ROOT];
    while let Some(storage) = pile.pop() {
        let is_document = storage != ROOT && file.children(storage).any(|(_, entry)| entry.is_stream && is_main(entry));
        if is_document {
            draft.spend_file()?;
            nest_storage(file, storage, draft)?;
            continue;
        }
        for (at, entry) in file.children(storage) {
            if !entry.is_stream {
                pile.push(at);
            } else if is_whole(entry) {
                draft.spend_file()?;
                nest_stream(&entry.name, &file.stream(at), draft)?;
            }
        }
    }
    Ok(())
}

fn nest_storage(file: &Compound, storage: usize, draft: &mut Draft) -> Result<(), Unread> {
    draft.mark(Trait::EmbeddedObject);
    let name = file.entry(storage).map_or("object", |entry| entry.name.as_str());
    match file.storage_alone(storage, |_, bytes| bytes) {
        Some(bytes) => nest(name, &bytes, draft),
        None => {
            draft.nest_closed(name, 0, super::broken("an embedded document"));
            Ok(())
        }
    }
}

fn nest_stream(name: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    draft.mark(Trait::EmbeddedObject);
    if name.eq_ignore_ascii_case(NATIVE) {
        let (name, bytes) = native(bytes);
        return nest(&name, bytes, draft);
    }
    nest("object", bytes, draft)
}

/// Nests bytes of this file; copies count as unpacked, since objects may overlap.
pub(in crate::extract::read) fn nest(name: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let bytes = draft.unpack(bytes, bytes.len() as u64)?;
    draft.nest(name, bytes);
    Ok(())
}

/// The name and the bytes of a packaged file. Equations and other programs write only a length before their data.
pub(in crate::extract::read) fn native(bytes: &[u8]) -> (String, &[u8]) {
    let data = bytes.get(4..).unwrap_or_default();
    packaged(data).unwrap_or(("object".to_owned(), data))
}

/// The Packager's form, as Windows writes it: 2, label, path, four octets, the path again with its length, the data with its length.
fn packaged(bytes: &[u8]) -> Option<(String, &[u8])> {
    let rest = bytes.strip_prefix(&[2, 0])?;
    let label = until_zero(rest);
    let rest = rest.get(label.len() + 1..)?;
    let path = until_zero(rest);
    let rest = rest.get(path.len() + 1 + 4..)?;
    let rest = rest.get(size_at(rest, 0)?.checked_add(4)?..)?;
    let data = some_of(rest, 4, size_at(rest, 0)?);
    let label = in_page(1252, label);
    let name = label.rsplit(['\\', '/']).next().filter(|name| !name.is_empty()).unwrap_or("object").to_owned();
    Some((name, data))
}

/// Reads an object as RTF and older programs hold it (MS-OLEDS section 2.2.5): a class name and the data in its native form.
pub(in crate::extract::read) fn embedded(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    draft.mark(Trait::EmbeddedObject);
    match data_of(bytes) {
        Some((class, data)) if class.eq_ignore_ascii_case(b"Package") => {
            let (name, data) = packaged(data).unwrap_or(("object".to_owned(), data));
            nest(&name, data, draft)
        }
        Some((_, data)) => nest("object", data, draft),
        None => nest("object", bytes, draft),
    }
}

/// Version, format (1 linked, 2 embedded), class, topic, item, and the data, each with its length.
fn data_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if size_at(bytes, 4)? != 2 {
        return None;
    }
    let mut at: usize = 8;
    let mut words = [&bytes[..0]; 3];
    for word in &mut words {
        let length = size_at(bytes, at)?;
        *word = until_zero(some_of(bytes, at.checked_add(4)?, length));
        at = at.checked_add(4)?.checked_add(length)?;
    }
    let data = some_of(bytes, at.checked_add(4)?, size_at(bytes, at)?);
    Some((words[0], data))
}
