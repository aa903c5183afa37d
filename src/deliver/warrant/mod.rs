//! What vouches for the hosts of a domain: who may be taken for its next hop, when a mail demands a verified one.
//!
//! In: a recipient domain and a route. Out: a [`Warrant`], against which host and certificate are held, or why there is none
//! ([`NoWarrant`]). A route with a host vouches for it itself. Of hosts that the DNS names, which an attacker of the DNS chooses,
//! one of three vouches, in this order: the route's `pins`; TLSA records that DNSSEC proves (DANE, RFC 7672); the domain's MTA-STS
//! policy in mode enforce (RFC 8461). What the first of them says is not overridden by the next: where there are TLSA records, a
//! certificate must match them (RFC 8461 section 2).
//! Invariants: no answer that nobody vouches for makes a warrant; a failure to find out is never taken for "there is none".
//! What can fail: DNS, HTTPS, the store; all of it may pass, and is told with the way out.

mod dane;
mod fetch;
mod policies;
mod policies_sql;
mod policy;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::names::{Names, Signed, Tlsa};
use super::trust::Trust;
use crate::base::{Assurance, Domain, Timestamp, limits};
use crate::config::{Config, NextHop, Route};
use crate::store::Store;
pub(super) use dane::{ByNames, ByRecords};
use policies::Policies;
use policy::{Mode, Policy};

/// How long it is remembered whether the hosts of a domain can be verified: for planning, not for delivery, which looks again.
const REMEMBERED_FOR: Duration = Duration::from_secs(3600);
/// The same, where it could not be found out, or there is no way.
const REFUSAL_REMEMBERED_FOR: Duration = Duration::from_secs(300);
/// How often kept policies are looked through.
const RENEWAL: Duration = Duration::from_secs(3600);
/// MX hosts whose TLSA records are asked for.
const HOSTS_ASKED: usize = 10;

/// What a host and its certificate are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Warrant {
    /// The name of the host itself, which the route gives.
    Name,
    /// One of these names, whatever the DNS calls the host.
    Pin(Vec<Domain>),
    /// TLSA records, by host.
    Dane { domain: Domain, hosts: BTreeMap<String, Vec<Tlsa>> },
    /// The hosts of a policy in mode enforce, each by its own name.
    Sts(Policy),
}

/// What DNSSEC says of a domain's hosts.
enum Dane {
    /// Usable TLSA records, by host.
    Hosts(BTreeMap<String, Vec<Tlsa>>),
    None,
    /// The name server of this machine passes no signatures on.
    Blind,
}

/// Why nobody vouches for the hosts of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoWarrant {
    /// It could not be found out now.
    Unknown(String),
    /// There is no way, until the domain or the configuration brings one.
    None(String),
}

/// Finds out what vouches for the hosts of a domain.
pub struct Warrants {
    names: Arc<dyn Names>,
    pub(super) trust: Arc<Trust>,
    policies: Policies,
    /// What was found lately, by domain and route.
    lately: Mutex<HashMap<(Domain, String), Found>>,
}

/// What was found, and when.
type Found = (Instant, Result<Assurance, NoWarrant>);

impl fmt::Display for NoWarrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(why) => f.write_str(why),
            Self::None(why) => write!(
                f,
                "{why}; a mail that may only go over a verified connection was not sent. Name the hosts of the domain in the route's \
                 pins, or send such mail by a route with a host"
            ),
        }
    }
}

impl NoWarrant {
    /// The bare reason.
    #[must_use]
    pub fn why(&self) -> &str {
        let (Self::Unknown(why) | Self::None(why)) = self;
        why
    }
}

impl Warrant {
    /// The word for it in the ledger.
    pub(super) fn assurance(&self) -> Assurance {
        match self {
            Self::Name => Assurance::Name,
            Self::Pin(_) => Assurance::Pin,
            Self::Dane { .. } => Assurance::Dane,
            Self::Sts(_) => Assurance::MtaSts,
        }
    }

    /// Whether a host that the DNS names may be tried at all.
    pub(super) fn admits(&self, host: &str) -> bool {
        match self {
            Self::Name | Self::Pin(_) => true,
            Self::Dane { hosts, .. } => hosts.contains_key(host),
            Self::Sts(policy) => policy.names(host),
        }
    }

    /// Why none of the hosts is admitted.
    pub(super) fn refusal(&self, domain: &Domain) -> String {
        match self {
            Self::Sts(policy) => format!(
                "none of the hosts that the DNS names for {domain} stands in its MTA-STS policy ({}): somebody may be misleading \
                 the DNS, or the domain has forgotten to change its policy",
                policy.patterns.join(", ")
            ),
            _ => format!("the hosts that the DNS names for {domain} are not those that its signed records name"),
        }
    }
}

impl Warrants {
    /// Over these names; policies lie in the store, or in memory where there is none.
    ///
    /// # Errors
    /// When TLS cannot be set up at all.
    pub fn new(
        names: Arc<dyn Names>,
        store: Option<Store>,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Result<Self, String> {
        let trust = Arc::new(Trust::new()?);
        let policies = Policies {
            names: names.clone(),
            trust: trust.clone(),
            now,
            store,
            memory: Mutex::default(),
            port: 443,
            time: limits::STS_FETCH_TIME,
        };
        Ok(Self { names, trust, policies, lately: Mutex::default() })
    }

    /// Fetches policies at another port, with less patience: for tests.
    #[must_use]
    pub fn fetching_at(mut self, port: u16, time: Duration) -> Self {
        self.policies.port = port;
        self.policies.time = time;
        self
    }

    /// What is known already, without asking anybody: whether mail for this domain can go over a verified connection by this route,
    /// and what vouches for it. Nothing where it has not been asked lately.
    #[must_use]
    pub fn known(&self, domain: &Domain, route: &Route) -> Option<Result<Assurance, NoWarrant>> {
        if let Some(settled) = settled(domain, route) {
            return Some(settled.map(|warrant| warrant.assurance()));
        }
        let lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, found) = lately.get(&key(domain, route))?;
        let good_for = if found.is_ok() { REMEMBERED_FOR } else { REFUSAL_REMEMBERED_FOR };
        (at.elapsed() < good_for).then(|| found.clone())
    }

