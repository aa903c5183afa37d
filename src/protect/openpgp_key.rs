//! A recipient's OpenPGP public key (RFC 9580 section 10.1): read from a file, and asked which of its keys mail goes to.
//!
//! In: armoured or binary keys as people are sent them. Out: [`PublicKey`]s. Only what the key itself has signed counts: names,
//! end dates, subkeys, and its own revocation; of two signatures the newer one. A private key in the file is a [`Fault`] of
//! its own. Nothing here reads the clock.

use pgp::composed::{PublicOrSecret, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, SignedUser, Tag};

use super::Fault;
use crate::base::{Address, Timestamp, one_line};

/// A public key, and what it says.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: SignedPublicKey,
    fingerprint: String,
    addresses: Vec<String>,
    from: Timestamp,
    until: Option<Timestamp>,
    is_revoked: bool,
    knows_v2: bool,
    readers: Vec<Reader>,
}

/// One of its keys that mail can be encrypted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    which: Which,
    from: Timestamp,
    until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Primary,
    /// By its index among the subkeys.
    Subkey(usize),
}

/// A key in the form that encrypts.
pub(super) enum Encrypting<'k> {
    Primary(&'k pgp::packet::PublicKey),
    Subkey(&'k pgp::packet::PublicSubkey),
}

impl PublicKey {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// A private key is in it, or no key.
    pub fn read_file(file: &[u8]) -> Result<Vec<Self>, Fault> {
        let unreadable = |error: pgp::errors::Error| Fault::Unreadable(one_line(&error.to_string()).collect());
        let (found, _) = PublicOrSecret::from_reader_many(file).map_err(unreadable)?;
        let mut keys = Vec::new();
        for key in found {
            match key.map_err(unreadable)? {
                PublicOrSecret::Public(key) => keys.push(Self::new(key)),
                PublicOrSecret::Secret(_) => return Err(Fault::Private),
            }
        }
        if keys.is_empty() { Err(Fault::Unreadable("there is none in it".to_owned())) } else { Ok(keys) }
    }

    fn new(key: SignedPublicKey) -> Self {
        let from = time(key.primary_key.created_at());
        let names: Vec<(&SignedUser, &Signature)> =
            key.details.users.iter().filter_map(|user| newest_of_name(&key, user).map(|signature| (user, signature))).collect();
        let direct = newest(
            key.details.direct_signatures.iter().filter(|s| is(s, SignatureType::Key) && s.verify_key(&key.primary_key).is_ok()),
        );
        // RFC 9580 section 5.2.3.10: of a v4 key the name it calls its primary one speaks for it, else the newest.
        let primary = newest(names.iter().filter(|(_, s)| s.is_primary()).map(|(_, s)| *s));
        let speaks = primary.or_else(|| newest(names.iter().map(|(_, s)| *s))).or(direct);
        let until = speaks.and_then(|s| ends(s, from)).or_else(|| direct.and_then(|s| ends(s, from)));
        let addresses = names.iter().filter_map(|(user, _)| address_of(user.id.as_str()?)).collect();
        let revoked = &key.details.revocation_signatures;
        Self {
            fingerprint: format!("{:x}", key.primary_key.fingerprint()),
            addresses,
            from,
            until,
            is_revoked: revoked.iter().any(|s| is(s, SignatureType::KeyRevocation) && s.verify_key(&key.primary_key).is_ok()),
            knows_v2: speaks.and_then(Signature::features).is_some_and(pgp::packet::Features::seipd_v2),
            readers: readers(&key, speaks, from),
            key,
        }
    }

    /// Whether mail may be encrypted to it at that time.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self, now: Timestamp) -> Result<(), Fault> {
        self.encrypting(now).map(|_| ())
    }

    /// The keys that mail goes to at that time: each one that is meant for it.
    pub(super) fn encrypting(&self, now: Timestamp) -> Result<Vec<Encrypting<'_>>, Fault> {
        if self.is_revoked {
            return Err(Fault::Revoked);
        }
        in_time(self.from, self.until, now)?;
        let valid = self.readers.iter().filter(|reader| in_time(reader.from, reader.until, now).is_ok());
        let valid: Vec<_> = valid.filter_map(|reader| self.encrypting_with(reader.which)).collect();
        match self.readers.iter().max_by_key(|reader| reader.until.unwrap_or(Timestamp::MAX)) {
            _ if !valid.is_empty() => Ok(valid),
            None => Err(Fault::NotForMail("it has no key for encryption that is still in force".to_owned())),
            Some(last) => Err(in_time(last.from, last.until, now).err().unwrap_or(Fault::Revoked)),
        }
    }

    fn encrypting_with(&self, which: Which) -> Option<Encrypting<'_>> {
        match which {
            Which::Primary => Some(Encrypting::Primary(&self.key.primary_key)),
            Which::Subkey(index) => self.key.public_subkeys.get(index).map(|subkey| Encrypting::Subkey(&subkey.key)),
        }
    }

    /// Whether one of its names has this address.
    ///
    /// # Errors
    /// The addresses that it names.
    pub fn names(&self, address: &Address) -> Result<(), Fault> {
        let is_named = self.addresses.iter().any(|named| Address::parse(named).is_ok_and(|named| named.same_as(address)));
        if is_named { Ok(()) } else { Err(Fault::OtherAddress(self.addresses.clone())) }
    }

    /// The fingerprint of its primary key, in lower-case hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// When it was made.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// When nothing can be encrypted to it any more; nothing where it does not say.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        let last = self.readers.iter().map(|reader| reader.until.unwrap_or(Timestamp::MAX)).max();
        let last = last.filter(|last| *last < Timestamp::MAX);
        self.until.into_iter().chain(last).min()
    }

    /// Whether its owner's program reads the second form of encrypted data (RFC 9580 section 5.13.2).
    #[must_use]
    pub fn knows_v2(&self) -> bool {
        self.knows_v2
    }

    /// The key in its binary form.
    ///
    /// # Errors
    /// What the library says.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        self.key.to_bytes().map_err(|error| Fault::Unreadable(error.to_string()))
    }
}

