use std::process::Command;

use super::{Trust, learn};
use crate::message::Message;
use crate::protect::keys::Public;
use crate::protect::tests_kit::{Like, Person, address, at, installed, message, now, person, run};

const SENDER: &str = "ada@oakfield.example.sch.uk";

fn sender(like: Like) -> Person {
    person(Like { address: SENDER, ..like })
}

/// A mail that openssl signed; apart, or with the words inside the signature.
fn signed(by: &Person, from: &str, opaque: bool) -> Message {
    let folder = tempfile::tempdir().unwrap();
    by.write(folder.path(), "by");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args(["cms", "-sign", "-signer", "by.pem", "-inkey", "by.key"]);
    if opaque {
        openssl.arg("-nodetach");
    }
    let signed = run(&mut openssl, b"Content-Type: text/plain\r\n\r\nGood morning.\r\n");
    message(&format!("From: Ada <{from}>\nTo: parent@example.com\nSubject: x\n{}", String::from_utf8(signed).unwrap()))
}

fn learnt(mail: &Message, trust: Trust<'_>) -> Option<String> {
    match learn(mail, trust, now()).as_slice() {
        [(who, Public::Smime(certificate))] if *who == address(SENDER) => Some(certificate.fingerprint().to_owned()),
        [] => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_signers_certificate_is_learnt_from_either_form() {
    if !installed("openssl") {
        return;
    }
    let own = sender(Like::default());
    for opaque in [false, true] {
        let mail = signed(&own, SENDER, opaque);
        let wanted = Some(own.certificate().fingerprint().to_owned());
        assert_eq!(learnt(&mail, Trust::Anyone), wanted, "opaque: {opaque}");
        assert_eq!(learnt(&mail, Trust::Authorities(&own.pem())), wanted, "opaque: {opaque}");
        assert_eq!(learnt(&mail, Trust::Authorities(&sender(Like::default()).pem())), None);
        assert_eq!(learnt(&mail, Trust::System), None, "no authority of the system vouches for it");
    }
}

#[test]
fn nothing_is_learnt_from_what_was_altered_is_anothers_or_has_ended() {
    if !installed("openssl") {
        return;
    }
    let own = sender(Like::default());
    let good = signed(&own, SENDER, false);
    let altered = String::from_utf8(good.raw().to_vec()).unwrap().replace("Good morning", "Good evening");
    assert_eq!(learnt(&message(&altered), Trust::Anyone), None, "altered");
    assert_eq!(learnt(&signed(&own, "head@oakfield.example.sch.uk", false), Trust::Anyone), None, "of another");
    assert_eq!(learnt(&signed(&sender(Like { signs_only: true, ..Like::default() }), SENDER, false), Trust::Anyone), None);
    assert!(learn(&good, Trust::Anyone, at("2029-01-01T00:00:00Z")).is_empty(), "ended");
    assert!(learn(&good, Trust::Authorities(&own.pem()), at("2029-01-01T00:00:00Z")).is_empty(), "ended");
    let two = String::from_utf8(good.raw().to_vec()).unwrap().replacen("From: ", "From: x@example.com, ", 1);
    assert_eq!(learnt(&message(&two), Trust::Anyone), None, "two authors");
    assert_eq!(learnt(&message("From: ada@oakfield.example.sch.uk\n\nGood morning.\n"), Trust::Anyone), None);
}
