//! No rule can make the gateway answer what no person wrote (RFC 3834 section 2), through the real program.

use std::time::Duration;

use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

/// Every way a rule has to write to the sender: told of a match, of a hold, of a partial refusal, of a hold's end.
const RULES: &str = r#"
[[rule]]
id        = "tell"
do.notify = ["sender", "postmaster"]
[[rule]]
id          = "hold"
when.to     = "held@example.com"
do.hold_for = "technician"
on_error    = "hold"
[[rule]]
id        = "refuse"
when.to   = "refused@example.com"
do.reject = "not there"
on_error  = "reject"
"#;

const SENDER: &str = "office@oakfield.example.sch.uk";

fn send(gateway: &Gateway, from: &str, header: &str, body: &str) -> String {
    let mut session = Session::open(gateway.relay);
    assert!(session.command(&format!("MAIL FROM:<{from}>")).starts_with("250"));
    for to in ["sent@example.com", "held@example.com", "refused@example.com"] {
        assert!(session.command(&format!("RCPT TO:<{to}>")).starts_with("250"));
    }
    assert!(session.command("DATA").starts_with("354"));
    session.say(format!("From: {SENDER}\r\nSubject: Trip\r\n{header}\r\n{body}.\r\n").as_bytes());
    let reply = session.reply();
    assert!(reply.starts_with("250 "), "{reply}");
    reply.trim().rsplit(' ').next().unwrap().to_owned()
}

/// What the gateway wrote to the sender of one mail, once everything about it has happened and the held copy is refused.
fn answers(from: &str, header: &str, body: &str) -> Vec<String> {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, RULES);
    let reference = send(&gateway, from, header, body);
    gateway.succeed(&["queue", "refuse", &reference, "--why", "no"], "");
    upstream.wait_for_mail_to("sent@example.com");
    upstream.wait_for_mail_to("it@oakfield.example.sch.uk"); // staff are told of it in any case
    wait_until("the queue is empty", Duration::from_secs(20), || {
        (gateway.json(&["queue", "list", "--json"]) == serde_json::json!([])).then_some(())
    });
    let written = upstream.taken().into_iter().filter(|mail| mail.to.iter().any(|to| to == SENDER));
    written.map(|mail| mail.text()).collect()
}

#[test]
fn a_person_is_told_of_all_of_it() {
    let answers = answers(SENDER, "", "Text.\r\n");
    assert_eq!(answers.len(), 4, "{answers:?}");
    assert!(answers.iter().all(|letter| letter.contains("Auto-Submitted: auto-generated")));
}

#[test]
fn programs_are_told_nothing() {
    let calendar = "MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REPLY\r\n";
    let report = |kind: &str| format!("MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary=b\r\n");
    let parts = |kind: &str| format!("--b\r\n\r\nText\r\n--b\r\nContent-Type: message/{kind}\r\n\r\nX: y\r\n--b--\r\n");
    let mails = [
        ("nobody in the envelope", "", String::new(), String::new()),
        ("an automatic reply", SENDER, "Auto-Submitted: auto-replied\r\n".to_owned(), String::new()),
        ("an automatic mail, folded and in capitals", SENDER, "AUTO-SUBMITTED:\r\n Auto-Generated\r\n".to_owned(), String::new()),
        ("a list", SENDER, "List-Id: <parents.example.com>\r\n".to_owned(), String::new()),
        ("an old list", SENDER, "Precedence: list\r\n".to_owned(), String::new()),
        ("bulk", SENDER, "Precedence: bulk\r\n".to_owned(), String::new()),
        ("a delivery report", SENDER, report("delivery-status"), parts("delivery-status")),
        ("a read receipt", SENDER, report("disposition-notification"), parts("disposition-notification")),
        ("a calendar's answer", SENDER, calendar.to_owned(), "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned()),
    ];
    for (what, from, header, body) in &mails {
        let answers = answers(from, header, body);
        assert!(answers.is_empty(), "{what} is answered: {answers:?}");
    }
}

#[test]
fn an_invitation_is_a_persons_mail() {
    let header = "MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST\r\n";
    assert_eq!(answers(SENDER, header, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").len(), 4);
}
