//! Names that need chance: new references.

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
