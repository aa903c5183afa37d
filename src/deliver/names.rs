//! What the DNS says about next hops.
//!
//! In: a domain or a host name. Out: its mail exchangers, its addresses, its texts; and of some records whether they are signed
//! all the way from the root (DNSSEC), which this program finds out itself and does not take from the name server's word.
//! A trait, so that tests can say what the DNS says. What can fail: the DNS; "there is no such name" is an answer and not a failure.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::rr::{Name, RData, RecordType};

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

/// An answer whose signatures were looked at. What ought to be signed and is not is a failure, never an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed<T> {
    /// Signed all the way from the root.
    Yes(T),
    /// There, and proven not to be signed.
    Unsigned,
    /// Not there, and that is proven where it is signed.
    None,
    /// The name server passes no signatures on, not even the root's: nothing can be known.
    Blind,
}

/// A TLSA record (RFC 6698 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    pub usage: u8,
    pub selector: u8,
    pub matching: u8,
    pub data: Vec<u8>,
}

/// Asks the DNS.
pub trait Names: Send + Sync + 'static {
    /// The mail exchangers of a domain.
    fn exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Exchangers>;
    /// The addresses of a host; empty when it has none.
    fn addresses<'a>(&'a self, host: &'a str) -> Answer<'a, Vec<IpAddr>>;
    /// The hosts of a domain's MX records, where those are signed.
    fn signed_exchangers<'a>(&'a self, _domain: &'a str) -> Answer<'a, Signed<Vec<String>>> {
        Box::pin(async { Ok(Signed::None) })
    }
    /// The TLSA records of a host for a port of TCP, where those are signed.
    fn tlsa<'a>(&'a self, _host: &'a str, _port: u16) -> Answer<'a, Signed<Vec<Tlsa>>> {
        Box::pin(async { Ok(Signed::None) })
    }
    /// The TXT records of a name, the strings of each joined; empty when it has none.
    fn texts<'a>(&'a self, _name: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The machine's own resolver: `/etc/hosts` and `/etc/resolv.conf`.
pub struct SystemNames {
    resolver: Result<TokioResolver, String>,
    /// One that asks for signatures and checks them. It is slower, so only those ask it who need to know.
    checking: Result<TokioResolver, String>,
}

impl SystemNames {
    /// Reads the machine's settings; where they cannot be read every lookup of an MX says so.
    #[must_use]
    pub fn new() -> Self {
        let (config, options) = match hickory_resolver::system_conf::read_system_conf() {
            Ok(read) => read,
            Err(e) => {
                let why = format!("/etc/resolv.conf cannot be used: {e}");
                return Self { resolver: Err(why.clone()), checking: Err(why) };
            }
        };
        Self::over(config, options, TrustAnchors::default())
    }

