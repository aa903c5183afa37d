//! A message under a key of its own: AES-256-GCM, bound to the message's name. Each key seals once, so its nonce need not change.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

pub(super) struct MessageKey(Zeroizing<[u8; 32]>);

impl MessageKey {
    pub(super) fn new() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        SystemRandom::new().fill(&mut *key).ok()?;
        Some(Self(key))
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|key| Self(Zeroizing::new(key)))
    }

    pub(super) fn reveal(&self) -> &[u8] {
        &*self.0
    }

    /// Seals a whole message.
    pub(super) fn seal(&self, id: &str, mut message: Vec<u8>) -> Option<Vec<u8>> {
        let tag = self.cipher()?.seal_in_place_separate_tag(once(), Aad::from(id.as_bytes()), &mut message).ok()?;
        message.extend_from_slice(tag.as_ref());
        Some(message)
    }

    /// Opens it; nothing where it is not as it was sealed.
    pub(super) fn open(&self, id: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let length = self.cipher()?.open_in_place(once(), Aad::from(id.as_bytes()), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*self.0).ok()?))
    }
}

fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}
