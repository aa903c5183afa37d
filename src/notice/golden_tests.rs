//! Mails as clients make them, and what becomes of them: `fixtures/mail/notice/NAME.eml` beside `NAME.end` and `NAME.above`.
//! `SCHOOLGATE_REWRITE=1` writes the expectations anew.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::config::{Disclaimer, NoticePlace};
use crate::message::{Edits, Message};

use super::tests::{disclaimer, sender};
use super::{Outcome, Placed, place, wrap};

pub(super) const TEXT: &str = "This message and its attachments are confidential.\nIf it is not meant for you, please delete it \u{2013} and tell {school.name}.";

pub(super) fn school(at: NoticePlace) -> Disclaimer {
    Disclaimer { place: at, html: format!("<p>{}</p>", TEXT.replace('\n', "<br>\n")), ..disclaimer(TEXT) }
}

pub(super) fn fixtures() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail/notice");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut mails: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
    mails.sort();
    mails.into_iter().map(|path| (path.clone(), with_crlf(&std::fs::read(path).unwrap()))).collect()
}

#[test]
fn mails_of_all_clients_become_what_is_expected() {
    let mails = fixtures();
    assert!(mails.len() > 10);
    for (path, raw) in mails {
        for (at, ending) in [(NoticePlace::End, "end"), (NoticePlace::AboveQuote, "above")] {
            let message = Message::parse(Bytes::from(raw.clone()));
            let placed = place(&message, &school(at), &sender());
            let mut shown = format!("{:?}\n\n", placed.outcome).into_bytes();
            shown.extend(without_cr(&applied(&raw, &placed)));
            expect(&path.with_extension(ending), &shown);
        }
    }
}

#[test]
fn a_second_time_changes_nothing() {
    for (path, raw) in fixtures() {
        for at in [NoticePlace::End, NoticePlace::AboveQuote] {
            let placed = place(&Message::parse(Bytes::from(raw.clone())), &school(at), &sender());
            let edited = applied(&raw, &placed);
            for again in [NoticePlace::End, NoticePlace::AboveQuote] {
                let second = place(&Message::parse(edited.clone().into()), &school(again), &sender());
                let expected = if placed.outcome == Outcome::Added { Outcome::AlreadyThere } else { placed.outcome.clone() };
                assert_eq!(second.outcome, expected, "{} {at:?} {again:?}", path.display());
            }
        }
    }
}

#[test]
fn a_wrapped_mail_stands_inside_byte_for_byte() {
    for (path, raw) in fixtures() {
        let message = Message::parse(Bytes::from(raw.clone()));
        let edits: Edits = wrap(&message, &school(NoticePlace::End), &sender()).into_iter().collect();
        let wrapped = Message::parse(edits.apply(&raw).into());
        let parts: Vec<&str> = wrapped.parts().iter().map(|part| part.content_type.media.as_str()).take(3).collect();
        assert_eq!(parts, ["multipart/mixed", "text/plain", "message/rfc822"], "{}", path.display());
        assert!(wrapped.text(&wrapped.parts()[1]).contains("delete it \u{2013} and tell Oakfield School."));
        assert_eq!(wrapped.body(&wrapped.parts()[2]), raw, "{}", path.display());
        assert_eq!(
            (wrapped.values("subject"), wrapped.values("message-id")),
            (message.values("subject"), message.values("message-id"))
        );
        assert_eq!(wrapped.flaws(), [], "{}", path.display());
    }
}

fn applied(raw: &[u8], placed: &Placed) -> Vec<u8> {
    placed.edits.iter().cloned().collect::<Edits>().apply(raw)
}

fn expect(path: &Path, shown: &[u8]) {
    if std::env::var_os("SCHOOLGATE_REWRITE").is_some() {
        std::fs::write(path, shown).unwrap();
    }
    let expected = std::fs::read(path).unwrap_or_default();
    let (shown, expected) = (String::from_utf8_lossy(shown), String::from_utf8_lossy(&expected));
    assert!(shown == expected, "{} is not as expected, but:\n{shown}", path.display());
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    without_cr(bytes).iter().flat_map(|&b| if b == b'\n' { vec![b'\r', b'\n'] } else { vec![b] }).collect()
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|&b| b != b'\r').collect()
}
