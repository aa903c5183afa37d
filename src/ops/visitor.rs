//! Who asks, as far as it matters: whoever tries link after link that is not valid has to wait, and forms of other sites count for
//! nothing.
//!
//! In: the connection's address and, where that is a web server on this machine, the address it names; what browsers say of a form.
//! Out: how long to wait, and whether the form is ours. A
//! whole school may come from one address, so some failures are free, and waits are short. A link cannot be guessed in any
//! case (160 bits): this keeps those who try from costing us anything. Nothing here can fail.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::serve::IncomingStream;

use super::bounded::Bounded;
use crate::access::throttle::Throttle;
use crate::base::limits;
use crate::config::PublicUrl;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What of a request says who asks, and for what.
pub struct Asked {
    pub peer: Peer,
    pub uri: Uri,
    pub headers: HeaderMap,
}

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

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = <ConnectInfo<Peer> as FromRequestParts<S>>::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let ConnectInfo(peer) = ConnectInfo::from_request_parts(parts, state).await?;
        Ok(Self { peer, uri: parts.uri.clone(), headers: parts.headers.clone() })
    }
}

impl Asked {
    /// The visitor's address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        address(self.peer.0.ip(), &self.headers)
    }
}

/// What every answer of our pages says, whoever made it: it is neither kept nor guessed at, and lets its reader go nowhere with the address.
#[must_use]
pub fn guards() -> [(HeaderName, HeaderValue); 6] {
    [
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ]
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
