//! The night's verification, in a time zone where half past two is near.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::world::gateway::POSTMASTER;

/// The gateway must be up by then.
const MARGIN: i64 = 10;

/// A zone (POSIX, Base Definitions 8.3) where it is so many seconds before half past two now.
fn nearly_half_past_two() -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC).time();
    let now = i64::from(now.hour()) * 3600 + i64::from(now.minute()) * 60 + i64::from(now.second());
    let west = now - (2 * 3600 + 30 * 60 - MARGIN);
    let (sign, west) = if west < 0 { ("-", -west) } else { ("", west) };
    format!("NIGHT{sign}{}:{:02}:{:02}", west / 3600, west / 60 % 60, west % 60)
}

#[test]
fn damage_is_found_by_night_and_the_postmaster_gets_a_letter() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, NOTICE);
    let damaged = send(&gateway, "parent@example.com", "trip", "The trip is on Monday.\r\n");
    upstream.wait_for(1);
    assert_eq!(gateway.stop(), Some(0));
    let place = Archived::of(&gateway).rows()[0].place.clone();
    let segments = files(&gateway.path("store/segments"));
    let mut bytes = std::fs::read(&segments[0]).unwrap();
    bytes[usize::try_from(place.offset).unwrap() + 60] ^= 1;
    std::fs::write(&segments[0], bytes).unwrap();

    gateway.serve_with(&[("TZ", &nearly_half_past_two())]);
    let letter = wait_until("the postmaster is told", Duration::from_secs(60), || {
        upstream.taken().into_iter().find(|mail| mail.to == [POSTMASTER])
    });
    let text = letter.text();
    assert!(text.contains("Subject: The mail archive is damaged") && text.contains(&format!("mail: {damaged}")), "{text}");
    let log = gateway.log();
    assert!(log.contains("archive-verified") && log.contains("not as it was written: 1"), "{log}");
    let asked = gateway.run(&["doctor"], "");
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(said.contains("not all was as it was written when it was verified at"), "{said}");
    assert_eq!(gateway.run(&["archive", "verify"], "").status.code(), Some(1));
}
