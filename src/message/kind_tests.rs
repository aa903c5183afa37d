use bytes::Bytes;

use super::super::Message;
use crate::config::MailKind::{self, AutoReply, Bounce, Calendar, Encrypted, MailingList, Signed};

fn kinds(mail: &str) -> Vec<MailKind> {
    Message::parse(Bytes::copy_from_slice(mail.as_bytes())).kinds(false)
}

fn with_field(field: &str) -> Vec<MailKind> {
    kinds(&format!("From: a@b.c\r\n{field}\r\n\r\nhello\r\n"))
}

#[test]
fn ordinary_mail_has_no_kind() {
    assert_eq!(with_field("Subject: auto-submitted"), []);
    assert_eq!(with_field("X-Auto-Response-Suppress: All"), []);
    assert_eq!(with_field("Auto-Submitted: no"), []);
    assert_eq!(with_field("Precedence: first-class"), []);
}

#[test]
fn auto_replies_are_known_by_their_fields() {
    for field in
        ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk", "Precedence: Auto_Reply"]
    {
        assert_eq!(with_field(field), [AutoReply], "{field}");
    }
    assert_eq!(with_field("Content-Type: multipart/report; report-type=disposition-notification; boundary=b"), [AutoReply]);
}

#[test]
fn a_bounce_has_no_sender_and_a_report() {
    let mail = "Content-Type: multipart/report; report-type=Delivery-Status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b--\r\n";
    let message = Message::parse(Bytes::from(mail));
    assert_eq!(message.kinds(true), [Bounce]);
    assert_eq!(message.kinds(false), []);
    let untold =
        "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n--b--\r\n";
    assert_eq!(Message::parse(Bytes::from(untold)).kinds(true), [Bounce]);
    assert_eq!(Message::parse(Bytes::from("From: a@b.c\r\n\r\nx")).kinds(true), []);
}

#[test]
fn lists_are_known_by_their_fields() {
    for field in ["List-Id: <x.y>", "List-Post: <mailto:x@y>", "list-unsubscribe: <https://x>", "Precedence: list"] {
        assert_eq!(with_field(field), [MailingList], "{field}");
    }
}

fn within(media: &str, part: &str) -> String {
    format!("Content-Type: {media}; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n{part}\r\n--b--\r\n")
}

#[test]
fn invitations_are_calendar_and_files_of_calendars_are_not() {
    assert_eq!(
        kinds(&within("multipart/alternative", "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR")),
        [Calendar]
    );
    let file = "Content-Type: text/calendar\r\nContent-Disposition: attachment; filename=term.ics\r\n\r\nBEGIN:VCALENDAR";
    assert_eq!(kinds(&within("multipart/mixed", file)), []);
    let forwarded = "Content-Type: message/rfc822\r\n\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR";
    assert_eq!(kinds(&within("multipart/mixed", forwarded)), []);
}

#[test]
fn signed_and_encrypted_mail_is_known_in_every_form() {
    assert_eq!(kinds(&within("multipart/signed", "Content-Type: application/pgp-signature\r\n\r\nx")), [Signed]);
    assert_eq!(kinds(&within("multipart/encrypted", "Content-Type: application/octet-stream\r\n\r\nx")), [Encrypted]);
    let smime = |parameters: &str, body: &str| {
        kinds(&format!("Content-Type: application/pkcs7-mime{parameters}\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n"))
    };
    assert_eq!(smime("; smime-type=signed-data", ""), [Signed]);
    assert_eq!(smime("; smime-type=\"enveloped-data\"", ""), [Encrypted]);
    assert_eq!(smime("; smime-type=authEnveloped-data", ""), [Encrypted]);
    assert_eq!(smime("; name=smime.p7m", "MIIBdgYJKoZIhvcNAQcCoIIB"), [Signed]);
    assert_eq!(smime("; name=smime.p7m", "MIIBdgYJKoZIhvcNAQcDoIIB"), [Encrypted]);
    assert_eq!(smime("; smime-type=compressed-data", "AAAA"), []);
}

#[test]
fn openpgp_in_the_text_counts_at_the_beginning_of_a_line() {
    let text = |encoding: &str, body: &str| kinds(&format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"));
    assert_eq!(text("7bit", "hi\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n"), [Signed]);
    assert_eq!(text("7bit", "-----BEGIN PGP MESSAGE-----\r\n"), [Encrypted]);
    assert_eq!(text("quoted-printable", "=2D----BEGIN PGP MESSAGE-----\r\n"), [Encrypted]);
    assert_eq!(text("base64", "LS0tLS1CRUdJTiBQR1AgTUVTU0FHRS0tLS0tDQo="), [Encrypted]);
    assert_eq!(text("7bit", "> -----BEGIN PGP MESSAGE-----\r\n"), []);
}
