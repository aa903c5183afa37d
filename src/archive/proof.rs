//! The proof that a mail is the one that the archive has kept, for those who have neither the archive nor the gateway.
//!
//! In: a mail of the store and a checkpoint. Out: a [`Proof`] that goes with an export as JSON: the mail's leaf and its place in the tree of
//! mails, the ledger's entries of its acceptance and of each delivery and their places in that tree, and the signed checkpoint over both.
//! [`Proof::check`] needs that checkpoint and the SHA-256 of the mail's bytes alone; [`Proof::of_copy`] that of a copy as it was sent. What
//! can fail: the store; a mail that came after the checkpoint; a proof that proves nothing.

use serde::{Deserialize, Serialize};

use crate::base::Ref;
use crate::ledger::tree::{Grown, Inclusion, Node};
use crate::ledger::{Checkpoint, Entry, Event, Ledger};
use crate::store::{Leaf, Store, StoreError, each_leaf, leaf_or_name};

/// Goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    #[serde(rename = "ref")]
    pub reference: Ref,
    pub leaf: Leaf,
    /// In the tree over the leaves of all mails.
    pub mail: Inclusion,
    /// The entry that says that it was accepted, journaled, imported or issued.
    pub entry: ProvenEntry,
    /// In the tree over the hashes of all entries.
    pub ledger: Inclusion,
    /// The entries that say that a copy was delivered, as far as the checkpoint covers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// The checkpoint as it was signed.
    pub note: String,
}

/// An entry of the ledger with what its hash is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenEntry {
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    pub name: String,
    pub body: String,
    pub prev: Node,
}

/// A delivery, and its place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub entry: ProvenEntry,
    pub ledger: Inclusion,
}

/// The leaves and hashes that proofs are made from: read once for a whole export.
pub struct Prover {
    checkpoint: Checkpoint,
    leaves: Vec<Leaf>,
    mails: Grown,
    entries: Grown,
}

impl Prover {
    /// Reads what a checkpoint covers.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the store is not what the checkpoint says; else what the store says.
    pub async fn new(store: &Store, checkpoint: Checkpoint) -> Result<Self, StoreError> {
        let (size, mails) = (checkpoint.size, checkpoint.mails);
        let leaves = store.read(move |db| {
            let mut leaves: Vec<Leaf> = Vec::new();
            each_leaf(db, |_, _, leaf, _| {
                if (leaves.len() as u64) < mails {
                    leaves.push(leaf);
                }
            })?;
            Ok(leaves)
        });
        let leaves = leaves.await?;
        let ledger = Ledger::beside(store.clone());
        let hashes = ledger.walk(move |walk| {
            let mut hashes: Vec<Node> = Vec::new();
            walk(&mut |entry: Entry| {
                if (hashes.len() as u64) < size {
                    hashes.push(entry.hash.try_into().unwrap_or_default());
                }
            })?;
            Ok(hashes)
        });
        let (mails, entries) = (Grown::new(&leaves), Grown::new(hashes.await?));
        if mails.root() != checkpoint.mails_root || entries.root() != checkpoint.root {
            return Err(StoreError::Damaged("the ledger or the order of mails is not what the checkpoint says".to_owned()));
        }
        Ok(Self { checkpoint, leaves, mails, entries })
    }

    /// The proof of one mail.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where the mail came after the checkpoint or is gone; else what the store says.
    pub async fn prove(&self, store: &Store, reference: &Ref) -> Result<Proof, StoreError> {
        let late = || StoreError::Missing(format!("proof of {reference}: it came after the checkpoint"));
        let row = store.row_of(reference).await?;
        // Numbers are given from 1 without gaps, so this is its place in the tree.
        let at = row.seq.saturating_sub(1);
        let leaf = *usize::try_from(at).ok().and_then(|at| self.leaves.get(at)).ok_or_else(late)?;
        if leaf != leaf_or_name(row.leaf, reference) {
            return Err(StoreError::Damaged(format!("the place of {reference} in the order of receipt")));
        }
        let entries = Ledger::beside(store.clone()).about(reference).await?;
        let (delivered, others): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.name == "delivered");
        let entry = others.into_iter().find(|entry| tells_of_arrival(&entry.name)).ok_or_else(late)?;
        let deliveries = delivered.into_iter().filter_map(|entry| {
            let ledger = self.place(&entry)?;
            Some(Delivery { entry: entry.into(), ledger })
        });
        Ok(Proof {
            reference: reference.clone(),
            leaf,
            mail: self.mails.inclusion(at).ok_or_else(late)?,
            ledger: self.place(&entry).ok_or_else(late)?,
            entry: entry.into(),
            deliveries: deliveries.collect(),
            note: self.checkpoint.note.clone(),
        })
    }

    /// Nothing for an entry that came after the checkpoint.
    fn place(&self, entry: &Entry) -> Option<Inclusion> {
        self.entries.inclusion(u64::try_from(entry.seq - 1).ok()?)
    }
}