    /// As [`Warrants::known`], and asks DNS and the domain where nothing is known.
    ///
    /// # Errors
    /// Nobody vouches for the hosts of the domain, or it cannot be found out now.
    pub async fn look(&self, domain: &Domain, route: &Route) -> Result<Assurance, NoWarrant> {
        match self.known(domain, route) {
            Some(known) => known,
            None => self.warrant(domain, route).await.map(|warrant| warrant.assurance()),
        }
    }

    /// What vouches for the hosts of a domain now.
    pub(super) async fn warrant(&self, domain: &Domain, route: &Route) -> Result<Warrant, NoWarrant> {
        if let Some(settled) = settled(domain, route) {
            return settled;
        }
        let found = self.find(domain, route).await;
        let assurance = found.as_ref().map(Warrant::assurance).map_err(Clone::clone);
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.len() >= limits::WARRANTS_REMEMBERED {
            lately.clear();
        }
        lately.insert(key(domain, route), (Instant::now(), assurance));
        found
    }

    async fn find(&self, domain: &Domain, route: &Route) -> Result<Warrant, NoWarrant> {
        let NextHop::Mx { port } = route.next_hop else { return Ok(Warrant::Name) };
        let unknown =
            |why: String| NoWarrant::Unknown(format!("whether the hosts of {domain} can be verified is not known: {why}"));
        let signed = self.signed(domain, port).await.map_err(unknown)?;
        if let Dane::Hosts(hosts) = signed {
            return Ok(Warrant::Dane { domain: domain.clone(), hosts });
        }
        let policy = self.policies.of(domain, route.ca_file.as_deref()).await.map_err(unknown)?;
        let lacks = match &policy {
            Some(policy) if policy.mode == Mode::Enforce => return Ok(Warrant::Sts(policy.clone())),
            Some(policy) => format!("the MTA-STS policy of {domain} is in mode {}", policy.mode.as_str()),
            None => format!("{domain} has no MTA-STS policy"),
        };
        Err(NoWarrant::None(match signed {
            Dane::Blind => format!("{lacks}, and this machine's name server passes no DNSSEC on, so TLSA records cannot be seen"),
            _ => format!("{lacks} and no signed TLSA records, so nobody vouches for its hosts"),
        }))
    }

    /// The MX hosts of a domain that have usable TLSA records, where all of it is signed (RFC 7672 section 2.2).
    async fn signed(&self, domain: &Domain, port: u16) -> Result<Dane, String> {
        let hosts = match self.ask(self.names.signed_exchangers(domain.as_str())).await? {
            Signed::Yes(hosts) => hosts,
            // Whoever can change these can lead the mail to a host whose records are in order.
            Signed::Unsigned => return Ok(Dane::None),
            // Without MX records the domain itself is the host (RFC 5321 section 5.1).
            Signed::None => vec![domain.as_str().to_owned()],
            Signed::Blind => return Ok(Dane::Blind),
        };
        let (mut found, mut failed) = (BTreeMap::new(), None);
        for host in hosts.into_iter().filter(|host| !host.is_empty()).take(HOSTS_ASKED) {
            match self.ask(self.names.tlsa(&host, port)).await {
                Ok(Signed::Yes(mut records)) => {
                    records.retain(Tlsa::is_usable);
                    if !records.is_empty() {
                        found.insert(host, records);
                    }
                }
                Ok(Signed::Unsigned | Signed::None | Signed::Blind) => {}
                Err(why) => failed = Some(format!("{host}: {why}")),
            }
        }
        match (found.is_empty(), failed) {
            (false, _) => Ok(Dane::Hosts(found)),
            (true, Some(why)) => Err(why),
            (true, None) => Ok(Dane::None),
        }
    }

    async fn ask<T>(&self, question: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        timeout(self.policies.time, question).await.unwrap_or_else(|_| Err("the DNS does not answer".to_owned()))
    }

    /// Keeps the policies that are used fresh, until told to stop.
    pub(super) async fn keep_fresh(&self, config: watch::Receiver<Arc<Config>>, stop: &CancellationToken) {
        let mut tick = tokio::time::interval(RENEWAL);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let ca_file = {
                let config = config.borrow();
                let direct = config.routes.values().find(|route| matches!(route.next_hop, NextHop::Mx { .. }));
                direct.and_then(|route| route.ca_file.clone())
            };
            let renewed = stop.run_until_cancelled(self.policies.renew(ca_file.as_deref())).await;
            if let Some(Err(error)) = renewed {
                tracing::warn!("MTA-STS policies cannot be kept fresh: {error}");
            }
        }
    }
}

/// What needs no asking.
fn settled(domain: &Domain, route: &Route) -> Option<Result<Warrant, NoWarrant>> {
    if matches!(route.next_hop, NextHop::Host { .. }) {
        return Some(Ok(Warrant::Name));
    }
    if let Some(names) = route.pins.get(domain) {
        return Some(Ok(Warrant::Pin(names.clone())));
    }
    let is_literal = domain.as_str().starts_with('[');
    is_literal.then(|| Err(NoWarrant::None(format!("{domain} is an address and no name, so nobody vouches for it"))))
}

fn key(domain: &Domain, route: &Route) -> (Domain, String) {
    (domain.clone(), route.name.clone())
}
