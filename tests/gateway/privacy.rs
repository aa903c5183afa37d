//! Recipients who do not see each other, through the real program: fifty parents in To, as people's programs write them.

use std::process::Command;

use crate::world::gateway::{OFFICE, PASSWORD, output};
use crate::world::session::Session;
use crate::world::upstream::Taken;
use crate::world::{Gateway, Upstream, installed};

const HEAD: &str = "head@oakfield.example.sch.uk";

fn rule(what: &str) -> String {
    format!(
        "[[rule]]\nid = \"private\"\nabout = \"Families do not see each other's addresses\"\nwhen.to = \"outside\"\n{what}\non_error = \"hold\"\n"
    )
}

fn parents() -> Vec<String> {
    (0..50).map(|n| format!("parent{n}@home{n}.example.com")).collect()
}

fn header(mail: &Taken) -> String {
    mail.text().split("\r\n\r\n").next().unwrap().to_owned()
}

/// Sends a mail to fifty parents and the head, all in To and Cc, and gives what arrived at whom.
fn send(gateway: &Gateway) {
    let parents = parents();
    let to: Vec<String> = parents.iter().map(|parent| format!("\"Parent, A\" <{parent}>")).collect();
    let mut recipients: Vec<&str> = parents.iter().map(String::as_str).collect();
    recipients.push(HEAD);
    let mut session = Session::open_signed_in(gateway.submissions);
    session.begin(&recipients);
    let mail = format!(
        "From: Office <{OFFICE}>\r\nTo: {}\r\nCc: {HEAD},\r\n {}\r\nReply-To: {}\r\nSubject: School trip\r\n\r\nThe coach leaves at 8.45.\r\n.\r\n",
        to[..25].join(",\r\n "),
        to[25..].join(",\r\n "),
        parents[0],
    );
    session.say(mail.as_bytes());
    let reply = session.reply();
    assert!(reply.starts_with("250 "), "{reply}");
}

/// The inside copy as it was written, and one letter to the sender.
fn assert_colleagues_see_all_and_the_sender_is_told(upstream: &Upstream) {
    let inside = header(&upstream.wait_for_mail_to(HEAD));
    assert!(parents().iter().all(|parent| inside.contains(parent)), "{inside}");
    let letter = upstream.wait_for_mail_to(OFFICE).text();
    assert!(letter.contains("Addresses kept private: School trip") && letter.contains("50 people"), "{letter}");
    assert!(letter.contains("Why: Families do not see each other's addresses"), "{letter}");
    assert!(letter.contains("Auto-Submitted: auto-generated"), "{letter}");
    let letters = upstream.taken().iter().filter(|mail| mail.to == [OFFICE]).count();
    assert_eq!(letters, 1, "told once");
}

#[test]
fn fifty_parents_in_to_do_not_see_each_other() {
    let upstream = Upstream::start();
    let gateway =
        Gateway::start(upstream.port, &rule("do.recipients = \"bcc\"\ndo.visible_to = \"parents@oakfield.example.sch.uk\""));
    send(&gateway);
    assert_colleagues_see_all_and_the_sender_is_told(&upstream);
    let outside = upstream.wait_for_mail_to(&parents()[49]);
    assert_eq!(outside.to, parents(), "one copy, and everyone still receives");
    let header = header(&outside);
    assert!(
        header.contains("\r\nTo: parents@oakfield.example.sch.uk\r\nCc: head@oakfield.example.sch.uk\r\nSubject:"),
        "{header}"
    );
    assert!(!header.contains("home"), "{header}");
}

#[test]
fn each_of_fifty_parents_gets_a_copy_of_their_own() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rule("do.recipients = \"individual-copies\""));
    send(&gateway);
    assert_colleagues_see_all_and_the_sender_is_told(&upstream);
    for parent in parents() {
        let copy = upstream.wait_for_mail_to(&parent);
        assert_eq!(copy.to, std::slice::from_ref(&parent));
        let header = header(&copy);
        assert!(header.contains(&format!("\r\nTo: {parent}\r\n")), "{header}");
        let others = parents().into_iter().filter(|other| *other != parent && header.contains(other));
        assert_eq!(others.count(), 0, "{header}");
        assert!(copy.text().ends_with("\r\n\r\nThe coach leaves at 8.45.\r\n"));
    }
}

