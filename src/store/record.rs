//! What is kept of a mail beside its bytes.

use std::ops::Range;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::provenance::Provenance;
use crate::base::{Address, Envelope, Origin, Ref, Timestamp};
use crate::message::Edits;

/// The header of an archive record: everything about a mail that its own bytes do not say. It is sealed together with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordHeader {
    pub reference: Ref,
    pub received_at: Timestamp,
    /// As it came: who it was from and for, before any rule.
    pub envelope: Envelope,
    /// How it came; nothing for mail of our own.
    pub origin: Option<Origin>,
    /// For mail of our own: what kind (`dsn`, `notice` …) and about which mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Issued>,
    /// For mail of which only a copy came: by which way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// SHA-256 of the mail's bytes, hexadecimal.
    pub sha256: String,
}

/// Why we wrote a mail ourselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub kind: String,
    pub about: Option<Ref>,
}

/// How long a mail is kept, fixed when it arrives; it may only be lengthened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The id of its retention class, which names the partition together with the month of receipt.
    pub class: String,
    /// Its partition is kept at least as long.
    pub until: Timestamp,
}

/// A copy as it was made to be sent, the original's bytes left out: `edits` applied to them are the copy, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCopy {
    /// Number of the copy within its mail, from 1.
    pub number: u32,
    pub recipients: Vec<Address>,
    pub edits: Edits,
}

/// One mail to be kept: what [`super::Store::commit`] takes.
#[derive(Clone, Debug)]
pub struct Mail {
    pub keep: Keeping,
    pub header: RecordHeader,
    pub copies: Vec<KeptCopy>,
    pub raw: Bytes,
    /// Byte ranges of `raw`, in order and apart, that other mails of the partition may hold too: kept once for all of them.
    pub shared: Vec<Range<usize>>,
}

/// A mail read back.
#[derive(Clone, Debug)]
pub struct Record {
    pub header: RecordHeader,
    pub copies: Vec<KeptCopy>,
    pub raw: Bytes,
}

/// A mail as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Its place in the order of receipt, from 1.
    pub seq: u64,
    pub place: Place,
    pub received_at: Timestamp,
    /// SHA-256 over its header and its copies; nothing for mails of earlier versions of the store.
    pub leaf: Option<[u8; 32]>,
}

/// A partition by its name, and when it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionName {
    pub id: i64,
    pub class: String,
    /// Such as `2026-11`, in UTC: that of the receipt of its mails.
    pub month: String,
    /// As in [`PartitionInfo`].
    pub expires_at: Option<Timestamp>,
}

/// A partition as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionInfo {
    pub id: i64,
    pub class: String,
    /// Such as `2026-11`, in UTC.
    pub month: String,
    /// When the last of its mails may go; nothing where an earlier version of the store did not note it.
    pub expires_at: Option<Timestamp>,
    pub mails: u64,
    /// Of its segments.
    pub bytes: u64,
}

impl Keeping {
    /// Until the end of the calendar: for what must not be lost by a mistake.
    #[must_use]
    pub fn for_ever(class: impl Into<String>) -> Self {
        Self { class: class.into(), until: Timestamp::MAX }
    }
}

impl KeptCopy {
    /// The copy as sent.
    #[must_use]
    pub fn bytes(&self, original: &[u8]) -> Vec<u8> {
        self.edits.apply(original)
    }
}

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub reference: Ref,
    pub partition: i64,
    pub segment: u32,
    pub offset: u64,
    pub length: u64,
}

/// Proof that a mail is on disk, with its ledger entries and its jobs. Only a commit that has been synced makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    place: Place,
}

impl Stored {
    pub(super) fn new(place: Place) -> Self {
        Self { place }
    }

    /// The mail's name.
    #[must_use]
    pub fn reference(&self) -> &Ref {
        &self.place.reference
    }

    /// Where it lies.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}
