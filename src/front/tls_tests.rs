use std::fs;
use std::sync::Arc;

use tempfile::TempDir;

use super::{Certificates, TlsError};
use crate::config::TlsFiles;
use crate::ledger::Event;

fn pair(folder: &TempDir) -> TlsFiles {
    let files = TlsFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    renew(&files);
    files
}

fn renew(files: &TlsFiles) {
    let made = rcgen::generate_simple_self_signed(vec!["mail.school.example".to_owned()]).unwrap();
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
}

fn expired(files: &TlsFiles) {
    let mut wanted = rcgen::CertificateParams::new(vec!["mail.school.example".to_owned()]).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2019, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    fs::write(&files.certificate, wanted.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
}

fn in_use(certificates: &Certificates) -> Arc<rustls::ServerConfig> {
    Arc::clone(certificates.acceptor().config())
}

#[test]
fn a_new_pair_is_taken_and_an_unchanged_one_is_not_read_again() {
    let folder = TempDir::new().unwrap();
    let files = pair(&folder);
    let certificates = Certificates::load(&files).unwrap();
    let first = in_use(&certificates);
    assert_eq!(certificates.look(), None);
    assert!(Arc::ptr_eq(&first, &in_use(&certificates)));
    renew(&files);
    assert_eq!(certificates.look(), None);
    assert!(!Arc::ptr_eq(&first, &in_use(&certificates)));
}

#[test]
fn a_bad_pair_leaves_the_old_one_in_use_and_is_told_once() {
    let folder = TempDir::new().unwrap();
    let files = pair(&folder);
    let certificates = Certificates::load(&files).unwrap();
    let first = in_use(&certificates);
    let spoil: [&dyn Fn(); 4] = [
        &|| fs::write(&files.certificate, "no certificate").unwrap(),
        &|| fs::remove_file(&files.key).unwrap(),
        &|| fs::write(&files.key, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap(), // of another certificate
        &|| expired(&files),
    ];
    for spoil in spoil {
        renew(&files);
        certificates.look();
        let good = in_use(&certificates);
        spoil();
        assert_eq!(certificates.look(), None, "a renewal half done is given a second look");
        assert!(matches!(certificates.look(), Some(Event::Trouble { what, .. }) if what.contains("stays in use")));
        assert_eq!(certificates.look(), None);
        assert!(Arc::ptr_eq(&good, &in_use(&certificates)));
    }
    renew(&files);
    assert!(matches!(certificates.look(), Some(Event::Recovered { .. })));
    assert!(!Arc::ptr_eq(&first, &in_use(&certificates)));
}

#[test]
fn at_the_start_a_bad_pair_is_an_error_that_names_the_file() {
    let folder = TempDir::new().unwrap();
    let files = pair(&folder);
    expired(&files);
    assert!(Certificates::load(&files).is_ok());
    renew(&files);
    fs::write(&files.key, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(matches!(Certificates::load(&files), Err(TlsError::Unusable(..))));
    fs::write(&files.certificate, "").unwrap();
    let why = Certificates::load(&files).unwrap_err();
    assert!(matches!(why, TlsError::NoCertificate(_)) && why.to_string().contains("chain.pem"), "{why}");
}
