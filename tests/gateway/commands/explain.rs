//! `schoolgate explain`: its shape, its inputs, and that it tells the truth: what it shows is what the live way does.

use std::collections::BTreeSet;

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use schoolgate::base::{BodyKind, Envelope, ListenerKind, Origin, Recipient, Ref, ReversePath, Submission};
use schoolgate::message::Message;
use schoolgate::pipeline::{self, RuleSet};
use schoolgate::plan::explain::explain;
use schoolgate::policy::Known;
use serde_json::Value;

use super::{asleep, stderr, stdout};
use crate::world::gateway::{OFFICE, output};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, rules};

fn both() -> String {
    [rules::NOTICE, rules::CONFIDENTIAL].concat()
}

const MAIL: &str =
    "From: office@oakfield.example.sch.uk\r\nTo: parent@example.com\r\nSubject: Trip\r\n\r\nThe coach leaves at 8.45.\r\n";
/// Without these two the gateway adds them.
const DATED: &str = "Date: Mon, 1 Jun 2026 08:00:00 +0000\r\nMessage-ID: <trip@oakfield.example.sch.uk>\r\n";
const TO: [&str; 3] = ["parent@example.com", "head@oakfield.example.sch.uk", "worker@council.example.gov.uk"];

fn arguments<'a>(extra: &[&'a str]) -> Vec<&'a str> {
    let mut line = vec!["explain", "--from", OFFICE];
    TO.iter().for_each(|to| line.extend(["--to", to]));
    line.extend(extra);
    line
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_document_has_every_field_that_is_promised() {
    let gateway = asleep(&both());
    std::fs::write(gateway.path("mail.eml"), MAIL).expect("room on the disk");
    let mail = gateway.path("mail.eml");
    let seen = gateway.json(&arguments(&["--json", mail.to_str().expect("a plain path")]));
    for field in ["ref", "from", "recipients", "rules", "findings", "reply", "copies", "held", "keep"] {
        assert!(keys(&seen).contains(field), "{field} is missing: {seen}");
    }
    assert_eq!(seen["ref"].as_str().map(str::len), Some(13));
    assert_eq!(seen["from"], OFFICE);
    let sides: Vec<_> =
        seen["recipients"].as_array().expect("a list").iter().map(|to| to["side"].as_str().expect("a side")).collect();
    assert_eq!(sides, ["outside", "inside", "partner"]);
    let rule = &seen["rules"][0];
    assert_eq!(
        (rule["id"].as_str(), rule["mode"].as_str(), rule["matched"].as_bool()),
        (Some("notice"), Some("enforce"), Some(true))
    );
    assert!(rule["because"].as_array().is_some_and(|because| !because.is_empty()), "{rule}");
    assert_eq!(seen["findings"], serde_json::json!([]));
    assert_eq!(seen["reply"]["code"], 250);
    assert!(seen["reply"]["text"].as_str().is_some_and(|text| text.starts_with("2.0.0 ")), "{}", seen["reply"]);
    for copy in seen["copies"].as_array().expect("a list") {
        assert!(keys(copy).is_superset(&BTreeSet::from(["recipients", "route", "encrypt", "edits", "sha256"])), "{copy}");
        assert!(copy["encrypt"].is_null() && copy["sha256"].as_str().map(str::len) == Some(64), "{copy}");
    }
    assert_eq!(seen["keep"]["id"], "ordinary");
    assert!(seen["keep"]["until"].as_str().is_some_and(|until| until.starts_with("20")), "{}", seen["keep"]);
}

#[test]
fn what_would_be_held_and_what_would_be_refused_is_told_with_exit_0() {
    let gateway = asleep(&both());
    let mut program = Gateway::program();
    program.args(arguments(&["--json", "-"])).env("SCHOOLGATE_CONFIG", gateway.config());
    let done = output(program, &MAIL.replace("Trip", "confidential"));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let seen: Value = serde_json::from_str(&stdout(&done)).expect("one JSON document");
    let held = &seen["held"][0];
    assert_eq!((held["for"].as_str(), held["rule"].as_str()), (Some("technician"), Some("confidential")), "{seen}");
    assert!(held["recipients"].as_array().is_some_and(|to| to.iter().any(|to| to == "parent@example.com")), "{held}");
}

