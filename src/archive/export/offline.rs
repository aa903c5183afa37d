//! Whether an export is what the archive kept, for those who have the export alone: a court, a governor, another school.
//!
//! In: a folder or zip file, and the school's key where it is at hand. Out: a [`Verdict`] with a sentence for each thing that is wrong. First the
//! bag: every file as its manifests say, none added. Then each mail of `data/manifest.json`: its SHA-256, and its proof by the checkpoint of
//! the export, which the key must have signed. Whoever changes a mail can write all manifests anew, but no proof.
//!
//! Not proven: prints and the mbox (the bag's checksums alone speak for them), copies that were not delivered ([`Verdict::undelivered`]), the bytes of
//! letters that earlier versions of the gateway wrote ([`Verdict::letters`]), and that no mail was left out. Nothing here is trusted: paths are made from references, never taken, and what is
//! read is bounded. What can fail: the place cannot be opened; all else is a fault in the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::bag::{self, LONGEST_MANIFEST};
use super::place::Place;
use crate::archive::proof::Proof;
use crate::base::{Ref, Timestamp, one_line};
use crate::ledger::Checkpoint;

pub(super) const CHECKPOINT: &str = "data/checkpoint.txt";
pub(super) const KEY: &str = "data/key.txt";
const MANIFEST: &str = "data/manifest.json";
/// Octets of a proof, a checkpoint or a key; an entry may name thousands of recipients.
const LONGEST_PROOF: u64 = 16 << 20;

