//! One visit: what its link leads to, who may go on, and the form that came with it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use bytes::Bytes;
use tokio::time::Instant;

use super::page::{self, Look};
use super::{Counter, answer};
use crate::base::{Timestamp, limits};
use crate::config::Config;
use crate::ops::visitor::{Asked, is_from_our_page};
use crate::protect::pickup::{Link, Pickup};

/// A visit by a link that is good.
pub(super) struct Visit {
    pub(super) config: Arc<Config>,
    pub(super) look: Look,
    pub(super) link: Link,
    pub(super) pickup: Pickup,
}

/// What is answered instead of going on.
pub(super) type Instead = Box<Response>;

impl Counter {
    /// How pages look now.
    pub(super) fn look(&self) -> Look {
        Look::of(&self.config.borrow())
    }

    /// Opens the link of a recipient.
    pub(super) async fn visit(&self, asked: &Asked) -> Result<Visit, Instead> {
        let start = Instant::now();
        let (config, look) = (self.config.borrow().clone(), self.look());
        self.patience(asked, &look)?;
        if let Some(link) = link_in(&asked.uri, "/p/") {
            match self.shelf.find(&link, Timestamp::now()).await {
                Ok(Some(pickup)) => return Ok(Visit { config, look, link, pickup }),
                Ok(None) => {}
                Err(_) => return Err(not_now(&look)),
            }
        }
        Err(self.lost(asked, &look, start).await)
    }

    /// Opens the link of a sender: all messages of the mail that it is about.
    pub(super) async fn visit_sent(&self, asked: &Asked) -> Result<(Look, Link, Vec<Pickup>), Instead> {
        let (start, look) = (Instant::now(), self.look());
        self.patience(asked, &look)?;
        if let Some(link) = link_in(&asked.uri, "/sent/") {
            match self.shelf.sent(&link).await {
                Ok(found) if !found.is_empty() => return Ok((look, link, found)),
                Ok(_) => {}
                Err(_) => return Err(not_now(&look)),
            }
        }
        Err(self.lost(asked, &look, start).await)
    }

    /// Whether this request comes from somebody who has proved their address.
    pub(super) fn is_known(&self, visit: &Visit, asked: &Asked) -> bool {
        self.sessions.holds(&asked.headers, &visit.link.hash(), std::time::Instant::now())
    }

    /// Opens the link for somebody who has proved their address; others are sent to prove it.
    pub(super) async fn known(&self, asked: &Asked) -> Result<Visit, Instead> {
        let visit = self.visit(asked).await?;
        if self.is_known(&visit, asked) { Ok(visit) } else { Err(Box::new(visit.go(""))) }
    }

    /// Who was mistaken too often waits.
    fn patience(&self, asked: &Asked, look: &Look) -> Result<(), Instead> {
        let wait = self.visitors.wait(asked.address());
        wait.map_or(Ok(()), |wait| Err(Box::new(wait_first(look, wait))))
    }

    /// Counts a mistake: a link that leads nowhere, a wrong code.
    pub(super) fn mistaken(&self, asked: &Asked) {
        self.visitors.mistaken(asked.address());
    }

    /// One answer for every link that leads nowhere, in words and in time.
    async fn lost(&self, asked: &Asked, look: &Look, start: Instant) -> Instead {
        self.mistaken(asked);
        tokio::time::sleep_until(start + limits::INVALID_LINK_TIME).await;
        Box::new(answer(StatusCode::NOT_FOUND, look, page::not_valid))
    }

    /// The body of a small form that was sent from our own page.
    pub(super) async fn form(&self, look: &Look, asked: &Asked, body: Body) -> Result<Bytes, Instead> {
        self.own(look, asked)?;
        if !media(&asked.headers).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Box::new(answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, look, page::not_from_here)));
        }
        let read = to_bytes(body, limits::FORM_OCTETS).await;
        read.map_err(|_| Box::new(answer(StatusCode::PAYLOAD_TOO_LARGE, look, page::not_from_here)))
    }

    /// Whether a form comes from our own page.
    pub(super) fn own(&self, look: &Look, asked: &Asked) -> Result<(), Instead> {
        let config = self.config.borrow().clone();
        let own = config.pickup.as_ref().map(|pickup| &pickup.public_url);
        if is_from_our_page(&asked.headers, own) {
            Ok(())
        } else {
            Err(Box::new(answer(StatusCode::FORBIDDEN, look, page::not_from_here)))
        }
    }
}

impl Visit {
    /// Another page of this message.
    pub(super) fn go(&self, to: &str) -> Response {
        go(&self.look.of_message(&self.link, to))
    }
}

/// A `303` (RFC 9110 section 15.4.4): look there now.
pub(super) fn go(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().extend(HeaderValue::from_str(to).ok().map(|to| (header::LOCATION, to)));
    response
}

pub(super) fn not_now(look: &Look) -> Instead {
    Box::new(answer(StatusCode::SERVICE_UNAVAILABLE, look, page::not_now))
}

/// The first of the fields of one name.
pub(super) fn field(form: &[u8], wanted: &str) -> String {
    form_urlencoded::parse(form).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn media(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// The link in a path: what stands behind its beginning, up to the next slash.
fn link_in(uri: &Uri, beginning: &str) -> Option<Link> {
    uri.path().strip_prefix(beginning)?.split('/').next().and_then(Link::read)
}

fn wait_first(look: &Look, wait: Duration) -> Response {
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, look, page::wait_first);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}

/// A passphrase as it is compared: it is told by telephone, so letter case and the number of spaces do not count.
pub(super) fn plain_passphrase(typed: &str) -> String {
    typed.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
