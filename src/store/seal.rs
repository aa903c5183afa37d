//! A frame as it lies on the disk: sealed in chunks, so that no bit of it can change, go, or move without being noticed.
//!
//! ```text
//! frame  = magic(4) length(8, of the whole frame) salt(32) chunk…
//! chunk  = at most CHUNK bytes of the plain text, AES-256-GCM, then its tag(16)
//! ```
//!
//! What the plain text is, the magic says: see `pack`.
//!
//! Each frame has a key of its own, HKDF-SHA256 of the partition's key and the salt, so chunk nonces are mere counters. The
//! last chunk says so in its nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár 2015): a frame that is cut
//! short does not open. The frame's head and its name are authenticated with each chunk: a frame put in another's place does not
//! open either. Sealing takes one buffer the size of the frame, and opening works inside the buffer read.

use bytes::Bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::key::{self, KeyBytes};

const HEAD: usize = 4 + 8 + SALT;
const SALT: usize = 32;
const TAG: usize = 16;
/// Plain bytes of a chunk: large enough that the tags cost nothing, small enough to stay in the processor's cache.
pub(super) const CHUNK: usize = 64 << 10;

/// Says what a frame's plain text is.
pub(super) type Magic = [u8; 4];

/// What record keys are made from. Cheap to use: one HMAC for a record.
pub(super) struct SealingKey(hkdf::Prk);

impl SealingKey {
    pub(super) fn new(key: &KeyBytes) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, &**key))
    }

    fn of_record(&self, salt: &[u8]) -> Result<LessSafeKey, StoreError> {
        let info = [b"record".as_slice(), salt];
        let okm = self.0.expand(&info, &AES_256_GCM).map_err(|_| damaged("a key cannot be made"))?;
        Ok(LessSafeKey::new(UnboundKey::from(okm)))
    }

    /// A key of the partition for one purpose beside its frames.
    pub(super) fn derive(&self, purpose: &[u8]) -> Result<KeyBytes, StoreError> {
        let mut key = Zeroizing::new([0; 32]);
        let info = [b"purpose".as_slice(), purpose];
        let made = self.0.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut *key));
        made.map_err(|_| damaged("a key cannot be made"))?;
        Ok(key)
    }
}

/// Seals bytes into one frame under a name.
pub(super) fn seal(key: &SealingKey, magic: Magic, name: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let length = HEAD + plain.len() + plain.len().div_ceil(CHUNK).max(1) * TAG;
    let salt: [u8; SALT] = key::random()?;
    let key = key.of_record(&salt)?;

    let mut frame = Vec::with_capacity(length);
    frame.extend_from_slice(&magic);
    frame.extend_from_slice(&(length as u64).to_le_bytes());
    frame.extend_from_slice(&salt);
    let bound = bound_text(&frame, name);
    let mut left = plain;
    for number in 0.. {
        let (piece, later) = left.split_at(CHUNK.min(left.len()));
        let start = frame.len();
        frame.extend_from_slice(piece);
        let chunk = frame.get_mut(start..).unwrap_or_default();
        let tag = key.seal_in_place_separate_tag(nonce(number, later.is_empty()), Aad::from(&bound), chunk);
        frame.extend_from_slice(tag.map_err(|_| damaged("sealing failed"))?.as_ref());
        left = later;
        if left.is_empty() {
            break;
        }
    }
    Ok(frame)
}

/// Opens a frame of that name, and says what it is.
pub(super) fn open(key: &SealingKey, name: &str, mut frame: Vec<u8>) -> Result<(Magic, Bytes), StoreError> {
    let head = frame.get(..HEAD).ok_or_else(|| broken(name))?;
    let magic = head.first_chunk::<4>().copied().filter(|_| head.get(4..12) == Some(&(frame.len() as u64).to_le_bytes()[..]));
    let magic = magic.ok_or_else(|| broken(name))?;
    let key = key.of_record(head.get(12..).unwrap_or_default())?;
    let bound = bound_text(head, name);
    let (mut read, mut written) = (HEAD, HEAD);
    for number in 0.. {
        let end = frame.len().min(read + CHUNK + TAG);
        let sealed = frame.get_mut(read..end).ok_or_else(|| broken(name))?;
        let opened = key.open_in_place(nonce(number, end == frame_end(&bound)), Aad::from(&bound), sealed);
        let plain = opened.map_err(|_| broken(name))?.len();
        frame.copy_within(read..read + plain, written);
        written += plain;
        read = end;
        if read == frame.len() {
            break;
        }
    }
    frame.truncate(written);
    Ok((magic, Bytes::from(frame).slice(HEAD..)))
}

/// The frame's length as its authenticated head says it; equal to the buffer's length, which was compared before.
fn frame_end(bound: &[u8]) -> usize {
    let length = bound.get(4..12).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
    usize::try_from(length).unwrap_or(0)
}

/// What every chunk is bound to: the frame's head and its name.
fn bound_text(head: &[u8], name: &str) -> Vec<u8> {
    [head, name.as_bytes()].concat()
}

fn nonce(number: u32, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

fn broken(name: &str) -> StoreError {
    StoreError::Damaged(format!("{name} is not as it was written"))
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
