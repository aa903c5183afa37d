use super::Mismatch::{self, Envelope, Name, NoFrom, SeveralFrom, Unreadable};
use crate::message::Message;
use crate::policy::sample::submission;

fn found(path: &str, header: &str) -> Option<Mismatch> {
    let mail = submission(path, &["a@out.test"], &format!("{header}\n\nHello\n"));
    super::mismatch(&mail, &Message::parse(mail.raw.clone()))
}

#[test]
fn one_sender_in_every_place_is_no_mismatch() {
    for header in [
        "From: Staff <Staff@School.test>",
        "From: staff@school.test\nSender: Office <staff@school.test>",
        "From: \"staff@school.test\" <staff@school.test>",
        "From: Staff <staff@school.test>\nReply-To: other@out.test",
        "From: =?utf-8?Q?Ann_=28staff=29?= <staff@school.test>",
    ] {
        assert_eq!(found("staff@school.test", header), None, "{header}");
    }
    assert_eq!(found("", "From: staff@school.test"), None, "a report has no sender to compare with");
}

#[test]
fn whatever_differs_is_named() {
    for (header, what) in [
        ("Subject: x", NoFrom),
        ("From: staff@school.test\nFrom: head@school.test", SeveralFrom),
        ("From: staff@school.test, head@school.test", SeveralFrom),
        ("From: us: staff@school.test, head@school.test;", SeveralFrom),
        ("From: nobody", Unreadable),
        ("From: head@school.test", Envelope),
        ("From: staff@school.test\nSender: head@school.test", Mismatch::Sender),
        ("From: \"head@school.test\" <staff@school.test>", Name),
        ("From: =?utf-8?Q?head=40school.test?= <staff@school.test>", Name),
        ("From: staff@school.test (head@school.test)", Name),
    ] {
        assert_eq!(found("staff@school.test", header), Some(what), "{header}");
    }
}
