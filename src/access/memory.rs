//! Passwords found right a moment ago, so that twenty sessions a second of one mail client do not each pay for Argon2.
//!
//! Kept for each account: HMAC-SHA256 of the password under a key of this process, the version of the account's row, and the
//! time. It is good for a minute and for that version alone, so a new password or a suspension ends it at once. What is kept
//! cannot be turned into the password without the memory of this process, which sees passwords anyway.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ring::hmac;

use crate::base::Secret;

const GOOD_FOR: Duration = Duration::from_secs(60);
/// Accounts remembered at a time.
const MOST: usize = 4096;

pub(super) struct Memory {
    key: Option<hmac::Key>,
    seen: HashMap<String, Seen>,
}

struct Seen {
    tag: hmac::Tag,
    version: i64,
    at: Instant,
}

impl Memory {
    /// Without random bytes for a key nothing is remembered.
    pub(super) fn new() -> Self {
        Self { key: hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new()).ok(), seen: HashMap::new() }
    }

    /// Whether this password was found right for this version of the account within the last minute.
    pub(super) fn knows(&self, account: &str, version: i64, password: &Secret, now: Instant) -> bool {
        let (Some(key), Some(seen)) = (&self.key, self.seen.get(account)) else { return false };
        seen.version == version
            && now.saturating_duration_since(seen.at) < GOOD_FOR
            && hmac::verify(key, password.reveal(), seen.tag.as_ref()).is_ok()
    }

    pub(super) fn remember(&mut self, account: &str, version: i64, password: &Secret, now: Instant) {
        let Some(key) = &self.key else { return };
        if self.seen.len() >= MOST {
            self.seen.retain(|_, seen| now.saturating_duration_since(seen.at) < GOOD_FOR);
        }
        if self.seen.len() < MOST {
            let tag = hmac::sign(key, password.reveal());
            self.seen.insert(account.to_owned(), Seen { tag, version, at: now });
        }
    }
}
