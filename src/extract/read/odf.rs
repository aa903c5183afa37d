//! Documents of LibreOffice and its kin: OpenDocument (ISO/IEC 26300, OASIS ODF 1.4), packed in a zip or as one flat XML file.
//!
//! In: the bytes of a file. Out: the text of all its XML parts (content, margins and masters, properties, objects in it), and as nested files
//! what is no XML. An element is told by its local name. Tables keep their rows; what repeats a million times is counted, not written out.
//! What a style, a section or a sheet hides is `Hidden`. A document is protected when its manifest says so and its content is no XML.

mod flow;

use std::collections::HashSet;

use super::document::xml::{Token, walk};
use super::document::{ends, xml};
use super::zip::{Directory, Entry};
use super::{Draft, Kind, Protection, Spot, Trait, Unread, sniff};
use flow::Flow;

/// Octets of a part that are looked at to tell what it is.
const BEGIN: u64 = 2048;
/// Parts that describe the package and the program's windows (ODF 1.4 part 2, 3).
const FURNITURE: [&str; 5] = ["mimetype", "meta-inf/manifest.xml", "settings.xml", "manifest.rdf", "layout-cache"];

/// Reads a document.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    if !bytes.starts_with(b"PK") {
        return Flow::new(Spot::Body, is_paged(draft.file.kind)).read(bytes, draft);
    }
    let directory = Directory::read(bytes, draft.budget.files + 1);
    if directory.overlaps {
        draft.mark(Trait::ArchiveBomb);
    }
    draft.file.protection = protection(&directory, draft);
    if draft.file.protection == Protection::Protected {
        return Err(Unread::Protected);
    }
    let mut why = directory.flaw.map(|flaw| Unread::Broken(flaw.to_owned()));
    let mut entries: Vec<&Entry> = directory.entries.iter().filter(|entry| !entry.is_folder()).collect();
    entries.sort_by_key(|entry| rank(&entry.name));
    let mut flow = Flow::new(Spot::Body, is_paged(draft.file.kind));
    for entry in entries {
        let read = draft.spend_file().and_then(|()| read_entry(entry, &mut flow, draft));
        if let Err(error) = read {
            let is_end = ends(draft, &error);
            why = why.or(Some(error));
            if is_end {
                break;
            }
        }
    }
    why.map_or(Ok(()), Err)
}

/// Styles first, for they say what is hidden.
fn rank(name: &str) -> usize {
    match name {
        "styles.xml" => 0,
        "content.xml" => 1,
        "meta.xml" => 2,
        _ => 3,
    }
}

/// In slides and drawings all text stands in boxes, so a box is no aside.
fn is_paged(kind: Kind) -> bool {
    matches!(kind, Kind::Odp | Kind::Odg)
}

fn read_entry(entry: &Entry, flow: &mut Flow, draft: &mut Draft) -> Result<(), Unread> {
    let name = entry.name.to_ascii_lowercase();
    if FURNITURE.contains(&name.as_str()) || name.starts_with("thumbnails/") || entry.packed.is_empty() {
        return Ok(());
    }
    let begin = entry.begin(BEGIN);
    if name.starts_with("scripts/") {
        draft.mark(Trait::Macro);
    }
    let Some(root) = xml::root(&begin).filter(|root| root != "svg" && root != "html") else { return lay(entry, &begin, draft) };
    if root == "module" {
        draft.mark(Trait::Macro);
    }
    let unpacked = entry.unpack(draft)?;
    let spot = match (name.as_str(), root.as_str()) {
        ("content.xml", _) => Spot::Body,
        ("styles.xml", _) => Spot::Margin,
        (_, "document-content") => Spot::TextBox,
        _ => Spot::Hidden,
    };
    let read = flow.part(spot).read(&unpacked.bytes, draft);
    read.and(unpacked.flaw.map_or(Ok(()), Err))
}

/// What is no XML is a file of its own.
fn lay(entry: &Entry, begin: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    // Pictures of objects and tables are in a format of LibreOffice's own; objects themselves stand outside of folders.
    let is_picture = ["ObjectReplacements/", "Pictures/", "Fonts/"].iter().any(|folder| entry.name.starts_with(folder));
    if !is_picture && !sniff::kind(begin, &entry.name).holds_no_text() {
        draft.mark(Trait::EmbeddedObject);
    }
    match entry.unpack(draft) {
        Ok(unpacked) => {
            draft.nest(&entry.name, unpacked.bytes);
            unpacked.flaw.map_or(Ok(()), Err)
        }
        Err(why) => {
            draft.nest_closed(&entry.name, entry.size, why.clone());
            Err(why)
        }
    }
}

/// Encryption as the manifest says it (ODF 1.4 part 2, 4.3; from 1.4 on the whole package lies in one part). A manifest that calls
/// something encrypted which can be read as it is does not make the document protected.
fn protection(directory: &Directory, draft: &mut Draft) -> Protection {
    let find = |name: &str| directory.entries.iter().find(|entry| entry.name == name);
    let said = find("META-INF/manifest.xml")
        .and_then(|entry| entry.unpack(draft).ok())
        .map(|part| encrypted(&part.bytes))
        .unwrap_or_default();
    let is_closed = |entry: &&Entry| {
        entry.is_encrypted
            || (said.contains(&entry.name) && xml::root(&entry.begin(BEGIN)).is_none_or(|root| !root.starts_with("document")))
    };
    let content = find("content.xml").or_else(|| find("encrypted-package"));
    if content.as_ref().is_some_and(is_closed) {
        return Protection::Protected;
    }
    let is_any = directory.entries.iter().any(|entry| is_closed(&entry));
    if is_any { Protection::Partly } else { Protection::Open }
}

/// Paths of the parts that the manifest calls encrypted.
fn encrypted(manifest: &[u8]) -> HashSet<String> {
    let (mut paths, mut path) = (HashSet::new(), None);
    // A manifest that breaks off has said what it said.
    let _ = walk(manifest, |token| {
        match token {
            Token::Start("file-entry", element) => path = element.get("full-path"),
            Token::Start("encryption-data", _) => paths.extend(path.take()),
            _ => {}
        }
        Ok(())
    });
    paths
}

#[cfg(test)]
#[path = "odf_tests.rs"]
mod tests;
