use super::Trust;

#[test]
fn a_ca_file_that_is_no_use_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let trust = Trust::new().unwrap();
    let refusal = || trust.verified(Some(&file)).err().unwrap();
    assert!(refusal().contains("ca.pem cannot be read"));
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(refusal().contains("ca.pem cannot be read"));
}

#[test]
fn settings_are_kept_until_the_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let authority = || rcgen::generate_simple_self_signed(vec!["x.example".to_owned()]).unwrap().cert.pem();
    std::fs::write(&file, authority()).unwrap();
    let trust = Trust::new().unwrap();
    let settings = || trust.verified(Some(&file)).map(|connector| connector.config().clone()).unwrap();
    let first = settings();
    assert!(std::sync::Arc::ptr_eq(&first, &settings()));
    std::fs::write(&file, authority()).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(10);
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first, &settings()));
}
