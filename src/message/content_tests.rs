use bytes::Bytes;

use super::super::{ContentType, Disposition, Flaw, Message, TransferEncoding};

fn parse(header: &str) -> Message {
    Message::parse(Bytes::from(format!("{header}\r\n\r\nbody")))
}

fn content_type(value: &str) -> ContentType {
    parse(&format!("Content-Type: {value}")).root().content_type.clone()
}

fn file_name(header: &str) -> Option<String> {
    parse(header).root().file_name.clone()
}

#[test]
fn the_default_is_plain_text() {
    let message = parse("Subject: x");
    let expected = ContentType { media: "text/plain".into(), parameters: vec![], written: false };
    assert_eq!(message.root().content_type, expected);
    assert_eq!(message.root().encoding, TransferEncoding::Identity);
    assert_eq!(message.root().disposition, Disposition::Inline);
    for odd in ["", "nonsense", "text", "text/", "/plain", "text/pl ain\"", ";charset=utf-8"] {
        assert_eq!(content_type(odd).media, if odd.starts_with("text/pl") { "text/pl" } else { "text/plain" }, "{odd}");
    }
}

#[test]
fn types_are_read_without_regard_to_case_comments_and_folding() {
    let read = content_type("(odd) TEXT/HTML(x) ;\r\n (c) CharSet = \"UTF-8\" (why); format=flowed");
    assert_eq!(read.media, "text/html(x)".replace("(x)", ""));
    assert_eq!(read.parameter("charset"), Some("UTF-8"));
    assert_eq!(read.parameter("format"), Some("flowed"));
    assert!(read.written);
}

#[test]
fn the_first_of_two_types_counts_and_both_are_told() {
    let message = parse("Content-Type: text/html\r\nContent-Type: text/plain");
    assert_eq!(message.root().content_type.media, "text/html");
    assert_eq!(message.flaws(), [Flaw::Repeated(0, "content-type".into())]);
    let message = parse("Content-Type: multipart/mixed; boundary=a; boundary=b");
    assert_eq!(message.root().content_type.parameter("boundary"), Some("a"));
    assert!(message.flaws().contains(&Flaw::Repeated(0, "content-type boundary".into())));
}

#[test]
fn transfer_encodings_are_read_as_written_by_real_mailers() {
    let encoding = |value: &str| {
        let message = parse(&format!("Content-Transfer-Encoding: {value}"));
        (message.root().encoding, message.flaws().contains(&Flaw::BadEncoding(0)))
    };
    assert_eq!(encoding("BASE64"), (TransferEncoding::Base64, false));
    assert_eq!(encoding(" Quoted-Printable (c)"), (TransferEncoding::QuotedPrintable, false));
    assert_eq!(encoding("7bit;"), (TransferEncoding::Identity, false));
    assert_eq!(encoding("\"8bit\""), (TransferEncoding::Identity, false));
    assert_eq!(encoding("8bits"), (TransferEncoding::Identity, true));
    assert_eq!(encoding("x-uuencode"), (TransferEncoding::Unknown, true));
}

#[test]
fn two_transfer_encodings_that_differ_are_a_flaw_and_the_first_counts() {
    let message = parse("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64");
    assert_eq!(message.root().encoding, TransferEncoding::Identity);
    assert!(message.flaws().contains(&Flaw::BadEncoding(0)));
    let message = parse("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 8bit");
    assert!(!message.flaws().contains(&Flaw::BadEncoding(0)));
}

#[test]
fn dispositions_unknown_are_attachments() {
    let disposition = |value: &str| parse(&format!("Content-Disposition: {value}")).root().disposition;
    assert_eq!(disposition("INLINE; filename=x"), Disposition::Inline);
    assert_eq!(disposition("attachment"), Disposition::Attachment);
    assert_eq!(disposition("form-data; name=x"), Disposition::Attachment);
    assert_eq!(disposition(""), Disposition::Inline);
    assert_eq!(disposition("=?utf-8?Q?invalid?="), Disposition::Inline);
}

#[test]
fn file_names_come_from_the_disposition_before_the_type() {
    assert_eq!(
        file_name("Content-Type: a/b; name=type.txt\r\nContent-Disposition: attachment; filename=\"disposition.txt\"").as_deref(),
        Some("disposition.txt")
    );
    assert_eq!(file_name("Content-Type: a/b; name=type.txt").as_deref(), Some("type.txt"));
    assert_eq!(file_name("Content-Disposition: attachment; filename=\"\""), None);
}

#[test]
fn file_names_are_decoded_in_every_way_they_are_written() {
    let name = |parameters: &str| file_name(&format!("Content-Disposition: attachment; {parameters}"));
    let read = [
        ("filename*=utf-8''na%C3%AFve%20plan.pdf", "naïve plan.pdf"),
        ("filename*=iso-8859-1'en'%A3%20rates.txt", "£ rates.txt"),
        ("filename*0*=utf-8''%C3; filename*1*=%A4b; filename*2=c.txt", "äbc.txt"),
        ("filename*1=def; filename*0=abc", "abcdef"),
        ("filename=\"=?utf-8?B?w6QudHh0?=\"", "ä.txt"),
        ("filename==?utf-8?Q?=C3=A4?=.txt", "ä.txt"),
        ("filename=my holiday plan.doc", "my holiday plan.doc"),
        ("filename=report(1).pdf", "report(1).pdf"),
        ("filename=\"C:\\tmp\\x.txt\"", "C:\\tmp\\x.txt"),
        ("filename=\"a\\\"b\"", "a\"b"),
        ("filename=plain.txt; filename*=utf-8''better.txt", "better.txt"),
        ("filename=\"unended", "unended"),
        ("filename*=utf-8''a%0D%0Ab", "a  b"),
    ];
    for (written, expected) in read {
        assert_eq!(name(written).as_deref(), Some(expected), "{written}");
    }
    let raw = Bytes::from_static(b"Content-Disposition: attachment; filename=\"\xe4.txt\"\r\n\r\n");
    assert_eq!(Message::parse(raw).root().file_name.as_deref(), Some("ä.txt"));
}

#[test]
fn boundaries_are_read_from_quotes_comments_and_pieces() {
    for boundary in ["\"x:y z\"", "x:y(c)", "x:y (c)", "x:y other", "\"x:y\" ", "=x:y"] {
        let marker = if boundary.contains("z\"") {
            "x:y z"
        } else if boundary.starts_with('=') {
            "=x:y"
        } else {
            "x:y"
        };
        let marker = if boundary == "x:y(c)" { "x:y(c)" } else { marker };
        let message = Message::parse(Bytes::from(format!(
            "Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{marker}\r\n\r\na\r\n--{marker}--\r\n"
        )));
        assert_eq!((message.parts().len(), message.flaws()), (2, [].as_slice()), "{boundary}");
    }
    let pieces = "Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\r\n\r\n--abcd\r\n\r\na\r\n--abcd--\r\n";
    assert_eq!(Message::parse(Bytes::from(pieces)).parts().len(), 2);
}

#[test]
fn a_multipart_without_a_boundary_is_opaque() {
    for value in ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=\"  \""] {
        let message = parse(&format!("Content-Type: {value}"));
        assert_eq!((message.parts().len(), message.flaws()), (1, [Flaw::NoBoundary(0)].as_slice()), "{value}");
    }
}
