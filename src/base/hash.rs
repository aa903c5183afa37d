//! SHA-256 as it is shown: in lower-case hexadecimal.
//!
//! In: bytes. Out: text that is the same in the ledger, in `explain` and in a rule set's name. Nothing can fail but reading.

use std::io::{self, Read};

use ring::digest::{Context, SHA256, digest};

/// SHA-256 in lower-case hexadecimal, 64 digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// A reader that sums up what is read through it.
pub struct Summing<R> {
    from: R,
    sum: Context,
}

impl<R: Read> Summing<R> {
    /// Nothing is read yet.
    pub fn new(from: R) -> Self {
        Self { from, sum: Context::new(&SHA256) }
    }

    /// As [`sha256_hex`], over all that was read.
    #[must_use]
    pub fn sha256_hex(self) -> String {
        hex(self.sum.finish().as_ref())
    }
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        self.sum.update(to.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Bytes in lower-case hexadecimal. Not for keys: what it leaves in memory is not wiped.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The 32 bytes that [`hex`] wrote; nothing where it is another text.
#[must_use]
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::{copy, sink};

    use super::{Summing, hex, sha256_hex, unhex};

    #[test]
    fn what_is_written_reads_back() {
        let bytes: [u8; 32] = std::array::from_fn(|at| (at * 9) as u8);
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!((unhex("00"), unhex(&"zz".repeat(32))), (None, None));
    }

    /// The first example of FIPS 180-2, appendix B.1.
    #[test]
    fn it_is_the_digest_of_the_standard() {
        let mut summing = Summing::new(&b"abc"[..]);
        copy(&mut summing, &mut sink()).unwrap();
        assert_eq!(summing.sha256_hex(), sha256_hex(b"abc"));
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
