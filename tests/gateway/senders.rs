//! Who may send as whom, and how much, through the real program.

use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

const HEAD: &str = "head@oakfield.example.sch.uk";
const OFFICE: &str = crate::world::gateway::OFFICE;
const SENDER: &str = r#"
[[sender]]
address     = "office@oakfield.example.sch.uk"
aliases     = ["reception@oakfield.example.sch.uk"]
may_send_as = ["head@oakfield.example.sch.uk"]
"#;

/// One mail with a header of the caller's own, and the reply to its envelope sender or to it.
fn write(session: &mut Session, from: &str, header: &str) -> String {
    let reply = session.command(&format!("MAIL FROM:<{from}>"));
    if !reply.starts_with("250") {
        return reply;
    }
    assert!(session.command("RCPT TO:<parent@example.com>").starts_with("250"));
    assert!(session.command("DATA").starts_with("354"));
    session.say(format!("{header}Subject: Trip\r\n\r\nText.\r\n.\r\n").as_bytes());
    session.reply()
}

#[test]
fn a_signed_in_sender_may_be_itself_alone() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let mut session = Session::open_signed_in(gateway.submissions);
    let reply = write(&mut session, HEAD, "");
    assert!(reply.starts_with("553 5.7.1 ") || reply.starts_with("553-5.7.1 "), "{reply}");
    let spoofed = write(&mut session, OFFICE, &format!("From: Head <{HEAD}>\r\n"));
    let remedy = format!("may_send_as = [\"{HEAD}\"] under [[sender]] address = \"{OFFICE}\"");
    for words in ["5.7.1", "From names head@oakfield", "you signed in as office@oakfield", &remedy] {
        assert!(spoofed.contains(words), "{words} is not in {spoofed}");
    }
    let named = write(&mut session, OFFICE, &format!("From: \"{HEAD}\" <{OFFICE}>\r\n"));
    assert!(named.starts_with("553"), "{named}");
    let twice = write(&mut session, OFFICE, &format!("From : {HEAD}\r\nFrom: {OFFICE}\r\n"));
    assert!(twice.starts_with("550 5.7.1 "), "{twice}");
    assert!(write(&mut session, OFFICE, "").starts_with("550 5.7.1 "), "a mail without From");
    assert!(write(&mut session, OFFICE, &format!("From: {OFFICE}\r\n")).starts_with("250 "));
    upstream.wait_for(1);
    assert!(gateway.log().contains("mail-refused"), "refusals are in the ledger: {}", gateway.log());
}

#[test]
fn aliases_and_delegates_are_honoured_in_envelope_and_header() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, SENDER);
    let mut session = Session::open_signed_in(gateway.submissions);
    for from in [OFFICE, "reception@oakfield.example.sch.uk", HEAD] {
        let reply = write(&mut session, from, &format!("From: {from}\r\nSender: {OFFICE}\r\n"));
        assert!(reply.starts_with("250 "), "{from}: {reply}");
    }
    let reply = write(&mut session, "it@oakfield.example.sch.uk", "");
    assert!(reply.starts_with("553"), "{reply}");
}

#[test]
fn explain_says_what_the_live_path_says() {
    let gateway = Gateway::prepare(1, "");
    let mail = format!("From: {HEAD}\r\nTo: parent@example.com\r\n\r\nText.\r\n");
    let asked = ["explain", "--from", OFFICE, "--user", OFFICE, "--to", "parent@example.com", "--json", "-"];
    let said: serde_json::Value = serde_json::from_str(&gateway.succeed(&asked, &mail)).unwrap();
    assert_eq!((&said["reply"]["code"], &said["decision"]), (&553.into(), &"refused".into()));
}

#[test]
fn a_relay_takes_others_mail_unless_it_is_told_not_to() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    gateway.serve();
    let foreign = "From: someone@example.org\r\n";
    assert!(write(&mut Session::open(gateway.relay), "someone@example.org", foreign).starts_with("250 "));
    assert_eq!(gateway.stop(), Some(0));
    std::fs::write(gateway.config(), text.replace("kind    = \"relay\"", "kind    = \"relay\"\nsenders = \"school\"")).unwrap();
    gateway.serve();
    let mut session = Session::open(gateway.relay);
    assert!(write(&mut session, "someone@example.org", foreign).starts_with("553"), "at MAIL");
    assert!(write(&mut session, OFFICE, foreign).starts_with("553"), "after DATA");
    assert!(write(&mut session, OFFICE, &format!("From: {OFFICE}\r\n")).starts_with("250 "));
}

const HOURLY: &str = "messages_per_hour   = 100000\nrecipients_per_hour = 100000";

/// A gateway with other limits than the world's.
fn limited(upstream: u16, limits: &str, sections: &str) -> Gateway {
    let mut gateway = Gateway::prepare(upstream, sections);
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    assert!(text.contains(HOURLY));
    std::fs::write(gateway.config(), text.replace(HOURLY, limits)).unwrap();
    gateway.add_account(OFFICE, crate::world::gateway::PASSWORD);
    gateway.serve();
    gateway
}

