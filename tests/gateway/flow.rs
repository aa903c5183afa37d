//! The way of a mail through the real program: rules, notice, holds, refusals, reports, and what people are told.

use std::net::TcpStream;
use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream, rules, wait_until};

const TOO_LARGE: &str = r#"
[[rule]]
id    = "too-large"
about = "Large files go by the file share"
mode  = "enforce"
when.size_over = "64KB"
do.reject      = "please send a link instead"
on_error       = "reject"
"#;

fn rules() -> String {
    [rules::NOTICE, rules::CONFIDENTIAL, TOO_LARGE].concat()
}

const NOTICE: &str = "This message is from Oakfield School.";

#[test]
fn outside_mail_carries_the_notice_and_inside_mail_does_not() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rules());
    let mut session = Session::open(gateway.relay);
    let reply = session.send(&["parent@example.com", "head@oakfield.example.sch.uk"], "Trip", "The coach leaves at 8.45.\r\n");
    assert!(reply.starts_with("250 2.0.0 "), "{reply}");
    let outside = upstream.wait_for_mail_to("parent@example.com");
    let inside = upstream.wait_for_mail_to("head@oakfield.example.sch.uk");
    assert_eq!(outside.text().matches(NOTICE).count(), 1);
    assert!(!inside.text().contains(NOTICE));
    let reference = reply.trim().rsplit(' ').next().expect("a reference");
    assert!(outside.text().contains(reference), "the reference stands in Received");
    assert!(inside.text().ends_with("The coach leaves at 8.45.\r\n"));
}

#[test]
fn a_rule_refuses_with_its_words_its_id_and_the_reference() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rules());
    let reply = Session::open(gateway.relay).send(&["parent@example.com"], "Pages", &"long line of text\r\n".repeat(4000));
    assert!(
        reply.starts_with("550 5.7.1 Large files go by the file share: please send a link instead (rule too-large, ref "),
        "{reply}"
    );
    assert!(upstream.taken().is_empty());
}

#[test]
fn a_held_mail_waits_is_listed_and_leaves_when_released() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rules());
    let reply = Session::open(gateway.relay).send(&["parent@example.com"], "Con\u{200b}fidential notes", "Notes.\r\n");
    assert!(reply.starts_with("250 "), "{reply}");
    let told = upstream.wait_for_mail_to("office@oakfield.example.sch.uk");
    assert!(told.text().contains("has not left the school yet"), "{}", told.text());
    let queue = gateway.json(&["queue", "list", "--json"]);
    let held = queue.as_array().expect("a list").iter().find(|job| job["state"] == "held").expect("a held mail").clone();
    assert_eq!(held["rule"], "confidential");
    gateway.succeed(&["queue", "release", held["ref"].as_str().expect("a reference")], "");
    let mail = upstream.wait_for_mail_to("parent@example.com");
    assert!(mail.text().contains(NOTICE), "what waited leaves with its notice");
}

#[test]
fn a_recipient_that_the_next_hop_refuses_is_reported_to_the_sender() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let reply = Session::open(gateway.relay).send(&["nobody@example.com", "parent@example.com"], "Trip", "Text.\r\n");
    assert!(reply.starts_with("250 "), "{reply}");
    upstream.wait_for_mail_to("parent@example.com");
    let report = upstream.wait_for_mail_to("office@oakfield.example.sch.uk");
    assert_eq!(report.from, "", "a report has the null reverse path");
    for words in ["multipart/report", "Action: failed", "rfc822;nobody@example.com", "nobody of that name"] {
        assert!(report.text().replace("; ", ";").contains(words), "{words} is missing: {}", report.text());
    }
}

#[test]
fn mail_put_off_by_the_next_hop_waits_and_goes_at_once_when_asked() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    Session::open(gateway.relay).send(&["later@example.com"], "Trip", "Text.\r\n");
    let waiting = wait_until("the mail is put off", Duration::from_secs(20), || {
        let queue = gateway.json(&["queue", "list", "--json"]);
        let job = queue.as_array()?.first()?.clone();
        job["last_error"].as_str().is_some_and(|why| why.contains("come again later")).then_some(job)
    });
    let reference = waiting["ref"].as_str().expect("a reference");
    gateway.succeed(&["queue", "retry", reference], "");
    gateway.succeed(&["queue", "drop", reference, "--why", "no longer needed"], "");
    assert_eq!(gateway.json(&["queue", "list", "--json"]), serde_json::json!([]));
}

#[test]
fn a_reload_takes_new_rules_and_a_bad_file_leaves_the_old_ones() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let mut session = Session::open(gateway.relay);
    gateway.write_config(upstream.port, &rules());
    gateway.signal("HUP");
    wait_until("the reload is told", Duration::from_secs(10), || gateway.log().contains("reloaded").then_some(()));
    session.send(&["first@example.com"], "Trip", "Text.\r\n");
    assert!(upstream.wait_for_mail_to("first@example.com").text().contains(NOTICE), "the open session sees the new rules");
    gateway.write_config(upstream.port, "[[rule]]\nid = 1\n");
    gateway.signal("HUP");
    wait_until("the refusal is told", Duration::from_secs(10), || gateway.log().contains("reload-refused").then_some(()));
    session.send(&["second@example.com"], "Trip", "Text.\r\n");
    assert!(upstream.wait_for_mail_to("second@example.com").text().contains(NOTICE), "the last good rules stay in force");
}

#[test]
fn a_suspended_account_may_send_no_more_at_once() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let mut session = Session::open_signed_in(gateway.submissions);
    assert!(session.send(&["parent@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    gateway.succeed(&["user", "suspend", "office@oakfield.example.sch.uk", "--why", "asked by the head teacher"], "");
    let reply = session.command("MAIL FROM:<office@oakfield.example.sch.uk>");
    assert!(reply.starts_with("553 5.7.1") || reply.starts_with("550 5.7.1"), "{reply}");
}

#[test]
fn stopping_finishes_what_is_under_way() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    let mut session = Session::open(gateway.relay);
    session.begin(&["parent@example.com"]);
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(session.finish("Trip", "Text.\r\n").starts_with("250 "), "the open mail is taken in");
    assert_eq!(gateway.stop(), Some(0));
    assert!(TcpStream::connect(("127.0.0.1", gateway.relay)).is_err(), "nobody listens any more");
}

#[test]
fn the_store_shows_nothing_in_clear() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    Session::open(gateway.relay).send(&["later@example.com"], "Xylophone lesson", "Bring the marmalade sandwich.\r\n");
    wait_until("the mail is put off", Duration::from_secs(20), || gateway.log().contains("come again later").then_some(()));
    gateway.stop();
    let files = crate::world::gateway::files(&gateway.path("store"));
    assert!(files.len() >= 2, "{files:?}");
    for file in files.iter().chain([&gateway.path("log")]) {
        let bytes = std::fs::read(file).expect("a readable file");
        for word in ["marmalade", "Xylophone", crate::world::gateway::PASSWORD] {
            assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word} stands in {}", file.display());
        }
    }
    assert!(files.iter().all(|file| memchr::memmem::find(&std::fs::read(file).unwrap_or_default(), b"later@example").is_none()));
}
