use openssl::pkcs12::Pkcs12;

use super::Certificate;
use crate::protect::Fault;
use crate::protect::tests_kit::{Like, address, at, installed, now, person, run};

#[test]
fn it_is_read_from_pem_der_and_a_bundle() {
    let own = person(Like::default());
    let (pem, der) = (own.pem(), own.x509.to_der().unwrap());
    let mut files = vec![pem.clone(), der];
    if installed("openssl") {
        let folder = tempfile::tempdir().unwrap();
        own.write(folder.path(), "own");
        for form in ["PEM", "DER"] {
            let mut openssl = std::process::Command::new("openssl");
            openssl.current_dir(folder.path()).args(["crl2pkcs7", "-nocrl", "-certfile", "own.pem", "-outform", form]);
            files.push(run(&mut openssl, b""));
        }
    }
    for file in &files {
        let read = Certificate::read_file(file).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].fingerprint(), own.certificate().fingerprint());
        assert_eq!(read[0].usable(now()), Ok(()));
        assert_eq!((read[0].from(), read[0].until()), (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")));
    }
    let second = person(Like { address: "other@example.com", ..Like::default() });
    assert_eq!(Certificate::read_file(&[pem, second.pem()].concat()).unwrap().len(), 2);
}

#[test]
fn a_private_key_in_any_form_is_told_and_nothing_else_is_read() {
    let own = person(Like::default());
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    let bag = Pkcs12::builder().pkey(&own.key).cert(&own.x509).build2("x").unwrap();
    for file in [
        own.key.private_key_to_pem_pkcs8().unwrap(),
        own.key.private_key_to_pem_pkcs8_passphrase(cipher, b"x").unwrap(),
        own.key.private_key_to_der().unwrap(),
        own.key.private_key_to_pkcs8_passphrase(cipher, b"x").unwrap(),
        own.key.rsa().unwrap().private_key_to_pem().unwrap(),
        bag.to_der().unwrap(),
        [own.pem(), own.key.private_key_to_pem_pkcs8().unwrap()].concat(),
    ] {
        assert_eq!(Certificate::read_file(&file).err(), Some(Fault::Private));
    }
}

#[test]
fn noise_is_no_certificate() {
    for noise in
        [b"".as_slice(), b"hello", b"\x30\x82\xff\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        assert!(matches!(Certificate::read_file(noise), Err(Fault::Unreadable(_))), "{noise:?}");
    }
    let der = person(Like::default()).x509.to_der().unwrap();
    for cut in (0..der.len()).step_by(7) {
        assert!(Certificate::read_file(&der[..cut]).is_err());
    }
}

#[test]
fn it_is_for_the_addresses_it_names_whatever_their_case() {
    let own = person(Like::default()).certificate();
    assert_eq!(own.names(&address("Parent@EXAMPLE.com")), Ok(()));
    assert_eq!(own.names(&address("other@example.com")), Err(Fault::OtherAddress(vec!["parent@example.com".to_owned()])));
}
