//! Fetching an MTA-STS policy: one GET over verified TLS (RFC 8461 section 3.3).
//!
//! In: a domain. Out: the text of its policy. Invariants: the certificate is good for `mta-sts.DOMAIN`; no redirect is followed;
//! no more than `limits::STS_POLICY_OCTETS` are read, within the time given; whatever is not a plain 200 of text is an error.
//! What can fail: all of it, with a sentence for the operator.

use std::net::{IpAddr, SocketAddr};

use axum::body::{self, Body};
use axum::http::{Request, Response, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::task::AbortOnDropHandle;

use crate::base::{Domain, limits};
use crate::deliver::names::Names;

/// Addresses tried for one policy.
const ADDRESSES_TRIED: usize = 4;

/// The text of a domain's policy. The caller bounds the time.
pub(super) async fn policy(domain: &Domain, names: &dyn Names, tls: &TlsConnector, port: u16) -> Result<String, String> {
    let host = format!("mta-sts.{domain}");
    let stream = connect(&host, names, tls, port).await.map_err(|why| format!("{host}: {why}"))?;
    read(&host, stream).await.map_err(|why| format!("https://{host}/.well-known/mta-sts.txt: {why}"))
}

async fn connect(host: &str, names: &dyn Names, tls: &TlsConnector, port: u16) -> Result<TlsStream<TcpStream>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|e| e.to_string())?;
    let mut why = "the DNS knows no address of it".to_owned();
    let addresses: Vec<IpAddr> = names.addresses(host).await?;
    for address in addresses.into_iter().take(ADDRESSES_TRIED) {
        match TcpStream::connect(SocketAddr::new(address, port)).await {
            Ok(stream) => return tls.connect(name, stream).await.map_err(|e| e.to_string()),
            Err(e) => why = e.to_string(),
        }
    }
    Err(why)
}

async fn read(host: &str, stream: TlsStream<TcpStream>) -> Result<String, String> {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(limits::STS_POLICY_OCTETS);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let request = Request::get("/.well-known/mta-sts.txt").header(header::HOST, host).header(header::CONNECTION, "close");
    let request = request.body(Body::empty()).map_err(|e| e.to_string())?;
    let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}, and redirects are not followed", response.status().as_u16()));
    }
    if !is_text(&response) {
        return Err("what it sends is not text/plain".to_owned());
    }
    let body = body::to_bytes(Body::new(response.into_body()), limits::STS_POLICY_OCTETS).await.map_err(|e| e.to_string())?;
    String::from_utf8(body.into()).map_err(|_| "it is not UTF-8".to_owned())
}

/// What is not text was not written as a policy, but perhaps put there by a visitor of the site (RFC 8461 section 3.2).
fn is_text<B>(response: &Response<B>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/plain"))
}
