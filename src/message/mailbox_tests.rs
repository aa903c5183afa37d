use super::read;
use crate::base::limits;

/// `name <address>` of each, with `!` where what is written is no address.
fn mailboxes(value: &str) -> Vec<String> {
    let line = |mailbox: super::Mailbox| {
        let address = mailbox.address.map_or_else(|| format!("!{}", mailbox.written), |address| address.to_string());
        format!("{} <{address}>", mailbox.name.unwrap_or_default()).trim_start().to_owned()
    };
    read(value.as_bytes()).into_iter().map(line).collect()
}

#[test]
fn mailboxes_are_read_in_every_form_of_the_book() {
    let read: &[(&str, &[&str])] = &[
        ("a@b.c", &["<a@b.c>"]),
        ("Head <head@b.c>, <x@y.z>", &["Head <head@b.c>", "<x@y.z>"]),
        ("\"Head, The\" <head@b.c>", &["Head, The <head@b.c>"]),
        ("\"a \\\"b\\\" c\" <head@b.c>", &["a \"b\" c <head@b.c>"]),
        ("head@b.c (The (old) Head)", &["The (old) Head <head@b.c>"]),
        ("(c) Head (c) <head(c)@b.c> (c)", &["Head <head@b.c>"]),
        ("<head@b.c> (The Head)", &["The Head <head@b.c>"]),
        ("Staff: a@b.c, B <b@b.c>; c@b.c", &["<a@b.c>", "B <b@b.c>", "<c@b.c>"]),
        ("undisclosed-recipients:;", &[]),
        ("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_K?= <j@b.c>", &["Jürgen K <j@b.c>"]),
        ("\"=?utf-8?q?J=C3=BCrgen?=\" <j@b.c>", &["Jürgen <j@b.c>"]),
        ("Folded\r\n Name <j\r\n @b.c>", &["Folded Name <j@b.c>"]),
        ("\"odd name\"@b.c", &["<\"odd name\"@b.c>"]),
        ("X <\"odd > name\"@b.c>", &["X <\"odd > name\"@b.c>"]),
        ("a . b @ c . d", &["<a.b@c.d>"]),
        ("<@relay.a,@relay.b:c@d.e>", &["<c@d.e>"]),
        ("a@b.c,, ,d@e.f,", &["<a@b.c>", "<d@e.f>"]),
        ("", &[]),
        ("<>", &[]),
    ];
    for (written, expected) in read {
        assert_eq!(mailboxes(written), *expected, "{written}");
    }
}

#[test]
fn every_address_that_some_client_could_show_is_given() {
    let read: &[(&str, &[&str])] = &[
        ("\"head@school.example\" <staff@b.c>", &["head@school.example <staff@b.c>"]),
        ("head@school.example <staff@b.c>", &["head@school.example <staff@b.c>"]),
        ("<a@b.c> <d@e.f>", &["<a@b.c>", "<d@e.f>"]),
        ("<a@b.c> d@e.f", &["<a@b.c>", "<d@e.f>"]),
        ("x <a@b.c <d@e.f>", &["x <a@b.c>", "<d@e.f>"]),
        ("x <a@b.c, d@e.f", &["x <a@b.c>", "<d@e.f>"]),
        ("a@b.c: d@e.f;", &["<a@b.c>", "<d@e.f>"]),
        ("Head a@b.c", &["Head <a@b.c>"]),
        ("Head a@b.c d@e.f", &["Head <a@b.c>", "<d@e.f>"]),
        ("\"open <a@b.c>", &["open <a@b.c>"]),
        ("(open <a@b.c>", &["open <a@b.c>"]),
        ("=?utf-8?q?=3Ca=40b.c=3E=2C?= <d@e.f>", &["<a@b.c>, <d@e.f>"]),
        ("=?utf-8?q?head=40school.example?=", &["<!head@school.example>"]),
        ("=?utf-8?q?x=0D=0ABcc:?= <d@e.f>", &["x Bcc: <d@e.f>"]),
        ("a@b.c@d.e", &["<!a@b.c@d.e>"]),
        ("a\0@b.c", &["<!a @b.c>"]),
        ("Just a name", &["<!Just a name>"]),
    ];
    for (written, expected) in read {
        assert_eq!(mailboxes(written), *expected, "{written:?}");
    }
}

#[test]
fn what_does_not_end_is_read_in_one_go() {
    for piece in ["<", "\"<", "(<", "(\"", "<(", "<\"a\\", "((", "a@b <", "a@b.c "] {
        assert!(read(piece.repeat(100_000).as_bytes()).len() <= limits::MAILBOXES, "{piece}");
    }
}
