//! `/held/TOKEN`: a sender's own held mail.
//!
//! GET shows what waits and asks; POST does what was chosen. Where the token is unknown, altered, over or about a mail that others
//! have decided, the answer is the same page, with the same code, after the same time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use tokio::time::Instant;

use super::form::Form;
use super::page::{self, Filled};
use super::{Desk, answer};
use crate::base::{Timestamp, limits};
use crate::config::{Config, RouteTls};
use crate::ops::visitor::{Asked, is_from_our_page};
use crate::queue::{Demand, Job, Linked, Token};
use crate::store::StoreError;

/// `GET /held/TOKEN`, and HEAD.
pub(super) async fn show(State(desk): State<Desk>, asked: Asked) -> Response {
    let config = desk.config.borrow().clone();
    match desk.open(&config, &asked).await {
        Ok((_, linked)) => match linked.decided {
            Some(decided) => answer(StatusCode::OK, page::decided_before(&config.school, decided)),
            None => {
                answer(StatusCode::OK, page::held(&config.school, &linked, &Filled::blank(encryption(&config, &linked.jobs))))
            }
        },
        Err(response) => *response,
    }
}

/// `POST /held/TOKEN`.
pub(super) async fn decide(State(desk): State<Desk>, asked: Asked, body: Body) -> Response {
    let config = desk.config.borrow().clone();
    let (token, linked) = match desk.open(&config, &asked).await {
        Ok(opened) => opened,
        Err(response) => return *response,
    };
    let form = match read(&config, &asked.headers, body).await {
        Ok(body) => Form::read(&body),
        Err(code) => return answer(code, page::not_from_here(&config.school)),
    };
    if let Some(decided) = linked.decided {
        return answer(StatusCode::CONFLICT, page::decided_before(&config.school, decided));
    }
    let encryption = encryption(&config, &linked.jobs);
    let choice = match form.choice(encryption) {
        Ok(choice) => choice,
        Err(missing) => {
            let filled = Filled { form, missing: Some(missing), encryption };
            return answer(StatusCode::UNPROCESSABLE_ENTITY, page::held(&config.school, &linked, &filled));
        }
    };
    let decided = choice.decided();
    match desk.queue.decide(&token, choice, Timestamp::now()).await {
        Ok(()) => answer(StatusCode::OK, page::decided_now(&config.school, &linked, decided)),
        // Somebody was quicker: in another window, at the command line, or time itself.
        Err(StoreError::Refused(_)) => answer(StatusCode::CONFLICT, page::overtaken(&config.school)),
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, page::not_now(&config.school)),
    }
}

impl Desk {
    /// What the link of this request leads to, or the page that says why it leads nowhere.
    async fn open(&self, config: &Config, asked: &Asked) -> Result<(Token, Linked), Box<Response>> {
        let start = Instant::now();
        let visitor = asked.address();
        if let Some(wait) = self.visitors.wait(visitor) {
            return Err(Box::new(wait_first(config, wait)));
        }
        let token = asked.uri.path().strip_prefix("/held/").and_then(Token::read);
        if let Some(token) = token {
            match self.queue.linked(&token, Timestamp::now()).await {
                Ok(Some(linked)) => return self.welcome(config, linked).await.map(|linked| (token, linked)),
                Ok(None) => {}
                Err(_) => return Err(Box::new(answer(StatusCode::SERVICE_UNAVAILABLE, page::not_now(&config.school)))),
            }
        }
        self.visitors.mistaken(visitor);
        tokio::time::sleep_until(start + limits::INVALID_LINK_TIME).await;
        Err(Box::new(answer(StatusCode::NOT_FOUND, page::not_valid(&config.school))))
    }
}

impl Desk {
    /// Whoever may not send may not let go either: a suspension holds at once, here too.
    async fn welcome(&self, config: &Config, linked: Linked) -> Result<Linked, Box<Response>> {
        match self.people.is_suspended(&linked.sender).await {
            Ok(false) => Ok(linked),
            Ok(true) => Err(Box::new(answer(StatusCode::FORBIDDEN, page::suspended(&config.school)))),
            Err(_) => Err(Box::new(answer(StatusCode::SERVICE_UNAVAILABLE, page::not_now(&config.school)))),
        }
    }
}

fn wait_first(config: &Config, wait: Duration) -> Response {
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, page::wait_first(&config.school));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}

/// The body of a form that was sent from our own page.
async fn read(config: &Arc<Config>, headers: &HeaderMap, body: Body) -> Result<Bytes, StatusCode> {
    let own = config.console.as_ref().map(|console| &console.public_url);
    if !is_from_our_page(headers, own) {
        return Err(StatusCode::FORBIDDEN);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    to_bytes(body, limits::FORM_OCTETS).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// The encryption that can be had for all of these copies now. A route that the school has set to no TLS has none to offer; on any
/// other the connection itself shows, and a copy that demands it waits rather than leave without.
fn encryption(config: &Config, jobs: &[Job]) -> Option<Demand> {
    let offers = |job: &Job| config.routes.get(&job.copy.route).is_some_and(|route| route.tls != RouteTls::None);
    jobs.iter().all(offers).then_some(Demand::VerifiedTls)
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
