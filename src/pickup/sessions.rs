//! Who has proved their address: one cookie for one message, for an hour at most.
//!
//! The cookie is random, known here as a hash only, and good for nothing without the link of its message.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, header};

use super::codes::Name;
use crate::base::limits;
use crate::protect::pickup::Link;

const COOKIE: &str = "pickup";

/// The sessions of all messages, by the hash of their cookie.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], (Name, Instant)>>);

impl Sessions {
    /// Begins one; the cookie's value.
    pub(super) fn begin(&self, name: &Name, now: Instant) -> Option<Link> {
        let token = Link::new()?;
        let mut all = self.lock();
        all.retain(|_, (_, until)| *until > now);
        if all.len() >= limits::PICKUP_REMEMBERED {
            return None;
        }
        all.insert(token.hash(), (*name, now + limits::PICKUP_SESSION_TIME));
        Some(token)
    }

    /// Whether this request belongs to a session of that message.
    pub(super) fn holds(&self, headers: &HeaderMap, name: &Name, now: Instant) -> bool {
        let all = self.lock();
        tokens(headers).any(|token| all.get(&token.hash()).is_some_and(|(of, until)| of == name && *until > now))
    }

    /// Ends the session of this request.
    pub(super) fn end(&self, headers: &HeaderMap) {
        let mut all = self.lock();
        for token in tokens(headers) {
            all.remove(&token.hash());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], (Name, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The `Set-Cookie` of a session (RFC 6265), for the pages below one path; an empty value takes it away.
pub(super) fn cookie(value: &str, path: &str) -> String {
    let age = if value.is_empty() { 0 } else { limits::PICKUP_SESSION_TIME.as_secs() };
    format!("{COOKIE}={value}; Path={path}; Max-Age={age}; HttpOnly; Secure; SameSite=Strict")
}

/// A browser may send several cookies of one name; few of them are looked at.
fn tokens(headers: &HeaderMap) -> impl Iterator<Item = Link> {
    let lists = headers.get_all(header::COOKIE).iter().filter_map(|list| list.to_str().ok());
    let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).take(4).filter_map(|(_, value)| Link::read(value))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::http::{HeaderMap, header};

    use super::{Sessions, cookie};
    use crate::base::limits;

    fn with(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, format!("other=1; pickup={value}").parse().unwrap());
        headers
    }

    #[test]
    fn a_session_is_for_one_message_and_ends() {
        let (sessions, start) = (Sessions::default(), Instant::now());
        let token = sessions.begin(&[1; 32], start).unwrap();
        let mine = with(token.reveal());
        assert!(sessions.holds(&mine, &[1; 32], start));
        assert!(!sessions.holds(&mine, &[2; 32], start) && !sessions.holds(&HeaderMap::new(), &[1; 32], start));
        assert!(!sessions.holds(&with(&"0".repeat(40)), &[1; 32], start));
        assert!(!sessions.holds(&mine, &[1; 32], start + limits::PICKUP_SESSION_TIME));
        sessions.end(&mine);
        assert!(!sessions.holds(&mine, &[1; 32], start));
    }

    #[test]
    fn the_cookie_is_strict() {
        let set = cookie("abc", "/p/x");
        for word in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/p/x;", "pickup=abc;"] {
            assert!(set.contains(word), "{word}: {set}");
        }
        assert!(!set.contains("Domain") && cookie("", "/p/x").contains("Max-Age=0"));
    }
}
