//! Pages for staff. So far one: where a sender decides about a mail that is held for them.
//!
//! In: requests by HTTP, mostly through a web server in front that adds the TLS. Out: pages, and decisions by [`Queue::decide`].
//! Whoever has the link of a letter may decide by it; there is no sign-in, no cookie, no script, and nothing of a third party.
//!
//! Invariants: a GET or HEAD changes nothing, for robots follow links in mails; a token stands in no log, no ledger entry and no
//! page; what somebody wrote is escaped wherever it is shown (`page`, the one place with HTML); connections, their life, and what is
//! read of a form are bounded. What can fail: the store, which is told as "try again", and opening the port, which the gateway does.

mod form;
mod held;
mod page;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::connect_info::Connected;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::IncomingStream;
use axum::{Router, serve as http};
use maud::Markup;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::access::People;
use crate::base::limits;
use crate::config::Config;
use crate::ops::bounded::Bounded;
use crate::ops::visitor::Visitors;
use crate::queue::Queue;

/// What the pages look at and act on.
#[derive(Clone)]
struct Desk {
    config: watch::Receiver<Arc<Config>>,
    queue: Queue,
    people: Arc<People>,
    visitors: Arc<Visitors>,
}

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, Bounded>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Answers until told to stop; requests under way are finished.
///
/// # Errors
/// What the listener says; the gateway goes on without the pages.
pub async fn serve(
    listener: TcpListener,
    config: watch::Receiver<Arc<Config>>,
    (queue, people): (Queue, People),
    stop: CancellationToken,
) -> std::io::Result<()> {
    let desk = Desk { config, queue, people: Arc::new(people), visitors: Arc::default() };
    let router = Router::new()
        .route("/held/{token}", get(held::show).post(held::decide))
        .fallback(elsewhere)
        .layer(map_response(guarded))
        .with_state(desk);
    let bounded = Bounded::new(listener, limits::CONSOLE_CONNECTIONS, limits::CONSOLE_CONNECTION_TIME);
    http(bounded, router.into_make_service_with_connect_info::<Peer>()).with_graceful_shutdown(stop.cancelled_owned()).await
}

async fn elsewhere(State(desk): State<Desk>) -> Response {
    let config = desk.config.borrow().clone();
    answer(StatusCode::NOT_FOUND, page::nothing_here(&config.school))
}

fn answer(code: StatusCode, page: Markup) -> Response {
    (code, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string()).into_response()
}

/// Every answer, whoever made it, is neither kept, nor framed, nor guessed at, and lets its reader go nowhere with the address.
async fn guarded(mut response: Response) -> Response {
    let fields = [
        (header::CONTENT_SECURITY_POLICY, page::POLICY.clone()),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(fields);
    response
}
