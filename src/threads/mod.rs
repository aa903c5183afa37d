//! Which mails had to be encrypted, by their Message-IDs, so that what answers them is encrypted too.
//!
//! In: the Message-ID of each such mail, written down in the commit that accepts it. Out: whether a mail's `In-Reply-To` or
//! `References` name one. An id is kept as HMAC-SHA256 under a key made of the master key, as long as its mail is kept; the
//! table tells nothing to who has it without the key. What can fail: the store, told to the caller, who puts the mail off.

mod threads_sql;

use ring::hmac;

use crate::base::{Timestamp, limits};
use crate::message::Message;
use crate::store::{Store, StoreError, Tx};

/// Octets of a kept hash: enough that no two ids of a school ever meet.
const HASH: usize = 16;

type Hash = [u8; HASH];

/// The memory of one store.
#[derive(Clone)]
pub struct Threads {
    store: Store,
}

/// What one mail adds to the memory, to be written in its commit.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    hash: Hash,
    until: Timestamp,
}

impl Threads {
    /// The memory that lies in a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Whether a mail answers one that had to be encrypted.
    ///
    /// # Errors
    /// What the store says.
    pub async fn is_protected(&self, message: &Message) -> Result<bool, StoreError> {
        let hashes: Vec<Hash> = answered(message).iter().map(|id| self.hash(id)).collect();
        if hashes.is_empty() {
            return Ok(false);
        }
        self.store.read(move |db| threads_sql::has_any(db, &hashes)).await
    }

    /// What a mail with this id adds, which is kept until then.
    #[must_use]
    pub fn line(&self, id: &str, until: Timestamp) -> Line {
        Line { hash: self.hash(id.trim().trim_matches(['<', '>'])), until }
    }

    /// Forgets the mails that are kept no longer.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(move |tx| threads_sql::forget(tx.sql(), now)).await
    }

    /// The key is that of the contacts; a word before each id keeps the two apart.
    fn hash(&self, id: &str) -> Hash {
        let mut context = hmac::Context::with_key(self.store.contacts_key());
        context.update(b"thread\0");
        context.update(id.as_bytes());
        let mut hash = [0; HASH];
        hash.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        hash
    }
}

impl Line {
    /// Writes it; it is safe when the commit is.
    ///
    /// # Errors
    /// What the store says.
    pub fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        threads_sql::put(tx.sql(), &self.hash, self.until)
    }
}

/// Ids that a mail says it answers (RFC 5322 section 3.6.4), without their brackets: the last ones, which are the nearest.
fn answered(message: &Message) -> Vec<String> {
    let fields = ["references", "in-reply-to"].into_iter().flat_map(|field| message.values(field));
    let ids: Vec<String> = fields.flat_map(|value| ids(&value)).collect();
    let from = ids.len().saturating_sub(limits::THREAD_IDS);
    ids.into_iter().skip(from).collect()
}

fn ids(value: &str) -> Vec<String> {
    let pieces = value.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    pieces.map(|(id, _)| id.chars().filter(|c| !c.is_whitespace()).collect()).collect()
}

#[cfg(test)]
mod tests;