impl From<Entry> for ProvenEntry {
    fn from(entry: Entry) -> Self {
        let Entry { seq, at, name, body, prev, .. } = entry;
        Self { seq, at: at.as_millisecond(), name, body, prev: prev.try_into().unwrap_or_default() }
    }
}

impl Proof {
    /// Whether the bytes of this SHA-256 (hexadecimal) are the mail that the archive kept under this reference, by a checkpoint whose signature
    /// was looked at. `leaf` is that of the record's header and copies where they are at hand; with none the mail itself is proven by the
    /// ledger's entry alone.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self, sha256: &str, leaf: Option<&Leaf>, checkpoint: &Checkpoint) -> Result<(), String> {
        let reference = self.reference.as_str();
        if leaf.is_some_and(|leaf| *leaf != self.leaf) {
            return Err(format!("{reference}: its record is not the one that was archived"));
        }
        if self.mail.size != checkpoint.mails || !self.mail.proves(&self.leaf, &checkpoint.mails_root) {
            return Err(format!("{reference}: it is not among the mails of the checkpoint"));
        }
        match self.accepted(checkpoint)? {
            Some(accepted) if accepted != sha256 => Err(format!("{reference}: its bytes are not those that were accepted")),
            _ => Ok(()),
        }
    }

    /// Whether the bytes of this SHA-256 are what was delivered as the copy of this number; false where the ledger of the checkpoint tells
    /// of no delivery of it.
    ///
    /// # Errors
    /// A sentence, where something else was delivered, or it is not proven.
    pub fn of_copy(&self, number: u32, sha256: &str, checkpoint: &Checkpoint) -> Result<bool, String> {
        let reference = self.reference.as_str();
        let mut was_delivered = false;
        for Delivery { entry, ledger } in &self.deliveries {
            let Event::Delivered { copy, sha256: delivered, .. } = self.told(entry, ledger, checkpoint)? else {
                return Err(format!("{reference}: an entry about its deliveries tells of something else"));
            };
            if copy == number && delivered != sha256 {
                return Err(format!("{reference}: the bytes of copy {number} are not those that were delivered"));
            }
            was_delivered |= copy == number;
        }
        Ok(was_delivered)
    }

    /// Whether the ledger has no checksum of its bytes, as of the gateway's own letters in earlier versions: the proof holds for any bytes.
    #[must_use]
    pub fn holds_for_any_bytes(&self) -> bool {
        matches!(serde_json::from_str(&self.entry.body), Ok(Event::Issued { sha256: None, .. }))
    }

    /// The SHA-256 of its bytes by the ledger, where it says one.
    fn accepted(&self, checkpoint: &Checkpoint) -> Result<Option<String>, String> {
        match self.told(&self.entry, &self.ledger, checkpoint)? {
            Event::MailAccepted { sha256, .. } | Event::MailJournaled { sha256, .. } | Event::MailImported { sha256, .. } => {
                Ok(Some(sha256))
            }
            Event::Issued { sha256, .. } => Ok(sha256),
            // Other entries about a mail say nothing of its bytes, and would let any bytes pass.
            _ => Err(format!("{}: the entry about it does not tell how it came", self.reference)),
        }
    }

    /// What an entry says, where it is about this mail and in the ledger of the checkpoint.
    fn told(&self, entry: &ProvenEntry, place: &Inclusion, checkpoint: &Checkpoint) -> Result<Event, String> {
        let reference = self.reference.as_str();
        let ProvenEntry { seq, at, name, body, prev } = entry;
        let hash = crate::ledger::hash_of(prev, *seq, *at, [name, reference, body]);
        if place.size != checkpoint.size || !place.proves(&hash, &checkpoint.root) {
            return Err(format!("{reference}: the entry about it is not in the ledger of the checkpoint"));
        }
        serde_json::from_str(body).map_err(|_| format!("{reference}: the entry about it cannot be read"))
    }
}

fn tells_of_arrival(name: &str) -> bool {
    ["mail-accepted", "mail-journaled", "mail-imported", "issued"].contains(&name)
}
