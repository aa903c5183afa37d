use std::time::Duration;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn leased(due: Due) -> Option<i64> {
    match due {
        Due::Now { id, .. } => Some(id.0),
        Due::In(_) => None,
    }
}

#[test]
fn jobs_come_in_the_order_of_their_time_each_once() {
    let mut schedule = Schedule::default();
    for (id, second) in [(1, 30), (2, 10), (3, 20)] {
        schedule.put(JobId(id), "default", at(second));
    }
    schedule.put(JobId(4), "other", at(0));
    assert_eq!(schedule.due("default", at(0)), Due::In(Duration::from_secs(10)));
    assert_eq!(schedule.due("default", at(25)), Due::Now { id: JobId(2), more: true });
    assert_eq!(schedule.due("default", at(25)), Due::Now { id: JobId(3), more: false });
    assert_eq!(schedule.due("default", at(25)), Due::In(Duration::from_secs(5)));
    assert_eq!(schedule.due("nowhere", at(25)), Due::In(Duration::MAX));
    assert_eq!(schedule.depth(), (4, 2));
}

#[test]
fn a_job_given_back_is_due_again_and_a_removed_one_never() {
    let mut schedule = Schedule::default();
    schedule.put(JobId(1), "default", at(0));
    schedule.put(JobId(2), "default", at(1));
    assert_eq!(leased(schedule.due("default", at(9))), Some(1));
    schedule.give_back(JobId(1), at(5));
    schedule.remove(JobId(2));
    assert_eq!(schedule.due("default", at(4)), Due::In(Duration::from_secs(1)));
    assert_eq!(leased(schedule.due("default", at(5))), Some(1));
    schedule.remove(JobId(1));
    assert_eq!((leased(schedule.due("default", at(99))), schedule.depth()), (None, (0, 0)));
}

#[test]
fn what_another_process_changed_is_taken_over_but_no_lease_is_broken() {
    let mut schedule = Schedule::default();
    for id in 1..=3 {
        schedule.put(JobId(id), "default", at(100));
    }
    schedule.put(JobId(1), "default", at(0));
    assert_eq!(leased(schedule.due("default", at(0))), Some(1));
    let before = schedule.known();
    let rows = [(1, 0), (3, 0)].map(|(id, second)| Waiting { id: JobId(id), route: "default".into(), next_try: at(second) });
    for id in gone(&before, &rows) {
        schedule.remove(id);
    }
    rows.iter().for_each(|row| schedule.put_unless_leased(row.id, &row.route, row.next_try));
    assert_eq!(leased(schedule.due("default", at(0))), Some(3));
    assert_eq!(leased(schedule.due("default", at(999))), None);
    assert_eq!(schedule.depth(), (2, 2));
}

#[test]
fn a_clock_set_back_stops_nothing() {
    let mut schedule = Schedule::default();
    schedule.put(JobId(1), "default", at(10 * 365 * 86_400));
    assert_eq!(leased(schedule.due("default", at(0))), Some(1));
}

#[test]
fn retries_grow_from_five_minutes_to_four_hours() {
    let minutes: Vec<i64> = (1..=8).map(|tries| (retry_at(at(0), tries, 0).as_second() - at(0).as_second()) / 60).collect();
    assert_eq!(minutes, [5, 10, 20, 40, 80, 160, 240, 240]);
    let spread = retry_at(at(0), 1, 255).as_second() - at(0).as_second();
    assert!((330..=340).contains(&spread), "{spread}");
    assert_eq!(retry_at(Timestamp::MAX, 1, 9), Timestamp::MAX);
}

#[test]
fn age_alone_gives_nothing_up() {
    let old = at(0) + limits::GIVE_UP_AFTER;
    assert!(!given_up(at(0), 30, at(3600)));
    assert!(given_up(at(0), 30, old));
    assert!(!given_up(at(0), 3, old), "the clock may have jumped");
    assert!(!given_up(old, 30, at(0)), "or have been set back");
}
