//! Where a copy goes next: the hosts to try for a group of recipients, in order.
//!
//! In: a route and the recipients of a copy. Out: one [`Leg`] for each destination, and for a leg its hosts. Invariants: every
//! recipient stands in exactly one leg; a mail is never handed to this gateway itself (RFC 5321 section 5.1).
//! What can fail: the DNS ([`NoHosts::Later`]), or the domain takes no mail ([`NoHosts::Never`]).

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use super::names::{Exchangers, Names};
use crate::base::{Domain, Recipient};
use crate::config::NextHop;

/// Hosts tried for one domain; a domain that lists more is either mistaken or means harm.
const HOSTS_TRIED: usize = 10;

/// The recipients of a copy that go the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) to: Destination,
    /// Places in the copy's list of recipients.
    pub(super) recipients: Vec<usize>,
}

/// Where a leg leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Destination {
    Host { host: String, port: u16 },
    Exchangers { domain: Domain, port: u16 },
}

/// Why a destination has no hosts to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoHosts {
    /// The DNS does not answer, or not yet.
    Later(String),
    /// The domain takes no mail.
    Never { status: &'static str, why: String },
}

impl Destination {
    /// The port of every host.
    pub(super) fn port(&self) -> u16 {
        match self {
            Self::Host { port, .. } | Self::Exchangers { port, .. } => *port,
        }
    }
}

/// Parts the recipients of a copy by where they go.
pub(super) fn legs(hop: &NextHop, recipients: &[Recipient]) -> Vec<Leg> {
    match hop {
        NextHop::Host { host, port } => {
            let to = Destination::Host { host: host.clone(), port: *port };
            vec![Leg { to, recipients: (0..recipients.len()).collect() }]
        }
        NextHop::Mx { port } => {
            let mut by_domain: BTreeMap<&Domain, Vec<usize>> = BTreeMap::new();
            for (place, recipient) in recipients.iter().enumerate() {
                by_domain.entry(recipient.address.domain()).or_default().push(place);
            }
            by_domain
                .into_iter()
                .map(|(domain, recipients)| Leg {
                    to: Destination::Exchangers { domain: domain.clone(), port: *port },
                    recipients,
                })
                .collect()
        }
    }
}

/// The hosts of a destination in the order to try them. `own` is the name of this gateway.
pub(super) async fn hosts(to: &Destination, names: &dyn Names, own: &Domain) -> Result<Vec<String>, NoHosts> {
    let domain = match to {
        Destination::Host { host, .. } => return Ok(vec![host.clone()]),
        Destination::Exchangers { domain, .. } => domain,
    };
    if let Some(literal) = literal(domain) {
        return Ok(vec![literal]);
    }
    match names.exchangers(domain.as_str()).await {
        Ok(Exchangers::Listed(listed)) => in_order(listed, domain, own),
        // RFC 5321 section 5.1: without MX records the domain itself is the host.
        Ok(Exchangers::None) => in_order(vec![(0, domain.as_str().to_owned())], domain, own),
        Ok(Exchangers::NoSuchDomain) => Err(NoHosts::Never {
            status: "5.1.2",
            why: format!("there is no domain {domain}: check the address for a slip of the pen"),
        }),
        Err(why) => Err(NoHosts::Later(format!("the DNS does not say who takes mail for {domain}: {why}"))),
    }
}

/// The address in an address literal (RFC 5321 section 4.1.3).
fn literal(domain: &Domain) -> Option<String> {
    let inner = domain.as_str().strip_prefix('[')?.strip_suffix(']')?;
    Some(inner.strip_prefix("ipv6:").unwrap_or(inner).to_owned())
}

fn in_order(mut listed: Vec<(u16, String)>, domain: &Domain, own: &Domain) -> Result<Vec<String>, NoHosts> {
    // RFC 7505 section 3: a single MX with an empty host says that the domain takes no mail.
    if listed.iter().all(|(_, host)| host.is_empty()) {
        return Err(NoHosts::Never { status: "5.1.10", why: format!("{domain} takes no mail (it says so in the DNS)") });
    }
    listed.retain(|(_, host)| !host.is_empty());
    // RFC 5321 section 5.1: where we are listed ourselves, only the hosts preferred to us may be tried.
    let ours = listed.iter().filter(|(_, host)| host == own.as_str()).map(|(preference, _)| *preference).min();
    if let Some(ours) = ours {
        listed.retain(|(preference, _)| *preference < ours);
    }
    if listed.is_empty() {
        let why =
            format!("mail for {domain} loops back to this gateway: its MX record names {own}, but it is not a domain kept here");
        return Err(NoHosts::Never { status: "5.4.6", why });
    }
    // At random within one preference, so that load is shared.
    let dice = RandomState::new();
    listed.sort_by_cached_key(|(preference, host)| (*preference, dice.hash_one(host)));
    listed.truncate(HOSTS_TRIED);
    Ok(listed.into_iter().map(|(_, host)| host).collect())
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
