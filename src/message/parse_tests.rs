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

/// A multipart with the boundary `b`; `|` stands for CRLF.
fn mixed(body: &str) -> Message {
    parse(&format!("Content-Type: multipart/mixed; boundary=b||{body}").replace('|', "\r\n"))
}

#[test]
fn a_boundary_that_begins_another_is_not_it() {
    let message = mixed("--b|Content-Type: multipart/mixed; boundary=bb||--bb||in|--bb--|--b||out|--b-|--bx|--b--");
    assert_eq!(
        outline(&message),
        [" multipart/mixed …", "1 multipart/mixed …", "1.1 text/plain in", "2 text/plain out\r\n--b-\r\n--bx"]
    );
    assert_eq!(message.flaws(), []);
    let message = parse(
        &"Content-Type: multipart/mixed; boundary=bb||--bb|Content-Type: multipart/mixed; boundary=b||--b||in|--b--|--bb||out|--bb--"
            .replace('|', "\r\n"),
    );
    assert_eq!(outline(&message), [" multipart/mixed …", "1 multipart/mixed …", "1.1 text/plain in", "2 text/plain out"]);
}

#[test]
fn an_outer_boundary_ends_all_that_it_holds() {
    let message = mixed(
        "--b|Content-Type: multipart/mixed; boundary=c||--c|Content-Type: multipart/mixed; boundary=d||--d||deep|--b||next|--b--",
    );
    assert_eq!(
        outline(&message),
        [" multipart/mixed …", "1 multipart/mixed …", "1.1 multipart/mixed …", "1.1.1 text/plain deep", "2 text/plain next"]
    );
    assert_eq!(message.flaws(), [Flaw::Unclosed(1), Flaw::Unclosed(2)]);
}

#[test]
fn an_outer_boundary_ends_an_inner_header_too() {
    let message = mixed("--b|Content-Type: text/html|--b||next|--b--");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/html ", "2 text/plain next"]);
    assert_eq!(message.flaws(), [Flaw::NoSeparator(1)]);
    let message = mixed("--b|--b|--b--|");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/plain ", "2 text/plain "]);
    assert_eq!(message.flaws(), []);
}

#[test]
fn an_empty_mail_in_a_mail_lies_within_it() {
    let message = mixed("--b|Content-Type: message/rfc822||Subject: x||--b--|");
    let (outer, inner) = (&message.parts()[1], &message.parts()[2]);
    assert_eq!(outer.body.end, inner.body.end);
    assert_eq!(message.body(outer), b"Subject: x\r\n\r\n");
    assert_eq!(message.body(inner), b"");
}

#[test]
fn a_missing_end_is_the_end_of_the_mail() {
    let message = mixed("--b||one|--b||two|");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/plain one", "2 text/plain two\r\n"]);
    assert_eq!(message.flaws(), [Flaw::Unclosed(0)]);
    assert_eq!(mixed("no parts at all|").flaws(), [Flaw::Unclosed(0)]);
}

#[test]
fn what_follows_the_closing_boundary_is_in_no_part() {
    let message = mixed("before|--b||one|--b-- \t|after|--b||never|");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/plain one"]);
    let after = &message.raw()[message.parts()[1].body.end..message.root().body.end];
    assert_eq!(after, b"\r\n--b-- \t\r\nafter\r\n--b\r\n\r\nnever\r\n");
}

#[test]
fn one_boundary_for_two_levels_belongs_to_the_inner_one() {
    let message = mixed("--b|Content-Type: multipart/mixed; boundary=b||--b||in|--b--|--b||out|--b--");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 multipart/mixed …", "1.1 text/plain in", "2 text/plain out"]);
}

#[test]
fn boundaries_count_at_the_beginning_of_a_line_only() {
    let message = mixed("--b||x --b|\t--b|>--b|- --b|---b|--b--");
    assert_eq!(message.parts().len(), 2);
}

#[test]
fn bare_line_feeds_part_too() {
    let message = parse("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n\n--b\n\ntwo\n--b--\n");
    assert_eq!(outline(&message), [" multipart/mixed …", "1 text/plain one\n", "2 text/plain two"]);
}

#[test]
fn a_mail_in_a_mail_is_opened_and_numbered_as_in_imap() {
    let message = mixed(
        "--b||text|--b|Content-Type: message/rfc822||Subject: inner||hello|--b|Content-Type: message/rfc822||\
         Content-Type: multipart/mixed; boundary=c||--c||deep|--c--|--b--",
    );
    assert_eq!(
        outline(&message),
        [
            " multipart/mixed …",
            "1 text/plain text",
            "2 message/rfc822 …",
            "2.1 text/plain hello",
            "3 message/rfc822 …",
            "3.TEXT multipart/mixed …",
            "3.1 text/plain deep",
        ]
    );
    assert_eq!(message.body(&message.parts()[2]), b"Subject: inner\r\n\r\nhello");
    assert!(message.is_inside(&message.parts()[6], |part| part.content_type.is_message()));
    assert!(!message.is_inside(&message.parts()[1], |part| part.content_type.is_message()));
    let above: Vec<_> = message.ancestors(&message.parts()[6]).map(|part| part.id).collect();
    assert_eq!(above, [5, 4, 0]);
    assert_eq!(message.subjects(), Vec::<String>::new());
}

