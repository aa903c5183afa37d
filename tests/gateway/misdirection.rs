//! First contacts and look-alike domains through the real program, which remembers what it has accepted.

use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

const RULES: &str = r#"
[[rule]]
id    = "first"
about = "The first mail to somebody waits"
when.first_contact = "sender"
unless.to     = "partners"
unless.header = "X-Checked"
do.hold_for   = "technician"
on_error      = "hold"

[[rule]]
id    = "mistaken"
about = "The recipient's domain looks like another"
when.lookalike = true
do.reject      = "please look at the address again"
on_error       = "reject"
"#;

fn reference(reply: &str) -> String {
    assert!(reply.starts_with("250 "), "{reply}");
    reply.trim().rsplit(' ').next().expect("a reference").to_owned()
}

#[test]
fn the_first_mail_waits_and_the_next_one_after_its_release_does_not() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, RULES);
    let mut session = Session::open(gateway.relay);
    let first = reference(&session.send(&["parent@example.com"], "One", "Hello.\r\n"));
    let second = reference(&session.send(&["parent@example.com"], "Two", "Hello.\r\n"));
    gateway.succeed(&["queue", "release", &first], "");
    assert!(upstream.wait_for_mail_to("parent@example.com").text().contains("Subject: One"), "the second waits");
    reference(&session.send(&["parent@example.com"], "Three", "Hello.\r\n"));
    wait_until("the third leaves", Duration::from_secs(20), || {
        upstream.taken().iter().any(|mail| mail.text().contains("Subject: Three")).then_some(())
    });
    let queue = gateway.json(&["queue", "list", "--json"]);
    let held: Vec<_> = queue.as_array().expect("a list").iter().filter(|job| job["state"] == "held").collect();
    assert_eq!(held.len(), 1, "{queue}");
    assert_eq!(held[0]["ref"], second.as_str(), "somebody has yet to decide about the second");
}

#[test]
fn a_domain_like_the_schools_own_is_refused() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, RULES);
    let reply = Session::open(gateway.relay).send(&["head@oakfie1d.example.sch.uk"], "Notes", "Hello.\r\n");
    assert!(
        reply.starts_with("550 5.7.1 The recipient's domain looks like another: please look at the address again"),
        "{reply}"
    );
}
