//! Each route: reach it, encrypt as the route demands, verify its certificate, sign in, and leave with QUIT. No mail is named.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mail_send::smtp::AssertReply;
use mail_send::{Credentials, Error, SmtpClient, SmtpClientBuilder};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use smtp_proto::EXT_START_TLS;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::Finding;
use crate::base::{Domain, Secret};
use crate::config::{NextHop, Route, RouteTls, UpstreamSignIn};
use crate::ops::remedy::{self, Fault};

/// Time for a whole try. A person waits; delivery itself is more patient.
const TRY_TIME: Duration = Duration::from_secs(20);
/// Characters shown of what an upstream says.
const SHOWN: usize = 200;

/// A route being tried.
struct Try<'a> {
    route: &'a Route,
    host: &'a str,
    port: u16,
    hostname: &'a Domain,
}

/// What is found of one route.
pub(super) async fn look(route: &Route, hostname: &Domain) -> Vec<Finding> {
    let name = format!("route {}", route.name);
    let (host, port) = match &route.next_hop {
        NextHop::Host { host, port } => (host.as_str(), *port),
        NextHop::Mx { .. } => {
            return vec![Finding::ok(name, "goes straight to the MX of each domain; no host is tried beforehand")];
        }
    };
    let attempt = Try { route, host, port, hostname };
    let seen = match tokio::time::timeout(TRY_TIME, attempt.run()).await {
        Ok(seen) => seen,
        Err(_) => Err(attempt.unreachable(&format!("no answer within {} seconds", TRY_TIME.as_secs()))),
    };
    match seen {
        Ok(findings) => findings,
        Err(fault) => vec![Finding::bad(name, fault)],
    }
}

impl Try<'_> {
    async fn run(&self) -> Result<Vec<Finding>, Fault> {
        match self.route.tls {
            RouteTls::None => self.in_clear().await,
            RouteTls::Verified => self.encrypted(false).await.map(|text| vec![Finding::ok(self.name(), text)]),
            RouteTls::Implicit => self.encrypted(true).await.map(|text| vec![Finding::ok(self.name(), text)]),
            RouteTls::Opportunistic => self.opportunistic().await,
        }
    }

    fn name(&self) -> String {
        format!("route {}", self.route.name)
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn builder(&self, implicit: bool) -> Result<SmtpClientBuilder<String>, Fault> {
        let connector = connector(self.route.ca_file.as_deref())?;
        let builder = SmtpClientBuilder::new_with_tls_connector(self.host.to_owned(), self.port, connector);
        // The sign-in is a step of its own below, so that its refusal is told from every other.
        Ok(builder.implicit_tls(implicit).say_ehlo(false).helo_host(self.hostname.as_str()).timeout(TRY_TIME))
    }

    async fn encrypted(&self, implicit: bool) -> Result<String, Fault> {
        let mut client = self.builder(implicit)?.connect().await.map_err(|error| self.fault(&error))?;
        let version = client.tls_connection().protocol_version().and_then(|v| v.as_str()).unwrap_or("TLS").replace('_', ".");
        let signed_in = self.sign_in(&mut client).await?;
        leave(client).await;
        Ok(format!("{} answers with {version} and a certificate that holds{signed_in}", self.place()))
    }

    async fn in_clear(&self) -> Result<Vec<Finding>, Fault> {
        let mut client = self.builder(false)?.connect_plain().await.map_err(|error| self.fault(&error))?;
        let signed_in = self.sign_in(&mut client).await?;
        leave(client).await;
        let text = format!("{} answers, without encryption as the route says{signed_in}", self.place());
        if is_here(self.host) {
            return Ok(vec![Finding::ok(self.name(), text)]);
        }
        Ok(vec![Finding::warn(self.name(), Fault::new(text, "set tls = \"verified\", for anyone on the way can read this mail"))])
    }

    /// Any certificate will do for this route; whether it could ask for more is worth knowing.
    async fn opportunistic(&self) -> Result<Vec<Finding>, Fault> {
        let mut client = self.builder(false)?.connect_plain().await.map_err(|error| self.fault(&error))?;
        let offers = client.capabilities(self.hostname.as_str(), false).await.map_err(|error| self.fault(&error))?;
        leave(client).await;
        if !offers.has_capability(EXT_START_TLS) {
            let fault = Fault::new(
                format!("{} answers, and offers no encryption; mail goes in clear", self.place()),
                "ask the provider for a port with STARTTLS",
            );
            return Ok(vec![Finding::warn(self.name(), fault)]);
        }
        Ok(vec![match self.encrypted(false).await {
            Ok(text) => Finding::ok(self.name(), format!("{text}; tls = \"verified\" would work too")),
            Err(fault) => Finding::warn(self.name(), fault),
        }])
    }

    /// Signs in where the route does; gives what to add to the line.
    async fn sign_in<T: AsyncRead + AsyncWrite + Unpin>(&self, client: &mut SmtpClient<T>) -> Result<String, Fault> {
        let offers = client.capabilities(self.hostname.as_str(), false).await.map_err(|error| self.fault(&error))?;
        let Some(who) = &self.route.sign_in else { return Ok(String::new()) };
        let password = read_password(who)?;
        let secret = password.reveal_str().ok_or_else(|| self.refused(who, "the password file is not UTF-8"))?;
        let credentials = Credentials::Plain { username: who.user.as_str(), secret };
        match client.authenticate(Signing(&credentials), Offers(&offers)).await {
            Ok(_) => Ok(format!(", and takes the sign-in of {}", who.user)),
            Err(Error::AuthenticationFailed(reply) | Error::UnexpectedReply(reply)) => Err(self.refused(who, &as_said(&reply))),
            Err(Error::UnsupportedAuthMechanism) => Err(self.refused(who, "it offers no way to sign in that is known here")),
            Err(error) => Err(self.fault(&error)),
        }
    }

    fn refused(&self, who: &UpstreamSignIn, why: &str) -> Fault {
        remedy::upstream_sign_in(&self.route.name, &self.place(), who, &shown(why))
    }

    fn unreachable(&self, why: &str) -> Fault {
        remedy::upstream_unreachable(&self.route.name, &self.place(), &shown(why))
    }

    fn fault(&self, error: &Error) -> Fault {
        match error {
            Error::Tls(why) if matches!(**why, rustls::Error::InvalidCertificate(_)) => {
                remedy::upstream_certificate(&self.route.name, &self.place(), &shown(&why.to_string()))
            }
            Error::MissingStartTls => remedy::upstream_without_tls(&self.route.name, &self.place()),
            Error::UnexpectedReply(reply) => self.unreachable(&format!("it says {}", as_said(reply))),
            Error::Timeout => self.unreachable("no answer in time"),
            Error::Tls(why) => {
                self.unreachable(&format!("{why} (is tls = \"{}\" right for this port?)", tls_word(self.route.tls)))
            }
            other => self.unreachable(&other.to_string()),
        }
    }
}