const BIG: &str = "[[rule]]\nid = \"big\"\nwhen.subject_word = [\"big\"]\ndo.reject = \"no\"\non_error = \"reject\"\n";

#[test]
fn the_hourly_limit_is_said_with_time_and_person_and_outlives_a_restart() {
    let upstream = Upstream::start();
    let mut gateway = limited(upstream.port, "messages_per_hour = 3", BIG);
    let mut session = Session::open_signed_in(gateway.submissions);
    assert!(session.send(&["a@example.com"], "Big", "Text.\r\n").starts_with("550 "), "refused, so it does not count");
    for _ in 0..3 {
        assert!(session.send(&["a@example.com"], "Trip", "Text.\r\n").starts_with("250 "));
    }
    let reply = session.command(&format!("MAIL FROM:<{OFFICE}>"));
    assert!(reply.starts_with("450 4.7.1 ") || reply.starts_with("450-4.7.1 "), "{reply}");
    for words in ["3 mails in an hour", "try again at ", "it@oakfield.example.sch.uk", "limits.messages_per_hour"] {
        assert!(reply.replace("\r\n450 4.7.1", "").contains(words), "{words} is not in {reply}");
    }
    gateway.kill();
    gateway.serve();
    let mut session = Session::open_signed_in(gateway.submissions);
    assert!(session.command(&format!("MAIL FROM:<{OFFICE}>")).starts_with("450"), "a killed gateway remembers");
}

#[test]
fn recipients_count_too_and_single_senders_have_limits_of_their_own() {
    let upstream = Upstream::start();
    let own = "[[sender]]\naddress = \"office@oakfield.example.sch.uk\"\nlimits = { recipients_per_hour = 5, recipients = 4 }\n";
    let gateway = limited(upstream.port, "recipients_per_hour = 2", own);
    let mut session = Session::open_signed_in(gateway.submissions);
    session.begin(&["a@example.com", "b@example.com", "c@example.com"]);
    assert!(session.finish("Trip", "Text.\r\n").starts_with("250 "), "more than [limits] says");
    assert!(session.command(&format!("MAIL FROM:<{OFFICE}>")).starts_with("250"));
    for recipient in ["a@example.com", "b@example.com"] {
        assert!(session.command(&format!("RCPT TO:<{recipient}>")).starts_with("250"));
    }
    let reply = session.command("RCPT TO:<c@example.com>");
    assert!(reply.starts_with("450"), "{reply}");
    let mut other = Session::open(gateway.relay);
    assert!(other.command("MAIL FROM:<printer@oakfield.example.sch.uk>").starts_with("250"));
    assert!(other.command("RCPT TO:<a@example.com>").starts_with("250"));
    assert!(other.command("RCPT TO:<b@example.com>").starts_with("250"));
    assert!(other.command("RCPT TO:<c@example.com>").starts_with("450"), "what is written holds for relayed mail too");
}

#[test]
fn recipients_of_one_mail_are_limited_for_each_sender() {
    let upstream = Upstream::start();
    let own = "[[sender]]\naddress = \"office@oakfield.example.sch.uk\"\nlimits = { recipients = 1 }\n";
    let gateway = Gateway::start(upstream.port, own);
    let mut session = Session::open_signed_in(gateway.submissions);
    assert!(session.command("EHLO client.example").contains("RCPTMAX=1 "));
    session.command(&format!("MAIL FROM:<{OFFICE}>"));
    assert!(session.command("RCPT TO:<a@example.com>").starts_with("250"));
    assert!(session.command("RCPT TO:<b@example.com>").starts_with("452 4.5.3 "));
}

#[test]
fn what_nobody_wrote_limits_accounts_and_not_machines() {
    let upstream = Upstream::start();
    let gateway = limited(upstream.port, "recipients = 2000", "");
    let many: Vec<String> = (0..1001).map(|n| format!("RCPT TO:<p{n}@example.com>\r\n")).collect();
    let last = |mut session: Session| {
        assert!(session.command(&format!("MAIL FROM:<{OFFICE}>")).starts_with("250"));
        let mut last = String::new();
        for line in &many {
            last = session.command(line.trim_end());
        }
        last
    };
    assert!(last(Session::open_signed_in(gateway.submissions)).starts_with("450"));
    assert!(last(Session::open(gateway.relay)).starts_with("250"));
}

#[test]
fn a_suspension_holds_for_a_mail_under_way() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let mut session = Session::open_signed_in(gateway.submissions);
    session.begin(&["parent@example.com"]);
    gateway.succeed(&["user", "suspend", OFFICE, "--why", "asked by the head teacher"], "");
    let reply = session.finish("Trip", "Text.\r\n");
    assert!(reply.starts_with("553 5.7.1 "), "{reply}");
    gateway.succeed(&["user", "resume", OFFICE], "");
    assert!(session.send(&["parent@example.com"], "Trip", "Text.\r\n").starts_with("250 "), "and ends at once");
    wait_until("one mail", Duration::from_secs(20), || (upstream.taken().len() == 1).then_some(()));
}
