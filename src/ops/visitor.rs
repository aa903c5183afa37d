//! Who asks, as far as it matters: whoever tries link after link that is not valid has to wait, and forms of other sites count for
//! nothing.
//!
//! In: the connection's address and, where that is a web server on this machine, the address it names; what browsers say of a form.
//! Out: how long to wait, and whether the form is ours. A
//! whole school may come from one address, so some failures are free, and waits are short. A link cannot be guessed in any
//! case (160 bits): this keeps those who try from costing us anything. Nothing here can fail.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::access::throttle::Throttle;
use crate::base::limits;
use crate::config::PublicUrl;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Visitors with links that are not valid.
pub struct Visitors(Mutex<Throttle<IpAddr>>);

impl Default for Visitors {
    fn default() -> Self {
        Self(Mutex::new(Throttle::new(limits::INVALID_LINKS, LONGEST)))
    }
}

impl Visitors {
    /// How long this one has to wait; nothing where it need not.
    #[must_use]
    pub fn wait(&self, visitor: IpAddr) -> Option<Duration> {
        self.lock().wait(&visitor, Instant::now())
    }

    /// Counts a link that was not valid.
    pub fn mistaken(&self, visitor: IpAddr) {
        self.lock().failed(&visitor, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Throttle<IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The visitor's address. A web server on this machine names who asked it at the end of `X-Forwarded-For`; others are not believed.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let named = headers.get_all("x-forwarded-for").iter().next_back();
    let last = named.and_then(|list| list.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    network(last.filter(|_| peer.to_canonical().is_loopback()).unwrap_or(peer).to_canonical())
}

/// One household or school has a /64 at least (RFC 6177 section 2), and all its addresses are one visitor.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// What browsers say of where a form comes from, where they say it (Fetch Metadata; RFC 6454 section 7). Our own form has the
/// origin `null`, because our pages send no referrer (Fetch standard, section 3.2.5).
#[must_use]
pub fn is_from_our_page(headers: &HeaderMap, own: Option<&PublicUrl>) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let same_site = site.is_none_or(|site| site == b"same-origin" || site == b"none");
    let named = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("?"));
    same_site && named.is_none_or(|origin| origin == "null" || own.is_some_and(|own| own.is_origin(origin)))
}

#[cfg(test)]
#[path = "visitor_tests.rs"]
mod tests;