#[test]
fn in_a_digest_a_part_is_a_mail() {
    let message = parse(
        &"Content-Type: multipart/digest; boundary=b||--b||Subject: x||one|--b|Content-Type: text/plain||two|--b--"
            .replace('|', "\r\n"),
    );
    assert_eq!(outline(&message), [" multipart/digest …", "1 message/rfc822 …", "1.1 text/plain one", "2 text/plain two"]);
}

#[test]
fn an_encoded_mail_is_not_opened_and_an_encoded_multipart_is() {
    let message = parse("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp4\r\n");
    assert_eq!(message.parts().len(), 1);
    assert_eq!(message.flaws(), [Flaw::BadEncoding(0)]);
    assert_eq!(&*message.decoded(message.root()), b"Subject: x\r\n\r\nx");
    let message =
        parse("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n");
    assert_eq!(message.parts().len(), 2);
    assert_eq!(message.flaws(), [Flaw::BadEncoding(0)]);
    assert_eq!(&*message.decoded(message.root()), message.body(message.root()));
}

#[test]
fn odd_beginnings_are_bodies_or_headers_but_never_lost() {
    assert_eq!(outline(&parse("\r\nSubject: x\r\n\r\nhi")), ["1 text/plain Subject: x\r\n\r\nhi"]);
    assert_eq!(outline(&parse("just text\r\nmore\r\n")), ["1 text/plain just text\r\nmore\r\n"]);
    assert_eq!(outline(&parse("Subject: x")), ["1 text/plain "]);
    assert_eq!(outline(&parse("\r\n")), ["1 text/plain "]);
}

#[test]
fn what_does_not_decode_is_told() {
    let message = parse("Content-Transfer-Encoding: base64\r\n\r\naGVsbG8*=\r\n");
    assert_eq!(message.flaws(), [Flaw::Undecodable(0)]);
    assert_eq!(&*message.decoded(message.root()), b"hello");
    let message = parse("Content-Transfer-Encoding: x-yenc\r\n\r\nabc\r\n");
    assert_eq!(message.flaws(), [Flaw::BadEncoding(0), Flaw::Undecodable(0)]);
    assert_eq!(&*message.decoded(message.root()), b"abc\r\n");
}

#[test]
fn fields_are_bounded_over_all_parts() {
    let message = parse(&"a:\r\n".repeat(limits::FIELDS + 10));
    assert_eq!(message.root().fields.len(), limits::FIELDS);
    assert_eq!(message.flaws(), [Flaw::TooManyFields(0)]);
}

#[test]
fn lines_like_boundaries_cost_no_more_than_others() {
    let levels: String =
        (0..limits::PART_DEPTH).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let message = parse(&format!("{levels}\r\n{}", "--b\r\n".repeat(200_000)));
    assert_eq!(message.parts().len(), limits::PART_DEPTH + 1);
    assert_eq!(message.body(&message.parts()[limits::PART_DEPTH]).len(), 1_000_000);
    let long = "x".repeat(500_000);
    let message = parse(&format!("Content-Type: multipart/mixed; boundary={long}\r\n\r\n--{long}\r\n\r\na\r\n--{long}--\r\n"));
    assert_eq!((message.parts().len(), message.flaws()), (2, [].as_slice()));
}

#[test]
fn a_large_mail_is_not_copied() {
    let raw = Bytes::from(format!("Subject: x\r\n\r\n{}", "x".repeat(1_000_000)));
    let message = Message::parse(raw.clone());
    assert!(std::ptr::eq(message.raw().as_ptr(), raw.as_ptr()));
    assert!(std::ptr::eq(message.decoded(message.root()).as_ptr(), raw[14..].as_ptr()));
}

#[test]
fn dates_and_servers_are_read_from_the_header() {
    let message = parse("Received: a\r\nReceived: b\r\nDate: Mon, 23 Nov 2026 09:00:00 +0100 (CET)\r\n\r\n");
    assert_eq!(message.date(), Some("2026-11-23T08:00:00Z".parse().unwrap()));
    assert_eq!(message.received_count(), 2);
    assert_eq!(parse("Date: tomorrow\r\n\r\n").date(), None);
}
