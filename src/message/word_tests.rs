use super::decode;

#[test]
fn values_are_read_as_clients_show_them() {
    let read = [
        ("  plain\r\n folded\t ", "plain folded"),
        ("=?UTF-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?utf-8?b?Y2Fmw6k=?=", "café"),
        ("=?iso-8859-1*fr?q?caf=E9?=", "café"),
        ("=?utf-8?q?conf?= =?utf-8?q?idential?=", "confidential"),
        ("=?utf-8?q?conf?=\r\n =?utf-8?b?aWRlbnRpYWw=?=", "confidential"),
        ("=?utf-8?q?conf?==?us-ascii?q?idential?=", "confidential"),
        ("=?utf-8?q?one?= two =?utf-8?q?three?=", "one two three"),
        ("=?utf-8?b?w?=", ""),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        ("=?utf-8?b?Y2Fmww==?= =?utf-8?b?qQ==?=", "café"),
        ("conf=?utf-8?q?iden?=tial", "confidential"),
        ("=?utf-8?q?with space?=", "with space"),
        ("=?utf-8?q?why?_not?=", "why? not"),
        ("=?utf-8?q?a=?=", "a="),
        ("=?iso-2022-jp?b?GyRCJU8bKEI=?= =?iso-2022-jp?b?GyRCJW0bKEI=?=", "ハロ"),
        ("=?x-unknown?q?=41?=", "A"),
        ("=?utf-8?x?=41?=", "=?utf-8?x?=41?="),
        ("=?utf-8?q?unended", "=?utf-8?q?unended"),
        ("=?a?q?one =?utf-8?q?two?=", "=?a?q?one two"),
        ("=?", "=?"),
        ("a =? b ?= =?utf-8?q?c?=", "a =? b ?= c"),
        ("", ""),
    ];
    for (written, expected) in read {
        assert_eq!(decode(written.as_bytes()), expected, "{written:?}");
    }
}

#[test]
fn nothing_encoded_begins_a_line() {
    assert_eq!(decode(b"=?utf-8?q?x=0D=0ABcc:_y=00z?="), "x  Bcc: y z");
    assert_eq!(decode(b"=?utf-8?b?DQpY?="), "  X");
    assert_eq!(decode(b"a\0b"), "a b");
}

#[test]
fn raw_bytes_beyond_ascii_are_read() {
    assert_eq!(decode("né".as_bytes()), "né");
    assert_eq!(decode(b"n\xe9"), "né");
}

#[test]
fn words_that_do_not_end_are_not_looked_for_again_and_again() {
    let value = "=?aa?q?x ".repeat(200_000);
    assert_eq!(decode(value.as_bytes()).len(), value.len() - 1);
}
