use super::{Charset, guess, shifts};

#[test]
fn a_label_holds_what_a_strict_reader_takes_it_for() {
    for (label, text, holds) in [
        ("us-ascii", "plain", true),
        ("us-ascii", "caf\u{e9}", false),
        ("iso-8859-1", "caf\u{e9}", true),
        ("ISO-8859-1", "\u{201c}", false),
        ("windows-1252", "\u{201c}", true),
        ("utf-8", "\u{6587}", true),
        ("gb2312", "\u{201c}\u{2014}", true),
        ("gb2312", "\u{20ac}", false),
        ("gb18030", "\u{20ac}\u{1f600}", true),
        ("iso-2022-jp", "\u{201c}", true),
        ("iso-2022-jp", "\u{1f600}", false),
        ("x-nobody", "plain", true),
        ("x-nobody", "caf\u{e9}", false),
        ("koi8-r", "\u{43f}", true),
    ] {
        assert_eq!(Charset::of(Some(label)).write(text).is_some(), holds, "{label} {text}");
    }
}

#[test]
fn charsets_that_look_like_ascii_and_are_not_are_foreign() {
    for label in ["utf-7", "UTF-16", "utf-16le", "utf-32be", "hz-gb-2312", "iso-2022-kr"] {
        assert!(matches!(Charset::of(Some(label)), Charset::Foreign(_)), "{label}");
    }
}

#[test]
fn html_is_always_held() {
    let latin = Charset::of(Some("iso-8859-1"));
    assert_eq!(latin.write_html("caf\u{e9}", false), b"caf\xe9");
    assert_eq!(latin.write_html("caf\u{e9}", true), b"caf&#233;");
    assert_eq!(latin.write_html("\u{201c}", false), b"&#8220;");
}

#[test]
fn a_place_in_the_text_is_found_in_the_bytes() {
    for label in ["iso-2022-jp", "shift_jis", "euc-jp", "gb18030", "big5", "utf-8"] {
        let charset = Charset::of(Some(label));
        let text = "\u{4e00}\u{6728}\n\u{8a9e}\n<b>\u{4e00}</b>";
        let Charset::Known { encoding, .. } = charset else { panic!("{label}") };
        let bytes = encoding.encode(text).0;
        for (at, mark) in
            [(text.find("\u{8a9e}").unwrap(), b'\n'), (text.find("</b>").unwrap(), b'<'), (text.len(), b'\n'), (0, b'\n')]
        {
            let place = charset.place(&bytes, text, at, mark);
            let (head, tail) = (encoding.decode_without_bom_handling(&bytes[..place]).0, &bytes[place..]);
            assert_eq!(head, text[..at], "{label} {at}");
            let (before, after) = if charset.is_stateful() { shifts(&bytes, place) } else { (&b""[..], Vec::new()) };
            let joined = [&bytes[..place], before, b"x", &after, tail].concat();
            assert_eq!(encoding.decode_without_bom_handling(&joined).0, [&text[..at], "x", &text[at..]].concat(), "{label} {at}");
        }
    }
}

#[test]
fn bytes_without_a_label_are_guessed_as_clients_do() {
    assert_eq!(guess("caf\u{e9}".as_bytes()).name(), "UTF-8");
    assert_eq!(guess(b"caf\xe9").name(), "windows-1252");
}
