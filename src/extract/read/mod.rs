//! Opens files and says what is in them. This is what runs in the box (`crate::boxed`): it meets strangers' bytes first.
//!
//! In: the bytes of an attachment, its name, and what the mail calls it. Out: one [`File`] for it and for each file in it, at any depth,
//! each followed by what it holds. A reader writes to a [`Draft`]; what lies in a file is laid on a pile, so nothing here recurses over
//! what strangers nest. Invariants: every octet that is unpacked and every octet of text counts against the [`Budget`]; nothing is
//! left out silently, for what is not read is an [`Unread`]. No disk, no network, no clock but the budget's.

mod calendar;
mod document;
mod flow;
mod html;
mod mail;
mod octets;
mod odf;
mod ole;
mod ooxml;
mod packed;
mod pdf;
mod plain;
mod protected;
mod rtf;
mod rtf_compressed;
mod sevenz;
mod tar;
mod tnef;
mod vcard;
mod zip;

use std::io::Read;
use std::time::Instant;

use super::contents::{Block, Content, File, Protection, Spot, Trait, Unread};
use super::kind::Kind;
use super::sniff;
use crate::base::limits;

/// What may still be used for one attachment and all that lies in it.
#[derive(Debug)]
pub struct Budget {
    /// Octets that may still be unpacked.
    unpacked: u64,
    /// Octets of text that may still be handed over.
    text: usize,
    /// Cells of tables that may still be.
    cells: usize,
    /// Files that may still be opened.
    files: usize,
    /// When no more is opened.
    until: Instant,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            unpacked: limits::UNPACKED_OCTETS,
            text: limits::EXTRACTED_TEXT_OCTETS,
            cells: limits::EXTRACTED_CELLS,
            files: limits::FILES_IN_ATTACHMENT,
            until: Instant::now() + limits::READING_TIME,
        }
    }
}

/// A file that is being read, and what lies in it.
pub(super) struct Draft<'b> {
    pub(super) file: File,
    depth: usize,
    budget: &'b mut Budget,
    nested: Vec<Nested>,
}

/// A file inside another.
struct Nested {
    path: Vec<String>,
    depth: usize,
    found: Inside,
}

enum Inside {
    Bytes(Vec<u8>),
    /// Known by its name alone.
    Closed {
        size: u64,
        why: Unread,
    },
}

/// Reads an attachment and all that lies in it. `name` is what the mail calls the file.
#[must_use]
pub fn read(name: &str, bytes: Vec<u8>) -> Vec<File> {
    read_within(name, bytes, &mut Budget::default())
}

/// The same within a budget.
#[must_use]
pub fn read_within(name: &str, bytes: Vec<u8>, budget: &mut Budget) -> Vec<File> {
    let mut files = Vec::new();
    let mut pile = vec![Nested { path: vec![name.to_owned()], depth: 0, found: Inside::Bytes(bytes) }];
    while let Some(next) = pile.pop() {
        let (file, nested) = open(next, budget);
        files.push(file);
        pile.extend(nested.into_iter().rev());
    }
    files
}

fn open(next: Nested, budget: &mut Budget) -> (File, Vec<Nested>) {
    let name = next.path.last().cloned().unwrap_or_default();
    let bytes = match next.found {
        Inside::Bytes(bytes) => bytes,
        Inside::Closed { size, why } => return (closed(next.path, &name, size, why), Vec::new()),
    };
    let kind = sniff::kind(&bytes, &name);
    let mut file = File::new(next.path, kind, bytes.len() as u64);
    file.traits.extend(sniff::traits(kind, &bytes, &name));
    let mut draft = Draft { file, depth: next.depth, budget, nested: Vec::new() };
    let read = draft.spend_file().and_then(|()| by_kind(kind, &bytes, &mut draft));
    if let Some(second) = sniff::appended(kind, &bytes).and_then(|range| bytes.get(range)) {
        draft.nest("appended.zip", second.to_vec());
    }
    if let Err(why) = read
        && draft.file.unread.is_none()
    {
        draft.file.unread = Some(why);
    }
    (draft.file, draft.nested)
}

