//! A name server of our own on loopback. It has one zone, which is the root, and signs whatever it says (DNSSEC), but for names at and
//! below `unsigned.example`, which it says are not signed.

use std::collections::{BTreeMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::dnssec::crypto::Ed25519SigningKey;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, RRSIG};
use hickory_resolver::proto::dnssec::{DnssecSigner, SigningKey, TrustAnchors};
use hickory_resolver::proto::op::{Edns, Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX, NS, SOA, TLSA, TXT};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordSet, RecordType};
use tokio::net::UdpSocket;
use tokio_util::task::AbortOnDropHandle;

type Records = BTreeMap<(Name, RecordType), Vec<RData>>;

/// What the name server says.
pub struct Zone {
    pub address: SocketAddr,
    said: Arc<Mutex<Said>>,
    key: Arc<DnssecSigner>,
    _serving: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Said {
    records: Records,
    /// Kinds whose signatures are of somebody else's key.
    forged: HashSet<RecordType>,
    /// Kinds that are passed over in silence, unsigned.
    hidden: HashSet<RecordType>,
    /// Kinds that the name server chokes on.
    choked: HashSet<RecordType>,
    /// Whether signatures are left out.
    blind: bool,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).unwrap()
}

fn signer() -> DnssecSigner {
    let key = Ed25519SigningKey::from_pkcs8(&Ed25519SigningKey::generate_pkcs8().unwrap()).unwrap();
    let dnskey = DNSKEY::with_flags(257, key.to_public_key().unwrap());
    DnssecSigner::new(dnskey, Box::new(key), Name::root(), Duration::from_secs(40 * 365 * 86_400))
}

impl Zone {
    pub async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let (key, other) = (Arc::new(signer()), signer());
        let said = Arc::new(Mutex::new(Said::default()));
        let (words, hand) = (said.clone(), key.clone());
        let serving = tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let Ok(query) = Message::from_vec(&buffer[..length]) else { continue };
                let answer = words.lock().unwrap().answer(&query, &hand, &other).to_vec().unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        let zone = Self { address, said, key, _serving: AbortOnDropHandle::new(serving) };
        zone.add("", RData::NS(NS(name("ns.example"))));
        zone.add("unsigned.example", RData::NS(NS(name("ns.unsigned.example"))));
        zone.add("", RData::DNSSEC(DNSSECRData::DNSKEY(zone.key.dnskey().clone())));
        zone
    }

    /// What a resolver must trust.
    pub fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::empty();
        anchors.insert(self.key.dnskey().public_key());
        anchors
    }

    fn add(&self, at: &str, data: RData) {
        let key = (name(at), data.record_type());
        self.said.lock().unwrap().records.entry(key).or_default().push(data);
    }

    pub fn mx(&self, domain: &str, host: &str) {
        self.add(domain, RData::MX(MX::new(10, name(host))));
    }

    /// An address on loopback.
    pub fn host(&self, host: &str) {
        self.add(host, RData::A(A::new(127, 0, 0, 1)));
    }

    pub fn text(&self, at: &str, text: &str) {
        self.add(at, RData::TXT(TXT::new(vec![text.to_owned()])));
    }

    /// A TLSA record of usage 3, selector 0, matching 1: the hash of a whole certificate.
    pub fn tlsa(&self, host: &str, port: u16, certificate: &[u8]) {
        let hash = ring::digest::digest(&ring::digest::SHA256, certificate).as_ref().to_vec();
        self.add(&format!("_{port}._tcp.{host}"), RData::TLSA(TLSA::new(3.into(), 0.into(), 1.into(), hash)));
    }

    pub fn remove(&self, kind: RecordType) {
        self.said.lock().unwrap().records.retain(|(_, has), _| *has != kind);
    }

    /// From here on records of this kind are signed by somebody else.
    pub fn forge(&self, kind: RecordType) {
        self.said.lock().unwrap().forged.insert(kind);
    }

    /// From here on somebody in between says that there are no records of this kind.
    pub fn hide(&self, kind: RecordType) {
        self.said.lock().unwrap().hidden.insert(kind);
    }

    /// From here on a question of this kind is answered with a failure.
    pub fn choke(&self, kind: RecordType) {
        self.said.lock().unwrap().choked.insert(kind);
    }

    /// From here on the name server leaves signatures out.
    pub fn blind(&self) {
        self.said.lock().unwrap().blind = true;
    }
}

impl Said {
    fn answer(&self, query: &Message, key: &DnssecSigner, other: &DnssecSigner) -> Message {
        let mut answer = Message::response(query.metadata.id, OpCode::Query);
        answer.metadata.recursion_available = true;
        answer.metadata.recursion_desired = true;
        let with_signatures = query.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok);
        if query.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(4096).set_dnssec_ok(with_signatures);
            answer.set_edns(edns);
        }
        let Some(asked) = query.queries.first() else { return answer };
        answer.add_query(asked.clone());
        let (at, kind) = (asked.name().to_lowercase(), asked.query_type());
        if self.choked.contains(&kind) {
            answer.metadata.response_code = ResponseCode::ServFail;
            return answer;
        }
        let is_hidden = self.hidden.contains(&kind);
        let signed = with_signatures && !self.blind && !name("unsigned.example").zone_of(&at);
        match self.records.get(&(at.clone(), kind)).filter(|_| !is_hidden) {
            Some(data) => {
                let key = if self.forged.contains(&kind) { other } else { key };
                answer.add_answers(set(asked.name(), data, signed.then_some(key)));
            }
            None => {
                let soa = SOA::new(Name::root(), Name::root(), 1, 60, 60, 60, 0);
                let with_signatures = with_signatures && !self.blind;
                answer.add_authorities(set(&Name::root(), &[RData::SOA(soa)], with_signatures.then_some(key)));
                if with_signatures && !is_hidden && !(kind != RecordType::DS && name("unsigned.example").zone_of(&at)) {
                    answer.add_authorities(set(asked.name(), &[self.nothing(&at)], Some(key)));
                }
            }
        }
        answer
    }

    /// That a name has no record but those it has (RFC 4470, in its simplest form).
    fn nothing(&self, at: &Name) -> RData {
        let kinds: Vec<RecordType> = self.records.keys().filter(|(has, _)| has == at).map(|(_, kind)| *kind).collect();
        let next = Name::from_labels([&b"\0"[..]]).unwrap().append_domain(at).unwrap();
        RData::DNSSEC(DNSSECRData::NSEC(NSEC::new_cover_self(next, kinds)))
    }
}

/// Records of one name and kind, with their signature.
fn set(at: &Name, data: &[RData], key: Option<&DnssecSigner>) -> Vec<Record> {
    let kind = data[0].record_type();
    let mut records = RecordSet::with_ttl(at.to_lowercase(), kind, 0);
    for data in data {
        records.new_record(data);
    }
    let mut all: Vec<Record> = data.iter().map(|data| Record::from_rdata(at.clone(), 0, data.clone())).collect();
    if let Some(key) = key {
        let signature = RRSIG::from_rrset(&records, DNSClass::IN, rcgen::date_time_ymd(2020, 1, 1), key).unwrap();
        all.push(Record::from_rdata(at.clone(), 0, RData::DNSSEC(DNSSECRData::RRSIG(signature))));
    }
    all
}
