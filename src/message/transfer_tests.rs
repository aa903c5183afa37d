use super::super::TransferEncoding::{self, Base64, QuotedPrintable};
use super::{base64, base64_with_junk, is_clean, quoted_printable};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn base64_gives_what_any_client_would_read() {
    let read = [
        ("aGVsbG8gd29ybGQ=", "hello world"),
        ("aGVs\r\nbG8gd2\r\n9ybGQ=\r\n", "hello world"),
        ("aGVsbG8gd29ybGQ", "hello world"),
        ("aGVsbG8=IHdvcmxk", "hello world"),
        ("aGVsbA==\r\nbyB3b3JsZA==\r\n", "hello world"),
        ("aG!V-s_bG8*gd29y.bGQ=", "hello world"),
        ("aGVsbG8gd29ybGQ====", "hello world"),
        ("\0aGVsbG8gd29ybGQ=\0", "hello world"),
        ("", ""),
        ("====", ""),
        ("A", ""),
        ("QQ", "A"),
        ("QUI", "AB"),
    ];
    for (written, expected) in read {
        assert_eq!(text(base64(written.as_bytes())), expected, "{written:?}");
    }
}

#[test]
fn base64_agrees_with_the_book_on_every_length() {
    use ::base64::{Engine, prelude::BASE64_STANDARD};
    for length in 0..300_usize {
        let bytes: Vec<u8> = (0..length).map(|n| (n * 37 % 256) as u8).collect();
        let encoded = BASE64_STANDARD.encode(&bytes);
        let lines: Vec<_> = encoded.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(base64(lines.join("\r\n").as_bytes()), bytes);
        assert_eq!(base64_with_junk(lines.join("!*").as_bytes()), bytes);
        assert!(is_clean(lines.join("\r\n").as_bytes(), Base64));
    }
}

#[test]
fn quoted_printable_gives_what_any_client_would_read() {
    let read = [
        ("caf=C3=A9", "café"),
        ("caf=c3=a9", "café"),
        ("one=\r\n two=\n three", "one two three"),
        ("one= \t\r\ntwo", "onetwo"),
        ("trailing \t \r\nnext  ", "trailing\r\nnext"),
        ("kept=20\r\nkept=09", "kept \r\nkept\t"),
        ("a=b=XYc=", "a=b=XYc"),
        ("=3D=\r\n=3D", "=="),
        ("a==\r\nb", "a=b"),
        ("a\nb\r\n", "a\nb\r\n"),
        ("", ""),
        ("=", ""),
    ];
    for (written, expected) in read {
        assert_eq!(text(quoted_printable(written.as_bytes())), expected, "{written:?}");
    }
}

#[test]
fn what_needs_leniency_is_not_clean() {
    let clean = |body: &str, encoding| is_clean(body.as_bytes(), encoding);
    assert!(clean("aGVs\r\nbG8=\r\n", Base64));
    assert!(clean("", Base64));
    for broken in ["aGVsbG8", "aGVsbA==bGxv", "aGV!sbG8=", "aGVsbG8==", "aGVs===="] {
        assert!(!clean(broken, Base64), "{broken}");
    }
    assert!(clean("a=3D=\r\nb= \r\nc=", QuotedPrintable));
    for broken in ["a=b", "a=3", "a= b\r\n", "=C3=A"] {
        assert!(!clean(broken, QuotedPrintable), "{broken}");
    }
    assert!(clean("=?!", TransferEncoding::Identity));
    assert!(!clean("x", TransferEncoding::Unknown));
}
