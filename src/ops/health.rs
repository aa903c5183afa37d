//! The listener of `[ops]`: `/metrics` for Prometheus, `/healthz` for monitors, `/readyz` for balancers.
//!
//! In: named [`Checks`] of the parts, a [`Readiness`] that the gateway turns on and off, the metrics handle. Out: plain pages.
//! `/healthz` is 200 only if every part works; its body has one JSON object a line: `{"part":"store","ok":true}` or
//! `{"part":"queue","ok":false,"why":"…"}`. Invariants: at most [`CONNECTIONS`] at a time, each for at most
//! [`CONNECTION_TIME`]; a check that hangs is a part that does not work; nothing here shows content, addresses or secrets.
//! What can fail: only opening the port, which the caller does (`remedy::bind`). It has no sign-in: bind it to loopback or
//! to the monitors' network.

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::bounded::Bounded;

/// Connections at a time; a monitor needs one.
pub const CONNECTIONS: usize = 32;
/// Life of one connection, however it is used.
pub const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// The most that is read of a health page.
const PAGE_OCTETS: u64 = 64 << 10;
/// Time for one check.
const CHECK_TIME: Duration = Duration::from_secs(3);

type Looking = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
type Look = Arc<dyn Fn() -> Looking + Send + Sync>;

/// The parts that must work, each with a way to see whether it does.
#[derive(Clone, Default)]
pub struct Checks(Vec<(&'static str, Look)>);

/// What one check saw.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Part {
    pub part: &'static str,
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Whether mail should be sent here now: listeners open, not yet stopping.
#[derive(Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

/// All that the pages show.
#[derive(Clone)]
pub struct Pages {
    pub checks: Checks,
    pub ready: Readiness,
    pub metrics: PrometheusHandle,
}

impl Checks {
    /// Adds a part. `look` says nothing when it works, and otherwise why not, in words for the technician.
    #[must_use]
    pub fn with<L, F>(mut self, part: &'static str, look: L) -> Self
    where
        L: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.0.push((part, Arc::new(move || Box::pin(look()))));
        self
    }

    /// Looks at every part at once. Takes no longer than one check may.
    pub async fn look(&self) -> Vec<Part> {
        self.look_within(CHECK_TIME).await
    }

    async fn look_within(&self, time: Duration) -> Vec<Part> {
        let looking: Vec<_> = self.0.iter().map(|(part, look)| (*part, tokio::spawn(look()))).collect();
        let mut parts = Vec::with_capacity(looking.len());
        let end = tokio::time::Instant::now() + time;
        for (part, task) in looking {
            let stop = task.abort_handle();
            let why = match tokio::time::timeout_at(end, task).await {
                Ok(Ok(seen)) => seen.err(),
                Ok(Err(_)) => Some("the check itself broke; the log says more".to_owned()),
                Err(_) => {
                    stop.abort();
                    Some(format!("no answer within {} seconds", time.as_secs_f32()))
                }
            };
            parts.push(Part { part, ok: why.is_none(), why });
        }
        parts
    }
}

impl Readiness {
    /// Says whether mail may come.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    /// Whether mail may come.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Answers until told to stop; connections still open then end with their current answer, or with their time.
///
/// # Errors
/// What the listener says; the gateway goes on without the pages.
pub async fn serve(listener: TcpListener, pages: Pages, stop: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(elsewhere)
        .with_state(pages);
    axum::serve(Bounded::new(listener, CONNECTIONS, CONNECTION_TIME), router).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// Asks a running gateway how it is: what `schoolgate healthcheck` does for a container that has no curl.
///
/// # Errors
/// One sentence: the lines of the parts that do not work, or why there was no answer.
pub async fn ask(address: SocketAddr) -> Result<(), String> {
    let here = match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv4() => SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())),
        ip if ip.is_unspecified() => SocketAddr::from((Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    let answer = tokio::time::timeout(CHECK_TIME * 2, fetch(here)).await;
    let page = answer.map_err(|_| format!("{here} did not answer in time"))?.map_err(|error| {
        format!("no gateway answers at {here} ({error}): is it running? `systemctl status schoolgate` and its log tell")
    })?;
    let body = page.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let is_well = page.split(' ').nth(1) == Some("200");
    if is_well { Ok(()) } else { Err(body.lines().filter(|line| line.contains("false")).collect::<Vec<_>>().join("; ")) }
}

async fn fetch(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut page = Vec::new();
    stream.take(PAGE_OCTETS).read_to_end(&mut page).await?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

async fn metrics(State(pages): State<Pages>) -> Response {
    pages.metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], pages.metrics.render()).into_response()
}

async fn healthz(State(pages): State<Pages>) -> Response {
    let parts = pages.checks.look().await;
    let code = if parts.iter().all(|part| part.ok) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let mut body = String::new();
    for part in &parts {
        body.push_str(&serde_json::to_string(part).unwrap_or_default());
        body.push('\n');
    }
    (code, [(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

async fn readyz(State(pages): State<Pages>) -> Response {
    if pages.ready.get() {
        (StatusCode::OK, "ready\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready: starting or stopping\n").into_response()
    }
}

async fn elsewhere() -> Response {
    (StatusCode::NOT_FOUND, "here are /metrics, /healthz and /readyz\n").into_response()
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
