use std::os::unix::fs::PermissionsExt;

use super::super::tests_kit::place;
use super::*;

/// The root's bytes are not shown; a key from it is as good.
fn root(options: &config::Store) -> Result<Vec<u8>, KeyError> {
    unlock(options).map(|unlocked| unlocked.root.derive(b"test").to_vec())
}

fn new_store() -> (tempfile::TempDir, config::Store) {
    let (folder, options) = place();
    fs::create_dir(&options.path).unwrap();
    (folder, options)
}

#[test]
fn a_new_store_has_a_root_of_its_own_that_a_new_key_opens_and_the_old_does_not() {
    let (folder, options) = new_store();
    let before = root(&options).unwrap();
    let old = fs::read(&options.key_file).unwrap();
    assert_ne!(before, MasterKey::load(&options.key_file).unwrap().derive(b"test").to_vec());
    let rotated = rotate(&options).unwrap();
    assert!(!rotated.old_is_root && rotated.old != rotated.new, "{rotated:?}");
    assert_eq!(root(&options).unwrap(), before);
    assert_eq!(fs::metadata(&options.key_file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!new_name(&options.key_file).exists());
    let kept = folder.path().join("kept");
    fs::write(&kept, old).unwrap();
    fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(root(&config::Store { key_file: kept, ..options }).err(), Some(KeyError::WrongKey));
}

#[test]
fn a_store_from_before_has_its_key_as_root_until_it_is_rotated_and_after() {
    let (_folder, options) = new_store();
    fs::write(options.path.join("store.db"), "").unwrap();
    let before = root(&options).unwrap();
    assert_eq!(before, MasterKey::load(&options.key_file).unwrap().derive(b"test").to_vec());
    assert!(rotate(&options).unwrap().old_is_root);
    assert_eq!(root(&options).unwrap(), before);
    assert!(!rotate(&options).unwrap().old_is_root);
    assert_eq!(root(&options).unwrap(), before);
}

#[test]
fn whoever_opens_between_the_third_step_and_the_fourth_finishes() {
    let (_folder, options) = new_store();
    let before = root(&options).unwrap();
    let fresh = MasterKey::create(&new_name(&options.key_file)).unwrap();
    assert_eq!(root(&options).unwrap(), before, "before the third step the old key opens it");
    assert!(new_name(&options.key_file).exists());
    write(&options.path, &fresh.seal_root(&open(&options).unwrap().root).unwrap()).unwrap();
    assert_eq!(root(&options).unwrap(), before);
    assert!(!new_name(&options.key_file).exists());
    assert_eq!(MasterKey::load(&options.key_file).unwrap().fingerprint(), fresh.fingerprint());
}

#[test]
fn a_root_that_was_changed_does_not_open() {
    let (_folder, options) = new_store();
    root(&options).unwrap();
    let whole = fs::read(file(&options.path)).unwrap();
    for at in 0..whole.len() - 1 {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(file(&options.path), changed).unwrap();
        assert!(open(&options).is_err(), "byte {at}");
    }
}

#[test]
fn a_link_to_the_key_stays_a_link() {
    let (folder, options) = new_store();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&options.key_file, &link).unwrap();
    let options = config::Store { key_file: link.clone(), ..options };
    let before = root(&options).unwrap();
    rotate(&options).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(root(&options).unwrap(), before);
}
