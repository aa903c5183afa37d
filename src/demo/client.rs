//! The demo's mail client: STARTTLS, sign-in, one mail.

use std::sync::Arc;
use std::time::Duration;

use mail_send::smtp::message::Message;
use mail_send::{Credentials, Error, SmtpClientBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::samples::Sample;
use super::{HOST, OFFICE, PASSWORD};

/// How long a sample may take.
const TIME: Duration = Duration::from_secs(20);

/// Sends a sample; the reply to it as one line.
///
/// # Errors
/// A sentence, when there was no reply.
pub async fn send(server: std::net::SocketAddr, certificate: &str, sample: &Sample) -> Result<String, String> {
    let connector = trusting(certificate)?;
    let client = SmtpClientBuilder::new_with_tls_connector(HOST, server.port(), connector)
        .implicit_tls(false)
        .helo_host("demo.example")
        .credentials(Credentials::Plain { username: OFFICE, secret: PASSWORD })
        .timeout(TIME);
    let mut client = client.connect().await.map_err(|error| format!("the demo's client cannot sign in: {error}"))?;
    let body = sample.mail.strip_suffix(b"\r\n").unwrap_or(sample.mail); // mail-send adds a line end of its own
    let message = Message::new(OFFICE, sample.to.iter().copied(), body);
    let reply = match client.send(message).await {
        Ok(reply) | Err(Error::UnexpectedReply(reply)) => reply,
        Err(error) => return Err(format!("the demo's client got no reply: {error}")),
    };
    let [a, b, c] = reply.esc;
    let _ = client.quit().await; // the mail has been answered
    Ok(format!("{} {a}.{b}.{c} {}", reply.code, reply.message.replace('\n', " ").trim()))
}

/// A connector that trusts just the demo's own certificate.
fn trusting(certificate: &str) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|error| error.to_string())?;
    roots.add(certificate).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
