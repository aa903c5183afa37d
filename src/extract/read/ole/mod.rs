//! Old Office documents, Outlook messages and everything else that is a compound file of OLE.
//!
//! In: bytes that begin with [`MAGIC`]. Out: what each known stream says, whatever the file is called: one that is a workbook *and* a
//! document is read as both, since which of them is opened depends on the program. A part that fails does not keep the others from being
//! read; the first failure is the file's. Text of streams that nobody knows is not read, and then the file is [`Unread::Unknown`], or
//! [`Unread::Opaque`] where its program is known.

mod cipher;
mod compound;
mod doc;
mod formatting;
mod msg;
pub(super) mod objects;
mod ppt;
mod properties;
mod sheet;
mod vba;
mod xls;

pub(in crate::extract) use compound::MAGIC;
use compound::{Compound, ROOT};

use super::Draft;
use crate::extract::contents::{Protection, Unread};
use crate::extract::kind::Kind;

/// Reads one side of a compound file.
type Step = fn(&Compound, &mut Draft) -> Result<(), Unread>;

/// Macros out of a `vbaProject.bin` and the text of everything else that a compound file may be.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let file = Compound::open(bytes)?;
    let steps: [Step; 4] = [main, objects::read, vba::read, properties::read];
    let mut outcome = Ok(());
    for step in steps {
        outcome = outcome.and(step(&file, draft));
    }
    outcome.and(file.had_room())
}

/// The streams that make a document.
fn main(file: &Compound, draft: &mut Draft) -> Result<(), Unread> {
    let mut outcome = None;
    let mut add = |read: Result<(), Unread>| {
        outcome = Some(outcome.take().unwrap_or(Ok(())).and(read));
    };
    if let Some(stream) = file.stream_of(ROOT, "WordDocument") {
        add(doc::read(file, &stream, draft));
    }
    for name in ["Workbook", "Book"] {
        if let Some(stream) = file.stream_of(ROOT, name) {
            add(xls::read(&stream, draft));
        }
    }
    if let Some(stream) = file.stream_of(ROOT, "PowerPoint Document") {
        add(ppt::read(file, &stream, draft));
    }
    if file.find(ROOT, "__properties_version1.0").is_some() {
        add(msg::read(file, draft));
    }
    // MS-OFFCRYPTO section 2.3: an Office document under a password or under rights management.
    if file.find(ROOT, "EncryptedPackage").is_some() || file.find(ROOT, "\u{9}DRMContent").is_some() {
        add(Err(protect(draft)));
    }
    outcome.unwrap_or_else(|| nothing_known(file, draft))
}

/// What is no document of Office still may hold macros or an object, which are read after this.
fn nothing_known(file: &Compound, draft: &Draft) -> Result<(), Unread> {
    match draft.file.kind {
        Kind::Publisher | Kind::Visio | Kind::WindowsInstaller => Err(Unread::Opaque),
        _ if vba::is_there(file) || objects::are_there(file) => Ok(()),
        _ => Err(Unread::Unknown),
    }
}

/// Says that nothing opens without a password.
fn protect(draft: &mut Draft) -> Unread {
    draft.file.protection = Protection::Protected;
    Unread::Protected
}

fn broken(why: &str) -> Unread {
    Unread::Broken(why.to_owned())
}

#[cfg(test)]
pub(super) mod tests;
