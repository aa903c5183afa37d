use crate::config::{Disclaimer, IfImpossible, NoticePlace};

use super::Placeholders;

/// A notice with the words given, in both forms.
pub(super) fn disclaimer(text: &str) -> Disclaimer {
    Disclaimer {
        name: "standard".to_owned(),
        text: text.to_owned(),
        html: format!("<p>{text}</p>"),
        place: NoticePlace::End,
        once_per_thread: false,
        if_impossible: IfImpossible::SendWithout,
    }
}

pub(super) fn sender() -> Placeholders {
    Placeholders {
        sender_name: "A. Teacher".to_owned(),
        sender_address: "teacher@oakfield.example.sch.uk".to_owned(),
        school_name: "Oakfield School".to_owned(),
    }
}

mod outcomes {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::super::{Outcome, Placed, place};
    use super::{disclaimer, sender};
    use crate::config::{Disclaimer, NoticePlace};
    use crate::message::{Edits, Message};

    const HEAD: &str = "From: a@oakfield.example.sch.uk\r\nTo: b@home.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n";

    fn placed(mail: &[u8], notice: &Disclaimer) -> (Placed, Vec<u8>) {
        let placed = place(&Message::parse(Bytes::from(mail.to_vec())), notice, &sender());
        let edited = placed.edits.iter().cloned().collect::<Edits>().apply(mail);
        (placed, edited)
    }

    fn outcome(fields: &str, body: &[u8], text: &str) -> (Outcome, String) {
        let mail = [HEAD.as_bytes(), fields.as_bytes(), b"\r\n", body].concat();
        let (placed, edited) = placed(&mail, &disclaimer(text));
        let message = Message::parse(edited.into());
        let shown = message.bodies().first().map(|part| message.text(part)).unwrap_or_default();
        (placed.outcome, shown)
    }

    #[test]
    fn every_charset_takes_a_notice_that_it_cannot_hold() {
        let utf16 = "caf\u{e9}\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let utf16 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, utf16);
        for (fields, body, text) in [
            ("", &b"plain\r\n"[..], "plain"),
            ("Content-Type: text/plain; charset=us-ascii\r\n", b"plain\r\n", "plain"),
            ("Content-Type: text/plain; charset=us-ascii\r\n", "caf\u{e9}\r\n".as_bytes(), "caf\u{e9}"),
            ("Content-Type: text/plain; charset=iso-8859-1\r\n", b"caf\xe9\r\n", "caf\u{e9}"),
            ("Content-Type: text/plain; charset=x-nobody\r\n", b"plain\r\n", "plain"),
            ("Content-Type: text/plain; charset=utf-7\r\n", b"caf+AOk-\r\n", "caf\u{e9}"),
            ("Content-Type: text/html; charset=utf-7\r\n", b"<p>caf+AOk-</p>\r\n", "caf\u{e9}"),
            ("Content-Type: text/plain; charset=gb18030\r\n", b"\xce\xc4\r\n", "\u{6587}"),
            ("Content-Type: text/plain; charset=iso-2022-jp\r\n", b"\x1b$BJ8\x1b(B\r\n", "\u{6587}"),
            ("Content-Type: text/html; charset=iso-2022-jp\r\n", b"\x1b$BJ8<<\x1b(B<b>x</b>\x1b$BJ8\x1b(B\r\n", "\u{6587}"),
            ("Content-Type: text/html\r\n", b"<p>caf\xe9</p>\r\n", "<p>caf"),
            (
                "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n",
                utf16.as_bytes(),
                "caf\u{e9}",
            ),
        ] {
            let (outcome, shown) = outcome(fields, body, "Kept \u{2013} \u{3a9} \u{1f512}");
            assert_eq!(outcome, Outcome::Added, "{fields}");
            assert!(shown.contains(text), "{fields}: {shown}");
            assert!(
                shown.contains("Kept \u{2013} \u{3a9} \u{1f512}") || shown.contains("Kept &#8211; &#937; &#128274;"),
                "{fields}: {shown}"
            );
        }
    }

