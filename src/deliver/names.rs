//! What the DNS says about next hops.
//!
//! In: a domain or a host name. Out: its mail exchangers, its addresses. A trait, so that tests can say what the DNS says.
//! What can fail: the DNS; "there is no such name" is an answer and not a failure.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

/// A boxed future of an answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What the DNS says of a domain's mail exchangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchangers {
    /// MX records: preference and host, in no order. A null MX (RFC 7505) is one whose host is empty.
    Listed(Vec<(u16, String)>),
    /// The domain exists without MX records.
    None,
    /// The domain does not exist.
    NoSuchDomain,
}

/// Asks the DNS.
pub trait Names: Send + Sync + 'static {
    /// The mail exchangers of a domain.
    fn exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Exchangers>;
    /// The addresses of a host; empty when it has none.
    fn addresses<'a>(&'a self, host: &'a str) -> Answer<'a, Vec<IpAddr>>;
}

/// The machine's own resolver: `/etc/hosts` and `/etc/resolv.conf`.
pub struct SystemNames {
    resolver: Result<TokioResolver, String>,
}

impl SystemNames {
    /// Reads the machine's settings; where they cannot be read every lookup of an MX says so.
    #[must_use]
    pub fn new() -> Self {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            builder.options_mut().case_randomization = true;
            builder.build()
        });
        Self { resolver: resolver.map_err(|e| format!("/etc/resolv.conf cannot be used: {e}")) }
    }
}

impl Default for SystemNames {
    fn default() -> Self {
        Self::new()
    }
}

impl Names for SystemNames {
    fn exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Exchangers> {
        Box::pin(async move {
            let resolver = self.resolver.as_ref().map_err(Clone::clone)?;
            // The dot at the end keeps search lists out of it.
            match resolver.mx_lookup(format!("{domain}.")).await {
                Ok(lookup) => Ok(listed(lookup.answers().iter().map(|record| &record.data))),
                Err(e) if e.is_nx_domain() => Ok(Exchangers::NoSuchDomain),
                Err(e) if e.is_no_records_found() => Ok(Exchangers::None),
                Err(e) => Err(e.to_string()),
            }
        })
    }

    fn addresses<'a>(&'a self, host: &'a str) -> Answer<'a, Vec<IpAddr>> {
        Box::pin(async move {
            match tokio::net::lookup_host((host, 0)).await {
                Ok(found) => Ok(found.map(|address| address.ip()).collect()),
                Err(e) => Err(e.to_string()),
            }
        })
    }
}

fn listed<'r>(answers: impl Iterator<Item = &'r RData>) -> Exchangers {
    let hosts: Vec<(u16, String)> = answers
        .filter_map(|data| match data {
            RData::MX(mx) => Some((mx.preference, mx.exchange.to_ascii().trim_end_matches('.').to_ascii_lowercase())),
            _ => None,
        })
        .collect();
    if hosts.is_empty() { Exchangers::None } else { Exchangers::Listed(hosts) }
}
