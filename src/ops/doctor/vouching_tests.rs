//! Partners of a route of kind `mx`, with a DNS that knows of no policy.

use std::net::IpAddr;
use std::sync::Arc;

use super::look;
use crate::base::Timestamp;
use crate::config::{Actions, Fields, Method, NextHop, RouteTls};
use crate::deliver::{Answer, Exchangers, Names, Warrants};
use crate::policy::sample::{config, domain, rule};

struct Bare;

impl Names for Bare {
    fn exchangers<'a>(&'a self, _: &'a str) -> Answer<'a, Exchangers> {
        Box::pin(async { Ok(Exchangers::None) })
    }

    fn addresses<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<IpAddr>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn partners_are_looked_at_where_a_verified_connection_may_be_demanded() {
    let warrants = Warrants::new(Arc::new(Bare), None, Arc::new(Timestamp::now)).unwrap();
    let act = Actions { encrypt: vec![Method::TlsVerified], ..Actions::default() };
    let mut config = config(vec![rule("c", Fields::default(), act)]);
    config.school.partners = vec![domain("pinned.test"), domain("bare.test")];
    assert!(look(&config, &warrants).await.is_empty(), "a route with a host vouches for itself");
    let route = config.routes.get_mut("default").unwrap();
    (route.next_hop, route.tls) = (NextHop::Mx { port: 25 }, RouteTls::Opportunistic);
    route.pins.insert(domain("pinned.test"), vec![domain("mx.pinned.test")]);
    let lines: Vec<String> = look(&config, &warrants).await.iter().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "ok   route default to pinned.test: its hosts can be verified, by pin");
    let bare = &lines[1];
    assert!(
        bare.starts_with("warn route default to bare.test: bare.test has no MTA-STS policy") && bare.contains("pins"),
        "{bare}"
    );
    config.rules.clear();
    assert!(look(&config, &warrants).await.is_empty(), "nothing demands it");
}