    #[test]
    fn what_cannot_take_it_says_why() {
        for (fields, body, why) in [
            ("Content-Type: text/plain; charset=utf-7\r\n", &b"\xff\xfe+\r\n"[..], "charset \"utf-7\" cannot be read"),
            ("Content-Type: text/plain; charset=x-nobody\r\n", b"caf\xe9\r\n", "charset \"x-nobody\" is unknown"),
            ("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n", b"x\r\n", "transfer encoding is unknown"),
            ("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", b"YWJj####\r\n", "base64 is damaged"),
            ("Content-Type: text/plain\r\n", b"-----BEGIN PGP MESSAGE-----\r\n", "inline PGP"),
            ("Content-Type: text/html\r\n", b"<frameset></frameset>\r\n", "frames"),
            ("Content-Type: text/calendar\r\n", b"BEGIN:VCALENDAR\r\n", "calendar"),
            ("Content-Type: application/pkcs7-mime\r\n", b"MII=\r\n", "signed or encrypted"),
            ("Content-Type: multipart/encrypted; boundary=b\r\n", b"--b\r\n\r\n--b--\r\n", "encrypted"),
            ("Content-Type: multipart/report; boundary=b\r\n", b"--b\r\n\r\nfailed\r\n--b--\r\n", "report"),
        ] {
            match outcome(fields, body, "\u{3a9}").0 {
                Outcome::Impossible(reason) => assert!(reason.contains(why), "{fields}: {reason}"),
                other => panic!("{fields}: {other:?}"),
            }
        }
    }

    #[test]
    fn typography_is_given_up_before_the_notice_is() {
        let (outcome, shown) = outcome(
            "Content-Type: text/plain; charset=x-nobody\r\n",
            b"caf\xe9\r\n",
            "It\u{2019}s \u{2013} \u{201c}ours\u{201d}",
        );
        assert_eq!(outcome, Outcome::Added);
        assert!(shown.contains("It's - \"ours\""), "{shown}");
    }

    #[test]
    fn once_in_a_thread_is_enough_where_the_school_says_so() {
        let mail = [HEAD, "\r\nhi\r\n\r\n> Kept in\r\n> confidence.\r\n"].concat();
        let mut notice = disclaimer("Kept in confidence.");
        assert_eq!(placed(mail.as_bytes(), &notice).0.outcome, Outcome::Added);
        notice.once_per_thread = true;
        assert_eq!(placed(mail.as_bytes(), &notice).0.outcome, Outcome::AlreadyThere);
    }

    #[test]
    fn a_notice_that_is_a_picture_is_there_once() {
        let notice = Disclaimer { html: "<img src=\"https://oakfield.example.sch.uk/n.png\">".to_owned(), ..disclaimer("Kept.") };
        let mail = [HEAD, "Content-Type: text/html\r\n\r\n<p>hi</p>\r\n"].concat();
        let (first, edited) = placed(mail.as_bytes(), &notice);
        assert_eq!((first.outcome, placed(&edited, &notice).0.outcome), (Outcome::Added, Outcome::AlreadyThere));
    }

    #[test]
    fn an_empty_notice_is_no_notice() {
        let empty = Disclaimer { html: String::new(), ..disclaimer("  \n") };
        assert!(matches!(placed(HEAD.as_bytes(), &empty).0.outcome, Outcome::Exempt(_)));
    }

    #[test]
    fn a_mail_without_a_body_gets_one() {
        for mail in [HEAD.to_owned(), format!("{HEAD}\r\n"), "Subject: x\r\n".to_owned()] {
            let (first, edited) = placed(mail.as_bytes(), &disclaimer("Note: kept in confidence."));
            let again = Message::parse(edited.into());
            assert_eq!(first.outcome, Outcome::Added);
            assert_eq!(again.text(again.root()), "Note: kept in confidence.\r\n", "{mail}");
        }
    }

