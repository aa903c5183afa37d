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

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve as http};
use maud::Markup;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::access::People;
use crate::base::limits;
use crate::config::Config;
use crate::ops::bounded::Bounded;
use crate::ops::visitor::{Peer, Visitors, guards};
use crate::queue::Queue;

/// What the pages look at and act on.
#[derive(Clone)]
struct Desk {
    config: watch::Receiver<Arc<Config>>,
    queue: Queue,
    people: Arc<People>,
    visitors: Arc<Visitors>,
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
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, page::POLICY.clone());
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.extend(guards());
    response
}
