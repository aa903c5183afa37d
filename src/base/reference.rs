//! The short name that a mail carries everywhere: reply, `Received`, log, ledger, notices.
//!
//! Thirteen characters of a lower-case base 32 without look-alikes: 41 bits of milliseconds since 2020, so that references
//! sort by time of receipt, then 24 random bits. Two mails of the same millisecond collide once in 16 million; the store
//! refuses a second one of the same name and the pipeline draws again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const EPOCH_MS: i64 = 1_577_836_800_000; // 2020-01-01T00:00:00Z

/// The reference of a mail, such as `5m2c9q0wk3t7h`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ref(String);

impl Ref {
    /// Makes a reference from the time of receipt and 24 bits of randomness.
    #[must_use]
    pub fn new(at: Timestamp, random: [u8; 3]) -> Self {
        let ms = u64::try_from(at.as_millisecond() - EPOCH_MS).unwrap_or(0) & ((1 << 41) - 1);
        let [a, b, c] = random;
        let bits = ms << 24 | u64::from(u32::from_be_bytes([0, a, b, c]));
        let text = (0..13).rev().map(|i| char::from(ALPHABET[usize::try_from(bits >> (5 * i) & 31).unwrap_or(0)]));
        Self(text.collect())
    }

    /// Reads a reference as a person typed it; case does not matter.
    ///
    /// # Errors
    /// A sentence, when the text has another length or another character.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        let known = text.len() == 13 && text.bytes().all(|b| ALPHABET.contains(&b));
        known
            .then(|| Self(text.clone()))
            .ok_or_else(|| format!("`{text}` is not a mail's reference: those have 13 letters and digits, such as 5m2c9q0wk3t7h"))
    }

    /// When the mail was received, to the millisecond.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte).unwrap_or(0) as u64;
        let bits = self.0.bytes().fold(0_u64, |bits, byte| bits << 5 | digit(byte));
        let ms = i64::try_from(bits >> 24 & ((1 << 41) - 1)).unwrap_or(0);
        Timestamp::from_millisecond(EPOCH_MS + ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The thirteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Ref {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Ref> for String {
    fn from(reference: Ref) -> Self {
        reference.0
    }
}

#[cfg(test)]
mod tests {
    use super::Ref;

    #[test]
    fn references_sort_by_time_and_are_read_back() {
        let early = Ref::new("2026-11-23T08:00:00Z".parse().unwrap(), [255, 255, 255]);
        let late = Ref::new("2026-11-23T08:00:00.001Z".parse().unwrap(), [0, 0, 0]);
        assert!(early < late);
        assert_eq!(Ref::parse(&early.as_str().to_uppercase()).unwrap(), early);
        assert!(Ref::parse("nonsense").unwrap_err().contains("13 letters"));
    }
}
