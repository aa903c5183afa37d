//! Routes of kind `mx`: who vouches for the hosts that the DNS names. A real Postfix with a door of every quality, a name server that
//! signs, and a web server for policies; skipped, with a line, where there is no Postfix or we are not root.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::rr::RecordType;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use schoolgate::base::{Assurance, Domain, Timestamp, TlsProof};
use schoolgate::config::{NextHop, Route, RouteTls};
use schoolgate::deliver::{Answer, Exchangers, Names, Options, Signed, SystemNames, Tlsa, Warrants};
use schoolgate::ledger::event::Event;
use schoolgate::queue::Demand;
use schoolgate::store::{MasterKey, Store};

use super::certificates::Certificates;
use super::desk::{self, Delivery, route_to};
use super::postfix::Postfix;
use super::site::Site;
use super::zone::Zone;

const HOST: &str = "mx.x.example";
/// Every door but the good one.
const BAD: [&str; 6] = ["none", "stripped", "stripped-on-the-way", "self-signed", "other-name", "expired"];

/// The real resolver over our own name server; every host is on loopback.
struct Local(SystemNames);

impl Names for Local {
    fn exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Exchangers> {
        self.0.exchangers(domain)
    }

    fn addresses<'a>(&'a self, _host: &'a str) -> Answer<'a, Vec<IpAddr>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }

    fn signed_exchangers<'a>(&'a self, domain: &'a str) -> Answer<'a, Signed<Vec<String>>> {
        self.0.signed_exchangers(domain)
    }

    fn tlsa<'a>(&'a self, host: &'a str, port: u16) -> Answer<'a, Signed<Vec<Tlsa>>> {
        self.0.tlsa(host, port)
    }

    fn texts<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<String>> {
        self.0.texts(name)
    }
}

/// A domain with all that belongs to it, and a gateway's delivery beside it.
struct Town {
    certificates: Certificates,
    postfix: Postfix,
    zone: Zone,
    site: Site,
    store: Option<Store>,
}

impl Town {
    /// `x.example`, without any policy.
    async fn found() -> Option<Self> {
        let certificates = Certificates::new();
        let postfix = Postfix::start(&certificates)?;
        Some(Self::around(certificates, postfix).await)
    }

    async fn around(certificates: Certificates, postfix: Postfix) -> Self {
        let zone = Zone::start().await;
        zone.mx("x.example", HOST);
        let site = Site::start(certificates.acceptor("mta-sts")).await;
        Self { certificates, postfix, zone, site, store: None }
    }

    /// The same doors, with a DNS that nobody has written anything into yet.
    async fn anew(self) -> Self {
        Self::around(self.certificates, self.postfix).await
    }

    fn with_policy(&self, mode: &str, hosts: &[&str]) {
        self.zone.text("_mta-sts.x.example", "v=STSv1; id=1;");
        self.site.policy(mode, hosts);
    }

    fn certificate(&self, file: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.postfix.file(file)).unwrap()
    }

    fn route(&self, door: &str) -> Route {
        let mut route = route_to("unused", 0, RouteTls::Opportunistic);
        route.next_hop = NextHop::Mx { port: self.postfix.door(door) };
        route.ca_file = Some(self.certificates.file("ca.pem"));
        route
    }

    /// What becomes of a mail that demands a verified host.
    async fn send(&self, door: &str) -> Result<TlsProof, String> {
        self.send_by(self.route(door), "a@x.example").await
    }

    async fn send_by(&self, route: Route, to: &str) -> Result<TlsProof, String> {
        let names = || Arc::new(Local(SystemNames::asking(self.zone.address, self.zone.anchors())));
        let warrants = Warrants::new(names(), self.store.clone(), Arc::new(Timestamp::now)).unwrap();
        let warrants = Arc::new(warrants.fetching_at(self.site.port, Duration::from_secs(10)));
        let options = Options { times: super::patient(), names: names(), warrants: Some(warrants), ..Options::default() };
        let mut delivery = Delivery::start_over(desk::config_with(route), super::MAIL, options);
        delivery.post(|job| job.copy.demand = Demand::VerifiedTls, &[to]);
        let (_, settled) = delivery.settled().await;
        delivery.stop().await;
        let mut ends = settled.events.into_iter().filter_map(|event| match event {
            Event::Delivered { proof, tls, .. } => {
                assert!(tls.is_some_and(|tls| tls.version.starts_with("TLSv1.") && tls.cipher.starts_with("TLS_")));
                Some(Ok(proof.expect("a proof")))
            }
            Event::DeliveryDeferred { why, .. } => Some(Err(why)),
            _ => None,
        });
        ends.next().expect("delivered or deferred")
    }
}

fn is_by(sent: Result<TlsProof, String>, by: Assurance, peer: &str) {
    let proof = sent.expect("delivered");
    assert_eq!((proof.by, proof.peer.as_str(), proof.certificate.len()), (by, peer, 64), "{proof:?}");
}

