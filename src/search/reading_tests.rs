use super::*;
use crate::base::{Envelope, Recipient, Ref, ReversePath};
use crate::store::{Issued, RecordHeader};

fn message(text: &str) -> Message {
    Message::parse(Bytes::from(text.replace('\n', "\r\n").into_bytes()))
}

fn record(from: &str, to: &[&str], issued: bool) -> Record {
    let address = |text: &str| Address::parse(text).unwrap();
    let path = if from.is_empty() { ReversePath::Null } else { ReversePath::Address(address(from)) };
    let received_at = "2026-11-23T08:00:00Z".parse().unwrap();
    let issued = issued.then(|| Issued { kind: "dsn".to_owned(), about: None });
    let envelope = Envelope::new(path, to.iter().map(|to| Recipient::new(address(to))).collect());
    let reference = Ref::new(received_at, [1, 2, 3]);
    let header = RecordHeader { reference, received_at, envelope, origin: None, issued, provenance: None, sha256: String::new() };
    Record { header, copies: Vec::new(), raw: Bytes::new() }
}

#[test]
fn a_mail_goes_where_its_envelope_says() {
    const IN: &str = "head@oakfield.example.sch.uk";
    const OUT: &str = "parent@example.com";
    let way = |from: &str, to: &[&str], issued, header: &str| {
        let inside = |domain: &Domain| domain.as_str() == "oakfield.example.sch.uk";
        direction(&record(from, to, issued), &message(header), inside)
    };
    assert_eq!(way(IN, &[OUT, IN], false, ""), Direction::Out);
    assert_eq!(way(IN, &[IN], false, "From: parent@example.com\n\n"), Direction::Internal);
    assert_eq!(way(OUT, &[IN], false, "From: head@oakfield.example.sch.uk\n\n"), Direction::In);
    assert_eq!(way(OUT, &["other@example.org"], false, ""), Direction::In, "forwarded");
    assert_eq!(way("", &[OUT], false, "From: head@oakfield.example.sch.uk\n\n"), Direction::Out);
    assert_eq!(way("", &[IN], false, "From: postmaster@example.com\n\n"), Direction::In);
    assert_eq!(way("", &[OUT], true, ""), Direction::Out, "our own");
    assert_eq!(way(IN, &["head@sub.oakfield.example.sch.uk"], false, ""), Direction::Out, "a sub-domain is not listed");
}

fn entry(event: &Event) -> Entry {
    let (at, body) = ("2026-11-23T08:00:00Z".parse().unwrap(), serde_json::to_string(event).unwrap());
    Entry { seq: 1, at, name: event.name().to_owned(), reference: None, body, prev: Vec::new(), hash: Vec::new() }
}

#[test]
fn what_became_of_a_mail_is_told_for_each_recipient() {
    let reference = Ref::new("2026-11-23T08:00:00Z".parse().unwrap(), [1, 2, 3]);
    let (anna, bob) = (Address::parse("anna@example.com").unwrap(), Address::parse("bob@example.com").unwrap());
    let accepted = Event::MailAccepted {
        reference: reference.clone(),
        from: String::new(),
        recipients: vec![anna.clone(), bob.clone()],
        size: 1,
        sha256: String::new(),
        class: "ordinary".to_owned(),
        rules: vec!["confidential".to_owned()],
        rule_set: String::new(),
    };
    let held = |whom: &Address| Event::MailHeld {
        reference: reference.clone(),
        recipients: vec![whom.clone()],
        rule: "confidential".to_owned(),
        whom: "technician".to_owned(),
    };
    let refused = Event::MailHeldRefused {
        reference: reference.clone(),
        recipients: vec![bob.clone()],
        by: "it".to_owned(),
        why: "no".to_owned(),
    };
    let released = Event::MailReleased {
        reference: reference.clone(),
        recipients: vec![anna.clone()],
        by: "it".to_owned(),
        why: None,
        encrypt: None,
    };
    let verdicts = |events: &[&Event]| {
        let entries: Vec<Entry> = events.iter().map(|event| entry(event)).collect();
        past(&entries).verdicts.into_iter().collect::<Vec<_>>()
    };
    use Verdict::{Accepted, Held, Refused};
    assert_eq!(verdicts(&[&accepted]), [Accepted]);
    assert_eq!(verdicts(&[&accepted, &held(&bob)]), [Accepted, Held]);
    assert_eq!(verdicts(&[&accepted, &held(&bob), &held(&anna)]), [Held]);
    assert_eq!(verdicts(&[&accepted, &held(&bob), &held(&anna), &released]), [Accepted, Held]);
    assert_eq!(verdicts(&[&accepted, &held(&bob), &held(&anna), &refused]), [Held, Refused]);
    assert_eq!(past(&[entry(&accepted)]).rules, ["confidential"]);
}

#[test]
fn a_picture_that_the_body_shows_is_no_attachment() {
    let mail = message(
        "Content-Type: multipart/related; boundary=e\n\n--e\nContent-Type: text/html\n\n<img src=cid:a>\n--e\n\
         Content-Type: image/png\nContent-ID: <a>\n\nx\n--e\nContent-Type: image/png\nContent-ID: <b>\n\
         Content-Disposition: attachment\n\nx\n--e--\n",
    );
    assert!(is_embedded(&mail, "2") && !is_embedded(&mail, "3") && !is_embedded(&mail, "1"));
}

#[test]
fn what_a_mail_says_as_text_and_as_html_is_indexed_once() {
    let mail = |html: &str| {
        let text = format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nThe trip is\non Monday.\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
        );
        crate::search::words::words(&open(message(&text).raw().clone()).body).join(" ")
    };
    assert_eq!(mail("<p>The trip</p><p>is on <b>Monday.</b></p>"), "the trip is on monday");
    assert_eq!(mail("<p>The trip is on Tuesday.</p>"), "the trip is on monday the trip is on tuesday");
}

#[test]
fn a_thread_is_a_mails_own_id_and_those_that_it_answers() {
    let mail = message("Message-ID: <a@x>\nIn-Reply-To: <b@x>\nReferences: <c@x>\n\t<b@x> <d@x>\n\n");
    assert_eq!(thread(&mail), ["a@x", "b@x", "c@x", "d@x"]);
    let many: String = (0..500).map(|number| format!(" <{number}@x>")).collect();
    assert_eq!(thread(&message(&format!("References:{many}\n\n"))).len(), limits::THREAD_IDS);
}

#[test]
fn a_text_beyond_its_bound_is_cut_between_characters_and_said() {
    let (mut text, mut left) = (String::new(), 5);
    assert!(add(&mut text, "abc", &mut left));
    assert!(!add(&mut text, "é", &mut left), "one octet is left, and the letter has two");
    assert!(!add(&mut text, "more", &mut left));
    assert_eq!(text.replace('\n', ""), "abc");
    let long = format!("Subject: x\n\n{}", "word ".repeat(limits::INDEXED_BODY_OCTETS / 4));
    let opened = open(Bytes::from(long));
    assert!(opened.cut && opened.body.len() <= limits::INDEXED_BODY_OCTETS + 1);
}