/// A file that cannot be opened is still named, and its name may tell.
fn closed(path: Vec<String>, name: &str, size: u64, why: Unread) -> File {
    let mut file = File::new(path, Kind::Unknown, size);
    file.traits.extend(sniff::traits(Kind::Unknown, &[], name));
    if why == Unread::Protected {
        file.protection = Protection::Protected;
    }
    file.unread = Some(why);
    file
}

/// The reader of each kind.
fn by_kind(kind: Kind, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    match kind {
        Kind::Empty => Ok(()),
        _ if bytes.starts_with(&ole::MAGIC) => ole::read(bytes, draft),
        Kind::Rtf => rtf::read(bytes, draft),
        Kind::Tnef => tnef::read(bytes, draft),
        kind if kind.holds_no_text() => Err(Unread::NoText),
        Kind::Pdf => pdf::read(bytes, draft),
        Kind::Shortcut if bytes.starts_with(b"\x4c\0") => Err(Unread::Opaque),
        Kind::Text | Kind::Script | Kind::Shortcut => plain::text(bytes, draft),
        Kind::Csv => plain::list(bytes, draft),
        Kind::Json => plain::json(bytes, draft),
        Kind::Xml => plain::xml(bytes, draft),
        Kind::Svg | Kind::Html => html::read(bytes, draft),
        Kind::Calendar => calendar::read(bytes, draft),
        Kind::VCard => vcard::read(bytes, draft),
        Kind::Mail => mail::read(bytes, draft),
        Kind::Pkcs7 => protected::pkcs7(bytes, draft),
        Kind::PgpMessage => protected::pgp(bytes, draft),
        Kind::RightsManaged | Kind::EncryptedOffice => protected::closed(draft),
        Kind::Docx | Kind::Xlsx | Kind::Pptx => ooxml::read(bytes, draft),
        Kind::Visio if bytes.starts_with(b"PK") => ooxml::read(bytes, draft),
        Kind::Xlsb => ooxml::read_binary(bytes, draft),
        Kind::Odt | Kind::Ods | Kind::Odp | Kind::Odg => odf::read(bytes, draft),
        Kind::Tar => tar::read(bytes, draft),
        Kind::Gzip | Kind::Bzip2 | Kind::Xz | Kind::Zstd => packed::read(kind, bytes, draft),
        Kind::SevenZip => sevenz::read(bytes, draft),
        Kind::Zip | Kind::JavaArchive | Kind::AndroidPackage | Kind::IWork | Kind::Epub => zip::read(bytes, draft),
        Kind::Rar | Kind::Cab | Kind::Arj | Kind::Lzh | Kind::Ace | Kind::UnixCompress => Err(Unread::Opaque),
        _ => Err(Unread::Unknown),
    }
}

