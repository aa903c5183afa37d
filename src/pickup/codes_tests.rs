use std::time::{Duration, Instant};

use super::Codes;
use crate::base::{Address, limits};

const ONE: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn other_than(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

#[test]
fn a_code_opens_its_own_message_once_within_its_time() {
    let (codes, b, start) = (Codes::default(), address("b@x.test"), Instant::now());
    let code = codes.make(&ONE, &b, start).unwrap();
    assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()));
    assert!(!codes.is_right(&OTHER, &code, start), "of another message");
    assert!(codes.is_right(&ONE, &format!(" {}-{}", &code[..4], &code[4..]), start), "as people type it");
    assert!(!codes.is_right(&ONE, &code, start), "once");
    let late = codes.make(&ONE, &b, start).unwrap();
    assert!(!codes.is_right(&ONE, &late, start + limits::CODE_TIME));
    let first = codes.make(&ONE, &b, start).unwrap();
    let second = codes.make(&ONE, &b, start).unwrap();
    assert!(!codes.is_right(&ONE, &first, start) && codes.is_right(&ONE, &second, start), "the latest counts");
    assert!(!codes.is_right(&ONE, "", start) && !codes.is_right(&ONE, &"9".repeat(10_000), start));
}

#[test]
fn a_code_is_void_after_some_wrong_tries() {
    let (codes, start) = (Codes::default(), Instant::now());
    let code = codes.make(&ONE, &address("b@x.test"), start).unwrap();
    for _ in 0..limits::CODE_TRIES {
        assert!(!codes.is_right(&ONE, &other_than(&code), start));
    }
    assert!(!codes.is_right(&ONE, &code, start));
}

#[test]
fn guessing_on_and_on_ends_for_the_day() {
    let (codes, start) = (Codes::default(), Instant::now());
    let mut tries = 0;
    let mut now = start;
    while now < start + Duration::from_secs(20 * 3600) {
        if let Some(code) = codes.make(&ONE, &address("b@x.test"), now) {
            for _ in 0..limits::CODE_TRIES {
                tries += u32::from(codes.may_try(&ONE, now));
                assert!(!codes.is_right(&ONE, &other_than(&code), now));
            }
        }
        now += Duration::from_secs(600);
    }
    assert_eq!(tries, limits::WRONG_PROOFS_PER_DAY);
    assert!(codes.make(&ONE, &address("b@x.test"), now).is_none(), "not even the right one is mailed");
    assert!(codes.make(&OTHER, &address("b@x.test"), now).is_some(), "others go on");
    assert!(codes.make(&ONE, &address("b@x.test"), start + Duration::from_secs(25 * 3600)).is_some(), "until the next day");
}

#[test]
fn no_address_and_no_message_gets_many_codes() {
    let (codes, start) = (Codes::default(), Instant::now());
    let made = (0..50).filter(|_| codes.make(&ONE, &address("b@x.test"), start).is_some()).count();
    assert_eq!(made, limits::CODES_PER_MESSAGE);
    let to_one = (0..50u8).filter(|n| codes.make(&[n + 10; 32], &address("B@X.test"), start).is_some()).count();
    assert_eq!(made + to_one, limits::CODES_PER_ADDRESS);
    assert!(codes.make(&[99; 32], &address("c@x.test"), start).is_some());
}
