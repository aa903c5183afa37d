use std::time::Duration;

use super::usage;

#[test]
fn usage_is_read_past_a_name_with_brackets_and_spaces() {
    let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 99 1000000 12 18446744073709551615";
    assert_eq!(usage(stat), Some((Duration::from_secs(3), 12 * 4096)));
    assert_eq!(usage("7 (a) S 1 2"), None);
    assert_eq!(usage(""), None);
}