    /// A piece of a body: words, markup, quoting, bytes of any kind.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ -~]{0,40}",
            "[ -~\u{e9}\u{2013}\u{6587}]{0,20}",
            Just("\r\n".to_owned()),
            Just("\r\n\r\n".to_owned()),
            Just("> quoted\r\n".to_owned()),
            Just("On 1 May 2026, B wrote:\r\n".to_owned()),
            Just("\r\n-- \r\n".to_owned()),
            Just("-----Original Message-----\r\nFrom: b\r\nSubject: c\r\n".to_owned()),
            Just("Kept in confidence.".to_owned()),
            Just("</body>".to_owned()),
            Just("<div style='display:none'>".to_owned()),
            Just("</div>".to_owned()),
            Just("<table><tr><td>".to_owned()),
            Just("<!-- ".to_owned()),
            Just("-->".to_owned()),
            Just("<script>".to_owned()),
            Just("<div class=gmail_quote>".to_owned()),
            Just("<blockquote type=cite>".to_owned()),
            Just("</blockquote>".to_owned()),
            Just("<hr><div id=divRplyFwdMsg><b>From:</b>".to_owned()),
            Just("<a title=\"".to_owned()),
            Just("<p>".to_owned()),
            Just("<select>".to_owned()),
            Just("<font size=1>".to_owned()),
            Just("</span>".to_owned()),
            Just("<span hidden>".to_owned()),
            Just("__________________________\r\n".to_owned()),
        ]
    }

    fn mail() -> impl Strategy<Value = Vec<u8>> {
        let types = prop::sample::select(vec!["text/plain", "text/html", "text/plain; format=flowed", "multipart/alternative"]);
        let charsets =
            prop::sample::select(vec!["utf-8", "us-ascii", "iso-8859-1", "iso-2022-jp", "gb18030", "utf-16", "x-nobody"]);
        let encodings = prop::sample::select(vec!["7bit", "8bit", "quoted-printable", "base64"]);
        (types, charsets, encodings, prop::collection::vec(piece(), 0..12)).prop_map(|(media, charset, encoding, pieces)| {
            let text = pieces.concat();
            let label = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
            let bytes = label.encode(&text).0.into_owned();
            let body = match encoding {
                "base64" => base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes).into_bytes(),
                "quoted-printable" => bytes
                    .iter()
                    .flat_map(|b| format!("={b:02X}").into_bytes())
                    .collect::<Vec<u8>>()
                    .chunks(75)
                    .collect::<Vec<_>>()
                    .join(&b"=\r\n"[..]),
                _ => bytes,
            };
            let sub = if media.starts_with("multipart") { "text/html" } else { media };
            let leaf = format!("Content-Type: {sub}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
            let leaf = [leaf.as_bytes(), &body, b"\r\n"].concat();
            match media.starts_with("multipart") {
                false => [HEAD.as_bytes(), &leaf].concat(),
                true => [
                    HEAD.as_bytes(),
                    b"Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\nplain\r\n--bb\r\n",
                    &leaf,
                    b"--bb--\r\n",
                ]
                .concat(),
            }
        })
    }

    fn longest_line(mail: &[u8]) -> usize {
        mail.split(|&b| b == b'\n').map(<[u8]>::len).max().unwrap_or(0)
    }

    /// Whether one text is the other with something put in at one place.
    fn is_grown(before: &str, after: &str) -> bool {
        let (before, after) = (before.trim_end().as_bytes(), after.as_bytes());
        let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let tail =
            before[head..].iter().rev().zip(after.trim_ascii_end()[head..].iter().rev()).take_while(|(a, b)| a == b).count();
        let rest = &before[head..before.len() - tail];
        rest.iter().all(u8::is_ascii_whitespace)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn a_mail_takes_the_notice_once_and_keeps_its_text(mail in mail(), curly in any::<bool>(), above in any::<bool>()) {
            let text = if curly { "Kept \u{201c}in\u{201d} confidence \u{2013} \u{3a9}." } else { "Kept in confidence." };
            let place = if above { NoticePlace::AboveQuote } else { NoticePlace::End };
            let notice = Disclaimer { place, ..disclaimer(text) };
            let (first, edited) = placed(&mail, &notice);
            let expected = if first.outcome == Outcome::Added { Outcome::AlreadyThere } else { first.outcome.clone() };
            let (second, _) = placed(&edited, &notice);
            prop_assert_eq!(second.outcome, expected, "{}", String::from_utf8_lossy(&edited));
            prop_assert!(longest_line(&edited) <= longest_line(&mail).max(999));
            prop_assert!(edited.ends_with(b"\r\n"));
            let (old, new) = (Message::parse(mail.clone().into()), Message::parse(edited.into()));
            prop_assert_eq!(old.bodies().len(), new.bodies().len());
            for (a, b) in old.bodies().into_iter().zip(new.bodies()) {
                let (a, b) = (old.text(a), new.text(b));
                prop_assert!(is_grown(&a, &b), "{:?} became {:?}", a, b);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), html in any::<bool>()) {
            let head = if html { "Content-Type: text/html\r\n\r\n" } else { "\r\n" };
            let mail = [head.as_bytes(), &bytes].concat();
            let (_, edited) = placed(&mail, &disclaimer("Kept \u{2013} \u{3a9}"));
            let _ = placed(&edited, &disclaimer("Kept \u{2013} \u{3a9}"));
        }
    }
}
