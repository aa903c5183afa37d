//! A mail as it lies on the disk: sealed in chunks, so that no bit of it can change, go, or move without being noticed.
//!
//! ```text
//! frame  = magic(4) length(8, of the whole frame) salt(32) chunk…
//! chunk  = at most CHUNK bytes of the plain text, AES-256-GCM, then its tag(16)
//! plain  = length of header(4) header(JSON) mail
//! ```
//!
//! Each record has a key of its own, HKDF-SHA256 of the partition's key and the salt, so chunk nonces are mere counters. The
//! last chunk says so in its nonce (the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár 2015): a record that is cut
//! short does not open. The frame's head and the mail's reference are authenticated with each chunk: a record put in another's
//! place does not open either. Sealing takes one buffer the size of the record, and opening works inside the buffer read.

use bytes::Bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;

use super::error::StoreError;
use super::key::{self, KeyBytes};
use super::record::{Record, RecordHeader};
use crate::base::Ref;

const MAGIC: &[u8; 4] = b"SGr1";
const HEAD: usize = 4 + 8 + SALT;
const SALT: usize = 32;
const TAG: usize = 16;
/// Plain bytes of a chunk: large enough that the tags cost nothing, small enough to stay in the processor's cache.
pub(super) const CHUNK: usize = 64 << 10;

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
}

/// Seals a mail with its header into one frame.
pub(super) fn seal(key: &SealingKey, header: &RecordHeader, raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(header)?;
    let json_len = u32::try_from(json.len()).map_err(|_| damaged("a header is too large"))?.to_le_bytes();
    let plain = json_len.len() + json.len() + raw.len();
    let length = HEAD + plain + plain.div_ceil(CHUNK) * TAG;
    let salt: [u8; SALT] = key::random()?;
    let key = key.of_record(&salt)?;

    let mut frame = Vec::with_capacity(length);
    frame.extend_from_slice(MAGIC);
    frame.extend_from_slice(&(length as u64).to_le_bytes());
    frame.extend_from_slice(&salt);
    let bound = bound_text(&frame, &header.reference);
    let mut pieces = [&json_len[..], &json, raw];
    let mut left = plain;
    for number in 0.. {
        let start = frame.len();
        left -= take(&mut pieces, CHUNK.min(left), &mut frame);
        let chunk = frame.get_mut(start..).unwrap_or_default();
        let tag = key.seal_in_place_separate_tag(nonce(number, left == 0), Aad::from(&bound), chunk);
        frame.extend_from_slice(tag.map_err(|_| damaged("sealing failed"))?.as_ref());
        if left == 0 {
            break;
        }
    }
    Ok(frame)
}

/// Opens a frame that should hold the mail `reference`.
pub(super) fn open(key: &SealingKey, reference: &Ref, mut frame: Vec<u8>) -> Result<Record, StoreError> {
    let head = frame.get(..HEAD).ok_or_else(|| broken(reference))?;
    if head.get(..4) != Some(MAGIC) || head.get(4..12) != Some(&(frame.len() as u64).to_le_bytes()[..]) {
        return Err(broken(reference));
    }
    let key = key.of_record(head.get(12..).unwrap_or_default())?;
    let bound = bound_text(head, reference);
    let (mut read, mut written) = (HEAD, HEAD);
    for number in 0.. {
        let end = frame.len().min(read + CHUNK + TAG);
        let sealed = frame.get_mut(read..end).ok_or_else(|| broken(reference))?;
        let opened = key.open_in_place(nonce(number, end == frame_end(&bound)), Aad::from(&bound), sealed);
        let plain = opened.map_err(|_| broken(reference))?.len();
        frame.copy_within(read..read + plain, written);
        written += plain;
        read = end;
        if read == frame.len() {
            break;
        }
    }
    frame.truncate(written);
    part(Bytes::from(frame).slice(HEAD..)).ok_or_else(|| broken(reference))
}

/// The frame's length as its authenticated head says it; equal to the buffer's length, which was compared before.
fn frame_end(bound: &[u8]) -> usize {
    let length = bound.get(4..12).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
    usize::try_from(length).unwrap_or(0)
}

fn part(plain: Bytes) -> Option<Record> {
    let length = u32::from_le_bytes(plain.get(..4)?.try_into().ok()?);
    let raw_at = usize::try_from(length).ok()?.checked_add(4)?;
    let header = serde_json::from_slice(plain.get(4..raw_at)?).ok()?;
    Some(Record { header, raw: plain.slice(raw_at..) })
}

/// What every chunk is bound to: the frame's head and the mail's name.
fn bound_text(head: &[u8], reference: &Ref) -> Vec<u8> {
    [head, reference.as_str().as_bytes()].concat()
}

fn nonce(number: u32, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// Moves `wanted` bytes from the front of the pieces to the end of `out`, or as many as there are.
fn take(pieces: &mut [&[u8]], wanted: usize, out: &mut Vec<u8>) -> usize {
    let mut left = wanted;
    for piece in pieces {
        let (now, later) = piece.split_at(left.min(piece.len()));
        out.extend_from_slice(now);
        left -= now.len();
        *piece = later;
    }
    wanted - left
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

fn broken(reference: &Ref) -> StoreError {
    StoreError::Damaged(format!("the mail {reference} is not as it was written"))
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
