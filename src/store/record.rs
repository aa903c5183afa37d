//! What is kept of a mail beside its bytes.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::provenance::Provenance;
use crate::base::{Envelope, Origin, Ref, Timestamp};

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

/// One mail to be kept: what [`super::Store::commit`] takes.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The id of its retention class, which names the partition together with the month of receipt.
    pub class: String,
    pub header: RecordHeader,
    pub raw: Bytes,
}

/// A mail read back.
#[derive(Clone, Debug)]
pub struct Record {
    pub header: RecordHeader,
    pub raw: Bytes,
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
