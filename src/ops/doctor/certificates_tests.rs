use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;
use crate::ops::doctor::Verdict;

const NOW: &str = "2026-11-23T09:00:00Z";

/// A self-signed certificate for a name with its end, and its key, in a folder of its own.
fn files(folder: &tempfile::TempDir, name: &str, until: (i32, u8, u8)) -> TlsFiles {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until.0, until.1, until.2);
    let certificate = params.self_signed(&key).unwrap();
    let paths =
        TlsFiles { certificate: folder.path().join(format!("{name}.pem")), key: folder.path().join(format!("{name}.key")) };
    std::fs::write(&paths.certificate, certificate.pem()).unwrap();
    std::fs::write(&paths.key, key.serialize_pem()).unwrap();
    paths
}

fn said(files: &TlsFiles, hostname: &str) -> Vec<(Verdict, String)> {
    let findings = pair(files, hostname, NOW.parse().unwrap());
    findings.into_iter().map(|finding| (finding.verdict, finding.to_string())).collect()
}

#[test]
fn an_expired_certificate_is_bad_and_says_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(&files(&folder, "mail.school.example", (2026, 11, 1)), "mail.school.example");
    assert_eq!(said[0].0, Verdict::Bad);
    assert!(said[0].1.contains("ended on 2026-11-01") && said[0].1.contains("renew it"), "{said:?}");
}

#[test]
fn one_that_ends_soon_warns() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(&files(&folder, "mail.school.example", (2026, 12, 1)), "mail.school.example");
    assert_eq!(said[0].0, Verdict::Warn);
    assert!(said[0].1.contains("ends in 7 days"), "{said:?}");
}

#[test]
fn one_for_another_name_says_which_names_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(&files(&folder, "www.school.example", (2036, 1, 1)), "mail.school.example");
    assert_eq!(said[0].0, Verdict::Bad);
    assert!(said[0].1.contains("names www.school.example, not mail.school.example"), "{said:?}");
}

#[test]
fn a_key_of_another_pair_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let mut mixed = files(&folder, "mail.school.example", (2036, 1, 1));
    mixed.key = files(&folder, "other.school.example", (2036, 1, 1)).key;
    let said = said(&mixed, "mail.school.example");
    assert!(said[0].1.contains("does not fit the certificate"), "{said:?}");
}

#[test]
fn one_of_its_own_making_warns_that_clients_will_not_trust_it() {
    let folder = tempfile::tempdir().unwrap();
    let said = said(&files(&folder, "mail.school.example", (2036, 1, 1)), "mail.school.example");
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].0, Verdict::Warn);
    assert!(said[0].1.contains("will not trust it"), "{said:?}");
}

#[test]
fn files_that_are_not_there_or_not_pem_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = files(&folder, "mail.school.example", (2036, 1, 1));
    std::fs::write(&wrong.key, "-----BEGIN NONSENSE").unwrap();
    assert!(said(&wrong, "mail.school.example")[0].1.contains("no private key in PEM"));
    std::fs::write(&wrong.certificate, b"\x00\xff").unwrap();
    assert!(said(&wrong, "mail.school.example")[0].1.contains("no CERTIFICATE block"));
    std::fs::write(&wrong.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(said(&wrong, "mail.school.example")[0].1.contains("not X.509"));
    wrong.certificate = PathBuf::from("/no/such/file.pem");
    assert!(said(&wrong, "mail.school.example")[0].1.contains("does not exist"));
}

#[test]
fn a_star_stands_for_one_label() {
    assert!(covers("*.school.example", "mail.school.example"));
    assert!(!covers("*.school.example", "a.mail.school.example"));
    assert!(!covers("*.school.example", "school.example"));
    assert!(!covers("school.example", "mail.school.example"));
}
