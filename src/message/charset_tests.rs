use super::decode;

#[test]
fn text_is_read_by_its_charset() {
    let read: &[(&str, &[u8], &str)] = &[
        ("utf-8", "é\u{feff}".as_bytes(), "é\u{feff}"),
        ("UTF8", b"\xef\xbb\xbfx\xff", "x\u{fffd}"),
        ("iso-8859-1", b"caf\xe9 \x805", "café €5"),
        ("\"windows-1251\"", b"\xcf\xf0\xe8", "При"),
        ("iso-2022-jp", b"\x1b$B%O%m\x1b(B!", "ハロ!"),
        ("gb18030", b"\xc4\xe3\xba\xc3", "你好"),
        ("gb2312", b"\xc4\xe3\xba\xc3", "你好"),
        ("big5", b"\xa7A\xa6n", "你好"),
        ("ks_c_5601-1987", b"\xbe\xc8\xb3\xe7", "안녕"),
        ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f hi", "안녕 hi"),
        ("hz-gb-2312", b"~{Dc:C~} ~~", "你好 ~"),
        ("ibm850", b"\x9b", "ø"),
        ("utf-16", b"\xff\xfea\0b\0", "ab"),
        ("utf-16", b"\xfe\xff\0a\0b", "ab"),
        ("utf-16", b"a\0b\0", "ab"),
        ("utf-16", b"\0a\0b", "ab"),
        ("utf-16be", b"\0a\0b", "ab"),
    ];
    for (label, bytes, expected) in read {
        assert_eq!(decode(Some(label), bytes), *expected, "{label}");
    }
}

#[test]
fn utf_7_hides_nothing() {
    let read = [
        ("+AGMAbwBuAGY-", "conf"),
        ("+AGMAbwBuAGY", "conf"),
        ("x +AOk y", "x é y"),
        ("1 +- 2+", "1 + 2+"),
        ("+ZYeB9FH6ckh5Pg-, 1980.", "文致出版社, 1980."),
        ("+2D3eAA-", "\u{1f600}"),
        ("+2D0-", "\u{fffd}"),
    ];
    for (written, expected) in read {
        assert_eq!(decode(Some("utf-7"), written.as_bytes()), expected, "{written}");
    }
}

#[test]
fn what_is_not_said_or_not_known_is_read_as_most_clients_do() {
    for label in [None, Some("us-ascii"), Some("x-unknown"), Some(""), Some("default")] {
        assert_eq!(decode(label, "né".as_bytes()), "né", "{label:?}");
        assert_eq!(decode(label, b"n\xe9"), "né", "{label:?}");
    }
}
