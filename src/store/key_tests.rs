use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_new_key_is_private_and_reads_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.key");
    let made = MasterKey::create(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let read = MasterKey::load(&file).unwrap();
    assert_eq!(*made.database(), *read.database());
    assert_eq!(made.database().len(), 67);
    assert_ne!(made.derive(b"database"), made.derive(b"partition keys"));
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.key");
    MasterKey::create(&file).unwrap();
    let before = fs::read(&file).unwrap();
    assert_eq!(MasterKey::create(&file).err(), Some(KeyError::Exists(file.clone())));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_key_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.key");
    MasterKey::create(&file).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o660, 0o644] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let why = MasterKey::load(&file).err().unwrap().to_string();
        assert!(why.contains(&format!("chmod 600 {}", file.display())), "{why}");
    }
}

#[test]
fn what_is_no_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master.key");
    assert!(matches!(MasterKey::load(&file).err(), Some(KeyError::Absent(_))));
    for text in
        ["", "schoolgate master key 1\n", "schoolgate master key 1\nAAAA\n", "other\nAAAA\n", "schoolgate master key 1\n***\n"]
    {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(MasterKey::load(&file).err(), Some(KeyError::Malformed(file.clone())), "{text:?}");
    }
}

#[test]
fn a_wrapped_key_opens_under_its_own_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let wrapping = MasterKey::create(&folder.path().join("key")).unwrap().wrapping().unwrap();
    let key = Zeroizing::new([5; KEY_BYTES]);
    let mut wrapped = wrapping.wrap(&key, "ordinary 2026-11").unwrap();
    assert_eq!(wrapping.unwrap(&wrapped, "ordinary 2026-11").unwrap(), key);
    assert!(wrapping.unwrap(&wrapped, "ordinary 2026-12").is_err());
    wrapped[20] ^= 1;
    assert!(wrapping.unwrap(&wrapped, "ordinary 2026-11").is_err());
    assert!(wrapping.unwrap(&[], "ordinary 2026-11").is_err());
}
