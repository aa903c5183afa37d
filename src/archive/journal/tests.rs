use bytes::Bytes;

use super::{Entry, Reading, read};
use crate::base::{Address, Envelope, Recipient, ReversePath};
use crate::store::{AddressedBy, Form};

/// A sample of `fixtures/journal` as SMTP brings it: lines end in CRLF.
fn sample(name: &str) -> Bytes {
    let path = format!("{}/fixtures/journal/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Bytes::from(text.replace('\n', "\r\n"))
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn smtp() -> Envelope {
    Envelope::new(ReversePath::Null, vec![Recipient::new(address("journal@archive.oakfield.example.sch.uk"))])
}

fn reading(fields: &[&str]) -> Reading {
    Reading { reports: true, envelope_fields: fields.iter().map(|field| (*field).to_owned()).collect() }
}

fn read_sample(name: &str) -> Entry {
    read(sample(name), smtp(), &reading(&[]))
}

fn to(entry: &Entry) -> Vec<String> {
    entry.envelope.recipients.iter().map(|to| to.address.to_string()).collect()
}

/// The bytes between the first line of the attached mail and the last boundary.
fn attached(report: &Bytes, from: &str, end: &str) -> Vec<u8> {
    let text = std::str::from_utf8(report).unwrap();
    let start = text.find(from).unwrap();
    let stop = text[start..].find(end).unwrap() + start;
    text.as_bytes()[start..stop].to_vec()
}

#[test]
fn a_report_of_exchange_gives_its_mail_byte_for_byte_and_its_envelope_with_bcc() {
    let raw = sample("exchange");
    let entry = read(raw.clone(), smtp(), &reading(&[]));
    assert_eq!(
        entry.message.raw().as_ref(),
        attached(&raw, "Received: from EX1.oakfield.example.sch.uk ([fe80", "\r\n--_report_")
    );
    assert_eq!(entry.envelope.reverse_path.to_string(), "head@oakfield.example.sch.uk");
    assert_eq!(
        to(&entry),
        ["parent@example.com", "teacher1@oakfield.example.sch.uk", "new.dsl@oakfield.example.sch.uk", "governor@example.org"]
    );
    let provenance = &entry.provenance;
    assert_eq!(provenance.form, Form::Report);
    assert_eq!(provenance.blind().map(|who| who.to_string()).collect::<Vec<_>>(), ["governor@example.org"]);
    assert_eq!(provenance.addressed[1].expanded.as_deref(), Some("staff@oakfield.example.sch.uk"));
    assert_eq!(provenance.addressed[2].forwarded.as_deref(), Some("old.dsl@oakfield.example.sch.uk"));
    assert_eq!(provenance.addressed[2].by, AddressedBy::Cc);
    assert_eq!(provenance.addressed[4].by, AddressedBy::OnBehalfOf);
    assert_eq!(provenance.smtp.as_ref(), Some(&smtp()));
}

#[test]
fn what_stood_around_the_mail_puts_the_report_together_again() {
    for name in ["exchange", "google"] {
        let raw = sample(name);
        let entry = read(raw.clone(), smtp(), &reading(&[]));
        let wrapping = entry.provenance.wrapping.unwrap();
        assert_eq!([&wrapping.before[..], entry.message.raw(), &wrapping.after].concat(), raw, "{name}");
    }
}

#[test]
fn a_report_of_google_is_read_like_one_of_exchange() {
    let entry = read_sample("google");
    assert_eq!(entry.provenance.form, Form::Report);
    assert_eq!(entry.message.subjects(), ["Swimming on Thursday"]);
    assert_eq!(entry.envelope.reverse_path.to_string(), "parent@example.com");
    assert_eq!(to(&entry), ["office@oakfield.example.sch.uk", "pe@oakfield.example.sch.uk"]);
}

#[test]
fn an_old_report_lists_its_recipients_below_a_heading() {
    let entry = read_sample("exchange-2003");
    assert_eq!(entry.provenance.form, Form::Report);
    assert_eq!(entry.envelope.reverse_path.to_string(), "head@oakfield.example.sch.uk");
    assert_eq!(to(&entry), ["parent@example.com", "it@oakfield.example.sch.uk"]);
    assert_eq!(entry.provenance.addressed.len(), 3, "an X.500 name is kept as it stands");
}

#[test]
fn a_list_below_a_heading_ends_at_an_empty_line() {
    let text =
        "Sender: a@example.com\nRecipients: b@example.com\nC <mailto:c@example.com>\n\nThis footer is ours; d@example.com\n";
    let report = super::report::Report::read(text);
    assert_eq!(report.recipients, [address("b@example.com"), address("c@example.com")]);
}

#[test]
fn what_cannot_be_unwrapped_is_kept_whole_with_the_reports_envelope() {
    for (name, why) in [
        ("rights-protected", "it is rights-protected"),
        ("two-mails", "it has more than one mail attached"),
        ("no-mail", "it has no mail attached"),
    ] {
        let entry = read_sample(name);
        assert_eq!(entry.message.raw(), &sample(name), "{name}");
        assert_eq!(entry.provenance.form, Form::WholeReport, "{name}");
        assert_eq!(entry.provenance.why.as_deref(), Some(why), "{name}");
        assert_eq!(to(&entry), ["parent@example.com", "hidden@example.org"], "{name}");
    }
    let entry = read_sample("no-text");
    assert_eq!((entry.provenance.form, to(&entry).len()), (Form::WholeReport, 1));
    assert_eq!(entry.envelope, smtp());
    assert_eq!(entry.provenance.smtp, None);
}

#[test]
fn a_report_in_a_report_is_only_somebodys_mail() {
    let inner = sample("google");
    let text = "Sender: stranger@example.com\r\nTo: office@oakfield.example.sch.uk\r\n";
    let head = "X-MS-Journal-Report:\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n";
    let parts = format!("--outer\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n");
    let raw = [head.as_bytes(), parts.as_bytes(), &inner, b"\r\n--outer--\r\n"].concat();
    let entry = read(Bytes::from(raw), smtp(), &reading(&[]));
    assert_eq!(entry.message.raw(), &inner);
    assert_eq!(entry.envelope.reverse_path.to_string(), "stranger@example.com");
    assert_eq!(to(&entry), ["office@oakfield.example.sch.uk"]);
}

#[test]
fn an_attached_mail_in_base64_is_decoded() {
    let mail = b"Subject: Trip\r\n\r\nText.\r\n";
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, mail);
    let raw = format!(
        "X-MS-Journal-Report:\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         Sender: a@example.com\r\nTo: b@example.com\r\n--b\r\nContent-Type: message/rfc822\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
    );
    let entry = read(Bytes::from(raw), smtp(), &reading(&[]));
    assert_eq!((entry.provenance.form, entry.message.raw().as_ref()), (Form::Report, &mail[..]));
}

#[test]
fn a_listener_for_copies_opens_no_report() {
    let reading = Reading { reports: false, envelope_fields: Vec::new() };
    let entry = read(sample("exchange"), smtp(), &reading);
    assert_eq!((entry.message.raw(), entry.provenance.form), (&sample("exchange"), Form::Copy));
    assert_eq!(entry.envelope, smtp());
}

#[test]
fn the_fields_that_are_named_tell_the_envelope_of_a_copy() {
    let raw = Bytes::from_static(
        b"Return-Path: <parent@example.com>\r\nX-Envelope-To: office@oakfield.example.sch.uk, <head@oakfield.example.sch.uk>\r\n\
          X-Envelope-To: OFFICE@oakfield.example.sch.uk\r\nTo: everybody@example.com\r\n\r\nText.\r\n",
    );
    let entry = read(raw.clone(), smtp(), &reading(&["x-envelope-to", "return-path"]));
    assert_eq!(entry.message.raw(), &raw);
    assert_eq!(entry.envelope.reverse_path.to_string(), "parent@example.com");
    assert_eq!(to(&entry), ["office@oakfield.example.sch.uk", "head@oakfield.example.sch.uk"]);
    assert_eq!(entry.provenance.smtp, Some(smtp()));
    let plain = read(raw, smtp(), &reading(&["x-original-to"]));
    assert_eq!((plain.envelope, plain.provenance.smtp), (smtp(), None), "none of the fields is there");
}

#[test]
fn a_bounce_is_from_nobody() {
    let raw = Bytes::from_static(b"Return-Path: <>\r\nDelivered-To: head@oakfield.example.sch.uk\r\n\r\nText.\r\n");
    let entry = read(raw, smtp(), &reading(&["delivered-to", "return-path"]));
    assert!(entry.envelope.reverse_path.is_null());
}

#[test]
fn no_bytes_stop_the_reader() {
    let whole = sample("exchange");
    for end in (0..whole.len()).step_by(7) {
        let entry = read(whole.slice(..end), smtp(), &reading(&["x-envelope-to"]));
        assert!(entry.message.raw().len() <= end);
    }
    let wild = b"X-Gm-Journal-Id: 1\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nTo:, Expanded:\r\nto: Forwarded: Expanded:\r\nCc: <\r\nBcc: >,;\r\nRecipients:;;<>;\r\n\xff\xfe\r\n--x--";
    assert_eq!(read(Bytes::from_static(wild), smtp(), &reading(&[])).provenance.form, Form::WholeReport);
}