#[test]
fn it_reads_standard_input_and_files_with_bare_line_feeds_alike_and_touches_nothing() {
    let gateway = asleep(&both());
    std::fs::write(gateway.path("mail.eml"), MAIL.replace("\r\n", "\n")).expect("room on the disk");
    let mail = gateway.path("mail.eml");
    let by_file = gateway.succeed(&arguments(&[mail.to_str().expect("a plain path")]), "");
    let by_input = gateway.succeed(&arguments(&["-"]), MAIL);
    let plain = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("sha256") && !line.starts_with("Reply") && !line.contains("kept as"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(plain(&by_file), plain(&by_input));
    for words in ["parent@example.com (outside)", "notice matches", "sent by route \"default\"", "Reply 250"] {
        assert!(by_file.contains(words), "{words} is missing:\n{by_file}");
    }
    assert!(!gateway.path("store").exists(), "no store was made");
    let missing = gateway.run(&arguments(&["/nowhere/mail.eml"]), "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("/nowhere/mail.eml cannot be read"), "{}", stderr(&missing));
}

/// The hash of a copy holds its `Received` field, and so its reference and time. With those of the mail that really went, the
/// explanation gives the very hash of what arrived.
#[test]
fn the_hash_is_that_of_what_arrives() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, &both());
    let mut session = Session::open(gateway.relay);
    session.begin(&["parent@example.com", "head@oakfield.example.sch.uk"]);
    session.say(format!("{DATED}{MAIL}.\r\n").as_bytes());
    let reply = session.reply();
    let reference = reply.trim().rsplit(' ').next().expect("a reference");
    let arrived = ["parent@example.com", "head@oakfield.example.sch.uk"].map(|to| upstream.wait_for_mail_to(to));
    let set = RuleSet::read(&gateway.config()).expect("a good configuration");
    let submission = as_it_was(reference, &arrived[1].content);
    let judged = pipeline::judge_aloud(&set, &submission, Message::parse(submission.raw.clone()), &Known::default());
    let seen = explain(&set.config, &set.rules, &submission, &judged.verdicts, &judged.plan);
    for mail in &arrived {
        let copy = seen.copies.iter().find(|copy| copy.recipients == mail.to).expect("a copy for each who got one");
        let hash: String = digest(&SHA256, &mail.content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(copy.sha256, hash, "{:?} got\n{}", mail.to, mail.text());
    }
    let ledger = gateway.json(&["queue", "show", reference, "--json"]);
    let told = ledger["events"].as_array().expect("events").iter().filter(|entry| entry["event"]["event"] == "delivered");
    let told: BTreeSet<_> = told.map(|entry| entry["event"]["sha256"].as_str().expect("a hash").to_owned()).collect();
    assert_eq!(told, seen.copies.iter().map(|copy| copy.sha256.clone()).collect(), "and the ledger says the same");
}

/// The submission that the gateway had, read back from the copy that nothing but `Received` was added to.
fn as_it_was(reference: &str, copy: &[u8]) -> Submission {
    let text = String::from_utf8_lossy(copy).into_owned();
    let end = text.find("Date: ").expect("the first field of the mail as it was sent");
    let date = text[..end].rsplit(';').next().expect("a date").trim();
    let recipients =
        ["parent@example.com", "head@oakfield.example.sch.uk"].map(|to| Recipient::new(to.parse().expect("an address")));
    Submission {
        reference: Ref::parse(reference).expect("a reference"),
        received_at: jiff::fmt::rfc2822::parse(date).expect("a date").timestamp(),
        envelope: Envelope {
            reverse_path: ReversePath::Address(OFFICE.parse().expect("an address")),
            recipients: recipients.into(),
            body: BodyKind::SevenBit,
            smtputf8: false,
            ret: None,
            envid: None,
        },
        origin: Origin {
            listener: ListenerKind::Relay,
            client: ([127, 0, 0, 1], 0).into(),
            helo: "client.example".to_owned(),
            esmtp: true,
            tls: None,
            account: None,
        },
        raw: Bytes::copy_from_slice(&copy[end..]),
    }
}
