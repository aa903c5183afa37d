use bytes::Bytes;

use super::write;
use crate::base::{Address, Domain, Ret, limits};
use crate::config::School;
use crate::deliver::tests_kit::{at, job_to};
use crate::deliver::verdict::{Report, ReportKind, Row};
use crate::message::Message;
use crate::queue::Job;

const MAIL: &[u8] = b"Received: x\r\nSubject: Lunch\r\n\r\nSecret body\r\n";

fn school() -> School {
    School {
        name: "Oakfield\r\nX-Evil: 1".into(),
        domains: Vec::new(),
        partners: Vec::new(),
        postmaster: Address::parse("it@school.example").unwrap(),
        hostname: Domain::parse("gate.school.example").unwrap(),
        numbers: Vec::new(),
    }
}

fn report(kind: ReportKind, job: &Job) -> Report {
    let row = Row {
        recipient: job.copy.recipients[0].clone(),
        status: "5.1.1".into(),
        why: "mx.x.example answered RCPT with: 550 5.1.1 nobody\r\nFinal-Recipient: evil".into(),
        host: Some("mx.x.example [192.0.2.1]:25".into()),
        said: Some("550 5.1.1 nobody\r\nAction: delivered ü".into()),
    };
    Report { kind, rows: vec![row] }
}

fn written(kind: ReportKind, job: &Job, content: &[u8]) -> Message {
    let to = Address::parse("head@school.example").unwrap();
    let raw = write(&report(kind, job), &to, job, content, &school(), at("2026-11-23T09:00:00Z"));
    assert!(!raw.windows(2).any(|two| two[0] != b'\r' && two[1] == b'\n'), "a bare line feed");
    Message::parse(Bytes::from(raw))
}

fn part(message: &Message, media: &str) -> String {
    let part = message.parts().iter().find(|part| part.content_type.media == media).expect(media);
    String::from_utf8(message.body(part).to_vec()).unwrap()
}

#[test]
fn a_failure_has_its_three_parts_and_its_fields() {
    let mut job = job_to(&["b@x.example"]);
    job.copy.envid = Some("id 1\r\nAction: x".into());
    job.copy.recipients[0].orcpt = Some("rfc822;B+1@x.example\r\nStatus: 2.0.0".into());
    let message = written(ReportKind::Failed, &job, MAIL);
    assert_eq!(message.flaws(), []);
    assert_eq!(message.root().content_type.media, "multipart/report");
    assert_eq!(message.root().content_type.parameter("report-type"), Some("delivery-status"));
    assert_eq!(message.values("auto-submitted"), ["auto-replied"]);
    let text = part(&message, "text/plain");
    assert!(text.contains("  b@x.example\r\n") && text.contains("What to do") && text.contains(job.reference.as_str()));
    let status = part(&message, "message/delivery-status");
    let expected = "Original-Envelope-Id: id 1??Action: x\r\n\
                    Reporting-MTA: dns; gate.school.example\r\n\
                    Arrival-Date: Mon, 23 Nov 2026 08:00:00 +0000\r\n\
                    \r\n\
                    Original-Recipient: rfc822; B+1@x.example??Status: 2.0.0\r\n\
                    Final-Recipient: rfc822; b@x.example\r\n\
                    Action: failed\r\n\
                    Status: 5.1.1\r\n\
                    Remote-MTA: dns; mx.x.example\r\n\
                    Diagnostic-Code: smtp; 550 5.1.1 nobody??Action: delivered ?\r\n\
                    Last-Attempt-Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n";
    assert_eq!(status.trim_end(), expected.trim_end());
    assert_eq!(part(&message, "text/rfc822-headers").trim_end(), "Received: x\r\nSubject: Lunch");
    assert!(!String::from_utf8_lossy(message.raw()).contains("Secret body"));
}

#[test]
fn the_whole_mail_comes_back_only_when_asked_for_and_small() {
    let mut job = job_to(&["b@x.example"]);
    job.copy.ret = Some(Ret::Full);
    assert!(part(&written(ReportKind::Failed, &job, MAIL), "message/rfc822").contains("Secret body"));
    let mut large = MAIL.to_vec();
    large.resize(limits::RETURNED_OCTETS + 1, b'x');
    let message = written(ReportKind::Failed, &job, &large);
    assert!(message.raw().len() < 8192);
    job.copy.ret = None;
    let overlong = format!("Subject: x\r\n{}\r\n", "X-Filler: y\r\n".repeat(10_000));
    assert!(written(ReportKind::Failed, &job, overlong.as_bytes()).raw().len() < limits::RETURNED_HEADER_OCTETS + 4096);
}

#[test]
fn a_delay_says_until_when() {
    let message = written(ReportKind::Delayed, &job_to(&["b@x.example"]), MAIL);
    let status = part(&message, "message/delivery-status");
    assert!(status.contains("Action: delayed\r\n") && status.contains("Will-Retry-Until: Sat, 28 Nov 2026 08:00:00 +0000"));
}

#[test]
fn an_address_beyond_ascii_has_its_own_form() {
    let message = written(ReportKind::Failed, &job_to(&["jürgen@x.example"]), MAIL);
    assert!(part(&message, "message/delivery-status").contains("Final-Recipient: utf-8; j\\x{FC}rgen@x.example"));
}