/// Which key checks the export.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// The one that came with it: shows that all belongs together, and nothing of whose it is.
    OfExport,
    /// One that came by another way.
    Given(&'a str),
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Verdict {
    pub mails: usize,
    /// Files of the bag's manifest that could be read.
    pub files: usize,
    /// Among the mails, letters of earlier versions of the gateway, of which the place is proven and the bytes are not.
    pub letters: usize,
    /// Copies of which it is proven that they were delivered.
    pub copies: usize,
    /// Copies that the ledger does not name as delivered, so that nothing proves them.
    pub undelivered: usize,
    /// Whose archive it is, by the checkpoint.
    pub origin: Option<String>,
    /// When the checkpoint was made.
    pub checkpoint: Option<Timestamp>,
    /// The key by which all was checked.
    pub key: String,
    /// Whether that key came with the export, and must be compared with the school's.
    pub key_came_along: bool,
    pub faults: Vec<String>,
}

/// What is read of `data/manifest.json`.
#[derive(Deserialize)]
struct Told {
    count: usize,
    mails: Vec<ToldMail>,
}

#[derive(Deserialize)]
struct ToldMail {
    r#ref: Ref,
    sha256: String,
    file: String,
    copies: Vec<ToldCopy>,
}

#[derive(Deserialize)]
struct ToldCopy {
    number: u32,
    sha256: String,
    file: String,
}

/// Where the proof of a mail lies.
pub(super) fn proof_of(reference: &Ref) -> String {
    format!("data/proofs/{reference}.json")
}

/// Checks an export.
///
/// # Errors
/// A sentence, where there is nothing that could be checked.
pub fn verify(at: &Path, key: Key<'_>) -> Result<Verdict, String> {
    let mut place = Place::open(at)?;
    let mut verdict = Verdict { key_came_along: matches!(key, Key::OfExport), ..Verdict::default() };
    let sums = bag::check(&mut place, &mut verdict.faults);
    verdict.files = sums.len();
    verdict.key = match key {
        Key::Given(key) => key.to_owned(),
        Key::OfExport => verdict.or_fault(place.text(KEY, LONGEST_PROOF)).unwrap_or_default(),
    };
    verdict.key.truncate(verdict.key.trim_end().len());
    let note = verdict.or_fault(place.text(CHECKPOINT, LONGEST_PROOF));
    let read = note.map(|note| Checkpoint::read(&note, &verdict.key).map_err(|why| format!("{CHECKPOINT}: {why}")));
    let checkpoint = read.and_then(|read| verdict.or_fault(read));
    verdict.origin = checkpoint.as_ref().map(|checkpoint| checkpoint.origin.clone());
    verdict.checkpoint = checkpoint.as_ref().map(|checkpoint| checkpoint.at);
    let told = place.read(MANIFEST, LONGEST_MANIFEST).and_then(|text| {
        serde_json::from_slice::<Told>(&text).map_err(|why| format!("{MANIFEST} is not that of an export: {why}"))
    });
    if let Some(told) = verdict.or_fault(told) {
        verdict.mails = told.mails.len();
        verdict.of_mails(&mut place, &told, &sums, checkpoint.as_ref());
    }
    // Names of files are strangers' words, and no terminal may obey them.
    verdict.faults.iter_mut().for_each(|fault| *fault = one_line(fault).collect());
    Ok(verdict)
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn or_fault<T>(&mut self, found: Result<T, String>) -> Option<T> {
        found.map_err(|why| self.faults.push(why)).ok()
    }

    fn of_mails(&mut self, place: &mut Place, told: &Told, sums: &BTreeMap<String, String>, checkpoint: Option<&Checkpoint>) {
        if told.count != told.mails.len() {
            self.faults.push(format!("{MANIFEST} counts {} mails and names {}", told.count, told.mails.len()));
        }
        let mut named: BTreeSet<String> = BTreeSet::new();
        for mail in &told.mails {
            let reference = &mail.r#ref;
            let file = format!("data/mails/{reference}.eml");
            if mail.file != file {
                self.faults.push(format!("{reference}: {MANIFEST} names another file for it: {}", mail.file));
            }
            let proof = of_mail(place, mail, sums.get(&file), (checkpoint, &self.key));
            let proof = self.or_fault(proof);
            self.letters += usize::from(proof.as_ref().is_some_and(Proof::holds_for_any_bytes));
            for copy in &mail.copies {
                if let Some((proof, checkpoint)) = proof.as_ref().zip(checkpoint) {
                    self.of_copy(copy, proof, checkpoint);
                }
                let file = format!("data/copies/{reference}-{}.eml", copy.number);
                if copy.file != file || sums.get(&file) != Some(&copy.sha256) {
                    self.faults.push(format!("{file}: its SHA-256 is not the one of {MANIFEST}"));
                }
                named.insert(file);
            }
            named.insert(proof_of(reference));
            if !named.insert(file) {
                self.faults.push(format!("{reference}: {MANIFEST} names it twice"));
            }
        }
        let of_mails = |path: &&String| ["data/mails/", "data/copies/", "data/proofs/"].iter().any(|of| path.starts_with(of));
        for path in sums.keys().filter(of_mails).filter(|path| !named.contains(*path)) {
            self.faults.push(format!("{path} was added: {MANIFEST} does not name it"));
        }
    }

    fn of_copy(&mut self, copy: &ToldCopy, proof: &Proof, checkpoint: &Checkpoint) {
        match self.or_fault(proof.of_copy(copy.number, &copy.sha256, checkpoint)) {
            Some(true) => self.copies += 1,
            Some(false) => self.undelivered += 1,
            None => {}
        }
    }
}

/// The proof of a mail, where all of it is right.
fn of_mail(
    place: &mut Place,
    mail: &ToldMail,
    sum: Option<&String>,
    (checkpoint, key): (Option<&Checkpoint>, &str),
) -> Result<Proof, String> {
    let reference = &mail.r#ref;
    let sum = sum.ok_or_else(|| format!("{reference}: it is not in the export"))?;
    if *sum != mail.sha256 {
        return Err(format!("{reference}: the SHA-256 of its bytes is not the one of {MANIFEST}"));
    }
    let path = proof_of(reference);
    let text = place.read(&path, LONGEST_PROOF).map_err(|why| format!("{reference}: there is no proof of it: {why}"))?;
    let proof: Proof = serde_json::from_slice(&text).map_err(|why| format!("{path} is no proof: {why}"))?;
    if proof.reference != *reference {
        return Err(format!("{reference}: {path} is the proof of {}", proof.reference));
    }
    let Some(checkpoint) = checkpoint else {
        return Err(format!("{reference}: it is not proven, as there is no checkpoint to prove it by"));
    };
    // One signature speaks for all proofs that carry the same note.
    if proof.note != checkpoint.note {
        let another = Checkpoint::read(&proof.note, key).map_err(|why| format!("{reference}: {why}"))?;
        if another != *checkpoint {
            return Err(format!("{reference}: its proof is by another checkpoint than {CHECKPOINT}"));
        }
    }
    proof.check(sum, None, checkpoint).map(|()| proof)
}
