use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use ring::digest::{SHA256, SHA512, digest};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::{ByRecords, Judge, Tlsa};

struct Chain {
    end: CertificateDer<'static>,
    end_key: Vec<u8>,
    anchor: CertificateDer<'static>,
    anchor_key: Vec<u8>,
}

fn chain(name: &str, expired: bool) -> Chain {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 12, 31);
    }
    let key = KeyPair::generate().unwrap();
    let end = params.signed_by(&key, &*authority).unwrap();
    Chain { end: end.der().clone(), end_key: spki(end.der()), anchor: authority.der().clone(), anchor_key: spki(authority.der()) }
}

/// The key as it stands in a certificate, found by another way than the one under test: by OpenSSL.
fn spki(certificate: &CertificateDer<'_>) -> Vec<u8> {
    openssl::x509::X509::from_der(certificate).unwrap().public_key().unwrap().public_key_to_der().unwrap()
}

fn record(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
    let data = match matching {
        1 => digest(&SHA256, data).as_ref().to_vec(),
        2 => digest(&SHA512, data).as_ref().to_vec(),
        _ => data.to_vec(),
    };
    Tlsa { usage, selector, matching, data }
}

fn holds(chain: &Chain, records: Vec<Tlsa>) -> bool {
    let names = ["mx.x.example", "x.example"].map(|name| ServerName::try_from(name).unwrap()).to_vec();
    let verifier = ByRecords { provider: Arc::new(rustls::crypto::ring::default_provider()), records, names };
    verifier.judge(&chain.end, std::slice::from_ref(&chain.anchor), &[], UnixTime::now()).is_ok()
}

#[test]
fn the_own_certificate_counts_whatever_it_says() {
    let expired = chain("elsewhere.example", true);
    for matching in 0..=2 {
        assert!(holds(&expired, vec![record(3, 0, matching, &expired.end)]), "3 0 {matching}");
        assert!(holds(&expired, vec![record(3, 1, matching, &expired.end_key)]), "3 1 {matching}");
        assert!(!holds(&expired, vec![record(3, 0, matching, &expired.anchor)]), "3 0 {matching} of another");
        assert!(!holds(&expired, vec![record(3, 1, matching, &expired.anchor_key)]), "3 1 {matching} of another");
    }
    let other = record(3, 1, 1, b"the key of tomorrow");
    assert!(holds(&expired, vec![other.clone(), record(3, 1, 1, &expired.end_key)]), "one of several is enough");
    assert!(!holds(&expired, vec![other]));
    assert!(!holds(&expired, Vec::new()));
}

#[test]
fn an_anchor_vouches_for_the_names_of_host_and_domain() {
    for name in ["mx.x.example", "x.example", "*.x.example"] {
        let good = chain(name, false);
        for matching in 0..=2 {
            assert!(holds(&good, vec![record(2, 0, matching, &good.anchor)]), "2 0 {matching} for {name}");
            assert!(holds(&good, vec![record(2, 1, matching, &good.anchor_key)]), "2 1 {matching} for {name}");
        }
        let stranger = chain(name, false);
        assert!(!holds(&good, vec![record(2, 0, 1, &stranger.anchor)]), "another anchor");
        assert!(!holds(&good, vec![record(2, 0, 1, &good.end)]), "the certificate itself is no anchor");
    }
    let (other_name, expired) = (chain("elsewhere.example", false), chain("mx.x.example", true));
    assert!(!holds(&other_name, vec![record(2, 0, 1, &other_name.anchor)]), "another name");
    assert!(!holds(&expired, vec![record(2, 0, 1, &expired.anchor)]), "its time is over");
}

#[test]
fn what_is_not_for_mail_proves_nothing() {
    let good = chain("mx.x.example", false);
    let mut short = record(3, 1, 1, &good.end_key);
    short.data.pop();
    let wrong = [
        record(0, 0, 1, &good.anchor),
        record(1, 0, 1, &good.end),
        record(3, 2, 1, &good.end),
        record(3, 0, 3, &good.end),
        record(3, 0, 0, b""),
        short,
    ];
    for record in wrong {
        assert!(!record.is_usable() && !holds(&good, vec![record.clone()]), "{record:?}");
    }
}