impl Draft<'_> {
    /// Adds a piece of text; what is white space alone says nothing.
    pub(super) fn text(&mut self, spot: Spot, text: impl Into<String>) -> Result<(), Unread> {
        self.add(spot, None, text.into())
    }

    /// Adds a piece of text that has a name: a property, a form field.
    pub(super) fn labelled(&mut self, spot: Spot, label: &str, text: impl Into<String>) -> Result<(), Unread> {
        self.add(spot, Some(label.to_owned()), text.into())
    }

    fn add(&mut self, spot: Spot, label: Option<String>, mut text: String) -> Result<(), Unread> {
        if text.trim().is_empty() {
            return Ok(());
        }
        // A name that many values share counts each time.
        let named = label.as_ref().map_or(0, String::len);
        let room = self.spend_text(text.len().saturating_add(named));
        if room.is_err() {
            text.truncate(text.floor_char_boundary(self.budget.text.saturating_sub(named)));
            self.budget.text = 0;
            if text.is_empty() {
                return room;
            }
        }
        self.file.blocks.push(Block { spot, label, content: Content::Text(text) });
        room
    }

    /// Adds rows of cells, the header row among them. Empty rows are left out, and so are empty cells at the end of a row.
    pub(super) fn table(&mut self, spot: Spot, label: Option<String>, rows: Vec<Vec<String>>) -> Result<(), Unread> {
        let mut kept = Vec::with_capacity(rows.len());
        let mut room = Ok(());
        for mut row in rows {
            let filled = row.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
            row.truncate(filled);
            if row.is_empty() {
                continue;
            }
            room = self.spend_row(&row);
            if room.is_err() {
                break;
            }
            kept.push(row);
        }
        if !kept.is_empty() {
            self.file.blocks.push(Block { spot, label, content: Content::Table(kept) });
        }
        room
    }

    /// Says something about the file.
    pub(super) fn mark(&mut self, what: Trait) {
        self.file.traits.insert(what);
    }

    /// Lays a file that lies in this one on the pile. Deeper than `limits::FILE_DEPTH` it is named and not opened.
    pub(super) fn nest(&mut self, name: &str, bytes: Vec<u8>) {
        let found = if self.depth < limits::FILE_DEPTH {
            Inside::Bytes(bytes)
        } else {
            self.mark(Trait::ArchiveBomb);
            Inside::Closed { size: bytes.len() as u64, why: Unread::Bound("files lie too deep in each other".to_owned()) }
        };
        self.lay(name, found);
    }

    /// Names a file that lies in this one and cannot be opened; `size` as the archive says.
    pub(super) fn nest_closed(&mut self, name: &str, size: u64, why: Unread) {
        self.lay(name, Inside::Closed { size, why });
    }

    fn lay(&mut self, name: &str, found: Inside) {
        let mut path = self.file.path.clone();
        // All that lies in a file bears its name too. The end says what it claims to be.
        let begin = name.ceil_char_boundary(name.len().saturating_sub(limits::BOX_NAME_OCTETS));
        path.push(name.get(begin..).unwrap_or(name).to_owned());
        self.nested.push(Nested { path, depth: self.depth + 1, found });
    }

    /// Unpacks a stream within the budget; `packed` is how many octets it takes in the file. What is a bomb is called so.
    pub(super) fn unpack(&mut self, stream: impl Read, packed: u64) -> Result<Vec<u8>, Unread> {
        let by_ratio = packed.saturating_mul(limits::UNPACKED_RATIO).max(limits::UNPACKED_FREE);
        let most = by_ratio.min(self.budget.unpacked);
        let mut bytes = Vec::new();
        let read = stream.take(most + 1).read_to_end(&mut bytes);
        self.budget.unpacked = self.budget.unpacked.saturating_sub(bytes.len() as u64);
        if bytes.len() as u64 > most {
            self.mark(Trait::ArchiveBomb);
            return Err(Unread::Bound("it unpacks to far more than it should".to_owned()));
        }
        read.map_err(|error| Unread::Broken(error.kind().to_string()))?;
        Ok(bytes)
    }

    /// Whether there is time left.
    pub(super) fn check_time(&self) -> Result<(), Unread> {
        if Instant::now() > self.budget.until { Err(Unread::Bound("no time was left".to_owned())) } else { Ok(()) }
    }

    /// Counts something that takes time or room, such as an entry of an archive, against the number of files.
    pub(super) fn spend_file(&mut self) -> Result<(), Unread> {
        self.check_time()?;
        if self.budget.files == 0 {
            self.mark(Trait::ArchiveBomb);
            return Err(Unread::Bound("too many files".to_owned()));
        }
        self.budget.files -= 1;
        Ok(())
    }

    /// A row takes memory of its own, about as much as two cells.
    fn spend_row(&mut self, row: &[String]) -> Result<(), Unread> {
        let rest = self.budget.cells.checked_sub(row.len() + 2);
        self.budget.cells = rest.ok_or_else(|| Unread::Bound("more cells than are looked at".to_owned()))?;
        self.spend_text(row.iter().map(|cell| cell.len() + 1).sum())
    }

    fn spend_text(&mut self, octets: usize) -> Result<(), Unread> {
        match self.budget.text.checked_sub(octets) {
            Some(rest) => {
                self.budget.text = rest;
                Ok(())
            }
            None => Err(Unread::Bound("more text than is looked at".to_owned())),
        }
    }
}

#[cfg(test)]
pub(crate) mod corpus_tests;
#[cfg(test)]
mod old_tests;
