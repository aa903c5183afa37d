//! The keyring: recipients' S/MIME certificates and OpenPGP public keys, kept in the store.
//!
//! In: files as people are sent them, each for an address. Out: the [`Key`]s of an address, of which [`Keyring::best`] is the newest
//! that is valid. A key comes in only where it may encrypt mail to that address, now or later; a private key never. Coming and going
//! are events in the ledger, in the same commit. What can fail: the file, told with what to do ([`Fault`]), and the store.

use std::fmt;

use serde::Serialize;

use super::{Certificate, Fault, PublicKey, keys_sql};
use crate::base::{Address, Timestamp};
use crate::ledger::{self, Event};
use crate::store::{Store, StoreError, Tx};

/// Days before its end from which a key is spoken of: time to ask its owner for a new one.
pub const SPOKEN_OF_DAYS: i64 = 30;
/// Digits of a fingerprint that are enough to name a key of one address.
const ENOUGH_DIGITS: usize = 8;

/// The keys of one store; a clone is another hold on the same ones.
#[derive(Clone)]
pub struct Keyring {
    store: Store,
}

/// Which way of encryption a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Smime,
    Openpgp,
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Whose mail is encrypted to it.
    pub address: Address,
    pub kind: Kind,
    /// In lower-case hexadecimal: SHA-256 of a certificate, or OpenPGP's own.
    pub fingerprint: String,
    pub valid_from: Timestamp,
    /// Nothing where it does not end.
    pub valid_until: Option<Timestamp>,
    pub added_at: Timestamp,
    pub added_by: String,
    /// DER, or OpenPGP's binary form.
    #[serde(skip)]
    pub material: Vec<u8>,
}

/// A key, read.
#[derive(Clone, Debug)]
pub enum Public {
    Smime(Certificate),
    Openpgp(Box<PublicKey>),
}

/// Why a key was not taken in, or not forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    Fault(Fault),
    /// No key of this address, or none whose fingerprint begins so.
    Unknown(Address, Option<String>),
    /// The fingerprint is too short, or that of several.
    Unclear(String),
    Store(StoreError),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Unknown(address, None) => write!(f, "there is no key of {address}; `schoolgate key list` shows all"),
            Self::Unknown(address, Some(fingerprint)) => {
                write!(f, "{address} has no key whose fingerprint begins with {fingerprint}; `schoolgate key list` shows all")
            }
            Self::Unclear(fingerprint) => {
                write!(
                    f,
                    "{fingerprint} does not name one key: give at least {ENOUGH_DIGITS} digits of its fingerprint, or all of them"
                )
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyError {}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for KeyError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Kind {
    /// Reads the word for it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Smime, Self::Openpgp].into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word for it, as in `do.encrypt`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smime => "smime",
            Self::Openpgp => "openpgp",
        }
    }
}

impl Public {
    /// Reads a file of either kind: OpenPGP where it says so, or begins as its packets do (RFC 9580 section 4.2).
    ///
    /// # Errors
    /// A private key is in it, or no key.
    pub fn read_file(file: &[u8]) -> Result<Vec<Self>, Fault> {
        let is_openpgp = file.first().is_some_and(|b| b & 0x80 != 0) && !file.starts_with(b"\xef\xbb\xbf");
        if is_openpgp || memchr::memmem::find(file, b"-----BEGIN PGP ").is_some() {
            return Ok(PublicKey::read_file(file)?.into_iter().map(|key| Self::Openpgp(Box::new(key))).collect());
        }
        Ok(Certificate::read_file(file)?.into_iter().map(Self::Smime).collect())
    }

    /// Whether mail to this address may be encrypted to it, now or when it begins.
    fn fits(&self, address: &Address, any_address: bool, now: Timestamp) -> Result<(), Fault> {
        if !any_address {
            match self {
                Self::Smime(certificate) => certificate.names(address)?,
                Self::Openpgp(key) => key.names(address)?,
            }
        }
        self.usable(now).or_else(|fault| if matches!(fault, Fault::NotYet(_)) { Ok(()) } else { Err(fault) })
    }

    /// Whether mail may be encrypted to it at that time.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self, now: Timestamp) -> Result<(), Fault> {
        match self {
            Self::Smime(certificate) => certificate.usable(now),
            Self::Openpgp(key) => key.usable(now),
        }
    }

    fn kept(&self, address: &Address, by: &str, now: Timestamp) -> Result<Key, Fault> {
        let (address, added_by, added_at) = (address.clone(), by.to_owned(), now);
        Ok(match self {
            Self::Smime(c) => Key {
                kind: Kind::Smime,
                fingerprint: c.fingerprint().to_owned(),
                valid_from: c.from(),
                valid_until: Some(c.until()),
                material: c.to_der()?,
                address,
                added_at,
                added_by,
            },
            Self::Openpgp(key) => Key {
                kind: Kind::Openpgp,
                fingerprint: key.fingerprint().to_owned(),
                valid_from: key.from(),
                valid_until: key.until(),
                material: key.to_bytes()?,
                address,
                added_at,
                added_by,
            },
        })
    }
}

impl Key {
    /// The key, read again.
    ///
    /// # Errors
    /// It cannot be read, which the import would have told.
    pub fn public(&self) -> Result<Public, Fault> {
        match self.kind {
            Kind::Smime => Certificate::read(&self.material).map(Public::Smime),
            Kind::Openpgp => {
                let first = PublicKey::read_file(&self.material)?.into_iter().next();
                first.map(|key| Public::Openpgp(Box::new(key))).ok_or_else(|| Fault::Unreadable("there is none in it".to_owned()))
            }
        }
    }

