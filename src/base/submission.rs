//! What a front hands to the pipeline: one mail with its envelope and where it came from.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Address, Envelope, Ref, Timestamp};

/// One mail as it came in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its name from now on.
    pub reference: Ref,
    /// When the first byte of it was asked for.
    pub received_at: Timestamp,
    /// From whom and for whom.
    pub envelope: Envelope,
    /// How it came.
    pub origin: Origin,
    /// The mail, dots unstuffed, ending in CRLF, with no bare CR, bare LF or NUL.
    pub raw: Bytes,
}

/// How a mail came to the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The kind of the listener.
    pub listener: ListenerKind,
    /// The client's address, from the PROXY header where a trusted balancer gave one.
    pub client: SocketAddr,
    /// What it said in EHLO or HELO, printable ASCII only.
    pub helo: String,
    /// Whether it said EHLO.
    pub esmtp: bool,
    /// The TLS session, where there is one.
    pub tls: Option<TlsFacts>,
    /// Who signed in.
    pub account: Option<Address>,
}

/// What is known of a TLS session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Such as `TLSv1.3`.
    pub version: String,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
}

impl TlsFacts {
    #[must_use]
    pub fn new(version: impl Into<String>, cipher: impl Into<String>) -> Self {
        Self { version: version.into(), cipher: cipher.into() }
    }
}

/// How a next hop has proven that it is the right one; beside [`TlsFacts`], where its certificate was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsProof {
    pub by: Assurance,
    /// The name that its certificate was verified for.
    pub peer: String,
    /// SHA-256 of its certificate, in hexadecimal.
    pub certificate: String,
    /// Whether it was told to demand the same of the next one (RFC 8689).
    #[serde(default)]
    pub onward: bool,
}

/// What stands behind the name of a next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// The route names the host.
    Name,
    /// Signed records of the DNS hold its certificate (RFC 7672).
    Dane,
    /// The domain's policy names the host (RFC 8461).
    MtaSts,
    /// The configuration names the host for that domain.
    Pin,
}

impl Assurance {
    /// The word for it, as in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Dane => "dane",
            Self::MtaSts => "mta-sts",
            Self::Pin => "pin",
        }
    }
}

/// What a `[[listen]]` section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenerKind {
    /// STARTTLS, then AUTH (RFC 6409).
    Submission,
    /// TLS from the first byte, then AUTH (RFC 8314).
    Submissions,
    /// Trusted networks, no AUTH.
    Relay,
    /// Trusted networks, no AUTH; what comes is archived and goes nowhere.
    Journal,
    /// No SMTP at all: a reply that somebody outside wrote on a pickup page.
    Pickup,
}
