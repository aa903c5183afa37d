//! The secret in a link: what is looked up by it, and what it opens.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::sealed::MessageKey;
use crate::base::hash::hex;

/// Random octets. Written in hexadecimal: programs that make links out of text drop a `-` or `_` at the end, and some filters change
/// capitals.
const OCTETS: usize = 20;

/// The secret of one link, for a recipient or a sender. It is shown by [`Link::reveal`] alone, to be put into a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(Zeroizing<String>);

impl Link {
    /// A new one, where the system has randomness to give.
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut octets = Zeroizing::new([0; OCTETS]);
        SystemRandom::new().fill(&mut *octets).ok()?;
        Some(Self(Zeroizing::new(hex(&*octets))))
    }

    /// Reads one out of an address; nothing where it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == 2 * OCTETS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store knows of it. 160 random bits need neither a key nor a slow hash.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        hash
    }

    /// Wraps the key of the message called `id`. The wrapping key serves this one message, so its nonce need not change.
    pub(super) fn wrap(&self, key: &MessageKey, id: &str) -> Option<Vec<u8>> {
        let mut sealed = key.reveal().to_vec();
        let tag = self.wrapping(id)?.seal_in_place_separate_tag(once(), Aad::from(id.as_bytes()), &mut sealed).ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// Opens a wrapped key; nothing where it was wrapped by another link, or for another message.
    pub(super) fn unwrap(&self, wrapped: &[u8], id: &str) -> Option<MessageKey> {
        let mut sealed = Zeroizing::new(wrapped.to_vec());
        let plain = self.wrapping(id)?.open_in_place(once(), Aad::from(id.as_bytes()), &mut sealed).ok()?;
        MessageKey::read(plain)
    }

    /// HKDF-SHA256 of the secret (RFC 5869), with the message's name as salt.
    fn wrapping(&self, id: &str) -> Option<LessSafeKey> {
        let mut key = Zeroizing::new([0; 32]);
        let secret = Salt::new(HKDF_SHA256, id.as_bytes()).extract(self.0.as_bytes());
        secret.expand(&[b"schoolgate pickup: key of the message"], HKDF_SHA256).ok()?.fill(&mut *key).ok()?;
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).ok()?))
    }
}

fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(link)")
    }
}