/// What `authenticate` wants: things that can be borrowed as themselves.
struct Signing<'a>(&'a Credentials<&'a str>);
struct Offers<'a>(&'a smtp_proto::EhloResponse<String>);

impl<'a> AsRef<Credentials<&'a str>> for Signing<'a> {
    fn as_ref(&self) -> &Credentials<&'a str> {
        self.0
    }
}

impl AsRef<smtp_proto::EhloResponse<String>> for Offers<'_> {
    fn as_ref(&self) -> &smtp_proto::EhloResponse<String> {
        self.0
    }
}

/// The last word is a courtesy; the connection closes either way.
async fn leave<T: AsyncRead + AsyncWrite + Unpin>(mut client: SmtpClient<T>) {
    let _ = client.cmd(b"QUIT\r\n").await.map(AssertReply::assert_positive_completion);
}

fn read_password(who: &UpstreamSignIn) -> Result<Secret, Fault> {
    let mut bytes =
        std::fs::read(&who.password_file).map_err(|error| remedy::file("upstream password", &who.password_file, &error))?;
    while bytes.last().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
        bytes.pop();
    }
    Ok(Secret::new(bytes))
}

/// A connector that trusts the system's authorities and those of `ca_file`.
fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, Fault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let pem = std::fs::read(path).map_err(|error| remedy::file("ca_file", path, &error))?;
        let more = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let more = more.map_err(|e| {
            Fault::new(format!("the ca_file {} is not PEM: {e}", path.display()), "name a file of CERTIFICATE blocks")
        })?;
        roots.add_parsable_certificates(more);
    }
    if roots.is_empty() {
        return Err(Fault::new("this machine knows no certificate authorities", "apt-get install ca-certificates"));
    }
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(format!("TLS cannot be set up: {error}"), "this is a mistake of ours; tell us"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn tls_word(tls: RouteTls) -> &'static str {
    match tls {
        RouteTls::None => "none",
        RouteTls::Opportunistic => "opportunistic",
        RouteTls::Verified => "verified",
        RouteTls::Implicit => "implicit",
    }
}

/// A reply as it came over the wire; the library's own words are those of a debugger.
fn as_said(reply: &smtp_proto::Response<String>) -> String {
    let [class, subject, detail] = reply.esc;
    let enhanced = if class == 0 { String::new() } else { format!(" {class}.{subject}.{detail}") };
    format!("{}{enhanced} {}", reply.code, reply.message)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
