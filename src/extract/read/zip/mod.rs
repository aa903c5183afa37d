//! Zip archives, and what is packed like one: programs of Java and Android, e-books, drawings.
//!
//! In: the bytes of a file that begins with, or ends as, a zip. Out: one nested file for each entry, under the name the archive gives it
//! (never used as a path), and whether it opens without a password. An entry that cannot be opened is named. What is packed with a
//! method of another age, or not allowed for, is `Opaque`; entries that share octets, or unpack to far more than they should, make the
//! archive a bomb. [`Directory`] and [`Entry::unpack`] serve the readers of documents that are zip files too.

mod directory;

use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;

pub(super) use directory::{Directory, Entry};

use super::{Draft, Protection, Spot, Trait, Unread};

/// Methods of packing (APPNOTE 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const BZIP2: u16 = 12;

/// Reads an archive.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut directory = Directory::read(bytes, draft.budget.files + 1);
    for entry in directory.entries.iter_mut().filter(|entry| entry.is_encrypted) {
        entry.is_encrypted = !entry.is_plain_all_the_same(draft);
    }
    note(&directory, draft)?;
    let mut why = directory.flaw.map(|flaw| Unread::Broken(flaw.to_owned()));
    for entry in &directory.entries {
        room(draft)?;
        if let Err(error) = lay(entry, draft) {
            why = why.or(Some(error));
        }
    }
    draft.file.protection = protection(&directory);
    if draft.file.protection == Protection::Protected {
        return Err(Unread::Protected);
    }
    why.map_or(Ok(()), Err)
}

/// What the directory tells about the archive.
fn note(directory: &Directory, draft: &mut Draft) -> Result<(), Unread> {
    if directory.overlaps {
        draft.mark(Trait::ArchiveBomb);
    }
    if directory.names_differ || directory.entries.iter().any(|entry| entry.name.contains('\0')) {
        draft.mark(Trait::MisleadingName);
    }
    draft.text(Spot::Comment, directory.comment.as_str())?;
    for entry in directory.entries.iter().filter(|entry| !entry.comment.is_empty()) {
        draft.labelled(Spot::Comment, &entry.name, entry.comment.as_str())?;
    }
    Ok(())
}

/// Whether there is room for one more file; each is counted when it is opened, this only keeps the pile from growing beyond.
pub(super) fn room(draft: &mut Draft) -> Result<(), Unread> {
    if draft.nested.len() < draft.budget.files {
        return if std::time::Instant::now() > draft.budget.until {
            Err(Unread::Bound("no time was left".to_owned()))
        } else {
            Ok(())
        };
    }
    draft.mark(Trait::ArchiveBomb);
    Err(Unread::Bound("too many files".to_owned()))
}

/// Names an entry, and opens it if that can be done. An error is one of the archive; what only an entry has is said there.
fn lay(entry: &Entry, draft: &mut Draft) -> Result<(), Unread> {
    if entry.is_folder() && !entry.is_encrypted {
        return draft.spend_file();
    }
    match entry.unpack(draft) {
        Ok(unpacked) => {
            draft.nest(&entry.name, unpacked.bytes);
            unpacked.flaw.map_or(Ok(()), Err)
        }
        Err(why) => {
            draft.spend_file()?;
            draft.nest_closed(&entry.name, entry.size, why.clone());
            if matches!(why, Unread::Bound(_) | Unread::Broken(_)) { Err(why) } else { Ok(()) }
        }
    }
}

/// One plain entry among encrypted ones leaks; folders and empty files have nothing to leak.
fn protection(directory: &Directory) -> Protection {
    let encrypted = directory.is_encrypted || directory.entries.iter().any(|entry| entry.is_encrypted);
    let has_content = |entry: &&Entry| !entry.is_encrypted && !entry.is_folder() && (entry.size > 0 || !entry.packed.is_empty());
    match (encrypted, directory.entries.iter().find(has_content)) {
        (false, _) => Protection::Open,
        (true, Some(_)) => Protection::Partly,
        (true, None) => Protection::Protected,
    }
}

/// An entry's content, and what is wrong with it: what was unpacked before the damage counts.
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    pub(super) flaw: Option<Unread>,
}

impl Entry<'_> {
    /// Unpacks it within the budget.
    pub(super) fn unpack(&self, draft: &mut Draft) -> Result<Unpacked, Unread> {
        if self.is_encrypted {
            return Err(Unread::Protected);
        }
        if self.overlaps {
            return Err(Unread::Bound("entries share their octets".to_owned()));
        }
        let mut whole = Lenient::new(self.stream()?);
        let bytes = draft.unpack(&mut whole, self.packed.len() as u64)?;
        let is_cut = self.is_cut || whole.failed;
        if is_cut && bytes.is_empty() {
            return Err(Unread::Broken("an entry's data are damaged".to_owned()));
        }
        Ok(Unpacked { bytes, flaw: is_cut.then(|| Unread::Broken("an entry's data break off".to_owned())) })
    }

    /// Whether an entry that is called encrypted is not: its data unpack to exactly what they should, which no cipher's output does. Some
    /// programs do not look at the flag.
    fn is_plain_all_the_same(&self, draft: &mut Draft) -> bool {
        match self.method {
            // The old cipher puts twelve octets in front (APPNOTE 6.1.3).
            STORED => self.size > 0 && self.packed.len() as u64 == self.size && !self.is_masked,
            DEFLATED if self.looks_inflatable() => {
                let mut whole = Lenient::new(DeflateDecoder::new(self.packed));
                let unpacked = draft.unpack(&mut whole, self.packed.len() as u64);
                !whole.failed && unpacked.is_ok_and(|bytes| !bytes.is_empty() && bytes.len() as u64 == self.size)
            }
            _ => false,
        }
    }

    fn looks_inflatable(&self) -> bool {
        let mut begin = Vec::new();
        DeflateDecoder::new(self.packed).take(512).read_to_end(&mut begin).is_ok() && !begin.is_empty()
    }

    /// Its first octets, to tell what it is; nothing where it cannot be opened.
    pub(super) fn begin(&self, most: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let (false, Ok(stream)) = (self.is_encrypted, self.stream()) {
            // What came before an error is what is wanted.
            let _ = stream.take(most).read_to_end(&mut bytes);
        }
        bytes
    }

    fn stream(&self) -> Result<Box<dyn Read + '_>, Unread> {
        match self.method {
            STORED => Ok(Box::new(self.packed)),
            DEFLATED => Ok(Box::new(DeflateDecoder::new(self.packed))),
            BZIP2 => Ok(Box::new(bzip2::bufread::BzDecoder::new(self.packed))),
            _ => Err(Unread::Opaque),
        }
    }
}

/// A stream that ends where it is damaged, and remembers it.
pub(super) struct Lenient<R> {
    stream: R,
    pub(super) failed: bool,
}

impl<R: Read> Lenient<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, failed: false }
    }
}

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(0);
        }
        self.stream.read(buffer).or_else(|_| {
            self.failed = true;
            Ok(0)
        })
    }
}

#[cfg(test)]
pub(super) mod trial;

#[cfg(test)]
#[path = "zip_tests.rs"]
mod tests;
