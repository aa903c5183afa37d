use std::process::Command;

use bytes::Bytes;

use super::encrypt;
use crate::message::Message;
use crate::protect::tests_kit::{
    Like, Person, assert_tells_nothing, assert_whole, installed, large, message, now, person, run, sample, try_run,
};
use crate::protect::{Cover, Fault, Why};

fn to(people: &[&Person], mail: &Message) -> Vec<u8> {
    let certificates: Vec<_> = people.iter().map(|person| person.certificate()).collect();
    encrypt(mail, &certificates, &Cover::default(), now()).unwrap()
}

/// What openssl makes of a mail with somebody's key.
fn opened(mail: &[u8], reader: &Person) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    reader.write(folder.path(), "reader");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path());
    run(openssl.args(["cms", "-decrypt", "-binary", "-recip", "reader.pem", "-inkey", "reader.key"]), mail)
}

#[test]
fn openssl_opens_it_for_rsa_and_elliptic_curves() {
    if !installed("openssl") {
        return;
    }
    for rsa_bits in [Some(2048), Some(4096), None] {
        let reader = person(Like { rsa_bits, ..Like::default() });
        let mail = to(&[&reader], &sample());
        assert_tells_nothing(&mail);
        assert_whole(&opened(&mail, &reader), &sample());
    }
}

#[test]
fn each_of_several_recipients_opens_it_and_nobody_else() {
    if !installed("openssl") {
        return;
    }
    let (first, second) = (person(Like::default()), person(Like { rsa_bits: None, ..Like::default() }));
    let mail = to(&[&first, &second], &sample());
    assert_whole(&opened(&mail, &first), &sample());
    assert_whole(&opened(&mail, &second), &sample());
    let folder = tempfile::tempdir().unwrap();
    person(Like::default()).write(folder.path(), "stranger");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args(["cms", "-decrypt", "-recip", "stranger.pem", "-inkey", "stranger.key"]);
    assert!(!try_run(&mut openssl, &mail).status.success());
}

#[test]
fn it_is_aes_256_in_cbc_mode_as_openssl_sees_it() {
    if !installed("openssl") {
        return;
    }
    let mail = to(&[&person(Like::default())], &sample());
    let shown = run(Command::new("openssl").args(["cms", "-cmsout", "-print", "-noout"]), &mail);
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains("aes-256-cbc") && shown.contains("enveloped"), "{shown}");
}

#[test]
fn gcm_is_for_certificates_that_all_ask_for_it() {
    if !installed("openssl") {
        return;
    }
    let (new, old) = (person(Like { reads_gcm: true, ..Like::default() }), person(Like::default()));
    let mail = to(&[&new], &sample());
    assert!(String::from_utf8_lossy(&mail).contains("smime-type=authEnveloped-data"));
    assert_tells_nothing(&mail);
    assert_whole(&opened(&mail, &new), &sample());
    assert!(String::from_utf8_lossy(&to(&[&new, &old], &sample())).contains("smime-type=enveloped-data"));
}

#[test]
fn a_mail_of_twenty_megabytes_comes_back_whole() {
    if !installed("openssl") {
        return;
    }
    let (mail, reader) = (large(20 << 20), person(Like { rsa_bits: None, ..Like::default() }));
    let sent = to(&[&reader], &mail);
    assert!(sent.len() < mail.raw().len() * 3 / 2);
    let back = Message::parse(Bytes::from(opened(&sent, &reader)));
    assert!(back.body(back.root()) == mail.body(mail.root()), "the body");
}

#[test]
fn what_was_signed_stays_signed() {
    if !installed("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sender = person(Like { address: "ada@oakfield.example.sch.uk", ..Like::default() });
    sender.write(folder.path(), "sender");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args(["cms", "-sign", "-signer", "sender.pem", "-inkey", "sender.key"]);
    let signed = run(&mut openssl, b"Content-Type: text/plain\r\n\r\nThe Quokka.\r\n");
    let signed = String::from_utf8(signed).unwrap();
    let mail = message(&format!("From: ada@oakfield.example.sch.uk\nTo: parent@example.com\nSubject: Zebrafinch\n{signed}"));
    let reader = person(Like::default());
    let back = opened(&to(&[&reader], &mail), &reader);
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args([
        "cms",
        "-verify",
        "-CAfile",
        "sender.pem",
        "-purpose",
        "any",
        "-attime",
        "1795600000",
    ]);
    let verified = run(&mut openssl, &back);
    assert!(String::from_utf8_lossy(&verified).contains("The Quokka."));
}

#[test]
fn a_certificate_that_is_not_in_force_is_refused_with_words() {
    let refused = |like: Like| match encrypt(
        &sample(),
        &[person(Like::default()).certificate(), person(like).certificate()],
        &Cover::default(),
        now(),
    ) {
        Err(Why::Key { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    let ended = refused(Like { until: "20261124000000Z", ..Like::default() });
    assert_eq!(ended.to_string(), "it ended on 2026-11-24: ask its owner for a new one");
    assert!(matches!(refused(Like { from: "20270101000000Z", ..Like::default() }), Fault::NotYet(_)));
    assert!(matches!(refused(Like { signs_only: true, ..Like::default() }), Fault::NotForMail(_)));
    assert!(matches!(refused(Like { rsa_bits: None, signs_only: true, ..Like::default() }), Fault::NotForMail(_)));
    assert!(matches!(refused(Like { for_servers: true, ..Like::default() }), Fault::NotForMail(_)));
    assert!(matches!(refused(Like { rsa_bits: Some(1024), ..Like::default() }), Fault::Weak(_)));
    assert_eq!(encrypt(&sample(), &[], &Cover::default(), now()), Err(Why::NoKeys));
}
