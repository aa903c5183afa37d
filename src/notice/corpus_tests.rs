//! Real mail that nobody here wrote: nothing lost, nothing doubled. Skips, saying so, where the corpora are absent.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::base::hash::sha256_hex;
use crate::config::{Disclaimer, IfImpossible, NoticePlace};
use crate::message::corpus_tests::{corpus, files};
use crate::message::{Edits, Message};

use super::tests::{disclaimer, sender};
use super::{Outcome, place};

#[test]
fn real_mail_takes_the_notice_once() {
    let Some(folder) = corpus() else { return };
    let mut wrong = Vec::new();
    for (path, raw) in mails(&folder) {
        for (at, text) in
            [(NoticePlace::End, "plain"), (NoticePlace::AboveQuote, "curly \u{2019}"), (NoticePlace::End, "€ \u{2026}")]
        {
            let notice = Disclaimer { place: at, ..disclaimer(text) };
            let message = Message::parse(Bytes::from(raw.clone()));
            let placed = place(&message, &notice, &sender());
            let edited: Edits = placed.edits.iter().cloned().collect();
            let again = place(&Message::parse(edited.apply(&raw).into()), &notice, &sender());
            let expected = if placed.outcome == Outcome::Added { Outcome::AlreadyThere } else { placed.outcome };
            if again.outcome != expected {
                wrong.push(format!("{} {at:?} {text}: {:?}, not {expected:?}", path.display(), again.outcome));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Writes every mail with its notice into the folder that `SCHOOLGATE_NOTICE_OUT` names, for `compare.py --disclaimer`.
#[test]
fn edited_mail_is_written_out_where_asked() {
    let (Some(folder), Some(out)) = (corpus(), std::env::var_os("SCHOOLGATE_NOTICE_OUT").map(PathBuf::from)) else {
        println!("skipped: SCHOOLGATE_NOTICE_OUT is not set, or there is no mail");
        return;
    };
    let text = std::env::var("SCHOOLGATE_NOTICE_TEXT").unwrap_or_else(|_| "This message is confidential.".to_owned());
    let place_at = if std::env::var_os("SCHOOLGATE_NOTICE_ABOVE").is_some() { NoticePlace::AboveQuote } else { NoticePlace::End };
    let notice = Disclaimer { place: place_at, if_impossible: IfImpossible::SendWithout, ..disclaimer(&text) };
    for (path, raw) in mails(&folder) {
        let placed = place(&Message::parse(Bytes::from(raw.clone())), &notice, &sender());
        let edits: Edits = placed.edits.into_iter().collect();
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('/', "__");
        println!("{name}: {:?}", placed.outcome);
        std::fs::write(out.join(name), edits.apply(&raw)).unwrap();
    }
}

/// Every mail as it would be sent: an id before it, line ends CRLF.
fn mails(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| {
        let raw = std::fs::read(&path).unwrap();
        let relative = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        let sent = as_sent(&raw, &relative);
        (path, sent)
    };
    files(folder).into_iter().map(read).collect()
}

fn as_sent(raw: &[u8], relative: &str) -> Vec<u8> {
    let mut out = format!("X-Replay-Id: {:.24}\r\n", sha256_hex(relative.as_bytes())).into_bytes();
    for (at, &byte) in raw.iter().enumerate() {
        if byte == b'\n' && (at == 0 || raw[at - 1] != b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    if !out.ends_with(b"\r\n") {
        out.extend(if out.ends_with(b"\r") { b"\n".as_slice() } else { b"\r\n" });
    }
    out
}