/// The keys for encryption that the primary key has bound to itself and not taken back. It stands in itself where it says so
/// and no subkey does.
fn readers(key: &SignedPublicKey, speaks: Option<&Signature>, from: Timestamp) -> Vec<Reader> {
    let subkeys = key.public_subkeys.iter().enumerate();
    let subkeys: Vec<_> = subkeys.filter_map(|(index, subkey)| reader(key, index, subkey)).collect();
    let is_own = speaks.is_some_and(is_for_encryption) && can_encrypt(key.primary_key.algorithm());
    if subkeys.is_empty() && is_own { vec![Reader { which: Which::Primary, from, until: None }] } else { subkeys }
}

fn reader(key: &SignedPublicKey, index: usize, subkey: &SignedPublicSubKey) -> Option<Reader> {
    let own = |kind: SignatureType| {
        subkey.signatures.iter().filter(move |s| is(s, kind) && s.verify_subkey_binding(&key.primary_key, &subkey.key).is_ok())
    };
    let binding = newest(own(SignatureType::SubkeyBinding))?;
    let is_revoked = own(SignatureType::SubkeyRevocation).next().is_some();
    if is_revoked || !is_for_encryption(binding) || !can_encrypt(subkey.key.algorithm()) {
        return None;
    }
    let from = time(subkey.key.created_at());
    Some(Reader { which: Which::Subkey(index), from, until: ends(binding, from) })
}

/// What can be encrypted to here; ElGamal, which RFC 9580 section 9.1 keeps for old mail only, can not.
fn can_encrypt(algorithm: PublicKeyAlgorithm) -> bool {
    use PublicKeyAlgorithm::{ECDH, RSA, RSAEncrypt, X448, X25519};
    matches!(algorithm, RSA | RSAEncrypt | ECDH | X25519 | X448)
}

fn is_for_encryption(signature: &Signature) -> bool {
    signature.key_flags().encrypt_comms() || signature.key_flags().encrypt_storage()
}

/// The newest signature of the key's own over one of its names; none where the newest takes the name back.
fn newest_of_name<'k>(key: &'k SignedPublicKey, user: &'k SignedUser) -> Option<&'k Signature> {
    let own = user.signatures.iter().filter(|s| s.verify_certification(&key.primary_key, Tag::UserId, &user.id).is_ok());
    newest(own).filter(|signature| !is(signature, SignatureType::CertRevocation))
}

fn newest<'k>(signatures: impl Iterator<Item = &'k Signature>) -> Option<&'k Signature> {
    signatures.max_by_key(|signature| signature.created())
}

fn is(signature: &Signature, kind: SignatureType) -> bool {
    signature.typ() == Some(kind)
}

/// When a key ends by what a signature says of it; zero seconds are no end (RFC 9580 section 5.2.3.13).
fn ends(signature: &Signature, from: Timestamp) -> Option<Timestamp> {
    let seconds = i64::from(signature.key_expiration_time()?.as_secs());
    (seconds > 0).then(|| Timestamp::from_second(from.as_second() + seconds).unwrap_or(Timestamp::MAX))
}

fn in_time(from: Timestamp, until: Option<Timestamp>, now: Timestamp) -> Result<(), Fault> {
    match until {
        _ if now < from => Err(Fault::NotYet(from)),
        Some(until) if now > until => Err(Fault::Ended(until)),
        _ => Ok(()),
    }
}

fn time(at: pgp::types::Timestamp) -> Timestamp {
    Timestamp::from_second(i64::from(at.as_secs())).unwrap_or(Timestamp::MAX)
}

/// The address of a name such as `Ada Example <ada@example.com>`, or of one that is an address alone.
fn address_of(name: &str) -> Option<String> {
    let bracketed = name.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address);
    let address = bracketed.unwrap_or(name).trim();
    Address::parse(address).ok().map(|address| address.to_string())
}
