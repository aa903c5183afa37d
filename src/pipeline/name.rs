//! Names that need chance or arithmetic: new references, hashes.

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

use crate::base::{Ref, Timestamp};

/// A reference that no other mail has, but for one chance in 16 million within a millisecond; the store refuses those.
#[must_use]
pub fn new_reference(now: Timestamp) -> Ref {
    let mut random = [0; 3];
    if SystemRandom::new().fill(&mut random).is_err() {
        // The system has no randomness left to give: the time alone still tells mails apart by their nanoseconds.
        let [_, b, c, d] = now.subsec_nanosecond().to_be_bytes();
        random = [b, c, d];
    }
    Ref::new(now, random)
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
