//! One-time codes: made, mailed, tried.
//!
//! A code is eight digits, is known here as a hash only, opens once, within a quarter of an hour, and is void after a few wrong tries. Codes
//! are counted for each message and each address, wrong tries for each message and day, whoever makes them. Time comes in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::tally::Tally;
use crate::base::{Address, limits};

/// A message, by the hash of its link.
pub(super) type Name = [u8; 32];

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The codes of all messages, and what else is counted for each.
pub(super) struct Codes(Mutex<Inner>);

struct Inner {
    codes: HashMap<Name, Code>,
    by_message: Tally<Name>,
    by_address: Tally<String>,
    wrong: Tally<Name>,
    replies: Tally<Name>,
}

struct Code {
    hash: Vec<u8>,
    until: Instant,
    tries: u32,
}

impl Default for Codes {
    fn default() -> Self {
        let most = usize::try_from(limits::WRONG_PROOFS_PER_DAY).unwrap_or(1);
        Self(Mutex::new(Inner {
            codes: HashMap::new(),
            by_message: Tally::new(limits::CODES_PER_MESSAGE, HOUR),
            by_address: Tally::new(limits::CODES_PER_ADDRESS, HOUR),
            wrong: Tally::new(most, DAY),
            replies: Tally::new(limits::PICKUP_REPLIES_PER_DAY, DAY),
        }))
    }
}

impl Codes {
    /// A new code to be mailed; the one before is void. Nothing where too many were asked for, or tried in vain.
    pub(super) fn make(&self, name: &Name, address: &Address, now: Instant) -> Option<Zeroizing<String>> {
        let mut inner = self.lock();
        if !inner.wrong.has_room(name, now) || !inner.by_message.has_room(name, now) {
            return None;
        }
        inner.codes.retain(|_, code| code.until > now);
        if inner.codes.len() >= limits::PICKUP_REMEMBERED {
            return None;
        }
        let code = digits()?;
        if !inner.by_address.count(&address.key(), now) || !inner.by_message.count(name, now) {
            return None;
        }
        let kept = Code { hash: hash(name, &code), until: now + limits::CODE_TIME, tries: 0 };
        inner.codes.insert(*name, kept);
        Some(code)
    }

    /// Whether that is the code. A right one is used up, a wrong one counts.
    pub(super) fn is_right(&self, name: &Name, typed: &str, now: Instant) -> bool {
        let mut inner = self.lock();
        if !inner.wrong.has_room(name, now) {
            return false;
        }
        let typed: Zeroizing<String> = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).take(64).collect());
        let given = hash(name, &typed);
        let fits = inner.codes.get_mut(name).is_some_and(|code| {
            code.tries += 1;
            code.until > now && same(&code.hash, &given)
        });
        let is_void = inner.codes.get(name).is_some_and(|code| fits || code.tries >= limits::CODE_TRIES);
        if is_void {
            inner.codes.remove(name);
        }
        if !fits {
            inner.wrong.count(name, now);
        }
        fits
    }

    /// Whether a passphrase for this message is looked at; each look counts until [`Codes::passed`].
    pub(super) fn may_try(&self, name: &Name, now: Instant) -> bool {
        self.lock().wrong.has_room(name, now)
    }

    /// A passphrase was wrong.
    pub(super) fn failed(&self, name: &Name, now: Instant) {
        self.lock().wrong.count(name, now);
    }

    /// Counts a reply; false where there were too many.
    pub(super) fn replied(&self, name: &Name, now: Instant) -> bool {
        self.lock().replies.count(name, now)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Eight random digits.
fn digits() -> Option<Zeroizing<String>> {
    let mut octets = [0; 8];
    SystemRandom::new().fill(&mut octets).ok()?;
    Some(Zeroizing::new(format!("{:08}", u64::from_be_bytes(octets) % 100_000_000)))
}

fn hash(name: &Name, code: &str) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(name);
    context.update(code.as_bytes());
    context.finish().as_ref().to_vec()
}

/// Compares in a time that does not tell how much was right; hashes of one length.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