#[test]
fn an_invitation_that_names_its_guests_is_held_and_nobody_is_thanked_for_it() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rule("do.recipients = \"bcc\""));
    let mut session = Session::open_signed_in(gateway.submissions);
    session.begin(&["a@one.example", "b@two.example"]);
    session.say(
        b"From: office@oakfield.example.sch.uk\r\nTo: a@one.example, b@two.example\r\nSubject: Evening\r\n\
          Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nATTENDEE:mailto:b@two.example\r\nEND:VCALENDAR\r\n.\r\n",
    );
    assert!(session.reply().starts_with("250 "));
    let letter = upstream.wait_for_mail_to(OFFICE).text();
    assert!(letter.contains("has not left the school yet") && letter.contains("calendar entry"), "{letter}");
    let queue = gateway.json(&["queue", "list", "--json"]);
    assert_eq!(queue[0]["rule"], "private", "{queue}");
    assert!(
        upstream.taken().iter().all(|mail| mail.to == [OFFICE] || mail.to == ["it@oakfield.example.sch.uk"]),
        "the guests get nothing"
    );
}

#[test]
fn an_automatic_mail_is_made_private_and_nobody_is_told() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rule("do.recipients = \"bcc\""));
    let mut session = Session::open(gateway.relay);
    session.begin(&["a@one.example", "b@two.example"]);
    session.say(b"From: office@oakfield.example.sch.uk\r\nTo: a@one.example, b@two.example\r\nAuto-Submitted: auto-generated\r\n\r\nHello.\r\n.\r\n");
    assert!(session.reply().starts_with("250 "));
    let mail = header(&upstream.wait_for_mail_to("a@one.example"));
    assert!(mail.contains("To: office@oakfield.example.sch.uk") && !mail.contains("b@two"), "{mail}");
    session.send(&["last@one.example"], "Last", "Hello.\r\n");
    upstream.wait_for_mail_to("last@one.example");
    assert!(!upstream.taken().iter().any(|mail| mail.to == [OFFICE]), "no letter answers an automatic mail");
}

/// Python writes long lists folded, names in encoded words, and a Date and Message-ID of its own.
#[test]
fn the_shape_of_a_real_client_is_understood() {
    if !installed("python3") {
        return;
    }
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &rule("do.recipients = \"individual-copies\""));
    let mut python = Command::new("python3");
    python.args(["-", &gateway.submission.to_string(), OFFICE, PASSWORD]);
    let sent = output(
        python,
        "import smtplib, ssl, sys\n\
         from email.message import EmailMessage\n\
         from email.headerregistry import Address, Group\n\
         port, user, password = sys.argv[1:]\n\
         mail = EmailMessage()\n\
         people = [Address('Jürgen Müller %d' % n, 'parent%d' % n, 'home%d.example.com' % n) for n in range(50)]\n\
         mail['From'], mail['Subject'] = user, 'Schulausflug für alle'\n\
         mail['To'] = Group('Class 3B', people[:25])\n\
         mail['Cc'] = people[25:]\n\
         mail.set_content('The coach leaves at 8.45.')\n\
         loose = ssl.create_default_context(); loose.check_hostname = False; loose.verify_mode = ssl.CERT_NONE\n\
         with smtplib.SMTP('127.0.0.1', int(port), timeout=20) as server:\n\
         \x20   server.starttls(context=loose); server.login(user, password); server.send_message(mail, user, [p.addr_spec for p in people])\n",
    );
    assert!(sent.status.success(), "{}\n{}", String::from_utf8_lossy(&sent.stderr), gateway.log());
    for parent in parents() {
        let header = header(&upstream.wait_for_mail_to(&parent));
        assert_eq!(header.matches("@home").count() - header.matches(&parent).count(), 0, "{header}");
        assert!(header.contains(&format!("To: {parent}")) && !header.contains("Class 3B"), "{header}");
    }
}
