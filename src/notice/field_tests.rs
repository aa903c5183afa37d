use bytes::Bytes;

use super::{Says, say};
use crate::message::{Edits, Message};

fn said(mail: &str, encoding: Option<&str>) -> Result<String, String> {
    let message = Message::parse(Bytes::from(mail.to_owned()));
    let edits: Edits = say(&message, message.root(), Says { charset: "utf-8", encoding })?.into_iter().collect();
    Ok(String::from_utf8(edits.apply(mail.as_bytes())).unwrap())
}

#[test]
fn one_parameter_changes_and_nothing_else() {
    let rest = "\r\nMIME-Version: 1.0\r\n\r\nx\r\n";
    for (from, to) in [
        ("text/plain; charset=us-ascii", "text/plain; charset=utf-8"),
        ("text/plain;\r\n\tCHARSET=\"us-ascii\"; format=flowed", "text/plain;\r\n\tcharset=utf-8; format=flowed"),
        ("text/plain; name=\"a;charset=b\"; charset*=''x", "text/plain; name=\"a;charset=b\"; charset=utf-8"),
        ("text/plain (charset=no; x); delsp=yes", "text/plain (charset=no; x); delsp=yes; charset=utf-8"),
        ("text/plain;", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(said(&format!("Content-Type: {from}{rest}"), None), Ok(format!("Content-Type: {to}{rest}")));
    }
}

#[test]
fn missing_fields_are_added() {
    let added = "From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n";
    assert_eq!(said("From: a@b.example\r\n\r\nx\r\n", Some("base64")), Ok(format!("{added}\r\nx\r\n")));
}

#[test]
fn what_is_written_in_two_ways_is_refused() {
    for header in [
        "Content-Type: text/plain\r\nContent-Type: text/html",
        "Content-Type: text/plain; charset=a; charset=b",
        "Content-Type: text/plain; x=\"y",
    ] {
        assert!(said(&format!("{header}\r\n\r\nx\r\n"), None).is_err(), "{header}");
    }
}
