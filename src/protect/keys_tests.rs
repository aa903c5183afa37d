use super::{Key, KeyError, Keyring, Kind, Public};
use crate::ledger::{Event, Ledger};
use crate::protect::Fault;
use crate::protect::tests_kit::{Like, address, at, modern, now, person};
use crate::store::Store;

fn parent() -> crate::base::Address {
    address("parent@example.com")
}

fn ring() -> (tempfile::TempDir, Store, Keyring) {
    let (folder, options) = crate::store::tests_kit::place();
    let store = Store::open(&options).unwrap();
    (folder, store.clone(), Keyring::new(store))
}

async fn fingerprint(ring: &Keyring, when: &str) -> Option<String> {
    match ring.best(&parent(), Kind::Smime, at(when)).await.unwrap() {
        Some(Public::Smime(certificate)) => Some(certificate.fingerprint().to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn of_several_keys_the_newest_in_force_is_used() {
    let (_folder, _store, ring) = ring();
    let old = person(Like::default());
    let new = person(Like { from: "20261001000000Z", until: "20270301000000Z", ..Like::default() });
    let later = person(Like { from: "20270101000000Z", until: "20270601000000Z", rsa_bits: None, ..Like::default() });
    for person in [&new, &old, &later] {
        ring.import(&parent(), &person.pem(), false, "test", now()).await.unwrap();
    }
    for (when, person) in [
        ("2026-06-01T00:00:00Z", Some(&old)),
        ("2026-11-25T00:00:00Z", Some(&new)),
        ("2027-02-01T00:00:00Z", Some(&later)),
        ("2027-12-01T00:00:00Z", Some(&old)),
        ("2028-12-01T00:00:00Z", None),
    ] {
        let wanted = person.map(|person| person.certificate().fingerprint().to_owned());
        assert_eq!(fingerprint(&ring, when).await, wanted, "{when}");
    }
    assert!(ring.best(&parent(), Kind::Openpgp, now()).await.unwrap().is_none());
    assert!(ring.best(&address("other@example.com"), Kind::Smime, now()).await.unwrap().is_none());
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_not_stored() {
    let (_folder, _store, ring) = ring();
    let own = person(Like::default());
    let fault = async |file: Vec<u8>| match ring.import(&parent(), &file, false, "test", now()).await {
        Err(KeyError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(own.key.private_key_to_pem_pkcs8().unwrap()).await, Fault::Private);
    assert!(matches!(fault(person(Like { until: "20261101000000Z", ..Like::default() }).pem()).await, Fault::Ended(_)));
    assert!(matches!(fault(person(Like { address: "x@example.com", ..Like::default() }).pem()).await, Fault::OtherAddress(_)));
    assert!(matches!(fault(b"nothing".to_vec()).await, Fault::Unreadable(_)));
    assert!(ring.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn of_a_bundle_only_what_names_the_address_is_kept_unless_any_is_wanted() {
    let (_folder, _store, ring) = ring();
    let (own, other) = (person(Like::default()), person(Like { address: "x@example.com", ..Like::default() }));
    let file = [other.pem(), own.pem()].concat();
    let keys = ring.import(&parent(), &file, false, "test", now()).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.fingerprint.as_str()).collect::<Vec<_>>(), [own.certificate().fingerprint()]);
    assert_eq!(ring.import(&parent(), &other.pem(), true, "test", now()).await.unwrap().len(), 1);
    assert_eq!(ring.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_twice_is_one_key_and_coming_and_going_stand_in_the_ledger() {
    let (_folder, store, ring) = ring();
    let (own, second) = (person(Like::default()), person(Like { rsa_bits: None, ..Like::default() }));
    for file in [own.pem(), own.pem(), second.pem()] {
        ring.import(&parent(), &file, false, "it (command line)", now()).await.unwrap();
    }
    assert_eq!(ring.list().await.unwrap().len(), 2);
    let begins = own.certificate().fingerprint()[..10].to_uppercase();
    let gone: Vec<Key> = ring.forget(&parent(), Some(&begins), "it", now()).await.unwrap();
    assert_eq!(gone[0].fingerprint, own.certificate().fingerprint());
    assert!(matches!(ring.forget(&parent(), Some(&begins), "it", now()).await, Err(KeyError::Unknown(..))));
    assert!(matches!(ring.forget(&parent(), Some("ab"), "it", now()).await, Err(KeyError::Unclear(_))));
    assert_eq!(ring.forget(&parent(), None, "it", now()).await.unwrap().len(), 1);
    assert!(matches!(ring.forget(&parent(), None, "it", now()).await, Err(KeyError::Unknown(..))));
    let events: Vec<_> = Ledger::new(store).recent(10).await.unwrap().into_iter().collect();
    let names: Vec<_> = events.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["key-imported", "key-imported", "key-imported", "key-forgotten", "key-forgotten"]);
    let first: Event = serde_json::from_str(&events[0].body).unwrap();
    assert!(first.sentence().starts_with("it (command line) added the smime key "), "{}", first.sentence());
}

#[tokio::test]
async fn an_openpgp_key_stands_beside_a_certificate() {
    let (_folder, _store, ring) = ring();
    let (secret, new) = (modern(true), address("new@example.com"));
    let armoured = secret.to_public_key().to_armored_bytes(pgp::composed::ArmorOptions::default()).unwrap();
    let binary = pgp::ser::Serialize::to_bytes(&secret.to_public_key()).unwrap();
    let real_now = crate::base::Timestamp::now(); // rPGP makes keys by the real clock
    for file in [&armoured, &binary] {
        let keys = ring.import(&new, file, false, "test", real_now).await.unwrap();
        assert_eq!((keys[0].kind, keys[0].valid_until), (Kind::Openpgp, None));
        assert_eq!(keys[0].warnings(real_now), Vec::<String>::new());
    }
    let certificate = person(Like { address: "new@example.com", ..Like::default() });
    ring.import(&new, &certificate.pem(), false, "test", now()).await.unwrap();
    assert_eq!(ring.list().await.unwrap().iter().map(|key| key.kind).collect::<Vec<_>>(), [Kind::Openpgp, Kind::Smime]);
    assert!(matches!(ring.best(&new, Kind::Openpgp, real_now).await.unwrap(), Some(Public::Openpgp(_))));
    let private = secret.to_armored_bytes(pgp::composed::ArmorOptions::default()).unwrap();
    for (file, who) in [(&private, &new), (&armoured, &parent())] {
        assert!(matches!(
            ring.import(who, file, false, "test", real_now).await,
            Err(KeyError::Fault(Fault::Private | Fault::OtherAddress(_)))
        ));
    }
    assert_eq!(ring.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_ends_soon_is_spoken_of() {
    let (_folder, _store, ring) = ring();
    ring.import(&parent(), &person(Like::default()).pem(), false, "test", now()).await.unwrap();
    let key = ring.list().await.unwrap().remove(0);
    assert_eq!(key.warnings(now()), Vec::<String>::new());
    assert_eq!(key.warnings(at("2027-12-12T00:00:00Z")), ["it ends in 20 days: ask its owner for a new one"]);
    assert_eq!(key.warnings(at("2028-02-01T00:00:00Z")), ["it ended on 2028-01-01: ask its owner for a new one"]);
    assert!(key.warnings(at("2025-02-01T00:00:00Z"))[0].starts_with("it is not valid before 2026-01-01"));
}
