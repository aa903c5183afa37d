//! `schoolgate queue`: beside a running gateway, and on the store of one that stands still.

use std::time::Duration;

use serde_json::Value;

use super::{stderr, stdout};
use crate::world::gateway::OFFICE;
use crate::world::rules::CONFIDENTIAL;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

/// Sends a mail that is held, and gives its reference.
fn held(gateway: &Gateway, recipient: &str) -> String {
    let reply = Session::open(gateway.relay).send(&[recipient], "confidential", "Notes.\r\n");
    assert!(reply.starts_with("250 "), "{reply}");
    reply.trim().rsplit(' ').next().expect("a reference").to_owned()
}

fn copies(gateway: &Gateway, reference: &str) -> Vec<Value> {
    let list = gateway.json(&["queue", "list", "--json"]);
    list.as_array().expect("a list").iter().filter(|job| job["ref"] == reference).cloned().collect()
}

#[test]
fn held_mail_is_shown_released_and_refused_beside_a_running_gateway() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, CONFIDENTIAL);
    let (good, bad) = (held(&gateway, "parent@example.com"), held(&gateway, "rival@example.com"));
    let list = gateway.succeed(&["queue", "list"], "");
    assert!(list.starts_with("ID ") && list.contains(&good) && list.contains("held"), "{list}");
    let shown = gateway.json(&["queue", "show", &good, "--json"]);
    assert_eq!((shown["ref"].as_str(), shown["copies"][0]["rule"].as_str()), (Some(good.as_str()), Some("confidential")));
    assert!(shown["events"].as_array().expect("events").iter().any(|entry| entry["event"]["event"] == "mail-held"), "{shown}");
    assert!(gateway.succeed(&["queue", "show", &good], "").contains("mail-held"));

    assert_eq!(gateway.succeed(&["queue", "release", &good], ""), "1 copy let go\n");
    upstream.wait_for_mail_to("parent@example.com");
    assert_eq!(gateway.succeed(&["queue", "refuse", &bad, "--why", "use the file share"], ""), "1 copy refused\n");
    let letter = wait_until("the sender is told", Duration::from_secs(20), || {
        upstream.taken().into_iter().find(|mail| mail.to == [OFFICE] && mail.text().contains("will not be sent"))
    });
    assert_eq!(letter.from, "", "a letter of ours has the null reverse path");
    for words in ["use the file share", bad.as_str(), "rival@example.com", "Auto-Submitted: auto-generated"] {
        assert!(letter.text().contains(words), "{words} is missing:\n{}", letter.text());
    }
    assert!(upstream.taken().iter().all(|mail| mail.to != ["rival@example.com"]), "what was refused never left");
    assert!(copies(&gateway, &good).is_empty() && copies(&gateway, &bad).is_empty());
}

#[test]
fn what_is_decided_while_nobody_serves_is_carried_out_at_the_next_start() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, CONFIDENTIAL);
    let (go, drop) = (held(&gateway, "parent@example.com"), held(&gateway, "other@example.com"));
    assert_eq!(gateway.stop(), Some(0));
    assert_eq!(copies(&gateway, &go).len(), 1, "the queue can be read from the store alone");
    gateway.succeed(&["queue", "release", &go], "");
    gateway.succeed(&["queue", "drop", &drop, "--why", "sent twice"], "");
    assert!(gateway.succeed(&["queue", "show", &drop], "").contains("sent twice"), "what was dropped is still told of");
    assert!(copies(&gateway, &drop).is_empty());
    gateway.serve();
    upstream.wait_for_mail_to("parent@example.com");
    assert!(upstream.taken().iter().all(|mail| mail.to != ["other@example.com"]));
}

#[test]
fn everything_that_waits_is_tried_again_at_once() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    for recipient in ["later1@example.com", "later2@example.com"] {
        Session::open(gateway.relay).send(&[recipient], "Trip", "Text.\r\n");
    }
    let attempts = |least: u64| {
        let jobs = gateway.json(&["queue", "list", "--json"]);
        let jobs = jobs.as_array()?.clone();
        (jobs.len() == 2 && jobs.iter().all(|job| job["attempts"].as_u64() >= Some(least))).then_some(())
    };
    wait_until("both are put off", Duration::from_secs(20), || attempts(1));
    assert_eq!(gateway.succeed(&["queue", "retry", "all"], ""), "2 copies tried again now\n");
    wait_until("both are tried again", Duration::from_secs(20), || attempts(2));
}

#[test]
fn a_mail_that_is_not_there_is_said_and_exits_1() {
    let gateway = Gateway::prepare(crate::world::free_port(), "");
    let nobody = "5m2c9q0wk3t7h";
    for command in [
        vec!["show", nobody],
        vec!["retry", nobody],
        vec!["release", nobody],
        vec!["refuse", nobody, "--why", "x"],
        vec!["drop", nobody, "--why", "x"],
    ] {
        let done = gateway.run(&[&["queue"], command.as_slice()].concat(), "");
        assert_eq!((done.status.code(), stdout(&done).as_str()), (Some(1), ""), "{command:?}");
        assert!(stderr(&done).contains(nobody), "{command:?}: {}", stderr(&done));
    }
    assert_eq!(gateway.succeed(&["queue", "list"], ""), "nothing waits and nothing is held\n");
}
