//! Where sealed messages wait: what is put there, looked up by a link, opened, and closed.

use std::time::SystemTime;

use super::link::Link;
use super::pickup_sql;
use super::sealed::MessageKey;
use crate::base::hash::hex;
use crate::base::{Address, Ref, Timestamp, limits};
use crate::ledger::{self, Event};
use crate::store::{Store, StoreError, Tx};

/// The messages of one store; a clone is another hold on the same ones.
#[derive(Clone)]
pub struct Shelf {
    store: Store,
}

/// A sealed message, to be put on the disk ([`Shelf::put`]) and then made known in the commit of its mail.
#[derive(Clone, Debug)]
pub struct NewPickup {
    bytes: Vec<u8>,
    pub(super) hash: [u8; 32],
    pub(super) wrapped: Vec<u8>,
    pub(super) pickup: Pickup,
}

/// One message on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pickup {
    /// Its name on the disk, for the pages too: it opens nothing.
    pub id: String,
    /// SHA-256 of the sender's link.
    pub(super) sent_hash: [u8; 32],
    pub reference: Ref,
    pub sender: Address,
    pub recipient: Address,
    /// The hash of a passphrase, where its sender set one instead of the code by mail.
    pub passphrase: Option<String>,
    pub made_at: Timestamp,
    pub ends: Timestamp,
    /// When it was first opened.
    pub opened_at: Option<Timestamp>,
    pub closed: Option<Closed>,
}

/// Why a message can no longer be opened; the word in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    Expired,
    Revoked,
    NotMe,
}

impl Closed {
    pub(super) const ALL: [Self; 3] = [Self::Expired, Self::Revoked, Self::NotMe];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NotMe => "not-me",
        }
    }

    fn event(self, pickup: &Pickup) -> Event {
        let (reference, recipient) = (pickup.reference.clone(), pickup.recipient.clone());
        match self {
            Self::Expired => Event::PickupExpired { reference, recipient },
            Self::Revoked => Event::PickupRevoked { reference, recipient, by: pickup.sender.to_string() },
            Self::NotMe => Event::NotMe { reference, recipient },
        }
    }
}

#[cfg(test)]
impl Pickup {
    /// One for tests of other rooms.
    pub(crate) fn sample(reference: Ref, sender: Address, recipient: Address) -> Self {
        let (made_at, ends) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let id = "00".to_owned();
        Self {
            id,
            sent_hash: [0; 32],
            reference,
            sender,
            recipient,
            passphrase: None,
            made_at,
            ends,
            opened_at: None,
            closed: None,
        }
    }
}

impl NewPickup {
    /// Seals a message for one recipient, and the link that opens it; nothing where the system has no randomness to give.
    #[must_use]
    pub fn seal(
        message: Vec<u8>,
        (reference, sender, recipient): (&Ref, &Address, &Address),
        sent: &Link,
        (made_at, ends): (Timestamp, Timestamp),
    ) -> Option<(Link, Self)> {
        let (link, id, wrapped, bytes) = sealed(message)?;
        let pickup = Pickup {
            id,
            sent_hash: sent.hash(),
            reference: reference.clone(),
            sender: sender.clone(),
            recipient: recipient.clone(),
            passphrase: None,
            made_at,
            ends,
            opened_at: None,
            closed: None,
        };
        let new = Self { bytes, hash: link.hash(), wrapped, pickup };
        Some((link, new))
    }

    /// Whom it is for.
    #[must_use]
    pub fn recipient(&self) -> &Address {
        &self.pickup.recipient
    }

    /// Makes it known, in the commit of its mail.
    ///
    /// # Errors
    /// What the store says.
    pub fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        pickup_sql::add(tx.sql(), self)
    }

    /// What the ledger says of it.
    #[must_use]
    pub fn event(&self) -> Event {
        let Pickup { reference, recipient, ends, .. } = &self.pickup;
        Event::PickupMade { reference: reference.clone(), recipient: recipient.clone(), until: *ends }
    }
}

impl Shelf {
    /// The shelf of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Puts the bytes of a new message on the disk; they are gone from it then. Nothing leads to them before [`NewPickup::write`].
    ///
    /// # Errors
    /// What the store says.
    pub async fn put(&self, new: &mut NewPickup) -> Result<(), StoreError> {
        self.store.put_aside(&new.pickup.id, std::mem::take(&mut new.bytes)).await
    }

    /// What a recipient's link leads to; nothing where it is not valid (any more).
    ///
    /// # Errors
    /// What the store says.
    pub async fn find(&self, link: &Link, now: Timestamp) -> Result<Option<Pickup>, StoreError> {
        let hash = link.hash();
        let found = self.store.read(move |db| pickup_sql::find(db, &hash)).await?;
        Ok(found.filter(|pickup| pickup.closed.is_none() && pickup.ends > now))
    }

