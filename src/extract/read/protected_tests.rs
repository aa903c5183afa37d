use crate::extract::contents::{Protection, Spot, Unread};
use crate::extract::kind::Kind;
use crate::extract::read::corpus_tests::{fixture, opened, said};

const SENTENCE: &str = "The pupil Mira Quellbach is in class 7B.";

#[test]
fn what_is_signed_only_is_read() {
    for name in ["signed.p7m", "signed-in-pieces.p7m", "signed.gpg"] {
        let found = opened(name, &fixture(name));
        assert_eq!((found.len(), found[0].protection), (2, Protection::Open), "{name}");
        assert!(said(&found[1], Spot::Body).contains(SENTENCE), "{name}: {found:?}");
    }
    let found = opened("clear-signed.asc", &fixture("clear-signed.asc"));
    assert_eq!(said(&found[0], Spot::Body), SENTENCE);
}

#[test]
fn what_needs_a_key_is_protected() {
    for name in ["enveloped.p7m", "encrypted.asc", "password.gpg"] {
        let found = opened(name, &fixture(name));
        assert_eq!(
            (found[0].protection, &found[0].unread),
            (Protection::Protected, &Some(Unread::Protected)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn keys_and_signatures_say_nothing() {
    for (name, kind) in [("public-key.asc", Kind::PgpMessage), ("detached.p7s", Kind::Pkcs7), ("certificates.p7b", Kind::Pkcs7)] {
        let found = opened(name, &fixture(name));
        assert_eq!(
            (found.len(), found[0].kind, found[0].protection, &found[0].unread),
            (1, kind, Protection::Open, &None),
            "{name}"
        );
    }
}
