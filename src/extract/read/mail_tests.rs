use crate::extract::contents::Spot;
use crate::extract::kind::Kind;
use crate::extract::read::corpus_tests::{opened, said};

const MAIL: &str = "From: =?utf-8?q?Zo=C3=AB?= <z@example.sch.uk>\r\nTo: b@example.com\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nDear Bo,\r\nbegin 644 uu.txt\r\n#0V%T\r\n`\r\nend\r\n--b\r\n\
    Content-Type: application/octet-stream; name=list.csv\r\nContent-Transfer-Encoding: base64\r\n\r\nTmFtZSxVUE4KQWRhLDEK\r\n--b\r\n\
    Content-Type: message/rfc822\r\n\r\nSubject: Inner\r\nFrom: c@example.com\r\nMIME-Version: 1.0\r\n\r\nInner words.\r\n--b--\r\n";

#[test]
fn a_mail_is_read_with_all_that_is_in_it() {
    let found = opened("forwarded.bin", MAIL.as_bytes());
    assert_eq!(found[0].kind, Kind::Mail);
    assert!(said(&found[0], Spot::Body).starts_with("Subject= Plan\nDear Bo,"));
    assert!(!said(&found[0], Spot::Body).contains("Inner words"));
    assert!(said(&found[0], Spot::Property).contains("From= Zoë <z@example.sch.uk>"));
    let names: Vec<&str> = found.iter().skip(1).map(|file| file.name()).collect();
    assert_eq!(names, ["uu.txt", "list.csv", "part 3 (message/rfc822)"]);
    assert_eq!(said(&found[1], Spot::Body), "Cat");
    assert_eq!(said(&found[2], Spot::Body), "Name|UPN/Ada|1");
    assert_eq!(said(&found[3], Spot::Body), "Subject= Inner\nInner words.");
}

#[test]
fn a_box_is_its_mails() {
    let mbox = "From a@example.com Mon Nov  2 10:00:00 2026\nFrom: a@example.com\nSubject: one\n\nFirst words.\nFrom here on.\n\n\
        From b@example.com Mon Nov  2 11:00:00 2026\nFrom: b@example.com\nSubject: two\nTo: c@example.com\nDate: x\n\nSecond words.\n";
    let found = opened("box", mbox.as_bytes());
    assert_eq!(found.len(), 3);
    assert!(said(&found[2], Spot::Body).contains("Second words."));
}