fn waits(sent: Result<TlsProof, String>, words: &str) {
    let why = sent.expect_err("it must not leave");
    assert!(why.contains(words), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_of_the_domain_vouches_for_its_hosts_and_for_no_other() {
    let Some(town) = Town::found().await else { return };
    waits(town.send("good").await, "x.example has no MTA-STS policy and no signed TLSA records");
    town.with_policy("enforce", &[HOST]);
    is_by(town.send("good").await, Assurance::MtaSts, HOST);
    for door in BAD {
        assert!(town.send(door).await.is_err(), "{door}");
    }
    for (mode, words) in [("testing", "is in mode testing"), ("none", "is in mode none")] {
        town.site.policy(mode, &[HOST]);
        waits(town.send("good").await, words);
    }
    town.site.policy("enforce", &["*.elsewhere.example"]);
    waits(town.send("good").await, "stands in its MTA-STS policy (*.elsewhere.example)");
    town.site.policy("enforce", &["*.x.example"]);
    is_by(town.send("good").await, Assurance::MtaSts, HOST);
    for (head, words) in [
        ("200 OK\r\nContent-Type: text/html", "is not text/plain"),
        ("301 Moved Permanently\r\nLocation: https://mta-sts.x.example/", "redirects are not followed"),
        ("404 Not Found", "it answered 404"),
    ] {
        town.site.show(head, "version: STSv1\nmode: enforce\nmx: *.x.example\nmax_age: 86400\n");
        waits(town.send("good").await, words);
    }
    let false_site = Site::start(town.certificates.acceptor("other-name")).await;
    false_site.policy("enforce", &[HOST]);
    let town = Town { site: false_site, ..town };
    waits(town.send("good").await, "mta-sts.x.example");
    assert_eq!(town.postfix.wait_for(2).await.len(), 2, "only what was vouched for arrived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_once_fetched_outlasts_who_hides_it() {
    let Some(mut town) = Town::found().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let options = schoolgate::config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    town.store = Some(store.clone());
    town.with_policy("enforce", &[HOST]);
    is_by(town.send("good").await, Assurance::MtaSts, HOST);
    town.zone.remove(RecordType::TXT);
    town.site.show("404 Not Found", "");
    is_by(town.send("good").await, Assurance::MtaSts, HOST);
    town.zone.remove(RecordType::MX);
    town.zone.mx("x.example", "mx.elsewhere.example");
    waits(town.send("other-name").await, "somebody may be misleading the DNS");
    let (store, town) = (store, Town { store: None, ..town });
    waits(town.send("good").await, "has no MTA-STS policy");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signed_records_vouch_for_a_certificate_and_what_is_not_signed_for_nothing() {
    let Some(town) = Town::found().await else { return };
    let tlsa = |town: &Town, door: &str, file: &str| town.zone.tlsa(HOST, town.postfix.door(door), &town.certificate(file));
    tlsa(&town, "self-signed", "self-signed.pem");
    tlsa(&town, "good", "cert.pem");
    for door in BAD.into_iter().filter(|door| !door.starts_with("self")) {
        tlsa(&town, door, "self-signed.pem");
    }
    is_by(town.send("good").await, Assurance::Dane, HOST);
    is_by(town.send("self-signed").await, Assurance::Dane, HOST);
    for door in BAD.into_iter().filter(|door| !door.starts_with("self")) {
        assert!(town.send(door).await.is_err(), "{door}");
    }
    waits(town.send("expired").await, "TLSA records");
    // Somebody's own records, and the silence of somebody in between, stop the mail even where a policy would let it go.
    town.with_policy("enforce", &[HOST]);
    town.zone.forge(RecordType::TLSA);
    waits(town.send("good").await, "is not known");
    town.zone.hide(RecordType::TLSA);
    waits(town.send("good").await, "is not known");
    // Where the machine's name server knows no signatures at all, policies are what is left.
    town.zone.blind();
    is_by(town.send("good").await, Assurance::MtaSts, HOST);
    waits(town.send("self-signed").await, "MTA-STS policy demands a valid certificate");

    let town = town.anew().await;
    town.zone.tlsa(HOST, town.postfix.door("good"), &town.certificate("cert.pem"));
    town.zone.blind();
    waits(town.send("good").await, "passes no DNSSEC on");

    let town = town.anew().await;
    town.zone.mx("unsigned.example", "mx.unsigned.example");
    town.zone.tlsa("mx.unsigned.example", town.postfix.door("self-signed"), &town.certificate("self-signed.pem"));
    let unsigned = async |to| town.send_by(town.route("self-signed"), to).await;
    waits(unsigned("a@unsigned.example").await, "unsigned.example has no MTA-STS policy and no signed TLSA records");
    // A name server that chokes on the question counts as one without the record where its zone is not signed, and there alone.
    town.zone.choke(RecordType::TLSA);
    waits(unsigned("a@bare.unsigned.example").await, "is not known");
    town.zone.host("bare.unsigned.example");
    waits(unsigned("a@bare.unsigned.example").await, "has no MTA-STS policy and no signed TLSA records");
    town.with_policy("enforce", &[HOST]);
    waits(town.send("good").await, "is not known");
    town.zone.host(HOST);
    waits(town.send("good").await, "is not known");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_names_the_host_that_a_domain_must_have() {
    let Some(town) = Town::found().await else { return };
    let pinned = |door: &str, host: &str| {
        let mut route = town.route(door);
        let domain = |text: &str| Domain::parse(text).unwrap();
        route.pins.insert(domain("x.example"), vec![domain("other.example"), domain(host)]);
        route
    };
    is_by(town.send_by(pinned("good", HOST), "a@x.example").await, Assurance::Pin, HOST);
    let other = town.send_by(pinned("other-name", "elsewhere.example"), "a@x.example").await;
    is_by(other, Assurance::Pin, "elsewhere.example");
    for door in BAD {
        assert!(town.send_by(pinned(door, HOST), "a@x.example").await.is_err(), "{door}");
    }
    waits(town.send_by(pinned("good", "elsewhere.example"), "a@x.example").await, "route's pins");
}