    /// All messages of one mail, by its sender's link; closed ones too, for a while.
    ///
    /// # Errors
    /// What the store says.
    pub async fn sent(&self, link: &Link) -> Result<Vec<Pickup>, StoreError> {
        let hash = link.hash();
        self.store.read(move |db| pickup_sql::sent(db, &hash)).await
    }

    /// The bytes of a message.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where it was closed meanwhile, [`StoreError::Damaged`] where it is not as it was sealed.
    pub async fn open(&self, link: &Link, pickup: &Pickup) -> Result<Vec<u8>, StoreError> {
        let hash = link.hash();
        let wrapped = self.store.read(move |db| pickup_sql::wrapped(db, &hash)).await?;
        let wrapped = wrapped.ok_or_else(|| StoreError::Missing("a pickup message".to_owned()))?;
        let sealed = self.store.read_aside(&pickup.id).await?;
        let (link, id) = (link.clone(), pickup.id.clone());
        let opened = tokio::task::spawn_blocking(move || link.unwrap(&wrapped, &id)?.open(&id, sealed));
        let opened = opened.await.map_err(|_| StoreError::Stopped)?;
        opened.ok_or_else(|| StoreError::Damaged(format!("the pickup message of the mail {}", pickup.reference)))
    }

    /// What makes it known that a message was opened, in one commit with whatever tells its sender. The work is
    /// refused where somebody was quicker.
    pub fn opened(link: &Link, now: Timestamp) -> impl FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static {
        let hash = link.hash();
        move |tx| match pickup_sql::opened(tx.sql(), &hash, now)? {
            true => Ok(()),
            false => Err(StoreError::Refused("it was opened before".to_owned())),
        }
    }

    /// Sets or takes away the passphrase of a message that nobody has opened; whether it did.
    ///
    /// # Errors
    /// What the store says.
    pub async fn set_passphrase(&self, pickup: &Pickup, hash: Option<String>) -> Result<bool, StoreError> {
        let id = pickup.id.clone();
        self.store.write(move |tx| pickup_sql::set_passphrase(tx.sql(), &id, hash.as_deref())).await
    }

    /// Closes a message: its key goes in one commit with the ledger's entry, then its bytes. Whether it was open.
    ///
    /// # Errors
    /// What the store says.
    pub async fn close(&self, pickup: &Pickup, why: Closed, now: Timestamp) -> Result<bool, StoreError> {
        let (id, event) = (pickup.id.clone(), why.event(pickup));
        let entry = event.clone();
        let work = move |tx: &Tx<'_>| {
            let was_open = pickup_sql::close(tx.sql(), &id, why, now)?;
            if was_open {
                ledger::append(tx, now, &entry)?;
            }
            Ok(was_open)
        };
        let was_open = self.store.write(work).await?;
        if was_open {
            event.log();
        }
        self.store.remove_aside(&pickup.id).await?;
        Ok(was_open)
    }

    /// Closes what has come to its end, forgets what was closed long ago, and removes bytes that nothing leads to.
    ///
    /// # Errors
    /// What the store says; the rest is done the next time.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        for pickup in self.store.read(move |db| pickup_sql::ended(db, now)).await? {
            self.close(&pickup, Closed::Expired, now).await?;
        }
        let before = now.checked_sub(limits::CLOSED_PICKUP_TIME).unwrap_or(Timestamp::MIN);
        self.store.write(move |tx| pickup_sql::forget(tx.sql(), before)).await?;
        let old = SystemTime::now().checked_sub(limits::ORPHAN_TIME).unwrap_or(SystemTime::UNIX_EPOCH);
        let names = self.store.aside_names(old).await?;
        if names.is_empty() {
            return Ok(());
        }
        let open = self.store.read(pickup_sql::open_ids).await?;
        for name in names.iter().filter(|name| !open.contains(*name)) {
            self.store.remove_aside(name).await?;
        }
        Ok(())
    }
}

/// A new link, a name, the wrapped key and the sealed bytes.
fn sealed(message: Vec<u8>) -> Option<(Link, String, Vec<u8>, Vec<u8>)> {
    let (link, key) = (Link::new()?, MessageKey::new()?);
    let mut name = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut name).ok()?;
    let id = hex(&name);
    let wrapped = link.wrap(&key, &id)?;
    let bytes = key.seal(&id, message)?;
    Some((link, id, wrapped, bytes))
}
