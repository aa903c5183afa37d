//! Routes of kind `mx` by which mail may demand a verified connection: whether anybody vouches for the hosts of the partners.
//!
//! Of all the domains that mail goes to, the partners are those that the config names. No host is connected to.

use std::time::Duration;

use tokio::time::timeout;

use super::Finding;
use crate::config::{Config, Method, NextHop, Route, RouteTls};
use crate::deliver::{NoWarrant, Warrants};
use crate::ops::remedy::Fault;

/// Time for one domain. A person waits.
const TRY_TIME: Duration = Duration::from_secs(20);
/// Partners that are looked at.
const PARTNERS: usize = 20;

/// One line for each partner and route where it matters.
pub(super) async fn look(config: &Config, warrants: &Warrants) -> Vec<Finding> {
    let asked = config.rules.iter().any(|rule| rule.act.encrypt.contains(&Method::TlsVerified));
    let matters = |route: &Route| asked || route.tls == RouteTls::Verified;
    let direct = config.routes.values().filter(|route| matches!(route.next_hop, NextHop::Mx { .. }) && matters(route));
    let mut findings = Vec::new();
    for route in direct {
        for domain in config.school.partners.iter().take(PARTNERS) {
            let name = format!("route {} to {domain}", route.name);
            let late = || Err(NoWarrant::Unknown("the DNS or the domain's web server does not answer in time".to_owned()));
            let found = timeout(TRY_TIME, warrants.look(domain, route)).await.unwrap_or_else(|_| late());
            findings.push(match found {
                Ok(by) => Finding::ok(name, format!("its hosts can be verified, by {}", by.as_str())),
                Err(no) => Finding::warn(name, fault(&no)),
            });
        }
    }
    findings
}

fn fault(no: &NoWarrant) -> Fault {
    let mend = match no {
        NoWarrant::Unknown(_) => "look at this machine's DNS and firewall; mail that demands a verified connection waits",
        NoWarrant::None(_) => {
            "ask the domain for MTA-STS or DANE, or name its hosts in the route's pins: mail that demands a verified connection \
             does not leave for it"
        }
    };
    Fault::new(no.why(), mend)
}

#[cfg(test)]
#[path = "vouching_tests.rs"]
mod tests;
