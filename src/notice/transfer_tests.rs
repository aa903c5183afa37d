use proptest::prelude::*;

use super::{decode, encode, insert};
use crate::message::TransferEncoding::{Base64, Identity, QuotedPrintable, Unknown};

fn inserted(encoding: crate::message::TransferEncoding, raw: &str, at: usize, what: &str) -> String {
    let piece = |grow: usize| [what.as_bytes(), &b" ".repeat(grow)].concat();
    let (range, with) = insert(encoding, raw.as_bytes(), at, &piece).unwrap();
    let all = [&raw.as_bytes()[..range.start], &with, &raw.as_bytes()[range.end..]].concat();
    String::from_utf8(all).unwrap()
}

#[test]
fn quoted_printable_keeps_its_lines() {
    let raw = "Caf=C3=A9 is =\r\nopen \r\n";
    assert_eq!(inserted(QuotedPrintable, raw, 5, "="), "Caf=C3=A9=\r\n=3D=\r\n is =\r\nopen \r\n");
    assert_eq!(inserted(QuotedPrintable, raw, 16, "bye\r\n"), format!("{raw}bye\r\n"));
    assert_eq!(inserted(QuotedPrintable, "end =", 4, "\r\nx"), "end =\r\n\r\nx=\r\n=");
    assert_eq!(inserted(QuotedPrintable, "", 0, "x "), "x=20");
}

#[test]
fn base64_changes_one_group() {
    assert_eq!(inserted(Base64, "YWJj\r\nZGVmZ2hp\r\n", 3, "123"), "YWJj\r\nMTIz\r\nZGVmZ2hp\r\n");
    assert_eq!(inserted(Base64, "YWJjZGVmZ2hp\r\n", 4, "1"), "YWJj\r\nZDEgIGVm\r\nZ2hp\r\n");
    assert_eq!(inserted(Base64, "YWJjZGVm\r\n", 4, "1"), "YWJj\r\nZDFlZg==\r\n");
    assert_eq!(inserted(Base64, "YWI=\r\n", 2, "c"), "YWJj\r\n");
    assert_eq!(inserted(Base64, "", 0, "c"), "Yw==");
}

#[test]
fn what_is_damaged_or_unknown_is_refused() {
    for raw in ["YWJ#j", "YQ==YQ==", "YWJjZ"] {
        assert!(decode(Base64, raw.as_bytes()).is_err(), "{raw}");
    }
    assert_eq!(&*decode(Base64, b"YWI").unwrap(), b"ab");
    assert!(decode(Unknown, b"x").is_err());
}

#[test]
fn a_text_is_encoded_in_the_shorter_way() {
    assert_eq!(encode("a = b \r\n").0, "quoted-printable");
    assert_eq!(encode("\u{6587}\u{5b57}").0, "base64");
}

proptest! {
    #[test]
    fn encoded_text_decodes_to_itself(text in "[ -~\t\u{e9}\u{6587}=]{0,200}(\r\n[ -~]{0,90}){0,5}") {
        let (name, bytes) = encode(&text);
        let encoding = if name == "base64" { Base64 } else { QuotedPrintable };
        prop_assert_eq!(&*decode(encoding, &bytes).unwrap(), text.as_bytes());
        prop_assert!(bytes.split(|&b| b == b'\n').all(|line| line.len() <= 77));
    }

    #[test]
    fn an_insertion_is_one(text in "[ -~\u{e9}]{0,90}(\r\n[ -~]{0,90}){0,5}", at in 0..500_usize, what in "[a-z= ]{1,9}", kind in 0..3) {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (encoding, raw) = match kind {
            0 => (Identity, text.clone()),
            1 => (QuotedPrintable, String::from_utf8(super::quote(text.as_bytes(), true)).unwrap()),
            _ => (Base64, String::from_utf8(super::base64_lines(text.as_bytes())).unwrap()),
        };
        let edited = inserted(encoding, &raw, at, &what);
        let decoded = String::from_utf8(decode(encoding, edited.as_bytes()).unwrap().into_owned()).unwrap();
        let rest = decoded.strip_prefix(&text[..at]).and_then(|rest| rest.strip_prefix(&what)).unwrap();
        prop_assert!(rest.ends_with(&text[at..]) && rest[..rest.len() - text[at..].len()].trim().is_empty());
    }
}
