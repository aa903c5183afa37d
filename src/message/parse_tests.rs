use bytes::Bytes;

use super::super::{Flaw, Message};
use crate::base::limits;

fn parse(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes()))
}

/// Every part as `number media body`, with the parts of a multipart instead of its body.
fn outline(message: &Message) -> Vec<String> {
    let line = |part: &super::Part| {
        let body = String::from_utf8_lossy(message.body(part)).into_owned();
        format!("{} {} {}", part.number, part.content_type.media, if part.children.is_empty() { body } else { "…".into() })
    };
    message.parts().iter().map(line).collect()
}

#[test]
fn a_plain_mail_is_one_part() {
    let message = parse("From: a@b.c\r\nSubject: x\r\n y\r\n\r\nHello\r\n");
    assert_eq!(outline(&message), ["1 text/plain Hello\r\n"]);
    let names: Vec<_> = message.root().fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["from", "subject"]);
    assert_eq!(message.subjects(), ["x y"]);
    assert_eq!(&message.raw()[message.root().fields[1].whole.clone()], b"Subject: x\r\n y\r\n");
    assert_eq!(&message.raw()[message.root().header.clone()], b"From: a@b.c\r\nSubject: x\r\n y\r\n");
    assert!(message.flaws().is_empty());
}

#[test]
fn parts_end_before_the_line_end_of_their_boundary() {
    let message = parse(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n\r\n--b  \r\nContent-Type: text/html\r\n\r\n\r\n--b--\r\nepilogue\r\n--b\r\n",
    );
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/plain one\r\n", "2 text/html "]);
    assert_eq!(message.flaws(), []);
    assert_eq!(message.body(message.root()).len(), message.raw().len() - 45);
}

#[test]
fn nothing_at_all_is_a_mail() {
    let message = parse("");
    assert_eq!(outline(&message), ["1 text/plain "]);
    assert_eq!(message.flaws(), []);
}

#[test]
fn depth_and_number_of_parts_are_bounded() {
    let nested: String =
        (0..100_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let message = parse(&nested);
    assert_eq!(message.parts().len(), limits::PART_DEPTH + 1);
    assert!(message.flaws().contains(&Flaw::TooDeep(limits::PART_DEPTH)));
    let message = parse(&"Content-Type: message/rfc822\r\n\r\n".repeat(100_000));
    assert_eq!(message.parts().len(), limits::PART_DEPTH + 1);
    let message = parse(&format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n".repeat(200_000)));
    assert_eq!(message.parts().len(), limits::PARTS);
    assert!(message.flaws().contains(&Flaw::TooManyParts));
}
