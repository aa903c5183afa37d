//! Reloads of the real program: by signal and by saving a file, under load, and what the ledger says of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

fn told(gateway: &Gateway, words: &str) {
    wait_until(&format!("the log says {words}"), Duration::from_secs(15), || gateway.log().contains(words).then_some(()));
}

fn count(gateway: &Gateway, words: &str) -> usize {
    gateway.log().matches(words).count()
}

const LISTED: &str = r#"
[list.blocked]
file = "blocked.csv"
[[rule]]
id       = "blocked"
when.to  = "@blocked"
do.reject = "not there"
on_error = "reject"
"#;

#[test]
fn a_saved_file_is_taken_without_a_signal_and_so_is_a_saved_list() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, LISTED);
    std::fs::write(gateway.path("blocked.csv"), "first@example.com\n").unwrap();
    gateway.serve();
    let mut session = Session::open(gateway.relay);
    assert!(session.send(&["second@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    std::fs::write(gateway.path("blocked.csv"), "first@example.com\nsecond@example.com\n").unwrap();
    told(&gateway, "[list.blocked]");
    assert!(session.send(&["second@example.com"], "Trip", "Text.\r\n").starts_with("550 "), "the open session sees the new list");
    gateway.write_config(upstream.port, &LISTED.replace("not there", "never there"));
    told(&gateway, "changed: blocked");
    assert!(session.send(&["first@example.com"], "Trip", "Text.\r\n").contains("never there"));
}

#[test]
fn a_mistake_or_a_failing_test_is_said_once_and_mended_by_a_file_that_comes() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    gateway.serve();
    gateway.write_config(upstream.port, LISTED);
    told(&gateway, "event=\"reload-refused\"");
    assert!(Session::open(gateway.relay).send(&["first@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    std::thread::sleep(Duration::from_secs(12)); // it is tried again meanwhile, and not told again
    assert_eq!(count(&gateway, "event=\"reload-refused\""), 1);
    std::fs::write(gateway.path("blocked.csv"), "first@example.com\n").unwrap();
    told(&gateway, "event=\"reloaded\"");
    let failing = format!(
        "{LISTED}  [[rule.test]]\n  from = \"a@oakfield.example.sch.uk\"\n  to = [\"first@example.com\"]\n  expect = \"no match\"\n"
    );
    gateway.write_config(upstream.port, &failing);
    wait_until("the failing test is told", Duration::from_secs(15), || {
        (count(&gateway, "event=\"reload-refused\"") == 2).then_some(())
    });
    assert!(gateway.log().contains("this test of the rule fails"), "{}", gateway.log());
    assert!(Session::open(gateway.relay).send(&["first@example.com"], "Trip", "Text.\r\n").starts_with("550 "));
}

#[test]
fn the_ledger_names_what_a_reload_changed() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    gateway.serve();
    let notice = "[disclaimer.short]\ntext = \"Short.\"\n[[sender]]\naddress = \"a@oakfield.example.sch.uk\"\naliases = [\"b@oakfield.example.sch.uk\"]\n";
    gateway.write_config(upstream.port, notice);
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    std::fs::write(gateway.config(), text.replace("messages_per_hour   = 100000", "messages_per_hour = 5000")).unwrap();
    gateway.signal("HUP");
    told(&gateway, "event=\"reloaded\"");
    for part in ["[disclaimer.short]", "[limits]", "[[sender]] a@oakfield.example.sch.uk"] {
        told(&gateway, part);
    }
}

#[test]
fn a_rule_that_has_watched_long_enough_is_told_of_once() {
    let upstream = Upstream::start();
    let rule = "[[rule]]\nid = \"old\"\nmode = \"watch\"\nwatch_until = 2020-01-01\nwhen.to = \"outside\"\ndo.add_header = [\"X-Old: 1\"]\n";
    let mut gateway = Gateway::prepare(upstream.port, rule);
    gateway.serve();
    told(&gateway, "rule old");
    gateway.signal("HUP");
    told(&gateway, "event=\"reloaded\"");
    assert_eq!(count(&gateway, "watch_until has passed"), 1, "{}", gateway.log());
    let report = gateway.run(&["doctor", "--json"], "");
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("rule old") && report.contains("it still only watches"), "{report}");
}

const SESSIONS: usize = 8;
const MAILS: usize = 63;

#[test]
fn reloading_under_load_loses_no_mail_and_no_session() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    gateway.serve();
    let (port, answered) = (gateway.relay, AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..SESSIONS {
            let answered = &answered;
            scope.spawn(move || {
                let mut session = Session::open(port);
                for mail in 0..MAILS {
                    let to = format!("p{number}x{mail}@example.com");
                    let reply = session.send(&[&to], "Trip", "Text.\r\n");
                    assert!(reply.starts_with("250 2.0.0 "), "{reply}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..20 {
            let rule = format!("[[rule]]\nid = \"r{round}\"\nwhen.to = \"outside\"\ndo.add_header = [\"X-Round: {round}\"]\n");
            let broken = round % 5 == 4;
            gateway.write_config(upstream.port, if broken { "[[rule]]\nid = 1\n" } else { &rule });
            gateway.signal("HUP");
            let wanted = answered.load(Ordering::Relaxed) + 1;
            wait_until("mail goes on", Duration::from_secs(30), || {
                let now = answered.load(Ordering::Relaxed);
                (now >= wanted || now == SESSIONS * MAILS).then_some(())
            });
        }
    });
    let taken = upstream.wait_for(SESSIONS * MAILS);
    let mut recipients: Vec<String> = taken.into_iter().flat_map(|mail| mail.to).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), SESSIONS * MAILS, "every mail came, each to its own recipient");
    assert!(count(&gateway, "event=\"reloaded\"") > 0 && count(&gateway, "event=\"reload-refused\"") > 0, "{}", gateway.log());
}
