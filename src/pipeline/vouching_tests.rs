//! What becomes of `tls-verified` where the DNS leads to hosts that nobody vouches for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::vouch;
use crate::base::Timestamp;
use crate::config::{Actions, Config, Fields, Method, NextHop, OnError, Party, RouteTls, Rule};
use crate::deliver::{Answer, Exchangers, Names, Warrants};
use crate::message::Message;
use crate::pipeline::{Judged, RuleSet};
use crate::plan;
use crate::policy::sample::{config, domain, rule, submission};
use crate::policy::{Known, Rules};
use crate::queue::{Demand, State};

/// A DNS without a policy for anybody; of `silent.test` it says nothing.
struct Bare;

impl Names for Bare {
    fn exchangers<'a>(&'a self, _: &'a str) -> Answer<'a, Exchangers> {
        Box::pin(async { Ok(Exchangers::None) })
    }

    fn addresses<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<IpAddr>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn texts<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move { if name.contains("silent") { Err("no answer".to_owned()) } else { Ok(Vec::new()) } })
    }
}

fn settings(methods: &[Method]) -> Config {
    let act = Actions { encrypt: methods.to_vec(), ..Actions::default() };
    let when = Fields { to: Some(vec![Party::Outside]), ..Fields::default() };
    config(vec![Rule { on_error: Some(OnError::Hold), ..rule("c", when, act) }])
}

fn direct(mut config: Config) -> Config {
    let route = config.routes.get_mut("default").unwrap();
    (route.next_hop, route.tls) = (NextHop::Mx { port: 25 }, RouteTls::Opportunistic);
    route.pins = BTreeMap::from([(domain("pinned.test"), vec![domain("mx.pinned.test")])]);
    config
}

async fn vouched(config: Config, to: &str) -> Judged {
    let set = RuleSet::new(config).unwrap();
    let mail = submission("staff@school.test", &[to], &format!("From: staff@school.test\nTo: {to}\nSubject: S\n\nHello\n"));
    let message = Message::parse(mail.raw.clone());
    let verdicts = Rules::compile(&set.config).judge_knowing(&mail, &message, &Known::default());
    let plan = plan::draw(&set.config, &mail, &message, &verdicts, &plan::SchoolNotices);
    let warrants = Arc::new(Warrants::new(Arc::new(Bare), None, Arc::new(Timestamp::now)).unwrap());
    vouch(&warrants, &set, &mail, Judged { message, verdicts, plan }).await
}

fn way(judged: &Judged) -> Option<Method> {
    judged.plan.copies[0].encrypt.as_ref().map(|encryption| encryption.method.clone())
}

#[tokio::test]
async fn a_domain_that_nobody_vouches_for_gets_the_next_way_or_none() {
    let ways = [Method::TlsVerified, Method::PasswordArchive];
    let judged = vouched(direct(settings(&ways)), "a@out.test").await;
    assert_eq!(way(&judged), Some(Method::PasswordArchive));
    let passed = &judged.plan.copies[0].encrypt.as_ref().unwrap().passed_over;
    assert!(passed[0].starts_with("tls-verified: out.test has no MTA-STS policy"), "{passed:?}");

    let judged = vouched(direct(settings(&ways[..1])), "a@out.test").await;
    let job = &judged.plan.copies[0].job;
    let State::Held { why, .. } = &job.state else { panic!("not held: {job:?}") };
    assert!(why.contains("nobody vouches for its hosts"), "{why}");
    assert_eq!(job.demand, Demand::VerifiedTls, "a release by hand leaks nothing");
}

#[tokio::test]
async fn what_is_vouched_for_or_not_known_stays_as_it_is() {
    let ways = [Method::TlsVerified, Method::PasswordArchive];
    for to in ["a@pinned.test", "a@silent.test"] {
        let judged = vouched(direct(settings(&ways)), to).await;
        assert_eq!((way(&judged), judged.plan.copies[0].job.demand), (Some(Method::TlsVerified), Demand::VerifiedTls), "{to}");
    }
    let judged = vouched(settings(&ways), "a@out.test").await;
    assert_eq!(way(&judged), Some(Method::TlsVerified), "a route with a host vouches for itself");
}
