//! Mails taken out of the archive, for people and for courts: a bag (BagIt, RFC 8493) in a folder or in one zip file.
//!
//! ```text
//! bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
//! data/manifest.json      what was asked, by whom, when, by what leave; each mail with its SHA-256
//! data/mails/REF.eml      as they came, byte for byte
//! data/copies/REF-N.eml   the copies as sent, where asked for
//! data/pdf/REF.pdf        for reading and printing, where asked for
//! data/mails.mbox         all in one file for mail programs, where asked for
//! data/proofs/REF.json    that the mail is the one that the archive kept: its place in ledger and archive, up to the checkpoint
//! data/checkpoint.txt     what ledger and archive were just before the export, signed by the school's archive
//! data/key.txt            the key that checks the signature; whoever doubts the export asks the school for it
//! ```
//!
//! In: what the export is about, then mail after mail. Out: the bag, which any BagIt tool or `sha256sum` checks, and [`verify`] with the proofs, where
//! neither archive nor gateway is at hand. Nothing stands at the wanted place before all of it does. Everything in it is in clear, and
//! readable by its owner alone. What can fail: the disk; then nothing is left at the wanted place.

mod bag;
mod mbox;
mod offline;
mod pdf;
mod place;

use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use serde::Serialize;

use self::bag::Bag;
pub use self::offline::{Key, Verdict, verify};
use super::proof::Proof;
use crate::base::{Ref, Timestamp};
use crate::ledger::Checkpoint;
use crate::store::Record;

/// Forms beside the mails themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    pub copies: bool,
    pub pdf: bool,
    pub mbox: bool,
}

/// What an export is about: the head of its manifest.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    pub school: String,
    pub made_at: Timestamp,
    /// Who took it out.
    pub by: String,
    pub case: Option<u64>,
    /// Why without a case.
    pub reason: Option<String>,
    pub query: String,
    /// The query as a sentence.
    pub sentence: String,
}

const MBOX: &str = "data/mails.mbox";

/// What of a mail its print shows beside its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Print {
    pub from: String,
    pub to: String,
    pub cc: String,
    pub subject: String,
    /// The `Date` field as it stands.
    pub date: String,
    pub text: String,
    /// Names, types and sizes.
    pub attachments: Vec<String>,
}

/// One mail in the manifest.
#[derive(Debug, Serialize)]
struct Line {
    r#ref: Ref,
    received_at: Timestamp,
    from: String,
    recipients: Vec<String>,
    size: usize,
    sha256: String,
    file: String,
    copies: Vec<CopyLine>,
}

#[derive(Debug, Serialize)]
struct CopyLine {
    number: u32,
    recipients: Vec<String>,
    sha256: String,
    file: String,
}

/// Why an export was not made.
#[derive(Debug)]
pub enum ExportError {
    /// Something stands there already.
    Exists(String),
    Io {
        doing: String,
        why: String,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(place) => write!(f, "{place} is there already and is left alone: give --to another name"),
            Self::Io { doing, why } => write!(f, "the export was not made, and nothing is left of it: {doing}: {why}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl ExportError {
    fn io(doing: &str, place: &Path, error: &std::io::Error) -> Self {
        Self::Io { doing: format!("{doing} {}", place.display()), why: error.to_string() }
    }
}

/// An export that is being made.
pub struct Export {
    bag: Bag,
    about: About,
    forms: Forms,
    lines: Vec<Line>,
    /// The mbox while it grows, where it is asked for.
    mbox: Option<BufWriter<File>>,
}

impl Export {
    /// Begins one at a place that must be free: a zip file where the name ends in `.zip`, else a folder.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn begin(to: &Path, about: About, forms: Forms) -> Result<Self, ExportError> {
        let bag = Bag::begin(to)?;
        let mbox = forms.mbox.then(|| bag.growing().map(BufWriter::new)).transpose()?;
        Ok(Self { bag, about, forms, lines: Vec::new(), mbox })
    }

    /// Adds a mail.
    ///
    /// # Errors
    /// [`ExportError`]; the export is then given up by dropping it.
    pub fn add(&mut self, record: &Record, print: &Print) -> Result<(), ExportError> {
        let reference = &record.header.reference;
        let file = format!("data/mails/{reference}.eml");
        let sha256 = self.bag.put(&file, &record.raw)?;
        let copies = if self.forms.copies { self.copies(record)? } else { Vec::new() };
        if self.forms.pdf {
            let page = pdf::write(&record.header, &sha256, print, &self.about);
            self.bag.put(&format!("data/pdf/{reference}.pdf"), &page)?;
        }
        if let Some(mbox) = &mut self.mbox {
            let appended = mbox::append(mbox, &record.header, &record.raw);
            appended.map_err(|error| ExportError::io("writing", Path::new(MBOX), &error))?;
        }
        let recipients = record.header.envelope.recipients.iter().map(|to| to.address.to_string()).collect();
        self.lines.push(Line {
            r#ref: reference.clone(),
            received_at: record.header.received_at,
            from: record.header.envelope.reverse_path.to_string(),
            recipients,
            size: record.raw.len(),
            sha256,
            file,
            copies,
        });
        Ok(())
    }

    /// Adds what the proofs of all mails lead to: a checkpoint, and the key that signed it.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn signed(&mut self, checkpoint: &Checkpoint) -> Result<(), ExportError> {
        self.beside(offline::CHECKPOINT, checkpoint.note.as_bytes())?;
        self.beside(offline::KEY, format!("{}\n", checkpoint.key).as_bytes())
    }

    /// Adds the proof of a mail.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn prove(&mut self, proof: &Proof) -> Result<(), ExportError> {
        let mut text = serde_json::to_vec(proof).unwrap_or_default(); // our own values always serialise
        text.push(b'\n');
        self.beside(&offline::proof_of(&proof.reference), &text)
    }

    /// Adds a file of ours about the mails.
    fn beside(&mut self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        self.bag.put(name, bytes).map(drop)
    }

    /// Writes manifests and puts the bag at its place. Answers how many mails it holds.
    ///
    /// # Errors
    /// [`ExportError`]; nothing stands at the place then.
    pub fn finish(mut self) -> Result<usize, ExportError> {
        let count = self.lines.len();
        if let Some(mbox) = self.mbox {
            let mbox = mbox.into_inner().map_err(|error| ExportError::io("writing", Path::new(MBOX), error.error()))?;
            self.bag.put_grown(MBOX, mbox)?;
        }
        let manifest = serde_json::json!({ "about": self.about, "count": count, "mails": self.lines });
        let mut text = serde_json::to_vec_pretty(&manifest).unwrap_or_default(); // our own values always serialise
        text.push(b'\n');
        self.bag.put("data/manifest.json", &text)?;
        self.bag.finish(&self.about)?;
        Ok(count)
    }

    fn copies(&mut self, record: &Record) -> Result<Vec<CopyLine>, ExportError> {
        let mut lines = Vec::new();
        for copy in &record.copies {
            let file = format!("data/copies/{}-{}.eml", record.header.reference, copy.number);
            let sha256 = self.bag.put(&file, &copy.bytes(&record.raw))?;
            let recipients = copy.recipients.iter().map(ToString::to_string).collect();
            lines.push(CopyLine { number: copy.number, recipients, sha256, file });
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests;
