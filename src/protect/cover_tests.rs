use bytes::Bytes;

use super::{Cover, encoded};
use crate::message::Message;
use crate::protect::tests_kit::{message, sample};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn outside_stands_what_delivers_it_and_a_subject_that_tells_nothing() {
    assert_eq!(
        text(Cover::default().outside(&sample())),
        "Received: from desk by gate; Wed, 25 Nov 2026 09:00:00 +0000\r\n\
         From: Ada Example <ada@oakfield.example.sch.uk>\r\n\
         To: parent@example.com,\r\n Other <other@example.com>\r\n\
         Subject: [...]\r\n\
         Date: Wed, 25 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <1@oakfield.example.sch.uk>\r\n\
         In-Reply-To: <0@example.com>\r\n\
         MIME-Version: 1.0\r\n"
    );
}

#[test]
fn inside_stands_the_authors_header_and_what_was_outside() {
    let inside = text(Cover::default().inside(&sample()));
    let (header, body) = inside.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        header,
        "From: Ada Example <ada@oakfield.example.sch.uk>\r\n\
         To: parent@example.com,\r\n Other <other@example.com>\r\n\
         Subject: About the Zebrafinch\r\n\
         Thread-Topic: About the Zebrafinch\r\n\
         Date: Wed, 25 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <1@oakfield.example.sch.uk>\r\n\
         In-Reply-To: <0@example.com>\r\n\
         HP-Outer: From: Ada Example <ada@oakfield.example.sch.uk>\r\n\
         HP-Outer: To: parent@example.com,\r\n Other <other@example.com>\r\n\
         HP-Outer: Subject: [...]\r\n\
         HP-Outer: Date: Wed, 25 Nov 2026 09:00:00 +0000\r\n\
         HP-Outer: Message-ID: <1@oakfield.example.sch.uk>\r\n\
         HP-Outer: In-Reply-To: <0@example.com>\r\n\
         Content-Type: multipart/mixed; boundary=\"b\";\r\n hp=\"cipher\""
    );
    assert!(body.starts_with("--b\r\n") && body.ends_with("--b--\r\n"));
}

#[test]
fn a_subject_may_stay_outside_or_be_a_word_of_the_schools() {
    let with = |subject: Option<&str>| text(Cover { subject: subject.map(ToOwned::to_owned) }.outside(&sample()));
    assert!(with(None).contains("Subject: About the Zebrafinch\r\n"));
    assert!(with(Some("Vertraulich – Schule\r\nBcc: x@y.example")).contains("Subject: =?utf-8?B?"));
    assert!(!with(Some("Plain\r\nBcc: x@y.example")).contains("\nBcc"));
}

#[test]
fn of_two_subjects_none_is_told_and_a_mail_without_one_gets_none() {
    let two = message("Subject: Zebra one\nFrom: a@b.example\nSubject: Zebra two\n\nx\n");
    let outside = text(Cover::default().outside(&two));
    assert!(!outside.contains("Zebra") && outside.matches("Subject").count() == 1, "{outside}");
    assert!(!text(Cover::default().outside(&message("From: a@b.example\n\nx\n"))).contains("Subject"));
}

#[test]
fn a_mail_without_a_type_or_with_a_loose_end_is_still_told_to_be_protected() {
    for header in [
        "",
        "Content-Type: text/plain; charset=utf-8;\n",
        "Content-Type: text/plain\n",
        "content-type: text/html;\n charset=utf-8\n",
    ] {
        let mail = message(&format!("From: a@b.example\n{header}\nx\n"));
        let inside = Message::parse(Bytes::from(Cover::default().inside(&mail)));
        assert_eq!(inside.root().content_type.parameter("hp"), Some("cipher"), "{header}");
        assert_eq!(inside.root().content_type.media, mail.root().content_type.media, "{header}");
        assert_eq!(inside.body(inside.root()), b"x\r\n");
        assert!(inside.flaws().is_empty(), "{:?}", inside.flaws());
    }
}

#[test]
fn what_an_author_writes_as_hp_outer_is_not_taken_for_ours() {
    let mail = message("From: a@b.example\nHP-Outer: Subject: forged\nSubject: s\n\nx\n");
    assert!(!text(Cover::default().inside(&mail)).contains("forged"));
}

#[test]
fn words_that_are_not_ascii_are_encoded_in_words_of_their_length() {
    let long = "ä".repeat(300);
    let written = encoded(&long);
    assert!(written.lines().all(|line| line.trim().len() <= 75), "{written}");
    assert_eq!(Message::words_undone(&written), long);
}
