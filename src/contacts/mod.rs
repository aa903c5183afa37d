//! Who has written to whom, and to which domains the school often writes: what rules about misdirected mail ask for.
//!
//! In: accepted mails, each written down in the commit that accepts it. Out: [`Known`], what is remembered about one mail's people.
//! A pair of people is kept as HMAC-SHA256 under a key made of the master key, so that the table tells nothing to who has it
//! without the key; domains stand in clear inside the encrypted store. Only people outside are written down, never colleagues.
//!
//! A recipient whose copy is held waits too: the release of the mail makes a contact, its refusal none (triggers on the jobs, in
//! `store`, so that a command beside the gateway does it as well). Nothing is kept in memory that the table does not say, but a
//! bounded set of what was written lately, so that the hundredth mail to somebody costs no writing.
//! What can fail: the store, told to the caller, who puts the mail off. Not here: what counts as a contact, which is the pipeline's.

mod contacts_sql;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;

use crate::base::{Address, Domain, Ref, Timestamp};
use crate::store::{Store, StoreError, Tx};

/// Octets of a kept hash: enough that no two pairs of a school ever meet.
const HASH: usize = 16;
/// Hashes remembered as written lately: under a megabyte or two.
const LATELY: usize = 32_768;
/// How long the list of frequent domains is good for.
const FREQUENT_FOR: Duration = Duration::from_secs(60);

type Hash = [u8; HASH];

/// The memory of one store.
pub struct Contacts {
    store: Store,
    lately: Mutex<HashSet<(Hash, i64)>>,
    frequent: Mutex<Option<(Instant, Arc<[Domain]>)>>,
}

/// What is remembered about the people of one mail.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Recipients, by [`Address::key`], to whom the sender has written before.
    pub of_sender: HashSet<String>,
    /// Recipients to whom anybody at the school has.
    pub of_school: HashSet<String>,
    /// Domains that were written to on several days, the most frequent first.
    pub frequent: Arc<[Domain]>,
}

/// An accepted mail's sender, and a person outside whom it goes to.
#[derive(Clone, Debug)]
pub struct Met {
    pub recipient: Address,
    /// Whether somebody has yet to decide about it.
    pub waits: bool,
}

/// What one mail adds to the memory, to be written in its commit.
#[derive(Clone, Debug)]
pub struct Lines {
    reference: Ref,
    day: i64,
    hashes: Vec<(Hash, bool)>,
    domains: Vec<(Domain, Hash)>,
}

impl Contacts {
    /// The memory that lies in a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, lately: Mutex::default(), frequent: Mutex::default() }
    }

    /// What is remembered about a sender and some recipients.
    ///
    /// # Errors
    /// What the store says.
    pub async fn look(&self, sender: &Address, recipients: Vec<Address>) -> Result<Known, StoreError> {
        let wanted: Vec<_> =
            recipients.iter().map(|to| (to.key(), self.hash(Some(sender), &to.key()), self.hash(None, &to.key()))).collect();
        let known = self.store.read(move |db| {
            let mut known = Known::default();
            for (key, pair, school) in wanted {
                if contacts_sql::is_known(db, &pair)? {
                    known.of_sender.insert(key.clone());
                }
                if contacts_sql::is_known(db, &school)? {
                    known.of_school.insert(key);
                }
            }
            Ok(known)
        });
        Ok(Known { frequent: self.frequent().await?, ..known.await? })
    }

    /// What an accepted mail adds, if anything is new.
    #[must_use]
    pub fn lines(&self, reference: &Ref, at: Timestamp, sender: &Address, met: &[Met]) -> Option<Lines> {
        let day = at.as_second().div_euclid(86_400);
        let lately = self.lately();
        let is_new = |hash: &Hash, day: i64| !lately.contains(&(*hash, day));
        let mut lines = Lines { reference: reference.clone(), day, hashes: Vec::new(), domains: Vec::new() };
        for Met { recipient, waits } in met {
            let key = recipient.key();
            let hashes = [self.hash(Some(sender), &key), self.hash(None, &key)];
            lines.hashes.extend(hashes.into_iter().filter(|hash| is_new(hash, 0)).map(|hash| (hash, *waits)));
            let domain = self.hash(None, recipient.domain().as_str());
            if !waits && is_new(&domain, day) && !lines.domains.iter().any(|(_, known)| *known == domain) {
                lines.domains.push((recipient.domain().clone(), domain));
            }
        }
        (!lines.hashes.is_empty() || !lines.domains.is_empty()).then_some(lines)
    }

    /// Remembers that lines are safe, so that they are not written again.
    pub fn written(&self, lines: &Lines) {
        let mut lately = self.lately();
        if lately.len() > LATELY {
            lately.clear();
        }
        lately.extend(lines.hashes.iter().filter(|(_, waits)| !waits).map(|(hash, _)| (*hash, 0)));
        lately.extend(lines.domains.iter().map(|(_, hash)| (*hash, lines.day)));
    }

    async fn frequent(&self) -> Result<Arc<[Domain]>, StoreError> {
        let kept = self.frequent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, domains)) = kept.filter(|(at, _)| at.elapsed() < FREQUENT_FOR) {
            return Ok(domains);
        }
        let domains: Arc<[Domain]> = self.store.read(contacts_sql::frequent).await?.into();
        *self.frequent.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), domains.clone()));
        Ok(domains)
    }

    /// A pair's hash; without a sender the school is meant. A NUL parts them, which stands in no address.
    fn hash(&self, sender: Option<&Address>, recipient: &str) -> Hash {
        let mut context = hmac::Context::with_key(self.store.contacts_key());
        context.update(sender.map(Address::key).unwrap_or_default().as_bytes());
        context.update(b"\0");
        context.update(recipient.as_bytes());
        let mut hash = [0; HASH];
        hash.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        hash
    }

    fn lately(&self) -> MutexGuard<'_, HashSet<(Hash, i64)>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Writes them; they are safe when the commit is.
    ///
    /// # Errors
    /// What the store says.
    pub fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        for (hash, waits) in &self.hashes {
            contacts_sql::add(tx.sql(), hash, waits.then_some(&self.reference))?;
        }
        self.domains.iter().try_for_each(|(domain, _)| contacts_sql::count(tx.sql(), domain, self.day))
    }
}

#[cfg(test)]
mod tests;