    /// Asks one name server, and believes what leads to this anchor.
    #[must_use]
    pub fn asking(server: SocketAddr, anchors: TrustAnchors) -> Self {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut way| {
            way.port = server.port();
            way
        });
        let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
        let mut options = ResolverOpts::default();
        options.use_hosts_file = ResolveHosts::Never;
        Self::over(ResolverConfig::from_name_servers(vec![server]), options, anchors)
    }

    fn over(config: ResolverConfig, mut options: ResolverOpts, anchors: TrustAnchors) -> Self {
        options.case_randomization = true;
        let build = |options: ResolverOpts, anchors: Option<TrustAnchors>| {
            let builder = TokioResolver::builder_with_config(config.clone(), TokioRuntimeProvider::default());
            let builder = builder.with_options(options);
            let builder = match anchors {
                Some(anchors) => builder.with_trust_anchor(Arc::new(anchors)),
                None => builder,
            };
            builder.build().map_err(|e| format!("the DNS cannot be asked: {e}"))
        };
        let resolver = build(options.clone(), None);
        options.validate = true;
        options.preserve_intermediates = true; // an alias on the way must be signed as well, so it has to be seen
        Self { resolver, checking: build(options, Some(anchors)) }
    }

    /// Records that are signed from the root on.
    async fn signed(&self, name: &str, kind: RecordType) -> Result<Signed<Vec<RData>>, String> {
        let checking = self.checking.as_ref().map_err(Clone::clone)?;
        let name = Name::from_ascii(format!("{name}.")).map_err(|e| e.to_string())?;
        let doubt = match checking.lookup(name.clone(), kind).await {
            Ok(lookup) => {
                let answers = lookup.answers();
                let all = |proof: Proof| !answers.is_empty() && answers.iter().all(|record| record.proof == proof);
                if all(Proof::Secure) && answers.iter().any(|record| record.name == name) {
                    return Ok(Signed::Yes(answers.iter().map(|record| record.data.clone()).collect()));
                }
                // One link of a chain of aliases that is not signed is enough to lead it elsewhere.
                if answers.iter().all(|record| matches!(record.proof, Proof::Secure | Proof::Insecure)) {
                    return Ok(if answers.is_empty() { Signed::None } else { Signed::Unsigned });
                }
                "its signatures (DNSSEC) do not hold".to_owned()
            }
            Err(e) if e.is_no_records_found() => return Ok(Signed::None),
            // An answer of "no" out of a part of the zone that the parent leaves unsigned (RFC 5155 section 6).
            Err(NetError::Dns(DnsError::Nsec { proof: Proof::Insecure, .. })) => return Ok(Signed::None),
            Err(e) => e.to_string(),
        };
        if self.sees_signatures().await { Err(doubt) } else { Ok(Signed::Blind) }
    }

    /// Whether the addresses of a host are there and proven to lie in a zone that is not signed. That there are none proves nothing:
    /// it may be signed as well.
    async fn is_unsigned(&self, host: &str) -> bool {
        let (Ok(checking), Ok(name)) = (&self.checking, Name::from_ascii(format!("{host}."))) else { return false };
        for kind in [RecordType::A, RecordType::AAAA] {
            let Ok(lookup) = checking.lookup(name.clone(), kind).await else { continue };
            let (mut known, mut unsigned) = (true, false);
            for record in lookup.answers() {
                known &= matches!(record.proof, Proof::Secure | Proof::Insecure);
                unsigned |= record.proof == Proof::Insecure;
            }
            if known && unsigned {
                return true;
            }
        }
        false
    }

    /// Whether the name server shows signatures at all: the root is signed.
    async fn sees_signatures(&self) -> bool {
        let Ok(checking) = &self.checking else { return false };
        let answer = checking.lookup(Name::root(), RecordType::NS).await;
        answer.is_ok_and(|lookup| lookup.answers().iter().any(|record| record.proof == Proof::Secure))
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

    fn signed_exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Signed<Vec<String>>> {
        Box::pin(async move {
            Ok(match self.signed(domain, RecordType::MX).await? {
                Signed::Yes(records) => match listed(records.iter()) {
                    Exchangers::Listed(hosts) => Signed::Yes(hosts.into_iter().map(|(_, host)| host).collect()),
                    Exchangers::None | Exchangers::NoSuchDomain => Signed::None,
                },
                Signed::Unsigned => Signed::Unsigned,
                Signed::None => Signed::None,
                Signed::Blind => Signed::Blind,
            })
        })
    }

    fn tlsa<'a>(&'a self, host: &'a str, port: u16) -> Answer<'a, Signed<Vec<Tlsa>>> {
        Box::pin(async move {
            match self.signed(&format!("_{port}._tcp.{host}"), RecordType::TLSA).await {
                Ok(Signed::Yes(records)) => Ok(Signed::Yes(records.iter().filter_map(tlsa).collect())),
                Ok(Signed::Unsigned) => Ok(Signed::Unsigned),
                Ok(Signed::None) => Ok(Signed::None),
                Ok(Signed::Blind) => Ok(Signed::Blind),
                // RFC 7672 section 2.2.2: name servers of unsigned zones that choke on a TLSA question must not stop mail.
                Err(_) if self.is_unsigned(host).await => Ok(Signed::None),
                Err(why) => Err(why),
            }
        })
    }

    fn texts<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let resolver = self.resolver.as_ref().map_err(Clone::clone)?;
            match resolver.txt_lookup(format!("{name}.")).await {
                Ok(lookup) => Ok(lookup.answers().iter().filter_map(|record| text(&record.data)).collect()),
                Err(e) if e.is_no_records_found() => Ok(Vec::new()),
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

fn tlsa(data: &RData) -> Option<Tlsa> {
    let RData::TLSA(record) = data else { return None };
    let (usage, selector, matching) = (record.cert_usage.into(), record.selector.into(), record.matching.into());
    Some(Tlsa { usage, selector, matching, data: record.cert_data.clone() })
}

fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
}