    /// What people should know of it: that it cannot be used, or not for long.
    #[must_use]
    pub fn warnings(&self, now: Timestamp) -> Vec<String> {
        if let Err(fault) = self.public().and_then(|public| public.usable(now)) {
            return vec![fault.to_string()];
        }
        let days = self.valid_until.map(|until| (until.as_second() - now.as_second()).div_euclid(86_400));
        let soon = days.filter(|days| *days < SPOKEN_OF_DAYS);
        soon.map(|days| format!("it ends in {days} days: ask its owner for a new one")).into_iter().collect()
    }
}

impl Keyring {
    /// The keys that lie in a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Takes in a file's keys for an address: of several those that name it.
    ///
    /// # Errors
    /// What is wrong with the file or with the first of its keys, or what the store says; then nothing is taken in.
    pub async fn import(
        &self,
        address: &Address,
        file: &[u8],
        any_address: bool,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<Key>, KeyError> {
        let found = Public::read_file(file)?;
        let judged = found.iter().map(|public| public.fits(address, any_address, now).map(|()| public));
        let (fitting, faults): (Vec<_>, Vec<_>) = judged.partition(Result::is_ok);
        let fitting: Vec<&Public> = fitting.into_iter().flatten().collect();
        if let Some(Err(fault)) = faults.into_iter().next().filter(|_| fitting.is_empty()) {
            return Err(fault.into());
        }
        self.keep(address, &fitting, by, now).await
    }

    /// Keeps keys that somebody has judged: [`Keyring::import`], or who learns them from signed mail.
    ///
    /// # Errors
    /// A key that cannot be written, or what the store says.
    pub async fn keep(&self, address: &Address, public: &[&Public], by: &str, now: Timestamp) -> Result<Vec<Key>, KeyError> {
        let keys = public.iter().map(|public| public.kept(address, by, now)).collect::<Result<Vec<_>, _>>()?;
        let events: Vec<_> = keys.iter().map(|key| imported(key, by)).collect();
        let kept = keys.clone();
        self.change(events, now, move |tx| kept.iter().try_for_each(|key| keys_sql::put(tx.sql(), key))).await?;
        Ok(keys)
    }

    /// Keeps a key that a signed mail taught, once.
    ///
    /// # Errors
    /// As [`Keyring::keep`].
    pub async fn learn(&self, address: &Address, public: &Public, now: Timestamp) -> Result<(), KeyError> {
        const BY: &str = "a signed mail";
        let new = public.kept(address, BY, now)?;
        let wanted = address.clone();
        let known = self.store.read(move |db| keys_sql::of(db, &wanted)).await?;
        if known.iter().any(|key| key.kind == new.kind && key.fingerprint == new.fingerprint) {
            return Ok(());
        }
        self.keep(address, &[public], BY, now).await.map(drop)
    }

    /// All keys, by address.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self) -> Result<Vec<Key>, StoreError> {
        self.store.read(keys_sql::all).await
    }

    /// The key of an address that mail of this kind goes to: the newest that is valid.
    ///
    /// # Errors
    /// What the store says.
    pub async fn best(&self, address: &Address, kind: Kind, now: Timestamp) -> Result<Option<Public>, StoreError> {
        let wanted = address.clone();
        let keys = self.store.read(move |db| keys_sql::of(db, &wanted)).await?;
        let read = keys.iter().filter(|key| key.kind == kind).filter_map(|key| key.public().ok());
        // They come newest first.
        Ok(read.into_iter().find(|public| public.usable(now).is_ok()))
    }

    /// Forgets the keys of an address, or the one whose fingerprint begins so.
    ///
    /// # Errors
    /// There is none, it does not name one, or what the store says.
    pub async fn forget(
        &self,
        address: &Address,
        fingerprint: Option<&str>,
        by: &str,
        now: Timestamp,
    ) -> Result<Vec<Key>, KeyError> {
        let wanted = address.clone();
        let mut keys = self.store.read(move |db| keys_sql::of(db, &wanted)).await?;
        if let Some(given) = fingerprint {
            let digits: String = given.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
            keys.retain(|key| key.fingerprint.starts_with(&digits));
            if digits.len() < ENOUGH_DIGITS || keys.len() > 1 {
                return Err(KeyError::Unclear(given.to_owned()));
            }
        }
        if keys.is_empty() {
            return Err(KeyError::Unknown(address.clone(), fingerprint.map(ToOwned::to_owned)));
        }
        let events: Vec<_> = keys.iter().map(|key| forgotten(key, by)).collect();
        let gone = keys.clone();
        self.change(events, now, move |tx| gone.iter().try_for_each(|key| keys_sql::remove(tx.sql(), key))).await?;
        Ok(keys)
    }

    /// Changes the keys and writes the events in the same commit.
    async fn change<W>(&self, events: Vec<Event>, now: Timestamp, work: W) -> Result<(), StoreError>
    where
        W: FnOnce(&Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    {
        let entries = events.clone();
        let write = move |tx: &Tx<'_>| {
            work(tx)?;
            entries.iter().try_for_each(|event| ledger::append(tx, now, event).map(|_| ()))
        };
        self.store.write(write).await?;
        events.iter().for_each(Event::log);
        Ok(())
    }
}

fn imported(key: &Key, by: &str) -> Event {
    let (kind, fingerprint) = (key.kind.as_str().to_owned(), key.fingerprint.clone());
    Event::KeyImported { address: key.address.clone(), kind, fingerprint, until: key.valid_until, by: by.to_owned() }
}

fn forgotten(key: &Key, by: &str) -> Event {
    let (kind, fingerprint) = (key.kind.as_str().to_owned(), key.fingerprint.clone());
    Event::KeyForgotten { address: key.address.clone(), kind, fingerprint, by: by.to_owned() }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
