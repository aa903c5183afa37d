//! Pages for people outside: where a secure message is opened, read and answered; and where its sender takes it back.
//!
//! In: requests by HTTP, through a web server in front that adds the TLS. Out: pages; code letters; replies, which go through
//! [`Pipeline::admit`] like any other mail. A recipient has the link of their notice and proves their address by a code mailed to it, or
//! by the passphrase that the sender set; a sender has the link of theirs.
//!
//! Invariants: a GET or HEAD changes nothing and mails nothing, for robots follow links in mails; a link, a code or a word of a
//! message stands in no log; a link that was never given out, is over or was taken back is answered alike, in words and in time; so is a
//! code that is wrong, old or never was. What a mail or a person says is escaped or sanitised wherever it is shown; HTML stands
//! in `page` alone. No script, nothing of a third party; one cookie, for one message. Connections, their life, and what is read, opened
//! and remembered are bounded. Codes and sessions are in memory: after a restart people ask for another code. What can fail: the store,
//! told as "try again"; and opening the port, which the gateway does.

mod codes;
mod colour;
mod door;
mod page;
mod reading;
mod reply;
mod sent;
mod sessions;
mod tally;
mod upload;
mod visit;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, serve as http};
use maud::Markup;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::base::limits;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::ops::bounded::Bounded;
use crate::ops::visitor::{Peer, Visitors, guards};
use crate::pipeline::Pipeline;
use crate::protect::pickup::Shelf;
use crate::queue::Queue;
use codes::Codes;
use sessions::Sessions;

/// What the pages look at and act on.
#[derive(Clone)]
struct Counter {
    config: watch::Receiver<Arc<Config>>,
    shelf: Shelf,
    queue: Queue,
    ledger: Ledger,
    pipeline: Arc<Pipeline>,
    visitors: Arc<Visitors>,
    codes: Arc<Codes>,
    sessions: Arc<Sessions>,
    /// A place for each message that is being opened or built.
    work: Arc<Semaphore>,
}

/// Answers until told to stop; requests under way are finished.
///
/// # Errors
/// What the listener says; the gateway goes on without the pages.
pub async fn serve(
    listener: TcpListener,
    config: watch::Receiver<Arc<Config>>,
    (shelf, queue, ledger): (Shelf, Queue, Ledger),
    pipeline: Arc<Pipeline>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let (visitors, codes, sessions) = Default::default();
    let work = Arc::new(Semaphore::new(limits::PICKUP_AT_WORK));
    let counter = Counter { config, shelf, queue, ledger, pipeline, visitors, codes, sessions, work };
    let router = Router::new()
        .route("/", get(door::front))
        .route("/help", get(door::help))
        .route("/logo", get(door::logo))
        .route("/p/{link}", get(door::show))
        .route("/p/{link}/code", get(door::code_form).post(door::mail_code))
        .route("/p/{link}/open", post(door::open))
        .route("/p/{link}/leave", post(door::leave))
        .route("/p/{link}/not-me", get(door::not_me_form).post(door::not_me))
        .route("/p/{link}/text", get(reading::text))
        .route("/p/{link}/file/{number}", get(reading::file))
        .route("/p/{link}/all", get(reading::all))
        .route("/p/{link}/reply", get(reply::form).post(reply::send))
        .route("/sent/{link}", get(sent::show).post(sent::act))
        .fallback(elsewhere)
        .layer(map_response(guarded))
        .with_state(counter);
    let bounded = Bounded::new(listener, limits::PICKUP_CONNECTIONS, limits::PICKUP_CONNECTION_TIME);
    http(bounded, router.into_make_service_with_connect_info::<Peer>()).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn elsewhere(State(counter): State<Counter>) -> Response {
    answer(StatusCode::NOT_FOUND, &counter.look(), page::nothing_here)
}

/// A page of ours, with the one policy that fits its look.
fn answer(code: StatusCode, look: &page::Look, page: impl FnOnce(&page::Look) -> Markup) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    (code, [kind, (header::CONTENT_SECURITY_POLICY, look.policy())], page(look).into_string()).into_response()
}

/// Every answer, whoever made it, is neither kept, nor framed by others, nor guessed at, and lets its reader go nowhere with the address.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // The text of a message alone is framed, by our own page; it brings its own policy.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    headers.extend(guards());
    let devices = HeaderValue::from_static("camera=(), geolocation=(), microphone=()");
    headers.insert(HeaderName::from_static("permissions-policy"), devices);
    response
}
