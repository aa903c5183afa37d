use std::time::{Duration, Instant};

use super::Throttle;

#[test]
fn the_first_failures_are_free_and_then_each_doubles_the_wait() {
    let mut throttle = Throttle::new(2, Duration::from_secs(60));
    let now = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..5 {
        throttle.failed(&"a", now);
        waits.push(throttle.wait(&"a", now).map_or(0, |wait| wait.as_secs()));
    }
    assert_eq!(waits, [0, 0, 1, 2, 4]);
    assert_eq!(throttle.wait(&"a", now + Duration::from_secs(4)), None);
    assert_eq!(throttle.wait(&"b", now), None);
}

#[test]
fn the_wait_has_an_end_and_success_forgives() {
    let mut throttle = Throttle::new(0, Duration::from_secs(60));
    let now = Instant::now();
    (0..100).for_each(|_| throttle.failed(&"a", now));
    assert_eq!(throttle.wait(&"a", now), Some(Duration::from_secs(60)));
    throttle.succeeded(&"a");
    assert_eq!(throttle.wait(&"a", now), None);
}

#[test]
fn quiet_time_forgives_one_failure_a_minute() {
    let mut throttle = Throttle::new(3, Duration::from_secs(60));
    let now = Instant::now();
    (0..3).for_each(|_| throttle.failed(&"a", now));
    throttle.failed(&"a", now + Duration::from_secs(125));
    assert_eq!(throttle.wait(&"a", now + Duration::from_secs(125)), None);
}

#[test]
fn it_never_grows_beyond_its_bound() {
    let mut throttle = Throttle::new(0, Duration::from_secs(60));
    let now = Instant::now();
    (0..super::MOST + 5).for_each(|number| throttle.failed(&number, now + Duration::from_micros(number as u64)));
    assert_eq!(throttle.seen.len(), super::MOST);
    assert!(throttle.wait(&(super::MOST + 4), now).is_some(), "the newest are kept");
}
