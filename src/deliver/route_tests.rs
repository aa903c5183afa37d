use std::net::IpAddr;

use super::{Destination, NoHosts, hosts, legs};
use crate::base::{Address, Domain, Recipient};
use crate::config::NextHop;
use crate::deliver::names::{Answer, Exchangers, Names};

struct Says(Result<Exchangers, String>);

impl Names for Says {
    fn exchangers<'a>(&'a self, _domain: &'a str) -> Answer<'a, Exchangers> {
        Box::pin(async { self.0.clone() })
    }

    fn addresses<'a>(&'a self, _host: &'a str) -> Answer<'a, Vec<IpAddr>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn mx(entries: &[(u16, &str)]) -> Says {
    Says(Ok(Exchangers::Listed(entries.iter().map(|(p, h)| (*p, (*h).to_owned())).collect())))
}

async fn ask(says: Says, domain: &str) -> Result<Vec<String>, NoHosts> {
    let to = Destination::Exchangers { domain: Domain::parse(domain).unwrap(), port: 25 };
    hosts(&to, &says, &Domain::parse("gate.school.example").unwrap()).await
}

#[tokio::test]
async fn exchangers_are_tried_by_preference_and_at_random_within_one() {
    let mut firsts = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let found = ask(mx(&[(20, "c.example"), (10, "a.example"), (10, "b.example")]), "d.example").await.unwrap();
        assert_eq!(found[2], "c.example");
        firsts.insert(found[0].clone());
    }
    assert_eq!(firsts.len(), 2);
}

#[tokio::test]
async fn a_domain_without_exchangers_is_its_own_host() {
    assert_eq!(ask(Says(Ok(Exchangers::None)), "d.example").await.unwrap(), ["d.example"]);
    assert_eq!(ask(Says(Err("unused".into())), "[192.0.2.1]").await.unwrap(), ["192.0.2.1"]);
    assert_eq!(ask(Says(Err("unused".into())), "[IPv6:2001:db8::1]").await.unwrap(), ["2001:db8::1"]);
}

#[tokio::test]
async fn a_domain_that_takes_no_mail_fails_at_once() {
    for (says, status) in [
        (mx(&[(0, "")]), "5.1.10"),
        (Says(Ok(Exchangers::NoSuchDomain)), "5.1.2"),
        (mx(&[(10, "gate.school.example"), (20, "b.example")]), "5.4.6"),
    ] {
        let Err(NoHosts::Never { status: got, .. }) = ask(says, "d.example").await else { panic!("{status}: no failure") };
        assert_eq!(got, status);
    }
    assert!(matches!(ask(Says(Err("SERVFAIL".into())), "d.example").await, Err(NoHosts::Later(why)) if why.contains("SERVFAIL")));
}

#[tokio::test]
async fn where_we_are_listed_only_the_hosts_before_us_are_tried() {
    let found = ask(mx(&[(5, "a.example"), (10, "gate.school.example"), (20, "b.example")]), "d.example").await.unwrap();
    assert_eq!(found, ["a.example"]);
}

#[test]
fn recipients_of_one_domain_go_together() {
    let recipients: Vec<Recipient> =
        ["a@x.example", "b@y.example", "c@x.example"].iter().map(|a| Recipient::new(Address::parse(a).unwrap())).collect();
    let split = legs(&NextHop::Mx { port: 25 }, &recipients);
    assert_eq!(split.iter().map(|leg| leg.recipients.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1]]);
    assert_eq!(legs(&NextHop::Host { host: "h".into(), port: 25 }, &recipients)[0].recipients, [0, 1, 2]);
}
