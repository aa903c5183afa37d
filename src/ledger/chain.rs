//! The chain of hashes: how an entry's hash is made, and the walk that finds what was changed.

use ring::digest;
use rusqlite::Connection;

use super::entries_sql::{self, Entry};
use crate::base::hash::hex;
use crate::store::StoreError;

/// The hash that the first entry is bound to.
pub(super) const START: [u8; 32] = [0; 32];

/// What a walk over the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// All entries are as they were written; so many there are, and this is the last hash in hexadecimal. Whoever noted that
    /// hash elsewhere can tell later that nothing before it was changed.
    Whole { entries: u64, last: String },
    /// The first place where the chain does not hold.
    Broken(Broken),
}

/// Where and how the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub seq: i64,
    pub why: String,
}

/// The hash of an entry: SHA-256 over the hash before it and each field with its length, so that no two entries can share one.
#[must_use]
pub fn hash(prev: &[u8], seq: i64, at: i64, texts: [&str; 3]) -> [u8; 32] {
    let mut sum = digest::Context::new(&digest::SHA256);
    sum.update(prev);
    sum.update(&seq.to_be_bytes());
    sum.update(&at.to_be_bytes());
    for text in texts {
        sum.update(&(text.len() as u64).to_be_bytes());
        sum.update(text.as_bytes());
    }
    let mut out = [0; 32];
    out.copy_from_slice(sum.finish().as_ref());
    out
}

/// Walks all entries, oldest first.
pub(super) fn verify(db: &Connection) -> Result<Verified, StoreError> {
    let mut last = START.to_vec();
    let mut entries = 0;
    let mut broken = None;
    entries_sql::each(db, |entry| {
        broken = check(&entry, entries, &last);
        entries += 1;
        last = entry.hash;
        broken.is_none()
    })?;
    Ok(match broken {
        Some(broken) => Verified::Broken(broken),
        None => Verified::Whole { entries: entries.cast_unsigned(), last: hex(&last) },
    })
}

fn check(entry: &Entry, before: i64, last: &[u8]) -> Option<Broken> {
    let reference = entry.reference.as_deref().unwrap_or_default();
    let why = if entry.seq != before + 1 {
        format!("entry {} is missing", before + 1)
    } else if entry.prev != last {
        "it is not bound to the entry before it".to_owned()
    } else if entry.hash != hash(&entry.prev, entry.seq, entry.at.as_millisecond(), [&entry.name, reference, &entry.body]) {
        "it is not as it was written".to_owned()
    } else {
        return None;
    };
    Some(Broken { seq: entry.seq, why })
}
