use std::collections::HashSet;

use super::{judge, make, spoken};
use crate::base::Secret;
use crate::protect::Why;

#[test]
fn each_is_new_of_signs_that_can_be_told_apart_and_long_enough() {
    let made: Vec<String> = (0..200).map(|_| make().unwrap().reveal_str().unwrap().to_owned()).collect();
    assert_eq!(made.iter().collect::<HashSet<_>>().len(), 200);
    for password in &made {
        assert_eq!(password.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4, 4], "{password}");
        assert!(!password.contains(['0', 'o', '1', 'l', 'i', '5', 's', 'z', 'u', 'a', 'e']), "{password}");
    }
    let signs: HashSet<char> = made.iter().flat_map(|password| password.chars()).filter(|c| *c != '-').collect();
    assert_eq!(signs.len(), 24, "all signs are drawn");
    assert!(16.0 * 24_f64.log2() >= 70.0);
}

#[test]
fn it_is_said_sign_by_sign() {
    assert_eq!(spoken(&Secret::new(b"k7mw-3pqx".to_vec())), "kilo seven mike whiskey, hyphen,\nthree papa quebec x-ray");
    assert!(!spoken(&make().unwrap()).contains('?'));
}

#[test]
fn a_given_one_must_be_long_and_of_a_plain_keyboard() {
    for bad in ["", "short", "elevenchars", "twelve chärs"] {
        assert_eq!(judge(&Secret::new(bad.as_bytes().to_vec())), Err(Why::Password), "{bad}");
    }
    assert_eq!(judge(&Secret::new(b"twelve chars".to_vec())), Ok("twelve chars"));
}
