//! Which mails had to be encrypted, by their Message-IDs, so that what answers them is encrypted too.
//!
//! In: the Message-ID of each such mail and the rules that wanted it so, written down in the commit that accepts it. Out: the rules whose
//! mails another mail answers by its `In-Reply-To` or `References`. An id is kept as HMAC-SHA256 under a key made of the master key, as long as its mail is kept; the
//! table tells nothing to who has it without the key. What can fail: the store, told to the caller, who puts the mail off.

mod threads_sql;

use std::collections::HashSet;

use ring::hmac;
use rusqlite::Connection;

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

    /// Which of these rules wanted a mail encrypted that this one answers.
    ///
    /// # Errors
    /// What the store says.
    pub async fn protected_by(&self, message: &Message, rules: Vec<String>) -> Result<HashSet<String>, StoreError> {
        let ids = answered(message);
        if ids.is_empty() || rules.is_empty() {
            return Ok(HashSet::new());
        }
        let wanted = |rule: &String| ids.iter().map(|id| self.hash(rule, id)).collect();
        let asked: Vec<(String, Vec<Hash>)> = rules.iter().map(|rule| (rule.clone(), wanted(rule))).collect();
        let look = move |db: &Connection| {
            let mut found = HashSet::new();
            for (rule, hashes) in asked {
                if threads_sql::has_any(db, &hashes)? {
                    found.insert(rule);
                }
            }
            Ok(found)
        };
        self.store.read(look).await
    }

    /// What a mail adds that these rules want encrypted, and that is kept until then.
    #[must_use]
    pub fn lines(&self, id: &str, rules: &[String], until: Timestamp) -> Vec<Line> {
        let id = ids(id).into_iter().next().unwrap_or_else(|| id.trim().to_owned());
        rules.iter().map(|rule| Line { hash: self.hash(rule, &id), until }).collect()
    }

    /// Forgets the mails that are kept no longer.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(move |tx| threads_sql::forget(tx.sql(), now)).await
    }

    /// The key is that of the contacts; a word before each id keeps the two apart.
    fn hash(&self, rule: &str, id: &str) -> Hash {
        let mut context = hmac::Context::with_key(self.store.contacts_key());
        context.update(b"thread\0");
        context.update(rule.as_bytes());
        context.update(b"\0");
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
